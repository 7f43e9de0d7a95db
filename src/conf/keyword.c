/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/keyword.c - walks the lines: sections are opened and closed, every
 * other line goes to the row that conf/match.c finds for it.
 *
 * A section ends at the next one or at the end of its file (configuration
 * manual 2.1, rule 7).
 */
#include "conf/keyword.h"

#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/known.h"
#include "conf/match.h"
#include "conf/row.h"

struct walk {
	struct conf_parse *parse;
	const struct diag_source *source;	/* of the section */
	void *section;		/* NULL: none, or one that is skipped */
	bool scratch;		/* the section's own line was wrong: parsed, not closed */
	bool skipping;		/* lines are passed over silently */
};

static const struct conf_section *find_section(const struct conf_grammar *grammar, const char *name)
{
	const struct conf_section *const *row = grammar->sections;

	while (*row != NULL && strcmp((*row)->doc.name, name) != 0)
		row++;
	return *row;
}

static void end_section(struct walk *walk)
{
	const struct conf_section *row = walk->parse->section;

	if (walk->section != NULL && !walk->scratch && row->close != NULL)
		row->close(walk->parse, walk->section);
	walk->section = NULL;
	walk->scratch = false;
	walk->skipping = false;
	walk->parse->section = NULL;
	walk->parse->acls = NULL;
	walk->parse->where = 0;
}

static void skip_unsupported(struct walk *walk, const struct conf_word *word)
{
	diag_add(walk->parse->report, DIAG_ERROR, &diag_not_supported, word->span, NULL,
		 "section '%s' is not supported yet", word->text);
	walk->skipping = true;
}

/* For lines whose section cannot be made, so that they are checked all the same. */
static void begin_scratch(struct walk *walk, const struct conf_section *row)
{
	end_section(walk);
	walk->parse->section = row;
	walk->parse->where = row->where;
	walk->section = row->where == 0 ? NULL : row->open(walk->parse, NULL);
	walk->scratch = true;
	walk->skipping = walk->section == NULL;
}

static void begin_section(struct walk *walk, const struct conf_section *row,
			  const struct conf_line *line)
{
	struct conf_parse *parse = walk->parse;

	end_section(walk);
	walk->source = line->words[0].span.source;
	if (row == NULL || row->where == 0) {
		skip_unsupported(walk, &line->words[0]);
		return;
	}
	parse->section = row;
	parse->where = row->where;
	walk->section = row->open(parse, line);
	if (walk->section == NULL)
		begin_scratch(walk, row);
}

/* Words of `text`, all at `span`, before words[at..] of the line; words[0..keep-1] stay first. */
static struct conf_line spliced(struct conf_parse *parse, const struct conf_line *line,
				unsigned keep, const char *text, unsigned at)
{
	struct conf_line result = { 0 };

	for (unsigned i = 0; i < keep; i++)
		*ARENA_APPEND(parse->arena, result.words, result.count) = line->words[i];
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		*ARENA_APPEND(parse->arena, result.words, result.count) = (struct conf_word){
			.text = arena_strndup(parse->arena, text, len),
			.span = line->words[keep].span,
		};
		text += len + strspn(text + len, " ");
	}
	for (unsigned i = at; i <= line->count; i++) /* the one beyond the end too */
		*ARENA_APPEND(parse->arena, result.words, result.count) = line->words[i];
	result.count--;
	return result;
}

static void parse_modern(struct walk *walk, const struct conf_keyword *row,
			 const struct conf_line *line, unsigned at, unsigned words)
{
	struct conf_parse *parse = walk->parse;
	struct conf_line modern = spliced(parse, line, at, row->modern, at + words);
	const char *values = conf_line_text(parse, line, at + words);
	unsigned modern_words = 0;

	conf_old_form(
		parse, line->words[at].span, arena_printf(parse->arena, "'%s'", row->doc.name),
		arena_printf(parse->arena, "%s%s%s%s%s", at != 0 ? line->words[0].text : "",
			     at != 0 ? " " : "", row->modern, *values == '\0' ? "" : " ", values));
	row = conf_match(parse->grammar, parse->where, &modern, at, &modern_words);
	ASSERT(row != NULL && row->modern == NULL);
	conf_row_parse(parse, row, walk->section, &modern, at + modern_words,
		       at == 0 ? CONF_PLAIN
		       : strcmp(line->words[0].text, "no") == 0 ? CONF_NO
								: CONF_DEFAULT);
}

static void parse_unmatched(struct walk *walk, const struct conf_line *line, unsigned at)
{
	const struct conf_section *meant = conf_match_failed(walk->parse, line, at);

	if (meant != NULL)
		begin_scratch(walk, meant); /* or its lines would all look misplaced */
}

static void parse_line(struct walk *walk, const struct conf_line *line)
{
	struct conf_parse *parse = walk->parse;
	bool no = strcmp(line->words[0].text, "no") == 0;
	bool preset = strcmp(line->words[0].text, "default") == 0;
	unsigned at = (no || preset) && line->count > 1 ? 1 : 0;
	unsigned words = 0;
	const struct conf_keyword *row = conf_match(parse->grammar, parse->where, line, at, &words);

	if (row == NULL)
		parse_unmatched(walk, line, at);
	else if (at != 0 && !row->may_no)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[0].span, NULL,
			 "'%s' cannot stand before '%s'", line->words[0].text, row->doc.name);
	else if (row->modern != NULL)
		parse_modern(walk, row, line, at, words);
	else
		conf_row_parse(parse, row, walk->section, line, at + words,
			       at == 0 ? CONF_PLAIN
			       : no    ? CONF_NO
				       : CONF_DEFAULT);
}

static void say_no_section(struct walk *walk, const struct conf_line *line)
{
	diag_add(walk->parse->report, DIAG_ERROR, &diag_wrong_place, line->words[0].span,
		 "each file begins with a section such as 'global' or 'defaults'",
		 "'%s' stands before any section", line->words[0].text);
	walk->source = line->words[0].span.source;
	walk->skipping = true; /* once is enough */
}

static void walk_line(struct walk *walk, const struct conf_line *line)
{
	const char *word = line->words[0].text;
	const struct conf_section *row = find_section(walk->parse->grammar, word);

	if (walk->source != line->words[0].span.source)
		end_section(walk);
	if (row != NULL || conf_known_elsewhere(CONF_KNOWN_SECTION, word))
		begin_section(walk, row, line);
	else if (walk->skipping)
		return;
	else if (walk->section == NULL)
		say_no_section(walk, line);
	else
		parse_line(walk, line);
}

void conf_parse_lines(struct conf_parse *parse, const struct conf_lines *lines)
{
	struct walk walk = { .parse = parse };

	for (unsigned i = 0; i < lines->count; i++)
		walk_line(&walk, &lines->lines[i]);
	end_section(&walk);
}
