/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h - what backend.c and backend_http.c share: one connection, and the pattern. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

enum kind { KIND_SHORT, KIND_PONG, KIND_BULK, KIND_BULK_UP, KIND_HTTP, KINDS, KIND_LOG = KINDS, KIND_QUESTION };

struct peer {
	int fd;
	enum kind kind;
	bool listening;
	size_t received;		/* of the request, or of its head */
	uint64_t asked, sent;		/* BULK, HTTP: bytes of the answer's body */
	uint64_t came;			/* BULK_UP, HTTP: bytes of the body so far */
	/* HTTP */
	uint64_t body;			/* of the request */
	uint32_t number;
	bool in_body, answering, chunked, closes, websocket;
	uint8_t bytes[HTTP_HEAD];
};

extern uint8_t pattern[PATTERN_PERIOD + CHUNK];

void turn_bits(uint8_t *bytes, size_t size);

/* Returns whether the connection is over. */
bool serve_http(struct peer *peer);
