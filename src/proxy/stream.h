/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream.h - a client connection and its way to a server.
 *
 * Mode tcp:
 *
 *	accept -> HEADER -> INSPECT -> QUEUED -> CONNECTING -> TUNNEL -> ENDED
 *	                                 ^  ^       |  ^
 *	                                 +--+-RETRY-+--+
 *
 * Mode http, round and round while both sides keep their connections:
 *
 *	accept -> HEADER -> REQUEST -> QUEUED -> CONNECTING -> EXCHANGE -> REQUEST
 *	                       |  ^     (or a pooled connection)  |
 *	                       v  |                               v
 *	           TARPIT -> REPLY -> LINGER -> ENDED           TUNNEL
 *
 * A stream of mode tcp whose backend is of mode http, or for which a rule says
 * switch-mode, goes on with REQUEST.
 *
 * HEADER is passed only with `accept-proxy`, INSPECT only when a content rule
 * waits for bytes, QUEUED only when no server has a place, RETRY when the same
 * server is tried again after a second; REPLY sends an answer of ours. ENDED
 * can be reached from each. The rows are in stream.c; stream_enter checks them.
 *
 * A stream belongs to one thread. Other threads may only post its detour's
 * `granted` message, and only after taking it from a queue under the backend's lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bump.h"
#include "base/list.h"
#include "loop/loop.h"
#include "net/address.h"
#include "net/pipe.h"
#include "proxy/buffer.h"
#include "proxy/log_profile.h"
#include "proxy/proxy.h"
#include "proxy/worker.h"

struct expr_vars;
struct txn;

enum stream_state {
	STREAM_HEADER,		/* waits for the PROXY protocol header */
	STREAM_INSPECT,		/* tcp: a content rule waits for bytes */
	STREAM_REQUEST,		/* http: waits for a request, or for more of it */
	STREAM_TARPIT,		/* http: lets the client wait for its refusal */
	STREAM_QUEUED,		/* waits for a place on a server */
	STREAM_CONNECTING,
	STREAM_RETRY,		/* waits before it tries the same server again */
	STREAM_EXCHANGE,	/* http: request and response pass */
	STREAM_REPLY,		/* http: an answer of ours is sent */
	STREAM_LINGER,		/* http: all is said; lets the client read it before the close */
	STREAM_TUNNEL,		/* forwards both ways, unseen */
	STREAM_ENDED,		/* is freed at the end of the turn */
	STREAM_STATES,
};

/* One of the two ends, and what was read from it and not sent to the other. */
struct stream_end {
	struct loop_file file;
	struct buffer *held;	/* or NULL */
	struct net_pipe *pipe;	/* or NULL */
	uint64_t bytes;		/* read from this end */
	struct moment active;	/* last time it took or gave bytes */
	bool can_read : 1, can_write : 1; /* until the kernel says no */
	bool hung_up : 1;		/* the peer has closed: sticky, read to the end */
	bool failed : 1;		/* an error is pending on the socket: sticky */
	bool ended : 1;		/* end of file was met by rules, before the tunnel */
	bool read_done : 1;		/* end of file seen, or no more wanted */
	bool write_done : 1;	/* shut down, or not writable any more */
	bool splicing : 1;		/* bytes read from this end go through a pipe */
	bool no_delay : 1;		/* TCP_NODELAY is set, or need not be */
	bool must_speak : 1;		/* option independent-streams: bytes to it are no sign of its life */
	uint8_t big_reads;	/* full reads in a row */
	uint8_t writes;		/* saturates; for no_delay */
};

/* Over all requests of a connection: variables, and what its PROXY header said. */
struct session {
	struct bump memory;
	struct expr_vars *vars;		/* scope sess */
	struct slice authority, unique_id; /* at NULL: not said */
	struct net_endpoint dst;	/* the client's destination; family 0: not asked yet */
};

/*
 * Of a stream whose way to its server was not straight: it has waited in a
 * queue, or an attempt has failed. Lives from the first such event to the end
 * of the stream or of the exchange; other threads look at it only while the
 * stream is in a queue.
 */
struct stream_detour {
	struct stream *stream;
	struct list waiting;		/* in a wait_list */
	struct loop_message granted;	/* on its way while stream->grant_pending */
	const struct server *failed_on;	/* it has failed this stream last; NULL: none */
	uint32_t server_queue, backend_queue; /* places up to its own when it was queued */
};

