/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_servers.c - lists of backends and servers (management manual 9.3
 * "show servers state" and the like). Version 1 of the state is what HAProxy
 * reads from a server-state-file, and writes: a column is never moved.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include "admin/cli_commands.h"
#include "proxy/server_admin.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"
#include "proxy/server_name.h"
#include "proxy/server_state.h"

/* A walk over servers, of one backend or of all, in pieces. */
struct servers_walk {
	unsigned part, server;
	const struct backend *only;	/* NULL: all */
	void (*print)(struct strbuf *out, const struct server *server);
};

enum { SERVERS_PIECE = 16384 };

static bool servers_more(struct cli_run *run)
{
	struct servers_walk *walk = run->state;
	size_t limit = run->out->len + SERVERS_PIECE;

	struct proxy_part part;

	for (; walk->part < proxy_part_end(run->proxy); walk->part++, walk->server = 0) {
		struct backend *backend =
			proxy_part_at(run->proxy, walk->part, &part) ? part.backend : NULL;

		if (backend == NULL || (walk->only != NULL && walk->only != backend))
			continue;
		while (walk->server < backend_servers(backend)->count) {
			if (run->out->len >= limit)
				return true;
			pthread_mutex_lock(&backend->lock); /* checks are filled anew under it */
			walk->print(run->out, backend_servers(backend)->at[walk->server++]);
			pthread_mutex_unlock(&backend->lock);
		}
	}
	return false;
}

static void servers_end(struct cli_run *run)
{
	free(run->state);
}

static void servers_walk(struct cli_run *run, const char *head,
			 void (*print)(struct strbuf *out, const struct server *server))
{
	const char *name = cli_word(run, 3);
	struct servers_walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL)
		return;
	run->state = walk;
	run->end = servers_end;
	walk->print = print;
	if (*name != '\0') {
		walk->only = cli_backend_find(run->proxy, name);
		if (walk->only == NULL) {
			cli_error(run, "Can't find backend.\n");
			return;
		}
	}
	strbuf_puts(run->out, head);
	run->more = servers_more;
}

/* ---- state ---- */

/* HAProxy's numbers of what a check found. */
static const uint8_t servers_check_numbers[HEALTH_CODES] = {
	[HEALTH_UNKNOWN] = 0, [HEALTH_INI] = 1,	     [HEALTH_HANA] = 4,	   [HEALTH_SOCKERR] = 5,
	[HEALTH_L4OK] = 6,    [HEALTH_L4TOUT] = 7,   [HEALTH_L4CON] = 8,   [HEALTH_L6OK] = 9,
	[HEALTH_L6TOUT] = 10, [HEALTH_L6RSP] = 11,   [HEALTH_L7TOUT] = 12, [HEALTH_L7RSP] = 13,
	[HEALTH_L7OK] = 15,   [HEALTH_L7OKC] = 16,   [HEALTH_L7STS] = 17,  [HEALTH_PROCERR] = 18,
	[HEALTH_PROCTOUT] = 19, [HEALTH_PROCOK] = 20, [HEALTH_CHECKED] = 3,
};

enum { RESULT_UNKNOWN, RESULT_FAILED = 2, RESULT_PASSED, RESULT_CONDITIONAL };
enum { OP_STOPPED, OP_STARTING, OP_RUNNING, OP_STOPPING };

static unsigned servers_check_result(const struct server *server, enum health_code code)
{
	if (!server->checked || code <= HEALTH_INI)
		return RESULT_UNKNOWN;
	if (code == HEALTH_L7OKC)
		return RESULT_CONDITIONAL;
	return health_code_is_good(code) ? RESULT_PASSED : RESULT_FAILED;
}

static unsigned servers_operational(const struct server *server)
{
	if (server->state != SERVER_UP)
		return OP_STOPPED;
	if (server->stopping)
		return OP_STOPPING;
	if (server->lb.weight < server->lb.uweight * SERVER_WEIGHT_SCALE)
		return OP_STARTING;
	return OP_RUNNING;
}

static unsigned servers_health(const struct server *server)
{
	if (server->state == SERVER_MAINT)
		return 0;
	if (!server->checked)
		return (unsigned)server->conf->rise;
	return health_level((uint32_t)server->conf->rise, (uint32_t)server->conf->fall,
			    server->seen.up, server->seen.streak);
}

static unsigned servers_check_state(const struct server *server)
{
	unsigned state = 0;

	if (server->checked)
		state |= SAVED_CONFIGURED | (server->check_stopped ? 0 : SAVED_ENABLED);
	if (server->checked ? server_in_maintenance(server)
			    : (server->admin & SERVER_ADMIN_CONFIG_MAINT) != 0)
		state |= SAVED_PAUSED;
	return state;
}

static unsigned servers_agent_state(const struct server *server)
{
	if (server->agent == NULL)
		return 0;
	return SAVED_CONFIGURED | SAVED_AGENT | (server_agent_asked(server) ? SAVED_ENABLED : 0);
}

