/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/condition.c - `if` and `unless`: groups of ACLs that must all be true,
 * joined by `or` (configuration manual 7.2).
 */
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/fetch.h"

struct condition_term {
	const struct acl *acl;
	bool negated;
	bool begins_group; /* an `or` stands before it */
};

struct acl_condition {
	bool unless;
	unsigned have;		/* at its place; tests that need more are false */
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
	const struct expr_place *place;	/* NULL: not checked */
	const struct conf_line *line;
	struct acl_condition *condition;
	bool negated, begins_group;
	bool ok;
};

static void condition_add(struct condition_reading *reading, const struct acl *acl,
			  struct diag_span span)
{
	struct acl_condition *condition = reading->condition;

	if (acl == NULL) {
		reading->ok = false;
	} else {
		if (reading->place != NULL)
			acl_check_place(reading->parse, acl, reading->place, span);
		*ARENA_APPEND(reading->parse->arena, condition->terms, condition->count) =
			(struct condition_term){ acl, reading->negated, reading->begins_group };
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
		condition_add(reading, acl_lookup(reading->parse, reading->scope, name, span),
			      span);
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
						  at + 1, closing),
		      reading->line->words[at + 1].span);
	return closing + 1;
}

static bool condition_is_or(const char *word)
{
	return strcmp(word, "or") == 0 || strcmp(word, "||") == 0;
}

static void condition_read(struct condition_reading *reading, unsigned at)
{
	while (at < reading->line->count) {
		if (condition_is_or(reading->line->words[at].text)) {
			reading->begins_group = reading->condition->count != 0;
			at++;
		} else {
			at = condition_read_term(reading, at);
		}
	}
}

struct acl_condition *acl_condition_parse(struct conf_parse *parse, struct acl_scope *scope,
					  const struct expr_place *place,
					  const struct conf_line *line, unsigned at)
{
	struct condition_reading reading = {
		.parse = parse, .scope = scope, .place = place, .line = line, .ok = true};
	const struct conf_word *word = &line->words[at];
	bool unless = strcmp(word->text, "unless") == 0;

	parse->acls = scope;
	if (!unless && strcmp(word->text, "if") != 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, word->span, NULL,
			 "'if' or 'unless' must stand before a condition, not '%s'", word->text);
		return NULL;
	}
	reading.condition = arena_zalloc(parse->arena, sizeof(*reading.condition));
	reading.condition->unless = unless;
	reading.condition->have = place != NULL ? place->have : UINT32_MAX;
	condition_read(&reading, at + 1);
	if (reading.ok && reading.condition->count == 0)
		diag_add(parse->report, DIAG_WARNING, &diag_bad_condition, word->span, NULL,
			 "nothing follows '%s', so this %s applies", word->text,
			 unless ? "always" : "never");
	return reading.ok ? reading.condition : NULL;
}

static enum acl_result condition_not(enum acl_result result)
{
	return result == ACL_LATER ? ACL_LATER : result == ACL_TRUE ? ACL_FALSE : ACL_TRUE;
}

/* True when one group is, undecided when one may become so. */
static enum acl_result condition_holds(const struct acl_condition *condition,
				       struct expr_context *context)
{
	enum acl_result all = ACL_TRUE;	/* of the group so far */
	enum acl_result any = ACL_FALSE;

	if (condition->count == 0)
		return ACL_FALSE;
	for (size_t i = 0; i < condition->count; i++) {
		const struct condition_term *term = &condition->terms[i];
		enum acl_result one;

		if (term->begins_group) {
			if (all == ACL_TRUE)
				return ACL_TRUE;
			if (all == ACL_LATER)
				any = ACL_LATER;
			all = ACL_TRUE;
		}
		if (all == ACL_FALSE)
			continue;
		one = acl_eval(term->acl, condition->have, context);
		if (term->negated)
			one = condition_not(one);
		if (one != ACL_TRUE)
			all = one == ACL_FALSE ? ACL_FALSE : ACL_LATER;
	}
	return all == ACL_FALSE ? any : all;
}

enum acl_result acl_condition_eval(const struct acl_condition *condition,
				   struct expr_context *context)
{
	enum acl_result result;

	if (condition == NULL)
		return ACL_TRUE;
	result = condition_holds(condition, context);
	return condition->unless ? condition_not(result) : result;
}
