/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_check.c - the active checks of servers: what is checked and how,
 * and what becomes of the results. A server's checks run in the thread it is at home.
 */
#include <string.h>

#include "base/out.h"
#include "proxy/connect.h"
#include "proxy/server.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"
#include "proxy/server_external.h"
#include "proxy/server_name.h"
#include "proxy/server_state.h"
#include "proxy/will.h"
#include "proxy/worker.h"

/* ---- results ---- */

void server_copy_seen(struct server *server, const struct health_status *status,
		      struct server_seen *seen)
{
	seen->code = status->code;
	seen->number = (uint32_t)status->number;
	seen->duration_ms = status->duration_ms;
	seen->streak = status->streak;
	seen->up = status->up;
	seen->checked_wall_us = status->checked_wall_us;
	seen->failures = status->failures;
	if (strcmp(seen->text, status->text) == 0)
		return;
	pthread_mutex_lock(&server->backend->lock);
	memcpy(seen->text, status->text, sizeof(seen->text));
	pthread_mutex_unlock(&server->backend->lock);
}

/* "Layer7 wrong status, code: 500, info: \"Oops\", check duration: 1ms" */
static const char *check_reason(const struct health_status *status, char *buf, size_t size)
{
	struct out out = { .bytes = buf, .size = size - 1 };

	health_status_write(status, &out);
	buf[out.len] = '\0';
	return buf;
}

/* What the result makes of the streak is not known to the status yet. */
static bool check_will_be_up(const struct health_check *check, bool ok)
{
	const struct health_status *status = &check->status;

	if (ok == status->up)
		return status->up;
	return status->streak >= (ok ? check->conf->rise : check->conf->fall) ? ok : status->up;
}

void server_log_check(const struct server *server, const struct health_check *check, bool ok)
{
	const struct health_status *status = &check->status;
	const struct health_conf *conf = check->conf;
	const struct section *section = server->backend->section;
	const char *kind = check == &server->check ? "Health" : "Agent";
	bool up = health_counts(conf, status->code) ? check_will_be_up(check, ok) : status->up;
	uint32_t level = health_level(conf->rise, conf->fall, up,
				      up == status->up ? status->streak : 0);
	char reason[HEALTH_TEXT + 128];

	if (!section->back.log_health_checks)
		return;
	alert_log(server->backend->proxy, server->home->log, section, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO,
		   "%s check for %sserver %s/%s %s%s, reason: %s, status: %u/%u %s.", kind,
		   server->conf->backup ? "backup " : "", section->name, server->conf->name,
		   status->code == HEALTH_L7OKC ? "conditionally " : "",
		   ok ? "succeeded" : "failed", check_reason(status, reason, sizeof(reason)),
		   up ? level - conf->rise + 1 : level, up ? conf->fall : conf->rise,
		   !up ? "DOWN" : server->lb.uweight == 0 ? "DRAIN" : "UP");
}

void server_follow(struct server *server, const struct health_check *check)
{
	const struct health_check *own = &server->check;
	bool told = server->backend->section->back.log_health_checks;
	bool checked = own->engine != NULL;
	char reason[HEALTH_TEXT + 128] = "";

	if (!told)
		check_reason(&check->status, reason, sizeof(reason));
	server_mark(server->home, server,
		    (!checked || own->status.up) && !server_agent_down(server),
		    checked && own->status.stopping, reason);
}

void server_force_check(struct server *server, bool up, bool stopping, const char *why)
{
	struct health_status *status = &server->check.status;

	status->up = up;
	status->stopping = stopping;
	status->streak = 0;
	server->seen.up = up;
	server->seen.streak = 0;
	server_mark(server->home, server, up, stopping, why);
}

static void check_result(struct health_check *check, bool ok, bool is_new)
{
	struct server *server = container_of(check, struct server, check);

	server_copy_seen(server, &check->status, &server->seen);
	if (check->status.code == HEALTH_L4TOUT)
		server_name_hasten(server);
	if (is_new)
		server_log_check(server, check, ok);
	/* Its agent kept it down, and is asked no more. */
	if (ok && check->status.up && server->state == SERVER_DOWN)
		server_follow(server, check);
}

static void check_change(struct health_check *check)
{
	struct server *server = container_of(check, struct server, check);

	server_copy_seen(server, &check->status, &server->seen);
	server_follow(server, check);
}

/* ---- http-check send-state ---- */

static void state_write_field(struct out *out, const char *name, const char *text)
{
	out_text(out, "; ");
	out_text(out, name);
	out_char(out, '=');
	out_text(out, text);
}

