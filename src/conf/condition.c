/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/condition.c - see condition.h. Recursive descent over the words joined
 * by spaces. Both sides of && and || are always parsed, so that a malformed
 * condition is found whatever the environment; nothing has side effects.
 */
#include "conf/condition.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/environment.h"

enum {
	DEEPEST = 100,		/* nested parentheses and exclamation marks */
	MAX_ARGUMENTS = 2,
	MAX_PREDICATES = 64,
};

struct condition {
	struct conf_reader *reader;
	const struct conf_line *line;
	unsigned first;		/* word the text begins with */
	const char *text;
	size_t at;
	unsigned depth;
};

static bool condition_or(struct condition *condition, bool *ret_holds);

/* The place of byte `at` of the joined text: exact where the word was written without quotes. */
static struct diag_span condition_span(const struct condition *condition, size_t at, size_t len)
{
	const struct conf_line *line = condition->line;
	unsigned i = condition->first;
	size_t word_len = strlen(line->words[i].text);

	while (at > word_len && i + 1 < line->count) {
		at -= word_len + 1;
		word_len = strlen(line->words[++i].text);
	}
	struct diag_span span = line->words[i].span;
	if (span.len != word_len)
		return span;
	span.column += (uint32_t)at;
	span.len = (uint32_t)(len < word_len - at ? len : word_len - at);
	return span;
}

static bool condition_error(const struct condition *condition, size_t at, size_t len,
			    const char *hint, const char *format, const char *argument)
{
	char text[200];

	snprintf(text, sizeof(text), format, argument);
	diag_add(condition->reader->report, DIAG_ERROR, &diag_bad_condition,
		 condition_span(condition, at, len), hint, "%s", text);
	return false;
}

static void skip_spaces(struct condition *condition)
{
	while (isspace((unsigned char)condition->text[condition->at]))
		condition->at++;
}

static bool unexpected(struct condition *condition, const char *expected)
{
	char found[80];

	if (condition->text[condition->at] == '\0')
		return condition_error(condition, condition->at, 1, NULL,
				       "the condition ends where %s should follow", expected);
	snprintf(found, sizeof(found), "'%.20s' where %s should stand",
		 condition->text + condition->at, expected);
	return condition_error(condition, condition->at, 1, NULL, "unexpected %s", found);
}

/* What a backslash before `c` gives inside an argument, or 0. */
static char argument_escape(char c)
{
	return c == ',' || c == '(' || c == ')' ? c : conf_escaped(c);
}

/* Up to the comma or parenthesis that ends it; quotes and escapes as on a line. */
static bool argument_read(struct condition *condition, struct strbuf *word)
{
	size_t start = condition->at;
	char quote = 0;

	for (;; condition->at++) {
		const char *text = condition->text + condition->at;
		char escape = text[0] == '\\' && quote != '\'' ? argument_escape(text[1]) : 0;

		if (text[0] == '\0')
			return condition_error(condition, start, condition->at - start, NULL, "%s",
					       quote != 0 ? "this quote is not closed"
							  : "no ')' ends this argument");
		if (quote == 0 && (text[0] == ',' || text[0] == ')'))
			return true;
		if (escape != 0) {
			strbuf_add(word, &escape, 1);
			condition->at++;
		} else if (text[0] == quote) {
			quote = 0;
		} else if (quote == 0 && (text[0] == '"' || text[0] == '\'')) {
			quote = text[0];
		} else {
			strbuf_add(word, text, 1);
		}
	}
}

static const char *argument_copy(struct condition *condition)
{
	struct strbuf word = STRBUF_EMPTY;
	const char *copy = NULL;

	if (argument_read(condition, &word))
		copy = arena_strdup(condition->reader->arena, word.text == NULL ? "" : word.text);
	ASSERT(!word.failed);
	strbuf_free(&word);
	return copy;
}

static const char *example_of(const struct condition *condition,
			      const struct conf_predicate *predicate)
{
	return arena_printf(condition->reader->arena, "for example '%s'", predicate->doc.example);
}

/* At '(' or at what follows a predicate without one; `start` is where its name begins. */
static bool arguments_read(struct condition *condition, const struct conf_predicate *predicate,
			   size_t start, const char **arguments)
{
	unsigned count = 0;

	if (condition->text[condition->at] == '(') {
		do {
			condition->at++;
			if (count == predicate->arguments)
				return condition_error(condition, start, condition->at - start,
						       example_of(condition, predicate),
						       "too many arguments for '%s'",
						       predicate->doc.name);
			arguments[count] = argument_copy(condition);
			if (arguments[count++] == NULL)
				return false;
		} while (condition->text[condition->at] == ',');
		condition->at++;
	}
	if (count == predicate->arguments)
		return true;
	if (predicate->arguments != 1)
		return condition_error(condition, start, condition->at - start,
				       example_of(condition, predicate),
				       "too few arguments for '%s'", predicate->doc.name);
	arguments[0] = "";
	return true;
}

