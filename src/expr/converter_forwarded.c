/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_forwarded.c - the Forwarded header (RFC 7239): elements
 * separated by commas, one a proxy, of "for", "by", "host" and "proto".
 */
#include <arpa/inet.h>

#include "expr/converter.h"

enum { FORWARDED_PORT_DIGITS = 5 };

/* Where a node's port is not given, .text is empty; a port has digits or begins with '_'. */
struct forwarded_node {
	struct slice name, port;
	struct expr_address address; /* family 0: "unknown", or begins with '_' */
};

static const char *const forwarded_fields[] = { "for", "by", "host", "proto" };

static bool forwarded_is_alnum(char byte)
{
	return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* Takes the bytes that are alphanumeric or in `others` off the text. */
static struct slice forwarded_take(struct slice *text, const char *others)
{
	struct slice taken = { text->at, 0 };

	while (taken.len < text->len &&
	       (forwarded_is_alnum(text->at[taken.len]) ||
		(text->at[taken.len] != '\0' && strchr(others, text->at[taken.len]) != NULL)))
		taken.len++;
	*text = slice_skip(*text, taken.len);
	return taken;
}

static struct slice forwarded_take_token(struct slice *text)
{
	return forwarded_take(text, "!#$%&'*+-.^_`|~");
}

static bool forwarded_take_byte(struct slice *text, char byte)
{
	if (text->len == 0 || *text->at != byte)
		return false;
	*text = slice_skip(*text, 1);
	return true;
}

/* Up to the closing quote; what needs an escape is in no field that we know. */
static bool forwarded_take_quoted(struct slice *text, struct slice *ret)
{
	const char *end = text->len != 0 ? memchr(text->at, '"', text->len) : NULL;

	if (end == NULL)
		return false;
	*ret = (struct slice){ text->at, (size_t)(end - text->at) };
	*text = slice_skip(*text, ret->len + 1);
	return ret->len == 0 || memchr(ret->at, '\\', ret->len) == NULL;
}

static bool forwarded_take_pair(struct slice *text, struct slice *ret_name, struct slice *ret_value)
{
	*ret_name = forwarded_take_token(text);
	if (ret_name->len == 0 || !forwarded_take_byte(text, '='))
		return false;
	if (forwarded_take_byte(text, '"'))
		return forwarded_take_quoted(text, ret_value);
	*ret_value = forwarded_take_token(text);
	return ret_value->len != 0;
}

static bool forwarded_read_address(int family, struct slice text, struct expr_address *ret)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	ret->family = family == AF_INET6 ? 6 : 4;
	return inet_pton(family, copy, ret->ip) == 1;
}

static bool forwarded_read_obscured(struct slice *text, struct slice *ret)
{
	*ret = forwarded_take(text, "._-");
	return ret->len > 1 && *ret->at == '_';
}

static bool forwarded_read_name(struct slice *text, struct forwarded_node *ret)
{
	const char *end;

	if (text->len != 0 && *text->at == '_')
		return forwarded_read_obscured(text, &ret->name);
	if (forwarded_take_byte(text, '[')) {
		end = text->len != 0 ? memchr(text->at, ']', text->len) : NULL;
		if (end == NULL)
			return false;
		ret->name = (struct slice){ text->at, (size_t)(end - text->at) };
		*text = slice_skip(*text, ret->name.len + 1);
		return forwarded_read_address(AF_INET6, ret->name, &ret->address);
	}
	ret->name = forwarded_take(text, ".");
	return slice_is_nocase(ret->name, "unknown") ||
	       forwarded_read_address(AF_INET, ret->name, &ret->address);
}

/* Section 6; the whole text must be the node. */
static bool forwarded_read_node(struct slice text, struct forwarded_node *ret)
{
	*ret = (struct forwarded_node){ .address.family = 0 };
	if (!forwarded_read_name(&text, ret))
		return false;
	if (text.len == 0)
		return true;
	if (!forwarded_take_byte(&text, ':'))
		return false;
	if (text.len != 0 && *text.at == '_')
		return forwarded_read_obscured(&text, &ret->port) && text.len == 0;
	ret->port = text;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len != 0 && text.len <= FORWARDED_PORT_DIGITS;
}

static bool forwarded_value_right(unsigned field, struct slice value)
{
	struct forwarded_node node;
	struct slice rest = value;

	if (field < 2)
		return forwarded_read_node(value, &node);
	if (field == 3)
		return slice_is_nocase(value, "http") || slice_is_nocase(value, "https");
	forwarded_take(&rest, "-._~!$&'()*+,;=:[]%");
	return value.len != 0 && rest.len == 0;
}

static void forwarded_skip_blanks(struct slice *text)
{
	while (forwarded_take_byte(text, ' ') || forwarded_take_byte(text, '\t'))
		;
}

