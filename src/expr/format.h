/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format.h - log-format strings (configuration manual 8.2.6): text,
 * %aliases with their flags, and %[expressions], compiled when the file is
 * read. They write log lines, header values, redirect targets, bodies.
 */
#pragma once

#include <stdbool.h>

#include "base/out.h"
#include "conf/keyword.h"
#include "expr/expr.h"

struct format;

enum format_flag {
	FORMAT_QUOTE = 1 << 0,		/* +Q */
	FORMAT_ESCAPE = 1 << 1,		/* +E */
	FORMAT_HEX = 1 << 2,		/* +X */
	FORMAT_MANDATORY = 1 << 3,	/* +M: '-' for an empty value; always so in log lines */
	FORMAT_JSON = 1 << 4,
	FORMAT_CBOR = 1 << 5,
	FORMAT_BINARY = 1 << 6,		/* +bin: CBOR as it is, not as hex digits */
	FORMAT_PERCENT = 1 << 7,	/* expressions: control bytes become %XX (FORMAT_VALUE) */
};

enum format_style { /* what is done to the text of an alias */
	FORMAT_NAME,	/* quoted and escaped as the flags say */
	FORMAT_OUTSIDE,	/* also: bytes that a log line must not hold become #XX; may be empty */
	FORMAT_PLAIN,	/* neither quoted nor escaped: dates */
	FORMAT_NUMBER,	/* the same; a number in JSON and CBOR */
	FORMAT_OWN,	/* does all of it itself, but for JSON and CBOR */
};

/* One row a %alias; the proxy has the table (proxy/log_aliases.c). */
struct format_alias {
	struct doc doc;			/* .name without '%': "ci", "Tr" */
	unsigned need;			/* enum expr_have bits */
	enum format_style style;
	/* Appends its text, unquoted (but for OWN); nothing when it has no value. */
	void (*write)(struct expr_context *context, unsigned flags, struct out *out);
};

enum format_kind {
	FORMAT_LOG,	/* runs of spaces are one, empty values are '-' */
	FORMAT_ID,	/* runs of spaces are one: unique-id-format */
	FORMAT_VALUE,	/* header values, paths, bodies: control bytes of expressions become %XX */
	FORMAT_RAW,	/* as it is: set-var-fmt */
};

/* The whole of `word`. NULL after a report. */
struct format *format_parse(struct conf_parse *parse, const struct expr_place *place,
			    const struct conf_word *word, enum format_kind kind);
/* A format that is built in: its text must be right. */
struct format *format_builtin(struct conf_parse *parse, const char *text);

bool format_is_constant(const struct format *format, struct slice *ret_text);
bool format_uses(const struct format *format, const char *alias); /* its name without '%' */
/* The first alias that needs mode http, without '%', and where it stands; NULL: none does. */
const char *format_http_only(const struct format *format, struct diag_span *ret_span);

void format_write(const struct format *format, struct expr_context *context, struct out *out);
/* In context->memory; at NULL: no memory. */
struct slice format_text(const struct format *format, struct expr_context *context);

/* For aliases of style FORMAT_OWN: what a log line does to bytes from outside, as bits. */
enum format_bytes {
	FORMAT_HASH_LINE = 1 << 0,	/* control bytes, beyond ASCII, '"', '#' become #XX */
	FORMAT_HASH_HEADER = 1 << 1,	/* '{', '|', '}' too */
	FORMAT_BACKSLASH = 1 << 2,	/* '"', '\\' and ']' get a '\\' before (RFC 5424, 6.3.3) */
	FORMAT_PERCENT_CONTROL = 1 << 3, /* control bytes but tabs become %XX */
};

/* Rewrites what stands in `out` from byte `from` on; what no longer fits is cut. */
void format_encode(struct out *out, size_t from, unsigned bytes);
