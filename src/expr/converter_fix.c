/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_fix.c - Financial Information eXchange: fields of a number
 * and a value, "35=A", each with a byte 1 behind it. The first three are
 * BeginString (8), BodyLength (9) and MsgType (35), the last is CheckSum (10).
 */
#include "base/arena.h"
#include "base/macros.h"
#include "expr/converter.h"

enum fix_result { FIX_BAD, FIX_GOOD, FIX_MORE };

enum { FIX_END = 1, FIX_CHECKSUM_LEN = 7 }; /* "10=255" and its end */

static bool fix_is_number(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len != 0;
}

/* The next field of *rest, which goes behind it. */
static enum fix_result fix_next(struct slice *rest, struct slice *ret_tag, struct slice *ret_value)
{
	const char *end = rest->len != 0 ? memchr(rest->at, FIX_END, rest->len) : NULL;
	const char *equals;

	if (end == NULL)
		return FIX_MORE;
	equals = memchr(rest->at, '=', (size_t)(end - rest->at));
	if (equals == NULL || equals + 1 == end)
		return FIX_BAD;
	*ret_tag = (struct slice){ rest->at, (size_t)(equals - rest->at) };
	*ret_value = (struct slice){ equals + 1, (size_t)(end - equals - 1) };
	*rest = slice_skip(*rest, (size_t)(end + 1 - rest->at));
	return fix_is_number(*ret_tag) ? FIX_GOOD : FIX_BAD;
}

static bool fix_is_version(struct slice value)
{
	static const char *const versions[] = { "FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3",
						"FIX.4.4", "FIXT.1.1" };

	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (slice_is(value, versions[i]))
			return true;
	return false;
}

static bool fix_read_length(struct slice text, size_t *ret)
{
	*ret = 0;
	if (!fix_is_number(text) || text.len > 9)
		return false;
	for (size_t i = 0; i < text.len; i++)
		*ret = *ret * 10 + (size_t)(text.at[i] - '0');
	return true;
}

/* "10=", three digits: the sum of all bytes before. */
static bool fix_sum_holds(struct slice message, struct slice last)
{
	unsigned sum = 0, said;

	for (const char *at = message.at; at < last.at; at++)
		sum += (unsigned char)*at;
	if (memcmp(last.at, "10=", 3) != 0 || last.at[6] != FIX_END ||
	    !fix_is_number((struct slice){ last.at + 3, 3 }))
		return false;
	said = (unsigned)((last.at[3] - '0') * 100 + (last.at[4] - '0') * 10 + last.at[5] - '0');
	return said == sum % 256;
}

/* MsgType first, and whole fields to its end. */
static bool fix_body_holds(struct slice body)
{
	struct slice tag, value;

	if (fix_next(&body, &tag, &value) != FIX_GOOD || !slice_is(tag, "35"))
		return false;
	while (body.len != 0)
		if (fix_next(&body, &tag, &value) != FIX_GOOD)
			return false;
	return true;
}

static enum fix_result fix_check(struct slice message)
{
	struct slice rest = message, tag, value;
	enum fix_result result = fix_next(&rest, &tag, &value);
	size_t len;

	if (result != FIX_GOOD)
		return result;
	if (!slice_is(tag, "8") || !fix_is_version(value))
		return FIX_BAD;
	result = fix_next(&rest, &tag, &value);
	if (result != FIX_GOOD)
		return result;
	if (!slice_is(tag, "9") || !fix_read_length(value, &len))
		return FIX_BAD;
	if (rest.len < len + FIX_CHECKSUM_LEN)
		return FIX_MORE;
	return fix_body_holds((struct slice){ rest.at, len }) &&
			       fix_sum_holds(message, slice_skip(rest, len))
		       ? FIX_GOOD
		       : FIX_BAD;
}

static bool fix_run_valid(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	enum fix_result result = fix_check(sample->value.text);

	if (result == FIX_MORE) {
		sample->may_change = !context->bytes_end;
		return false;
	}
	sample->type = EXPR_BOOL;
	sample->value.boolean = result == FIX_GOOD;
	return true;
}

/* A name of a tag becomes its number, in .text. */
static bool fix_check_tag(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	static const struct {
		const char *name, *number;
	} tags[] = {
		{ "BeginString", "8" },	  { "BodyLength", "9" },    { "MsgType", "35" },
		{ "SenderCompID", "49" }, { "TargetCompID", "56" }, { "CheckSum", "10" },
	};
	struct expr_arg *tag = &args->at[0];

	if (fix_is_number(tag->text))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		if (!slice_is(tag->text, tags[i].name))
			continue;
		tag->text = slice_of(tags[i].number);
		return true;
	}
	return converter_error(parse, args, 0, span, "write its number",
			       "that is no tag of FIX whose name is known");
}

static bool fix_run_value(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	struct slice rest = sample->value.text, tag, value;
	enum fix_result result;

	while ((result = fix_next(&rest, &tag, &value)) == FIX_GOOD) {
		if (slice_equal(tag, args->at[0].text)) {
			sample->type = EXPR_BINARY;
			sample->value.text = value;
			return true;
		}
		if (slice_is(tag, "10")) /* the message's last */
			return false;
	}
	sample->may_change = result == FIX_MORE && !context->bytes_end;
	return false;
}

const struct expr_converter expr_converters_fix[] = {
	{
		.doc = { .name = "fix_is_valid", .since = "0.3",
			 .summary = "Whether the bytes begin with a message of Financial "
				    "Information eXchange that holds.",
			 .example = "tcp-request content reject unless { "
				    "req.payload(0,0),fix_is_valid }" },
		.in = EXPR_BINARY, .out = EXPR_BOOL, .run = fix_run_valid,
	},
	{
		.doc = { .name = "fix_tag_value", .since = "0.3",
			 .summary = "The value of a tag, by number or name, of a message of "
				    "Financial Information eXchange.",
			 .example = "tcp-request content set-var(txn.type) "
				    "req.payload(0,0),fix_tag_value(MsgType)" },
		.in = EXPR_BINARY, .out = EXPR_BINARY,
		.args = { { EXPR_ARG_STRING, false, "tag" } },
		.check = fix_check_tag, .run = fix_run_value,
	},
	{ .doc = { .name = NULL } },
};
