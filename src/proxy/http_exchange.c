/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_exchange.c - request and response pass each other between client
 * and server: 1xx, early responses, broken sides, retries, tunnels.
 */
#include <string.h>

#include "proxy/http_stream.h"
#include "proxy/malformed.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/server_observe.h"
#include "proxy/stream_timer.h"

static bool request_over(const struct txn *txn)
{
	return txn->request_flow.done && txn->request_flow.passable == 0 &&
	       txn->request_flow.head.len == 0;
}

char http_phase(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	if (!txn->response_flow.begun)
		return request_over(txn) ? 'H' : 'D';
	return txn->response_flow.done ? 'L' : 'D';
}

/* `http-send-name-header`: known only now. */
static bool name_server(struct stream *stream)
{
	struct txn *txn = stream->txn;
	const char *name = stream->backend->section->http.send_name_header;
	struct slice head = txn->sent_head;
	struct out out = { 0 };

	if (name == NULL)
		return true;
	out.size = head.len + strlen(name) + strlen(stream->target->conf->name) + 4;
	out.bytes = bump_alloc(&txn->memory, out.size);
	if (out.bytes == NULL)
		return false;
	out_bytes(&out, head.at, head.len - txn->kept_body - 2);
	out_text(&out, name);
	out_text(&out, ": ");
	out_text(&out, stream->target->conf->name);
	out_text(&out, "\r\n\r\n");
	out_bytes(&out, head.at + head.len - txn->kept_body, txn->kept_body);
	txn->request_flow.head = out_slice(&out);
	return true;
}

void http_connected(struct stream *stream)
{
	struct txn *txn = stream->txn;

	txn->request_flow.head = txn->sent_head;
	if (!name_server(stream)) {
		http_give_up(stream, 500, 'R', 'C');
		return;
	}
	stream_log_at(stream, LOG_STEP_CONNECT);
	stream_enter(stream, STREAM_EXCHANGE);
	stream->client.active = stream->server->active = worker_now(stream->worker);
	http_exchange(stream);
}

/* ---- another attempt ---- */

/* RFC 9110, 9.2.2: may be sent twice without harm. */
static bool is_idempotent(enum http_method method)
{
	return method == HTTP_GET || method == HTTP_HEAD || method == HTTP_OPTIONS ||
	       method == HTTP_TRACE || method == HTTP_PUT || method == HTTP_DELETE;
}

/* What was sent can be sent again only if no body has gone. */
static bool can_repeat(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	return (txn->request.body == HTTP_BODY_NONE || txn->kept_body != 0) &&
	       !stream->client.failed;
}

/*
 * A connection that had been idle may be closed by its server just when a
 * request is on the way: that request goes to a new one, if it may. Otherwise
 * `retry-on` decides.
 */
bool http_retry(struct stream *stream, unsigned reason)
{
	struct txn *txn = stream->txn;
	bool stale = stream->reused && (reason & HTTP_RETRY_EMPTY_RESPONSE) != 0 &&
		     is_idempotent(txn->request.method_id);
	bool asked = (stream->backend->section->http.retry_on & reason) != 0 &&
		     !txn->no_l7_retry && stream->retries < stream_max_retries(stream);

	if (!can_repeat(stream) || !(stale || asked))
		return false;
	http_drop_response(stream);
	txn->request_flow.head = txn->sent_head;
	stream_enter(stream, STREAM_CONNECTING);
	stream_try_again(stream);
	return true;
}

/* No response, or none that can be passed on. */
static void no_response(struct stream *stream, unsigned reason, char cause)
{
	unsigned status = reason == HTTP_RETRY_RESPONSE_TIMEOUT ? 504 : 502;

	if (server_is_observed(stream->target))
		server_observe(stream->target, reason == HTTP_RETRY_RESPONSE_TIMEOUT
						       ? SERVER_SEEN_TIMEOUT
					       : reason == HTTP_RETRY_EMPTY_RESPONSE
						       ? SERVER_SEEN_CLOSED
						       : SERVER_SEEN_BAD_RESPONSE);
	if (http_retry(stream, reason))
		return;
	/*
	 * On two connections that had been idle: the client, told nothing, may
	 * repeat what we may not (RFC 9110, 9.2.2), as it would without us.
	 */
	if (stream->reused && !stream->first && reason == HTTP_RETRY_EMPTY_RESPONSE) {
		stream_end(stream, cause, 'H');
		return;
	}
	count_one(backend_counters(stream), COUNT_RESPONSE_ERRORS);
	count_one(server_counters(stream), COUNT_RESPONSE_ERRORS);
	http_give_up(stream, status, cause, 'H');
}

void http_bad_response(struct stream *stream)
{
	no_response(stream, HTTP_RETRY_JUNK_RESPONSE, 'P');
}

/* ---- the request's direction ---- */

/* The server takes no more: what it has to say is still read. */
static void request_stops(struct stream *stream)
{
	struct txn *txn = stream->txn;

	txn->request_flow.done = true;
	txn->request_flow.passable = 0;
	txn->request_flow.head = (struct slice){ NULL, 0 };
	txn->closes = true;
	stream->server->write_done = true;
	stream_drop_held(stream, &stream->client);
}

