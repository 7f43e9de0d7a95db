/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_read.c - the words of one test: fetch, flags, values, files of
 * values (configuration manual 7.1).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/fetch.h"
#include "expr/pattern.h"

/* Says what is wrong with a name that no row has. */
static void acl_report_fetch(struct conf_parse *parse, const struct conf_word *word, size_t len)
{
	const char *names[64];
	unsigned count = 0;
	struct conf_word name = *word;

	for (const struct expr_fetch *fetch = expr_fetches; fetch->doc.name != NULL; fetch++)
		names[count++] = fetch->doc.name;
	ASSERT(count < ARRAY_LEN(names));
	names[count] = NULL;
	name.text = arena_strndup(parse->arena, word->text, len);
	if (name.span.len == strlen(word->text))
		name.span.len = (uint32_t)len;
	conf_error_unknown(parse, &name, "sample fetch", names);
}

static const struct expr_fetch *acl_read_fetch(struct conf_parse *parse,
					       const struct conf_word *word)
{
	size_t len = strcspn(word->text, "(,");
	const char *rest = word->text + len;
	const struct expr_fetch *fetch = expr_fetch_find(word->text, len);

	if (fetch == NULL) {
		acl_report_fetch(parse, word, len);
		return NULL;
	}
	if (strncmp(rest, "()", 2) == 0)
		rest += 2;
	if (*rest == ',') {
		diag_add(parse->report, DIAG_ERROR, &diag_not_supported, word->span, NULL,
			 "converters ('%s') are not supported yet", rest + 1);
		return NULL;
	}
	if (*rest != '\0') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "'%s' takes no argument", fetch->doc.name);
		return NULL;
	}
	return fetch;
}

/* The flags and values of one test while they are read. */
struct acl_reading {
	struct conf_parse *parse;
	const struct expr_fetch *fetch;
	enum expr_method method;
	struct expr_patterns *patterns;
	struct expr_pattern_flags flags;
	bool quiet; /* `--` was given: no values is what the user wants */
	bool ok;
};

static void acl_add_value(struct acl_reading *reading, const struct conf_word *word,
			  const char *text)
{
	const char *why = "";

	if (expr_patterns_add(reading->patterns, text, &reading->flags, &why))
		return;
	diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
		 "'%s' is %s", text, why);
	reading->ok = false;
}

/* `-f FILE`: one value a line; leading blanks, empty lines and lines that begin with # are skipped.
 */
static void acl_add_file(struct acl_reading *reading, const struct conf_word *word)
{
	FILE *file = fopen(word->text, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	if (file == NULL) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_cannot_read, word->span, NULL,
			 "cannot read '%s': %s", word->text, strerror(errno));
		reading->ok = false;
		return;
	}
	while (reading->ok && (len = getline(&text, &size, file)) > 0) {
		size_t skip = strspn(text, " \t");

		while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
			text[--len] = '\0';
		if (text[0] != '#' && text[skip] != '\0')
			acl_add_value(reading, word, text + skip);
	}
	free(text);
	fclose(file);
}

static void acl_read_method(struct acl_reading *reading, const struct conf_word *word)
{
	const struct expr_method_row *row = expr_method_find(word->text);
	const char *names[32];
	unsigned count = 0;

	if (row == NULL) {
		for (row = expr_methods; row->doc.name != NULL; row++)
			names[count++] = row->doc.name;
		names[count] = NULL;
		conf_error_unknown(reading->parse, word, "matching method", names);
	} else if (row->method == EXPR_METHOD_LATER) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_not_supported, word->span, NULL,
			 "'-m %s' is not supported yet", word->text);
	} else if ((row->types & 1u << reading->fetch->type) == 0) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "'-m %s' cannot be applied to '%s'", word->text, reading->fetch->doc.name);
	} else if (expr_patterns_count(reading->patterns) != 0 && row->method != reading->method) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "'-m' must stand before the first '-f'");
	} else {
		reading->method = row->method;
		reading->patterns = expr_patterns_new(reading->parse->arena, row->method);
		return;
	}
	reading->ok = false;
}

/* Reads the flags from words[at] on, up to `end`; returns where the values begin. */
static unsigned acl_read_flags(struct acl_reading *reading, const struct conf_line *line,
			       unsigned at, unsigned end)
{
	while (at < end && line->words[at].text[0] == '-' && line->words[at].text[1] != '\0') {
		const struct conf_word *word = &line->words[at];
		const char *flag = word->text + 1;
		bool takes_word = strlen(flag) == 1 && strchr("fmu", *flag) != NULL;

		if (takes_word && at + 1 >= end) {
			diag_add(reading->parse->report, DIAG_ERROR, &diag_wrong_words, word->span,
				 NULL, "'%s' needs a value", word->text);
			reading->ok = false;
			return end;
		}
		at += takes_word ? 2 : 1;
		if (strcmp(flag, "-") == 0) {
			reading->quiet = true;
			return at;
		}
		if (strcmp(flag, "i") == 0)
			reading->flags.ignore_case = true;
		else if (strcmp(flag, "n") == 0)
			reading->flags.no_names = true;
		else if (strcmp(flag, "m") == 0)
			acl_read_method(reading, word + 1);
		else if (strcmp(flag, "f") == 0)
			acl_add_file(reading, word + 1);
		else if (strcmp(flag, "M") == 0 || strcmp(flag, "u") != 0) {
			diag_add(reading->parse->report, DIAG_ERROR,
				 strcmp(flag, "M") == 0 ? &diag_not_supported : &diag_bad_condition,
				 word->span,
				 strcmp(flag, "M") == 0
					 ? NULL
					 : "write '--' before values that begin with '-'",
				 strcmp(flag, "M") == 0 ? "'%s' is not supported yet"
							: "'%s' is no flag of an ACL",
				 word->text);
			reading->ok = false;
		}
	}
	return at;
}

static void acl_read_values(struct acl_reading *reading, const struct conf_line *line, unsigned at,
			    unsigned end)
{
	for (; at < end && reading->ok; at++) {
		const struct conf_word *word = &line->words[at];

		if ((reading->method == EXPR_INTEGER || reading->method == EXPR_LENGTH) &&
		    expr_operator_find(word->text, &reading->flags.operator))
			continue;
		acl_add_value(reading, word, word->text);
	}
}

static bool acl_needs_values(const struct acl_reading *reading)
{
	return reading->method != EXPR_FOUND && reading->method != EXPR_BOOLEAN &&
	       expr_patterns_count(reading->patterns) == 0 && !reading->quiet;
}

bool acl_read_test(struct conf_parse *parse, struct acl *acl, const struct conf_line *line,
		   unsigned at, unsigned end)
{
	struct acl_reading reading = {.parse = parse, .ok = true};

	if (at >= end) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, line->words[at].span, NULL,
			 "an ACL needs something to look at, such as 'src'");
		return false;
	}
	reading.fetch = acl_read_fetch(parse, &line->words[at]);
	if (reading.fetch == NULL)
		return false;
	reading.method = expr_method_default(reading.fetch->type);
	reading.patterns = expr_patterns_new(parse->arena, reading.method);
	acl_read_values(&reading, line, acl_read_flags(&reading, line, at + 1, end), end);
	if (!reading.ok)
		return false;
	if (acl_needs_values(&reading))
		diag_add(parse->report, DIAG_WARNING, &diag_bad_condition, line->words[at].span,
			 "add values, or '-m found' to ask whether there is one",
			 "'%s' is compared with nothing, so this never matches",
			 reading.fetch->doc.name);
	acl_add_test(parse->arena, acl, reading.fetch, reading.patterns);
	return true;
}