static void state_write_numbers(struct out *out, const char *name, uint32_t one, uint32_t all)
{
	state_write_field(out, name, "");
	out_number(out, one);
	out_char(out, '/');
	out_number(out, all);
}

static void state_write_address(const struct server *server, struct out *out)
{
	struct net_address address = *server_address_of(server);
	char text[NET_ADDRESS_TEXT];

	if (address.storage.ss_family == AF_UNIX) {
		state_write_field(out, "address", "unix");
		state_write_field(out, "port", "unix");
		return;
	}
	net_address_set_port(&address, 0);
	state_write_field(out, "address", net_address_text(&address, text));
	state_write_field(out, "port", "");
	out_number(out, net_address_port(server_address_of(server)));
}

static void state_write(struct health_check *check, struct out *out)
{
	const struct server *server = container_of(check, struct server, check);
	const struct backend *backend = server->backend;
	const struct proxy_global *global = &backend->proxy->conf->global;
	struct moment now = worker_now(server->home);
	struct backend_view all;
	struct server_view view;

	server_look(server, now, &view);
	backend_look(backend, now, &all);
	out_text(out, view.status);
	state_write_address(server, out);
	state_write_field(out, "name", backend->section->name);
	out_char(out, '/');
	out_text(out, server->conf->name);
	state_write_field(out, "node", global->node != NULL ? global->node : global->hostname);
	state_write_numbers(out, "weight", view.usable ? view.weight : 0, all.weight);
	state_write_numbers(out, "scur", view.sessions, all.sessions);
	state_write_field(out, "qcur", "");
	out_number(out, view.queued);
}

/* ---- what is checked ---- */

/* As for traffic, unless something else is checked than what traffic goes to. */
static unsigned check_proxy_version(const struct server_conf *conf)
{
	if (conf->check_send_proxy)
		return conf->send_proxy != 0 ? conf->send_proxy : 1;
	return conf->check_port == 0 && conf->check_address.len == 0 ? conf->send_proxy : 0;
}

/* Checked is what traffic goes to, over connections that any client's request may take. */
static bool check_shares(const struct server *server, const struct check_conf *how)
{
	const struct section *section = server->backend->section;

	return server->conf->check_reuse_pool && how->kind == CHECK_HTTP &&
	       section->mode == PROXY_MODE_HTTP && section->http.reuse != HTTP_REUSE_NEVER &&
	       server_shares(server) && !connect_follows_client(server) &&
	       check_proxy_version(server->conf) == 0 && server->conf->source_ports == 0 &&
	       server->check_address.len == 0 && server->check_port == 0;
}

void server_fill_check(struct server *server, struct health_conf *check)
{
	const struct net_address *address = server_address_of(server);
	const struct server_conf *conf = server->conf;
	const struct backend_conf *back = &server->backend->section->back;
	const struct net_address *source = conf->source.len != 0 ? &conf->source : &back->source;
	const struct check_conf *how = conf->checked_by != NULL ? conf->checked_by : &back->check;

	*check = (struct health_conf){
		.plan = how->plan,
		.external = how->kind == CHECK_EXTERNAL,
		.address = server->check_address.len != 0 ? server->check_address : *address,
		.source = *source,
		.source_interface = conf->source_interface != NULL ? conf->source_interface
								   : back->source_interface,
		.send_proxy = check_proxy_version(conf),
		.proxy_names_itself = server->backend->proxy->conf->global.names_itself,
		.proxy_checksum = (conf->proxy_options & PROXY_V2_CRC32C) != 0,
		.inter_ms = conf->inter_ms,
		.fastinter_ms = conf->fastinter_ms,
		.downinter_ms = conf->downinter_ms,
		.timeout_connect_ms = back->timeout_connect,
		.timeout_check_ms = back->timeout_check,
		.spread_percent = (uint32_t)server->backend->proxy->conf->global.spread_checks,
		.rise = (uint32_t)conf->rise,
		.fall = (uint32_t)conf->fall,
	};
	if (server->check_port != 0)
		net_address_set_port(&check->address, (uint16_t)server->check_port);
	else if (net_address_port(&check->address) == 0)
		net_address_set_port(&check->address, net_address_port(address));
}

static void fill_own_check(struct server *server)
{
	const struct server_conf *conf = server->conf;

	/* Before the address: an older number of a newer address only wastes a connection. */
	server->check_address_number = atomic_load(&server->address_number);
	server_fill_check(server, &server->check_conf);
	server->check_conf.shares = check_shares(
		server, conf->checked_by != NULL ? conf->checked_by
						 : &server->backend->section->back.check);
}

