/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/master_dispatch.c - words to the row of a command of the master; help. */
#include <string.h>

#include "daemon/master.h"

/* ---- help ---- */

static void put_help(struct strbuf *out, const struct master_command *row)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", row->name, row->arguments != NULL ? " " : "",
		 row->arguments != NULL ? row->arguments : "");
	strbuf_printf(out, "  %-40s: %s\n", name, row->summary);
}

/* Whether the words from `from` on begin the row's. */
static bool begins_like(const struct master_command *row, const struct cli_words *words,
			unsigned from)
{
	const char *at = row->name;

	for (unsigned i = from; i < words->count; i++) {
		size_t len = strlen(words->word[i]);

		if (strncmp(at, words->word[i], len) != 0)
			return false;
		at = strchr(at, ' ');
		if (at == NULL)
			return i + 1 == words->count;
		at++;
	}
	return true;
}

void master_list(struct master_conn *conn, const struct cli_words *words, unsigned from)
{
	bool any = false;

	for (const struct master_command *row = master_commands;
	     row->name != NULL && words->count > from; row++)
		any |= begins_like(row, words, from) && row->run != NULL;
	for (const struct master_command *row = master_commands; row->name != NULL; row++)
		if (row->level <= conn->session.level && (!any || begins_like(row, words, from)))
			put_help(&conn->out, row);
}

/* Words behind a whole name are its arguments. */
static const struct master_command *find_command(const struct cli_words *words)
{
	for (const struct master_command *row = master_commands; row->name != NULL; row++) {
		const char *at = row->name;
		unsigned i = 0;
		size_t len;

		for (; *at != '\0' && i < words->count; i++, at += len + (at[len] == ' ')) {
			len = strcspn(at, " ");
			if (len == 0 || strlen(words->word[i]) != len ||
			    memcmp(words->word[i], at, len) != 0)
				break;
		}
		if (row->run != NULL && *at == '\0')
			return row;
	}
	return NULL;
}

static void say_unknown(struct master_conn *conn, struct cli_words *words)
{
	strbuf_puts(&conn->out, words->count == 0
					? "Unknown command. Please enter one of the following "
					  "commands only:\n"
					: "Unknown command, but maybe one of the following ones is "
					  "a better match:\n");
	words->count = words->count != 0; /* what begins with the first word may be meant */
	master_list(conn, words, 0);
}

bool master_is_of_session(const char *text)
{
	size_t len = strcspn(text, " \t");

	for (const struct master_command *row = master_commands; row->name != NULL; row++)
		if ((row->flags & MASTER_SESSION) != 0 && strlen(row->name) == len &&
		    memcmp(row->name, text, len) == 0)
			return true;
	return false;
}

void master_run(struct master_conn *conn, char *text)
{
	const struct master_command *row;
	struct cli_words words;
	unsigned flags = 0;

	if (!cli_line_next(&text, &words))
		return;
	row = find_command(&words);
	if (row == NULL) {
		say_unknown(conn, &words);
	} else if (row->level > conn->session.level) {
		strbuf_puts(&conn->out, "Permission denied\n");
	} else {
		flags = row->flags;
		row->run(conn, &words);
	}
	if ((flags & MASTER_LATER) != 0)
		return;
	if ((flags & MASTER_SESSION) == 0)
		strbuf_puts(&conn->out, "\n");
	master_prompt(conn, &conn->out);
}