static void client_gone(struct stream *stream)
{
	stream_end(stream, 'C', 0);
}

/* While a response is awaited nothing is read: what comes is for the next request. */
static void watch_client(struct stream *stream)
{
	if (stream->client.failed)
		client_gone(stream);
	else if (stream->client.hung_up && stream_back(stream)->abortonclose &&
		 !stream->txn->response_flow.begun)
		client_gone(stream);
}

static void pass_request(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (request_over(txn)) {
		watch_client(stream);
		return;
	}
	switch (http_pass(stream, &stream->client, stream->server, &txn->request_flow,
			  &txn->bytes_in)) {
	case FLOW_MORE:
		loop_file_again(stream->worker->loop, &stream->client.file);
		break;
	case FLOW_READ_ERROR:
		if (stream->client.failed || stream->client.read_done) {
			client_gone(stream);
			return;
		}
		/* Its framing is broken: nothing that follows can be trusted. */
		count_one(frontend_counters(stream), COUNT_REQUEST_ERRORS);
		if (txn->response_flow.begun)
			stream_end(stream, 'P', 'D');
		else
			http_give_up(stream, 400, 'P', 'D');
		return;
	case FLOW_WRITE_ERROR:
		stream->server->can_read = true; /* what it said before */
		request_stops(stream);
		break;
	case FLOW_BLOCKED:
		if (stream->client.failed) {
			client_gone(stream);
			return;
		}
		break;
	case FLOW_DRAINED:
	case FLOW_END:
		break;
	}
	if (!http_hold(stream, &stream->client))
		stream_end(stream, 'R', 0);
}

/* ---- the response's direction ---- */

/* It closed, or its connection broke, before its answer was complete. */
static void server_fell_silent(struct stream *stream)
{
	bool nothing = buffer_used(http_input(stream, stream->server)) == 0;

	no_response(stream, nothing ? HTTP_RETRY_EMPTY_RESPONSE : HTTP_RETRY_JUNK_RESPONSE, 'S');
}

/* A rule waits for the body, or time: reads what there is room for and asks it again. */
static bool resume_response(struct stream *stream)
{
	struct txn *txn = stream->txn;
	enum flow flow;

	do
		flow = stream->server->read_done ? FLOW_END : http_read(stream, stream->server);
	while (flow == FLOW_MORE);
	if (flow == FLOW_READ_ERROR) {
		server_fell_silent(stream);
		return false;
	}
	txn->response_cut = flow != FLOW_DRAINED;
	if (http_response_resume(stream))
		return true;
	/* In another state the transaction may be gone: a rule has answered, and that was sent. */
	if (stream->state == STREAM_EXCHANGE && txn->response_waits &&
	    !http_hold(stream, stream->server))
		stream_end(stream, 'R', 0);
	return false;
}

/* True when a head is complete and may be passed on; false: wait, or gone. */
static bool read_response_head(struct stream *stream)
{
	for (;;) {
		struct txn *txn = stream->txn;
		const struct buffer *input = http_input(stream, stream->server);
		struct http_leniency leniency = {
			.unsafe = stream->backend->section->http.unsafe_response,
		};
		enum http_parse result = HTTP_PARSE_MORE;
		const char *why;
		size_t at;

		if (buffer_used(input) != 0)
			result = http_response_parse((const char *)input->bytes + input->start,
						     buffer_used(input), http_head_limit(stream),
						     leniency,
						     txn->request.method_id, &txn->response, &why,
						     &at);
		if (result == HTTP_PARSE_DONE) {
			if (http_response_begin(stream))
				return true;
			if (stream->state != STREAM_EXCHANGE || txn->response_flow.begun)
				return false;
			if (txn->response_waits)
				return resume_response(stream);
			continue; /* that was a 1xx */
		}
		if (result != HTTP_PARSE_MORE) {
			malformed_response(stream, input, at, why);
			no_response(stream, HTTP_RETRY_JUNK_RESPONSE, 'P');
			return false;
		}
		switch (http_read(stream, stream->server)) {
		case FLOW_MORE:
			continue;
		case FLOW_DRAINED:
			if (!http_hold(stream, stream->server))
				stream_end(stream, 'R', 0);
			return false;
		case FLOW_BLOCKED:
			no_response(stream, HTTP_RETRY_JUNK_RESPONSE, 'P');
			return false;
		default:
			server_fell_silent(stream);
			return false;
		}
	}
}

/* Malformed from its first byte on: the client has nothing of it yet, 1xx heads before it excepted. */
static bool take_back_head(struct txn *txn)
{
	struct slice waiting = txn->response_flow.head;

	if (waiting.len < txn->response_head_len)
		return false;
	waiting.len -= txn->response_head_len;
	txn->response_flow = (struct txn_flow){ .head = waiting };
	txn->bytes_out = 0;
	return true;
}

