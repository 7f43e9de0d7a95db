/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream.c - a stream's life from accept to the last close: its states,
 * what each does with an event, and giving everything back. See stream.h.
 */
#include "proxy/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/listener.h"
#include "proxy/queue.h"
#include "proxy/server.h"
#include "proxy/stream_timer.h"

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

static void connect_ready(struct stream *stream)
{
	stream_connect_ready(stream);
}

#define TO(state) (1u << (state))

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
		"header", TO(STREAM_QUEUED) | TO(STREAM_CONNECTING) | TO(STREAM_RETRY) |
			  TO(STREAM_ENDED),
		stream_header_ready, nothing, stream_header_timeout, 'R',
	},
	[STREAM_QUEUED] = {
		"queued", TO(STREAM_QUEUED) | TO(STREAM_CONNECTING) | TO(STREAM_RETRY) |
			  TO(STREAM_ENDED),
		client_while_waiting, nothing, stream_queue_timeout, 'Q',
	},
	[STREAM_CONNECTING] = {
		"connecting", TO(STREAM_QUEUED) | TO(STREAM_CONNECTING) | TO(STREAM_RETRY) |
			      TO(STREAM_TUNNEL) | TO(STREAM_ENDED),
		client_while_waiting, connect_ready, stream_connect_timeout, 'C',
	},
	[STREAM_RETRY] = {
		"retry", TO(STREAM_QUEUED) | TO(STREAM_CONNECTING) | TO(STREAM_RETRY) |
			 TO(STREAM_ENDED),
		client_while_waiting, nothing, stream_reconnect, 'C',
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
	if (stream->state == STREAM_TUNNEL && stream->server.read_done)
		return 'L';
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

	note(&stream->client, ready);
	states[stream->state].client(stream);
}

void stream_server_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct stream *stream = container_of(file, struct stream, server.file);

	note(&stream->server, ready);
	states[stream->state].server(stream);
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct stream *stream = container_of(timer, struct stream, timer);

	if (moment_before(loop_now(loop), stream_deadline(stream)))
		stream_watch_again(stream);
	else
		states[stream->state].expired(stream);
}

static void release(struct stream *stream);

/* A place was given to it by another thread, or it must choose anew (no target). */
static void granted(struct loop *loop, struct loop_message *message)
{
	struct stream *stream = container_of(message, struct stream, granted);

	stream->grant_pending = false;
	if (stream->state == STREAM_ENDED) {
		stream_leave_server(stream);
		release(stream);
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
		.granted.deliver = granted,
		.server.file.fd = -1,
		.client.no_delay = true, /* the listener's */
		.queue_ms = -1,
		.connect_ms = -1,
	};
	stream->entered = stream->client.active = stream->accepted;
	if (loop_file_add(worker->loop, &stream->client.file, fd, client_ready) < 0) {
		slab_put(&worker->stream_slab, stream);
		return NULL;
	}
	list_append(&worker->streams, &stream->node);
	return stream;
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
	/* A fresh socket can be written to, and is rarely readable before its first event. */
	stream->client.can_write = true;
	if (listener->conf->accept_proxy) {
		stream_watch(stream);
		return;
	}
	stream_begin(stream);
}

void stream_begin(struct stream *stream)
{
	if (!stream_front(stream)->tcplog)
		stream_log_accepted(stream);
	stream_route(stream);
}

const struct net_endpoint *stream_dst(struct stream *stream)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (stream->dst.family == AF_UNSPEC &&
	    getsockname(stream->client.file.fd, (struct sockaddr *)&own, &len) == 0)
		net_endpoint_from_sockaddr(&stream->dst, (struct sockaddr *)&own);
	return &stream->dst;
}

/* ---- end ---- */

void stream_drop_held(struct stream *stream, struct stream_end *from)
{
	if (from->held != NULL)
		buffer_put(&stream->worker->buffers, from->held);
	if (from->pipe != NULL)
		net_pipe_put(&stream->worker->pipes, from->pipe);
	from->held = NULL;
	from->pipe = NULL;
}

