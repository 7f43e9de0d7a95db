/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format_private.h - a compiled format, shared by the compiler
 * (format_parse.c) and the writers (format.c, format_record.c).
 */
#pragma once

#include "expr/format.h"

enum format_op_kind {
	FORMAT_OP_TEXT,
	FORMAT_OP_ALIAS,
	FORMAT_OP_PLAIN,	/* an alias whose text stands as it is: no quotes, no escapes */
	FORMAT_OP_EXPR,
};

enum format_cast { /* %(name:type) */
	FORMAT_AS_IT_IS,
	FORMAT_AS_STRING,
	FORMAT_AS_NUMBER,
	FORMAT_AS_BOOL,
};

struct format_op {
	uint8_t kind;			/* enum format_op_kind */
	uint8_t cast;			/* enum format_cast */
	/* text that begins with a space which may be one too many; that ends with one */
	bool leads, ends;
	uint16_t flags;			/* enum format_flag bits */
	struct slice text;
	const struct format_alias *alias;
	const struct expr *expr;
	struct slice name;		/* %(name); at NULL: none */
};

struct format {
	struct format_op *ops;
	unsigned count;
	const char *http_only;		/* the first alias that needs a request; NULL: none does */
	struct diag_span http_only_span;
	unsigned record;		/* FORMAT_JSON or FORMAT_CBOR: only its named items count */
	bool binary;			/* CBOR as it is */
};

/* format_record.c: a JSON object or a CBOR map of the named items. */
void format_write_record(const struct format *format, struct expr_context *context,
			 struct out *out);
/* One value of `%{+json}` or `%{+cbor}` in a line that is no record. */
void format_write_item(const struct format_op *op, struct expr_context *context, struct out *out);

/* format_encode.c: a JSON string's inside, from `from` on. */
void format_encode_json(struct out *out, size_t from);
/* Two hex digits for each byte from `from` on. */
void format_encode_hex(struct out *out, size_t from);
/* Puts `len` bytes in at `at`. */
void format_insert(struct out *out, size_t at, const char *bytes, size_t len);
