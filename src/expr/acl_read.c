/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_read.c - the words of one test: expression, flags, values, files of
 * values (configuration manual 7.1).
 */
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/map.h"
#include "expr/private.h"

/* The flags and values of one test while they are read. */
struct acl_reading {
	struct conf_parse *parse;
	struct acl_test *test;
	const struct conf_word *criterion;
	struct expr_pattern_flags flags;
	bool two_columns;	/* -M */
	bool has_values;
	bool quiet;		/* `--` was given: no values is what the user wants */
	bool ok;
};

static void acl_error(struct acl_reading *reading, const struct diag_kind *kind,
		      struct diag_span span, const char *hint, const char *text)
{
	diag_add(reading->parse->report, DIAG_ERROR, kind, span, hint, "%s", text);
	reading->ok = false;
}

/* Binary values and those of variables have no obvious method. */
static bool acl_need_method(struct acl_reading *reading)
{
	if (reading->test->method != EXPR_NO_METHOD)
		return true;
	acl_error(reading, &diag_bad_condition, reading->criterion->span,
		  "add '-m str', '-m bin' or another",
		  arena_printf(reading->parse->arena,
			       "how '%s' is compared must be said with '-m'",
			       reading->criterion->text));
	return false;
}

static bool acl_is_number(enum expr_method method)
{
	return method == EXPR_INTEGER || method == EXPR_LENGTH || method == EXPR_VERSION;
}

static void acl_add_value(struct acl_reading *reading, const struct conf_word *word)
{
	struct acl_test *test = reading->test;
	char why[EXPR_WHY];

	reading->has_values = true;
	if (test->method == EXPR_FOUND || test->method == EXPR_BOOLEAN)
		return;
	if (test->patterns == NULL)
		test->patterns = expr_patterns_new(reading->parse->arena, test->method, true);
	if (expr_patterns_add(test->patterns, slice_of(word->text), (struct slice){ 0 },
			      &reading->flags, why))
		return;
	acl_error(reading, &diag_bad_condition, word->span, NULL,
		  arena_printf(reading->parse->arena, "'%s' is %s", word->text, why));
}

static void acl_add_file(struct acl_reading *reading, const struct conf_word *word)
{
	struct acl_test *test = reading->test;
	struct acl_file *file, **end = &test->files;

	reading->has_values = true;
	if (!acl_need_method(reading) || test->method == EXPR_FOUND ||
	    test->method == EXPR_BOOLEAN)
		return;
	file = arena_zalloc(reading->parse->arena, sizeof(*file));
	file->form = expr_map_load(reading->parse, word->text, word->span, test->method,
				   reading->two_columns, &reading->flags);
	if (file->form == NULL) {
		reading->ok = false;
		return;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = file;
}

static void acl_read_method(struct acl_reading *reading, const struct conf_word *word)
{
	enum expr_method method = expr_method_find(word->text);
	const char *names[32];
	unsigned count = 0;

	if (method == EXPR_NO_METHOD) {
		for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++)
			names[count++] = row->doc.name;
		names[count] = NULL;
		conf_error_unknown(reading->parse, word, "matching method", names);
		reading->ok = false;
	} else if (!expr_type_converts(expr_type_of(reading->test->expr),
				       expr_method_type(method))) {
		acl_error(reading, &diag_bad_condition, word->span, NULL,
			  arena_printf(reading->parse->arena, "'-m %s' cannot be applied to '%s'",
				       word->text, reading->criterion->text));
	} else if (reading->has_values) {
		acl_error(reading, &diag_bad_condition, word->span, NULL,
			  "'-m' must stand before the first '-f'");
	} else {
		reading->test->method = method;
	}
}

/* The id by which HAProxy's runtime commands know the ACL. */
static void acl_read_id(struct acl_reading *reading, const struct conf_word *word)
{
	int64_t id;

	if (!conf_read_int(reading->parse, word, 0, INT32_MAX, &id))
		reading->ok = false;
}

