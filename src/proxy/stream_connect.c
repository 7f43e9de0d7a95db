/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_connect.c - from a backend to an established connection:
 * balance, queue, connect, retries and redispatch (configuration manual
 * "retries", "option redispatch").
 *
 * What differs from HAProxy on purpose: with `option redispatch` a failed
 * attempt goes to another server at once whatever the algorithm, and servers
 * that have just refused are passed over while others can be had (server.h).
 */
#include <errno.h>


#include "proxy/connect.h"
#include "proxy/http_stream.h"
#include "proxy/queue.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

/* What a pick may not take. */
struct choice {
	struct stream *stream;
	const struct server *not;	/* it has just failed this stream, or NULL */
	bool avoid;			/* servers that refused lately, too */
	bool skip_full;
};

static bool acceptable(void *context, const struct lb_server *lb)
{
	const struct choice *choice = context;
	const struct server *server = container_of(lb, struct server, lb);

	if (server == choice->not)
		return false;
	if (choice->avoid && server_avoided(server, worker_now(choice->stream->worker)))
		return false;
	return !choice->skip_full || server_has_place(server);
}

static struct server *pick_one(struct stream *stream, struct choice *choice)
{
	struct backend *backend = stream->backend;
	struct lb_request request = {
		.random = worker_random(stream->worker),
		.accept = acceptable,
		.context = choice,
	};

	if (stream->txn != NULL && stream->http) {
		request.key = stream->txn->hash_key.at;
		request.key_len = stream->txn->hash_key.len;
	} else if (backend->hashes) {
		balance_key(stream, &request);
	}
	struct lb_server *lb = backend->section->back.lb.algo->pick(backend->lb, &request);

	return lb == NULL ? NULL : container_of(lb, struct server, lb);
}

static void unpick(struct server *server)
{
	lb_release(&server->lb);
}

/* Whether persistence may be broken for the sake of an answer. */
static bool may_redispatch(const struct stream *stream)
{
	return stream_back(stream)->redispatch && stream_back(stream)->redispatch_interval != 0;
}

/*
 * The algorithm's server, counted in lb.active. With avoidance first; a server
 * whose time of avoidance is over is tried by one stream only.
 */
static struct server *pick(struct stream *stream, const struct server *not, bool skip_full)
{
	struct choice choice = { .stream = stream, .not = not, .skip_full = skip_full };
	struct server *server;

	choice.avoid = !stream->backend->hashes || may_redispatch(stream);
	while (choice.avoid) {
		server = pick_one(stream, &choice);
		if (server == NULL)
			break;
		if (server_try(server, worker_now(stream->worker)))
			return server;
		unpick(server);
		if (!server_avoided(server, worker_now(stream->worker)))
			break;
	}
	choice.avoid = false;
	server = pick_one(stream, &choice);
	if (server != NULL || not == NULL)
		return server;

	/* Rather wait for a full server than go back to the one that has failed. */
	choice.skip_full = false;
	server = skip_full ? pick_one(stream, &choice) : NULL;
	if (server != NULL) {
		unpick(server);
		return NULL;
	}
	choice.skip_full = skip_full;
	choice.not = NULL;
	return pick_one(stream, &choice);
}

/* ---- a server for the stream ---- */

static void wait_in_queue(struct stream *stream, struct server *server);
static void connect_to_target(struct stream *stream);
static void retry_later(struct stream *stream);

static void no_server(struct stream *stream)
{
	count_one(backend_counters(stream), COUNT_CONNECT_ERRORS);
	stream_give_up(stream, 'S', 'C');
}

static void note_queue_time(struct stream *stream)
{
	struct moment now = worker_now(stream->worker);

	if (stream->queue_ms >= 0)
		return;
	stream->queue_ms = (int32_t)(moment_since(stream->wait_began, now) / 1000);
	stream->wait_began = now;
}

static void take_target(struct stream *stream, struct server *server)
{
	stream->target = server;
	stream->counted_active = true;
	/* `redir`: the client is sent there, and nobody else. */
	if (!stream->http || !http_server_redirects(stream->txn, server)) {
		connect_to_target(stream);
		return;
	}
	note_queue_time(stream);
	http_answer(stream);
}

