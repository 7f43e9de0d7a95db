/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_agent.c - commands about agent checks. */
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "admin/cli_server.h"
#include "proxy/server_agent.h"

/* ---- set server: the words without a full stop are HAProxy's ---- */

enum { AGENT_UP, AGENT_DOWN };

static void agent_force(struct worker *worker, struct cli_ask *ask)
{
	server_agent_force((struct server *)ask->about, ask->number[0] == AGENT_UP);
}

static bool agent_forced(struct cli_run *run)
{
	return false; /* and nothing is said */
}

static void agent_set_state(struct cli_run *run, struct server *server)
{
	const char *word = cli_word(run, 4);
	const uint64_t number[4] = { strcmp(word, "up") == 0 ? AGENT_UP : AGENT_DOWN };

	if (!server_agent_asked(server))
		cli_error(run, "agent checks are not enabled on this server.\n");
	else if (strcmp(word, "up") != 0 && strcmp(word, "down") != 0)
		cli_error(run, "'set server <srv> agent' expects 'up' or 'down'.\n");
	else if (cli_ask(run, server->home, agent_force, server, number) == NULL)
		cli_error(run, "Out of memory.\n");
	else
		run->more = agent_forced;
}

/* False after an error. */
static bool agent_read_port(struct cli_run *run, const char *word, uint16_t *ret)
{
	int64_t port;

	if (!cli_read_number(word, &port))
		cli_error(run, "provided port is not an integer");
	else if (port < 0 || port > UINT16_MAX)
		cli_error(run, "provided port is invalid");
	else {
		*ret = (uint16_t)port;
		return true;
	}
	return false;
}

static void agent_set_addr(struct cli_run *run, struct server *server)
{
	bool has_port = strcmp(cli_word(run, 5), "port") == 0;
	struct net_address address;
	uint16_t port = 0;

	if (*cli_word(run, 4) == '\0')
		cli_error(run, "set server <b>/<s> agent-addr requires an address and optionally a "
			       "port.\n");
	else if (!server_agent_asked(server))
		cli_error(run, "agent checks are not enabled on this server");
	else if (!cli_read_ip(cli_word(run, 4), &address))
		cli_sayf(run, LOG_LEVEL_ERR, "invalid addr '%s'", cli_word(run, 4));
	else if (!has_port || agent_read_port(run, cli_word(run, 6), &port)) {
		server_agent_set_address(server, &address);
		if (port != 0)
			server_agent_set_port(server, port);
	}
}

static void agent_set_port(struct cli_run *run, struct server *server)
{
	uint16_t port;

	if (*cli_word(run, 4) == '\0')
		cli_error(run, "set server <b>/<s> agent-port requires a port.\n");
	else if (!server_agent_asked(server))
		cli_error(run, "agent checks are not enabled on this server");
	else if (agent_read_port(run, cli_word(run, 4), &port))
		server_agent_set_port(server, port);
}

static void agent_set_send(struct cli_run *run, struct server *server)
{
	if (!server_agent_asked(server))
		cli_error(run, "agent checks are not enabled on this server.\n");
	else if (server_agent_set_send(server, cli_word(run, 4)) < 0)
		cli_error(run, "cannot allocate memory for new string.\n");
}

bool cli_server_set_agent(struct cli_run *run, struct server *server)
{
	static const struct {
		const char *word;
		void (*set)(struct cli_run *run, struct server *server);
	} words[] = {
		{ "agent", agent_set_state },
		{ "agent-addr", agent_set_addr },
		{ "agent-port", agent_set_port },
		{ "agent-send", agent_set_send },
	};

	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(cli_word(run, 3), words[i].word) == 0) {
			words[i].set(run, server);
			return true;
		}
	return false;
}

/* ---- enable and disable ---- */

static void agent_enable(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server == NULL)
		return;
	if (server->agent == NULL)
		cli_error(run, "Agent was not configured on this server, cannot enable.\n");
	else
		server_agent_enable(server, true);
}

static void agent_disable(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL && server->agent != NULL)
		server_agent_enable(server, false);
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