/* "10.0.0.1", "::1", or a path; "-" when there is none. */
static const char *servers_ip(const struct net_address *address, char text[NET_ADDRESS_TEXT])
{
	struct net_address copy = *address;

	if (copy.len == 0)
		return "-";
	if (copy.storage.ss_family != AF_UNIX)
		net_address_set_port(&copy, 0);
	return net_address_text(&copy, text);
}

/* The name it has today, or "-". */
static const char *servers_name(const struct server *server)
{
	const struct server_name *one = server->naming;

	if (one != NULL)
		return one->fqdn[0] != '\0' ? one->fqdn : "-";
	return server->conf->naming.name != NULL ? server->conf->naming.name : "-";
}

static const char *servers_service(const struct server *server)
{
	const struct server_naming *naming = &server->conf->naming;

	return server->naming != NULL && naming->service ? naming->name : "-";
}

static unsigned servers_port(const struct server *server)
{
	return server->naming != NULL ? server->naming->port
				      : net_address_port(server_address_of(server));
}

static void servers_print_state(struct strbuf *out, const struct server *server)
{
	const struct section *section = server->backend->section;
	const struct server_conf *conf = server->conf;
	const struct net_address *address = server_address_of(server);
	enum health_code code = (enum health_code)server->seen.code;
	const struct server_agent *agent = server->agent;
	char ip[NET_ADDRESS_TEXT], check_ip[NET_ADDRESS_TEXT], agent_ip[NET_ADDRESS_TEXT];
	uint64_t since_s =
		moment_since((struct moment){ server->changed_us }, moment_now()) / 1000000;

	strbuf_printf(out,
		      "%d %s %d %s %s %u %u %u %u %u %u %u %u %u %u %d %d %s %u %s 0 %u %s %s %u\n",
		      (int)section->id, section->name, (int)conf->id, conf->name,
		      servers_ip(address, ip), servers_operational(server),
		      (unsigned)server->admin, (unsigned)server->lb.uweight, (unsigned)conf->weight,
		      (unsigned)since_s,
		      servers_check_numbers[code == HEALTH_UNKNOWN ? HEALTH_INI : code],
		      servers_check_result(server, code), servers_health(server),
		      servers_check_state(server), servers_agent_state(server), section->id_given,
		      conf->id_given,
		      servers_name(server), servers_port(server), servers_service(server),
		      (unsigned)server->check_port, servers_ip(&server->check_address, check_ip),
		      agent == NULL ? "-" : servers_ip(&agent->address, agent_ip),
		      agent == NULL ? 0 : (unsigned)agent->port);
}

static void servers_show_state(struct cli_run *run)
{
	servers_walk(run,
		     "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state "
		     "srv_uweight srv_iweight srv_time_since_last_change srv_check_status "
		     "srv_check_result srv_check_health srv_check_state srv_agent_state "
		     "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl "
		     "srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n",
		     servers_print_state);
}

/* ---- connections ---- */

static void servers_print_connections(struct strbuf *out, const struct server *server)
{
	const struct section *section = server->backend->section;
	const struct net_address *address = server_address_of(server);
	unsigned used = server->lb.active;
	char ip[NET_ADDRESS_TEXT];

	strbuf_printf(out, "%s/%s %d/%d %s %u - %u %u %u %u 0 %u %d %u", section->name,
		      server->conf->name, (int)section->id, (int)server->conf->id,
		      servers_ip(address, ip), net_address_port(address),
		      server->conf->pool_purge_delay_ms, used, (unsigned)server->max_active, used,
		      server_idle_connections(server), (int)server->conf->pool_max_conn,
		      server_idle_connections(server));
	for (unsigned i = 0; i < server->backend->proxy->threads; i++)
		strbuf_printf(out, " %u", pool_count(&server->pools[i]));
	strbuf_puts(out, "\n");
}

static void servers_show_connections(struct cli_run *run)
{
	char head[256];

	snprintf(head, sizeof(head),
		 "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est "
		 "unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[%u]\n",
		 run->proxy->threads);
	servers_walk(run, head, servers_print_connections);
}

/* ---- backends ---- */

static void servers_show_backends(struct cli_run *run)
{
	struct proxy_part part;

	strbuf_puts(run->out, "# name\n");
	for (unsigned at = 0; proxy_part_next(run->proxy, &at, &part);)
		if (part.backend != NULL)
			strbuf_printf(run->out, "%s\n", part.section->name);
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_servers[] = {
	{ DOC("show backend", "The names of all backends.", "show backend"),
	  .run = servers_show_backends },
	{ DOC("show servers conn", "Connections to each server, in use and idle.",
	      "show servers conn web"),
	  .arguments = "[<backend>]", .run = servers_show_connections },
	{ DOC("show servers state", "What each server's state is, for a server-state-file.",
	      "show servers state"),
	  .arguments = "[<backend>]", .run = servers_show_state },
	CLI_COMMANDS_END,
};
