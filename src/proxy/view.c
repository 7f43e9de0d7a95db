/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/view.c - the run-time state as the statistics read it; see proxy.h. */
#include <stdio.h>
#include <string.h>

#include "proxy/ledger.h"
#include "proxy/proxy.h"
#include "proxy/run.h"
#include "proxy/server_admin.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"

static uint32_t load32(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

uint64_t frontend_total(const struct frontend *frontend, enum counter which)
{
	const struct proxy *proxy = frontend->proxy;

	return ledger_total(proxy->args->ledger, frontend->counters, proxy->threads, which);
}

uint64_t backend_total(const struct backend *backend, enum counter which)
{
	const struct proxy *proxy = backend->proxy;

	return ledger_total(proxy->args->ledger, backend->counters, proxy->threads, which);
}

uint64_t server_total(const struct server *server, enum counter which)
{
	const struct proxy *proxy = server->backend->proxy;

	return ledger_total(proxy->args->ledger, server->counters, proxy->threads, which);
}

static uint64_t seconds_since(uint64_t then_us, struct moment now)
{
	return moment_since((struct moment){ then_us }, now) / 1000000;
}

/* Time down, with the outage that may be going on. */
static uint64_t down_seconds(uint64_t before_us, bool up, uint64_t changed_us, struct moment now)
{
	uint64_t running = up ? 0 : moment_since((struct moment){ changed_us }, now);

	return (before_us + running) / 1000000;
}

/* Checks that went the other way in a row show as "UP 2/3", of `fall`, or "DOWN 1/2", of `rise`. */
static void write_status(const struct server *server, struct server_view *view)
{
	uint32_t state = load32(&server->state);
	uint32_t streak = load32(&server->seen.streak);
	const char *up = server_drains(server)		       ? "DRAIN"
			 : atomic_load(&server->stopping) ? "NOLB"
							  : "UP";
	bool unchecked = state != SERVER_DOWN &&
			 ((!server->checked && server->conf->tracked == NULL) ||
			  atomic_load(&server->check_stopped));

	if (server_drains(server) && server_agent_asked(server))
		up = "DRAIN (agent)";

	if (state == SERVER_MAINT && server->conf->tracked != NULL &&
	    (load32(&server->admin) & SERVER_ADMIN_INHERITED_MAINT) != 0)
		snprintf(view->status, sizeof(view->status), "MAINT (via %.*s)",
			 (int)sizeof(view->status) - 13, server->conf->track);
	else if (state == SERVER_MAINT)
		snprintf(view->status, sizeof(view->status), "MAINT%s",
			 (load32(&server->admin) & SERVER_ADMIN_RESOLUTION_MAINT) != 0
				 ? " (resolution)"
				 : "");
	else if (unchecked)
		snprintf(view->status, sizeof(view->status), "%s",
			 server_drains(server) ? up : "no check");
	else if (state == SERVER_UP && streak != 0)
		snprintf(view->status, sizeof(view->status), "%s %u/%u", up,
			 (uint32_t)server->conf->fall - streak, (uint32_t)server->conf->fall);
	else if (state == SERVER_DOWN && server_agent_down(server))
		snprintf(view->status, sizeof(view->status), "DOWN (agent)");
	else if (state == SERVER_DOWN && streak != 0)
		snprintf(view->status, sizeof(view->status), "DOWN %u/%u", streak,
			 (uint32_t)server->conf->rise);
	else
		snprintf(view->status, sizeof(view->status), "%s",
			 state == SERVER_UP ? up : "DOWN");
}

static void look_at_check(const struct server *server, struct server_view *view)
{
	const struct server_seen *seen = &server->seen;

	view->checked = server->checked;
	view->check_code = (enum health_code)load32(&seen->code);
	view->check_duration_ms = load32(&seen->duration_ms);
	view->check_number = (int)load32(&seen->number);
	pthread_mutex_lock(&server->backend->lock);
	memcpy(view->check_text, seen->text, sizeof(view->check_text));
	pthread_mutex_unlock(&server->backend->lock);
	view->failed_checks = (uint32_t)atomic_load(&seen->failures);
	view->checked_wall_us = atomic_load(&seen->checked_wall_us);
}

static void look_at_agent(const struct server *server, struct server_view *view)
{
	const struct server_agent *agent = server->agent;

	view->agent.asked = server_agent_asked(server);
	if (!view->agent.asked)
		return;
	view->agent.down = server_agent_down(server);
	view->agent.code = (enum health_code)load32(&agent->seen.code);
	view->agent.number = (int)load32(&agent->seen.number);
	view->agent.duration_ms = load32(&agent->seen.duration_ms);
	pthread_mutex_lock(&server->backend->lock);
	memcpy(view->agent.text, agent->seen.text, sizeof(view->agent.text));
	pthread_mutex_unlock(&server->backend->lock);
}

void server_look(const struct server *server, struct moment now, struct server_view *ret)
{
	uint64_t changed_us = atomic_load(&server->changed_us);

	*ret = (struct server_view){
		.up = load32(&server->state) == SERVER_UP,
		.usable = atomic_load(&server->lb.usable),
		.sessions = load32(&server->lb.active),
		.max_sessions = load32(&server->max_active),
		.limit = server_limit(server),
		.queued = load32(&server->queue.len),
		.max_queued = load32(&server->queue.max_len),
		.queue_limit = (uint32_t)server->conf->maxqueue,
		.weight = (load32(&server->lb.weight) + SERVER_WEIGHT_SCALE - 1) /
			  SERVER_WEIGHT_SCALE,
		.since_change_s = seconds_since(changed_us, now),
		.downs = load32(&server->downs),
		.refusing = load32(&server->refusals) != 0,
		.rate = rate_read(&server->rate, now.us),
		.max_rate = load32(&server->rate.max),
	};
	ret->down_s = down_seconds(atomic_load(&server->down_us),
				   load32(&server->state) != SERVER_DOWN, changed_us, now);
	write_status(server, ret);
	look_at_check(server, ret);
	look_at_agent(server, ret);
}

unsigned server_idle_connections(const struct server *server)
{
	unsigned idle = 0;

	for (unsigned i = 0; i < server->backend->proxy->threads; i++)
		idle += pool_count(&server->pools[i]);
	return idle;
}

static uint32_t usable_weight(const struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);
	uint32_t weight = 0;

	for (unsigned i = 0; i < set->count; i++) {
		const struct lb_server *lb = &set->at[i]->lb;

		if (atomic_load(&lb->usable))
			weight += (load32(&lb->weight) + SERVER_WEIGHT_SCALE - 1) /
				  SERVER_WEIGHT_SCALE;
	}
	return weight;
}

