/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_protobuf.c - one field of a Protocol Buffers message, bare
 * or in a gRPC frame.
 *
 * A message is a row of fields: a number and a wire type in one varint, then
 * the value. A message in a message is a field of bytes. Groups, which nobody
 * writes any more, end the search.
 */
#include <string.h>

#include "base/arena.h"
#include "expr/converter.h"

enum {
	PROTOBUF_DEPTH = 16,		/* numbers of a path */
	PROTOBUF_FIELD_MAX = 0x1fffffff,
	PROTOBUF_VARINT_MAX = 10,	/* bytes */
	GRPC_HEADER = 5,		/* whether it is compressed, and the length */
};

enum protobuf_wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

enum protobuf_form { FORM_PLAIN, FORM_ZIGZAG, FORM_SIGNED, FORM_FLOAT };

struct protobuf_type {
	const char *name;
	enum protobuf_wire wire;
	enum protobuf_form form;
};

static const struct protobuf_type protobuf_types[] = {
	{ "int32", WIRE_VARINT, FORM_PLAIN },	 { "int64", WIRE_VARINT, FORM_PLAIN },
	{ "uint32", WIRE_VARINT, FORM_PLAIN },	 { "uint64", WIRE_VARINT, FORM_PLAIN },
	{ "sint32", WIRE_VARINT, FORM_ZIGZAG },	 { "sint64", WIRE_VARINT, FORM_ZIGZAG },
	{ "bool", WIRE_VARINT, FORM_PLAIN },	 { "enum", WIRE_VARINT, FORM_PLAIN },
	{ "fixed32", WIRE_32, FORM_PLAIN },	 { "sfixed32", WIRE_32, FORM_SIGNED },
	{ "float", WIRE_32, FORM_FLOAT },	 { "fixed64", WIRE_64, FORM_PLAIN },
	{ "sfixed64", WIRE_64, FORM_PLAIN },	 { "double", WIRE_64, FORM_FLOAT },
};

struct protobuf_query {
	uint32_t path[PROTOBUF_DEPTH];
	unsigned depth;
	const struct protobuf_type *type; /* NULL: the bytes */
};

struct protobuf_field {
	uint64_t number;
	unsigned wire;
	struct slice value;	/* without the length of WIRE_BYTES */
	uint64_t varint;	/* that of WIRE_VARINT */
};

/* "48.59.1"; false: it is none. */
static bool protobuf_read_path(const char *text, struct protobuf_query *query)
{
	do {
		uint64_t number = 0;

		if (query->depth == PROTOBUF_DEPTH)
			return false;
		for (; *text >= '0' && *text <= '9' && number <= PROTOBUF_FIELD_MAX; text++)
			number = number * 10 + (uint64_t)(*text - '0');
		if (number == 0 || number > PROTOBUF_FIELD_MAX)
			return false;
		query->path[query->depth++] = (uint32_t)number;
	} while (*text == '.' && *++text != '\0');
	return *text == '\0' && text[-1] != '.';
}

static bool protobuf_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct protobuf_query *query = arena_zalloc(parse->arena, sizeof(*query));
	const char *names[ARRAY_LEN(protobuf_types) + 1] = { NULL };
	struct conf_word type = { .text = args->at[1].text.at, .span = args->at[1].span };

	args->own = query;
	if (!protobuf_read_path(args->at[0].text.at, query))
		return converter_error(parse, args, 0, span, "such as 3 or 48.59.1",
				       "this is no path of field numbers");
	if (!args->at[1].given)
		return true;
	for (unsigned i = 0; i < ARRAY_LEN(protobuf_types); i++) {
		names[i] = protobuf_types[i].name;
		if (slice_is(args->at[1].text, names[i]))
			query->type = &protobuf_types[i];
	}
	if (query->type == NULL)
		conf_error_unknown(parse, &type, "field type", names);
	return query->type != NULL;
}

static bool protobuf_take(struct slice *message, uint64_t len, struct slice *ret)
{
	if (len > message->len)
		return false;
	*ret = (struct slice){ message->at, (size_t)len };
	*message = slice_skip(*message, (size_t)len);
	return true;
}

static bool protobuf_take_varint(struct slice *message, uint64_t *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < PROTOBUF_VARINT_MAX && i < message->len; i++) {
		*ret |= (uint64_t)(message->at[i] & 0x7f) << 7 * i;
		if ((message->at[i] & 0x80) == 0) {
			*message = slice_skip(*message, i + 1);
			return true;
		}
	}
	return false;
}

