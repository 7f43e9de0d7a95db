/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_io.c - bytes of mode http: read, kept, sent. See http_stream.h.
 *
 * A body is passed on as it is, in its own framing, which is checked on the
 * way; one of known length that comes in bulk is spliced.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "proxy/http_stream.h"
#include "proxy/malformed.h"

enum { ROUNDS = 16, BIG_READS = 2, JOINED = 2048 };

void http_trim(struct stream *stream, struct stream_end *end)
{
	if (end->held != NULL && buffer_used(end->held) == 0) {
		buffer_put(&stream->worker->buffers, end->held);
		end->held = NULL;
	}
	if (end->held == NULL && buffer_used(stream->worker->receive) == 0)
		buffer_clear(stream->worker->receive);
}

/* Slices of the message that came from this end follow its bytes. */
static void rebase(struct stream *stream, const struct stream_end *end, const uint8_t *from,
		   size_t len, const uint8_t *to)
{
	struct txn *txn = stream->txn;
	bool client = end == &stream->client;
	struct slice *body;

	if (txn == NULL || from == to || (!client && !txn->response_waits))
		return;
	body = client ? &txn->body : &txn->response_body;
	http_message_rebase(client ? &txn->request : &txn->response, (const char *)from, len,
			    (const char *)to);
	if (body->at >= (const char *)from && body->at < (const char *)from + len)
		body->at = (const char *)to + (body->at - (const char *)from);
}

bool http_hold_received(struct stream *stream, struct stream_end *end)
{
	struct buffer *receive = stream->worker->receive;
	const uint8_t *from = receive->bytes + receive->start;
	size_t len = buffer_used(receive);

	end->held = buffer_keep(&stream->worker->buffers, &stream->worker->receive);
	if (end->held == NULL)
		return false;
	rebase(stream, end, from, len, end->held->bytes + end->held->start);
	return true;
}

/* Room for at least one byte more in the end's own buffer. */
static bool make_room(struct stream *stream, struct stream_end *end)
{
	struct buffer_pool *pool = &stream->worker->buffers;
	struct buffer *old = end->held;
	uint32_t used = buffer_used(old);

	if (old->end < old->size)
		return true;
	if (old->start != 0) {
		memmove(old->bytes, old->bytes + old->start, used);
		rebase(stream, end, old->bytes + old->start, used, old->bytes);
		old->start = 0;
		old->end = used;
		return true;
	}
	if (old->size >= pool->large_size)
		return false;

	struct buffer *larger = buffer_get(pool, pool->large_size);
	if (larger == NULL)
		return false;
	memcpy(larger->bytes, old->bytes, old->end);
	larger->start = old->start;
	larger->end = old->end;
	rebase(stream, end, old->bytes, old->end, larger->bytes);
	buffer_put(pool, old);
	end->held = larger;
	return true;
}

enum flow http_read(struct stream *stream, struct stream_end *end)
{
	struct buffer *buffer;
	ssize_t got;

	if (!end->can_read)
		return FLOW_DRAINED;
	if (end->held != NULL && !make_room(stream, end))
		return FLOW_BLOCKED;
	buffer = http_input(stream, end);

	uint32_t room = buffer->size - buffer->end;
	if (room == 0)
		return FLOW_BLOCKED;
	do
		got = recv(end->file.fd, buffer->bytes + buffer->end, room, 0);
	while (got < 0 && errno == EINTR);

	if (got < 0) {
		if (errno != EAGAIN)
			return FLOW_READ_ERROR;
		end->can_read = false;
		return FLOW_DRAINED;
	}
	if (got == 0) {
		end->read_done = true;
		return FLOW_END;
	}
	buffer->end += (uint32_t)got;
	end->bytes += (uint64_t)got;
	end->active = worker_now(stream->worker);
	/* A short read has drained it, but an end of file that was told must still be read. */
	if ((uint32_t)got < room) {
		end->big_reads = 0;
		if (!end->hung_up && !end->failed)
			end->can_read = false;
	} else if (end->big_reads < BIG_READS) {
		end->big_reads++;
	}
	return FLOW_MORE;
}

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

/* Copying what is short costs less than the kernel's handling of two pieces. */
static ssize_t send_joined(int fd, struct slice a, struct slice b)
{
	char bytes[JOINED];

	memcpy(bytes, a.at, a.len);
	memcpy(bytes + a.len, b.at, b.len);
	return send(fd, bytes, a.len + b.len, MSG_NOSIGNAL);
}

static ssize_t send_both(int fd, struct slice a, struct slice b)
{
	struct iovec pieces[2] = { { (void *)(uintptr_t)a.at, a.len },
				   { (void *)(uintptr_t)b.at, b.len } };
	const struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };

	if (a.len == 0 || b.len == 0)
		return send(fd, a.len != 0 ? a.at : b.at, a.len + b.len, MSG_NOSIGNAL);
	if (a.len + b.len <= JOINED)
		return send_joined(fd, a, b);
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Sends two pieces in one call; *ret_sent bytes went. */
static enum flow send_pair(struct stream *stream, struct stream_end *to, struct slice a,
			   struct slice b, size_t *ret_sent)
{
	ssize_t sent;

