/* SPDX-License-Identifier: Apache-2.0 */
/* conf/row.c - rows put to work: lines, options, presets. See keyword.h and row.h. */
#include "conf/row.h"

#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/match.h"
#include "conf/value.h"

static bool need_words(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		       unsigned min, unsigned max, const char *hint)
{
	unsigned count = line->count - at;

	if (count < min) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words,
			 line->words[line->count].span, hint, "more words are needed after '%s'",
			 line->words[line->count - 1].text);
		return false;
	}
	if (count > max) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at + max].span,
			 hint, "unexpected word '%s'", line->words[at + max].text);
		return false;
	}
	return true;
}

bool conf_need_words(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		     unsigned min, unsigned max, const char *usage)
{
	return need_words(parse, line, at, min, max,
			  usage == NULL ? NULL
					: arena_printf(parse->arena, "expected '%s'", usage));
}

bool conf_row_need_words(struct conf_parse *parse, const struct conf_keyword *row,
			 const struct conf_line *line, unsigned at, unsigned min, unsigned max)
{
	return need_words(parse, line, at, min, max,
			  row->doc.example == NULL ? NULL
						   : arena_printf(parse->arena, "for example '%s'",
								  row->doc.example));
}

void conf_old_form(struct conf_parse *parse, struct diag_span span, const char *old,
		   const char *modern)
{
	diag_add(parse->report, DIAG_WARNING, &diag_old_form, span,
		 arena_printf(parse->arena, "write '%s'", modern),
		 "%s is an old form that HAProxy no longer takes", old);
}

/* A row whose words came from a translation has no text of its own on the line. */
static void add_word_text(struct strbuf *text, const struct conf_word *word)
{
	const struct diag_span *span = &word->span;
	const char *line = span->source == NULL ? NULL : span->source->text;

	for (uint32_t i = 1; line != NULL && i < span->line; i++) {
		const char *end = span->source->text + span->source->len;

		line = memchr(line, '\n', (size_t)(end - line));
		line = line == NULL ? NULL : line + 1;
	}
	if (line == NULL)
		strbuf_puts(text, word->text);
	else
		strbuf_add(text, line + span->column - 1, span->len);
}

const char *conf_line_text(struct conf_parse *parse, const struct conf_line *line, unsigned at)
{
	struct strbuf text = STRBUF_EMPTY;
	const char *copy;

	for (unsigned i = at; i < line->count; i++) {
		const struct conf_word *word = &line->words[i];

		if (i != at && word->span.column == word[-1].span.column)
			continue; /* "${LIST[*]}" made both */
		if (i != at)
			strbuf_puts(&text, " ");
		add_word_text(&text, word);
	}
	ASSERT(!text.failed);
	copy = arena_strdup(parse->arena, text.text == NULL ? "" : text.text);
	strbuf_free(&text);
	return copy;
}

/* The row's field as its preset has it; all zeroes where it has none. */
static void store_preset(struct conf_parse *parse, const struct conf_keyword *row, void *object)
{
	struct conf_word words[2] = { { .text = row->preset }, { .text = "" } };
	struct conf_line line = { .words = words, .count = 1 };
	static const size_t widths[] = {
		[CONF_INT] = sizeof(int64_t),	     [CONF_SIZE] = sizeof(uint64_t),
		[CONF_DURATION] = sizeof(uint32_t), [CONF_STRING] = sizeof(const char *),
		[CONF_TEXT] = sizeof(const char *), [CONF_CHOICE] = sizeof(int),
	};

	if (row->preset != NULL) {
		bool stored = conf_store(parse, row, object, &line, 0);

		ASSERT(stored);
		return;
	}
	memset((char *)object + row->offset, 0, widths[row->type]);
}

static bool preset_is_on(const struct conf_keyword *row)
{
	return row->preset != NULL && strcmp(row->preset, "on") == 0;
}

static void parse_flag(struct conf_parse *parse, const struct conf_keyword *row, void *section,
		       const struct conf_line *line, unsigned at, enum conf_prefix prefix)
{
	if (conf_row_need_words(parse, row, line, at, 0, 0))
		*(bool *)((char *)section + row->offset) =
			prefix == CONF_DEFAULT ? preset_is_on(row) : prefix == CONF_PLAIN;
}

static void parse_value(struct conf_parse *parse, const struct conf_keyword *row, void *section,
			const struct conf_line *line, unsigned at, enum conf_prefix prefix)
{
	if (prefix != CONF_PLAIN) /* the value may still be written after it */
		store_preset(parse, row, section);
	else if (conf_row_need_words(parse, row, line, at, 1,
				     row->type == CONF_TEXT ? UINT_MAX : 1))
		conf_store(parse, row, section, line, at);
}

static void parse_ignored(struct conf_parse *parse, const struct conf_keyword *row,
			  const struct conf_line *line, unsigned at)
{
	bool bounded = row->min != 0 || row->max != 0;

	if (bounded && !conf_row_need_words(parse, row, line, at, (unsigned)row->min,
					    (unsigned)row->max))
		return;
	if (parse->verbose)
		diag_add(parse->report, DIAG_NOTE, &diag_no_effect, line->words[0].span, NULL,
			 "'%s' does nothing here: %s", row->doc.name, row->doc.summary);
}

/* The span is of the row's name, from words[first] to words[at - 1]. */
static void say_not_yet(struct conf_parse *parse, const struct conf_keyword *row,
			const struct conf_line *line, unsigned first, unsigned at)
{
	struct diag_span span = line->words[first].span;
	const struct diag_span *last = &line->words[at - 1].span;

	span.len = last->column + last->len - span.column;
	diag_add(parse->report, DIAG_ERROR, &diag_not_supported, span, NULL,
		 "'%s' is not supported yet", row->doc.name);
}

void conf_row_parse(struct conf_parse *parse, const struct conf_keyword *row, void *section,
		    const struct conf_line *line, unsigned at, enum conf_prefix prefix)
{
	switch (row->type) {
	case CONF_PARSE:
		row->parse(parse, section, line, at, prefix != CONF_PLAIN);
		break;
	case CONF_FLAG:
		parse_flag(parse, row, section, line, at, prefix);
		break;
	case CONF_IGNORED:
		parse_ignored(parse, row, line, at);
		break;
	case CONF_NOT_YET:
		say_not_yet(parse, row, line, prefix == CONF_PLAIN ? 0 : 1, at);
		break;
	default:
		parse_value(parse, row, section, line, at, prefix);
		break;
	}
}

static void apply_preset(struct conf_parse *parse, const struct conf_keyword *row, void *object)
{
	if (row->preset == NULL || row->modern != NULL || row->type == CONF_PARSE ||
	    row->type == CONF_IGNORED || row->type == CONF_NOT_YET)
		return;
	if (row->type == CONF_FLAG)
		*(bool *)((char *)object + row->offset) = preset_is_on(row);
	else
		store_preset(parse, row, object);
}

void conf_apply_option_presets(struct conf_parse *parse, const struct conf_keyword *rows,
			       void *object)
{
	for (; rows->doc.name != NULL; rows++)
		apply_preset(parse, rows, object);
}

void conf_apply_presets(struct conf_parse *parse, unsigned where, void *section)
{
	for (const struct conf_keyword *const *table = parse->grammar->tables; *table != NULL;
	     table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			if ((row->where & where) != 0)
				apply_preset(parse, row, section);
		}
	}
}
