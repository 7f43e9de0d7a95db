/* SPDX-License-Identifier: Apache-2.0 */
/* expr/reference.c - the manual of expressions and log formats, printed from their rows. */
#include "expr/acl_private.h"
#include "expr/fetch.h"
#include "expr/format.h"
#include "expr/private.h"

static void reference_args(const struct expr_arg_spec *args, FILE *out)
{
	static const char *const kinds[] = {
		[EXPR_ARG_STRING] = "text",	 [EXPR_ARG_INT] = "number",
		[EXPR_ARG_DURATION] = "time",	 [EXPR_ARG_SIZE] = "size",
		[EXPR_ARG_ADDRESS] = "address",	 [EXPR_ARG_MASK4] = "mask",
		[EXPR_ARG_MASK6] = "mask",	 [EXPR_ARG_VAR] = "variable",
		[EXPR_ARG_VAR_OR_INT] = "number or variable",
		[EXPR_ARG_VAR_OR_STRING] = "text or variable",
		[EXPR_ARG_REGEX] = "regex",	 [EXPR_ARG_NAME] = "name",
	};

	for (unsigned i = 0; i < EXPR_ARGS_MAX && args[i].kind != EXPR_ARG_NONE; i++)
		fprintf(out, "%s%s%s%s", i == 0 ? "(" : ", ", args[i].optional ? "[" : "",
			args[i].name != NULL ? args[i].name : kinds[args[i].kind],
			args[i].optional ? "]" : "");
	if (args[0].kind != EXPR_ARG_NONE)
		fputc(')', out);
}

static void reference_end(const struct doc *doc, FILE *out)
{
	fprintf(out, "\n  Example: `%s`. Since %s.\n", doc->example, doc->since);
}

static void reference_fetch(const struct expr_fetch *row, FILE *out)
{
	const char *missing = expr_missing(row->need & ~(unsigned)EXPR_HAVE_CLIENT, 0);

	fprintf(out, "- **`%s", row->doc.name);
	reference_args(row->args, out);
	fprintf(out, "`** %s", row->doc.summary);
	if (row->stands_for != NULL) {
		fprintf(out, " The same as `%s`", row->stands_for);
		if (row->method != NULL)
			fprintf(out, " with `-m %s`", row->method);
		fputs(".", out);
	} else {
		fprintf(out, " Gives: %s.", expr_type_name(row->type));
	}
	if (missing != NULL)
		fprintf(out, " Needs %s.", missing);
	reference_end(&row->doc, out);
}

static void reference_converter(const struct expr_converter *row, FILE *out)
{
	fprintf(out, "- **`%s", row->doc.name);
	reference_args(row->args, out);
	fprintf(out, "`** %s Takes: %s. Gives: %s.", row->doc.summary, expr_type_name(row->in),
		expr_type_name(row->out));
	reference_end(&row->doc, out);
}

static void reference_doc(const struct doc *doc, const char *before, FILE *out)
{
	fprintf(out, "- **`%s%s`** %s", before, doc->name, doc->summary);
	reference_end(doc, out);
}

void expr_language_print(const struct expr_language *language, FILE *out)
{
	fputs("\n## Sample fetches\n\n", out);
	for (const struct expr_fetch *const *table = language->fetches; *table != NULL; table++)
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++)
			reference_fetch(row, out);
	fputs("\n## Converters\n\n", out);
	for (const struct expr_converter *const *table = language->converters; *table != NULL;
	     table++)
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++)
			reference_converter(row, out);
	fputs("\n## Matching methods of ACLs\n\n", out);
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++)
		reference_doc(&row->doc, "-m ", out);
	fputs("\n## Predefined ACLs\n\n", out);
	for (const struct acl_predefined *row = acl_predefined; row->doc.name != NULL; row++)
		reference_doc(&row->doc, "", out);
	fputs("\n## Aliases of log formats\n\n", out);
	for (const struct format_alias *const *table = language->aliases; *table != NULL; table++)
		for (const struct format_alias *row = *table; row->doc.name != NULL; row++)
			reference_doc(&row->doc, "%", out);
}
