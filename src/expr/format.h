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
	FORMAT_HTTP = 1 << 6,		/* +r, for %ci and the like: URI-encoded where it must be */
};

/* One row a %alias; the proxy has the table (proxy/log_aliases.c). */
struct format_alias {
	struct doc doc;			/* .name without '%': "ci", "Tr" */
	unsigned need;			/* enum expr_have bits */
	bool number;			/* is not quoted in JSON */
	/* Appends its text, unquoted; nothing when it has no value. */
	void (*write)(struct expr_context *context, unsigned flags, struct out *out);
};

enum format_kind {
	FORMAT_LOG,	/* unprintable bytes are escaped as #XX, empty values are '-' */
	FORMAT_VALUE,	/* raw: header values, paths */
};

/* The whole of `word`. NULL after a report. */
struct format *format_parse(struct conf_parse *parse, const struct expr_place *place,
			    const struct conf_word *word, enum format_kind kind);
/* A format that is built in: its text must be right. */
struct format *format_builtin(struct conf_parse *parse, const char *text);

bool format_is_constant(const struct format *format, struct slice *ret_text);
unsigned format_need(const struct format *format);

void format_write(const struct format *format, struct expr_context *context, struct out *out);
/* In context->memory; at NULL: no memory. */
struct slice format_text(const struct format *format, struct expr_context *context);