struct stream {
	struct stream_end client;
	struct stream_end *server;	/* of a server_conn (server_conn.h); NULL: none */
	struct txn *txn;		/* NULL: idle, or mode tcp without need of one */
	struct session *session;	/* what expressions keep over requests; NULL: nothing asks for it */
	struct stream_detour *detour;	/* NULL: its way was straight so far */
	struct loop_timer timer;
	struct worker *worker;
	struct listener *listener;
	struct backend *backend;	/* NULL: not chosen yet */
	struct server *target;		/* NULL: not chosen yet */
	union {
		struct list node;	/* in worker->streams */
		struct stream *next_dead; /* after its end */
	};
	struct moment accepted;
	struct moment idle_from;	/* http: the end of the last exchange, or accept */
	struct moment entered;		/* the state */
	struct moment wait_began;	/* queue or connection, for the log */
	struct net_endpoint src;	/* of the client */
	int32_t queue_ms, connect_ms;	/* -1: did not get there */
	uint32_t number;		/* %rt and one more; 0: not asked for yet */
	uint8_t state;			/* enum stream_state */
	uint8_t retries;		/* made so far */
	uint8_t client_error;		/* HAProxy's number of what is wrong with the connection: fc_err */
	uint16_t calls;			/* events it has met since the request began: cpu_calls */
	char cause, phase;		/* termination state; 0: none yet */
	bool counted_active;		/* it is in target->lb.active and has its place */
	bool in_queue;			/* under the backend's lock: its detour is in a list */
	bool queued_on_server;		/* which list */
	bool grant_pending;		/* taken from the queue, the message is on its way */
	/* Its own thread's alone, which may share a byte. */
	bool has_place : 1;			/* one of target's maxconn, to be given back */
	bool redispatched : 1;
	bool logged : 1;
	bool response_passed : 1;		/* by tcp-response content, if there is any */
	bool in_backend : 1;		/* counted in backend->load */
	bool accounted : 1;			/* counted and logged: it, or this exchange */
	bool http : 1;			/* the frontend's mode */
	bool first : 1;			/* http: no request was read yet */
	bool private_server : 1;		/* http: its server connection is authenticated (NTLM): nobody else's */
	bool reused : 1;			/* the server connection had served another request */
	bool fresh : 1;			/* http: only a new connection will do for this attempt */
	bool expects_header : 1;		/* accept-proxy, or a rule has said expect-proxy */
	bool had_data : 1;			/* the client had sent bytes that were never read */
};
_Static_assert(sizeof(struct stream) <= 256, "an idle stream must stay small");

/* `to` took bytes: that counts for its timeout, unless it must speak and we listen. */
static inline void stream_end_took(const struct stream *stream, struct stream_end *to)
{
	if (!to->must_speak || to->read_done || to->held != NULL || to->pipe != NULL)
		to->active = worker_now(stream->worker);
}

/* Bytes from the client, and to it; in mode http of this request alone. */
uint64_t stream_bytes_in(const struct stream *stream);
uint64_t stream_bytes_out(const struct stream *stream);

/*
 * Takes an accepted connection whose places in the gates are taken. `src` is
 * borrowed for the call. Never fails visibly: without memory the fd is closed.
 */
void stream_accept(struct listener *listener, int fd, const struct sockaddr *src);

/* Transition; asserts that the table has it. Arms the timer for the state. */
void stream_enter(struct stream *stream, enum stream_state state);
const char *stream_state_name(enum stream_state state);

/* stream->client_error in words: "Success" when nothing is wrong. stream_header.c */
const char *stream_client_error(const struct stream *stream);

/*
 * Ends the stream with a termination state unless it has one: closes both
 * sides, logs, counts, gives every place back. `phase` 0: from the state.
 */
void stream_end(struct stream *stream, char cause, char phase);

/* Notes a cause, if there is none yet. */
void stream_blame(struct stream *stream, char cause, char phase);
char stream_phase(const struct stream *stream);

/* The client's destination, asked of the kernel when first needed; family 0: it cannot be had. */
const struct net_endpoint *stream_dst(struct stream *stream);
/* The same, to be changed; NULL: no memory. */
struct net_endpoint *stream_own_dst(struct stream *stream);

/* Its detour, which begins now if there is none; NULL: no memory. */
struct stream_detour *stream_take_detour(struct stream *stream);
/* Forgets it; the stream waits in no queue. */
void stream_end_detour(struct stream *stream);

/* The soft stop: those of mode http that have waited long for a further request end, the others soon. */
void streams_close_idle(struct worker *worker);

/* Ends all of this worker's, at the end of the process. */
void streams_close(struct worker *worker);

/* Whether the table has that transition. */
bool stream_may_enter(enum stream_state from, enum stream_state to);

/* The header, if one was to come, is read: on to the rules. */
void stream_begin(struct stream *stream);

/*
 * Uncounts the stream at its target, if it was counted; then gives its place
 * under maxconn to the next. The log stands between: it does not count who comes after.
 */
void stream_leave_server(struct stream *stream);
void stream_give_place(struct stream *stream);
void stream_leave_backend(struct stream *stream);

/* Forgets what was read from this end and not sent. */
void stream_drop_held(struct stream *stream, struct stream_end *from);

