/* SPDX-License-Identifier: Apache-2.0 */
/* conf/option.c - options after an address or a name. See conf_parse_options in keyword.h. */
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "conf/keyword.h"
#include "conf/match.h"
#include "conf/row.h"
#include "conf/value.h"

struct option {
	const struct conf_keyword *row;
	unsigned words;		/* of its name */
	enum conf_prefix prefix;
};

static const struct conf_keyword *find_negated(const struct conf_keyword *rows, const char *text)
{
	if (strncmp(text, "no-", 3) != 0)
		return NULL;
	for (; rows->doc.name != NULL; rows++) {
		if (rows->may_no && strcmp(rows->doc.name, text + 3) == 0)
			return rows;
	}
	return NULL;
}

static bool find_option(const struct conf_keyword *rows, const struct conf_line *line, unsigned at,
			struct option *ret_option)
{
	unsigned words = 1;
	const struct conf_keyword *row = conf_match_table(rows, CONF_ANYWHERE, line, at, &words);
	bool negated = row == NULL;

	if (row == NULL)
		row = find_negated(rows, line->words[at].text);
	if (row == NULL)
		return false;
	ret_option->row = row;
	ret_option->words = words;
	ret_option->prefix = negated ? CONF_NO : CONF_PLAIN;
	return true;
}

static void say_unknown(struct conf_parse *parse, const struct conf_keyword *rows,
			const struct conf_word *word, const char *what)
{
	const char **names = NULL;
	unsigned count = 0;

	for (; rows->doc.name != NULL; rows++)
		*ARENA_APPEND(parse->arena, names, count) = rows->doc.name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	conf_error_unknown(parse, word, what, names);
}

/* What follows an option that is not understood may be its value: goes on at the next known one. */
static unsigned next_known(const struct conf_keyword *rows, const struct conf_line *line,
			   unsigned at)
{
	struct option option;

	while (at < line->count && !find_option(rows, line, at, &option))
		at++;
	return at;
}

/* The modern row of an old spelling, after its warning. */
static void modernize(struct conf_parse *parse, const struct conf_keyword *rows,
		      const struct conf_line *line, unsigned at, struct option *option)
{
	const struct conf_keyword *old = option->row;
	const char *value = line->words[at + option->words].text;

	while (rows->doc.name != NULL && strcmp(rows->doc.name, old->modern) != 0)
		rows++;
	ASSERT(rows->doc.name != NULL && rows->modern == NULL);
	option->row = rows;
	conf_old_form(
		parse, line->words[at].span, arena_printf(parse->arena, "'%s'", old->doc.name),
		rows->type == CONF_FLAG ? old->modern
					: arena_printf(parse->arena, "%s %s", old->modern, value));
}

/* Words that the option took after its name, or -1 after a report that ends the line. */
static int use_option(struct conf_parse *parse, const struct option *option, void *object,
		      const struct conf_line *line, unsigned at)
{
	const struct conf_keyword *row = option->row;

	switch (row->type) {
	case CONF_FLAG:
		*(bool *)((char *)object + row->offset) = option->prefix == CONF_PLAIN;
		return 0;
	case CONF_PARSE:
		parse->option_words = 0;
		row->parse(parse, object, line, at, option->prefix == CONF_NO);
		return (int)parse->option_words;
	case CONF_IGNORED:
		if (!conf_row_need_words(parse, row, line, at, (unsigned)row->min, UINT32_MAX))
			return -1;
		return (int)row->max;
	default:
		break;
	}
	if (option->prefix == CONF_NO) {
		conf_row_parse(parse, row, object, line, at, CONF_NO);
		return 0;
	}
	if (!conf_row_need_words(parse, row, line, at, 1, UINT32_MAX))
		return -1;
	conf_store(parse, row, object, line, at);
	return row->type == CONF_TEXT ? (int)(line->count - at) : 1;
}

static void say_not_yet(struct conf_parse *parse, const struct conf_word *word, const char *what)
{
	diag_add(parse->report, DIAG_ERROR, &diag_not_supported, word->span, NULL,
		 "%s '%s' is not supported yet", what, word->text);
}

unsigned conf_parse_options(struct conf_parse *parse, const struct conf_keyword *rows, void *object,
			    const struct conf_line *line, unsigned at, const char *what)
{
	unsigned understood = 0;

	while (at < line->count) {
		struct option option;
		bool found = find_option(rows, line, at, &option);

		if (!found || option.row->type == CONF_NOT_YET) {
			if (found)
				say_not_yet(parse, &line->words[at], what);
			else
				say_unknown(parse, rows, &line->words[at], what);
			at = next_known(rows, line, at + 1);
			continue;
		}
		if (option.row->modern != NULL)
			modernize(parse, rows, line, at, &option);
		int used = use_option(parse, &option, object, line, at + option.words);
		if (used < 0)
			break;
		at += option.words + (unsigned)used;
		understood++;
	}
	return understood;
}

unsigned conf_parse_option(struct conf_parse *parse, const struct conf_keyword *rows, void *object,
			   const struct conf_line *line, unsigned at,
			   const struct conf_keyword **ret_row)
{
	struct option option;
	int used = 0;

	if (!find_option(rows, line, at, &option))
		return 0;
	*ret_row = option.row;
	if (object != NULL && option.row->type != CONF_NOT_YET)
		used = use_option(parse, &option, object, line, at + option.words);
	return option.words + (used < 0 ? 0 : (unsigned)used);
}

void conf_option_used(struct conf_parse *parse, unsigned words)
{
	parse->option_words = words;
}
