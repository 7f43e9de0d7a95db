/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/chunked.h - the chunked transfer coding (RFC 9112, 7.1): where a body
 * ends, checked byte by byte while it is passed on as it is. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum http_chunked_result {
	HTTP_CHUNKED_MORE,	/* the body goes on */
	HTTP_CHUNKED_DONE,	/* its last byte was seen */
	HTTP_CHUNKED_BAD,	/* malformed: must not be passed on */
};

struct http_chunked { /* zero-initialised but for `holds` */
	uint64_t left;		/* data bytes to come of this chunk */
	uint64_t size;		/* as far as its line was read */
	uint32_t line;		/* bytes of a size line or trailers so far, for their limit */
	uint8_t state;
	bool holds;		/* stops in front of trailers until it is cleared */
};

/*
 * Looks at the next `len` bytes; *ret_used is how many belong to the body
 * (all, unless DONE or BAD). Large chunks are passed over without being read.
 */
enum http_chunked_result http_chunked_scan(struct http_chunked *chunked, const char *bytes,
					   size_t len, size_t *ret_used);

/*
 * The same, and calls `data` for each piece of the content, without framing
 * and trailers.
 */
enum http_chunked_result http_chunked_read(struct http_chunked *chunked, const char *bytes,
					   size_t len, size_t *ret_used,
					   void (*data)(void *context, struct slice piece),
					   void *context);

/* It stands in front of the trailers, or of the empty line where they would be. */
bool http_chunked_at_trailers(const struct http_chunked *chunked);

/* `count` bytes of data went by unread (spliced); at most http_chunked_data_left. */
void http_chunked_pass(struct http_chunked *chunked, uint64_t count);

/* How many bytes to come are certainly data: may be spliced. */
static inline uint64_t http_chunked_data_left(const struct http_chunked *chunked)
{
	return chunked->left;
}
