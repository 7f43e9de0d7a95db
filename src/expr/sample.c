/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/sample.c - what a value becomes where another type is wanted. Found by
 * asking HAProxy 2.6: text that is no number counts as 0 ("12abc" as 12),
 * bytes become text up to their first NUL, numbers become 8 bytes.
 */
#include "expr/sample.h"

#include <arpa/inet.h>

#include "base/bump.h"
#include "base/macros.h"
#include "base/out.h"
#include "net/address.h"

enum { SAMPLE_TEXT = 48 }; /* a number or an address */

static const char *const sample_type_names[] = {
	[EXPR_BOOL] = "boolean",     [EXPR_INT] = "integer",   [EXPR_ADDRESS] = "IP address",
	[EXPR_STRING] = "string",    [EXPR_BINARY] = "binary value", [EXPR_METHOD] = "method",
	[EXPR_ANY] = "any type",     [EXPR_SAME] = "same type",
};

#define BIT(type) (1u << EXPR_##type)

/* By type: what it can become. */
static const unsigned sample_becomes[] = {
	[EXPR_BOOL] = BIT(BOOL) | BIT(INT) | BIT(STRING) | BIT(BINARY),
	[EXPR_INT] = BIT(BOOL) | BIT(INT) | BIT(ADDRESS) | BIT(STRING) | BIT(BINARY),
	[EXPR_ADDRESS] = BIT(BOOL) | BIT(INT) | BIT(ADDRESS) | BIT(STRING) | BIT(BINARY),
	[EXPR_STRING] = BIT(BOOL) | BIT(INT) | BIT(ADDRESS) | BIT(STRING) | BIT(BINARY) |
			BIT(METHOD),
	[EXPR_BINARY] = BIT(STRING) | BIT(BINARY),
	[EXPR_METHOD] = BIT(STRING) | BIT(BINARY) | BIT(METHOD),
};

#undef BIT

const char *expr_type_name(enum expr_type type)
{
	return sample_type_names[type];
}

bool expr_type_converts(enum expr_type from, enum expr_type to)
{
	if (from >= EXPR_ANY || to >= EXPR_ANY)
		return true;
	return (sample_becomes[from] & 1u << to) != 0;
}

static struct slice sample_method_name(const struct expr_sample *sample)
{
	return sample->value.method.id == HTTP_METHOD_OTHER
		       ? sample->value.method.name
		       : slice_of(http_method_name(sample->value.method.id));
}

static void sample_write_address(const struct expr_address *address, struct out *out)
{
	char text[NET_TEXT];

	out_text(out, net_ip_text(address->family == 6 ? AF_INET6 : AF_INET, address->ip, text));
}

static struct slice sample_until_nul(struct slice bytes)
{
	const char *nul = bytes.len != 0 ? memchr(bytes.at, '\0', bytes.len) : NULL;

	if (nul != NULL)
		bytes.len = (size_t)(nul - bytes.at);
	return bytes;
}

void expr_sample_write(const struct expr_sample *sample, struct out *out)
{
	switch (sample->type) {
	case EXPR_BOOL:
		out_char(out, sample->value.boolean ? '1' : '0');
		break;
	case EXPR_INT:
		out_signed(out, sample->value.integer);
		break;
	case EXPR_ADDRESS:
		sample_write_address(&sample->value.address, out);
		break;
	case EXPR_STRING:
		out_put(out, sample->value.text);
		break;
	case EXPR_BINARY:
		out_put(out, sample_until_nul(sample->value.text));
		break;
	case EXPR_METHOD:
		out_put(out, sample_method_name(sample));
		break;
	case EXPR_ANY:
	case EXPR_SAME:
		break;
	}
}

/* The number at the beginning, 0 when there is none; beyond 64 bits the nearest. */
static bool sample_number(struct slice text, int64_t *ret)
{
	bool negative = text.len != 0 && *text.at == '-';
	size_t at = negative || (text.len != 0 && *text.at == '+');
	uint64_t limit = (uint64_t)INT64_MAX + negative, value = 0;

	if (text.len == 0)
		return false;
	for (; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++) {
		uint64_t digit = (uint64_t)(text.at[at] - '0');

		value = value > (limit - digit) / 10 ? limit : value * 10 + digit;
	}
	*ret = (int64_t)(negative ? 0 - value : value);
	return true;
}

