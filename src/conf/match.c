/* SPDX-License-Identifier: Apache-2.0 */
/* conf/match.c - see match.h. Linear: files have thousands of lines, tables hundreds of rows. */
#include "conf/match.h"

#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/known.h"

enum { LONGEST_NAME = 4 }; /* words */

/* Moves *at over the next word of a name; returns its length, 0 at the end. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " ");
	return strcspn(*at, " ");
}

static unsigned match_prefix(const char *name, const struct conf_line *line, unsigned at,
			     const char **ret_rest)
{
	unsigned matched = 0;
	size_t len;

	for (; (len = next_word(&name)) != 0; name += len, matched++) {
		if (at + matched >= line->count ||
		    strlen(line->words[at + matched].text) != len ||
		    memcmp(line->words[at + matched].text, name, len) != 0)
			break;
	}
	*ret_rest = name;
	return matched;
}

unsigned conf_match_name(const char *name, const struct conf_line *line, unsigned at)
{
	const char *rest;
	unsigned matched = match_prefix(name, line, at, &rest);

	return *rest == '\0' ? matched : 0;
}

const struct conf_keyword *conf_match_table(const struct conf_keyword *table, unsigned where,
					    const struct conf_line *line, unsigned at,
					    unsigned *ret_words)
{
	const struct conf_keyword *best = NULL;
	unsigned best_words = 0;

	for (; table->doc.name != NULL; table++) {
		unsigned words = (table->where & where) == 0 && where != CONF_ANYWHERE
					 ? 0
					 : conf_match_name(table->doc.name, line, at);

		if (words > best_words) {
			best_words = words;
			best = table;
		}
	}
	if (best != NULL)
		*ret_words = best_words;
	return best;
}

const struct conf_keyword *conf_match(const struct conf_grammar *grammar, unsigned where,
				      const struct conf_line *line, unsigned at,
				      unsigned *ret_words)
{
	const struct conf_keyword *best = NULL;
	unsigned best_words = 0;

	for (const struct conf_keyword *const *table = grammar->tables; *table != NULL; table++) {
		unsigned words = 0;
		const struct conf_keyword *row = conf_match_table(*table, where, line, at, &words);

		if (words > best_words) {
			best_words = words;
			best = row;
		}
	}
	if (best != NULL)
		*ret_words = best_words;
	return best;
}

/* "'defaults', 'listen' and 'backend'": the sections that `where` has the bits of. */
static const char *section_list(struct conf_parse *parse, unsigned where)
{
	const char *list = "";
	unsigned left = 0;

	for (const struct conf_section *const *row = parse->grammar->sections; *row != NULL; row++)
		left += ((*row)->where & where) != 0;
	for (const struct conf_section *const *row = parse->grammar->sections; *row != NULL;
	     row++) {
		if (((*row)->where & where) == 0)
			continue;
		list = arena_printf(parse->arena, "%s%s'%s'", list,
				    *list == '\0' ? "" : left == 1 ? " and " : ", ",
				    (*row)->doc.name);
		left--;
	}
	return list;
}

static struct diag_span joined_span(const struct conf_line *line, unsigned at, unsigned words)
{
	struct diag_span span = line->words[at].span;
	const struct diag_span *last = &line->words[at + words - 1].span;

	span.len = last->column + last->len - span.column;
	return span;
}

/* The words joined by one space, as names of rows are written. */
static const char *joined_words(struct conf_parse *parse, const struct conf_line *line, unsigned at,
				unsigned words)
{
	const char *joined = line->words[at].text;

	for (unsigned i = 1; i < words; i++)
		joined = arena_printf(parse->arena, "%s %s", joined, line->words[at + i].text);
	return joined;
}

/* Rows of one name that stand in other sections, each in its own. */
struct elsewhere {
	const char *name;	/* NULL: there is none */
	unsigned words;
	unsigned where, ignored_in; /* of all of them */
};

static struct elsewhere find_elsewhere(const struct conf_parse *parse, const struct conf_line *line,
				       unsigned at)
{
	struct elsewhere found = { 0 };
	const struct conf_keyword *row =
		conf_match(parse->grammar, CONF_ANYWHERE, line, at, &found.words);

	if (row == NULL)
		return found;
	found.name = row->doc.name;
	for (const struct conf_keyword *const *table = parse->grammar->tables; *table != NULL;
	     table++) {
		for (const struct conf_keyword *other = *table; other->doc.name != NULL; other++) {
			if (strcmp(other->doc.name, found.name) != 0)
				continue;
			found.where |= other->where;
			found.ignored_in |= other->ignored_in;
		}
	}
	return found;
}

static void say_wrong_section(struct conf_parse *parse, const struct elsewhere *elsewhere,
			      const struct conf_line *line, unsigned at)
{
	bool ignored = (elsewhere->ignored_in & parse->where) != 0;

	diag_add(parse->report, ignored ? DIAG_WARNING : DIAG_ERROR,
		 ignored ? &diag_no_effect : &diag_wrong_place,
		 joined_span(line, at, elsewhere->words),
		 arena_printf(parse->arena, "it belongs in %s",
			      section_list(parse, elsewhere->where)),
		 ignored ? "'%s' has no effect in a '%s' section"
			 : "'%s' is not allowed in a '%s' section",
		 elsewhere->name, parse->section->doc.name);
}

