/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/malformed.h - the last malformed request of each frontend and the last
 * malformed response of each backend, as they came (management manual 9.3
 * "show errors").
 *
 * Noted in the stream's thread, where a message is refused and nowhere else;
 * read by the runtime API. One lock for all of them, which no good message
 * ever takes. At most tune.bufsize bytes are kept of each: the newest only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/address.h"

struct buffer;
struct proxy;
struct section;
struct stream;
struct stream_end;

struct malformed {
	uint64_t number;		/* from 0, over all of them */
	uint64_t wall_us;
	const struct section *other;	/* of a request its backend, of a response its frontend; or NULL */
	int64_t server_id;		/* -1: none */
	struct net_endpoint src;
	const char *why;		/* a constant */
	uint32_t start;			/* of the bytes in their buffer, and what it takes at the most */
	uint32_t size;
	size_t at;			/* of the first byte that was refused; may be `len` */
	size_t len;
	size_t server_len;		/* of the server's name, which stands before the message */
	char text[];
};

enum malformed_kind { MALFORMED_REQUEST, MALFORMED_RESPONSE, MALFORMED_KINDS };

struct malformed_log;

/* For the indexes of sections below `sections`. NULL: no memory. */
struct malformed_log *malformed_log_new(unsigned sections);
void malformed_log_free(struct malformed_log *log);

/* Without memory nothing is noted. `at` counts from input->start on; `why` is a constant. */
void malformed_request(struct stream *stream, const struct buffer *input, size_t at, const char *why);
void malformed_response(struct stream *stream, const struct buffer *input, size_t at, const char *why);
/* The same of a chunked body from this end; `used` is with the byte that was refused. */
void malformed_body(struct stream *stream, const struct stream_end *from, const struct buffer *input,
		    size_t used);

/* A copy of what is kept of the section, the caller's to free; NULL: nothing is. Any thread. */
struct malformed *malformed_last(struct malformed_log *log, const struct section *section,
				 enum malformed_kind kind);

/* The section goes: nothing is kept of it, or names it. Any thread. */
void malformed_forget(struct malformed_log *log, const struct section *section);

/* How many there were since the start. Any thread. */
uint64_t malformed_total(struct malformed_log *log);

static inline struct slice malformed_server(const struct malformed *one)
{
	return (struct slice){ one->text, one->server_len };
}

static inline struct slice malformed_bytes(const struct malformed *one)
{
	return (struct slice){ one->text + one->server_len, one->len };
}
