/* SPDX-License-Identifier: Apache-2.0 */
/* load_http.c - requests and WebSocket messages of load.c; every byte that comes back is checked. */
#define _GNU_SOURCE 1

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void shape_read(struct shape *shape, const char *text)
{
	char words[128], *rest = words;

	*shape = (struct shape){.down = HTTP_BODY};
	snprintf(words, sizeof(words), "%s", text);
	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		const char *value = strchr(word, '=');
		size_t number = value ? strtoull(value + 1, NULL, 10) : 0;

		if (strncmp(word, "headers=", 8) == 0)
			shape->headers = (unsigned)number;
		else if (strncmp(word, "up=", 3) == 0)
			shape->up = number;
		else if (strncmp(word, "down=", 5) == 0)
			shape->down = number;
		else if (strcmp(word, "chunked") == 0)
			shape->chunked = true;
		else if (strcmp(word, "close") == 0)
			shape->close = true;
		else if (*word != 0 && strcmp(word, "-") != 0)
			fail(word);
	}
}

static size_t head_write(const struct load *load, const struct connection *connection, char *text)
{
	const struct shape *shape = &load->shape;
	char *at = text + sprintf(text,
				  "%s /page/%u HTTP/1.1\r\nHost: www.bench.test\r\nUser-Agent: load/1.0\r\n"
				  "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
				  "Cookie: session=5f2b8c\r\nX-Number: %08x\r\nX-Answer: %c%zu\r\n",
				  shape->up ? "POST" : "GET", connection->number, connection->number,
				  shape->chunked ? 'k' : 'l', shape->down);

	for (unsigned i = 7; i < shape->headers; i++)
		at += sprintf(at, "X-Header-Number-%u: some value of header number %u\r\n", i, i);
	if (shape->up)
		at += sprintf(at, "Content-Length: %zu\r\n", shape->up);
	if (shape->close)
		at += sprintf(at, "Connection: close\r\n");
	at += sprintf(at, "\r\n");
	return (size_t)(at - text);
}

static const uint8_t *pattern_at(const struct load *load, const struct connection *connection, uint64_t at)
{
	return load->pattern + (connection->number + at) % PATTERN_PERIOD;
}

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

/* The body as far as it goes. */
static void body_send(struct load *load, struct connection *connection)
{
	while (connection->up_sent < load->shape.up) {
		ssize_t sent = send(connection->fd, pattern_at(load, connection, connection->up_sent),
				    least(load->shape.up - connection->up_sent, CHUNK), MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0)
			fail("send");
		connection->up_sent += (uint64_t)sent;
	}
	connection->sent = true;
}

static void request_send(struct load *load, struct connection *connection)
{
	char text[HTTP_HEAD];
	size_t size = head_write(load, connection, text);
	size_t body = load->shape.up < sizeof(text) - size ? load->shape.up : 0; /* what is short goes along */

	memcpy(text + size, pattern_at(load, connection, 0), body);
	errno = 0;
	if (send(connection->fd, text, size + body, MSG_NOSIGNAL) != (ssize_t)(size + body))
		fail("send");
	connection->up_sent = body;
	connection->received = connection->down_received = 0;
	connection->in_body = false;
	body_send(load, connection);
}

void http_writable(struct load *load, struct connection *connection)
{
	if (connection->received != 0 || connection->up_sent != 0) {
		body_send(load, connection);
		return;
	}
	if (!load->shape.close)
		connection->begun = now_ns();
	request_send(load, connection);
}

/* Body bytes as they are; false: superfluous or wrong. */
static bool body_take(struct load *load, struct connection *connection, const uint8_t *bytes, size_t len)
{
	if (connection->down_received + len > load->shape.down ||
	    memcmp(bytes, pattern_at(load, connection, connection->down_received), len) != 0)
		return false;
	connection->down_received += len;
	return true;
}

/* A chunk's size line as it comes; the CR LF behind the chunk before is passed over. */
static bool chunk_line_take(struct connection *connection, uint8_t byte)
{
	if (byte == '\r')
		return true;
	if (byte == '\n') { /* of the line, or the one before it */
		connection->chunk_line = connection->chunk_left == UINT64_MAX;
		return true;
	}
	if (connection->chunk_left == UINT64_MAX)
		connection->chunk_left = 0;
	byte |= 0x20;
	connection->chunk_left = connection->chunk_left * 16 + (uint64_t)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
	return byte <= 'f';
}

static bool chunks_take(struct load *load, struct connection *connection, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t part;

		if (connection->chunk_line) {
			if (!chunk_line_take(connection, *bytes))
				return false;
			bytes++, len--;
			continue;
		}
		part = least(connection->chunk_left, len);
		if (connection->chunk_left == 0) { /* the last one: an empty line follows */
			connection->chunk_end += (uint8_t)len;
			return connection->down_received == load->shape.down && connection->chunk_end <= 2;
		}
		if (!body_take(load, connection, bytes, part))
			return false;
		bytes += part, len -= part;
		connection->chunk_left -= part;
		if (connection->chunk_left == 0) {
			connection->chunk_left = UINT64_MAX; /* not known yet */
			connection->chunk_line = true;
		}
	}
	return true;
}

