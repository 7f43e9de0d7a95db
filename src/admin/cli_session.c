/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_session.c - commands about the talk itself: its mode, its level, its end. */
#include <string.h>

#include "admin/cli_commands.h"
#include "base/arena.h"
#include "conf/keyword.h"

static void session_help(struct cli_run *run)
{
	cli_help(run, 1);
}

static void session_quit(struct cli_run *run)
{
	run->quit = true;
}

static void session_tell_status(struct cli_run *run)
{
	run->session->tells_status = true;
}

static void session_prompt(struct cli_run *run)
{
	run->session->prompt = !run->session->prompt;
}

static void session_operator(struct cli_run *run)
{
	run->session->level = CLI_OPERATOR;
}

static void session_user(struct cli_run *run)
{
	run->session->level = CLI_USER;
}

static const char *const session_levels[] = {
	[CLI_USER] = "user",
	[CLI_OPERATOR] = "operator",
	[CLI_ADMIN] = "admin",
};

static void session_show_level(struct cli_run *run)
{
	strbuf_printf(run->out, "%s\n", session_levels[run->session->level]);
}

/* "unix@/run/admin.sock", "ipv4@127.0.0.1:9999": as HAProxy writes them, with their family. */
static void session_print_socket(struct strbuf *out, const struct bind_conf *bind)
{
	const struct net_address *address = &bind->listener.address;
	char text[NET_ADDRESS_TEXT];
	const char *family = "";

	net_address_text(address, text);
	switch (address->fd >= 0 ? AF_UNSPEC : address->storage.ss_family) {
	case AF_UNIX:
		family = text[0] == '@' ? "abns" : "unix@";
		break;
	case AF_INET:
		family = "ipv4@";
		break;
	case AF_INET6:
		family = "ipv6@";
		break;
	}
	strbuf_printf(out, "%s%s %s all\n", family, text, session_levels[bind->level]);
}

static void session_show_sockets(struct cli_run *run)
{
	strbuf_puts(run->out, "# socket lvl processes\n");
	for (const struct bind_conf *bind = run->proxy->conf->global.cli->front.binds; bind != NULL;
	     bind = bind->next)
		session_print_socket(run->out, bind);
}

/* A switch that says how it stands when it is given no word. */
static void session_switch(struct cli_run *run, bool *mode)
{
	const char *word = cli_word(run, 1);

	if (*word == '\0')
		cli_sayf(run, LOG_LEVEL_INFO, "%s is %s\n", cli_word(run, 0), *mode ? "ON" : "OFF");
	else
		*mode = strcmp(word, "on") == 0;
}

static void session_expert(struct cli_run *run)
{
	session_switch(run, &run->session->expert);
}

static void session_experimental(struct cli_run *run)
{
	session_switch(run, &run->session->experimental);
}

bool cli_read_delay(const char *text, const char *unit, uint32_t *ret_ms)
{
	struct conf_parse parse = { .arena = arena_new(), .report = diag_report_new() };
	bool bare = text[strspn(text, "0123456789")] == '\0';
	const struct conf_word word = {
		.text = bare ? arena_printf(parse.arena, "%s%s", text, unit) : text };
	bool good = conf_read_duration(&parse, &word, ret_ms);

	diag_report_free(parse.report);
	arena_free(parse.arena);
	return good;
}

static void session_set_timeout(struct cli_run *run)
{
	uint32_t ms;

	if (strcmp(cli_word(run, 2), "cli") != 0) {
		cli_error(run, "'set timeout' only supports 'cli'.\n");
	} else if (*cli_word(run, 3) == '\0') {
		cli_error(run, "Expects an integer value.\n");
	} else if (!cli_read_delay(cli_word(run, 3), "s", &ms) || ms == 0) {
		cli_error(run, "Invalid timeout value.\n");
	} else {
		run->session->timeout_ms = ms;
	}
}

static void session_set_severity(struct cli_run *run)
{
	static const char *const words[] = {
		[CLI_SEVERITY_NONE] = "none",
		[CLI_SEVERITY_NUMBER] = "number",
		[CLI_SEVERITY_STRING] = "string",
	};

	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(cli_word(run, 2), words[i]) == 0) {
			run->session->severity = (enum cli_severity)i;
			return;
		}
	cli_error(run, "one of 'none', 'number', 'string' is a required argument\n");
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_session[] = {
	{ .doc = { .name = "_status", .since = "0.5",
		   .summary =
			   "End the connection with a byte NUL and a digit: how its commands went.",
		   .example = "_status" },
	  .flags = CLI_HIDDEN, .run = session_tell_status },
	{ DOC("experimental-mode", "Show or switch whether commands that may change are taken.",
	      "experimental-mode on"),
	  .arguments = "[on|off]", .level = CLI_ADMIN, .run = session_experimental },
	{ DOC("expert-mode", "Show or switch whether dangerous commands are taken.",
	      "expert-mode on"),
	  .arguments = "[on|off]", .level = CLI_ADMIN, .run = session_expert },
	{ DOC("help", "List all commands, or those that begin with these words.", "help show"),
	  .arguments = "[<command>]", .run = session_help },
	{ DOC("operator", "Give up the rights of an administrator.", "operator"),
	  .level = CLI_OPERATOR, .run = session_operator },
	{ DOC("prompt", "Begin or end the interactive mode.", "prompt"), .run = session_prompt },
	{ DOC("quit", "End the connection.", "quit"), .run = session_quit },
	{ DOC("set severity-output", "Whether messages begin with their level.",
	      "set severity-output number"),
	  .arguments = "none|number|string", .run = session_set_severity },
	{ DOC("set timeout", "How long this connection may be idle.", "set timeout cli 5m"),
	  .arguments = "cli <delay>", .run = session_set_timeout },
	{ DOC("show cli level", "What this connection may do.", "show cli level"),
	  .run = session_show_level },
	{ DOC("show cli sockets", "The stats sockets with their levels.", "show cli sockets"),
	  .run = session_show_sockets },
	{ DOC("user", "Give up all rights but those of a reader.", "user"), .run = session_user },
	CLI_COMMANDS_END,
};
