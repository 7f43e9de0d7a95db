/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/will.c - see will.h. What comes from the other process is bounded before it is used. */
#include "proxy/will.h"

#include <string.h>

#include "proxy/ledger.h"
#include "proxy/run.h"
#include "proxy/server.h"
#include "proxy/server_agent.h"
#include "proxy/server_name.h"
#include "proxy/server_set.h"
#include "proxy/will_name.h"

enum { WILL_SESSIONS, WILL_RATE, WILL_QUEUE, WILL_CONNECTIONS = WILL_QUEUE, WILL_REQUESTS };
_Static_assert((int)WILL_REQUESTS < (int)LEDGER_MAXIMA, "a maximum without a place");

/* ---- making it ---- */

static struct ledger_will *will_row(const struct proxy *proxy, const struct counters *counters)
{
	const struct ledger *ledger = proxy->args->ledger;

	if (!ledger_has(ledger, counters))
		return NULL; /* of a server that was added at run time */
	return &ledger->wills[(size_t)(counters - ledger->shares) / ledger->threads];
}

static void will_write_frontend(const struct frontend *frontend)
{
	struct ledger_will *will = will_row(frontend->proxy, frontend->counters);

	if (will == NULL)
		return;
	will->maximum[WILL_SESSIONS] = frontend->gate.load.max;
	will->maximum[WILL_RATE] = frontend->rate.max;
	will->maximum[WILL_CONNECTIONS] = frontend->connection_rate.max;
	will->maximum[WILL_REQUESTS] = frontend->request_rate.max;
}

static void will_write_check(const struct server_seen *seen, struct ledger_check *left)
{
	left->code = seen->code;
	left->number = seen->number;
	left->duration_ms = seen->duration_ms;
	left->streak = seen->streak;
	left->up = seen->up;
	left->checked_wall_us = seen->checked_wall_us;
	left->failures = seen->failures;
	memcpy(left->text, seen->text, sizeof(left->text));
}

static void will_write_agent(const struct server_agent *agent, struct ledger_will *will)
{
	if (agent == NULL)
		return;
	will->agent_stopped = agent->stopped;
	will->maxconn = server_maxconn(agent->server);
	will_write_check(&agent->seen, &will->agent);
	will->agent.up = agent->up; /* which may have been said by hand */
}

/* Under the backend's lock. */
static void will_write_server(const struct server *server)
{
	struct ledger_will *will = will_row(server->backend->proxy, server->counters);

	if (will == NULL)
		return;
	will->maximum[WILL_SESSIONS] = server->max_active;
	will->maximum[WILL_RATE] = server->rate.max;
	will->maximum[WILL_QUEUE] = server->queue.max_len;
	will->changed_us = server->changed_us;
	will->down_us = server->down_us;
	will->downs = server->downs;
	will->address = server->conf->address;
	will->disabled = server->conf->disabled;
	will->file_weight = (uint32_t)server->conf->weight;
	will->file_maxconn = (uint32_t)server->conf->maxconn;
	will->state = server->state;
	will->stopping = server->stopping;
	will->admin = server->admin;
	will->uweight = server->lb.uweight;
	will->weight = server->lb.weight;
	will->check_stopped = server->check_stopped;
	will_write_check(&server->seen, &will->check);
	will_write_agent(server->agent, will);
	will_name_write(server, will);
}

static void will_write_backend(struct backend *backend)
{
	struct ledger_will *will = will_row(backend->proxy, backend->counters);

	if (will == NULL)
		return;
	pthread_mutex_lock(&backend->lock);
	const struct server_set *set = backend_servers(backend);
	for (unsigned i = 0; i < set->count; i++)
		will_write_server(set->at[i]);
	will->maximum[WILL_SESSIONS] = backend->load.max;
	will->maximum[WILL_RATE] = backend->rate.max;
	will->maximum[WILL_QUEUE] = backend->queue.max_len;
	will->changed_us = backend->changed_us;
	will->down_us = backend->down_us;
	will->downs = backend->downs;
	pthread_mutex_unlock(&backend->lock);
}

void will_write(struct proxy *proxy)
{
	struct ledger *ledger = proxy->args->ledger;
	unsigned parts = proxy->conf->section_count + proxy->conf->log_forward_count;
	uint32_t asked;

	if (ledger == NULL)
		return;
	asked = atomic_load(&ledger->page->will_asked);
	for (unsigned i = 0; i < parts; i++) {
		if (proxy->parts[i].frontend != NULL)
			will_write_frontend(proxy->parts[i].frontend);
		if (proxy->parts[i].backend != NULL)
			will_write_backend(proxy->parts[i].backend);
	}
	ledger->page->maximum[WILL_SESSIONS] = proxy->gate.load.max;
	ledger->page->maximum[WILL_RATE] = proxy->rate.max;
	ledger->page->maximum[WILL_CONNECTIONS] = proxy->connection_rate.max;
	atomic_store(&ledger->page->will_made, asked);
}

/* ---- taking it ---- */

static const struct ledger_will *will_left(const struct proxy *proxy,
					   const struct counters *counters)
{
	const struct ledger *ledger = proxy->args->ledger;

	if (!ledger_has(ledger, counters))
		return NULL;
	return ledger_will_of(ledger, (unsigned)((size_t)(counters - ledger->shares) /
						 ledger->threads));
}

void will_take_process(struct proxy *proxy)
{
	const uint32_t *maximum = ledger_process_will(proxy->args->ledger);

	if (maximum == NULL)
		return;
	proxy->gate.load.max = maximum[WILL_SESSIONS];
	proxy->rate.max = maximum[WILL_RATE];
	proxy->connection_rate.max = maximum[WILL_CONNECTIONS];
}

