/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/condition.c - `if` and `unless`: groups of ACLs that must all be true,
 * joined by `or` (configuration manual 7.2).
 */
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"

struct condition_term {
	const struct acl *acl;
	bool negated;
	bool begins_group; /* an `or` stands before it */
};

struct acl_condition {
	bool unless;
	struct condition_term *terms;
	size_t count;
};

/* Where the `}` for the `{` before words[at] is, or 0. */
static unsigned condition_closing(const struct conf_line *line, unsigned at)
{
	for (; at < line->count; at++)
		if (strcmp(line->words[at].text, "}") == 0)
			return at;
	return 0;
}

struct condition_reading {
	struct conf_parse *parse;
	struct acl_scope *scope;
	const struct conf_line *line;
	struct acl_condition *condition;
	bool negated, begins_group;
	bool ok;
};

static void condition_add(struct condition_reading *reading, const struct acl *acl)
{
	struct acl_condition *condition = reading->condition;

	if (acl == NULL) {
		reading->ok = false;
	} else {
		struct condition_term *term =
			ARENA_APPEND(reading->parse->arena, condition->terms, condition->count);

		term->acl = acl;
		term->negated = reading->negated;
		term->begins_group = reading->begins_group;
	}
	reading->negated = false;
	reading->begins_group = false;
}

/* Reads the term at words[at] and returns the place after it. */
static unsigned condition_read_term(struct condition_reading *reading, unsigned at)
{
	const struct conf_word *word = &reading->line->words[at];
	const char *name = word->text;
	struct diag_span span = word->span;
	unsigned closing;

	while (*name == '!') {
		reading->negated = !reading->negated;
		name++;
		/* The caret belongs under the name, which is only sure when nothing was quoted. */
		if (span.len > strlen(name)) {
			span.column++;
			span.len--;
		}
	}
	if (*name == '\0' && *word->text == '!')
		return at + 1;
	if (strcmp(name, "{") != 0) {
		condition_add(reading, acl_lookup(reading->parse, reading->scope, name, span));
		return at + 1;
	}
	closing = condition_closing(reading->line, at + 1);
	if (closing == 0) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "this '{' has no '}', which must stand alone between blanks");
		reading->ok = false;
		return reading->line->count;
	}
	condition_add(reading, acl_read_anonymous(reading->parse, reading->scope, reading->line,
						  at + 1, closing));
	return closing + 1;
}

struct acl_condition *acl_condition_parse(struct conf_parse *parse, struct acl_scope *scope,
					  const struct conf_line *line, unsigned at)
{
	struct condition_reading reading = {
		.parse = parse, .scope = scope, .line = line, .ok = true};
	const struct conf_word *word = &line->words[at];
	bool unless = strcmp(word->text, "unless") == 0;

	if (!unless && strcmp(word->text, "if") != 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "'if' or 'unless' must stand before a condition, not '%s'", word->text);
		return NULL;
	}
	reading.condition = arena_zalloc(parse->arena, sizeof(*reading.condition));
	reading.condition->unless = unless;
	for (unsigned i = at + 1; i < line->count;) {
		if (strcmp(line->words[i].text, "or") == 0 ||
		    strcmp(line->words[i].text, "||") == 0) {
			reading.begins_group = reading.condition->count != 0;
			i++;
		} else {
			i = condition_read_term(&reading, i);
		}
	}
	if (reading.ok && reading.condition->count == 0)
		diag_add(parse->report, DIAG_WARNING, &diag_bad_condition, word->span, NULL,
			 "nothing follows '%s', so this %s applies", word->text,
			 unless ? "always" : "never");
	return reading.ok ? reading.condition : NULL;
}

static bool condition_holds(const struct acl_condition *condition,
			    const struct expr_context *context)
{
	bool all = true;

	if (condition->count == 0)
		return false;
	for (size_t i = 0; i < condition->count; i++) {
		const struct condition_term *term = &condition->terms[i];

		if (term->begins_group) {
			if (all)
				return true;
			all = true;
		}
		all = all && acl_true(term->acl, context) != term->negated;
	}
	return all;
}

bool acl_condition_true(const struct acl_condition *condition, const struct expr_context *context)
{
	return condition == NULL || condition_holds(condition, context) != condition->unless;
}
