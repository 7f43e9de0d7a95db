/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/collect.c - fills the rows from the running proxy. The only file of
 * this room that looks into proxy/proxy.h. Any proxy thread; the numbers are
 * those of the moment each is read, so sums may be off by what moves meanwhile.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "admin/row.h"
#include "proxy/proxy.h"
#include "proxy/run.h"
#include "proxy/server.h"

static uint64_t limit_or_none(uint64_t limit)
{
	return limit == 0 ? STATS_NONE : limit;
}

static void collect_section(struct stats_row *row, const struct section *section,
			    const char *service)
{
	row->section = section;
	row->proxy = section->name;
	row->service = service;
	row->mode = section->mode == PROXY_MODE_TCP ? "tcp" : "http";
	row->n.proxy_id = (uint64_t)section->id;
}

_Static_assert(sizeof((struct stats_row){ 0 }.status) == sizeof((struct server_view){ 0 }.status),
	       "a row holds any status");

/* Responses by the first digit of their status. */
#define COLLECT_HTTP(row, total, of)                                                               \
	do {                                                                                       \
		for (unsigned digit = 0; digit < ARRAY_LEN((row)->n.responses); digit++)           \
			(row)->n.responses[digit] = total(of, COUNT_RESPONSES_OTHER + digit);      \
	} while (0)

static void collect_frontend(const struct frontend *frontend, struct moment now,
			     struct stats_row *row)
{
	struct frontend_view view;

	frontend_look(frontend, now, &view);
	stats_row_init(row, STATS_FRONTEND);
	collect_section(row, frontend->section, "FRONTEND");
	row->up = view.open;
	strcpy(row->status, view.open ? "OPEN" : view.paused ? "PAUSED" : "STOP");
	row->tone = view.open ? STATS_GOOD : STATS_QUIET;
	row->n.sessions = view.sessions;
	row->n.sessions_max = view.max_sessions;
	row->n.sessions_limit = limit_or_none(view.limit);
	row->n.sessions_total = frontend_total(frontend, COUNT_SESSIONS);
	row->n.bytes_in = frontend_total(frontend, COUNT_BYTES_IN);
	row->n.bytes_out = frontend_total(frontend, COUNT_BYTES_OUT);
	row->n.denied_requests = frontend_total(frontend, COUNT_DENIED_REQUESTS);
	row->n.denied_responses = frontend_total(frontend, COUNT_DENIED_RESPONSES);
	row->n.denied_connections = frontend_total(frontend, COUNT_DENIED_CONNECTIONS);
	row->n.request_errors = frontend_total(frontend, COUNT_REQUEST_ERRORS);
	row->n.rate = view.rate;
	row->n.rate_limit = 0;
	row->n.rate_max = view.max_rate;
	row->n.connection_rate = view.connection_rate;
	row->n.connection_rate_max = view.max_connection_rate;
	row->n.connections = frontend_total(frontend, COUNT_CONNECTIONS);
	row->n.denied_sessions = frontend_total(frontend, COUNT_DENIED_SESSIONS);
	if (frontend->section->mode == PROXY_MODE_HTTP) {
		COLLECT_HTTP(row, frontend_total, frontend);
		row->n.intercepted = frontend_total(frontend, COUNT_INTERCEPTED);
	}
	row->n.requests = frontend_total(frontend, COUNT_REQUESTS);
	row->n.request_rate = view.request_rate;
	row->n.request_rate_max = view.max_request_rate;
}

/* What backends and servers count alike. */
#define COLLECT_TOTALS(row, total, of)                                                             \
	do {                                                                                       \
		(row)->n.sessions_total = total(of, COUNT_SESSIONS);                               \
		(row)->n.bytes_in = total(of, COUNT_BYTES_IN);                                     \
		(row)->n.bytes_out = total(of, COUNT_BYTES_OUT);                                   \
		(row)->n.denied_responses = total(of, COUNT_DENIED_RESPONSES);                     \
		(row)->n.connect_errors = total(of, COUNT_CONNECT_ERRORS);                         \
		(row)->n.response_errors = total(of, COUNT_RESPONSE_ERRORS);                       \
		(row)->n.retries = total(of, COUNT_RETRIES);                                       \
		(row)->n.redispatches = total(of, COUNT_REDISPATCHES);                             \
		(row)->n.client_aborts = total(of, COUNT_CLIENT_ABORTS);                           \
		(row)->n.server_aborts = total(of, COUNT_SERVER_ABORTS);                           \
	} while (0)

