/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_request.c - waits for a request and reads its head (configuration
 * manual "timeout http-request", "timeout http-keep-alive").
 */
#include <string.h>

#include "expr/vars.h"
#include "proxy/http_stream.h"
#include "proxy/malformed.h"
#include "proxy/stream_timer.h"

static void go_on_reading(struct stream *stream);

void http_begin(struct stream *stream)
{
	stream_enter(stream, STREAM_REQUEST);
	if (stream->client.can_read)
		http_request_ready(stream);
}

/* The stream as it was before its first request; counters of the connection stay. */
static void forget_exchange(struct stream *stream)
{
	stream->backend = NULL;
	stream->target = NULL;
	stream_end_detour(stream);
	stream->queue_ms = stream->connect_ms = -1;
	stream->retries = 0;
	stream->calls = 0;
	stream->cause = stream->phase = 0;
	stream->redispatched = stream->logged = stream->fresh = stream->reused = false;
	stream->accounted = false;
	stream->first = false;
}

void http_next(struct stream *stream)
{
	forget_exchange(stream);
	stream->idle_from = worker_now(stream->worker);
	stream_enter(stream, STREAM_REQUEST);
	/* What came behind the last request; in the next turn, so that nobody is starved. */
	if (stream->client.held != NULL || stream->client.can_read)
		loop_file_again(stream->worker->loop, &stream->client.file);
}

size_t http_head_limit(const struct stream *stream)
{
	const struct proxy_global *global = &stream->worker->proxy->conf->global;

	return global->bufsize - (size_t)global->maxrewrite;
}

/* ---- a head ---- */

/* The connection ends with this answer; what else the client sent is not looked at. */
static void refuse(struct stream *stream, unsigned status, char cause)
{
	struct txn *txn = stream->txn;

	if (stream->client.bytes != 0) /* who says nothing does nothing wrong */
		count_one(frontend_counters(stream), COUNT_REQUEST_ERRORS);
	txn->closes = true;
	txn_reply(txn, http_error_reply(txn, status), cause, 'R');
	http_answer(stream);
}

/* Or completes the one that a stream of mode tcp has. */
static bool make_txn(struct stream *stream)
{
	const struct proxy_conf *conf = stream->worker->proxy->conf;
	struct txn *txn = stream->txn != NULL ? stream->txn : txn_new(stream);

	if (txn == NULL)
		return false;
	if (conf->names == NULL || txn->vars != NULL)
		return true;
	txn->vars = expr_vars_new(&txn->memory);
	txn->message_vars = expr_vars_new(&txn->memory);
	return txn->vars != NULL && txn->message_vars != NULL;
}

static void head_complete(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct moment now = worker_now(stream->worker);

	txn->head_at = now;
	txn->bytes_in = txn->request.len;
	count_one(frontend_counters(stream), COUNT_REQUESTS);
	rate_count(&stream->listener->frontend->request_rate, now.us);
	http_analyse(stream);
}

/* True when it must read on. */
static bool try_head(struct stream *stream)
{
	const struct buffer *input = http_input(stream, &stream->client);
	struct txn *txn = stream->txn;
	struct http_leniency leniency = {
		.unsafe = stream->listener->frontend->section->http.unsafe_request,
		.any_body = stream->worker->proxy->conf->global.any_body,
	};
	const char *why;
	size_t at;
	enum http_parse result;

	result = http_request_parse((const char *)input->bytes + input->start, buffer_used(input),
				    http_head_limit(stream), leniency, &txn->request, &why, &at);
	if (result == HTTP_PARSE_MORE)
		return true;
	if (result == HTTP_PARSE_DONE) {
		head_complete(stream);
		return false;
	}
	malformed_request(stream, input, at, why);
	refuse(stream, http_parse_status(result), 'P');
	return false;
}

/* The client has gone: between requests that is its right. */
static void client_closed(struct stream *stream, char cause)
{
	if (stream->txn == NULL && (!stream->first ||
				    stream->listener->frontend->section->http.ignore_probes)) {
		stream->logged = true;
		stream_end(stream, '-', '-');
		return;
	}
	if (stream->txn == NULL && !make_txn(stream)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	if (stream->client.bytes != 0)
		count_one(frontend_counters(stream), COUNT_REQUEST_ERRORS);
	stream->txn->status = 400;
	stream_end(stream, cause, 'R');
}

/* It will send no more, and may still read why that was not enough. */
static void client_finished(struct stream *stream)
{
	bool idle = stream->txn == NULL &&
		    (!stream->first || stream->listener->frontend->section->http.ignore_probes);

	if (idle || (stream->txn == NULL && !make_txn(stream)))
		client_closed(stream, 'C');
	else
		refuse(stream, 400, 'C');
}

/* Something of a request is there. True when it must read on. */
static bool try_request(struct stream *stream)
{
	if (stream->txn == NULL && !make_txn(stream)) {
		stream_end(stream, 'R', 'R');
		return false;
	}
	return try_head(stream);
}

static void keep(struct stream *stream)
{
	if (!http_hold(stream, &stream->client)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	stream_watch(stream);
}

static void go_on_reading(struct stream *stream)
{
	for (;;) {
		switch (http_read(stream, &stream->client)) {
		case FLOW_MORE:
			if (!try_request(stream))
				return;
			break;
		case FLOW_DRAINED:
		case FLOW_BLOCKED:
			keep(stream);
			return;
		case FLOW_END:
			client_finished(stream);
			return;
		default:
			client_closed(stream, 'C');
			return;
		}
	}
}

/* More bytes while rules wait for them. */
static void go_on_waiting(struct stream *stream)
{
	for (;;) {
		enum flow flow = http_read(stream, &stream->client);

		if (flow == FLOW_READ_ERROR) {
			stream_end(stream, 'C', 'R');
			return;
		}
		if (flow != FLOW_MORE)
			break;
	}
	if (!http_hold(stream, &stream->client)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	http_analyse(stream);
}

void http_upgrade(struct stream *stream)
{
	stream->http = true;
	if (!make_txn(stream)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	stream->txn->switched = true;
	stream_enter(stream, STREAM_REQUEST);
	stream->client.can_read |= stream->client.ended; /* the end that rules have met, anew */
	if (stream->client.held == NULL || try_head(stream))
		go_on_reading(stream);
}

void http_request_ready(struct stream *stream)
{
	if (stream->client.failed && !stream->client.can_read) {
		client_closed(stream, 'C');
		return;
	}
	if (stream->txn != NULL && stream->txn->waiting) {
		go_on_waiting(stream);
		return;
	}
	/* A request that came with the last one. */
	if (stream->txn == NULL && stream->client.held != NULL && !try_request(stream))
		return;
	go_on_reading(stream);
}

void http_request_timeout(struct stream *stream)
{
	struct txn *txn = stream->txn;

	/* Without a moment of its own it was the client that had its time: asked again it would wait again. */
	if (txn != NULL && txn->waiting && txn->run.wait_until.us != MOMENT_NEVER.us) {
		http_analyse(stream);
		return;
	}
	if (txn == NULL && (!stream->first ||
			    stream->listener->frontend->section->http.ignore_probes)) {
		stream->logged = true;
		stream_end(stream, '-', '-');
		return;
	}
	if (txn == NULL && !make_txn(stream)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	refuse(stream, 408, 'c');
}
