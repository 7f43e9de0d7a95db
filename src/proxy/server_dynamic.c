/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_dynamic.c - see server_dynamic.h.
 */
#include "proxy/server_dynamic.h"

#include <errno.h>

#include "base/arena.h"
#include "proxy/burial.h"
#include "proxy/reclaim.h"
#include "proxy/server.h"
#include "proxy/server_admin.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"
#include "proxy/server_set.h"
#include "proxy/server_track.h"
#include "proxy/txn.h"

/* ---- the set ---- */

const char *server_dynamic_refused(const struct backend *backend)
{
	const struct lb_conf *conf = &backend->section->back.lb;

	if (conf->algo->dynamic_weights ||
	    (conf->algo->key != LB_KEY_NONE && conf->hash_type == LB_HASH_CONSISTENT))
		return NULL;
	return "Backend must use a dynamic load balancing to support dynamic servers.";
}

const char *server_dynamic_kept(const struct server *server)
{
	if (server->conf->referenced || atomic_load(&server->trackers) != NULL ||
	    server->naming != NULL)
		return "This server cannot be removed at runtime due to other configuration elements "
		       "pointing to it.";
	if (!server_in_maintenance(server))
		return "Only servers in maintenance mode can be deleted.";
	if (atomic_load(&server->lb.active) != 0 || atomic_load(&server->queue.len) != 0)
		return "Server still has connections attached to it, cannot remove it.";
	return NULL;
}

/* The set with one server more or without another. NULL: no memory. */
static struct server_set *dynamic_set(const struct server_set *old, struct server *added,
				      const struct server *removed)
{
	struct server_set *set = server_set_new(old->count + 1);

	if (set == NULL)
		return NULL;
	for (unsigned i = 0; i < old->count; i++)
		if (old->at[i] != removed)
			set->at[set->count++] = old->at[i];
	if (added != NULL)
		set->at[set->count++] = added;
	return set;
}

/* Everybody sees the new set from now on, with the algorithm's new instance. */
static void dynamic_put(struct backend *backend, struct server_set *set, void *lb)
{
	const struct lb_algo *algo = backend->section->back.lb.algo;

	for (unsigned i = 0; i < set->count; i++)
		set->at[i]->lb.id = i;
	atomic_store(&backend->servers, set);
	atomic_store(&backend->lb, lb);
	backend_regroup(backend);
	/* Tables of hashes are made of what was usable when it was opened, before the lock. */
	if (set->count != 0)
		algo->changed(lb, &set->at[0]->lb);
}

/* *ret_kept: what is against the removal. */
static int dynamic_change(struct backend *backend, struct server *added, struct server *removed,
			  const char **ret_kept)
{
	const struct lb_algo *algo = backend->section->back.lb.algo;
	struct server_set *old = atomic_load(&backend->servers);
	struct server_set *set = dynamic_set(old, added, removed);
	void *old_lb = atomic_load(&backend->lb), *lb = NULL;
	int error = set != NULL ? server_set_open_lb(backend, set, &lb) : -ENOMEM;

	*ret_kept = NULL;
	if (error == 0) {
		pthread_mutex_lock(&backend->lock);
		*ret_kept = removed != NULL ? server_dynamic_kept(removed) : NULL;
		if (*ret_kept == NULL)
			dynamic_put(backend, set, lb);
		pthread_mutex_unlock(&backend->lock);
	}
	if (error < 0 || *ret_kept != NULL) {
		if (lb != NULL)
			algo->close(lb);
		free(set);
		return error < 0 ? error : -EBUSY;
	}
	proxy_reclaim(backend->proxy, old, free);
	proxy_reclaim(backend->proxy, old_lb, algo->close);
	return 0;
}

/* ---- a new one ---- */

/* In maintenance, and neither checked nor asked before somebody says so. */
static void dynamic_begin(struct worker *worker, struct server *server)
{
	struct proxy *proxy = server->backend->proxy;

	if (!server->conf->enabled || server->conf->disabled) {
		server->admin = SERVER_ADMIN_FORCED_MAINT |
				(server->conf->disabled ? SERVER_ADMIN_CONFIG_MAINT : 0);
		server->state = SERVER_MAINT;
	}
	server->changed_us = worker_now(worker).us;
	server->check_stopped = true;
	if (server->agent != NULL)
		server->agent->stopped = true;
	server->home = &proxy->workers[(uint64_t)server->conf->id % proxy->threads];
	server_slowstart_init(server);
	for (unsigned i = 0; i < proxy->threads; i++)
		server_pool_open(&proxy->workers[i], server);
}

int server_dynamic_add(struct worker *worker, struct backend *backend, const char *const *words,
		       unsigned count, struct strbuf *ret_why)
{
	struct arena *arena = arena_new();
	const char *why = "out of memory.\n";
	const struct server_conf *conf = server_words_read(backend, arena, words, count, &why);
	struct server *server = conf != NULL ? server_new(backend, conf, 0) : NULL;

	if (server == NULL) {
		strbuf_puts(ret_why, why != NULL ? why : "out of memory.\n");
		arena_free(arena);
		return conf != NULL ? -ENOMEM : -EINVAL;
	}
	server->arena = arena;
	dynamic_begin(worker, server);
	int error = dynamic_change(backend, server, NULL, &why);
	if (error < 0) {
		strbuf_puts(ret_why, "out of memory.\n");
		server_free(server);
		return error;
	}
	if (conf->maxconn > 0)
		backend->limited = true;
	server_track_begin(server);
	return 0;
}

/* ---- one that goes ---- */

static bool dynamic_has(const struct stream *stream, const struct server *server)
{
	return stream->target == server || stream_failed_on(stream) == server ||
	       (stream->txn != NULL && stream->txn->persistent == server) ||
	       (stream->server != NULL && server_conn_of(stream->server)->server == server);
}

/* The thread's idle connections to it are closed. */
static bool dynamic_visit(struct worker *worker, void *object)
{
	struct server *server = object;
	bool held = false;

	if (server->home == worker)
		server_retire(server);
	server_pool_close(worker, server);
	list_for_each_safe(node, &worker->streams)
		held |= dynamic_has(container_of(node, struct stream, node), server);
	return held;
}

static void dynamic_free(void *object)
{
	server_free(object);
}

static const struct burial_kind dynamic_burial = { .visit = dynamic_visit, .free = dynamic_free };

static bool dynamic_is_of(const void *object, const void *what)
{
	return ((const struct server *)object)->backend == what;
}

bool server_dynamic_dying(const struct backend *backend)
{
	return burial_any(backend->proxy, &dynamic_burial, dynamic_is_of, backend);
}

const char *server_dynamic_delete(struct worker *worker, struct server *server)
{
	struct burial *burial = burial_new(worker, server, &dynamic_burial);
	const char *kept = server_dynamic_kept(server);

	if (kept == NULL && burial != NULL &&
	    dynamic_change(server->backend, NULL, server, &kept) == 0) {
		server_track_end(server);
		burial_begin(burial);
		return NULL;
	}
	burial_cancel(burial);
	return kept != NULL ? kept : "Out of memory.";
}
