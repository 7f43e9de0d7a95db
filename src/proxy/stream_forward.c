/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_forward.c - the tunnel: bytes and ends of file both ways.
 *
 * One receive into the thread's buffer, one send from it: a wake-up with a
 * little data costs two system calls and no memory. What the other end does
 * not take is held in a pooled buffer, and nothing more is read meanwhile.
 * After full reads in a row a direction is spliced. Work per event is
 * bounded; what is left comes in the next turn.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "proxy/splice.h"
#include "proxy/stream.h"
#include "proxy/stream_timer.h"

enum { ROUNDS = 16, BIG_READS = 2 };

/*
 * Small writes in a row must not wait for the peer's acknowledgement. The
 * first cannot, since nothing is in flight before it.
 */
static void write_soon(struct stream_end *to)
{
	const int on = 1;

	if (to->no_delay)
		return;
	if (to->writes++ == 0)
		return;
	setsockopt(to->file.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	to->no_delay = true;
}

/* Sends what `buffer` holds: DRAINED, BLOCKED or WRITE_ERROR. */
static enum flow send_buffer(struct stream *stream, struct buffer *buffer, struct stream_end *to)
{
	uint32_t used = buffer_used(buffer);
	ssize_t sent;

	if (!to->can_write)
		return FLOW_BLOCKED;
	write_soon(to);
	do
		sent = send(to->file.fd, buffer->bytes + buffer->start, used, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);

	if (sent < 0) {
		if (errno != EAGAIN)
			return FLOW_WRITE_ERROR;
		to->can_write = false;
		return FLOW_BLOCKED;
	}
	stream_end_took(stream, to);
	buffer->start += (uint32_t)sent;
	if ((uint32_t)sent == used)
		return FLOW_DRAINED;
	to->can_write = false;
	return FLOW_BLOCKED;
}

static enum flow send_held(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	enum flow flow = send_buffer(stream, from->held, to);

	if (flow == FLOW_DRAINED) {
		buffer_put(&stream->worker->buffers, from->held);
		from->held = NULL;
	}
	return flow;
}

static bool may_splice(const struct stream *stream)
{
	return stream->worker->pipes.max != 0;
}

/* Full reads in a row are bulk. */
static void consider_splicing(struct stream *stream, struct stream_end *from, bool full)
{
	if (!full) {
		from->big_reads = 0;
	} else if (++from->big_reads >= BIG_READS && may_splice(stream)) {
		from->big_reads = 0;
		from->splicing = true;
	}
}

/* Receives once into the thread's buffer: MORE when there is something in it. */
static enum flow receive(struct stream *stream, struct stream_end *from)
{
	struct buffer *buffer = stream->worker->receive;
	ssize_t got;

	do
		got = recv(from->file.fd, buffer->bytes, buffer->size, 0);
	while (got < 0 && errno == EINTR);

	if (got < 0) {
		if (errno != EAGAIN)
			return FLOW_READ_ERROR;
		from->can_read = false;
		return FLOW_DRAINED;
	}
	if (got == 0)
		return FLOW_END;

	bool full = (uint32_t)got == buffer->size;
	buffer->start = 0;
	buffer->end = (uint32_t)got;
	from->bytes += (uint64_t)got;
	from->active = worker_now(stream->worker);
	/* A short read has drained it, but an end of file that was told must still be read. */
	if (!full && !from->hung_up && !from->failed)
		from->can_read = false;
	consider_splicing(stream, from, full);
	return FLOW_MORE;
}

static enum flow send_received(struct stream *stream, struct stream_end *from,
			       struct stream_end *to)
{
	enum flow flow = send_buffer(stream, stream->worker->receive, to);

	if (flow == FLOW_BLOCKED) {
		from->held = buffer_keep(&stream->worker->buffers, &stream->worker->receive);
		if (from->held == NULL)
			stream_end(stream, 'R', 0);
	}
	return flow;
}

static enum flow copy_flow(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	for (unsigned round = 0; round < ROUNDS && !from->splicing; round++) {
		enum flow flow;

		if (!from->can_read)
			return FLOW_DRAINED;
		flow = receive(stream, from);
		if (flow != FLOW_MORE)
			return flow;
		flow = send_received(stream, from, to);
		if (flow != FLOW_DRAINED)
			return flow;
	}
	return FLOW_MORE;
}

static enum flow flow_once(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	if (from->held != NULL) {
		enum flow flow = send_held(stream, from, to);

		if (flow != FLOW_DRAINED)
			return flow;
	}
	if (from->read_done)
		return FLOW_END;
	if (from->pipe != NULL || from->splicing)
		return splice_flow(stream, from, to, NULL);
	return copy_flow(stream, from, to);
}

/* The direction is over: pass the end of file on, unless a close will. */
static void end_direction(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	from->read_done = true;
	if (to->write_done)
		return;
	to->write_done = true;
	if (!(to->read_done && from->write_done))
		shutdown(to->file.fd, SHUT_WR);
	stream_watch(stream); /* the -fin timeouts may be shorter */
}

/*
 * The server's side is broken. What the client sends goes nowhere, but what
 * the server had sent before is still read and delivered.
 */
static void server_broke(struct stream *stream, bool reading)
{
	stream_blame(stream, 'S', 0);
	stream_drop_held(stream, &stream->client);
	stream->client.read_done = true;
	stream->server->write_done = true;
	if (reading)
		end_direction(stream, stream->server, &stream->client);
}

static void direction(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	bool from_client = from == &stream->client;

	if (from->read_done && to->write_done)
		return;
	switch (flow_once(stream, from, to)) {
	case FLOW_BLOCKED:
		/* Nobody would read its error while we hold what it sent before. */
		if (from_client && from->failed)
			stream_end(stream, 'C', 0);
		break;
	case FLOW_DRAINED:
		break;
	case FLOW_MORE:
		loop_file_again(stream->worker->loop, &from->file);
		break;
	case FLOW_END:
		end_direction(stream, from, to);
		break;
	case FLOW_READ_ERROR:
		if (from_client)
			stream_end(stream, 'C', 0);
		else
			server_broke(stream, true);
		break;
	case FLOW_WRITE_ERROR:
		if (from_client)
			server_broke(stream, false);
		else
			stream_end(stream, 'C', 0);
		break;
	}
}

static bool is_over(const struct stream *stream)
{
	return stream->client.read_done && stream->server->read_done && stream->client.write_done &&
	       stream->server->write_done;
}

void stream_forward(struct stream *stream)
{
	direction(stream, &stream->client, stream->server);
	if (stream->state == STREAM_TUNNEL && stream_response_passes(stream))
		direction(stream, stream->server, &stream->client);
	if (stream->state == STREAM_TUNNEL && is_over(stream))
		stream_end(stream, '-', '-');
}
