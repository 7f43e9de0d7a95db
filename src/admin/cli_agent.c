/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_agent.c - commands about agent checks. */
#include <string.h>

#include "admin/cli_commands.h"
#include "admin/cli_server.h"

/* In HAProxy's words, which end without a full stop for two of them. */
bool cli_server_set_agent(struct cli_run *run, struct server *server)
{
	const char *word = cli_word(run, 3);

	if (strcmp(word, "agent-addr") == 0 && *cli_word(run, 4) == '\0')
		cli_error(run, "set server <b>/<s> agent-addr requires an address and optionally a "
			       "port.\n");
	else if (strcmp(word, "agent-port") == 0 && *cli_word(run, 4) == '\0')
		cli_error(run, "set server <b>/<s> agent-port requires a port.\n");
	else if (strcmp(word, "agent-addr") == 0 || strcmp(word, "agent-port") == 0)
		cli_error(run, "agent checks are not enabled on this server");
	else if (strcmp(word, "agent") == 0 || strcmp(word, "agent-send") == 0)
		cli_error(run, "agent checks are not enabled on this server.\n");
	else
		return false;
	return true;
}

static void agent_enable(struct cli_run *run)
{
	if (cli_server_named(run, cli_word(run, 2)) != NULL)
		cli_error(run, "Agent was not configured on this server, cannot enable.\n");
}

static void agent_disable(struct cli_run *run)
{
	cli_server_named(run, cli_word(run, 2));
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_agent[] = {
	{ DOC("disable agent", "Ask a server's agent no more.", "disable agent web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = agent_disable },
	{ DOC("enable agent", "Ask a server's agent again.", "enable agent web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = agent_enable },
	CLI_COMMANDS_END,
};
