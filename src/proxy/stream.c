/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream.c - a stream's states, what each does with an event, and its
 * beginning. See stream.h.
 */
#include "proxy/stream.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expr/vars.h"
#include "proxy/http_stream.h"
#include "proxy/listener.h"
#include "proxy/server_conn.h"
#include "proxy/stream_timer.h"
#include "proxy/txn.h"

/* A client that goes away while nothing is forwarded yet. */
static void client_while_waiting(struct stream *stream)
{
	bool gone = stream->client.failed ||
		    (stream->client.hung_up && stream_back(stream)->abortonclose);

	if (gone)
		stream_end(stream, 'C', 0);
}

static void nothing(struct stream *stream)
{
}

/* A kept connection that its server gives up while no request is on it. */
static void idle_server(struct stream *stream)
{
	server_conn_close(stream, true);
}

static void connect_ready(struct stream *stream)
{
	stream_connect_ready(stream);
}

#define TO(state) (1u << (state))
/* On the way to a server, which may take several turns. */
#define TO_SERVER (TO(STREAM_QUEUED) | TO(STREAM_CONNECTING) | TO(STREAM_RETRY))

struct state_row {
	const char *name;
	unsigned next;				  /* TO() of the states it may go to */
	void (*client)(struct stream *stream);	  /* the client's socket has news */
	void (*server)(struct stream *stream);	  /* the server's */
	void (*expired)(struct stream *stream);	  /* stream_deadline has come */
	char phase;				  /* second character of the termination state */
};

static const struct state_row states[STREAM_STATES] = {
	[STREAM_HEADER] = {
		"header", TO(STREAM_INSPECT) | TO(STREAM_REQUEST) | TO_SERVER | TO(STREAM_ENDED),
		stream_header_ready, nothing, stream_header_timeout, 'R',
	},
	[STREAM_INSPECT] = {
		"inspect", TO(STREAM_REQUEST) | TO_SERVER | TO(STREAM_ENDED),
		stream_inspect_ready, nothing, stream_inspect_timeout, 'R',
	},
	[STREAM_REQUEST] = {
		"request", TO(STREAM_REQUEST) | TO(STREAM_TARPIT) | TO(STREAM_REPLY) | TO_SERVER |
			   TO(STREAM_EXCHANGE) | TO(STREAM_ENDED),
		http_request_ready, idle_server, http_request_timeout, 'R',
	},
	[STREAM_TARPIT] = {
		"tarpit", TO(STREAM_REPLY) | TO(STREAM_ENDED),
		http_tarpit_ready, nothing, http_tarpit_timeout, 'T',
	},
	[STREAM_QUEUED] = {
		"queued", TO_SERVER | TO(STREAM_EXCHANGE) | TO(STREAM_REPLY) | TO(STREAM_ENDED),
		client_while_waiting, nothing, stream_queue_timeout, 'Q',
	},
	[STREAM_CONNECTING] = {
		"connecting", TO_SERVER | TO(STREAM_EXCHANGE) | TO(STREAM_REPLY) |
			      TO(STREAM_TUNNEL) | TO(STREAM_ENDED),
		client_while_waiting, connect_ready, stream_connect_timeout, 'C',
	},
	[STREAM_RETRY] = {
		"retry", TO_SERVER | TO(STREAM_EXCHANGE) | TO(STREAM_REPLY) | TO(STREAM_ENDED),
		client_while_waiting, nothing, stream_reconnect, 'C',
	},
	[STREAM_EXCHANGE] = {
		"exchange", TO_SERVER | TO(STREAM_EXCHANGE) | TO(STREAM_REQUEST) |
			    TO(STREAM_REPLY) | TO(STREAM_LINGER) | TO(STREAM_TUNNEL) |
			    TO(STREAM_ENDED),
		http_exchange, http_exchange, http_exchange_timeout, 'D',
	},
	[STREAM_REPLY] = {
		"reply", TO(STREAM_REQUEST) | TO(STREAM_LINGER) | TO(STREAM_ENDED),
		http_reply_ready, idle_server, http_reply_timeout, 'D',
	},
	[STREAM_LINGER] = {
		"linger", TO(STREAM_ENDED), http_linger_ready, nothing, http_linger_timeout, 'D',
	},
	[STREAM_TUNNEL] = {
		"tunnel", TO(STREAM_ENDED), stream_forward, stream_forward, stream_idle_timeout,
		'D',
	},
	[STREAM_ENDED] = { "ended", 0, nothing, nothing, nothing, 'D' },
};

