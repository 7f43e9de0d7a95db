/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_text.c - converters of whole texts: case, ends, comparison, putting together. */
#include "expr/converter.h"

/* Both maps are the C locale's: UTF-8 beyond ASCII stays as it is. */
static bool text_in_case(struct expr_context *context, struct expr_sample *sample, char first,
			 char last)
{
	struct slice text = bump_copy(context->memory, sample->value.text);
	char *bytes = (char *)text.at;

	if (bytes == NULL)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (bytes[i] >= first && bytes[i] <= last)
			bytes[i] ^= 'a' ^ 'A';
	sample->value.text = text;
	return true;
}

static bool text_lower(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	return text_in_case(context, sample, 'A', 'Z');
}

static bool text_upper(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	return text_in_case(context, sample, 'a', 'z');
}

static bool text_length(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	expr_give_int(sample, (int64_t)sample->value.text.len);
	return true;
}

/* The variable as text, but bytes as they are; empty when it is not set or not given. */
static struct slice text_of_variable(struct expr_context *context, const struct expr_arg *arg)
{
	struct expr_sample value = { .type = EXPR_BOOL };

	if (!arg->given || !expr_var_get(context, arg->var, &value))
		return (struct slice){ NULL, 0 };
	if (value.type != EXPR_BINARY && !expr_cast(&value, EXPR_STRING, context->memory))
		return (struct slice){ NULL, 0 };
	return value.value.text;
}

static bool text_join(struct expr_context *context, struct expr_sample *sample, struct slice a,
		      struct slice b, struct slice c)
{
	struct out out;

