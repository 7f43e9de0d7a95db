/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_answer.c - answers of our own (errors, redirects, pages), and
 * what follows an exchange: the next one, or the end.
 */
#include <errno.h>
#include <sys/socket.h>

#include "proxy/http_stream.h"
#include "proxy/listener.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/service.h"
#include "proxy/stopping.h"
#include "proxy/stream_timer.h"

enum { LINGER_US = 2000000, LINGER_READS = 16, FEED_BLOCKED_MS = 10000 };

/*
 * What is left of the request that nobody wants: true when it is all there and
 * was passed over, so that the connection can go on.
 */
static bool swallow_request(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct buffer *input = http_input(stream, &stream->client);
	struct txn_flow *flow = &txn->request_flow;

	if (txn->head_at.us == 0)
		return false;
	if (!txn->head_gone) {
		txn->head_gone = true;
		input->start += (uint32_t)txn->request.len;
		txn_flow_begin(flow, &txn->request, (struct slice){ NULL, 0 });
	}

	bool whole = txn_flow_swallow(flow, input);
	http_trim(stream, &stream->client);
	return whole;
}

static void client_gone(struct stream *stream)
{
	stream_end(stream, 'C', 'D');
}

/* What is to be sent now; empty: nothing is left. */
static struct slice *unsent_reply(struct txn *txn)
{
	if (txn->response_flow.head.len != 0)
		return &txn->response_flow.head;
	return txn->reply.len != 0 || txn->feed == NULL ? &txn->reply : &txn->feed->unsent;
}

/* All before is sent: what comes next of a reply that goes on, or the end. False: nothing to send now. */
static bool feed_reply(struct stream *stream)
{
	struct proxy_service_feed *feed = stream->txn->feed;
	struct moment now = worker_now(stream->worker);
	uint64_t wait_us;

	if (feed == NULL || feed->over || stream->txn->request.method_id == HTTP_HEAD) {
		http_finish(stream);
		return false;
	}
	if (stream->client.hung_up || stream->client.failed) {
		client_gone(stream);
		return false;
	}
	if (!moment_before(now, feed->at)) {
		strbuf_free(&feed->bytes);
		wait_us = feed->more(feed, &feed->bytes);
		feed->over = wait_us == 0 || feed->bytes.failed;
		feed->at = moment_after(now, wait_us);
		feed->unsent = (struct slice){ feed->bytes.text, feed->bytes.len };
		if (feed->unsent.len != 0 || feed->over)
			return true;
	}
	stream_watch(stream);
	return false;
}

void http_reply_ready(struct stream *stream)
{
	struct txn *txn = stream->txn;

	for (;;) {
		struct slice *part = unsent_reply(txn);
		enum flow flow;

		if (part->len == 0) {
			if (!feed_reply(stream))
				return;
			continue;
		}
		txn->bytes_out += part->len;
		flow = http_send(stream, &stream->client, part);
		txn->bytes_out -= part->len;
		if (flow == FLOW_WRITE_ERROR) {
			client_gone(stream);
			return;
		}
		if (flow == FLOW_BLOCKED) {
			stream_watch(stream);
			return;
		}
	}
}

/* Reads the reply as the message it is, so that rules and the connection's state may change its head. */
static bool read_reply(struct stream *stream)
{
	struct txn *txn = stream->txn;
	enum http_method method = txn->head_at.us != 0 ? txn->request.method_id
						       : HTTP_METHOD_OTHER;
	const char *why;
	size_t at;

	if (http_response_parse(txn->reply.at, txn->reply.len, txn->reply.len,
				(struct http_leniency){ .unsafe = true }, method, &txn->response,
				&why, &at) != HTTP_PARSE_DONE)
		return false;
	txn->reply = slice_skip(txn->reply, txn->response.len);
	if (txn->response.body == HTTP_BODY_NONE)
		txn->reply.len = 0;
	/* An errorfile may leave its length to the end of the connection. */
	if (http_find(&txn->response, HTTP_CONTENT_LENGTH, NULL) == NULL &&
	    txn->response.status >= 200 && txn->response.status != 204 &&
	    txn->response.status != 304)
		txn->closes = true;
	return true;
}