/* Between two pairs: ';' in an element, ',' with blanks around before the next. */
static bool forwarded_take_separator(struct slice *text, bool *ret_next_element)
{
	*ret_next_element = false;
	if (forwarded_take_byte(text, ';'))
		return true;
	*ret_next_element = true;
	forwarded_skip_blanks(text);
	if (!forwarded_take_byte(text, ','))
		return false;
	forwarded_skip_blanks(text);
	return true;
}

/* Which of forwarded_fields; their number for others. */
static unsigned forwarded_field_of(struct slice name)
{
	unsigned field = 0;

	while (field < ARRAY_LEN(forwarded_fields) && !slice_is_nocase(name, forwarded_fields[field]))
		field++;
	return field;
}

/*
 * Walks a whole header value; false: it is not as the RFC demands. *ret_value
 * is the first of the field called `wanted` (.at NULL: there is none).
 */
static bool forwarded_walk(struct slice text, struct slice wanted, struct slice *ret_value)
{
	unsigned seen = 0;
	bool next_element;

	*ret_value = (struct slice){ NULL, 0 };
	for (;;) {
		struct slice name, value;
		unsigned field;

		if (!forwarded_take_pair(&text, &name, &value))
			return false;
		field = forwarded_field_of(name);
		if (field < ARRAY_LEN(forwarded_fields)) {
			if ((seen & 1u << field) != 0 || !forwarded_value_right(field, value))
				return false;
			seen |= 1u << field;
		}
		if (ret_value->at == NULL && slice_equal_nocase(name, wanted))
			*ret_value = value;
		if (text.len == 0)
			return true;
		if (!forwarded_take_separator(&text, &next_element))
			return false;
		if (next_element)
			seen = 0;
	}
}

static bool forwarded_is_valid(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *sample)
{
	struct slice value;

	expr_give_bool(sample, forwarded_walk(sample->value.text, (struct slice){ NULL, 0 }, &value));
	return true;
}

static bool forwarded_check_field(struct conf_parse *parse, struct expr_args *args,
				  struct diag_span span)
{
	if (forwarded_field_of(args->at[0].text) < ARRAY_LEN(forwarded_fields))
		return true;
	return converter_error(parse, args, 0, span, NULL, "the field is one of for, by, host and proto");
}

static bool forwarded_field(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	struct slice value;

	if (!forwarded_walk(sample->value.text, args->at[0].text, &value) || value.at == NULL)
		return false;
	sample->value.text = value;
	return true;
}

static bool forwarded_n2nn(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	struct forwarded_node node;

	if (!forwarded_read_node(sample->value.text, &node))
		return false;
	if (node.address.family == 0) {
		expr_give_text(sample, node.name);
		return true;
	}
	sample->type = EXPR_ADDRESS;
	sample->value.address = node.address;
	return true;
}

static bool forwarded_n2np(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	struct forwarded_node node;

	if (!forwarded_read_node(sample->value.text, &node) || node.port.len == 0)
		return false;
	expr_give_text(sample, node.port);
	return *node.port.at == '_' || expr_cast(sample, EXPR_INT, context->memory);
}

const struct expr_converter expr_converters_forwarded[] = {
	{
		.doc = { .name = "rfc7239_field", .since = "0.2",
			 .summary = "The first value of a field of a Forwarded header: for, by, "
				    "host or proto; none when the header is malformed.",
			 .example = "http-request set-var(txn.for) "
				    "req.fhdr(forwarded),rfc7239_field(for)" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "field" } },
		.check = forwarded_check_field, .run = forwarded_field,
	},
	{
		.doc = { .name = "rfc7239_is_valid", .since = "0.2",
			 .summary = "Whether the value of a Forwarded header is as RFC 7239 "
				    "demands.",
			 .example = "acl forwarded req.fhdr(forwarded),rfc7239_is_valid" },
		.in = EXPR_STRING, .out = EXPR_BOOL, .run = forwarded_is_valid,
	},
	{
		.doc = { .name = "rfc7239_n2nn", .since = "0.2",
			 .summary = "The node of a Forwarded header without its port: an address, "
				    "unknown, or a name that begins with an underscore.",
			 .example = "http-request set-var(txn.client) "
				    "req.fhdr(forwarded),rfc7239_field(for),rfc7239_n2nn" },
		.in = EXPR_STRING, .out = EXPR_ANY, .run = forwarded_n2nn,
	},
	{
		.doc = { .name = "rfc7239_n2np", .since = "0.2",
			 .summary = "The port of a node of a Forwarded header: a number, or a name "
				    "that begins with an underscore.",
			 .example = "http-request set-var(txn.port) "
				    "req.fhdr(forwarded),rfc7239_field(for),rfc7239_n2np" },
		.in = EXPR_STRING, .out = EXPR_ANY, .run = forwarded_n2np,
	},
	{ .doc = { .name = NULL } },
};
