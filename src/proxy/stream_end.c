/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_end.c - a stream's end: places given back, counters, the log
 * line, both closes.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "proxy/listener.h"
#include "proxy/queue.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/stream.h"
#include "proxy/stream_timer.h"
#include "proxy/txn.h"

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
	stream->has_place = server->counts_places;
	lb_release(&server->lb);
}

void stream_give_place(struct stream *stream)
{
	if (!stream->has_place)
		return;
	stream->has_place = false;
	server_leave_place(stream->target);
	queue_serve(stream->target);
}

void stream_release(struct stream *stream)
{
	struct worker *worker = stream->worker;

	stream_end_detour(stream);
	stream->next_dead = worker->dead;
	worker->dead = stream;
	worker_reap_later(worker);
}

uint64_t stream_bytes_in(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	if (!stream->http)
		return stream->client.bytes;
	return txn == NULL ? 0 : txn->bytes_in + (txn->tunnel ? stream->client.bytes : 0);
}

uint64_t stream_bytes_out(const struct stream *stream)
{
	const struct txn *txn = stream->txn;
	uint64_t raw = stream->server != NULL ? stream->server->bytes : 0;

	if (!stream->http)
		return raw;
	return txn == NULL ? 0 : txn->bytes_out + (txn->tunnel ? raw : 0);
}

static void count_bytes(const struct stream *stream)
{
	uint64_t in = stream_bytes_in(stream), out = stream_bytes_out(stream);

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

	if (stream->backend == NULL ||
	    (stream->state != STREAM_TUNNEL && stream->state != STREAM_EXCHANGE))
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
	       (stream->server->read_done && stream->client.bytes == 0 && !stream->server->failed);
}

static void close_ends(struct stream *stream)
{
	struct loop *loop = stream->worker->loop;

	if (stream->server != NULL)
		server_conn_close(stream, stream->backend == NULL || server_may_be_reset(stream));
	if (stream_front(stream)->nolinger)
		stream_reset_on_close(&stream->client);
	loop_file_close(loop, &stream->client.file);
}

/* For `dontlognull`: a client that sent something and met no server is worth a line. */
static void look_for_data(struct stream *stream)
{
	int waiting = 0;

	if (stream->state == STREAM_TUNNEL || stream->http || !stream_front(stream)->dontlognull)
		return;
	if (ioctl(stream->client.file.fd, FIONREAD, &waiting) == 0)
		stream->had_data = waiting > 0;
}

static void leave_queue(struct stream *stream)
{
	if (stream->state == STREAM_QUEUED && queue_leave(stream))
		stream->target = NULL;
}

void stream_leave_backend(struct stream *stream)
{
	if (stream->in_backend)
		load_leave(&stream->backend->load);
	stream->in_backend = false;
}

void stream_account(struct stream *stream)
{
	if (stream->accounted)
		return;
	stream->accounted = true;
	count_bytes(stream);
	count_abort(stream);
	stream_log(stream, false);
}

void stream_end(struct stream *stream, char cause, char phase)
{
	struct worker *worker = stream->worker;

	if (stream->state == STREAM_ENDED)
		return;
	stream_blame(stream, cause, phase);
	leave_queue(stream);
	look_for_data(stream);
	if (!stream->grant_pending)
		stream_leave_server(stream);
	stream_leave_backend(stream);
	stream_account(stream);
	stream_give_place(stream);
	stream_drop_held(stream, &stream->client);
	close_ends(stream);
	loop_timer_disarm(worker->loop, &stream->timer);
	txn_free(stream);
	if (stream->session != NULL)
		bump_free(&stream->session->memory);
	free(stream->session);
	stream->session = NULL;

	stream_enter(stream, STREAM_ENDED);
	list_remove(&stream->node);
	if (!stream->grant_pending)
		stream_release(stream);
	listener_leave(stream->listener);
}

void streams_close_idle(struct worker *worker)
{
	list_for_each_safe(node, &worker->streams)
	{
		struct stream *stream = container_of(node, struct stream, node);

		if (stream->state == STREAM_REQUEST && stream->txn == NULL && !stream->first)
			stream_watch(stream);
	}
}

void streams_close(struct worker *worker)
{
	list_for_each_safe(node, &worker->streams)
	{
		stream_end(container_of(node, struct stream, node), 'K', 0);
	}
}