/* One flag; `argument` is the word behind it. */
static void acl_read_flag(struct acl_reading *reading, const struct conf_word *word,
			  const struct conf_word *argument)
{
	char flag = word->text[2] == '\0' ? word->text[1] : '\0';

	switch (flag) {
	case '-':
		reading->quiet = true;
		break;
	case 'i':
		reading->flags.ignore_case = true;
		break;
	case 'n':
		reading->flags.no_names = true;
		break;
	case 'M':
		reading->two_columns = true;
		break;
	case 'm':
		acl_read_method(reading, argument);
		break;
	case 'f':
		acl_add_file(reading, argument);
		break;
	case 'u':
		acl_read_id(reading, argument);
		break;
	default:
		acl_error(reading, &diag_bad_condition, word->span,
			  "write '--' before values that begin with '-'",
			  arena_printf(reading->parse->arena, "'%s' is no flag of an ACL",
				       word->text));
	}
}

static bool acl_flag_takes_word(const char *flag)
{
	return strcmp(flag, "-f") == 0 || strcmp(flag, "-m") == 0 || strcmp(flag, "-u") == 0;
}

/* Reads the flags from words[at] on, up to `end`; returns where the values begin. */
static unsigned acl_read_flags(struct acl_reading *reading, const struct conf_line *line,
			       unsigned at, unsigned end)
{
	while (at < end && reading->ok && line->words[at].text[0] == '-' &&
	       line->words[at].text[1] != '\0' && !reading->quiet) {
		const struct conf_word *word = &line->words[at];
		bool takes = acl_flag_takes_word(word->text);

		if (takes && at + 1 >= end) {
			acl_error(reading, &diag_wrong_words, word->span, NULL,
				  arena_printf(reading->parse->arena, "'%s' needs a value",
					       word->text));
			return end;
		}
		acl_read_flag(reading, word, &line->words[at + takes]);
		at += takes ? 2 : 1;
	}
	return at;
}

static void acl_read_values(struct acl_reading *reading, const struct conf_line *line, unsigned at,
			    unsigned end)
{
	for (; at < end && reading->ok; at++) {
		const struct conf_word *word = &line->words[at];

		if (acl_is_number(reading->test->method) &&
		    expr_operator_find(word->text, &reading->flags.operator))
			continue;
		acl_add_value(reading, word);
	}
}

static bool acl_needs_values(const struct acl_reading *reading)
{
	return reading->test->method != EXPR_FOUND && reading->test->method != EXPR_BOOLEAN &&
	       !reading->has_values && !reading->quiet;
}

/* The expression, and the method that its name or its type brings. */
static bool acl_read_criterion(struct acl_reading *reading)
{
	struct acl_test *test = reading->test;
	const char *method;
	size_t end;

	test->expr = expr_read(reading->parse, reading->criterion, 0, NULL, &end, &method);
	if (test->expr == NULL)
		return false;
	test->need = expr_need(test->expr);
	test->keeps = expr_keeps(test->expr);
	test->method = expr_method_default(expr_type_of(test->expr));
	if (method != NULL)
		test->method = strcmp(method, "version") == 0 ? EXPR_VERSION
							      : expr_method_find(method);
	return true;
}

struct acl_test *acl_read_test(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			       unsigned end)
{
	struct acl_reading reading = {.parse = parse, .ok = true};

	if (at >= end) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, line->words[at].span, NULL,
			 "an ACL needs something to look at, such as 'src'");
		return NULL;
	}
	reading.criterion = &line->words[at];
	reading.test = arena_zalloc(parse->arena, sizeof(*reading.test));
	if (!acl_read_criterion(&reading))
		return NULL;
	at = acl_read_flags(&reading, line, at + 1, end);
	if (!reading.ok || !acl_need_method(&reading))
		return NULL;
	acl_read_values(&reading, line, at, end);
	if (!reading.ok)
		return NULL;
	if (acl_needs_values(&reading))
		diag_add(parse->report, DIAG_WARNING, &diag_bad_condition, reading.criterion->span,
			 "add values, or '-m found' to ask whether there is one",
			 "'%s' is compared with nothing, so this never matches",
			 expr_name(reading.test->expr));
	parse->pattern_lists++; /* its own patterns, behind its files */
	return reading.test;
}