static bool bytes_take(struct load *load, struct connection *connection, const uint8_t *bytes, size_t len)
{
	return load->shape.chunked ? chunks_take(load, connection, bytes, len)
				   : body_take(load, connection, bytes, len);
}

/* Whether the head is whole; what follows it is taken as body. */
static bool head_take(struct load *load, struct connection *connection, const char *status)
{
	char *end = memmem(connection->head, connection->received, "\r\n\r\n", 4);
	size_t size;

	if (!end)
		return false;
	size = (size_t)(end + 4 - connection->head);
	if (memcmp(connection->head, status, strlen(status)) != 0)
		fail("status of the answer");
	connection->in_body = true;
	connection->chunk_left = UINT64_MAX;
	connection->chunk_line = true;
	connection->chunk_end = 0;
	if (!bytes_take(load, connection, (uint8_t *)end + 4, connection->received - size))
		fail("body");
	return true;
}

static void head_room(struct connection *connection)
{
	if (!connection->head)
		connection->head = malloc(HTTP_HEAD);
	if (!connection->head)
		fail("memory");
}

/* Receives what there is. 1: something, 0: no more now; -1: the end of the connection. */
static int answer_receive(struct load *load, struct connection *connection, const char *status)
{
	ssize_t got;

	head_room(connection);
	errno = 0;
	got = connection->in_body ? recv(connection->fd, load->buffer, CHUNK, 0)
				  : recv(connection->fd, connection->head + connection->received,
					 HTTP_HEAD - connection->received, 0);
	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got < 0 || (got == 0 && !load->shape.close))
		fail("answer");
	if (got == 0)
		return -1;
	connection->received += (uint64_t)got;
	if (!connection->in_body)
		head_take(load, connection, status);
	else if (!bytes_take(load, connection, load->buffer, (size_t)got))
		fail("body");
	return 1;
}

static bool answer_whole(const struct load *load, const struct connection *connection)
{
	return connection->in_body && connection->down_received == load->shape.down &&
	       (!load->shape.chunked || connection->chunk_end == 2);
}

void http_readable(struct load *load, struct connection *connection)
{
	int got;

	while ((got = answer_receive(load, connection, "HTTP/1.1 200 OK\r\n")) == 1)
		if (answer_whole(load, connection) && !load->shape.close)
			break;
	if (got == 0 || !answer_whole(load, connection)) {
		if (got < 0)
			fail("end of connection");
		return;
	}
	note_operation(load, connection);
	load->bytes += connection->received + connection->up_sent;
	if (load->shape.close) {
		connection_again(load, connection);
		return;
	}
	connection->number = load->next_number++;
	connection->sent = false;
	request_send(load, connection);
}

/* A connection that has had its answer is left as it is. */
void hold_http_readable(struct load *load, struct connection *connection)
{
	if (answer_receive(load, connection, "HTTP/1.1 200 OK\r\n") == 1 && answer_whole(load, connection))
		load->operations++;
}

/* ---- WebSocket ---- */

static void frame_send(struct connection *connection)
{
	uint8_t frame[FRAME_HEAD + FRAME_MASK + PONG_SIZE] = {0x82, 0x80 | PONG_SIZE};

	message_fill(frame + FRAME_HEAD + FRAME_MASK, PONG_SIZE, connection->number, false);
	errno = 0;
	if (send(connection->fd, frame, sizeof(frame), MSG_NOSIGNAL) != (ssize_t)sizeof(frame))
		fail("send");
	connection->sent = true;
	connection->received = 0;
}

void ws_writable(struct load *load, struct connection *connection)
{
	static const char text[] = "GET /chat HTTP/1.1\r\nHost: www.bench.test\r\nUpgrade: websocket\r\n"
				   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
				   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

	connection->begun = now_ns();
	errno = 0;
	if (send(connection->fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(text) - 1)
		fail("send");
	connection->sent = true;
}

static void frame_receive(struct load *load, struct connection *connection)
{
	uint8_t frame[FRAME_HEAD + PONG_SIZE + 1], expected[FRAME_HEAD + PONG_SIZE] = {0x82, PONG_SIZE};
	ssize_t got;

	errno = 0;
	got = recv(connection->fd, frame, sizeof(frame) - connection->received, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	message_fill(expected + FRAME_HEAD, PONG_SIZE, connection->number, true);
	if (got <= 0 || connection->received + (uint64_t)got > sizeof(expected) ||
	    memcmp(frame, expected + connection->received, (size_t)got) != 0)
		fail("frame");
	connection->received += (uint64_t)got;
	if (connection->received != sizeof(expected))
		return;
	note_operation(load, connection);
	load->bytes += sizeof(expected);
	connection->number = load->next_number++;
	frame_send(connection);
}

void ws_readable(struct load *load, struct connection *connection)
{
	if (connection->upgraded) {
		frame_receive(load, connection);
		return;
	}
	if (answer_receive(load, connection, "HTTP/1.1 101 ") != 1 || !connection->in_body)
		return;
	connection->upgraded = true;
	frame_send(connection);
}
