/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/stream_timer.c - see stream_timer.h; configuration manual, "timeout ...". */
#include "proxy/stream_timer.h"

#include "proxy/http_stream.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum { RETRY_MS = 1000 };

static struct moment earlier(struct moment a, struct moment b)
{
	return moment_before(a, b) ? a : b;
}

static bool forwards(const struct stream *stream)
{
	return stream->state == STREAM_TUNNEL || stream->state == STREAM_EXCHANGE;
}

/* The bound for a side; `closing`: we have told it that nothing more comes. */
static uint32_t side_timeout(const struct stream *stream, bool closing, uint32_t plain,
			     uint32_t when_closing)
{
	if (closing && when_closing != 0)
		return when_closing;
	if (stream->state == STREAM_EXCHANGE)
		return plain;
	if (stream->txn != NULL && stream->txn->timeout_tunnel != 0)
		return stream->txn->timeout_tunnel;
	return stream_back(stream)->timeout_tunnel != 0 ? stream_back(stream)->timeout_tunnel
							: plain;
}

/* As configured, or as a rule has set it for this transaction. */
static uint32_t plain_client_timeout(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->timeout_client != 0
		       ? stream->txn->timeout_client
		       : stream_front(stream)->timeout_client;
}

static uint32_t plain_server_timeout(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->timeout_server != 0
		       ? stream->txn->timeout_server
		       : stream_back(stream)->timeout_server;
}

static uint32_t client_timeout(const struct stream *stream)
{
	return side_timeout(stream, stream->client.write_done, plain_client_timeout(stream),
			    stream_front(stream)->timeout_client_fin);
}

static uint32_t server_timeout(const struct stream *stream)
{
	return side_timeout(stream, stream->server->write_done, plain_server_timeout(stream),
			    stream_back(stream)->timeout_server_fin);
}

static bool holds(const struct stream_end *from)
{
	return from->held != NULL || from->pipe != NULL;
}

/*
 * A side is waited for when it is to send (and we would take it) or when it is
 * to take what we hold for it.
 */
static bool waited_for(const struct stream_end *end, const struct stream_end *other)
{
	return (!end->read_done && !holds(end)) || holds(other);
}

static struct moment client_deadline(const struct stream *stream)
{
	if (!waited_for(&stream->client, stream->server))
		return MOMENT_NEVER;
	return timeout_after(stream->client.active, client_timeout(stream));
}

static struct moment server_deadline(const struct stream *stream)
{
	if (!waited_for(stream->server, &stream->client))
		return MOMENT_NEVER;
	return timeout_after(stream->server->active, server_timeout(stream));
}

uint32_t stream_connect_ms(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->timeout_connect != 0
		       ? stream->txn->timeout_connect
		       : stream_back(stream)->timeout_connect;
}

uint32_t stream_queue_ms(const struct stream *stream)
{
	if (stream->txn != NULL && stream->txn->timeout_queue != 0)
		return stream->txn->timeout_queue;
	return stream_back(stream)->timeout_queue != 0 ? stream_back(stream)->timeout_queue
						       : stream_connect_ms(stream);
}

uint32_t stream_tarpit_ms(const struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;
	const struct section *back = stream->backend != NULL ? stream->backend->section : front;

	if (stream->txn != NULL && stream->txn->timeout_tarpit != 0)
		return stream->txn->timeout_tarpit;
	if (back->http.timeout_tarpit != 0)
		return back->http.timeout_tarpit;
	if (front->http.timeout_tarpit != 0)
		return front->http.timeout_tarpit;
	return back->back.timeout_connect;
}

static uint32_t retry_delay(const struct stream *stream)
{
	uint32_t connect = stream_connect_ms(stream);

	return connect != 0 && connect < RETRY_MS ? connect : RETRY_MS;
}

static uint32_t inspect_delay(const struct stream *stream)
{
	return stream->backend != NULL ? stream_back(stream)->inspect_delay
				       : stream_front(stream)->inspect_delay;
}

struct moment stream_deadline(const struct stream *stream)
{
	switch ((enum stream_state)stream->state) {
	case STREAM_INSPECT:
		return earlier(timeout_after(stream->entered, inspect_delay(stream)),
			       timeout_after(stream->entered, stream_front(stream)->timeout_client));
	case STREAM_REQUEST:
	case STREAM_TARPIT:
	case STREAM_EXCHANGE:
	case STREAM_REPLY:
	case STREAM_LINGER:
		return http_deadline(stream);
	case STREAM_HEADER:
		return timeout_after(stream->accepted, stream_front(stream)->timeout_client);
	case STREAM_QUEUED:
		return timeout_after(stream->entered, stream_queue_ms(stream));
	case STREAM_CONNECTING:
		return timeout_after(stream->entered, stream_connect_ms(stream));
	case STREAM_RETRY:
		return timeout_after(stream->entered, retry_delay(stream));
	case STREAM_TUNNEL:
		if (!stream->response_passed && stream->server->held != NULL)
			return stream_response_deadline(stream);
		return earlier(client_deadline(stream), server_deadline(stream));
	case STREAM_ENDED:
	case STREAM_STATES:
		break;
	}
	return MOMENT_NEVER;
}

/* Without regard to who is waited for, since that changes without notice. */
static struct moment earliest(const struct stream *stream)
{
	if (!forwards(stream) || (stream->state == STREAM_TUNNEL && !stream->response_passed))
		return stream_deadline(stream);
	struct moment when = earlier(timeout_after(stream->client.active, client_timeout(stream)),
				     timeout_after(stream->server->active, server_timeout(stream)));
	return stream->txn != NULL && stream->txn->response_waits
		       ? earlier(when, stream->txn->run.wait_until)
		       : when;
}

static void arm(struct stream *stream, struct moment when)
{
	/* Without memory for the timer there is no timeout: the lesser evil. */
	if (loop_timer_arm(stream->worker->loop, &stream->timer, when) < 0)
		stream->timer.node.pos = 0;
}

void stream_watch(struct stream *stream)
{
	struct moment when = earliest(stream);

	if (stream->timer.node.pos == 0 || moment_before(when, stream->timer.when))
		arm(stream, when);
}

void stream_watch_again(struct stream *stream)
{
	struct moment now = worker_now(stream->worker);
	struct moment when = stream_deadline(stream);

	if (forwards(stream)) {
		when = earlier(when, timeout_after(now, client_timeout(stream)));
		when = earlier(when, timeout_after(now, server_timeout(stream)));
	}
	arm(stream, when);
}

void stream_idle_timeout(struct stream *stream)
{
	if (!stream->response_passed && stream->server->held != NULL) {
		stream_forward(stream);
		return;
	}
	bool client = !moment_before(worker_now(stream->worker), client_deadline(stream));

	stream_end(stream, client ? 'c' : 's', 0);
}