const char *stream_state_name(enum stream_state state)
{
	return states[state].name;
}

bool stream_may_enter(enum stream_state from, enum stream_state to)
{
	return (states[from].next & TO(to)) != 0;
}

void stream_enter(struct stream *stream, enum stream_state state)
{
	ASSERT(stream_may_enter(stream->state, state));
	stream->state = (uint8_t)state;
	stream->entered = worker_now(stream->worker);
	if (state != STREAM_ENDED)
		stream_watch(stream);
}

char stream_phase(const struct stream *stream)
{
	if (stream->state == STREAM_TUNNEL && stream->server->read_done)
		return 'L';
	if (stream->state == STREAM_EXCHANGE)
		return http_phase(stream);
	return states[stream->state].phase;
}

void stream_blame(struct stream *stream, char cause, char phase)
{
	if (stream->cause != 0)
		return;
	stream->cause = cause;
	stream->phase = phase != 0 ? phase : stream_phase(stream);
}

/* ---- events ---- */

static void note(struct stream_end *end, unsigned ready)
{
	if (ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR))
		end->can_read = true;
	if (ready & LOOP_OUT)
		end->can_write = true;
	if (ready & LOOP_HUP)
		end->hung_up = true;
	if (ready & LOOP_ERROR)
		end->failed = true;
}

static void client_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct stream *stream = container_of(file, struct stream, client.file);

	buffer_clear(stream->worker->receive);
	note(&stream->client, ready);
	stream->calls++;
	states[stream->state].client(stream);
}

void stream_server_ready(struct stream *stream, unsigned ready)
{
	buffer_clear(stream->worker->receive);
	note(stream->server, ready);
	stream->calls++;
	states[stream->state].server(stream);
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct stream *stream = container_of(timer, struct stream, timer);

	buffer_clear(stream->worker->receive);
	if (moment_before(loop_now(loop), stream_deadline(stream)))
		stream_watch_again(stream);
	else
		states[stream->state].expired(stream);
}

/* A place was given to it by another thread, or it must choose anew (no target). */
static void granted(struct loop *loop, struct loop_message *message)
{
	struct stream *stream = container_of(message, struct stream_detour, granted)->stream;

	buffer_clear(stream->worker->receive);
	stream->grant_pending = false;
	if (stream->state == STREAM_ENDED) {
		stream_leave_server(stream);
		stream_give_place(stream);
		stream_release(stream);
		return;
	}
	stream_granted(stream);
}

/* ---- beginning ---- */

static struct stream *new_stream(struct listener *listener, int fd)
{
	struct worker *worker = listener->worker;
	struct stream *stream = slab_get(&worker->stream_slab);

	if (stream == NULL)
		return NULL;
	*stream = (struct stream){
		.worker = worker,
		.listener = listener,
		.accepted = worker_now(worker),
		.timer.on_expire = timer_expired,
		.http = listener->frontend->section->mode == PROXY_MODE_HTTP,
		.first = true,
		.expects_header = listener->conf->accept_proxy,
		.client.no_delay = true, /* the listener's */
		.queue_ms = -1,
		.connect_ms = -1,
	};
	stream->entered = stream->client.active = stream->idle_from = stream->accepted;
	if (loop_file_add(worker->loop, &stream->client.file, fd, client_ready) < 0) {
		slab_put(&worker->stream_slab, stream);
		return NULL;
	}
	list_append(&worker->streams, &stream->node);
	return stream;
}