/* Whether one of them stands in a section of this kind: in `global`, or in a proxy's. */
static bool of_same_kind(const struct conf_parse *parse, const struct elsewhere *elsewhere)
{
	bool global = parse->where == CONF_GLOBAL;

	return (elsewhere->where & (global ? (unsigned)CONF_GLOBAL : ~(unsigned)CONF_GLOBAL)) != 0;
}

/* How many words at `at` some row of this section begins with. */
static unsigned longest_prefix(const struct conf_parse *parse, const struct conf_line *line,
			       unsigned at)
{
	unsigned longest = 0;

	for (const struct conf_keyword *const *table = parse->grammar->tables; *table != NULL;
	     table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			const char *rest;
			unsigned words = (row->where & parse->where) == 0
						 ? 0
						 : match_prefix(row->doc.name, line, at, &rest);

			longest = words > longest ? words : longest;
		}
	}
	return longest;
}

/* A word of `global` among those of a proxy, or the other way round. */
static bool say_other_kind(struct conf_parse *parse, const struct conf_line *line, unsigned at)
{
	bool global = parse->where == CONF_GLOBAL;
	const char *name = line->words[at].text;

	if (!conf_known_elsewhere(global ? CONF_KNOWN_PROXY : CONF_KNOWN_GLOBAL, name))
		return false;
	diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, line->words[at].span,
		 global ? "it belongs in a proxy's section" : "it belongs in 'global'",
		 "'%s' is not allowed in a '%s' section", name, parse->section->doc.name);
	return true;
}

static bool say_known(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		      unsigned prefix)
{
	enum conf_known_class class = parse->where == CONF_GLOBAL ? CONF_KNOWN_GLOBAL
								   : CONF_KNOWN_PROXY;
	unsigned words = line->count - at < LONGEST_NAME ? line->count - at : LONGEST_NAME;

	for (; words > prefix; words--) {
		const char *name = joined_words(parse, line, at, words);

		if (!conf_known_elsewhere(class, name))
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_not_supported,
			 joined_span(line, at, words), NULL, "'%s' is not supported yet", name);
		return true;
	}
	return false;
}

struct candidates {
	struct conf_parse *parse;
	const char **names;
	unsigned count;
};

static void add_candidate(struct candidates *candidates, const char *name, size_t len)
{
	struct arena *arena = candidates->parse->arena;

	*ARENA_APPEND(arena, candidates->names, candidates->count) =
		arena_strndup(arena, name, len);
}

/* What could stand at words[at + prefix]: the next words of rows that share what is before it. */
static const char *closest_word(struct conf_parse *parse, const struct conf_line *line, unsigned at,
				unsigned prefix)
{
	struct candidates candidates = { .parse = parse };

	for (const struct conf_keyword *const *table = parse->grammar->tables; *table != NULL;
	     table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			const char *rest = row->doc.name;

			if ((row->where & parse->where) == 0 ||
			    (prefix != 0 && match_prefix(row->doc.name, line, at, &rest) != prefix))
				continue;
			size_t len = next_word(&rest);
			add_candidate(&candidates, rest, len);
		}
	}
	for (const struct conf_section *const *row = parse->grammar->sections;
	     prefix == 0 && *row != NULL; row++)
		add_candidate(&candidates, (*row)->doc.name, strlen((*row)->doc.name));
	*ARENA_APPEND(parse->arena, candidates.names, candidates.count) = NULL;
	return diag_closest(line->words[at + prefix].text, candidates.names);
}

static const struct conf_section *section_called(const struct conf_grammar *grammar,
						  const char *name)
{
	const struct conf_section *const *row = grammar->sections;

	while (*row != NULL && strcmp((*row)->doc.name, name) != 0)
		row++;
	return *row;
}

/* Returns the section that the word is a typing error of, or NULL. */
static const struct conf_section *say_unknown(struct conf_parse *parse,
					      const struct conf_line *line, unsigned at,
					      unsigned prefix)
{
	const struct conf_word *word = &line->words[at + prefix];
	const char *before = prefix == 0 ? NULL : joined_words(parse, line, at, prefix);

	if (at + prefix == line->count) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word->span, NULL,
			 "'%s' needs another word after it", before);
		return NULL;
	}

	const char *closest = closest_word(parse, line, at, prefix);
	const char *hint = closest == NULL
				   ? NULL
				   : arena_printf(parse->arena, "did you mean '%s'?", closest);
	if (before != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_word, word->span, hint,
			 "unknown word '%s' after '%s'", word->text, before);
	else
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_word, word->span, hint,
			 "unknown word '%s' in a '%s' section", word->text,
			 parse->section->doc.name);
	return before == NULL && at == 0 && closest != NULL
		       ? section_called(parse->grammar, closest)
		       : NULL;
}

const struct conf_section *conf_match_failed(struct conf_parse *parse, const struct conf_line *line,
					     unsigned at)
{
	unsigned prefix = longest_prefix(parse, line, at);
	struct elsewhere elsewhere = find_elsewhere(parse, line, at);
	/* A known word of this kind of section is not the row of another kind with its name. */
	unsigned shorter = of_same_kind(parse, &elsewhere) && elsewhere.words > prefix
				   ? elsewhere.words
				   : prefix;

	if (say_known(parse, line, at, shorter))
		return NULL;
	if (elsewhere.words > prefix)
		say_wrong_section(parse, &elsewhere, line, at);
	else if (prefix != 0 || !say_other_kind(parse, line, at))
		return say_unknown(parse, line, at, prefix);
	return NULL;
}
