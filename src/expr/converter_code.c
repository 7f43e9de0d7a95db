/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_code.c - bytes as text and back: base64, digits, URL encoding. */
#include "base/base64.h"
#include "base/hex.h"
#include "expr/converter.h"
#include "http/uri.h"

enum { CODE_DIGITS_MAX = 20 /* of a number of 64 bits */ };

static bool code_encode(struct expr_context *context, struct expr_sample *sample, bool url)
{
	struct out out;

	if (!converter_room(context, base64_encoded_size(sample->value.text.len), &out))
		return false;
	base64_encode(sample->value.text, url, &out);
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool code_decode(struct expr_context *context, struct expr_sample *sample, bool url)
{
	struct out out;

	return converter_room(context, sample->value.text.len, &out) &&
	       base64_decode(sample->value.text, url, &out) &&
	       converter_take(context, &out, EXPR_BINARY, sample);
}

static bool code_base64(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	return code_encode(context, sample, false);
}

static bool code_ub64enc(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	return code_encode(context, sample, true);
}

static bool code_b64dec(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	return code_decode(context, sample, false);
}

static bool code_ub64dec(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	return code_decode(context, sample, true);
}

static bool code_hex(struct expr_context *context, const struct expr_args *args,
		     struct expr_sample *sample)
{
	struct slice bytes = sample->value.text;
	struct out out;

	if (!converter_room(context, 2 * bytes.len, &out))
		return false;
	for (size_t i = 0; i < bytes.len; i++)
		hex_write(&out, (uint8_t)bytes.at[i]);
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool code_base2(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice bytes = sample->value.text;
	struct out out;

	if (!converter_room(context, 8 * bytes.len, &out))
		return false;
	for (size_t i = 0; i < 8 * bytes.len; i++)
		out_char(&out, (unsigned char)bytes.at[i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
	return converter_take(context, &out, EXPR_STRING, sample);
}

/* Of more than 16 digits the last count. */
static bool code_hex2i(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice text = sample->value.text;
	uint64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_value(text.at[i]);

		if (digit < 0)
			return false;
		number = number << 4 | (unsigned)digit;
	}
	expr_give_int(sample, (int64_t)number);
	return true;
}

static bool code_htonl(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct out out;

	if (!converter_room(context, 4, &out))
		return false;
	for (unsigned shift = 32; shift != 0; shift -= 8)
		out_char(&out, (char)((uint64_t)sample->value.integer >> (shift - 8)));
	return converter_take(context, &out, EXPR_BINARY, sample);
}

static bool code_check_be2hex(struct conf_parse *parse, struct expr_args *args,
			      struct diag_span span)
{
	bool needed = args->at[0].text.len != 0 || args->at[1].given;

	if (!needed || args->at[1].integer > 0)
		return true;
	return converter_error(parse, args, 1, span, NULL,
			       "a separator needs the number of bytes it stands after, 1 or more");
}

/* With a `truncate` other than 0 an incomplete chunk at the end is left out. */
static size_t code_whole_chunks(size_t len, size_t chunk, const struct expr_arg *truncate)
{
	return truncate->integer != 0 ? len - len % chunk : len;
}

static bool code_be2hex(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	struct slice bytes = sample->value.text, separator = args->at[0].text;
	size_t chunk = args->at[1].given ? (size_t)args->at[1].integer : SIZE_MAX;
	size_t len = code_whole_chunks(bytes.len, chunk, &args->at[2]);
	struct out out;

	if (!converter_room(context, 2 * len + len / chunk * separator.len, &out))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i != 0 && i % chunk == 0)
			out_put(&out, separator);
		hex_write(&out, (uint8_t)bytes.at[i]);
	}
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool code_check_chunk(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	if (args->at[1].integer >= 1 && args->at[1].integer <= 8)
		return true;
	return converter_error(parse, args, 1, span, NULL, "a number is made of 1 to 8 bytes");
}

static uint64_t code_number(const char *bytes, size_t len, bool little)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | (uint8_t)bytes[little ? len - 1 - i : i];
	return number;
}

static bool code_to_dec(struct expr_context *context, const struct expr_args *args, bool little,
			struct expr_sample *sample)
{
	struct slice bytes = sample->value.text, separator = args->at[0].text;
	size_t chunk = (size_t)args->at[1].integer;
	size_t len = code_whole_chunks(bytes.len, chunk, &args->at[2]);
	struct out out;

	if (!converter_room(context, (len / chunk + 1) * (CODE_DIGITS_MAX + separator.len), &out))
		return false;
	for (size_t i = 0; i < len; i += chunk) {
		if (i != 0)
			out_put(&out, separator);
		out_number(&out, code_number(bytes.at + i, len - i < chunk ? len - i : chunk, little));
	}
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool code_be2dec(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	return code_to_dec(context, args, false, sample);
}

static bool code_le2dec(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	return code_to_dec(context, args, true, sample);
}

static bool code_check_url_enc(struct conf_parse *parse, struct expr_args *args,
			       struct diag_span span)
{
	return !args->at[0].given || slice_is(args->at[0].text, "query") ||
	       converter_error(parse, args, 0, span, "write 'query'",
			       "the only encoding is that of queries");
}

static bool code_url_enc(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	struct out out;

	if (!converter_room(context, 3 * sample->value.text.len, &out))
		return false;
	http_uri_encode(sample->value.text, &out);
	return converter_take(context, &out, EXPR_STRING, sample);
}

/* '+' is a blank in a query; without the argument that begins at the first '?'. */
static bool code_url_dec(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	struct slice text = sample->value.text, path = text;
	const char *mark = text.len != 0 ? memchr(text.at, '?', text.len) : NULL;
	struct out out;

	if (args->at[0].integer != 0)
		path.len = 0;
	else if (mark != NULL)
		path.len = (size_t)(mark - text.at);
	return converter_room(context, text.len, &out) && http_uri_decode(path, false, &out) &&
	       http_uri_decode(slice_skip(text, path.len), true, &out) &&
	       converter_take(context, &out, EXPR_STRING, sample);
}

#define CODE_ROW(word, from, to, text)                                                             \
	{ .doc = { .name = #word, .summary = text, .since = "0.2",                                 \
		   .example = "http-request set-header x-code %[req.hdr(x-text)," #word "]" },     \
	  .in = from, .out = to, .run = code_##word }
#define CODE_NUMBERS(word, text)                                                                   \
	{ .doc = { .name = #word, .summary = text, .since = "0.2",                                 \
		   .example = "http-request set-header x-code %[src," #word "(.,1)]" },            \
	  .in = EXPR_BINARY, .out = EXPR_STRING, .check = code_check_chunk, .run = code_##word,    \
	  .args = { { EXPR_ARG_STRING, false, "separator" }, { EXPR_ARG_INT, false, "bytes" },     \
		    { EXPR_ARG_INT, true, "truncate" } } }

const struct expr_converter expr_converters_code[] = {
	CODE_ROW(b64dec, EXPR_STRING, EXPR_BINARY, "The bytes of a base64 text."),
	{
		.doc = { .name = "base2", .since = "0.3",
			 .summary = "Bytes as binary digits, eight for each.",
			 .example = "http-request set-header x-bits %[src,base2]" },
		.in = EXPR_BINARY, .out = EXPR_STRING, .run = code_base2,
	},
	CODE_ROW(base64, EXPR_BINARY, EXPR_STRING, "Bytes as base64 text."),
	CODE_NUMBERS(be2dec, "Bytes as decimal numbers of so many bytes each, the highest byte "
			     "first, with a separator in between."),
	{
		.doc = { .name = "be2hex", .since = "0.2",
			 .summary = "Bytes as hexadecimal digits, with a separator after each so "
				    "many bytes.",
			 .example = "http-request set-header x-code %[src,be2hex(:,1)]" },
		.in = EXPR_BINARY, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, true, "separator" }, { EXPR_ARG_INT, true, "bytes" },
			  { EXPR_ARG_INT, true, "truncate" } },
		.check = code_check_be2hex, .run = code_be2hex,
	},
	CODE_ROW(hex, EXPR_BINARY, EXPR_STRING, "Bytes as hexadecimal digits, in upper case."),
	CODE_ROW(hex2i, EXPR_STRING, EXPR_INT, "The number that hexadecimal digits are."),
	CODE_ROW(htonl, EXPR_INT, EXPR_BINARY,
		 "The low 32 bits of a number as four bytes, the highest first."),
	CODE_NUMBERS(le2dec, "Bytes as decimal numbers of so many bytes each, the lowest byte "
			     "first, with a separator in between."),
	CODE_ROW(ub64dec, EXPR_STRING, EXPR_BINARY,
		 "The bytes of a base64url text, as JSON web tokens have it."),
	CODE_ROW(ub64enc, EXPR_BINARY, EXPR_STRING, "Bytes as base64url text."),
	{
		.doc = { .name = "url_dec", .since = "0.2",
			 .summary = "The text with its percent escapes decoded; '+' is a blank "
				    "after a '?', or everywhere with the argument 1.",
			 .example = "acl up path,url_dec -m sub ../" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_INT, true, "form" } }, .run = code_url_dec,
	},
	{
		.doc = { .name = "url_enc", .since = "0.2",
			 .summary = "The text with all but letters, digits and -._~ as percent "
				    "escapes.",
			 .example = "http-request redirect location /login?to=%[url,url_enc]" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, true, "type" } },
		.check = code_check_url_enc, .run = code_url_enc,
	},
	{ .doc = { .name = NULL } },
};