/* After a request that was no request nothing can be trusted. */
static bool ends_connection(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	return txn->status == 400 || txn->status == 408 || txn->reply_closes ||
	       txn->response.asks_close || txn->response.body == HTTP_BODY_CLOSE ||
	       !txn->request.keep_alive || http_connection_of(stream) == HTTP_MODE_CLOSE ||
	       stopping_ends(stream);
}

void http_answer(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct slice head;

	stream_blame(stream, txn->reply_cause, txn->reply_phase);
	txn->answering = true;
	if (!read_reply(stream)) {
		/* An errorfile that is no message is sent as it is, as it always was. */
		txn->closes = true;
	} else {
		txn->status = txn->reply_status != 0 ? txn->reply_status : txn->response.status;
		http_count_response(stream, txn->status);
		txn->closes |= !swallow_request(stream) || ends_connection(stream);
		if (!http_after_response(stream))
			return;
		http_message_set_connection(&txn->response, !txn->closes, txn->request.minor);
		if (!http_write_response(txn, &head) || !http_append_head(txn, head)) {
			stream_end(stream, 'R', 0);
			return;
		}
	}
	if (!http_hold(stream, &stream->client)) {
		stream_end(stream, 'R', 0);
		return;
	}
	stream_enter(stream, STREAM_REPLY);
	http_reply_ready(stream);
}

/* What the server said is not passed on, and must not be taken for the client's. */
void http_drop_response(struct stream *stream)
{
	struct txn *txn = stream->txn;

	txn->response_waits = txn->response_body_complete = false;
	txn->response_body = (struct slice){ NULL, 0 };
	if (stream->state == STREAM_EXCHANGE)
		buffer_clear(stream->worker->receive);
	server_conn_close(stream, true);
}

void http_give_up(struct stream *stream, unsigned status, char cause, char phase)
{
	struct txn *txn = stream->txn;

	stream_blame(stream, cause, phase);
	http_drop_response(stream);
	stream_leave_server(stream);
	stream_give_place(stream);
	txn_reply(txn, http_error_reply(txn, status), cause, phase);
	txn->response_flow = (struct txn_flow){ .head = txn->response_flow.head };
	http_answer(stream);
}

void http_reply_timeout(struct stream *stream)
{
	if (stream->txn->feed != NULL && unsent_reply(stream->txn)->len == 0)
		http_reply_ready(stream);
	else
		stream_end(stream, 'c', 'D');
}

/* ---- the end of an exchange ---- */

