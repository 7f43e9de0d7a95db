/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_dispatch.c - from words to the row of a command: the longest name
 * the words begin with. Who has mistyped is shown what is near.
 */
#include <stdarg.h>
#include <string.h>

#include "admin/cli_run.h"
#include "diag/report.h"

/*
 * How many of `words` (from `from` on) the name begins with,
 * word by word; *ret_all: all of its own.
 */
static unsigned dispatch_common(const char *name, const struct cli_words *words, unsigned from,
				bool *ret_all)
{
	unsigned common = 0;

	while (from + common < words->count) {
		const char *word = words->word[from + common];
		size_t len = strcspn(name, " ");

		if (strlen(word) != len || memcmp(word, name, len) != 0)
			break;
		common++;
		name += len;
		if (*name == '\0')
			break;
		name++;
	}
	*ret_all = *name == '\0';
	return common;
}

static const struct cli_command *dispatch_find(const struct cli_words *words)
{
	const struct cli_command *best = NULL;
	unsigned longest = 0;
	bool all;

	for (unsigned t = 0; cli_tables[t] != NULL; t++)
		for (const struct cli_command *row = cli_tables[t]; row->doc.name != NULL; row++) {
			unsigned common = dispatch_common(row->doc.name, words, 0, &all);

			if (all && common > longest) {
				best = row;
				longest = common;
			}
		}
	return best;
}

/* ---- help ---- */

enum { COMMANDS_MAX = 128 };

struct command_list {
	const struct cli_command *row[COMMANDS_MAX];
	unsigned count;
};

/* Alphabetically, by insertion. */
static void list_add_row(struct command_list *list, const struct cli_command *row)
{
	unsigned at = list->count;

	if (list->count == COMMANDS_MAX)
		return;
	while (at > 0 && strcmp(list->row[at - 1]->doc.name, row->doc.name) > 0) {
		list->row[at] = list->row[at - 1];
		at--;
	}
	list->row[at] = row;
	list->count++;
}

/* A command that belongs to a mode shows itself there. */
static bool is_shown(const struct cli_run *run, const struct cli_command *row)
{
	return (row->flags & (CLI_HIDDEN | CLI_ABSENT)) == 0 &&
	       ((row->flags & CLI_EXPERT) == 0 || run->session->expert) &&
	       ((row->flags & CLI_EXPERIMENTAL) == 0 || run->session->experimental);
}

static void collect_like(const struct cli_run *run, unsigned from, unsigned words,
			 struct command_list *ret)
{
	bool all;

	for (unsigned t = 0; cli_tables[t] != NULL; t++)
		for (const struct cli_command *row = cli_tables[t]; row->doc.name != NULL; row++)
			if (is_shown(run, row) &&
			    dispatch_common(row->doc.name, &run->words, from, &all) >= words)
				list_add_row(ret, row);
}

/* One whose name resembles the words, letter by letter. */
static void collect_resembling(const struct cli_run *run, unsigned from, struct command_list *ret)
{
	char text[256] = "";

	for (unsigned i = from; i < run->words.count && i < from + 3; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s", len != 0 ? " " : "",
			 cli_word(run, i));
	}
	for (unsigned t = 0; cli_tables[t] != NULL; t++)
		for (const struct cli_command *row = cli_tables[t]; row->doc.name != NULL; row++) {
			const char *const name[] = { row->doc.name, NULL };

			if (is_shown(run, row) && diag_closest(text, name) != NULL)
				list_add_row(ret, row);
		}
}

static void print_row(struct strbuf *out, const struct cli_command *row)
{
	char left[128];

	snprintf(left, sizeof(left), "%s%s%s", row->doc.name, row->arguments != NULL ? " " : "",
		 row->arguments != NULL ? row->arguments : "");
	strbuf_printf(out, "  %-40s: %s\n", left, row->doc.summary);
}

static bool is_always_listed(const struct cli_command *row)
{
	return strcmp(row->doc.name, "help") == 0 || strcmp(row->doc.name, "prompt") == 0 ||
	       strcmp(row->doc.name, "quit") == 0;
}

/* The three that begin and end a talk are last, in any list. */
static void print_list(struct cli_run *run, const struct command_list *list)
{
	struct command_list every = { .count = 0 };

	for (unsigned i = 0; i < list->count; i++)
		if (!is_always_listed(list->row[i]))
			print_row(run->out, list->row[i]);
	collect_like(run, run->words.count, 0, &every);
	for (unsigned i = 0; i < every.count; i++)
		if (is_always_listed(every.row[i]))
			print_row(run->out, every.row[i]);
}

/* The rows that begin with as many of the words as any does, or those that resemble them. */
static void collect_near(const struct cli_run *run, unsigned from, struct command_list *ret)
{
	collect_resembling(run, from, ret);
	for (unsigned words = run->words.count - from; ret->count == 0 && words > 0; words--)
		collect_like(run, from, words, ret);
}

void cli_help(struct cli_run *run, unsigned from)
{
	struct command_list list = { .count = 0 };

	if (run->words.count > from)
		collect_near(run, from, &list);
	if (list.count == 0)
		collect_like(run, from, 0, &list);
	cli_say(run, LOG_LEVEL_INFO, "The following commands are valid at this level:\n");
	print_list(run, &list);
}

static void say_unknown(struct cli_run *run)
{
	struct command_list list = { .count = 0 };
	bool near;

	cli_failed(run, CLI_UNKNOWN);
	if (run->words.count > 0)
		collect_near(run, 0, &list);
	near = list.count != 0;
	if (!near)
		collect_like(run, 0, 0, &list);
	cli_say(run, LOG_LEVEL_INFO,
		near ? "Unknown command, but maybe one of the following ones is a better match:\n"
		     : "Unknown command. Please enter one of the following commands only:\n");
	print_list(run, &list);
}

/* ---- commands ---- */

void cli_dispatch(struct cli_run *run)
{
	const struct cli_command *row = dispatch_find(&run->words);

	if (row == NULL)
		say_unknown(run);
	else if (run->session->level < row->level)
		cli_error(run, "Permission denied\n");
	else if ((row->flags & CLI_EXPERT) != 0 && !run->session->expert)
		cli_error(run, "This command is restricted to expert mode only.\n");
	else if ((row->flags & CLI_EXPERIMENTAL) != 0 && !run->session->experimental)
		cli_error(run, "This command is restricted to experimental mode only.\n");
	else {
		run->command = row;
		row->run(run);
	}
}

void cli_say(struct cli_run *run, enum log_level level, const char *text)
{
	if (level <= LOG_LEVEL_ERR)
		cli_failed(run, CLI_REFUSED);
	if (run->session->severity == CLI_SEVERITY_NUMBER)
		strbuf_printf(run->out, "[%d]: ", (int)level);
	else if (run->session->severity == CLI_SEVERITY_STRING)
		strbuf_printf(run->out, "[%s]: ", log_level_name(level));
	strbuf_puts(run->out, text);
}

void cli_sayf(struct cli_run *run, enum log_level level, const char *format, ...)
{
	va_list args;

	cli_say(run, level, "");
	va_start(args, format);
	strbuf_vprintf(run->out, format, args);
	va_end(args);
}