void will_take_frontend(struct frontend *frontend)
{
	const struct ledger_will *will = will_left(frontend->proxy, frontend->counters);

	if (will == NULL)
		return;
	frontend->gate.load.max = will->maximum[WILL_SESSIONS];
	frontend->rate.max = will->maximum[WILL_RATE];
	frontend->connection_rate.max = will->maximum[WILL_CONNECTIONS];
	frontend->request_rate.max = will->maximum[WILL_REQUESTS];
}

static uint64_t will_moment(uint64_t left_us, const struct proxy *proxy)
{
	return left_us < proxy->started.us ? left_us : proxy->started.us;
}

void will_take_backend(struct backend *backend)
{
	const struct ledger_will *will = will_left(backend->proxy, backend->counters);

	if (will == NULL)
		return;
	backend->load.max = will->maximum[WILL_SESSIONS];
	backend->rate.max = will->maximum[WILL_RATE];
	backend->queue.max_len = will->maximum[WILL_QUEUE];
	backend->changed_us = will_moment(will->changed_us, backend->proxy);
	backend->down_us = will->down_us;
	backend->downs = will->downs;
}

/* The file of today means the same server. */
static bool will_same_server(const struct server *server, const struct ledger_will *will)
{
	const struct net_address *now = &server->conf->address;

	if (server->conf->naming.dns != NULL)
		return will_name_same(server->conf, will);
	return now->len == will->address.len && now->len <= sizeof(now->storage) &&
	       memcmp(&now->storage, &will->address.storage, now->len) == 0;
}

/* What an operator has said; reasons that come from elsewhere come again. */
static void will_take_admin(struct server *server, const struct ledger_will *will)
{
	const unsigned kept = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT |
			      SERVER_ADMIN_FORCED_DRAIN;

	if (will->disabled != server->conf->disabled)
		return; /* the file has changed its mind */
	server->admin = (server->admin & ~kept) | (will->admin & kept);
	if (server_in_maintenance(server))
		server->state = SERVER_MAINT;
	else if (server->state == SERVER_MAINT)
		server->state = SERVER_UP;
}

static void will_take_weight(struct server *server, const struct ledger_will *will)
{
	if (will->file_weight != (uint64_t)server->conf->weight || will->uweight > 256)
		return;
	server->lb.uweight = will->uweight;
	server->lb.weight = will->uweight * SERVER_WEIGHT_SCALE;
	if (server->conf->slowstart_ms != 0 && will->weight < server->lb.weight)
		server->lb.weight = will->weight;
}

void will_take_server(struct server *server)
{
	const struct ledger_will *will = will_left(server->backend->proxy, server->counters);
	bool follows = server->checked || server->conf->tracked != NULL || server->conf->agent_check;

	if (will == NULL || !will_same_server(server, will))
		return;
	will_name_take_address(server, will);
	server->max_active = will->maximum[WILL_SESSIONS];
	server->rate.max = will->maximum[WILL_RATE];
	server->queue.max_len = will->maximum[WILL_QUEUE];
	server->down_us = will->down_us;
	server->downs = will->downs;
	will_take_admin(server, will);
	will_take_weight(server, will);
	if (server->state == SERVER_UP && follows && will->state == SERVER_DOWN)
		server->state = SERVER_DOWN;
	if (server->state == SERVER_UP && follows)
		server->stopping = will->stopping;
	if (server->state == will->state)
		server->changed_us = will_moment(will->changed_us, server->backend->proxy);
	server->check_stopped = server->checked && will->check_stopped;
}

/* Whether there was a result. */
static bool will_take_status(const struct ledger_check *left, struct health_status *status)
{
	if (left->checked_wall_us == 0 || left->code >= HEALTH_CODES)
		return false;
	status->code = left->code;
	status->number = (int)left->number;
	status->duration_ms = left->duration_ms;
	status->checked_wall_us = left->checked_wall_us;
	status->failures = left->failures;
	memcpy(status->text, left->text, sizeof(status->text));
	status->text[sizeof(status->text) - 1] = '\0';
	return true;
}

bool will_check_was_up(const struct server *server)
{
	const struct ledger_will *will = will_left(server->backend->proxy, server->counters);

	return will != NULL && will_same_server(server, will) && will->check.up;
}

void will_take_check(struct server *server)
{
	const struct ledger_will *will = will_left(server->backend->proxy, server->counters);
	struct health_status *status = &server->check.status;
	uint32_t most;

	if (will == NULL || !will_same_server(server, will) || will->state != server->state ||
	    !will_take_status(&will->check, status))
		return;
	most = (uint32_t)(status->up ? server->conf->fall : server->conf->rise);
	status->streak = will->check.streak < most ? will->check.streak : most - 1;
}

void will_take_agent(struct server *server)
{
	const struct ledger_will *will = will_left(server->backend->proxy, server->counters);
	struct server_agent *agent = server->agent;

	if (agent == NULL || will == NULL || !will_same_server(server, will))
		return;
	agent->stopped = will->agent_stopped;
	if (!will_take_status(&will->agent, &agent->check.status))
		return;
	agent->up = agent->check.status.up = will->agent.up;
	if (will->file_maxconn == (uint64_t)server->conf->maxconn)
		server->maxconn = will->maxconn;
}

bool will_take_name(struct server_name *one)
{
	struct server *server = one->server;
	const struct ledger_will *will = will_left(server->backend->proxy, server->counters);

	return will != NULL && will_name_same(server->conf, will) && will_name_take(one, will);
}
