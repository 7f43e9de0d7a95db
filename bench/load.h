/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - what load.c and load_http.c share: a load, its connections, and the kinds of them. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "wire.h"

enum {
	PIDS_MAX = 16,
	STEPS = 32,			/* of the histogram, in each power of two */
	BUCKETS = 64 * STEPS,
};

struct load;
struct connection;

struct kind {
	const char *name;
	/* It can be written to, and `sent` is false. */
	void (*writable)(struct load *load, struct connection *connection);
	void (*readable)(struct load *load, struct connection *connection);
	bool held;			/* connections that are opened, used once and kept */
};

/* What the requests of a kind look like, from the command line: "headers=20,up=0,down=100,chunked,close". */
struct shape {
	unsigned headers;
	size_t up, down;		/* bytes of the bodies */
	bool chunked, close;
};

struct connection {
	int fd;
	bool sent;			/* the request, or the message under way */
	uint64_t begun;			/* ns: of the operation that is timed */
	uint64_t received;
	uint32_t number;		/* what the request is made from */
	/* HTTP */
	char *head;			/* the answer's as far as it has come, HTTP_HEAD bytes */
	uint64_t up_sent, down_received, chunk_left;
	bool in_body, upgraded;
	bool chunk_line;		/* within the line before a chunk */
	uint8_t chunk_end;		/* bytes of the empty line at the end */
};

struct load {
	const struct kind *kind;
	struct shape shape;
	struct sockaddr_in target;
	int epoll_fd;
	unsigned count;
	struct connection *connection;
	uint32_t next_number;
	uint64_t operations, bytes;
	uint64_t *histogram;		/* BUCKETS */
	uint8_t *buffer, *pattern;
	clockid_t clock[PIDS_MAX], backend_clock;
	unsigned clock_count;
};

_Noreturn void fail(const char *what);
uint64_t now_ns(void);
void note_operation(struct load *load, struct connection *connection);
void connection_again(struct load *load, struct connection *connection);

void shape_read(struct shape *shape, const char *text);
void http_writable(struct load *load, struct connection *connection);
void http_readable(struct load *load, struct connection *connection);
void hold_http_readable(struct load *load, struct connection *connection);
void ws_writable(struct load *load, struct connection *connection);
void ws_readable(struct load *load, struct connection *connection);
