/* SPDX-License-Identifier: Apache-2.0 */
/* conf/grammar.c - the reference manual of every row, as Markdown. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "conf/condition.h"
#include "conf/keyword.h"
#include "conf/value.h"

static const char *const type_names[] = {
	[CONF_PARSE] = NULL,
	[CONF_FLAG] = "a switch",
	[CONF_INT] = "a whole number",
	[CONF_SIZE] = "a size",
	[CONF_DURATION] = "a time",
	[CONF_STRING] = "one word",
	[CONF_TEXT] = "words",
	[CONF_CHOICE] = "a choice",
	[CONF_IGNORED] = "accepted, does nothing",
	[CONF_NOT_YET] = "not supported yet",
};

static int compare_rows(const void *x, const void *y)
{
	const struct conf_keyword *a = *(const struct conf_keyword *const *)x;
	const struct conf_keyword *b = *(const struct conf_keyword *const *)y;

	return strcmp(a->doc.name, b->doc.name);
}

static void print_choices(const struct conf_choice *choice, FILE *out)
{
	fputs("\n| value | meaning |\n|---|---|\n", out);
	for (; choice->word != NULL; choice++)
		fprintf(out, "| `%s` | %s |\n", choice->word,
			choice->summary == NULL ? "" : choice->summary);
}

static void print_row(struct arena *arena, const struct conf_keyword *row, FILE *out)
{
	const char *range = conf_range_text(arena, row);
	const char *summary = row->doc.summary == NULL ? "" : row->doc.summary;

	fprintf(out, "\n### `%s`\n\n%s\n\n", row->doc.name, summary);
	if (row->modern != NULL)
		fprintf(out, "- Old form of: `%s`\n", row->modern);
	else if (type_names[row->type] != NULL)
		fprintf(out, "- Takes: %s\n", type_names[row->type]);
	if (row->doc.example != NULL)
		fprintf(out, "- Example: `%s`\n", row->doc.example);
	if (row->preset != NULL)
		fprintf(out, "- Default: `%s`\n", row->preset);
	if (range != NULL)
		fprintf(out, "- Range: %s\n", range);
	if (row->may_no)
		fputs("- `no` and `default` may stand before it.\n", out);
	if (row->doc.since != NULL)
		fprintf(out, "- Since: %s\n", row->doc.since);
	if (row->choices != NULL)
		print_choices(row->choices, out);
}

static void print_section(struct arena *arena, const struct conf_grammar *grammar,
			  const struct conf_section *section, FILE *out)
{
	const struct conf_keyword **rows = NULL;
	size_t count = 0;

	fprintf(out, "\n## `%s`\n\n%s\n", section->doc.name,
		section->doc.summary == NULL ? "" : section->doc.summary);
	if (section->doc.example != NULL)
		fprintf(out, "\n- Example: `%s`\n", section->doc.example);
	for (const struct conf_keyword *const *table = grammar->tables; *table != NULL; table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			if ((row->where & section->where) != 0)
				*ARENA_APPEND(arena, rows, count) = row;
		}
	}
	if (count == 0)
		return;
	qsort(rows, count, sizeof(const struct conf_keyword *), compare_rows);
	for (size_t i = 0; i < count; i++)
		print_row(arena, rows[i], out);
}

void conf_options_print(const char *title, const struct conf_keyword *rows, FILE *out)
{
	struct arena *arena = arena_new();

	fprintf(out, "\n## %s\n", title);
	for (const struct conf_keyword *row = rows; row->doc.name != NULL; row++)
		print_row(arena, row, out);
	arena_free(arena);
}

static void print_doc(const struct doc *doc, FILE *out)
{
	fprintf(out, "\n### `%s`\n\n%s\n\n- Example: `%s`\n- Since: %s\n", doc->name, doc->summary,
		doc->example, doc->since);
}

static void print_directives(FILE *out)
{
	const struct doc *doc;

	fputs("\n## Directives\n", out);
	for (unsigned i = 0; (doc = conf_directive_doc(i)) != NULL; i++)
		print_doc(doc, out);
	fputs("\n## Predicates of `.if` and `.elif`\n", out);
	for (const struct conf_predicate *row = conf_predicates; row->doc.name != NULL; row++)
		print_doc(&row->doc, out);
}

void conf_grammar_print(const struct conf_grammar *grammar, FILE *out)
{
	struct arena *arena = arena_new();

	fputs("# Configuration reference\n", out);
	for (const struct conf_section *const *section = grammar->sections; *section != NULL;
	     section++)
		print_section(arena, grammar, *section, out);
	print_directives(out);
	arena_free(arena);
}