/* Its close will be a reset: what is not sent yet is lost. */
void stream_reset_on_close(struct stream_end *end);

/* The server's socket has news. */
void stream_server_ready(struct stream *stream, unsigned ready);

/* Its memory goes back at the end of the turn: callers up the stack may still look at it. */
void stream_release(struct stream *stream);

/* Counts and logs what is over: the stream, or one exchange of it. */
void stream_account(struct stream *stream);

/* stream_header.c: accept-proxy. */
void stream_header_ready(struct stream *stream);
void stream_header_timeout(struct stream *stream);

/* Counts the stream in its new backend. False: there is none, or it is disabled. */
bool stream_enter_backend(struct stream *stream, struct backend *backend);
/* What use_backend and default_backend say; NULL: none. */
struct backend *stream_choose_backend(struct stream *stream);

/* stream_rules.c: content rules and use_backend, then on to a server. */
void stream_route(struct stream *stream);
/* tcp-response content; false: the server's bytes wait, or the stream has ended. */
bool stream_response_passes(struct stream *stream);
struct moment stream_response_deadline(const struct stream *stream);
void stream_inspect_ready(struct stream *stream);
void stream_inspect_timeout(struct stream *stream);

/* http: the connection failed before anything of a response was passed on. */
void stream_try_again(struct stream *stream);

/* No server could be had: mode tcp ends, mode http answers. */
void stream_give_up(struct stream *stream, char cause, char phase);

/* stream_assign.c: picks a server or queues. */
void stream_assign(struct stream *stream);
void stream_assign_but(struct stream *stream, const struct server *not); /* it has just failed; or NULL */
bool stream_may_redispatch(const struct stream *stream);
void stream_granted(struct stream *stream);	/* the wait in the queue is over */
void stream_queue_timeout(struct stream *stream);

/* stream_connect.c: connects to stream->target, retries. */
void stream_connect(struct stream *stream);
void stream_note_queue_time(struct stream *stream); /* once a target is there */
void stream_reconnect(struct stream *stream);	/* the delay before a retry is over */
void stream_connect_ready(struct stream *stream);
void stream_connect_timeout(struct stream *stream);

/* Attempts after the first; time-outs in milliseconds, 0: none. As rules have set them, else as configured. */
int64_t stream_max_retries(const struct stream *stream);
uint32_t stream_connect_ms(const struct stream *stream);
uint32_t stream_queue_ms(const struct stream *stream);
uint32_t stream_tarpit_ms(const struct stream *stream);

/* stream_forward.c: everything that can be forwarded now, both ways. */
void stream_forward(struct stream *stream);

/* stream_log.c */
void stream_log_accepted(struct stream *stream); /* the default format, and log-steps accept */
void stream_log_step(struct stream *stream, enum log_step step);
/* do-log in this list; `profile` in place of the log lines' own, or NULL. */
void stream_log_rule(struct stream *stream, enum rule_list list, const struct log_profile *profile);
void stream_log(struct stream *stream, bool early); /* early: `option logasap` */
/* Errors, timeouts, retries and redispatches; an answer of ours is none, unless it is a 5xx. */
bool stream_is_error(const struct stream *stream);
/* A connection that ends before its stream begins; had_bytes: it had sent some. */
void stream_log_refused(struct stream *stream, bool had_bytes, const char *why);

/* A step that `log-steps` may ask for. */
static inline void stream_log_at(struct stream *stream, enum log_step step)
{
	if ((stream->listener->frontend->section->http.log_steps >> step & 1) != 0)
		stream_log_step(stream, step);
}

/* The server that has failed it last, if another attempt follows; NULL: none. */
static inline const struct server *stream_failed_on(const struct stream *stream)
{
	return stream->detour != NULL ? stream->detour->failed_on : NULL;
}

static inline const struct frontend_conf *stream_front(const struct stream *stream)
{
	return &stream->listener->frontend->section->front;
}

static inline const struct backend_conf *stream_back(const struct stream *stream)
{
	return &stream->backend->section->back;
}

static inline struct counters *frontend_counters(const struct stream *stream)
{
	return &stream->listener->frontend->counters[stream->worker->index];
}

static inline struct counters *backend_counters(const struct stream *stream)
{
	return &stream->backend->counters[stream->worker->index];
}

/* That is how long this request, or this connection in mode tcp, has waited for its server. */
static inline void stream_count_latency(struct stream *stream, uint64_t us)
{
	unsigned bucket = latency_bucket(us), thread = stream->worker->index;

	latency_count(&stream->listener->frontend->latency[thread], bucket);
	latency_count(&stream->backend->latency[thread], bucket);
}

static inline struct counters *server_counters(const struct stream *stream)
{
	return &stream->target->counters[stream->worker->index];
}
