/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_regex.c - regsub, which replaces what a regular expression matches. */
#include "base/arena.h"
#include "base/regex.h"
#include "expr/converter.h"

enum { REGSUB_MAX = 16 * 1024 }; /* of a result: a buffer of HAProxy's */

struct regsub {
	const struct regex *regex;
	bool all;
};

static bool regsub_flags(struct conf_parse *parse, const struct expr_args *args,
			 struct diag_span span, struct regsub *regsub, bool *ret_ignore_case)
{
	for (const char *flag = args->at[2].given ? args->at[2].text.at : ""; *flag != '\0'; flag++) {
		if (*flag == 'g')
			regsub->all = true;
		else if (*flag == 'i')
			*ret_ignore_case = true;
		else
			return converter_error(parse, args, 2, span, NULL,
					       "flags of regsub are 'g' (all) and 'i' (any case)");
	}
	return true;
}

static bool regsub_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct regsub *regsub = arena_zalloc(parse->arena, sizeof(*regsub));
	bool ignore_case = false;
	char error[REGEX_ERROR];
	size_t at;

	if (args->at[0].text.len == 0)
		return converter_error(parse, args, 0, span, NULL,
				       "an empty regular expression replaces nothing");
	if (!regsub_flags(parse, args, span, regsub, &ignore_case))
		return false;
	regsub->regex = regex_new(parse->arena, args->at[0].text.at, ignore_case, error, &at);
	if (regsub->regex == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, args->at[0].span, NULL,
			 "regular expression '%s': %s (at byte %zu)", args->at[0].text.at, error, at);
		return false;
	}
	args->own = regsub;
	return true;
}

/* After an empty match the next byte is passed on, so that the same is not found again. */
static void regsub_write(struct expr_context *context, const struct regsub *regsub,
			 const char *replacement, struct slice text, struct out *out)
{
	struct regex_match match;
	size_t at = 0;

	while (at <= text.len && !out->cut &&
	       regex_match_from(regsub->regex, context->regex, text, at, &match)) {
		size_t start = (size_t)(match.group[0].at - text.at);

		out_bytes(out, text.at + at, start - at);
		regex_expand(out, replacement, &match);
		at = start + match.group[0].len;
		if (!regsub->all)
			break;
		if (match.group[0].len == 0 && at < text.len)
			out_char(out, text.at[at]);
		at += match.group[0].len == 0;
	}
	if (at < text.len)
		out_put(out, slice_skip(text, at));
}

static bool regsub_run(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice text = sample->value.text.len != 0 ? sample->value.text : SLICE("");
	struct out out;

	/* Most results fit where there is room; the others are written again with the most. */
	if (!converter_room(context, text.len + args->at[1].text.len, &out))
		return false;
	regsub_write(context, args->own, args->at[1].text.at, text, &out);
	if (out.cut && out.size < REGSUB_MAX) {
		if (!converter_room(context, REGSUB_MAX, &out))
			return false;
		regsub_write(context, args->own, args->at[1].text.at, text, &out);
	}
	return converter_take(context, &out, EXPR_STRING, sample);
}

const struct expr_converter expr_converters_regex[] = {
	{
		.doc = { .name = "regsub", .since = "0.2",
			 .summary = "Replaces what a regular expression matches first (with flag "
				    "g: each time; with i: in any case); \\1 is the first group.",
			 .example = "http-request set-path '%[path,regsub(/+,/,g)]'" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "regex" }, { EXPR_ARG_STRING, false, "replacement" },
			  { EXPR_ARG_STRING, true, "flags" } },
		.check = regsub_check, .run = regsub_run,
	},
	{ .doc = { .name = NULL } },
};
