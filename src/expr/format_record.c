/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format_record.c - log lines for machines: JSON objects (RFC 8259) and
 * CBOR maps (RFC 8949) of the items that have a name, `%(name)ci`, as HAProxy
 * 3.0 has them. A value that does not exist is null.
 */
#include "expr/format_private.h"

enum cbor_major { CBOR_UNSIGNED = 0, CBOR_NEGATIVE = 1, CBOR_TEXT = 3 }; /* RFC 8949, 3.1 */

enum {
	CBOR_MAP = 0xbf,	/* of a length not told before */
	CBOR_FALSE = 0xf4,
	CBOR_TRUE = 0xf5,
	CBOR_NULL = 0xf6,
	CBOR_BREAK = 0xff,
	CBOR_HEAD_MAX = 9,
};

/* A value before it is encoded; its text stands in `out` from `from` on. */
struct item {
	enum format_cast type;	/* FORMAT_AS_IT_IS: there is none */
	int64_t number;
	size_t from;
};

static unsigned cbor_head(enum cbor_major major, uint64_t value, char ret[CBOR_HEAD_MAX])
{
	unsigned size = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2
			: value <= 0xffffffff ? 4 : 8;
	unsigned code = size == 0 ? (unsigned)value : size == 1 ? 24 : size == 2 ? 25
			: size == 4 ? 26 : 27;

	ret[0] = (char)((unsigned)major << 5 | code);
	for (unsigned i = 0; i < size; i++)
		ret[1 + i] = (char)(value >> (8 * (size - 1 - i)));
	return 1 + size;
}

static void cbor_text(struct out *out, size_t from)
{
	char head[CBOR_HEAD_MAX];

	format_insert(out, from, head, cbor_head(CBOR_TEXT, out->len - from, head));
}

static void cbor_number(struct out *out, int64_t number)
{
	char head[CBOR_HEAD_MAX];

	out_bytes(out, head, number < 0 ? cbor_head(CBOR_NEGATIVE, ~(uint64_t)number, head)
					: cbor_head(CBOR_UNSIGNED, (uint64_t)number, head));
}

/* A decimal number and nothing else: "+12" and "1F" are none. */
static bool text_number(struct slice text, int64_t *ret_number)
{
	bool negative = text.len != 0 && text.at[0] == '-';
	struct slice digits = slice_skip(text, negative);
	int64_t number = 0;

	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.at[i] < '0' || digits.at[i] > '9' ||
		    __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digits.at[i] - '0', &number))
			return false;
	*ret_number = negative ? -number : number;
	return true;
}

static void item_of_alias(const struct format_op *op, struct expr_context *context,
			  struct out *out, struct item *item)
{
	bool number = op->alias->style == FORMAT_NUMBER && !(op->flags & FORMAT_HEX);

	op->alias->write(context, op->flags & FORMAT_HEX, out);
	if (out->len == item->from)
		return;
	item->type = number ? FORMAT_AS_NUMBER : FORMAT_AS_STRING;
	if (number && !text_number(slice_skip(out_slice(out), item->from), &item->number))
		item->type = FORMAT_AS_STRING;
}

static void item_of_expr(const struct format_op *op, struct expr_context *context, struct out *out,
			 struct item *item)
{
	struct expr_sample sample = { .cursor = { 0 } };

	if (expr_get(op->expr, context, &sample) != EXPR_GOT)
		return;
	expr_sample_write(&sample, out);
	item->type = FORMAT_AS_STRING;
	if (sample.type == EXPR_INT || sample.type == EXPR_BOOL) {
		item->type = sample.type == EXPR_INT ? FORMAT_AS_NUMBER : FORMAT_AS_BOOL;
		item->number = sample.type == EXPR_INT ? sample.value.integer : sample.value.boolean;
	}
}

/* As `%(name:type)` says; a text that is no number stays one. */
static void item_cast(enum format_cast to, struct out *out, struct item *item)
{
	struct slice text = slice_skip(out_slice(out), item->from);

	if (to == FORMAT_AS_IT_IS || item->type == FORMAT_AS_IT_IS)
		return;
	if (to != FORMAT_AS_STRING && item->type == FORMAT_AS_STRING) {
		if (slice_is(text, "true") || slice_is(text, "false"))
			item->number = text.at[0] == 't';
		else if (!text_number(text, &item->number))
			return;
	}
	item->type = to;
}

static void item_write_json(const struct item *item, struct out *out)
{
	if (item->type == FORMAT_AS_STRING) {
		format_encode_json(out, item->from);
		format_insert(out, item->from, "\"", 1);
		out_char(out, '"');
		return;
	}
	out->len = item->from;
	if (item->type == FORMAT_AS_NUMBER)
		out_signed(out, item->number);
	else if (item->type == FORMAT_AS_BOOL)
		out_text(out, item->number != 0 ? "true" : "false");
	else
		out_text(out, "null");
}

static void item_write_cbor(const struct item *item, struct out *out)
{
	if (item->type == FORMAT_AS_STRING) {
		cbor_text(out, item->from);
		return;
	}
	out->len = item->from;
	if (item->type == FORMAT_AS_NUMBER)
		cbor_number(out, item->number);
	else if (item->type == FORMAT_AS_BOOL)
		out_char(out, (char)(item->number != 0 ? CBOR_TRUE : CBOR_FALSE));
	else
		out_char(out, (char)CBOR_NULL);
}

static void item_write(const struct format_op *op, unsigned record, struct expr_context *context,
		       struct out *out)
{
	struct item item = { .type = FORMAT_AS_IT_IS, .from = out->len };

	if (op->alias != NULL)
		item_of_alias(op, context, out, &item);
	else
		item_of_expr(op, context, out, &item);
	item_cast(op->cast, out, &item);
	if (record & FORMAT_CBOR)
		item_write_cbor(&item, out);
	else
		item_write_json(&item, out);
}

void format_write_item(const struct format_op *op, struct expr_context *context, struct out *out)
{
	size_t from = out->len;

	item_write(op, op->flags, context, out);
	if (op->flags & FORMAT_CBOR)
		format_encode_hex(out, from);
}

static void write_json(const struct format *format, struct expr_context *context, struct out *out)
{
	const char *between = "{";

	for (const struct format_op *op = format->ops; op < format->ops + format->count; op++) {
		out_text(out, between);
		out_char(out, '"');
		out_put(out, op->name);
		out_text(out, "\": ");
		item_write(op, FORMAT_JSON, context, out);
		between = ", ";
	}
	out_text(out, format->count == 0 ? "{}" : "}");
}

static void write_cbor(const struct format *format, struct expr_context *context, struct out *out)
{
	out_char(out, (char)CBOR_MAP);
	for (const struct format_op *op = format->ops; op < format->ops + format->count; op++) {
		size_t from = out->len;

		out_put(out, op->name);
		cbor_text(out, from);
		item_write(op, FORMAT_CBOR, context, out);
	}
	out_char(out, (char)CBOR_BREAK);
}

void format_write_record(const struct format *format, struct expr_context *context,
			 struct out *out)
{
	size_t from = out->len;

	if (format->record & FORMAT_JSON) {
		write_json(format, context, out);
		return;
	}
	write_cbor(format, context, out);
	if (!format->binary)
		format_encode_hex(out, from);
}
