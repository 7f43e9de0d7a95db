/* SPDX-License-Identifier: Apache-2.0 */
/* backend_http.c - requests and WebSocket messages, as wire.h has them. */
#define _GNU_SOURCE 1

#include "backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char *header(const struct peer *peer, const char *name)
{
	const char *at = strcasestr((const char *)peer->bytes, name);

	return at ? at + strlen(name) : NULL;
}

/* The head as text; false: it is not as it must be. What follows it goes to the front of `bytes`. */
static bool head_read(struct peer *peer, const uint8_t *end)
{
	const char *number = header(peer, "\r\nX-Number: "), *answer = header(peer, "\r\nX-Answer: ");
	const char *length = header(peer, "\r\nContent-Length: "), *close = header(peer, "\r\nConnection: close");
	size_t head = (size_t)(end - peer->bytes);

	peer->websocket = header(peer, "\r\nUpgrade: websocket") != NULL;
	if (!header(peer, "\r\nX-Forwarded-For: 127.0.0.1\r\n") || (!peer->websocket && (!number || !answer)))
		return false;
	if (!peer->websocket) {
		peer->number = (uint32_t)strtoul(number, NULL, 16);
		peer->chunked = *answer == 'k';
		peer->asked = strtoull(answer + 1, NULL, 10);
	}
	peer->closes = close != NULL;
	peer->body = length ? strtoull(length, NULL, 10) : 0;
	peer->came = peer->sent = 0;
	peer->in_body = true;
	peer->received -= head;
	memmove(peer->bytes, end, peer->received);
	return true;
}

static const uint8_t *expected(const struct peer *peer, uint64_t at)
{
	return pattern + (peer->number + at) % PATTERN_PERIOD;
}

static bool body_check(struct peer *peer, const uint8_t *bytes, size_t len)
{
	if (peer->came + len > peer->body || memcmp(bytes, expected(peer, peer->came), len) != 0)
		return false;
	peer->came += len;
	return true;
}

/* 1: the request is whole, 0: not yet, -1: over. */
static int request_read(struct peer *peer)
{
	static uint8_t body[CHUNK];

	for (;;) {
		uint8_t *to = peer->in_body ? body : peer->bytes + peer->received;
		size_t room = peer->in_body ? sizeof(body) : sizeof(peer->bytes) - 1 - peer->received;
		uint8_t *end;
		ssize_t got;

		if (peer->in_body && peer->came == peer->body)
			return 1;
		got = recv(peer->fd, to, room, 0);
		if (got <= 0)
			return got < 0 && errno == EAGAIN ? 0 : -1;
		if (peer->in_body) {
			if (!body_check(peer, body, (size_t)got))
				return -1;
			continue;
		}
		peer->received += (size_t)got;
		peer->bytes[peer->received] = 0;
		end = memmem(peer->bytes, peer->received, "\r\n\r\n", 4);
		if (end && (!head_read(peer, end + 4) || !body_check(peer, peer->bytes, peer->received)))
			return -1;
	}
}

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

/* The head, with as much of the body as goes along; a chunked answer is short and goes whole. */
static bool answer_begin(struct peer *peer)
{
	static uint8_t text[HTTP_HEAD + CHUNK + 64 * 32];
	size_t size = (size_t)sprintf((char *)text,
				      "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/octet-stream\r\n"
				      "%s", peer->closes ? "Connection: close\r\n" : "");
	ssize_t sent;

	if (peer->chunked) {
		size += (size_t)sprintf((char *)text + size, "Transfer-Encoding: chunked\r\n\r\n");
		while (peer->sent < peer->asked) {
			size_t part = least(peer->asked - peer->sent, HTTP_CHUNK);

			size += (size_t)sprintf((char *)text + size, "%zx\r\n", part);
			memcpy(text + size, expected(peer, peer->sent), part);
			memcpy(text + size + part, "\r\n", 2);
			size += part + 2;
			peer->sent += part;
		}
		size += (size_t)sprintf((char *)text + size, "0\r\n\r\n");
	} else {
		size += (size_t)sprintf((char *)text + size, "Content-Length: %llu\r\n\r\n",
					(unsigned long long)peer->asked);
		peer->sent = least(peer->asked, 16384);
		memcpy(text + size, expected(peer, 0), peer->sent);
		size += peer->sent;
	}
	sent = send(peer->fd, text, size, MSG_NOSIGNAL);
	return sent == (ssize_t)size; /* the socket's buffer was empty */
}

/* 1: all is sent, 0: not yet, -1: over. */
static int answer_go_on(struct peer *peer)
{
	while (peer->sent < peer->asked) {
		ssize_t sent = send(peer->fd, expected(peer, peer->sent), least(peer->asked - peer->sent, CHUNK),
				    MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN ? 0 : -1;
		peer->sent += (uint64_t)sent;
	}
	return 1;
}

static bool serve_frames(struct peer *peer)
{
	enum { SIZE = FRAME_HEAD + FRAME_MASK + PONG_SIZE };
	uint8_t answer[FRAME_HEAD + PONG_SIZE] = {0x82, PONG_SIZE};

	for (;;) {
		ssize_t got = recv(peer->fd, peer->bytes + peer->received, SIZE - peer->received, 0);

		if (got <= 0)
			return got == 0 || errno != EAGAIN;
		peer->received += (size_t)got;
		if (peer->received < SIZE)
			continue;
		peer->received = 0;
		memcpy(answer + FRAME_HEAD, peer->bytes + FRAME_HEAD + FRAME_MASK, PONG_SIZE);
		turn_bits(answer + FRAME_HEAD, PONG_SIZE);
		if (send(peer->fd, answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
			return true;
	}
}

static bool upgrade(struct peer *peer)
{
	/* What RFC 6455, 1.3 makes of the key that load_http.c sends. */
	static const char head[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				   "Connection: Upgrade\r\n"
				   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

	peer->received = 0;
	if (send(peer->fd, head, sizeof(head) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(head) - 1)
		return true;
	return serve_frames(peer);
}

bool serve_http(struct peer *peer)
{
	for (;;) {
		int done;

		if (peer->websocket)
			return serve_frames(peer);
		if (!peer->answering) {
			done = request_read(peer);
			if (done != 1)
				return done < 0;
			if (peer->websocket)
				return upgrade(peer);
			if (!answer_begin(peer))
				return true;
			peer->answering = true;
		}
		done = answer_go_on(peer);
		if (done != 1 || peer->closes)
			return done != 0;
		peer->answering = peer->in_body = false;
		peer->received = 0;
	}
}