/* Bytes that nobody asked for would be taken for the next response. */
static bool says_more(struct stream_end *server)
{
	char byte;

	if (server->can_read &&
	    recv(server->file.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
		server->can_read = false;
	return server->can_read;
}

static bool reusable(const struct stream *stream)
{
	const struct txn *txn = stream->txn;
	const struct stream_end *server = stream->server;
	int64_t most = stream->target->conf->max_reuse;

	/* `served` counts the first, which is no reuse. */
	if (most >= 0 && server_conn_of(stream->server)->served > most)
		return false;
	return http_connection_of(stream) == HTTP_MODE_KEEP_ALIVE && txn->response.keep_alive &&
	       txn->response_flow.done && txn->response_flow.kind != HTTP_BODY_CLOSE &&
	       txn->request_flow.done && !server->write_done && !server->read_done &&
	       !server->hung_up && !server->failed && server->held == NULL && server->pipe == NULL &&
	       !says_more(stream->server);
}

/* To the pool, or it stays with this client, or it is closed. */
static void leave_connection(struct stream *stream)
{
	if (stream->server == NULL)
		return;
	if (!reusable(stream))
		server_conn_close(stream, false);
	else if (stream->backend->section->http.reuse != HTTP_REUSE_NEVER &&
		 server_shares(stream->target) && !stream->private_server)
		server_conn_release(stream);
}

/* The kernel would answer unread bytes with a reset, which could overtake the response. */
static void linger(struct stream *stream)
{
	shutdown(stream->client.file.fd, SHUT_WR);
	stream_drop_held(stream, &stream->client);
	stream_enter(stream, STREAM_LINGER);
	stream->client.can_read = true;
	http_linger_ready(stream);
}

void http_finish(struct stream *stream)
{
	struct txn *txn = stream->txn;
	bool closes = txn->closes; /* as the head has said, also if we have begun to stop since */
	bool unread = !txn->request_flow.done || stream->client.can_read;

	stream_leave_server(stream);
	stream_leave_backend(stream);
	stream_account(stream);
	stream_give_place(stream);
	leave_connection(stream);
	txn_free(stream);
	stream->backend = NULL;
	stream->target = NULL;
	if (!closes && !stream->client.failed && !stream->client.read_done)
		http_next(stream);
	else if (unread && !stream->client.read_done && !stream->client.failed)
		linger(stream);
	else
		stream_end(stream, '-', '-');
}

void http_linger_ready(struct stream *stream)
{
	struct buffer *receive = stream->worker->receive;

	for (unsigned i = 0; i < LINGER_READS; i++) {
		ssize_t got = recv(stream->client.file.fd, receive->bytes, receive->size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			stream_end(stream, '-', '-');
			return;
		}
	}
	loop_file_again(stream->worker->loop, &stream->client.file);
}

void http_linger_timeout(struct stream *stream)
{
	stream_end(stream, '-', '-');
}

/* ---- time ---- */

/*
 * While the proxy stops, a connection that has just had an answer may have its
 * next request on the way: that one is served, and told that it is the last.
 */
static struct moment idle_deadline(const struct stream *stream, uint32_t ms)
{
	struct moment when = timeout_after(stream->idle_from, ms);
	struct moment last = MOMENT_NEVER;

	if (!stream->first &&
	    !stream->listener->frontend->section->http.idle_close_on_response)
		last = stopping_idle_end(stream);
	return moment_before(last, when) ? last : when;
}

static struct moment request_deadline(const struct stream *stream)
{
	const struct frontend_conf *front = stream_front(stream);
	const struct txn *txn = stream->txn;
	uint32_t request = front->timeout_http_request != 0 ? front->timeout_http_request
							    : front->timeout_client;

	if (txn != NULL && txn->waiting)
		return txn->run.wait_until.us == MOMENT_NEVER.us
			       ? timeout_after(stream->client.active, front->timeout_client)
			       : txn->run.wait_until;
	if (txn != NULL)
		return timeout_after(txn->began, request);
	if (stream->first || front->timeout_http_keep_alive == 0)
		return idle_deadline(stream, request);
	return idle_deadline(stream, front->timeout_http_keep_alive);
}

/* Nobody has to keep for a client what it is too slow to take. */
static struct moment reply_deadline(const struct stream *stream)
{
	uint32_t most = stream_front(stream)->timeout_client;

	if (stream->txn->feed == NULL)
		return timeout_after(stream->client.active, most);
	if (unsent_reply(stream->txn)->len == 0)
		return stream->txn->feed->at;
	return timeout_after(stream->client.active,
			     most == 0 || most > FEED_BLOCKED_MS ? FEED_BLOCKED_MS : most);
}

struct moment http_deadline(const struct stream *stream)
{
	switch (stream->state) {
	case STREAM_REQUEST:
		return request_deadline(stream);
	case STREAM_TARPIT:
		/* Without any time-out at once: nobody waits for ever. */
		return moment_after(stream->entered, (uint64_t)stream_tarpit_ms(stream) * 1000);
	case STREAM_EXCHANGE:
		return http_exchange_deadline(stream);
	case STREAM_REPLY:
		return reply_deadline(stream);
	case STREAM_LINGER:
		return moment_after(stream->entered, LINGER_US);
	default:
		return MOMENT_NEVER;
	}
}