	*ret_sent = 0;
	if (!to->can_write)
		return FLOW_BLOCKED;
	write_soon(to);
	do
		sent = send_both(to->file.fd, a, b);
	while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		if (errno != EAGAIN)
			return FLOW_WRITE_ERROR;
		to->can_write = false;
		return FLOW_BLOCKED;
	}
	stream_end_took(stream, to);
	*ret_sent = (size_t)sent;
	if ((size_t)sent == a.len + b.len)
		return FLOW_DRAINED;
	to->can_write = false;
	return FLOW_BLOCKED;
}

enum flow http_send(struct stream *stream, struct stream_end *to, struct slice *bytes)
{
	size_t sent;
	enum flow flow;

	if (bytes->len == 0)
		return FLOW_DRAINED;
	flow = send_pair(stream, to, *bytes, (struct slice){ NULL, 0 }, &sent);
	*bytes = slice_skip(*bytes, sent);
	return flow;
}

void txn_flow_begin(struct txn_flow *flow, const struct http_message *message, struct slice head)
{
	*flow = (struct txn_flow){
		.head = head,
		.kind = message->body,
		.begun = true,
		.done = message->body == HTTP_BODY_NONE ||
			(message->body == HTTP_BODY_LENGTH && message->body_length == 0),
		.left = message->body_length,
	};
}

/* How many of the next bytes belong to the body. False: malformed. */
static bool take(struct txn_flow *flow, const uint8_t *bytes, size_t len, size_t *ret_used)
{
	enum http_chunked_result result;

	switch (flow->kind) {
	case HTTP_BODY_NONE:
		*ret_used = 0;
		return true;
	case HTTP_BODY_LENGTH:
		*ret_used = len < flow->left ? len : (size_t)flow->left;
		flow->left -= *ret_used;
		flow->done = flow->left == 0;
		return true;
	case HTTP_BODY_CHUNKED:
		*ret_used = 0;
		if (flow->drops)
			return true;
		result = http_chunked_scan(&flow->chunked, (const char *)bytes, len, ret_used);
		flow->done = result == HTTP_CHUNKED_DONE;
		return result != HTTP_CHUNKED_BAD;
	case HTTP_BODY_CLOSE:
	case HTTP_BODY_TUNNEL:
		*ret_used = len;
		return true;
	}
	return false;
}

bool txn_flow_swallow(struct txn_flow *flow, struct buffer *input)
{
	size_t used = 0;

	input->start += flow->passable;
	flow->passable = 0;
	flow->chunked.holds = flow->drops = false;
	if (!flow->done && buffer_used(input) != 0) {
		if (!take(flow, input->bytes + input->start, buffer_used(input), &used))
			return false;
		input->start += (uint32_t)used;
	}
	return flow->done;
}

/*
 * All before the trailers is sent: they are checked and left out, and an empty
 * line goes in their place. False: malformed.
 */
static bool drop_trailers(struct stream *stream, struct stream_end *from, struct txn_flow *flow)
{
	struct buffer *input = http_input(stream, from);
	size_t used;
	enum http_chunked_result result;

	flow->drops = true;
	flow->chunked.holds = false;
	result = http_chunked_scan(&flow->chunked, (const char *)input->bytes + input->start,
				   buffer_used(input), &used);
	if (result == HTTP_CHUNKED_BAD) {
		malformed_body(stream, from, input, used);
		return false;
	}
	input->start += (uint32_t)used;
	flow->done = result == HTTP_CHUNKED_DONE;
	if (flow->done)
		flow->head = SLICE("\r\n");
	return true;
}

static bool at_trailers(const struct txn_flow *flow)
{
	return flow->drops || (flow->chunked.holds && http_chunked_at_trailers(&flow->chunked));
}

/* Sends what is known: END when the message is over, DRAINED when more must be read. */
static enum flow pass_input(struct stream *stream, struct stream_end *from, struct stream_end *to,
			    struct txn_flow *flow, uint64_t *count)
{
	struct buffer *input = http_input(stream, from);
	size_t fresh = buffer_used(input) - flow->passable, used = 0, sent;

	if (!flow->done && fresh != 0) {
		if (!take(flow, input->bytes + input->start + flow->passable, fresh, &used)) {
			malformed_body(stream, from, input, flow->passable + used);
			return FLOW_READ_ERROR;
		}
		flow->passable += (uint32_t)used;
	}
	if (flow->head.len + flow->passable != 0) {
		struct slice body = { (const char *)input->bytes + input->start, flow->passable };
		enum flow result = send_pair(stream, to, flow->head, body, &sent);
		size_t of_head = sent < flow->head.len ? sent : flow->head.len;

		*count += sent - of_head;
		flow->head = slice_skip(flow->head, of_head);
		input->start += (uint32_t)(sent - of_head);
		flow->passable -= (uint32_t)(sent - of_head);
		if (result != FLOW_DRAINED)
			return result;
	}
	if (!flow->done && at_trailers(flow)) {
		if (!drop_trailers(stream, from, flow))
			return FLOW_READ_ERROR;
		*count += flow->head.len;

		enum flow result = http_send(stream, to, &flow->head);
		if (result != FLOW_DRAINED)
			return result;
	}
	http_trim(stream, from);
	return flow->done ? FLOW_END : FLOW_DRAINED;
}

