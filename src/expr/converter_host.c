/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_host.c - converters of what a Host header holds (RFC 9110, 7.2). */
#include "expr/converter.h"

/* Where the port's colon stands: the last one, unless a bracket closes after it. text.len: none. */
static size_t host_colon(struct slice text)
{
	for (size_t at = text.len; at-- > 0 && text.at[at] != ']';)
		if (text.at[at] == ':')
			return at;
	return text.len;
}

static bool host_only(struct expr_context *context, const struct expr_args *args,
		      struct expr_sample *sample)
{
	struct slice host = { sample->value.text.at, host_colon(sample->value.text) };
	struct out out;

	if (!converter_room(context, host.len, &out))
		return false;
	for (size_t i = 0; i < host.len; i++)
		out_char(&out, host.at[i] >= 'A' && host.at[i] <= 'Z' ? (char)(host.at[i] | 0x20)
								     : host.at[i]);
	return converter_take(context, &out, EXPR_STRING, sample);
}

/* 0 for what is no number; too large a one stays what it is as far as 32 bits go. */
static bool host_port_only(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	struct slice port = slice_skip(sample->value.text, host_colon(sample->value.text) + 1);
	int64_t number = 0;

	for (size_t i = 0; i < port.len; i++) {
		if (port.at[i] < '0' || port.at[i] > '9') {
			number = 0;
			break;
		}
		number = number * 10 + (port.at[i] - '0');
		if (number > UINT32_MAX)
			number = UINT32_MAX;
	}
	expr_give_int(sample, number);
	return true;
}

static bool host_reverse_dom(struct expr_context *context, const struct expr_args *args,
			     struct expr_sample *sample)
{
	struct slice host = sample->value.text;
	size_t end = host.len;
	struct out out;

	if (!converter_room(context, host.len, &out))
		return false;
	for (size_t at = host.len; at-- > 0;) {
		if (host.at[at] != '.')
			continue;
		out_bytes(&out, host.at + at + 1, end - at - 1);
		out_char(&out, '.');
		end = at;
	}
	out_bytes(&out, host.at, end);
	return converter_take(context, &out, EXPR_STRING, sample);
}

const struct expr_converter expr_converters_host[] = {
	{
		.doc = { .name = "host_only", .since = "0.2",
			 .summary = "The host of a Host header, without the port and in lower "
				    "case.",
			 .example = "use_backend %[req.hdr(host),host_only]" },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = host_only,
	},
	{
		.doc = { .name = "port_only", .since = "0.2",
			 .summary = "The port of a Host header, 0 when there is none.",
			 .example = "acl odd_port req.hdr(host),port_only gt 443" },
		.in = EXPR_STRING, .out = EXPR_INT, .run = host_port_only,
	},
	{
		.doc = { .name = "reverse_dom", .since = "0.2",
			 .summary = "A domain name with its labels in the opposite order: "
				    "org.example.www.",
			 .example = "acl ours req.hdr(host),host_only,reverse_dom -m beg "
				    "org.example." },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = host_reverse_dom,
	},
	{ .doc = { .name = NULL } },
};