static bool some_usable(const struct backend *backend)
{
	return atomic_load_explicit(&backend->usable_active, memory_order_relaxed) != 0 ||
	       atomic_load_explicit(&backend->usable_backup, memory_order_relaxed) != 0;
}

/* The hash decides: without a place the stream waits for that very server. */
static void assign_by_hash(struct stream *stream, const struct server *not)
{
	struct server *server = pick(stream, not, false);

	if (server == NULL) {
		no_server(stream);
	} else if (server_take_place(server)) {
		take_target(stream, server);
	} else {
		unpick(server);
		wait_in_queue(stream, server);
	}
}

static void assign_freely(struct stream *stream, const struct server *not)
{
	struct backend *backend = stream->backend;
	/* Who waits already comes first. */
	bool crowded = backend->limited && atomic_load(&backend->waiting) != 0;

	while (!crowded) {
		struct server *server = pick(stream, not, backend->limited);

		if (server == NULL)
			break;
		if (server_take_place(server)) {
			take_target(stream, server);
			return;
		}
		unpick(server); /* another thread was faster */
	}
	if (backend->limited && some_usable(backend))
		wait_in_queue(stream, NULL);
	else
		no_server(stream);
}

/* This server and no other, even if the stream must wait for it. */
static void take_or_wait(struct stream *stream, struct server *server)
{
	lb_claim(&server->lb);
	if (server_take_place(server)) {
		take_target(stream, server);
	} else {
		unpick(server);
		wait_in_queue(stream, server);
	}
}

/* The server that persistence asks for. */
static bool assign_persistent(struct stream *stream, const struct server *not)
{
	struct server *server = stream->txn != NULL ? stream->txn->persistent : NULL;

	if (server == NULL)
		return false;
	if (server == not) {
		persist_lost(stream->txn);
		return false;
	}
	take_or_wait(stream, server);
	return true;
}

/*
 * The server to which the stream still has a connection of its own, when that
 * is to be kept: `option prefer-last-server`, or the client has authenticated it.
 */
static struct server *preferred(const struct stream *stream)
{
	const struct http_conf *conf = &stream->backend->section->http;
	struct server *last =
		stream->server != NULL ? server_conn_of(stream->server)->server : NULL;

	if (last == NULL || last->backend != stream->backend || stream->backend->hashes ||
	    !(conf->prefer_last_server || stream->private_server) ||
	    !atomic_load_explicit(&last->lb.usable, memory_order_relaxed))
		return NULL;
	if (stream->private_server || conf->max_keep_alive_queue < 0 ||
	    atomic_load_explicit(&last->queue.len, memory_order_relaxed) <=
		    conf->max_keep_alive_queue)
		return last;
	return NULL;
}

static bool assign_last(struct stream *stream, const struct server *not)
{
	struct server *server = preferred(stream);

	if (server == NULL || server == not)
		return false;
	take_or_wait(stream, server);
	return true;
}

static void assign(struct stream *stream, const struct server *not)
{
	stream->target = NULL;
	if (assign_persistent(stream, not) || assign_last(stream, not))
		return;
	if (stream->backend->hashes)
		assign_by_hash(stream, not);
	else
		assign_freely(stream, not);
}

void stream_assign(struct stream *stream)
{
	stream->wait_began = worker_now(stream->worker);
	assign(stream, NULL);
}

/* ---- queue ---- */

static void wait_in_queue(struct stream *stream, struct server *server)
{
	switch (queue_enter(stream, server)) {
	case QUEUE_WAITS:
		stream_enter(stream, STREAM_QUEUED);
		break;
	case QUEUE_SERVED:
		connect_to_target(stream);
		break;
	case QUEUE_FULL:
		/* maxqueue: the redispatch that the manual describes, or refuse. */
		if (may_redispatch(stream) && server != NULL)
			wait_in_queue(stream, NULL);
		else
			no_server(stream);
		break;
	}
}