/* What is counted for each server, and not for the backend itself. */
static uint64_t servers_total(const struct backend *backend, enum counter which)
{
	const struct server_set *set = backend_servers(backend);
	uint64_t total = 0;

	for (unsigned i = 0; i < set->count; i++)
		total += server_total(set->at[i], which);
	return total;
}

static void collect_backend(const struct backend *backend, struct moment now, bool legends,
			    struct stats_row *row)
{
	const struct backend_conf *conf = &backend->section->back;
	const struct server_set *set = backend_servers(backend);
	struct backend_view view;
	uint64_t weights = 0;

	backend_look(backend, now, &view);
	stats_row_init(row, STATS_BACKEND);
	collect_section(row, backend->section, "BACKEND");
	/* One that has no servers lacks none. */
	row->up = view.up || set->count == 0;
	snprintf(row->status, sizeof(row->status), "%s%s", row->up ? "UP" : "DOWN",
		 atomic_load(&backend->unpublished) ? " (UNPUB)" : "");
	row->tone = row->up ? STATS_GOOD : STATS_BAD;
	if (legends && conf->lb.algo != NULL)
		row->algorithm = conf->lb.algo->doc.name;
	COLLECT_TOTALS(row, backend_total, backend);
	row->n.chosen = servers_total(backend, COUNT_CHOSEN);
	row->n.connects = servers_total(backend, COUNT_CONNECTS);
	row->n.reuses = servers_total(backend, COUNT_REUSES);
	if (backend->section->mode == PROXY_MODE_HTTP) {
		COLLECT_HTTP(row, backend_total, backend);
		row->n.intercepted = backend_total(backend, COUNT_INTERCEPTED);
		row->n.requests = backend_total(backend, COUNT_SESSIONS);
	}
	row->n.denied_requests = backend_total(backend, COUNT_DENIED_REQUESTS);
	row->n.queue = view.queued;
	row->n.queue_max = view.max_queued;
	row->n.sessions = view.sessions;
	row->n.sessions_max = view.max_sessions;
	row->n.sessions_limit = limit_or_none(view.limit);
	row->n.weight = view.weight;
	row->n.active = view.active;
	row->n.backup = view.backup;
	row->n.downs = view.downs;
	row->n.since_change_s = view.since_change_s;
	row->n.down_s = set->count == 0 ? STATS_NONE : view.down_s;
	row->n.rate = view.rate;
	row->n.rate_max = view.max_rate;
	for (unsigned i = 0; i < set->count; i++)
		if (atomic_load_explicit(&set->at[i]->lb.usable, memory_order_relaxed))
			weights += set->at[i]->lb.uweight;
	row->n.user_weight = weights;
}

/* 0 .. rise + fall - 1, as HAProxy tells it: up from `rise` on. */
static uint64_t check_health(const struct server *server, bool up)
{
	uint64_t streak = atomic_load_explicit(&server->seen.streak, memory_order_relaxed);
	uint64_t most = (uint64_t)(server->conf->rise + server->conf->fall - 1);

	if (!up)
		return streak < most ? streak : most;
	return streak < most ? most - streak : 0;
}

static void collect_check(const struct server *server, const struct server_view *view,
			  struct stats_row *row)
{
	row->check_status = health_code_name(view->check_code);
	row->check_text = health_code_meaning(view->check_code);
	memcpy(row->check_error, view->check_text, sizeof(row->check_error));
	if (health_code_has_number(view->check_code))
		row->n.check_code = (uint32_t)view->check_number; /* -1 as HAProxy shows it */
	row->n.check_duration_ms = view->check_duration_ms;
	row->n.rise = (uint64_t)server->conf->rise;
	row->n.fall = (uint64_t)server->conf->fall;
	row->n.health = check_health(server, atomic_load(&server->seen.up));
	if (atomic_load_explicit(&server->seen.streak, memory_order_relaxed) != 0)
		row->tone = STATS_UNCERTAIN;
	else
		row->tone = view->up ? STATS_GOOD : STATS_BAD;
}

