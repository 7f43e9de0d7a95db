/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_reference.c - the commands of the runtime API as a manual, and as a list of words. */
#include "admin/cli.h"

#include "admin/cli_run.h"

static const char *const level_names[] = {
	[CLI_USER] = "user", [CLI_OPERATOR] = "operator", [CLI_ADMIN] = "admin",
};

static void print_command(const struct cli_command *row, FILE *out)
{
	fprintf(out, "- **`%s%s%s`** %s From level %s on.%s\n  Example: `%s`. Since %s.\n",
		row->doc.name, row->arguments != NULL ? " " : "",
		row->arguments != NULL ? row->arguments : "", row->doc.summary,
		level_names[row->level],
		(row->flags & CLI_EXPERT) != 0	       ? " In expert mode only."
		: (row->flags & CLI_EXPERIMENTAL) != 0 ? " In experimental mode only."
						       : "",
		row->doc.example, row->doc.since);
}

void admin_cli_print_reference(FILE *out)
{
	for (unsigned t = 0; cli_tables[t] != NULL; t++)
		for (const struct cli_command *row = cli_tables[t]; row->doc.name != NULL; row++)
			if ((row->flags & CLI_ABSENT) == 0)
				print_command(row, out);
}

void admin_cli_list(FILE *out)
{
	for (unsigned t = 0; cli_tables[t] != NULL; t++)
		for (const struct cli_command *row = cli_tables[t]; row->doc.name != NULL; row++)
			if ((row->flags & CLI_ABSENT) == 0)
				fprintf(out, "%s%s%s\n", row->doc.name,
					row->arguments != NULL ? " " : "",
				row->arguments != NULL ? row->arguments : "");
}
