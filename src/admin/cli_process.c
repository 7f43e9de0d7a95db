/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_process.c - commands about the process as a whole. */
#include <string.h>
#include <unistd.h>

#include "admin/cli_commands.h"
#include "admin/cli_info.h"
#include "admin/cli_private.h"

static void process_show_version(struct cli_run *run)
{
	strbuf_puts(run->out, HAPROXY_LEVEL "-relevo" RELEVO_VERSION "\n");
}

static void process_show_info(struct cli_run *run)
{
	struct info_answer_options options = { .typed = false };

	for (unsigned i = 2; i < run->words.count; i++) {
		const char *word = cli_word(run, i);

		options.typed |= strcmp(word, "typed") == 0;
		options.json |= strcmp(word, "json") == 0;
		options.describe |= strcmp(word, "desc") == 0;
		options.with_fractions |= strcmp(word, "float") == 0;
	}
	info_print(run->proxy, &run->cli->info, &options, run->out);
}

static void process_show_env(struct cli_run *run)
{
	const char *name = cli_word(run, 2);
	size_t len = strlen(name);
	bool found = false;

	for (char *const *at = environ; *at != NULL; at++) {
		if (len != 0 && (strncmp(*at, name, len) != 0 || (*at)[len] != '='))
			continue;
		strbuf_printf(run->out, "%s\n", *at);
		found = true;
	}
	if (len != 0 && !found)
		cli_error(run, "Variable not found\n");
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_process[] = {
	{ DOC("show env", "The environment, or one variable of it.", "show env PATH"),
	  .arguments = "[var]", .level = CLI_OPERATOR, .run = process_show_env },
	{ DOC("show info", "What there is to know of the process.", "show info typed"),
	  .arguments = "[desc|json|typed|float]*", .run = process_show_info },
	{ DOC("show version", "The version.", "show version"), .run = process_show_version },
	CLI_COMMANDS_END,
};
