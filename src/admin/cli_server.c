/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_server.c - commands that change a server: its state, weight,
 * address, limits and checks (management manual 9.3 "set server" and the like).
 */
#include <arpa/inet.h>
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "admin/cli_server.h"
#include "proxy/server_admin.h"
#include "proxy/server_request.h"
#include "proxy/worker.h"

/* ---- weight ---- */

static void server_tell(struct cli_run *run, const char *why)
{
	if (why != NULL)
		cli_error(run, why);
}

static void server_get_weight(struct cli_run *run)
{
	const struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL)
		strbuf_printf(run->out, "%u (initial %u)\n", (unsigned)server->lb.uweight,
			      (unsigned)server->conf->weight);
}

static void server_set_weight_old(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL)
		server_tell(run, server_request_weight(run->worker, server, cli_word(run, 3)));
}

/* ---- state ---- */

static void server_ready(struct cli_run *run, struct server *server)
{
	server_admin_change(run->worker, server, 0,
			    SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_FORCED_DRAIN, "");
}

static void server_maintain(struct cli_run *run, struct server *server)
{
	server_admin_change(run->worker, server, SERVER_ADMIN_FORCED_MAINT,
			    SERVER_ADMIN_FORCED_DRAIN, "");
}

static void server_set_state(struct cli_run *run, struct server *server)
{
	const char *word = cli_word(run, 4);

	if (strcmp(word, "ready") == 0)
		server_ready(run, server);
	else if (strcmp(word, "drain") == 0)
		server_admin_change(run->worker, server, SERVER_ADMIN_FORCED_DRAIN,
				    SERVER_ADMIN_FORCED_MAINT, "");
	else if (strcmp(word, "maint") == 0)
		server_maintain(run, server);
	else
		cli_error(run, "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n");
}

static void server_enable(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL)
		server_ready(run, server);
}

static void server_disable(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL)
		server_maintain(run, server);
}

static void server_set_weight_word(struct cli_run *run, struct server *server)
{
	server_tell(run, server_request_weight(run->worker, server, cli_word(run, 4)));
}

/* ---- address ---- */

bool cli_read_ip(const char *text, struct net_address *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->storage;

	*ret = (struct net_address){ .fd = -1 };
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		ret->len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		ret->len = sizeof(*v6);
	}
	return ret->len != 0;
}

static char *server_ip_text(const struct net_address *address, char text[NET_ADDRESS_TEXT])
{
	struct net_address copy = *address;

	if (copy.storage.ss_family != AF_UNIX)
		net_address_set_port(&copy, 0);
	return net_address_text(&copy, text);
}

/* Says what is new; false: nothing, or the port cannot be read. */
static bool server_tell_address(struct cli_run *run, const struct net_address *old,
				struct net_address *new, const char *port_word)
{
	char from[NET_ADDRESS_TEXT], to[NET_ADDRESS_TEXT];
	bool moved = strcmp(server_ip_text(old, from), server_ip_text(new, to)) != 0;
	uint16_t old_port = net_address_port(old);
	int64_t port;

	cli_say(run, LOG_LEVEL_WARNING, "");
	if (moved)
		strbuf_printf(run->out, "IP changed from '%s' to '%s'", from, to);
	else
		strbuf_puts(run->out, "no need to change the addr");
	if (port_word == NULL)
		return moved;
	strbuf_puts(run->out, ", ");
	if (!cli_read_number(port_word, &port) || port < 0 || port > UINT16_MAX) {
		cli_failed(run, CLI_REFUSED);
		strbuf_printf(run->out, "problem converting port '%s' to an int", port_word);
		return false;
	}
	net_address_set_port(new, (uint16_t)port);
	if (port == old_port)
		strbuf_puts(run->out, "no need to change the port");
	else
		strbuf_printf(run->out, "port changed from '%u' to '%u'", old_port, (unsigned)port);
	return moved || port != old_port;
}

static void server_log_address(struct cli_run *run, const struct server *server,
			       const struct net_address *address)
{
	const struct section *section = server->backend->section;
	char text[NET_ADDRESS_TEXT];

	log_printf(run->worker->log, &section->log, LOG_LEVEL_NOTICE,
		   "Server %s/%s is at %s now, changed from CLI.", section->name,
		   server->conf->name, net_address_text(address, text));
}

static void server_set_addr(struct cli_run *run, struct server *server)
{
	const struct net_address *old = server_address_of(server);
	bool has_port = strcmp(cli_word(run, 5), "port") == 0;
	struct net_address address;

	if (*cli_word(run, 4) == '\0') {
		cli_error(run,
			  "set server <b>/<s> addr requires an address and optionally a port.\n");
		return;
	}
	if (!cli_read_ip(cli_word(run, 4), &address)) {
		cli_failed(run, CLI_REFUSED);
		cli_sayf(run, LOG_LEVEL_WARNING, "Invalid addr '%s'", cli_word(run, 4));
	} else {
		net_address_set_port(&address, net_address_port(old));
		if (server_tell_address(run, old, &address, has_port ? cli_word(run, 6) : NULL)) {
			if (server_set_address(server, &address) < 0) {
				cli_failed(run, CLI_REFUSED);
				strbuf_puts(run->out, ", but there is no memory for it");
			} else {
				server_log_address(run, server, &address);
			}
		}
	}
	strbuf_puts(run->out, " by 'stats socket command'\n");
}

/* ---- checks ---- */

