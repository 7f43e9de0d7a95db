/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server.c - limits of a server and its memory of refusals; see server.h. */
#include "proxy/server.h"

#include "proxy/server_admin.h"
#include "proxy/server_observe.h"
#include "proxy/server_state.h"
#include "proxy/will.h"
#include "proxy/worker.h"

enum { AVOID_FIRST_US = 1000000, AVOID_DOUBLINGS = 5 };

void server_init(struct server *server, struct backend *backend, const struct server_conf *conf,
		 unsigned index)
{
	server->conf = conf;
	server->backend = backend;
	server->state = conf->disabled || server_begins_nowhere(conf) ? SERVER_MAINT : SERVER_UP;
	server->changed_us = backend->proxy->started.us;
	server->lb.id = index;
	server->lb.uweight = (uint32_t)conf->weight;
	server->lb.hash_id = (uint32_t)conf->id;
	server->lb.weight = (uint32_t)conf->weight * SERVER_WEIGHT_SCALE;
	server->checked = conf->check;
	if (server->state == SERVER_UP && server_begins_down(server))
		server->state = SERVER_DOWN;
	/* A limit may come at run time, and must then know who is there. */
	server->counts_places =
		conf->maxconn > 0 || backend->proxy->conf->commanded;
	server_admin_init(server);
	server_state_apply(server);
	will_take_server(server);
	list_init(&server->queue.waiting);
}

static bool can_serve(const struct server *server)
{
	return server->state == SERVER_UP && !server->stopping && server->lb.uweight != 0 &&
	       !server_drains(server);
}

static void set_usable(struct backend *backend, struct server *server, bool usable)
{
	if (server->lb.usable == usable)
		return;
	server->lb.usable = usable;
	if (backend->lb != NULL)
		backend->section->back.lb.algo->changed(backend->lb, &server->lb);
}

void backend_regroup(struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);
	uint32_t active = 0, backup = 0;

	for (unsigned i = 0; i < set->count; i++) {
		if (can_serve(set->at[i]))
			*(set->at[i]->conf->backup ? &backup : &active) += 1;
	}
	backend->usable_active = active;
	backend->usable_backup = backup;

	bool first = true;
	for (unsigned i = 0; i < set->count; i++) {
		struct server *server = set->at[i];
		bool usable = can_serve(server) && server->conf->backup == (active == 0);

		if (usable && server->conf->backup && !backend->section->back.allbackups) {
			usable = first;
			first = false;
		}
		set_usable(backend, server, usable);
	}
}

void backend_note_change(struct backend *backend, bool was_up, uint64_t now_us)
{
	bool up = backend->usable_active + backend->usable_backup != 0;

	if (up == was_up)
		return;
	if (up)
		atomic_fetch_add(&backend->down_us, now_us - backend->changed_us);
	else
		atomic_fetch_add(&backend->downs, 1);
	backend->changed_us = now_us;
}

uint32_t server_limit(const struct server *server)
{
	const struct server_conf *conf = server->conf;
	uint64_t limit = server_maxconn(server);

	if (limit == 0)
		return 0;
	if (conf->minconn > 0 && (uint64_t)conf->minconn < limit) {
		uint64_t now = atomic_load_explicit(&server->backend->load.now,
						    memory_order_relaxed);
		uint64_t ramp = now * limit / server->backend->fullconn;

		if (ramp < limit)
			limit = ramp < (uint64_t)conf->minconn ? (uint64_t)conf->minconn : ramp;
	}
	if (conf->slowstart_ms != 0) {
		uint64_t full = (uint64_t)server->lb.uweight * SERVER_WEIGHT_SCALE;
		uint64_t weight = atomic_load_explicit(&server->lb.weight, memory_order_relaxed);

		if (weight < full)
			limit = limit * weight / full;
	}
	return limit == 0 ? 1 : (uint32_t)limit;
}

bool server_take_place(struct server *server)
{
	if (!server->counts_places)
		return true;

	uint32_t limit = server_limit(server);
	uint32_t taken = atomic_load(&server->places);
	do {
		if (limit != 0 && taken >= limit)
			return false;
	} while (!atomic_compare_exchange_weak(&server->places, &taken, taken + 1));
	return true;
}

void server_leave_place(struct server *server)
{
	if (server->counts_places)
		atomic_fetch_sub(&server->places, 1);
}

bool server_avoided(const struct server *server, struct moment now)
{
	return server_refuses(server) &&
	       now.us < atomic_load_explicit(&server->avoid_until_us, memory_order_relaxed);
}

static uint64_t avoid_time(uint32_t refusals)
{
	uint32_t doublings = refusals - 1 < AVOID_DOUBLINGS ? refusals - 1 : AVOID_DOUBLINGS;

	return (uint64_t)AVOID_FIRST_US << doublings;
}

bool server_try(struct server *server, struct moment now)
{
	uint64_t until = atomic_load(&server->avoid_until_us);
	uint32_t refusals = atomic_load(&server->refusals);

	if (refusals == 0)
		return true;
	if (now.us < until ||
	    !atomic_compare_exchange_strong(&server->avoid_until_us, &until,
					    now.us + avoid_time(refusals + 1)))
		return false;
	atomic_compare_exchange_strong(&server->refusals, &refusals, refusals + 1);
	return true;
}

void server_connected(struct server *server)
{
	if (server_refuses(server)) {
		atomic_store(&server->refusals, 0);
		atomic_store(&server->avoid_until_us, 0);
	}
	if (server_is_observed(server))
		server_observe(server, SERVER_SEEN_CONNECTED);
}

void server_failed(struct worker *worker, struct server *server)
{
	uint64_t now_us = loop_now(worker->loop).us;
	uint32_t none = 0;

	if (atomic_compare_exchange_strong(&server->refusals, &none, 1) ||
	    now_us >= atomic_load(&server->avoid_until_us))
		atomic_store(&server->avoid_until_us, now_us + avoid_time(server->refusals));
	if (server_is_observed(server))
		server_observe(server, SERVER_SEEN_REFUSED);
}
