/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_dynamic.c - see server_dynamic.h.
 *
 * The end of a deleted server, which no set has any more:
 *
 *   deleted --each thread has gone through a turn--> visited: every thread closes its idle
 *      connections and says whether a stream of its own has the server
 *   visited --some has--> visited again, a second later
 *   visited --none has--> each thread goes through one more turn --> freed
 *
 * After the first turn no thread finds it, so a thread that has said no once
 * will never have it again. The last turn lets messages arrive that were on
 * their way to the server's home.
 */
#include "proxy/server_dynamic.h"

#include <errno.h>

#include "base/arena.h"
#include "proxy/reclaim.h"
#include "proxy/server.h"
#include "proxy/server_admin.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"
#include "proxy/server_set.h"
#include "proxy/server_track.h"
#include "proxy/txn.h"

enum { VISIT_AGAIN_US = 1000000 };

struct burial {
	struct list node;		/* in proxy->burials; main thread */
	struct server *server;
	struct worker *main;
	struct loop_message news;	/* to the main thread */
	struct loop_timer again;
	_Atomic unsigned left;		/* threads that were not visited */
	_Atomic bool held;		/* some stream has the server */
	bool over;			/* nothing is left but the memory */
	struct visit {
		struct loop_message message;
		struct burial *burial;
		struct worker *worker;
	} visits[];			/* [threads] */
};

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
	return stream->target == server || stream->failed_on == server ||
	       (stream->txn != NULL && stream->txn->persistent == server) ||
	       (stream->server != NULL && server_conn_of(stream->server)->server == server);
}

static void burial_visit(struct loop *loop, struct loop_message *message)
{
	struct visit *visit = container_of(message, struct visit, message);
	struct burial *burial = visit->burial;
	struct server *server = burial->server;

	if (server->home == visit->worker)
		server_retire(server);
	server_pool_close(visit->worker, server);
	list_for_each_safe(node, &visit->worker->streams)
		if (dynamic_has(container_of(node, struct stream, node), server))
			atomic_store(&burial->held, true);
	if (atomic_fetch_sub(&burial->left, 1) == 1)
		loop_post(burial->main->loop, &burial->news);
}

static void burial_visit_all(struct burial *burial)
{
	struct proxy *proxy = burial->main->proxy;

	atomic_store(&burial->held, false);
	atomic_store(&burial->left, proxy->threads);
	for (unsigned i = 0; i < proxy->threads; i++)
		loop_post(proxy->workers[i].loop, &burial->visits[i].message);
}

static void burial_begin(void *object)
{
	burial_visit_all(object);
}

static void burial_again(struct loop *loop, struct loop_timer *timer)
{
	burial_visit_all(container_of(timer, struct burial, again));
}

static void burial_end(void *object)
{
	struct burial *burial = object;

	loop_post(burial->main->loop, &burial->news);
}

static void burial_free(struct burial *burial)
{
	list_remove(&burial->node);
	server_free(burial->server);
	free(burial);
}

/* Without memory for the timer it stays until the end of the process. */
static void burial_news(struct loop *loop, struct loop_message *message)
{
	struct burial *burial = container_of(message, struct burial, news);
	struct proxy *proxy = burial->main->proxy;

	if (burial->over) {
		burial_free(burial);
	} else if (atomic_load(&burial->held) || atomic_load(&proxy->readers) != 0) {
		if (loop_timer_arm(loop, &burial->again,
				   moment_after(loop_now(loop), VISIT_AGAIN_US)) < 0)
			return;
	} else {
		burial->over = true;
		proxy_reclaim(proxy, burial, burial_end);
	}
}

static struct burial *burial_new(struct worker *main, struct server *server)
{
	unsigned threads = main->proxy->threads;
	struct burial *burial = calloc(1, sizeof(*burial) + threads * sizeof(burial->visits[0]));

	if (burial == NULL)
		return NULL;
	burial->server = server;
	burial->main = main;
	burial->news.deliver = burial_news;
	burial->again.on_expire = burial_again;
	for (unsigned i = 0; i < threads; i++)
		burial->visits[i] = (struct visit){ .message.deliver = burial_visit,
						    .burial = burial,
						    .worker = &main->proxy->workers[i] };
	return burial;
}

const char *server_dynamic_delete(struct worker *worker, struct server *server)
{
	struct burial *burial = burial_new(worker, server);
	const char *kept = server_dynamic_kept(server);

	if (kept == NULL && burial != NULL &&
	    dynamic_change(server->backend, NULL, server, &kept) == 0) {
		server_track_end(server);
		list_append(&worker->proxy->burials, &burial->node);
		proxy_reclaim(worker->proxy, burial, burial_begin);
		return NULL;
	}
	free(burial);
	return kept != NULL ? kept : "Out of memory.";
}

void server_dynamic_free_all(struct proxy *proxy)
{
	list_for_each_safe(node, &proxy->burials)
		burial_free(container_of(node, struct burial, node));
}
