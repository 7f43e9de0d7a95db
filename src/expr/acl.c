/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl.c - named tests: a fetch and the patterns it is compared with.
 *
 * Lines of one name add up: the ACL is true when any of them is. A condition
 * refers to the ACL, so lines that come after the condition count as well.
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/fetch.h"
#include "expr/pattern.h"

/* One `acl` line: any of its patterns makes it true. */
struct acl_test {
	struct acl_test *next;
	const struct expr_fetch *fetch;
	struct expr_patterns *patterns;
};

struct acl {
	struct acl *next;
	const char *name; /* NULL: anonymous */
	struct acl_test *tests;
};

struct acl_scope {
	struct arena *arena;
	const struct acl_scope *parent;
	struct acl *acls;
};

/* The ACLs that every section knows (configuration manual 7.4). */
struct acl_predefined {
	struct doc doc;
	const char *fetch;
	const char *value; /* or NULL */
};

static const struct acl_predefined acl_predefined[] = {
	{.doc = {.name = "FALSE",
		 .since = "0.1",
		 .summary = "Never matches.",
		 .example = "tcp-request connection reject if FALSE"},
	 .fetch = "always_false"},
	{.doc = {.name = "LOCALHOST",
		 .since = "0.1",
		 .summary = "The client is this machine.",
		 .example = "tcp-request connection accept if LOCALHOST"},
	 .fetch = "src",
	 .value = "127.0.0.1/8"},
	{.doc = {.name = "TRUE",
		 .since = "0.1",
		 .summary = "Always matches.",
		 .example = "tcp-request connection accept if TRUE"},
	 .fetch = "always_true"},
};

static const char *const acl_predefined_later[] = {
	"HTTP",         "HTTP_1.0",     "HTTP_1.1",       "HTTP_2.0",      "HTTP_3.0",
	"HTTP_CONTENT", "HTTP_URL_ABS", "HTTP_URL_SLASH", "HTTP_URL_STAR", "METH_CONNECT",
	"METH_DELETE",  "METH_GET",     "METH_HEAD",      "METH_OPTIONS",  "METH_POST",
	"METH_PUT",     "METH_TRACE",   "RDP_COOKIE",     "REQ_CONTENT",   "WAIT_END",
	NULL,
};

struct acl_scope *acl_scope_new(struct arena *arena, const struct acl_scope *parent)
{
	struct acl_scope *scope = arena_zalloc(arena, sizeof(*scope));

	scope->arena = arena;
	scope->parent = parent;
	return scope;
}

static struct acl *acl_find(const struct acl_scope *scope, const char *name)
{
	for (; scope != NULL; scope = scope->parent)
		for (struct acl *acl = scope->acls; acl != NULL; acl = acl->next)
			if (acl->name != NULL && strcmp(acl->name, name) == 0)
				return acl;
	return NULL;
}

static struct acl *acl_add(struct acl_scope *scope, const char *name)
{
	struct acl *acl = arena_zalloc(scope->arena, sizeof(*acl));

	acl->name = name;
	acl->next = scope->acls;
	scope->acls = acl;
	return acl;
}

void acl_add_test(struct arena *arena, struct acl *acl, const struct expr_fetch *fetch,
		  struct expr_patterns *patterns)
{
	struct acl_test *test = arena_zalloc(arena, sizeof(*test));

	expr_patterns_close(patterns);
	test->fetch = fetch;
	test->patterns = patterns;
	test->next = acl->tests;
	acl->tests = test;
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
	acl = acl_find(scope, name->text);
	if (acl == NULL)
		acl = acl_add(scope, name->text);
	acl_read_test(parse, acl, line, at + 1, line->count);
}

static struct acl *acl_add_predefined(struct acl_scope *scope, const struct acl_predefined *row)
{
	const struct expr_fetch *fetch = expr_fetch_find(row->fetch, strlen(row->fetch));
	struct expr_patterns *patterns =
		expr_patterns_new(scope->arena, expr_method_default(fetch->type));
	struct expr_pattern_flags flags = {.no_names = true};
	struct acl *acl = acl_add(scope, row->doc.name);
	const char *why;

	if (row->value != NULL)
		ASSERT(expr_patterns_add(patterns, row->value, &flags, &why));
	acl_add_test(scope->arena, acl, fetch, patterns);
	return acl;
}

static void acl_report_unknown(struct conf_parse *parse, const struct acl_scope *scope,
			       const char *name, struct diag_span span)
{
	const char **names = NULL;
	size_t count = 0;
	const char *closest;

	for (const char *const *later = acl_predefined_later; *later != NULL; later++) {
		if (strcmp(*later, name) == 0) {
			diag_add(parse->report, DIAG_ERROR, &diag_not_supported, span, NULL,
				 "ACL '%s' is not supported yet", name);
			return;
		}
	}
	for (; scope != NULL; scope = scope->parent)
		for (const struct acl *acl = scope->acls; acl != NULL; acl = acl->next)
			if (acl->name != NULL)
				*ARENA_APPEND(parse->arena, names, count) = acl->name;
	for (size_t i = 0; i < ARRAY_LEN(acl_predefined); i++)
		*ARENA_APPEND(parse->arena, names, count) = acl_predefined[i].doc.name;
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
	for (size_t i = 0; i < ARRAY_LEN(acl_predefined); i++)
		if (strcmp(acl_predefined[i].doc.name, name) == 0)
			return acl_add_predefined(scope, &acl_predefined[i]);
	acl_report_unknown(parse, scope, name, span);
	return NULL;
}

struct acl *acl_read_anonymous(struct conf_parse *parse, struct acl_scope *scope,
			       const struct conf_line *line, unsigned at, unsigned end)
{
	struct acl *acl = acl_add(scope, NULL);

	return acl_read_test(parse, acl, line, at, end) ? acl : NULL;
}

bool acl_true(const struct acl *acl, const struct expr_context *context)
{
	struct expr_sample sample;

	for (const struct acl_test *test = acl->tests; test != NULL; test = test->next)
		if (test->fetch->get(context, &sample) &&
		    expr_patterns_match(test->patterns, &sample))
			return true;
	return false;
}
