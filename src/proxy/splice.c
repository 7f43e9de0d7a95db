/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/splice.c - see splice.h.
 *
 * A pipe is held only while there is something in it or to come: an idle
 * direction gives it back.
 */
#include "proxy/splice.h"

#include <errno.h>
#include <fcntl.h>

#include "proxy/stream.h"

enum {
	ROUNDS = 16,
	SMALL = 16 * 1024,	/* what is not worth two system calls */
	SMALL_READS = 3,	/* in a row: go back to copying */
};

/* Empties the pipe as far as `to` takes it: DRAINED, BLOCKED or WRITE_ERROR. */
static enum flow push(struct stream *stream, struct stream_end *from, struct stream_end *to)
{
	struct net_pipe *pipe = from->pipe;

	while (pipe->used != 0) {
		if (!to->can_write)
			return FLOW_BLOCKED;
		ssize_t moved = splice(pipe->read_fd, NULL, to->file.fd, NULL, pipe->used,
				       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (moved > 0) {
			pipe->used -= (size_t)moved;
			stream_end_took(stream, to);
		} else if (moved < 0 && errno == EAGAIN) {
			to->can_write = false;
		} else if (moved == 0 || errno != EINTR) {
			return FLOW_WRITE_ERROR;
		}
	}
	return FLOW_DRAINED;
}

/* Fills the empty pipe: MORE when something came. */
static enum flow pull(struct stream *stream, struct stream_end *from, uint64_t *limit)
{
	struct net_pipe *pipe = from->pipe;
	size_t most = limit != NULL && *limit < pipe->size ? (size_t)*limit : pipe->size;
	ssize_t moved;

	if (most == 0)
		return FLOW_END;
	do
		moved = splice(from->file.fd, NULL, pipe->write_fd, NULL, most,
			       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (moved < 0 && errno == EINTR);

	if (moved > 0) {
		pipe->used += (size_t)moved;
		if (limit != NULL)
			*limit -= (uint64_t)moved;
		from->bytes += (uint64_t)moved;
		from->active = worker_now(stream->worker);
		from->big_reads = moved >= SMALL ? 0 : (uint8_t)(from->big_reads + 1);
		return FLOW_MORE;
	}
	if (moved == 0)
		return FLOW_END;
	if (errno == EAGAIN)
		return FLOW_DRAINED;
	/* The kernel cannot splice this socket: copying will tell what is wrong, if anything. */
	if (errno == EINVAL)
		from->splicing = false;
	return errno == EINVAL ? FLOW_MORE : FLOW_READ_ERROR;
}

static void give_back(struct stream *stream, struct stream_end *from)
{
	net_pipe_put(&stream->worker->pipes, from->pipe);
	from->pipe = NULL;
}

static enum flow rounds(struct stream *stream, struct stream_end *from, struct stream_end *to,
			uint64_t *limit)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		enum flow flow = push(stream, from, to);

		if (flow != FLOW_DRAINED)
			return flow;
		if (from->big_reads >= SMALL_READS) {
			from->splicing = false;
			from->big_reads = 0;
			return FLOW_MORE;
		}
		if (!from->can_read)
			return FLOW_DRAINED;
		flow = pull(stream, from, limit);
		if (flow == FLOW_DRAINED)
			from->can_read = false;
		if (flow != FLOW_MORE)
			return flow;
		if (!from->splicing)
			return FLOW_MORE;
	}
	return from->pipe->used != 0 ? push(stream, from, to) == FLOW_WRITE_ERROR
					       ? FLOW_WRITE_ERROR
					       : FLOW_MORE
				     : FLOW_MORE;
}

enum flow splice_flow(struct stream *stream, struct stream_end *from, struct stream_end *to,
		      uint64_t *limit)
{
	if (from->pipe == NULL) {
		if (!from->can_read)
			return FLOW_DRAINED;
		from->pipe = net_pipe_get(&stream->worker->pipes);
		if (from->pipe == NULL) {
			from->splicing = false;
			return FLOW_MORE;
		}
	}

	enum flow flow = rounds(stream, from, to, limit);
	if (from->pipe->used == 0)
		give_back(stream, from);
	return flow;
}