static bool unknown_predicate(struct condition *condition, const char *name, size_t len)
{
	const char *names[MAX_PREDICATES];
	char hint[80];
	unsigned count = 0;

	for (const struct conf_predicate *row = conf_predicates; row->doc.name != NULL; row++) {
		ASSERT(count < MAX_PREDICATES - 1);
		names[count++] = row->doc.name;
	}
	names[count] = NULL;

	const char *closest = diag_closest(name, names);
	if (closest != NULL)
		snprintf(hint, sizeof(hint), "did you mean '%s'?", closest);
	return condition_error(condition, condition->at, len, closest == NULL ? NULL : hint,
			       "unknown predicate '%.60s'", name);
}

static bool condition_predicate(struct condition *condition, bool *ret_holds)
{
	const char *arguments[MAX_ARGUMENTS];
	const char *text = condition->text + condition->at;
	size_t start = condition->at;
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	if (len == 0)
		return unexpected(condition, "a predicate or a number");

	const char *name = arena_strndup(condition->reader->arena, text, len);
	const struct conf_predicate *row = conf_predicates;
	while (row->doc.name != NULL && strcmp(row->doc.name, name) != 0)
		row++;
	if (row->doc.name == NULL)
		return unknown_predicate(condition, name, len);
	condition->at += len;
	if (!arguments_read(condition, row, start, arguments))
		return false;

	int holds = row->holds(condition->reader, arguments);
	if (holds < 0)
		return condition_error(condition, start, condition->at - start,
				       example_of(condition, row), "'%.60s' is not a version",
				       arguments[0]);
	*ret_holds = holds != 0;
	return true;
}

static bool condition_integer(struct condition *condition, bool *ret_holds)
{
	*ret_holds = false;
	if (condition->text[condition->at] == '-')
		condition->at++;
	for (; isdigit((unsigned char)condition->text[condition->at]); condition->at++)
		*ret_holds |= condition->text[condition->at] != '0';
	return true;
}

static bool condition_group(struct condition *condition, bool *ret_holds)
{
	condition->at++;
	if (!condition_or(condition, ret_holds))
		return false;
	if (condition->text[condition->at] != ')')
		return unexpected(condition, "')'");
	condition->at++;
	return true;
}

static bool condition_term(struct condition *condition, bool *ret_holds)
{
	const char *text = condition->text;
	bool negate = false;
	bool fine;

	skip_spaces(condition);
	for (; text[condition->at] == '!'; skip_spaces(condition)) {
		negate = !negate;
		condition->at++;
	}

	const char *at = text + condition->at;
	if (*at == '(')
		fine = ++condition->depth > DEEPEST
			       ? condition_error(condition, condition->at, 1, NULL, "%s",
						 "too many nested parentheses")
			       : condition_group(condition, ret_holds);
	else if (isdigit((unsigned char)at[*at == '-' ? 1 : 0]))
		fine = condition_integer(condition, ret_holds);
	else
		fine = condition_predicate(condition, ret_holds);
	if (*at == '(')
		condition->depth--;
	*ret_holds ^= negate;
	skip_spaces(condition);
	return fine;
}

static bool condition_and(struct condition *condition, bool *ret_holds)
{
	bool right = false;

	if (!condition_term(condition, ret_holds))
		return false;
	while (strncmp(condition->text + condition->at, "&&", 2) == 0) {
		condition->at += 2;
		if (!condition_term(condition, &right))
			return false;
		*ret_holds &= right;
	}
	return true;
}

static bool condition_or(struct condition *condition, bool *ret_holds)
{
	bool right = false;

	if (!condition_and(condition, ret_holds))
		return false;
	while (strncmp(condition->text + condition->at, "||", 2) == 0) {
		condition->at += 2;
		if (!condition_and(condition, &right))
			return false;
		*ret_holds |= right;
	}
	return true;
}

static const char *joined(struct conf_reader *reader, const struct conf_line *line, unsigned at)
{
	struct strbuf text = STRBUF_EMPTY;
	const char *copy;

	for (; at < line->count; at++) {
		strbuf_puts(&text, line->words[at].text);
		if (at + 1 < line->count)
			strbuf_puts(&text, " ");
	}
	ASSERT(!text.failed);
	copy = arena_strdup(reader->arena, text.text == NULL ? "" : text.text);
	strbuf_free(&text);
	return copy;
}

bool conf_condition(struct conf_reader *reader, const struct conf_line *line, unsigned at,
		    bool *ret_holds)
{
	struct condition condition = {
		.reader = reader,
		.line = line,
		.first = at,
		.text = joined(reader, line, at),
	};
	bool holds = false;

	if (reader->environment == NULL)
		reader->environment = conf_environment_new(reader->arena);
	skip_spaces(&condition);
	if (condition.text[condition.at] != '\0') {
		if (!condition_or(&condition, &holds))
			return false;
		if (condition.text[condition.at] != '\0')
			return unexpected(&condition, "'&&' or '||' or nothing");
	}
	*ret_holds = holds;
	return true;
}

bool conf_condition_text(struct conf_reader *reader, const char *text, bool *ret_holds)
{
	struct conf_word words[2] = { { .text = text }, { .text = "" } };
	struct conf_line line = { .words = words, .count = 1 };

	return conf_condition(reader, &line, 0, ret_holds);
}