void backend_look(const struct backend *backend, struct moment now, struct backend_view *ret)
{
	uint64_t changed_us = atomic_load(&backend->changed_us);

	*ret = (struct backend_view){
		.sessions = load32(&backend->load.now),
		.max_sessions = load32(&backend->load.max),
		.limit = backend->fullconn,
		.queued = load32(&backend->queue.len),
		.max_queued = load32(&backend->queue.max_len),
		.weight = usable_weight(backend),
		.active = load32(&backend->usable_active),
		.backup = load32(&backend->usable_backup),
		.since_change_s = seconds_since(changed_us, now),
		.downs = load32(&backend->downs),
		.rate = rate_read(&backend->rate, now.us),
		.max_rate = load32(&backend->rate.max),
	};
	ret->up = ret->active + ret->backup != 0;
	ret->down_s = down_seconds(atomic_load(&backend->down_us), ret->up, changed_us, now);
}

void frontend_look(const struct frontend *frontend, struct moment now, struct frontend_view *ret)
{
	*ret = (struct frontend_view){
		.open = !atomic_load(&frontend->proxy->stopping) &&
			load32(&frontend->state) == FRONTEND_OPEN,
		.paused = load32(&frontend->state) == FRONTEND_PAUSED,
		.sessions = gate_now(&frontend->gate),
		.max_sessions = load32(&frontend->gate.load.max),
		.limit = frontend->gate.limit != 0 ? frontend->gate.limit
						   : frontend->proxy->gate.limit,
		.rate = rate_read(&frontend->rate, now.us),
		.max_rate = load32(&frontend->rate.max),
		.connection_rate = rate_read(&frontend->connection_rate, now.us),
		.max_connection_rate = load32(&frontend->connection_rate.max),
		.request_rate = rate_read(&frontend->request_rate, now.us),
		.max_request_rate = load32(&frontend->request_rate.max),
	};
}
