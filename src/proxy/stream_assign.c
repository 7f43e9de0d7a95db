/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_assign.c - from a backend to a server: persistence, balance,
 * queue (configuration manual "balance", "cookie", "maxconn").
 *
 * What differs from HAProxy on purpose: servers that have just refused are
 * passed over while others can be had (server.h).
 */
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
bool stream_may_redispatch(const struct stream *stream)
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

	choice.avoid = !stream->backend->hashes || stream_may_redispatch(stream);
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

static void no_server(struct stream *stream)
{
	count_one(backend_counters(stream), COUNT_CONNECT_ERRORS);
	stream_give_up(stream, 'S', 'C');
}

static void take_target(struct stream *stream, struct server *server)
{
	stream->target = server;
	stream->counted_active = true;
	/* `redir`: the client is sent there, and nobody else. */
	if (!stream->http || !http_server_redirects(stream->txn, server)) {
		stream_connect(stream);
		return;
	}
	stream_note_queue_time(stream);
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

void stream_assign_but(struct stream *stream, const struct server *not)
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
	stream_assign_but(stream, NULL);
}

/* ---- queue ---- */

static void wait_in_queue(struct stream *stream, struct server *server)
{
	switch (queue_enter(stream, server)) {
	case QUEUE_WAITS:
		stream_enter(stream, STREAM_QUEUED);
		break;
	case QUEUE_SERVED:
		stream_connect(stream);
		break;
	case QUEUE_FULL:
		/* maxqueue: the redispatch that the manual describes, or refuse. */
		if (stream_may_redispatch(stream) && server != NULL)
			wait_in_queue(stream, NULL);
		else
			no_server(stream);
		break;
	}
}

void stream_granted(struct stream *stream)
{
	if (stream->target != NULL) {
		stream_connect(stream);
		return;
	}
	if (stream->txn != NULL)
		persist_look_again(stream->txn);
	stream_assign_but(stream, NULL);
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