/* It is asked in maintenance, too. */
static void collect_agent(const struct server_view *view, struct stats_row *row)
{
	row->agent_status = health_code_name(view->agent.code);
	row->agent_text = health_code_meaning(view->agent.code);
	memcpy(row->agent_error, view->agent.text, sizeof(row->agent_error));
	if (health_code_has_number(view->agent.code))
		row->n.agent_code = (uint32_t)view->agent.number;
	row->n.agent_duration_ms = view->agent.duration_ms;
	row->n.agent_rise = row->n.agent_fall = 1;
	row->n.agent_health = !view->agent.down;
}

static void collect_server(const struct server *server, struct moment now, bool legends,
			   struct stats_row *row)
{
	const struct server_conf *conf = server->conf;
	struct server_view view;

	server_look(server, now, &view);
	stats_row_init(row, STATS_SERVER);
	collect_section(row, conf->backend, conf->name);
	row->server = conf;
	row->backup_server = conf->backup;
	row->up = view.up;
	row->refusing = view.refusing;
	memcpy(row->status, view.status, sizeof(row->status));
	row->maintenance = strncmp(view.status, "MAINT", 5) == 0;
	if (view.checked) {
		row->n.failed_checks = view.failed_checks;
		row->n.downs = view.downs;
		row->n.down_s = view.down_s;
	}
	if (view.checked && !row->maintenance)
		collect_check(server, &view, row);
	else
		row->tone = row->maintenance ? STATS_QUIET : view.up ? STATS_PLAIN : STATS_BAD;
	if (view.agent.asked)
		collect_agent(&view, row);
	row->agent_off = server->agent != NULL && !view.agent.asked;
	if (legends && server_address_of(server)->len != 0)
		net_address_text(server_address_of(server), row->address);
	COLLECT_TOTALS(row, server_total, server);
	row->n.chosen = server_total(server, COUNT_CHOSEN);
	row->n.connects = server_total(server, COUNT_CONNECTS);
	row->n.reuses = server_total(server, COUNT_REUSES);
	if (server->backend->section->mode == PROXY_MODE_HTTP)
		COLLECT_HTTP(row, server_total, server);
	row->n.service_id = (uint64_t)conf->id;
	row->n.idle = server_idle_connections(server);
	row->n.queue = view.queued;
	row->n.queue_max = view.max_queued;
	row->n.queue_limit = limit_or_none(view.queue_limit);
	row->n.sessions = view.sessions;
	row->n.sessions_max = view.max_sessions;
	row->n.sessions_limit = limit_or_none(view.limit);
	row->n.weight = view.weight;
	row->n.user_weight = server->lb.uweight;
	row->n.active = !conf->backup;
	row->n.backup = conf->backup;
	row->n.since_change_s = view.since_change_s;
	row->n.rate = view.rate;
	row->n.rate_max = view.max_rate;
}

static bool row_wanted(const struct stats_row *row, const struct stats_filter *filter)
{
	if (row->kind != STATS_SERVER)
		return true;
	return !(filter->up_only && (!row->up || row->maintenance)) &&
	       !(filter->no_maintenance && row->maintenance);
}

/* How many there are now; servers may be added while rows are filled, in another thread. */
static size_t rows_of(const struct proxy_part *part)
{
	return (part->frontend != NULL) +
	       (part->backend == NULL ? 0 : 1 + backend_servers(part->backend)->count);
}

/* Rows hold texts of servers, which may be deleted at run time. */
static struct stats_rows rows_begin(const struct proxy *proxy)
{
	struct stats_rows rows = { .readers = (_Atomic uint32_t *)&proxy->readers };

	atomic_fetch_add(rows.readers, 1);
	return rows;
}

/* The row behind the last one, or NULL: no memory. */
static struct stats_row *next_row(struct stats_rows *rows)
{
	size_t room = 2 * rows->room + 16;
	struct stats_row *all = rows->rows;

	if (rows->count == rows->room) {
		all = reallocarray(rows->rows, room, sizeof(*all));
		if (all == NULL)
			return NULL;
		rows->rows = all;
		rows->room = room;
	}
	return &all[rows->count];
}