	if (!converter_room(context, sample->value.text.len + a.len + b.len + c.len, &out))
		return false;
	out_put(&out, sample->value.text);
	out_put(&out, a);
	out_put(&out, b);
	out_put(&out, c);
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool text_concat(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	return text_join(context, sample, args->at[0].text,
			 text_of_variable(context, &args->at[1]), args->at[2].text);
}

static bool text_check_add_item(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	if (args->at[1].given || args->at[2].text.len != 0)
		return true;
	return converter_error(parse, args, 1, span, "add_item(<separator>,<variable>)",
			       "there is nothing to add");
}

static bool text_add_item(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	struct slice value = text_of_variable(context, &args->at[1]);
	struct slice suffix = args->at[2].text, separator = args->at[0].text;

	if (sample->value.text.len == 0 || value.len + suffix.len == 0)
		separator.len = 0;
	return text_join(context, sample, separator, value, suffix);
}

static bool text_ltrim(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice *text = &sample->value.text;

	while (text->len != 0 && converter_is_one_of(*text->at, args->at[0].text))
		*text = slice_skip(*text, 1);
	return true;
}

static bool text_rtrim(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice *text = &sample->value.text;

	while (text->len != 0 && converter_is_one_of(text->at[text->len - 1], args->at[0].text))
		text->len--;
	return true;
}

static bool text_cut_crlf(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	struct slice *text = &sample->value.text;
	size_t len = 0;

	while (len < text->len && text->at[len] != '\r' && text->at[len] != '\n')
		len++;
	text->len = len;
	return true;
}

static bool text_strcmp(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	struct slice a = sample->value.text, b;
	struct expr_sample other;
	int64_t differ = 0;

	if (!converter_variable(context, args->at[0].var, EXPR_STRING, &other))
		return false;
	b = other.value.text;
	for (size_t i = 0; differ == 0 && i < a.len && i < b.len; i++)
		differ = (uint8_t)a.at[i] - (uint8_t)b.at[i];
	if (differ == 0)
		differ = (a.len > b.len) - (a.len < b.len);
	expr_give_int(sample, differ);
	return true;
}

static bool text_iif(struct expr_context *context, const struct expr_args *args,
		     struct expr_sample *sample)
{
	expr_give_text(sample, args->at[sample->value.boolean ? 0 : 1].text);
	return true;
}

static bool text_reverse(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	struct slice text = sample->value.text;
	struct out out;

	if (!converter_room(context, text.len, &out))
		return false;
	for (size_t i = text.len; i-- > 0;)
		out_char(&out, text.at[i]);
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool text_has_ctl(struct expr_context *context, const struct expr_args *args,
			 struct expr_sample *sample)
{
	struct slice bytes = sample->value.text;
	bool found = false;

	for (size_t i = 0; i < bytes.len && !found; i++)
		found = (uint8_t)bytes.at[i] < 0x20 || bytes.at[i] == 0x7f;
	expr_give_bool(sample, found);
	return true;
}

const struct expr_converter expr_converters_text[] = {
	{
		.doc = { .name = "add_item", .since = "0.2",
			 .summary = "Appends a variable and a constant, with a separator before "
				    "them where there is something on both sides of it.",
			 .example = "http-request set-var(req.tags) "
				    "'var(req.tags),add_item(\",\",req.tag)'" },
		.in = EXPR_STRING, .out = EXPR_STRING, .check = text_check_add_item,
		.args = { { EXPR_ARG_STRING, false, "separator" },
			  { EXPR_ARG_VAR, true, "variable" },
			  { EXPR_ARG_STRING, true, "suffix" } },
		.run = text_add_item,
	},
	{
		.doc = { .name = "concat", .since = "0.2",
			 .summary = "Appends a constant, a variable and another constant, each of "
				    "which may be left out.",
			 .example = "http-request set-var(txn.sig) str(),concat(<ip=,sess.ip,>)" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, true, "before" }, { EXPR_ARG_VAR, true, "variable" },
			  { EXPR_ARG_STRING, true, "after" } },
		.run = text_concat,
	},
	{
		.doc = { .name = "cut_crlf", .since = "0.2",
			 .summary = "The text before the first carriage return or line feed.",
			 .example = "http-request set-var(txn.line) req.body,cut_crlf" },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = text_cut_crlf,
	},
	{
		.doc = { .name = "has_ctl", .since = "0.2",
			 .summary = "Whether there is a control character (a byte below 32, or "
				    "127).",
			 .example = "http-request deny if { path,url_dec,has_ctl }" },
		.in = EXPR_BINARY, .out = EXPR_BOOL, .run = text_has_ctl,
	},
	{
		.doc = { .name = "iif", .since = "0.2",
			 .summary = "One of two constants, as the value is true or false.",
			 .example = "http-request set-header x-tls "
				    "%[dst_port,sub(80),iif(yes,no)]" },
		.in = EXPR_BOOL, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "true" }, { EXPR_ARG_STRING, false, "false" } },
		.run = text_iif,
	},
	{
		.doc = { .name = "length", .since = "0.2",
			 .summary = "The number of bytes of a text.",
			 .example = "acl long_path path,length gt 2000" },
		.in = EXPR_STRING, .out = EXPR_INT, .run = text_length,
	},
	{
		.doc = { .name = "lower", .since = "0.2",
			 .summary = "The text with its ASCII letters in lower case.",
			 .example = "use_backend %[req.hdr(host),lower]" },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = text_lower,
	},
	{
		.doc = { .name = "ltrim", .since = "0.2",
			 .summary = "The text without those of the given characters that it begins "
				    "with.",
			 .example = "http-request set-var(txn.file) path,ltrim(/)" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "characters" } }, .run = text_ltrim,
	},
	{
		.doc = { .name = "reverse", .since = "0.2",
			 .summary = "The bytes of a text in the opposite order.",
			 .example = "http-request set-var(txn.back) path,reverse" },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = text_reverse,
	},
	{
		.doc = { .name = "rtrim", .since = "0.2",
			 .summary = "The text without those of the given characters that it ends "
				    "in.",
			 .example = "http-request set-path %[path,rtrim(/)]" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "characters" } }, .run = text_rtrim,
	},
	{
		.doc = { .name = "strcmp", .since = "0.2",
			 .summary = "0 when the text is that of a variable, less when it sorts "
				    "before it, more when it sorts after it.",
			 .example = "acl same_host req.hdr(host),strcmp(txn.host) eq 0" },
		.in = EXPR_STRING, .out = EXPR_INT,
		.args = { { EXPR_ARG_VAR, false, "variable" } }, .run = text_strcmp,
	},
	{
		.doc = { .name = "upper", .since = "0.2",
			 .summary = "The text with its ASCII letters in upper case.",
			 .example = "http-request set-header x-user %[req.hdr(user),upper]" },
		.in = EXPR_STRING, .out = EXPR_STRING, .run = text_upper,
	},
	{ .doc = { .name = NULL } },
};
