/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - what bench/load.c and bench/backend.c say to each other through a
 * proxy. Every byte that comes back is checked against it.
 *
 * PORT_SHORT  100 bytes, answered by the same with each bit turned; then the server closes
 * PORT_PONG   messages of 64 bytes, each answered so, until the client closes
 * PORT_BULK   8 bytes: a count, answered by that many bytes of a pattern; then the server closes
 * PORT_BULK_UP  8 bytes: a count, then that many bytes of the pattern; the server checks them and closes
 * PORT_HTTP   requests with "X-Number: 89abcdef" and "X-Answer: l100"; the proxy must have added X-Forwarded-For.
 *             The body of the answer is so many bytes of the pattern from byte (number % PATTERN_PERIOD) on, with
 *             a Content-Length (l) or in chunks (k); that of a request is from there on, too. Kept alive, unless
 *             the request says "Connection: close". An "Upgrade: websocket" is granted, and each
 *             frame of 64 bytes is then answered as on PORT_PONG
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SHORT_SIZE = 100,
	PONG_SIZE = 64,
	BULK_REQUEST = 8,
	HTTP_BODY = 100,		/* of an answer, usually */
	HTTP_HEAD = 4096,		/* the most a head has */
	HTTP_CHUNK = 4096,		/* what is sent in one chunk */
	FRAME_HEAD = 2,			/* of a WebSocket frame; the client's has a mask of zeros behind */
	FRAME_MASK = 4,
	PATTERN_PERIOD = 65536,
	CHUNK = 262144,
};

/* The message with that number; its answer has each bit turned. */
static inline void message_fill(uint8_t *bytes, size_t size, uint32_t number, bool answer)
{
	uint8_t turned = answer ? 0xff : 0;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number * 2654435761u >> (i % 4 * 8)) ^ (uint8_t)i ^ turned;
}

/* Fills size bytes of the pattern, from its start. */
static inline void pattern_fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)((i % PATTERN_PERIOD) * 2654435761u >> 13);
}