static bool collect_part(const struct proxy_part *part, const struct stats_filter *filter,
			 struct moment now, struct stats_rows *rows)
{
	bool legends = filter->conf->show_legends; /* addresses and algorithms are told, or not */
	struct stats_row *row;

	if (part->frontend != NULL) {
		row = next_row(rows);
		if (row == NULL)
			return false;
		collect_frontend(part->frontend, now, row);
		rows->count++;
	}
	if (part->backend == NULL)
		return true;

	const struct server_set *set = backend_servers(part->backend);
	for (unsigned i = 0; i < set->count; i++) {
		row = next_row(rows);
		if (row == NULL)
			return false;
		collect_server(set->at[i], now, legends, row);
		rows->count += row_wanted(row, filter);
	}
	row = next_row(rows);
	if (row == NULL)
		return false;
	collect_backend(part->backend, now, legends, row);
	rows->count++;
	return true;
}

int stats_collect_part(const struct proxy *proxy, unsigned index, const struct stats_filter *filter,
		       struct stats_rows *ret)
{
	struct stats_rows rows = rows_begin(proxy);
	struct proxy_part part;

	if (!proxy_part_at(proxy, index, &part) || !stats_in_scope(filter, part.section)) {
		*ret = rows;
		return 0;
	}
	rows.room = rows_of(&part);
	rows.rows = calloc(rows.room + 1, sizeof(*rows.rows));
	if (rows.rows == NULL) {
		stats_rows_free(&rows);
		return -ENOMEM;
	}
	if (!collect_part(&part, filter, moment_now(), &rows)) {
		stats_rows_free(&rows);
		return -ENOMEM;
	}
	*ret = rows;
	return 0;
}

unsigned stats_part_count(const struct proxy *proxy)
{
	return proxy_part_end(proxy);
}

const struct stats_conf *stats_part_conf(const struct proxy *proxy, unsigned index)
{
	struct proxy_part part;

	return proxy_part_at(proxy, index, &part) ? &part.section->stats : NULL;
}

int stats_collect(const struct proxy *proxy, const struct stats_filter *filter,
		  struct stats_rows *ret)
{
	struct stats_rows rows = rows_begin(proxy);
	struct moment now = moment_now();
	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);)
		rows.room += rows_of(&part);
	rows.rows = calloc(rows.room + 1, sizeof(*rows.rows));
	if (rows.rows == NULL) {
		stats_rows_free(&rows);
		return -ENOMEM;
	}
	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);) {
		if (stats_in_scope(filter, part.section) &&
		    !collect_part(&part, filter, now, &rows)) {
			stats_rows_free(&rows);
			return -ENOMEM;
		}
	}
	*ret = rows;
	return 0;
}

const struct proxy_global *stats_global(const struct proxy *proxy)
{
	return &proxy->conf->global;
}

bool stats_stopping(const struct proxy *proxy)
{
	return atomic_load_explicit(&proxy->stopping, memory_order_relaxed);
}

static uint64_t connections_total(const struct proxy *proxy)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < proxy->conf->section_count; i++)
		if (proxy->parts[i].frontend != NULL)
			total += frontend_total(proxy->parts[i].frontend, COUNT_CONNECTIONS);
	return total + ledger_gone(proxy->args->ledger, false, COUNT_CONNECTIONS) +
	       ledger_gone(proxy->args->ledger, true, COUNT_CONNECTIONS);
}

void stats_collect_process(const struct proxy *proxy, struct stats_process *ret)
{
	uint64_t now_us = moment_now().us;

	*ret = (struct stats_process){
		.pid = (uint64_t)getpid(),
		.threads = proxy->threads,
		.uptime_s = moment_since(proxy->started, (struct moment){ now_us }) / 1000000,
		.connections = gate_now(&proxy->gate),
		.connections_max =
			atomic_load_explicit(&proxy->gate.load.max, memory_order_relaxed),
		.connections_limit = limit_or_none(proxy->gate.limit),
		.connections_total = connections_total(proxy),
		.rate = rate_read(&proxy->rate, now_us),
		.rate_max = atomic_load_explicit(&proxy->rate.max, memory_order_relaxed),
		.stopping = stats_stopping(proxy),
		.wall_us = wall_now_us(),
	};
}
