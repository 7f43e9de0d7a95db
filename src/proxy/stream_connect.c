/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_connect.c - from a chosen server to an established connection:
 * reuse, connect, retries and redispatch (configuration manual "retries",
 * "option redispatch", "http-reuse").
 *
 * What differs from HAProxy on purpose: with `option redispatch` a failed
 * attempt goes to another server at once whatever the algorithm.
 */
#include <errno.h>

#include "proxy/connect.h"
#include "proxy/http_stream.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static void retry_later(struct stream *stream);

/* Without memory it is forgotten: the next attempt comes without a delay. */
static void note_failed(struct stream *stream, const struct server *server)
{
	struct stream_detour *detour = stream_take_detour(stream);

	if (detour != NULL)
		detour->failed_on = server;
}

static void forget_failed(struct stream *stream)
{
	if (stream->detour != NULL)
		stream->detour->failed_on = NULL;
}

int64_t stream_max_retries(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->max_retries >= 0 ? stream->txn->max_retries
								    : stream_back(stream)->retries;
}

void stream_note_queue_time(struct stream *stream)
{
	struct moment now = worker_now(stream->worker);

	if (stream->queue_ms >= 0)
		return;
	stream->queue_ms = (int32_t)(moment_since(stream->wait_began, now) / 1000);
	stream->wait_began = now;
}

static void failed_for_good(struct stream *stream, char cause)
{
	count_one(backend_counters(stream), COUNT_CONNECT_ERRORS);
	count_one(server_counters(stream), COUNT_CONNECT_ERRORS);
	stream_give_up(stream, cause, 'C');
}

/* Whether retry number `made` (from 1) is one that may change the server. */
static bool redispatch_now(const struct stream *stream)
{
	int64_t every = stream_back(stream)->redispatch_interval, most;

	if (!stream_may_redispatch(stream))
		return false;
	if (every == -1)
		return true;
	if (every > 0)
		return stream->retries % every == 0;
	most = stream_max_retries(stream) + 1 + every;
	return stream->retries % (most > 0 ? most : 1) == 0;
}

static void redispatch(struct stream *stream)
{
	struct server *failed = stream->target;

	stream_leave_server(stream);
	stream_give_place(stream);
	stream_assign_but(stream, failed);
}

/* One attempt has failed: again elsewhere, or here after a while, or not at all. */
static void attempt_failed(struct stream *stream, char cause)
{
	struct server *server = stream->target;

	server_failed(stream->worker, server);
	if (stream->retries >= stream_max_retries(stream) ||
	    (stream->http &&
	     !(stream->backend->section->http.retry_on & HTTP_RETRY_CONN_FAILURE))) {
		failed_for_good(stream, cause);
		return;
	}
	stream->retries++;
	count_one(backend_counters(stream), COUNT_RETRIES);
	count_one(server_counters(stream), COUNT_RETRIES);
	note_failed(stream, server);
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
	forget_failed(stream);
	if (!atomic_load(&stream->target->lb.usable) && stream_may_redispatch(stream))
		redispatch(stream);
	else
		stream_connect(stream);
}

/* A redispatch is told only when the server has really changed. */
static void note_redispatch(struct stream *stream)
{
	const struct server *failed = stream_failed_on(stream);

	if (failed == NULL || failed == stream->target)
		return;
	stream->redispatched = true;
	forget_failed(stream);
	count_one(backend_counters(stream), COUNT_REDISPATCHES);
	count_one(server_counters(stream), COUNT_REDISPATCHES);
}

static void note_attempt(struct stream *stream)
{
	struct server *server = stream->target;
	uint32_t active = atomic_load_explicit(&server->lb.active, memory_order_relaxed);
	struct moment now = worker_now(stream->worker);

	stream_note_queue_time(stream);
	if (stream->retries == 0 || stream->redispatched) {
		count_one(server_counters(stream), COUNT_SESSIONS);
		rate_count(&server->rate, now.us);
	}
	count_one(server_counters(stream), COUNT_CHOSEN);
	if (active > atomic_load_explicit(&server->max_active, memory_order_relaxed))
		atomic_store_explicit(&server->max_active, active, memory_order_relaxed);
}

/* Whether the next request of the same client may take the same connection. */
static bool serves_later(const struct server *server)
{
	const struct foreign_source *foreign = server_foreign(server);

	return server->conf->send_proxy == 0 &&
	       (foreign == NULL || foreign->kind != FOREIGN_HEADER);
}

/*
 * A connection that is there already: the stream's own, or one of the pool as
 * far as `http-reuse` lets its first and its later requests.
 */
static bool reuse(struct stream *stream)
{
	enum http_reuse policy = stream->backend->section->http.reuse;

	stream->reused = false;
	if (!stream->http || stream->fresh || txn_sets_packets(stream->txn) ||
	    !serves_later(stream->target)) {
		server_conn_close(stream, true);
		return false;
	}
	if (stream->server != NULL &&
	    (server_conn_of(stream->server)->own_packets ||
	     !server_conn_leads(server_conn_of(stream->server), stream) ||
	     server_conn_of(stream->server)->server != stream->target || stream->server->hung_up ||
	     stream->server->failed || stream->server->can_read))
		server_conn_close(stream, true); /* of another server, or not idle any more */
	if (stream->server != NULL)
		stream->reused = true;
	else if (!server_shares(stream->target))
		stream->reused = false;
	else if (policy == HTTP_REUSE_ALWAYS || (policy != HTTP_REUSE_NEVER && !stream->first))
		stream->reused = server_conn_reuse(stream, 0);
	else if (policy == HTTP_REUSE_AGGRESSIVE)
		stream->reused = server_conn_reuse(stream, 2);
	return stream->reused;
}

void stream_connect(struct stream *stream)
{
	if (stream_failed_on(stream) == stream->target && stream->state != STREAM_RETRY) {
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

	server_conn_make_room(stream->worker, 1);
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
	stream->client.must_speak = stream_front(stream)->independent;
	stream_enter(stream, STREAM_TUNNEL);
	stream_count_latency(stream, moment_since(stream->accepted, stream->entered));
	stream_log_at(stream, LOG_STEP_CONNECT);
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
		stream_connect(stream);
		return;
	}
	stream->retries++;
	count_one(backend_counters(stream), COUNT_RETRIES);
	count_one(server_counters(stream), COUNT_RETRIES);
	note_failed(stream, server);
	if (redispatch_now(stream)) {
		redispatch(stream);
		return;
	}
	forget_failed(stream); /* it did take the connection: no need to wait */
	stream_connect(stream);
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