static void server_set_check_addr(struct cli_run *run, struct server *server)
{
	struct net_address address;
	int64_t port = 0;

	if (*cli_word(run, 4) == '\0') {
		cli_error(run, "set server <b>/<s> check-addr requires an address and optionally a "
			       "port.\n");
	} else if (!server->checked) {
		cli_error(run, "health checks are not enabled on this server");
	} else if (!cli_read_ip(cli_word(run, 4), &address)) {
		cli_sayf(run, LOG_LEVEL_ERR, "invalid addr '%s'", cli_word(run, 4));
	} else if (strcmp(cli_word(run, 5), "port") == 0 &&
		   (!cli_read_number(cli_word(run, 6), &port) || port < 0 || port > UINT16_MAX)) {
		cli_error(run, "provided port is not an integer");
	} else {
		if (port != 0)
			server_set_check_port(server, (uint16_t)port);
		server_set_check_address(server, &address);
	}
}

static void server_set_check_port_word(struct cli_run *run, struct server *server)
{
	int64_t port;

	if (*cli_word(run, 4) == '\0')
		cli_error(run, "set server <b>/<s> check-port requires a port.\n");
	else if (!server->checked)
		cli_error(run, "health checks are not enabled on this server");
	else if (!cli_read_number(cli_word(run, 4), &port))
		cli_error(run, "provided port is not an integer");
	else if (port < 0 || port > UINT16_MAX)
		cli_error(run, "provided port is invalid");
	else
		server_set_check_port(server, (uint16_t)port);
}

static void server_enable_health(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server == NULL)
		return;
	if (!server->checked)
		cli_error(run, "Health check was not configured on this server, cannot enable.\n");
	else
		server_set_checking(server, true);
}

static void server_disable_health(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server != NULL)
		server_set_checking(server, false);
}

/* ---- what a check says, said by hand: in the server's home ---- */

enum { FORCED_UP, FORCED_STOPPING, FORCED_DOWN };

static void server_force_health(struct worker *worker, struct cli_ask *ask)
{
	struct server *server = (struct server *)ask->about;

	server_force_check(server, ask->number[0] != FORCED_DOWN,
			   ask->number[0] == FORCED_STOPPING, ", changed from CLI");
}

static bool server_health_done(struct cli_run *run)
{
	return false; /* and nothing is said, as HAProxy says nothing */
}

static void server_set_health(struct cli_run *run, struct server *server)
{
	static const char *const words[] = {
		[FORCED_UP] = "up",
		[FORCED_STOPPING] = "stopping",
		[FORCED_DOWN] = "down",
	};

	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		const uint64_t number[4] = { i };

		if (strcmp(cli_word(run, 4), words[i]) != 0)
			continue;
		if (cli_ask(run, server->home, server_force_health, server, number) == NULL)
			cli_error(run, "Out of memory.\n");
		else
			run->more = server_health_done;
		return;
	}
	cli_error(run, "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n");
}

/* ---- set server ---- */

static void server_set_ssl(struct cli_run *run, struct server *server)
{
	cli_error(run, "'set server <srv> ssl' cannot be set. "
		       " default-server should define ssl settings\n");
}

static const struct server_word {
	const char *word;
	void (*set)(struct cli_run *run, struct server *server);
} server_words[] = {
	{ "addr", server_set_addr },
	{ "check-addr", server_set_check_addr },
	{ "check-port", server_set_check_port_word },
	{ "fqdn", cli_server_set_fqdn },
	{ "health", server_set_health },
	{ "ssl", server_set_ssl },
	{ "state", server_set_state },
	{ "weight", server_set_weight_word },
};

static void server_set(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 2));

	if (server == NULL)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(server_words); i++)
		if (strcmp(cli_word(run, 3), server_words[i].word) == 0) {
			server_words[i].set(run, server);
			return;
		}
	if (cli_server_set_agent(run, server))
		return;
	cli_error(run,
		  "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port "
		       "| agent-send | check-addr | check-port | fqdn | health | ssl | state | "
		       "weight\n");
}

static void server_set_maxconn_word(struct cli_run *run)
{
	struct server *server = cli_server_named(run, cli_word(run, 3));

	if (server != NULL)
		server_tell(run, server_request_maxconn(server, cli_word(run, 4)));
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_server[] = {
	{ DOC("disable health", "Check a server no more.", "disable health web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = server_disable_health },
	{ DOC("disable server", "Put a server into maintenance.", "disable server web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = server_disable },
	{ DOC("enable health", "Check a server again.", "enable health web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = server_enable_health },
	{ DOC("enable server", "End a server's maintenance.", "enable server web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = server_enable },
	{ DOC("get weight", "A server's weight, and the configured one.", "get weight web/w1"),
	  .arguments = "<bk>/<srv>", .run = server_get_weight },
	{ DOC("set maxconn server", "How many streams a server may have at one time.",
	      "set maxconn server web/w1 100"),
	  .arguments = "<bk>/<srv> <n>", .level = CLI_ADMIN, .run = server_set_maxconn_word },
	{ DOC("set server", "Change a server's state, weight, address or checks.",
	      "set server web/w1 state drain"),
	  .arguments = "<bk>/<srv> [opts]", .level = CLI_ADMIN, .run = server_set },
	{ DOC("set weight", "Change a server's weight.", "set weight web/w1 50%"),
	  .arguments = "<bk>/<srv> <w>", .level = CLI_ADMIN, .run = server_set_weight_old },
	CLI_COMMANDS_END,
};
