/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl.c - named tests: an expression and the patterns it is compared with.
 *
 * Lines of one name add up: the ACL is true when any of them is. A condition
 * refers to the ACL, so lines that come after the condition count as well.
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/map.h"
#include "expr/private.h"

struct acl_scope {
	struct arena *arena;
	const struct acl_scope *parent;
	struct acl *acls;
};

struct acl_scope *acl_scope_new(struct arena *arena, const struct acl_scope *parent)
{
	struct acl_scope *scope = arena_zalloc(arena, sizeof(*scope));

	scope->arena = arena;
	scope->parent = parent;
	return scope;
}

/* --- names --- */

static struct acl *acl_find_own(const struct acl_scope *scope, const char *name)
{
	for (struct acl *acl = scope->acls; acl != NULL; acl = acl->next)
		if (acl->name != NULL && strcmp(acl->name, name) == 0)
			return acl;
	return NULL;
}

static struct acl *acl_find(const struct acl_scope *scope, const char *name)
{
	struct acl *found = NULL;

	for (; scope != NULL && found == NULL; scope = scope->parent)
		found = acl_find_own(scope, name);
	return found;
}

static struct acl *acl_new(struct arena *arena, const char *name)
{
	struct acl *acl = arena_zalloc(arena, sizeof(*acl));

	acl->name = name;
	acl->tests_end = &acl->tests;
	return acl;
}

static struct acl *acl_add(struct acl_scope *scope, const char *name)
{
	struct acl *acl = acl_new(scope->arena, name);

	acl->next = scope->acls;
	scope->acls = acl;
	return acl;
}

static bool acl_add_test(struct acl *acl, struct acl_test *test)
{
	if (test == NULL)
		return false;
	*acl->tests_end = test;
	acl->tests_end = &test->next;
	return true;
}

static bool acl_name_valid(const char *name)
{
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && strchr("-_.:", *name) == NULL)
			return false;
	return true;
}

void acl_parse(struct conf_parse *parse, struct acl_scope *scope, const struct conf_line *line,
	       unsigned at)
{
	const struct conf_word *name = &line->words[at];
	struct acl *acl;

	parse->acls = scope;
	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "acl <name> <criterion> [flags] <values>"))
		return;
	if (!acl_name_valid(name->text) || name->text[0] == '\0') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, name->span, NULL,
			 "ACL name '%s' may hold only letters, digits, '-', '_', '.' and ':'",
			 name->text);
		return;
	}
	if (strcmp(name->text, "or") == 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, name->span, NULL,
			 "no ACL can be called 'or', which joins conditions");
		return;
	}
	acl = acl_find_own(scope, name->text);
	if (acl == NULL)
		acl = acl_add(scope, name->text);
	acl_add_test(acl, acl_read_test(parse, line, at + 1, line->count));
}

/* The words of a predefined test; what is wrong with them shows at `span`. */
static struct conf_line acl_predefined_line(struct conf_parse *parse, const char *test,
					    struct diag_span span)
{
	struct conf_line line = { 0 };
	size_t count = 0;

	for (size_t len; *test != '\0'; test += len + (test[len] == ' ')) {
		len = strcspn(test, " ");
		*ARENA_APPEND(parse->arena, line.words, count) = (struct conf_word){
			.text = arena_strndup(parse->arena, test, len), .span = span };
	}
	*ARENA_APPEND(parse->arena, line.words, count) =
		(struct conf_word){ .text = "", .span = span };
	line.count = (unsigned)count - 1;
	return line;
}

/* NULL after a report: this language lacks what it stands on. */
static struct acl *acl_add_predefined(struct conf_parse *parse, struct acl_scope *scope,
				      const struct acl_predefined *row, struct diag_span span)
{
	struct conf_line line = acl_predefined_line(parse, row->test, span);
	struct acl *acl = acl_new(parse->arena, row->doc.name);

	if (!acl_add_test(acl, acl_read_test(parse, &line, 0, line.count)))
		return NULL;
	if (scope != NULL) {
		acl->next = scope->acls;
		scope->acls = acl;
	}
	return acl;
}