void stream_reset_on_close(struct stream_end *end)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (end->file.fd >= 0)
		setsockopt(end->file.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void stream_leave_server(struct stream *stream)
{
	struct server *server = stream->target;

	if (!stream->counted_active)
		return;
	stream->counted_active = false;
	lb_release(&server->lb);
	if (server->conf->maxconn > 0) {
		server_leave_place(server);
		queue_serve(server);
	}
}

static void reap(struct loop *loop, struct loop_deferred *deferred)
{
	struct worker *worker = container_of(deferred, struct worker, reap);

	while (worker->dead != NULL) {
		struct stream *stream = worker->dead;

		worker->dead = stream->next_dead;
		slab_put(&worker->stream_slab, stream);
	}
}

/* Memory goes back at the end of the turn: callers up the stack may still look at it. */
static void release(struct stream *stream)
{
	struct worker *worker = stream->worker;

	if (worker->dead == NULL)
		loop_defer(worker->loop, &worker->reap, reap);
	stream->next_dead = worker->dead;
	worker->dead = stream;
}

static void count_bytes(const struct stream *stream)
{
	uint64_t in = stream->client.bytes, out = stream->server.bytes;

	count_add(frontend_counters(stream), COUNT_BYTES_IN, in);
	count_add(frontend_counters(stream), COUNT_BYTES_OUT, out);
	if (stream->backend == NULL)
		return;
	count_add(backend_counters(stream), COUNT_BYTES_IN, in);
	count_add(backend_counters(stream), COUNT_BYTES_OUT, out);
	if (stream->target == NULL)
		return;
	count_add(server_counters(stream), COUNT_BYTES_IN, in);
	count_add(server_counters(stream), COUNT_BYTES_OUT, out);
}

/* Who broke the stream off, as the statistics tell it. */
static void count_abort(const struct stream *stream)
{
	enum counter which;

	if (stream->backend == NULL || stream->state != STREAM_TUNNEL)
		return;
	if (stream->cause == 'C' || stream->cause == 'c')
		which = COUNT_CLIENT_ABORTS;
	else if (stream->cause == 'S' || stream->cause == 's')
		which = COUNT_SERVER_ABORTS;
	else
		return;
	count_one(backend_counters(stream), which);
	if (stream->target != NULL)
		count_one(server_counters(stream), which);
}

static bool server_may_be_reset(const struct stream *stream)
{
	/* With the client gone, or with nothing ever sent to a server that has finished. */
	return stream->cause == 'C' || stream_back(stream)->nolinger ||
	       (stream->server.read_done && stream->client.bytes == 0 && !stream->server.failed);
}

static void close_ends(struct stream *stream)
{
	struct loop *loop = stream->worker->loop;

	if (stream->server.file.fd >= 0) {
		if (server_may_be_reset(stream))
			stream_reset_on_close(&stream->server);
		loop_file_close(loop, &stream->server.file);
	}
	if (stream_front(stream)->nolinger)
		stream_reset_on_close(&stream->client);
	loop_file_close(loop, &stream->client.file);
}

/* For `dontlognull`: a client that sent something and met no server is worth a line. */
static void look_for_data(struct stream *stream)
{
	int waiting = 0;

	if (stream->state == STREAM_TUNNEL || !stream_front(stream)->dontlognull)
		return;
	if (ioctl(stream->client.file.fd, FIONREAD, &waiting) == 0)
		stream->had_data = waiting > 0;
}

static void leave_queue(struct stream *stream)
{
	if (stream->state == STREAM_QUEUED && queue_leave(stream))
		stream->target = NULL;
}

void stream_end(struct stream *stream, char cause, char phase)
{
	struct worker *worker = stream->worker;

	if (stream->state == STREAM_ENDED)
		return;
	stream_blame(stream, cause, phase);
	leave_queue(stream);
	stream_drop_held(stream, &stream->client);
	stream_drop_held(stream, &stream->server);
	look_for_data(stream);
	close_ends(stream);
	loop_timer_disarm(worker->loop, &stream->timer);
	count_bytes(stream);
	count_abort(stream);
	if (stream->backend != NULL)
		load_leave(&stream->backend->load);
	if (!stream->grant_pending)
		stream_leave_server(stream);
	stream_log(stream, false);

	stream_enter(stream, STREAM_ENDED);
	list_remove(&stream->node);
	if (!stream->grant_pending)
		release(stream);
	listener_leave(stream->listener);
}

void streams_close(struct worker *worker)
{
	list_for_each_safe(node, &worker->streams)
	{
		stream_end(container_of(node, struct stream, node), 'K', 0);
	}
}