static bool may_splice(const struct stream *stream, const struct stream_end *from,
		       const struct txn_flow *flow)
{
	return from->big_reads >= BIG_READS && stream->worker->pipes.max != 0 &&
	       (flow->kind == HTTP_BODY_CLOSE ||
		(flow->kind == HTTP_BODY_LENGTH && flow->left > BUFFER_SMALL));
}

static enum flow pass_spliced(struct stream *stream, struct stream_end *from,
			      struct stream_end *to, struct txn_flow *flow, uint64_t *count)
{
	uint64_t before = from->bytes;
	enum flow result;

	result = splice_flow(stream, from, to,
			     flow->kind == HTTP_BODY_LENGTH ? &flow->left : NULL);
	*count += from->bytes - before;
	if (flow->kind == HTTP_BODY_LENGTH && flow->left == 0 && from->pipe == NULL) {
		flow->done = true;
		from->splicing = false;
		return FLOW_END;
	}
	if (result == FLOW_END)
		from->read_done = true;
	return result;
}

/* The sender has closed: the end of the message, or too early. */
static enum flow closed(struct txn_flow *flow)
{
	if (flow->kind != HTTP_BODY_CLOSE)
		return FLOW_READ_ERROR;
	flow->done = true;
	return FLOW_END;
}

enum flow http_pass(struct stream *stream, struct stream_end *from, struct stream_end *to,
		    struct txn_flow *flow, uint64_t *count)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		enum flow result;

		if (from->pipe != NULL || from->splicing) {
			result = pass_spliced(stream, from, to, flow, count);
			if (result == FLOW_END && !flow->done)
				return closed(flow);
			if (result != FLOW_MORE || from->splicing)
				return result;
		}
		result = pass_input(stream, from, to, flow, count);
		if (result != FLOW_DRAINED)
			return result;
		/* What follows, an end of file above all, is for the tunnel. */
		if (flow->kind == HTTP_BODY_TUNNEL)
			return FLOW_DRAINED;
		if (may_splice(stream, from, flow)) {
			from->splicing = true;
			from->big_reads = 0;
			continue;
		}
		result = from->read_done ? FLOW_END : http_read(stream, from);
		if (result == FLOW_END)
			return closed(flow);
		if (result != FLOW_MORE)
			return result;
	}
	return FLOW_MORE;
}

/* ---- bodies that are looked at ---- */

static void collect_piece(void *context, struct slice piece)
{
	struct out *out = context;

	out_put(out, piece);
}

/* What is there of one direction's body. */
struct collected {
	struct slice *body;
	bool *complete;
	char **room;
};

/* Decoded anew with each call from what lies behind the head, into room that is taken once. */
static bool collect_chunked(struct stream *stream, struct stream_end *end,
			    const struct http_message *message, const struct collected *ret)
{
	const struct buffer *input = http_input(stream, end);
	size_t most = stream->worker->buffers.large_size, used;
	struct http_chunked chunked = { 0 };
	struct out out = { .bytes = *ret->room, .size = most };
	enum http_chunked_result result;

	if (out.bytes == NULL)
		out.bytes = *ret->room = bump_alloc(&stream->txn->memory, most);
	if (out.bytes == NULL)
		return false;
	result = http_chunked_read(&chunked,
				   (const char *)input->bytes + input->start + message->len,
				   buffer_used(input) - message->len, &used, collect_piece, &out);
	if (result == HTTP_CHUNKED_BAD)
		malformed_body(stream, end, input, message->len + used);
	*ret->body = out_slice(&out);
	*ret->complete = result == HTTP_CHUNKED_DONE;
	return result != HTTP_CHUNKED_BAD;
}

static bool collect(struct stream *stream, struct stream_end *end,
		    const struct http_message *message, const struct collected *ret)
{
	const struct buffer *input = http_input(stream, end);
	const char *at = (const char *)input->bytes + input->start + message->len;
	size_t len = buffer_used(input) - message->len;

	switch (message->body) {
	case HTTP_BODY_LENGTH:
		*ret->complete = len >= message->body_length;
		*ret->body = (struct slice){ at, *ret->complete ? (size_t)message->body_length
								: len };
		return true;
	case HTTP_BODY_CHUNKED:
		return collect_chunked(stream, end, message, ret);
	case HTTP_BODY_CLOSE:
		*ret->complete = end->read_done;
		*ret->body = (struct slice){ at, len };
		return true;
	default:
		*ret->complete = true;
		return true;
	}
}

bool http_collect_body(struct stream *stream)
{
	struct txn *txn = stream->txn;

	return collect(stream, &stream->client, &txn->request,
		       &(struct collected){ &txn->body, &txn->body_complete, &txn->body_room });
}

bool http_collect_response(struct stream *stream)
{
	struct txn *txn = stream->txn;

	return collect(stream, stream->server, &txn->response,
		       &(struct collected){ &txn->response_body, &txn->response_body_complete,
					    &txn->response_body_room });
}
