/* SPDX-License-Identifier: Apache-2.0 */
/* expr/keyword_list.c - `-dK`: fetches, converters and ACLs in HAProxy's words for programs that compare. */
#include <string.h>

#include "expr/fetch.h"

static const char *type_word(enum expr_type type)
{
	static const char *const words[] = {
		[EXPR_BOOL] = "bool",	[EXPR_INT] = "sint",	[EXPR_ADDRESS] = "addr",
		[EXPR_STRING] = "str",	[EXPR_BINARY] = "bin",	[EXPR_METHOD] = "meth",
		[EXPR_ANY] = "any",	[EXPR_SAME] = "same",
	};

	return words[type];
}

static const char *kind_word(const struct expr_arg_spec *spec)
{
	static const char *const words[] = {
		[EXPR_ARG_STRING] = "string",	 [EXPR_ARG_INT] = "integer",
		[EXPR_ARG_DURATION] = "delay",	 [EXPR_ARG_SIZE] = "size",
		[EXPR_ARG_ADDRESS] = "IP address", [EXPR_ARG_MASK4] = "IPv4 mask",
		[EXPR_ARG_MASK6] = "IPv6 mask",	 [EXPR_ARG_VAR] = "variable",
		[EXPR_ARG_VAR_OR_INT] = "string", [EXPR_ARG_VAR_OR_STRING] = "string",
		[EXPR_ARG_REGEX] = "regex",
	};

	if (spec->kind == EXPR_ARG_NAME)
		return spec->name != NULL ? spec->name : "name";
	return words[spec->kind];
}

static void list_args(const struct expr_arg_spec *args, FILE *out)
{
	unsigned open = 0;

	if (args[0].kind == EXPR_ARG_NONE)
		return;
	for (unsigned i = 0; i < EXPR_ARGS_MAX && args[i].kind != EXPR_ARG_NONE; i++) {
		bool opens = args[i].optional && open == 0;

		open += opens;
		fprintf(out, "%s%s%s%s", i == 0 ? "(" : "", opens ? "[" : "", i == 0 ? "" : ",",
			kind_word(&args[i]));
	}
	fprintf(out, "%s)", open != 0 ? "]" : "");
}

static void list_fetch(const struct expr_fetch *row, FILE *out)
{
	fputs(row->doc.name, out);
	list_args(row->args, out);
	fprintf(out, ": %s\n", type_word(row->type));
}

static void list_acl(const struct expr_fetch *row, FILE *out)
{
	if (row->method != NULL)
		fprintf(out, "%s = %s -m %s\n", row->doc.name,
			row->stands_for != NULL ? row->stands_for : row->doc.name, row->method);
	else if (row->stands_for != NULL)
		fprintf(out, "%s = %s\n", row->doc.name, row->stands_for);
}

static void list_converter(const struct expr_converter *row, FILE *out)
{
	fputs(row->doc.name, out);
	list_args(row->args, out);
	fprintf(out, ": %s => %s\n", type_word(row->in),
		type_word(row->out == EXPR_SAME ? row->in : row->out));
}

/* ACLs' own names: neither they nor plain fetches stand in the other's list. */
static bool is_acl(const struct expr_fetch *row)
{
	return row->get == NULL;
}

void expr_language_list(const struct expr_language *language, enum expr_list what, FILE *out)
{
	if (what == EXPR_LIST_CONVERTERS) {
		for (const struct expr_converter *const *table = language->converters; *table != NULL; table++)
			for (const struct expr_converter *row = *table; row->doc.name != NULL; row++)
				list_converter(row, out);
		return;
	}
	for (const struct expr_fetch *const *table = language->fetches; *table != NULL; table++) {
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++) {
			if (what == EXPR_LIST_ACLS)
				list_acl(row, out);
			else if (!is_acl(row))
				list_fetch(row, out);
		}
	}
}
