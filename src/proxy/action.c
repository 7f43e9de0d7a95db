/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action.c - see action.h. */
#include "proxy/action.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"

bool action_need(struct conf_parse *parse, const struct rule *rule, const struct conf_line *line,
		 unsigned at, unsigned count, const char *words)
{
	if (line->count > at + count)
		return true;
	return conf_need_words(parse, line, at + 1, count, UINT32_MAX,
			       arena_printf(parse->arena, "%s %s%s %s", rule_list_name(rule->list),
					    rule->action->doc.name,
					    rule->action->parens ? "(...)" : "", words));
}

struct format *action_format(struct conf_parse *parse, const struct section *section,
			     const struct rule *rule, const struct conf_word *word)
{
	return format_parse(parse, rule_place(section, rule->list), word, FORMAT_VALUE);
}

struct expr *action_expr(struct conf_parse *parse, const struct section *section,
			 const struct rule *rule, const struct conf_word *word)
{
	size_t end;

	return expr_parse(parse, rule_place(section, rule->list), word, 0, NULL, &end);
}

struct regex *action_regex(struct conf_parse *parse, const struct conf_word *word,
			   bool ignore_case)
{
	char error[REGEX_ERROR];
	size_t at;
	struct regex *regex = regex_new(parse->arena, word->text, ignore_case, error, &at);

	if (regex == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, conf_word_part(word, at, 1),
			 NULL, "the regular expression '%s' is malformed: %s", word->text, error);
	return regex;
}

bool action_header_name(struct conf_parse *parse, const struct conf_word *word,
			struct slice *ret_name)
{
	static const char token[] = "!#$%&'*+-.^_`|~"; /* RFC 9110, 5.6.2 */
	const char *at = word->text;

	while (isalnum((unsigned char)*at) || (*at != '\0' && strchr(token, *at) != NULL))
		at++;
	if (*at != '\0' || at == word->text) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
			 conf_word_part(word, (size_t)(at - word->text), 1), NULL,
			 "'%s' cannot be the name of a header", word->text);
		return false;
	}
	*ret_name = slice_of(word->text);
	return true;
}

struct slice action_inside(const struct conf_word *word)
{
	struct slice inside = slice_skip(slice_of(word->text), strcspn(word->text, "(") + 1);

	inside.len--; /* rule_parse has seen the ')' */
	return inside;
}

static size_t expanded_limit(struct slice replacement, const struct regex_match *match)
{
	size_t limit = replacement.len;
	size_t longest = 0;

	for (unsigned i = 0; i < match->count; i++)
		if (match->group[i].len > longest)
			longest = match->group[i].len;
	for (size_t i = 0; i < replacement.len; i++)
		if (replacement.at[i] == '\\')
			limit += longest;
	return limit;
}

struct slice action_expand(struct bump *memory, struct slice replacement,
			   const struct regex_match *match)
{
	struct out out = { 0 };

	out.bytes = bump_room(memory, expanded_limit(replacement, match) + 1, &out.size);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	regex_expand(&out, replacement.at, match);
	bump_commit(memory, out.len);
	return out_slice(&out);
}

struct slice action_join(struct bump *memory, struct slice a, struct slice b, struct slice c)
{
	struct out out = { 0 };

	out.bytes = bump_room(memory, a.len + b.len + c.len + 1, &out.size);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	out_put(&out, a);
	out_put(&out, b);
	out_put(&out, c);
	bump_commit(memory, out.len);
	return out_slice(&out);
}