static int check_take(struct health_check *check, bool wanted)
{
	struct server *server = container_of(check, struct server, check);

	server->check_lent = (struct server_lent){ 0, server->check_address_number };
	return !wanted ? -1 : server_pool_lend(server, server->check_address_number, &server->check_lent);
}

static bool check_give(struct health_check *check, int fd)
{
	struct server *server = container_of(check, struct server, check);

	return server_pool_take_back(server, fd, &server->check_lent);
}

static int begin_check(struct server *server, bool up, uint64_t delay_us)
{
	int error;

	server->check.on_result = check_result;
	server->check.on_change = check_change;
	server->check.write_state = state_write;
	server->check.ask_program = server_external_ask;
	server->check.take_connection = check_take;
	server->check.give_connection = check_give;
	error = health_start(&server->home->checks, &server->check, &server->check_conf, up,
			     delay_us);
	server->check.status.streak = server_first_streak(server, up);
	server_copy_seen(server, &server->check.status, &server->seen);
	return error;
}

void server_check_settle(struct server *server, bool run)
{
	bool runs = server->check.engine != NULL;

	server_slowstart_settle(server);
	if (!server->checked)
		return;
	if (runs && !run)
		health_stop(&server->check);
	pthread_mutex_lock(&server->backend->lock);
	fill_own_check(server);
	pthread_mutex_unlock(&server->backend->lock);
	if (run && !runs &&
	    begin_check(server,
			server->state != SERVER_DOWN ||
				(server_agent_down(server) && !server_begins_down(server)),
			0) < 0)
		log_printf(server->home->log, &server->backend->section->log, LOG_LEVEL_ALERT,
			   "Server %s/%s cannot be checked for want of memory.",
			   server->backend->section->name, server->conf->name);
}

/* When the first check begins: those of many servers are spread over the first interval. */
static uint64_t first_delay_us(const struct server *server, uint32_t inter_ms, unsigned number)
{
	uint32_t most_ms = server->backend->proxy->conf->global.max_spread_checks_ms;
	uint64_t spread_ms = most_ms != 0 && most_ms < inter_ms ? most_ms : inter_ms;

	return spread_ms * 1000 * (number % 16) / 16;
}

static int start_check(struct worker *worker, struct server *server, unsigned number)
{
	bool up;
	int error;

	server->home = worker;
	server_slowstart_init(server);
	server_agent_start(server, first_delay_us(server, server->conf->agent_inter_ms, number));
	if (server->lb.weight < server->lb.uweight * SERVER_WEIGHT_SCALE)
		server_slowstart_settle(server); /* it goes on */
	if (!server->checked || server->state == SERVER_MAINT || server->check_stopped)
		return 0;
	fill_own_check(server);
	up = server->state == SERVER_UP || (server_agent_down(server) && will_check_was_up(server));
	error = begin_check(server, up, first_delay_us(server, server->conf->inter_ms, number));
	server->check.status.streak = server_state_streak(server, up);
	will_take_check(server);
	server_copy_seen(server, &server->check.status, &server->seen);
	server->seen.up = up;
	server->check.status.stopping = server->stopping;
	return error;
}

/* Servers are dealt to the threads in turn. */
static int for_own_servers(struct worker *worker,
			   int (*call)(struct worker *, struct server *, unsigned number))
{
	struct proxy *proxy = worker->proxy;
	unsigned number = 0;

	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		struct backend *backend = proxy->parts[i].backend;

		if (backend == NULL || backend->section->disabled)
			continue;
		const struct server_set *set = backend_servers(backend);
		for (unsigned j = 0; j < set->count; j++, number++) {
			int error = 0;

			if (number % proxy->threads == worker->index)
				error = call(worker, set->at[j], number);
			if (error < 0)
				return error;
		}
	}
	return 0;
}

int server_start_checks(struct worker *worker)
{
	return for_own_servers(worker, start_check);
}

static void stop_check(struct server *server)
{
	server_agent_stop(server);
	if (server->check.engine != NULL)
		health_stop(&server->check);
}

void server_retire(struct server *server)
{
	stop_check(server);
	loop_timer_disarm(server->home->loop, &server->slowstart);
}

void server_stop_checks(struct worker *worker)
{
	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(worker->proxy, &at, &part);) {
		const struct server_set *set =
			part.backend != NULL ? backend_servers(part.backend) : NULL;

		for (unsigned i = 0; set != NULL && i < set->count; i++)
			if (set->at[i]->home == worker)
				stop_check(set->at[i]);
	}
}
