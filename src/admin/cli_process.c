/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_process.c - commands about the process as a whole. */
#include <inttypes.h>
#include <link.h>
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

/* From the first byte that is mapped of it to the last. */
static int process_print_lib(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *name = *info->dlpi_name != '\0' ? info->dlpi_name : "relevo";
	uintptr_t from = UINTPTR_MAX, to = 0;

	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD)
			continue;
		from = begin < from ? begin : from;
		to = begin + header->p_memsz > to ? begin + header->p_memsz : to;
	}
	if (from < to)
		strbuf_printf(context,
			      "0x%012" PRIxPTR "-0x%012" PRIxPTR " (0x%07" PRIxPTR ") %s\n", from,
			      to - 1, to - from, name);
	return 0;
}

static void process_show_libs(struct cli_run *run)
{
	dl_iterate_phdr(process_print_lib, run->out);
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_process[] = {
	{ DOC("show env", "The environment, or one variable of it.", "show env PATH"),
	  .arguments = "[var]", .level = CLI_OPERATOR, .run = process_show_env },
	{ DOC("show info", "What there is to know of the process.", "show info typed"),
	  .arguments = "[desc|json|typed|float]*", .run = process_show_info },
	{ .doc = { .name = "show libs", .since = "0.5",
		   .summary = "The program and its libraries, with their addresses.",
		   .example = "show libs" },
	  .level = CLI_OPERATOR, .run = process_show_libs },
	{ DOC("show version", "The version.", "show version"), .run = process_show_version },
	CLI_COMMANDS_END,
};