/* `tcp-request connection` and `session`; false: the stream has ended. */
static bool passes_rules(struct stream *stream, enum rule_list list, enum counter denied)
{
	const struct section *section = stream->listener->frontend->section;
	struct rule_run run = { .list = list, .section = section, .stream = stream };
	struct expr_context context;
	struct bump *scratch = &stream->worker->scratch;
	struct bump_mark mark = bump_mark(scratch);
	enum rule_verdict verdict;

	if (!rules_any(&section->rules, list))
		return true;
	stream_context(stream, &context);
	verdict = rules_run(section->rules.first[list], &run, &context);
	bump_reset(scratch, mark);
	if (verdict == RULE_NEXT || verdict == RULE_DONE)
		return true;
	if (verdict == RULE_DROP)
		http_silence(stream);
	count_one(frontend_counters(stream), denied);
	stream->logged = true;
	stream_end(stream, 'P', 'R');
	return false;
}

static bool make_session(struct stream *stream)
{
	if (stream->session != NULL)
		return true;
	stream->session = calloc(1, sizeof(*stream->session));
	if (stream->session == NULL)
		return false;
	stream->session->memory.pool = &stream->worker->bumps;
	return true;
}

/* Variables of the session live until it ends. */
static bool make_vars(struct stream *stream)
{
	const struct proxy_conf *conf = stream->worker->proxy->conf;

	if (!conf->session_vars && !conf->keeps_tlvs)
		return true;
	if (!make_session(stream))
		return false;
	stream->session->vars = expr_vars_new(&stream->session->memory);
	return stream->session->vars != NULL;
}

void stream_accept(struct listener *listener, int fd, const struct sockaddr *src)
{
	struct stream *stream = new_stream(listener, fd);

	if (stream == NULL) {
		close(fd);
		listener_leave(listener);
		return;
	}
	net_endpoint_from_sockaddr(&stream->src, src);
	if (!make_vars(stream)) {
		stream->logged = true;
		stream_end(stream, 'R', 'R');
		return;
	}
	if (!passes_rules(stream, RULES_CONNECTION, COUNT_DENIED_CONNECTIONS))
		return;
	count_one(frontend_counters(stream), COUNT_SESSIONS);
	rate_count(&listener->frontend->rate, stream->accepted.us);
	rate_count(&listener->frontend->proxy->rate, stream->accepted.us);
	/* A fresh socket can be written to, and is rarely readable before its first event. */
	stream->client.can_write = true;
	if (stream->expects_header) {
		stream_watch(stream);
		return;
	}
	stream_begin(stream);
}

void stream_begin(struct stream *stream)
{
	if (!passes_rules(stream, RULES_SESSION, COUNT_DENIED_SESSIONS))
		return;
	stream_log_accepted(stream);
	if (stream->http)
		http_begin(stream);
	else
		stream_route(stream);
}

struct net_endpoint *stream_own_dst(struct stream *stream)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (!make_session(stream))
		return NULL;

	struct net_endpoint *dst = &stream->session->dst;
	if (dst->family == AF_UNSPEC &&
	    getsockname(stream->client.file.fd, (struct sockaddr *)&own, &len) == 0)
		net_endpoint_from_sockaddr(dst, (struct sockaddr *)&own);
	return dst;
}

const struct net_endpoint *stream_dst(struct stream *stream)
{
	static const struct net_endpoint unknown = { .family = AF_UNSPEC };
	const struct net_endpoint *dst = stream_own_dst(stream);

	return dst != NULL ? dst : &unknown;
}

struct stream_detour *stream_take_detour(struct stream *stream)
{
	if (stream->detour != NULL)
		return stream->detour;
	stream->detour = slab_get(&stream->worker->detour_slab);
	if (stream->detour != NULL)
		*stream->detour = (struct stream_detour){ .stream = stream,
							  .granted.deliver = granted };
	return stream->detour;
}

void stream_end_detour(struct stream *stream)
{
	if (stream->detour == NULL)
		return;
	ASSERT(!stream->in_queue && !stream->grant_pending);
	slab_put(&stream->worker->detour_slab, stream->detour);
	stream->detour = NULL;
}
