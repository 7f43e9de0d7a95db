/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/language.c - rows by name. The tables are small and only walked while
 * the file is read.
 */
#include <string.h>

#include "base/arena.h"
#include "expr/private.h"

static bool language_named(const char *row, struct slice name)
{
	return strncmp(row, name.at, name.len) == 0 && row[name.len] == '\0';
}

const struct expr_fetch *expr_fetch_find(const struct expr_language *language, struct slice name)
{
	if (language == NULL)
		return NULL;
	for (const struct expr_fetch *const *table = language->fetches; *table != NULL; table++)
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++)
			if (language_named(row->doc.name, name))
				return row;
	return NULL;
}

const struct expr_converter *expr_converter_find(const struct expr_language *language,
						 struct slice name)
{
	if (language == NULL)
		return NULL;
	for (const struct expr_converter *const *table = language->converters; *table != NULL;
	     table++)
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++)
			if (language_named(row->doc.name, name))
				return row;
	return NULL;
}

const struct expr_language *expr_language_of(const struct conf_parse *parse)
{
	return parse->grammar != NULL ? parse->grammar->language : NULL;
}

void expr_report_unknown_fetch(struct conf_parse *parse, const struct conf_word *name)
{
	const struct expr_language *language = expr_language_of(parse);
	const char **names = NULL;
	size_t count = 0;

	if (language != NULL)
		for (const struct expr_fetch *const *table = language->fetches; *table != NULL;
		     table++)
			for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++)
				*ARENA_APPEND(parse->arena, names, count) = row->doc.name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	conf_error_unknown(parse, name, "sample fetch", names);
}

void expr_report_unknown_converter(struct conf_parse *parse, const struct conf_word *name)
{
	const struct expr_language *language = expr_language_of(parse);
	const char **names = NULL;
	size_t count = 0;

	if (language != NULL)
		for (const struct expr_converter *const *table = language->converters;
		     *table != NULL; table++)
			for (const struct expr_converter *row = *table; row->doc.name != NULL;
			     row++)
				*ARENA_APPEND(parse->arena, names, count) = row->doc.name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	conf_error_unknown(parse, name, "converter", names);
}