static bool sample_to_int(struct expr_sample *sample)
{
	const struct expr_address *address = &sample->value.address;
	int64_t number;

	switch (sample->type) {
	case EXPR_BOOL:
		number = sample->value.boolean;
		break;
	case EXPR_INT:
		return true;
	case EXPR_ADDRESS:
		if (address->family != 4)
			return false;
		number = (int64_t)address->ip[0] << 24 | address->ip[1] << 16 |
			 address->ip[2] << 8 | address->ip[3];
		break;
	case EXPR_STRING:
		if (!sample_number(sample->value.text, &number))
			return false;
		break;
	default:
		return false;
	}
	sample->type = EXPR_INT;
	sample->value.integer = number;
	return true;
}

static bool sample_to_bool(struct expr_sample *sample)
{
	if (!sample_to_int(sample))
		return false;
	sample->type = EXPR_BOOL;
	sample->value.boolean = sample->value.integer != 0;
	return true;
}

static bool sample_to_address(struct expr_sample *sample)
{
	struct expr_address address = { .family = 4 };
	char text[SAMPLE_TEXT];

	if (sample->type == EXPR_INT) {
		uint32_t ip = htonl((uint32_t)sample->value.integer);

		memcpy(address.ip, &ip, sizeof(ip));
	} else if (sample->type == EXPR_STRING && sample->value.text.len < sizeof(text)) {
		memcpy(text, sample->value.text.at, sample->value.text.len);
		text[sample->value.text.len] = '\0';
		if (strchr(text, ':') != NULL)
			address.family = 6;
		if (inet_pton(address.family == 6 ? AF_INET6 : AF_INET, text, address.ip) != 1)
			return false;
	} else {
		return false;
	}
	sample->type = EXPR_ADDRESS;
	sample->value.address = address;
	return true;
}

static bool sample_set_text(struct expr_sample *sample, enum expr_type type, struct slice text)
{
	sample->type = type;
	sample->value.text = text;
	return true;
}

static bool sample_to_string(struct expr_sample *sample, struct bump *memory)
{
	struct out out = { .size = SAMPLE_TEXT };

	switch (sample->type) {
	case EXPR_BOOL:
		return sample_set_text(sample, EXPR_STRING,
				       sample->value.boolean ? SLICE("1") : SLICE("0"));
	case EXPR_BINARY:
		return sample_set_text(sample, EXPR_STRING, sample_until_nul(sample->value.text));
	case EXPR_METHOD:
		return sample_set_text(sample, EXPR_STRING, sample_method_name(sample));
	default:
		out.bytes = bump_alloc(memory, SAMPLE_TEXT);
		if (out.bytes == NULL)
			return false;
		expr_sample_write(sample, &out);
		return sample_set_text(sample, EXPR_STRING, out_slice(&out));
	}
}

static bool sample_to_binary(struct expr_sample *sample, struct bump *memory)
{
	const struct expr_address address = sample->value.address;
	char *bytes;

	switch (sample->type) {
	case EXPR_STRING:
		return sample_set_text(sample, EXPR_BINARY, sample->value.text);
	case EXPR_METHOD:
		return sample_set_text(sample, EXPR_BINARY, sample_method_name(sample));
	default:
		break;
	}
	bytes = bump_alloc(memory, sizeof(address.ip));
	if (bytes == NULL)
		return false;
	if (sample->type == EXPR_ADDRESS) {
		memcpy(bytes, address.ip, sizeof(address.ip));
		return sample_set_text(sample, EXPR_BINARY,
				       (struct slice){ bytes, address.family == 6 ? 16 : 4 });
	}
	sample_to_int(sample);
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (char)((uint64_t)sample->value.integer >> (56 - 8 * i));
	return sample_set_text(sample, EXPR_BINARY, (struct slice){ bytes, 8 });
}

static bool sample_to_method(struct expr_sample *sample)
{
	struct slice name = sample->value.text;

	if (sample->type != EXPR_STRING)
		return false;
	sample->type = EXPR_METHOD;
	sample->value.method.id = http_method_of(name);
	sample->value.method.name = name;
	return true;
}

bool expr_cast(struct expr_sample *sample, enum expr_type to, struct bump *memory)
{
	if (sample->type == to || to >= EXPR_ANY)
		return true;
	if (!expr_type_converts(sample->type, to))
		return false;
	switch (to) {
	case EXPR_BOOL:
		return sample_to_bool(sample);
	case EXPR_INT:
		return sample_to_int(sample);
	case EXPR_ADDRESS:
		return sample_to_address(sample);
	case EXPR_STRING:
		return sample_to_string(sample, memory);
	case EXPR_BINARY:
		return sample_to_binary(sample, memory);
	case EXPR_METHOD:
		return sample_to_method(sample);
	case EXPR_ANY:
	case EXPR_SAME:
		break;
	}
	return false;
}