static bool protobuf_take_field(struct slice *message, struct protobuf_field *ret)
{
	const char *start;
	uint64_t len;

	if (!protobuf_take_varint(message, &ret->number))
		return false;
	ret->wire = ret->number & 7;
	ret->number >>= 3;
	start = message->at;
	switch (ret->wire) {
	case WIRE_VARINT:
		if (!protobuf_take_varint(message, &ret->varint))
			return false;
		ret->value = (struct slice){ start, (size_t)(message->at - start) };
		return true;
	case WIRE_64:
		return protobuf_take(message, 8, &ret->value);
	case WIRE_BYTES:
		return protobuf_take_varint(message, &len) &&
		       protobuf_take(message, len, &ret->value);
	case WIRE_32:
		return protobuf_take(message, 4, &ret->value);
	default:
		return false;
	}
}

/* The first field of each number on the path, in the one before. */
static bool protobuf_find(struct slice message, const struct protobuf_query *query,
			  struct protobuf_field *ret)
{
	for (unsigned i = 0; i < query->depth; i++) {
		if (i != 0 && ret->wire != WIRE_BYTES)
			return false;
		if (i != 0)
			message = ret->value;
		do
			if (!protobuf_take_field(&message, ret))
				return false;
		while (ret->number != query->path[i]);
	}
	return true;
}

/* Little-endian bytes. */
static uint64_t protobuf_fixed(struct slice bytes)
{
	uint64_t number = 0;

	for (size_t i = bytes.len; i-- > 0;)
		number = number << 8 | (uint8_t)bytes.at[i];
	return number;
}

/* False: not a number, or beyond 64 bits. */
static bool protobuf_float(uint64_t bits, bool wide, int64_t *ret)
{
	uint32_t low = (uint32_t)bits;
	double number;
	float narrow;

	memcpy(&number, &bits, sizeof(number));
	memcpy(&narrow, &low, sizeof(narrow));
	if (!wide)
		number = (double)narrow;
	if (!(number > -0x1p63 && number < 0x1p63))
		return false;
	*ret = (int64_t)number;
	return true;
}

static bool protobuf_number(const struct protobuf_type *type, const struct protobuf_field *field,
			    int64_t *ret)
{
	uint64_t number = field->varint;

	if (field->wire != (unsigned)type->wire)
		return false;
	if (type->wire != WIRE_VARINT)
		number = protobuf_fixed(field->value);
	switch (type->form) {
	case FORM_ZIGZAG:
		*ret = (int64_t)(number >> 1 ^ (0 - (number & 1)));
		return true;
	case FORM_SIGNED:
		*ret = (int32_t)(uint32_t)number;
		return true;
	case FORM_FLOAT:
		return protobuf_float(number, type->wire == WIRE_64, ret);
	case FORM_PLAIN:
		break;
	}
	*ret = (int64_t)number;
	return true;
}

static bool protobuf_run(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	const struct protobuf_query *query = args->own;
	struct protobuf_field field = { .number = 0 };
	int64_t number;

	if (!protobuf_find(sample->value.text, query, &field))
		return false;
	if (query->type == NULL) {
		expr_give_bytes(sample, field.value);
		return true;
	}
	if (!protobuf_number(query->type, &field, &number))
		return false;
	expr_give_int(sample, number);
	return true;
}

static bool protobuf_ungrpc(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	struct slice frame = sample->value.text;
	uint64_t len = 0;

	if (frame.len < GRPC_HEADER)
		return false;
	for (unsigned i = 1; i < GRPC_HEADER; i++)
		len = len << 8 | (uint8_t)frame.at[i];
	frame = slice_skip(frame, GRPC_HEADER);
	return protobuf_take(&frame, len, &sample->value.text) && protobuf_run(context, args, sample);
}

#define PROTOBUF_ROW(word, function, text)                                                         \
	{ .doc = { .name = word, .summary = text, .since = "0.2",                                  \
		   .example = "http-request set-var(txn.n) req.body," word "(48.59.1,int32)" },    \
	  .in = EXPR_BINARY, .out = EXPR_ANY, .check = protobuf_check, .run = function,            \
	  .args = { { EXPR_ARG_STRING, false, "field" }, { EXPR_ARG_STRING, true, "type" } } }

const struct expr_converter expr_converters_protobuf[] = {
	PROTOBUF_ROW("protobuf", protobuf_run,
		     "A field of a Protocol Buffers message, by its number or a path of numbers: "
		     "the bytes, or with a type the number."),
	PROTOBUF_ROW("ungrpc", protobuf_ungrpc,
		     "A field of the Protocol Buffers message in a gRPC frame, as protobuf gives "
		     "it."),
	{ .doc = { .name = NULL } },
};
