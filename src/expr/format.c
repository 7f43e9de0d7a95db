/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format.c - writes a compiled log-format string (configuration manual
 * 8.2.6). Once per request and often more: a walk over an array, where a run
 * of constant text is one copy, and quoting and escaping cost nothing where
 * no flag asks for them.
 */
#include "expr/format_private.h"

enum { TEXT_MAX = 16384 }; /* of format_text: as much as a buffer of HAProxy's holds */

/* Ends a value that began at `from`: its quotes are there even when it is empty. */
static void write_end(unsigned flags, size_t from, struct out *out)
{
	if (flags & FORMAT_QUOTE)
		out_char(out, '"');
	else if (out->len == from && (flags & FORMAT_MANDATORY))
		out_char(out, '-');
}

static void write_alias(const struct format_op *op, struct expr_context *context, struct out *out)
{
	unsigned flags = op->flags;
	unsigned bytes = op->alias->style == FORMAT_OUTSIDE ? FORMAT_HASH_LINE : 0;
	size_t from;

	if (op->alias->style == FORMAT_OWN) {
		op->alias->write(context, flags, out);
		return;
	}
	if (op->alias->style == FORMAT_OUTSIDE)
		flags &= ~(unsigned)FORMAT_MANDATORY;
	else if (op->alias->style != FORMAT_NAME)
		flags &= ~(unsigned)(FORMAT_QUOTE | FORMAT_ESCAPE);
	if (flags & FORMAT_QUOTE)
		out_char(out, '"');
	from = out->len;
	op->alias->write(context, flags, out);
	if (flags & FORMAT_ESCAPE)
		bytes |= FORMAT_BACKSLASH;
	if (bytes != 0)
		format_encode(out, from, bytes);
	write_end(flags, from, out);
}

static void write_expr(const struct format_op *op, struct expr_context *context, struct out *out)
{
	struct expr_sample sample = { .cursor = { 0 } };
	unsigned flags = op->flags;
	size_t from;

	if (flags & FORMAT_QUOTE)
		out_char(out, '"');
	from = out->len;
	if (expr_get(op->expr, context, &sample) == EXPR_GOT)
		expr_sample_write(&sample, out);
	if (flags & FORMAT_PERCENT)
		format_encode(out, from, FORMAT_PERCENT_CONTROL);
	else if (flags & FORMAT_ESCAPE)
		format_encode(out, from, FORMAT_BACKSLASH);
	write_end(flags, from, out);
}

/* Most text is one byte between two items. */
static void write_text(const struct format_op *op, bool spaced, struct out *out)
{
	struct slice text = op->text;

	if (op->leads && spaced)
		text = slice_skip(text, 1);
	if (text.len == 1)
		out_char(out, text.at[0]);
	else
		out_put(out, text);
}

static void write_item(const struct format_op *op, struct expr_context *context, struct out *out)
{
	if (op->flags & (FORMAT_JSON | FORMAT_CBOR))
		format_write_item(op, context, out);
	else if (op->alias != NULL)
		write_alias(op, context, out);
	else
		write_expr(op, context, out);
}

void format_write(const struct format *format, struct expr_context *context, struct out *out)
{
	const struct format_op *end = format->ops + format->count;
	/* Where a space was the last byte of a text, or nothing was before. */
	size_t spaced = out->len;

	if (format->record != 0) {
		format_write_record(format, context, out);
		return;
	}
	for (const struct format_op *op = format->ops; op < end; op++) {
		size_t from = out->len;

		switch ((enum format_op_kind)op->kind) {
		case FORMAT_OP_TEXT:
			write_text(op, from == spaced, out);
			spaced = op->ends ? out->len : SIZE_MAX;
			break;
		case FORMAT_OP_PLAIN:
			op->alias->write(context, op->flags, out);
			if (out->len == from && (op->flags & FORMAT_MANDATORY))
				out_char(out, '-');
			break;
		case FORMAT_OP_ALIAS:
		case FORMAT_OP_EXPR:
			write_item(op, context, out);
			break;
		}
	}
}

struct slice format_text(const struct format *format, struct expr_context *context)
{
	char bytes[TEXT_MAX];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };
	struct slice text;

	if (format_is_constant(format, &text))
		return text;
	/* Not straight into the memory's end: expressions take from there too. */
	format_write(format, context, &out);
	return bump_copy(context->memory, out_slice(&out));
}

bool format_is_constant(const struct format *format, struct slice *ret_text)
{
	if (format->count > 1 || format->record != 0 ||
	    (format->count == 1 && format->ops[0].kind != FORMAT_OP_TEXT))
		return false;
	*ret_text = format->count == 0 ? SLICE("") : format->ops[0].text;
	return true;
}

bool format_uses(const struct format *format, const char *alias)
{
	for (unsigned i = 0; i < format->count; i++)
		if (format->ops[i].alias != NULL &&
		    strcmp(format->ops[i].alias->doc.name, alias) == 0)
			return true;
	return false;
}

const char *format_http_only(const struct format *format, struct diag_span *ret_span)
{
	*ret_span = format->http_only_span;
	return format->http_only;
}