void stream_granted(struct stream *stream)
{
	if (stream->target != NULL)
		connect_to_target(stream);
	else
		assign(stream, NULL);
}

void stream_queue_timeout(struct stream *stream)
{
	if (stream->grant_pending || !queue_leave(stream))
		return; /* served this very moment */
	if (!stream->queued_on_server)
		stream->target = NULL;
	count_one(backend_counters(stream), COUNT_CONNECT_ERRORS);
	stream->queue_ms = (int32_t)(moment_since(stream->entered, worker_now(stream->worker)) / 1000);
	stream_give_up(stream, 's', 'Q');
}

/* ---- connection ---- */

static void failed_for_good(struct stream *stream, char cause)
{
	count_one(backend_counters(stream), COUNT_CONNECT_ERRORS);
	count_one(server_counters(stream), COUNT_CONNECT_ERRORS);
	stream_give_up(stream, cause, 'C');
}

/* Whether retry number `made` (from 1) is one that may change the server. */
static bool redispatch_now(const struct stream *stream)
{
	const struct backend_conf *back = stream_back(stream);
	int64_t every = back->redispatch_interval;

	if (!may_redispatch(stream))
		return false;
	if (every == -1)
		return true;
	if (every > 0)
		return stream->retries % every == 0;
	return stream->retries % (back->retries + 1 + every > 0 ? back->retries + 1 + every : 1) ==
	       0;
}

static void redispatch(struct stream *stream)
{
	struct server *failed = stream->target;

	stream_leave_server(stream);
	stream_give_place(stream);
	assign(stream, failed);
}

/* One attempt has failed: again elsewhere, or here after a while, or not at all. */
static void attempt_failed(struct stream *stream, char cause)
{
	struct server *server = stream->target;

	server_failed(stream->worker, server);
	if (stream->retries >= stream_back(stream)->retries ||
	    (stream->http &&
	     !(stream->backend->section->http.retry_on & HTTP_RETRY_CONN_FAILURE))) {
		failed_for_good(stream, cause);
		return;
	}
	stream->retries++;
	count_one(backend_counters(stream), COUNT_RETRIES);
	count_one(server_counters(stream), COUNT_RETRIES);
	stream->failed_on = server;
	if (redispatch_now(stream))
		redispatch(stream);
	else
		retry_later(stream);
}

static void retry_later(struct stream *stream)
{
	stream_enter(stream, STREAM_RETRY);
}

void stream_reconnect(struct stream *stream)
{
	stream->failed_on = NULL;
	if (!atomic_load(&stream->target->lb.usable) && may_redispatch(stream))
		redispatch(stream);
	else
		connect_to_target(stream);
}

/* A redispatch is told only when the server has really changed. */
static void note_redispatch(struct stream *stream)
{
	if (stream->failed_on == NULL || stream->failed_on == stream->target)
		return;
	stream->redispatched = true;
	stream->failed_on = NULL;
	count_one(backend_counters(stream), COUNT_REDISPATCHES);
	count_one(server_counters(stream), COUNT_REDISPATCHES);
}

static void note_attempt(struct stream *stream)
{
	struct server *server = stream->target;
	uint32_t active = atomic_load_explicit(&server->lb.active, memory_order_relaxed);
	struct moment now = worker_now(stream->worker);

	note_queue_time(stream);
	if (stream->retries == 0 || stream->redispatched) {
		count_one(server_counters(stream), COUNT_SESSIONS);
		rate_count(&server->rate, now.us);
	}
	count_one(server_counters(stream), COUNT_CHOSEN);
	if (active > atomic_load_explicit(&server->max_active, memory_order_relaxed))
		atomic_store_explicit(&server->max_active, active, memory_order_relaxed);
}

/*
 * A connection that is there already: the stream's own, or one of the pool as
 * far as `http-reuse` lets its first and its later requests.
 */