static void response_broke(struct stream *stream)
{
	if (take_back_head(stream->txn)) {
		no_response(stream, HTTP_RETRY_JUNK_RESPONSE, 'P');
		return;
	}
	count_one(backend_counters(stream), COUNT_RESPONSE_ERRORS);
	count_one(server_counters(stream), COUNT_RESPONSE_ERRORS);
	stream_end(stream, stream->server->read_done || stream->server->failed ? 'S' : 'P', 'D');
}

static void pass_response(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (!txn->response_flow.begun &&
	    !(txn->response_waits ? resume_response(stream) : read_response_head(stream)))
		return;
	if (stream->state != STREAM_EXCHANGE)
		return;
	switch (http_pass(stream, stream->server, &stream->client, &txn->response_flow,
			  &txn->bytes_out)) {
	case FLOW_MORE:
		loop_file_again(stream->worker->loop, &stream->server->file);
		break;
	case FLOW_WRITE_ERROR:
		client_gone(stream);
		return;
	case FLOW_READ_ERROR:
		response_broke(stream);
		return;
	case FLOW_BLOCKED:
		if (stream->client.failed) {
			client_gone(stream);
			return;
		}
		break;
	case FLOW_DRAINED:
	case FLOW_END:
		break;
	}
	if (!http_hold(stream, stream->server))
		stream_end(stream, 'R', 0);
}

static bool response_over(const struct txn *txn)
{
	return txn->response_flow.begun && txn->response_flow.done &&
	       txn->response_flow.passable == 0 && txn->response_flow.head.len == 0;
}

/* 101, or 2xx to CONNECT, and its head is sent: from here on bytes are bytes. */
static bool is_tunnel(const struct txn *txn)
{
	return txn->response_flow.begun && txn->response_flow.kind == HTTP_BODY_TUNNEL &&
	       txn->response_flow.passable == 0 && txn->response_flow.head.len == 0;
}

static void become_tunnel(struct stream *stream)
{
	stream->txn->tunnel = true;
	stream->client.bytes = stream->server->bytes = 0;
	stream->client.must_speak = stream_front(stream)->independent;
	stream_enter(stream, STREAM_TUNNEL);
	stream_forward(stream);
}

/* An early response may end while its request still comes; without a server nobody wants the rest. */
static void settle(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (is_tunnel(txn)) {
		become_tunnel(stream);
		return;
	}
	if (!response_over(txn))
		return;
	if (!request_over(txn)) {
		if (!stream->server->read_done && !stream->server->hung_up &&
		    !stream->server->failed)
			return;
		request_stops(stream);
	}
	http_finish(stream);
}

void http_exchange(struct stream *stream)
{
	pass_request(stream);
	if (stream->state == STREAM_EXCHANGE)
		pass_response(stream);
	if (stream->state == STREAM_EXCHANGE)
		settle(stream);
}

static struct moment client_deadline(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	return timeout_after(stream->client.active, txn->timeout_client != 0
							    ? txn->timeout_client
							    : stream_front(stream)->timeout_client);
}

static struct moment server_deadline(const struct stream *stream)
{
	const struct txn *txn = stream->txn;
	struct moment from = stream->server->active;

	/* A server is waited for from the moment it has the request. */
	if (moment_before(from, stream->client.active) && !txn->response_flow.begun &&
	    !stream->server->must_speak)
		from = stream->client.active;
	return timeout_after(from, txn->timeout_server != 0 ? txn->timeout_server
							    : stream_back(stream)->timeout_server);
}

/* Who was to act: the client while its request comes or its window is full. */
static bool client_is_late(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	if (txn->response_flow.begun)
		return txn->response_flow.head.len + txn->response_flow.passable != 0 ||
		       stream->server->pipe != NULL;
	if (stream->server->must_speak &&
	    moment_before(server_deadline(stream), client_deadline(stream)))
		return false;
	return !request_over(txn) && txn->request_flow.head.len + txn->request_flow.passable == 0;
}

void http_exchange_timeout(struct stream *stream)
{
	bool client = client_is_late(stream);
	const struct txn *txn = stream->txn;

	if (txn->response_waits &&
	    !moment_before(worker_now(stream->worker), txn->run.wait_until)) {
		http_exchange(stream);
		return;
	}
	if (txn->response_flow.begun)
		stream_end(stream, client ? 'c' : 's', 0);
	else if (client)
		http_give_up(stream, 408, 'c', 'D');
	else if (txn->response_waits)
		http_give_up(stream, 504, 's', 'R');
	else
		no_response(stream, HTTP_RETRY_RESPONSE_TIMEOUT, 's');
}

/* The side that is waited for; the other's silence is its right. */
struct moment http_exchange_deadline(const struct stream *stream)
{
	const struct txn *txn = stream->txn;
	struct moment when = client_is_late(stream) ? client_deadline(stream)
						    : server_deadline(stream);

	return txn->response_waits && moment_before(txn->run.wait_until, when)
		       ? txn->run.wait_until
		       : when;
}
