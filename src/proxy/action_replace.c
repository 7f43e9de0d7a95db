/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_replace.c - replace-header and its kin: what a regular
 * expression matches is replaced as a whole by a format, in which \0 to \9
 * stand for its groups.
 */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "proxy/action.h"

struct replace_args {
	struct slice name; /* of a header */
	struct regex *regex;
	struct format *format;
};

static unsigned replace_read_two(struct conf_parse *parse, struct section *section,
				 struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct replace_args *args = rule->args;

	args->regex = action_regex(parse, &line->words[at], false);
	args->format = action_format(parse, section, rule, &line->words[at + 1]);
	return args->regex != NULL && args->format != NULL ? at + 2 : 0;
}

static unsigned replace_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	rule->args = arena_zalloc(parse->arena, sizeof(struct replace_args));
	if (!action_need(parse, rule, line, at, 2, "<regex> <format>"))
		return 0;
	return replace_read_two(parse, section, rule, line, at + 1);
}

static unsigned replace_read_header(struct conf_parse *parse, struct section *section,
				    struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct replace_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 3, "<name> <regex> <format>") ||
	    !action_header_name(parse, &line->words[at + 1], &args->name))
		return 0;
	return replace_read_two(parse, section, rule, line, at + 2);
}

enum replaced { REPLACE_SAME, REPLACE_NEW, REPLACE_FAILED };

/* *ret_value is set for REPLACE_NEW. */
static enum replaced replace_text(const struct replace_args *args, struct rule_run *run,
				  struct slice subject, struct slice *ret_value)
{
	struct regex_match match;
	struct slice replacement;

	if (!regex_match(args->regex, run->context->regex, subject, &match))
		return REPLACE_SAME;
	replacement = format_text(args->format, run->context);
	if (replacement.at != NULL)
		replacement = bump_copy(run->context->memory, replacement); /* with a NUL */
	if (replacement.at == NULL)
		return REPLACE_FAILED;
	*ret_value = action_expand(run->context->memory, replacement, &match);
	return ret_value->at != NULL ? REPLACE_NEW : REPLACE_FAILED;
}

static enum rule_verdict replace_header(const struct rule *rule, struct rule_run *run)
{
	const struct replace_args *args = rule->args;
	struct http_header *header = NULL;
	struct slice value;
	bool ok = true;

	while ((header = http_find_name(run->message, args->name, header)) != NULL) {
		enum replaced replaced = replace_text(args, run, header->value, &value);

		if (replaced == REPLACE_NEW)
			ok &= http_header_change(run->message, header, value);
		ok &= replaced != REPLACE_FAILED;
	}
	return action_done(run, ok);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What stands between `from` and an element, but for the blanks around that. */
static struct slice gap_before(const char *from, struct slice element)
{
	struct slice gap = { from, (size_t)(element.at - from) };

	while (gap.len != 0 && is_blank(gap.at[gap.len - 1]))
		gap.len--;
	return gap;
}

/* The list with the elements that match replaced; the others stay as they are. */
static enum replaced replace_elements(const struct replace_args *args, struct rule_run *run,
				      struct slice list, struct slice *ret_value)
{
	struct slice whole = { NULL, 0 };
	const char *kept = list.at, *end = list.at + list.len;
	struct slice element, value;

	while (http_list_next(&list, &element)) {
		enum replaced replaced = replace_text(args, run, element, &value);

		if (replaced == REPLACE_FAILED)
			return replaced;
		if (replaced == REPLACE_SAME)
			continue;
		whole = action_join(run->context->memory, whole,
				    gap_before(kept, element), value);
		if (whole.at == NULL)
			return REPLACE_FAILED;
		for (kept = element.at + element.len; kept < end && is_blank(*kept);)
			kept++;
	}
	if (whole.at == NULL)
		return REPLACE_SAME;
	*ret_value = action_join(run->context->memory, whole,
				 (struct slice){ kept, (size_t)(end - kept) }, SLICE(""));
	return ret_value->at != NULL ? REPLACE_NEW : REPLACE_FAILED;
}

static enum rule_verdict replace_value(const struct rule *rule, struct rule_run *run)
{
	const struct replace_args *args = rule->args;
	struct http_header *header = NULL;
	struct slice value;
	bool ok = true;

	while ((header = http_find_name(run->message, args->name, header)) != NULL) {
		enum replaced replaced = replace_elements(args, run, header->value, &value);

		if (replaced == REPLACE_NEW)
			ok &= http_header_change(run->message, header, value);
		ok &= replaced != REPLACE_FAILED;
	}
	return action_done(run, ok);
}

static enum rule_verdict
replace_target(const struct rule *rule, struct rule_run *run, struct slice subject,
	       bool (*set)(struct http_message *message, struct bump *memory, struct slice value))
{
	struct slice value;
	enum replaced replaced = replace_text(rule->args, run, subject, &value);

	if (replaced == REPLACE_NEW)
		return action_done(run, set(run->message, run->context->memory, value));
	return action_done(run, replaced == REPLACE_SAME);
}

static enum rule_verdict replace_path(const struct rule *rule, struct rule_run *run)
{
	return replace_target(rule, run, http_path(run->message), http_set_path);
}

static enum rule_verdict replace_pathq(const struct rule *rule, struct rule_run *run)
{
	return replace_target(rule, run, run->message->path, http_set_pathq);
}

static enum rule_verdict replace_uri(const struct rule *rule, struct rule_run *run)
{
	return replace_target(rule, run, run->message->target, http_set_target);
}

const struct rule_action rule_actions_replace[] = {
	{ ACTION_DOC("replace-header", "Replace the values of a header that match.",
		     "http-request replace-header User-Agent curl.* curl"),
	  .lists = IN_HTTP, .parse = replace_read_header, .run = replace_header },
	{ ACTION_DOC("replace-value", "Replace the elements of a header's lists that match.",
		     "http-request replace-value X-Forwarded-For ^192\\.168\\.(.*)$ 172.16.\\1"),
	  .lists = IN_HTTP, .parse = replace_read_header, .run = replace_value },
	{ ACTION_DOC("replace-path", "Replace the path, without its query, when it matches.",
		     "http-request replace-path /api/(.*) /\\1"),
	  .lists = IN_REQUEST, .parse = replace_read, .run = replace_path },
	{ ACTION_DOC("replace-pathq", "Replace the path with its query when they match.",
		     "http-request replace-pathq ([^?]*)(.*) \\1/x\\2"),
	  .lists = IN_REQUEST, .parse = replace_read, .run = replace_pathq },
	{ ACTION_DOC("replace-uri", "Replace the request's whole target when it matches.",
		     "http-request replace-uri ^http://(.*) https://\\1"),
	  .lists = IN_REQUEST, .parse = replace_read, .run = replace_uri },
	{ .doc = { .name = NULL } },
};