static bool reuse(struct stream *stream)
{
	enum http_reuse policy = stream->backend->section->http.reuse;

	stream->reused = false;
	if (!stream->http || stream->fresh || stream->target->conf->send_proxy != 0) {
		server_conn_close(stream, true);
		return false;
	}
	if (stream->server != NULL &&
	    (server_conn_of(stream->server)->server != stream->target || stream->server->hung_up ||
	     stream->server->failed || stream->server->can_read))
		server_conn_close(stream, true); /* of another server, or not idle any more */
	if (stream->server != NULL)
		stream->reused = true;
	else if (policy == HTTP_REUSE_ALWAYS || (policy != HTTP_REUSE_NEVER && !stream->first))
		stream->reused = server_conn_reuse(stream, 0);
	else if (policy == HTTP_REUSE_AGGRESSIVE)
		stream->reused = server_conn_reuse(stream, 2);
	return stream->reused;
}

static void connect_to_target(struct stream *stream)
{
	if (stream->failed_on == stream->target && stream->state != STREAM_RETRY) {
		retry_later(stream); /* nobody else was to be had */
		return;
	}
	note_redispatch(stream);
	if (reuse(stream)) {
		note_attempt(stream);
		count_one(server_counters(stream), COUNT_REUSES);
		stream->connect_ms = 0;
		http_connected(stream);
		return;
	}
	note_attempt(stream);
	count_one(server_counters(stream), COUNT_CONNECTS);

	int fd = connect_server(stream->target, stream);
	if (fd < 0) {
		bool local = fd == -EMFILE || fd == -ENFILE || fd == -EAGAIN || fd == -ENOBUFS ||
			     fd == -ENOMEM || fd == -EADDRNOTAVAIL || fd == -EADDRINUSE;

		stream_enter(stream, STREAM_CONNECTING);
		attempt_failed(stream, local ? 'R' : 'S');
		return;
	}
	stream_enter(stream, STREAM_CONNECTING);
	if (server_conn_open(stream, fd) < 0) {
		connect_close(fd);
		failed_for_good(stream, 'R');
	}
}

/* The PROXY header goes first: a fresh socket takes it whole. */
static bool introduce(struct stream *stream)
{
	unsigned version = stream->target->conf->send_proxy;

	return version == 0 || connect_introduce(stream, version) == 0;
}

void stream_connect_ready(struct stream *stream)
{
	struct moment now = worker_now(stream->worker);

	if (stream->server->failed) {
		server_conn_close(stream, true);
		attempt_failed(stream, 'S');
		return;
	}
	if (!stream->server->can_write)
		return;
	server_connected(stream->target);
	if (!introduce(stream)) {
		server_conn_close(stream, true);
		attempt_failed(stream, 'S');
		return;
	}
	stream->connect_ms = (int32_t)(moment_since(stream->wait_began, now) / 1000);
	stream->client.active = stream->server->active = now;
	if (stream->http) {
		http_connected(stream);
		return;
	}
	stream_enter(stream, STREAM_TUNNEL);
	if (stream_front(stream)->logasap)
		stream_log(stream, true);
	stream_forward(stream);
}

void stream_try_again(struct stream *stream)
{
	struct server *server = stream->target;

	stream->fresh = true;
	stream->wait_began = worker_now(stream->worker);
	if (stream->reused) { /* it had been idle for too long: that says nothing of the server */
		stream->reused = false;
		connect_to_target(stream);
		return;
	}
	stream->retries++;
	count_one(backend_counters(stream), COUNT_RETRIES);
	count_one(server_counters(stream), COUNT_RETRIES);
	stream->failed_on = server;
	if (redispatch_now(stream)) {
		redispatch(stream);
		return;
	}
	stream->failed_on = NULL; /* it did take the connection: no need to wait */
	connect_to_target(stream);
}

void stream_give_up(struct stream *stream, char cause, char phase)
{
	if (stream->http)
		http_give_up(stream, 503, cause, phase);
	else
		stream_end(stream, cause, phase);
}

void stream_connect_timeout(struct stream *stream)
{
	server_conn_close(stream, true);
	attempt_failed(stream, 's');
}