static void acl_report_unknown(struct conf_parse *parse, const struct acl_scope *scope,
			       const char *name, struct diag_span span)
{
	const char **names = NULL;
	size_t count = 0;
	const char *closest;

	for (; scope != NULL; scope = scope->parent)
		for (const struct acl *acl = scope->acls; acl != NULL; acl = acl->next)
			if (acl->name != NULL)
				*ARENA_APPEND(parse->arena, names, count) = acl->name;
	for (const struct acl_predefined *row = acl_predefined; row->doc.name != NULL; row++)
		*ARENA_APPEND(parse->arena, names, count) = row->doc.name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	closest = diag_closest(name, names);
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, span,
		 closest != NULL ? arena_printf(parse->arena, "did you mean '%s'?", closest) : NULL,
		 "no ACL is called '%s' here", name);
}

struct acl *acl_lookup(struct conf_parse *parse, struct acl_scope *scope, const char *name,
		       struct diag_span span)
{
	struct acl *acl = acl_find(scope, name);

	if (acl != NULL)
		return acl;
	for (const struct acl_predefined *row = acl_predefined; row->doc.name != NULL; row++)
		if (strcmp(row->doc.name, name) == 0)
			return acl_add_predefined(parse, scope, row, span);
	acl_report_unknown(parse, scope, name, span);
	return NULL;
}

struct acl *acl_read_anonymous(struct conf_parse *parse, struct acl_scope *scope,
			       const struct conf_line *line, unsigned at, unsigned end)
{
	struct acl *acl = acl_new(scope->arena, NULL);

	return acl_add_test(acl, acl_read_test(parse, line, at, end)) ? acl : NULL;
}

void acl_check_place(struct conf_parse *parse, const struct acl *acl,
		     const struct expr_place *place, struct diag_span span)
{
	for (const struct acl_test *test = acl->tests; test != NULL; test = test->next) {
		const char *missing = expr_missing(test->need, place->have);

		if (missing == NULL)
			continue;
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, span, NULL,
			 "%s%s%s never matches: '%s' needs %s, which is not there in %s",
			 acl->name != NULL ? "ACL '" : "this test",
			 acl->name != NULL ? acl->name : "", acl->name != NULL ? "'" : "",
			 expr_name(test->expr), missing, place->what);
		return;
	}
}

/* --- evaluation --- */

static bool acl_match(const struct acl_test *test, struct expr_sample *sample,
		      struct expr_context *context)
{
	if (test->method == EXPR_FOUND)
		return true;
	if (!expr_cast(sample, expr_method_type(test->method), context->memory))
		return false;
	if (test->method == EXPR_BOOLEAN)
		return sample->value.boolean;
	if (test->patterns != NULL &&
	    expr_patterns_match(test->patterns, sample, context, NULL) != NULL)
		return true;
	for (const struct acl_file *file = test->files; file != NULL; file = file->next)
		if (expr_map_has(file->form, sample, context))
			return true;
	return false;
}

/* Any value of the fetch that matches makes it true. */
static enum acl_result acl_try(const struct acl_test *test, struct expr_context *context)
{
	enum acl_result result = ACL_FALSE;
	struct expr_sample sample;

	sample.cursor = (struct expr_cursor){ 0 };
	do {
		enum expr_got got = expr_get(test->expr, context, &sample);

		if (got == EXPR_LATER)
			return ACL_LATER;
		if (got == EXPR_NONE)
			break;
		if (acl_match(test, &sample, context))
			return ACL_TRUE;
		if (sample.may_change)
			result = ACL_LATER;
	} while (sample.cursor.more);
	return result;
}

static enum acl_result acl_test(const struct acl_test *test, unsigned have,
				struct expr_context *context)
{
	const struct http_message *request = context->request;
	struct bump_mark mark;
	enum acl_result result;

	if ((test->need & ~have) != 0)
		return ACL_FALSE;
	mark = bump_mark(context->memory);
	result = acl_try(test, context);
	/* In mode tcp a request is read when it is first asked for, and stays (expr/request.h). */
	if (!test->keeps && context->request == request)
		bump_reset(context->memory, mark);
	return result == ACL_LATER && context->bytes_end ? ACL_FALSE : result;
}

enum acl_result acl_eval(const struct acl *acl, unsigned have, struct expr_context *context)
{
	enum acl_result result = ACL_FALSE;

	for (const struct acl_test *test = acl->tests; test != NULL; test = test->next) {
		enum acl_result one = acl_test(test, have, context);

		if (one == ACL_TRUE)
			return ACL_TRUE;
		if (one == ACL_LATER)
			result = ACL_LATER;
	}
	return result;
}
