/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/head.h - the head of an HTTP/1 request: bytes in, slices out.
 *
 * Pure: no I/O, no memory of its own. The slices point into the caller's
 * bytes. Strict where tolerance has been used to smuggle requests (RFC 9112,
 * 11.2): lines end in CR LF only, no folding, no blank before a colon, no
 * control byte, one Host, one way to delimit the body.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/slice.h"

struct http_header {
	struct slice name, value; /* value: without the blanks around it */
};

enum {
	HTTP_HEADERS_MAX = 101, /* as HAProxy's tune.http.maxhdr */
};

enum http_target_form { /* RFC 9112, 3.2 */
	HTTP_TARGET_ORIGIN,	/* "/path?query" */
	HTTP_TARGET_ABSOLUTE,	/* "http://host/path?query" */
	HTTP_TARGET_AUTHORITY,	/* "host:port", CONNECT only */
	HTTP_TARGET_ASTERISK,	/* "*", OPTIONS only */
};

enum http_body { /* RFC 9112, 6.3 */
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
};

struct http_request_head {
	struct slice method, target;
	enum http_target_form form;
	struct slice authority;	/* of the target, else of Host; may be empty */
	struct slice path;		/* with its query; "/" when an absolute target has none */
	uint8_t minor;			/* of the version: 0, or 1 for HTTP/1.1 and later */
	bool keep_alive;		/* the client wants, and may have, another request */
	enum http_body body;
	uint64_t body_length;		/* HTTP_BODY_LENGTH */
	unsigned header_count;
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t len;			/* of all of it in bytes, with the empty line */
};

enum http_head_result {
	HTTP_HEAD_MORE,		/* no error so far, and not complete */
	HTTP_HEAD_DONE,
	HTTP_HEAD_BAD,		/* 400 */
	HTTP_HEAD_URI_TOO_LONG,	/* 414: no end of the first line within `limit` */
	HTTP_HEAD_TOO_LARGE,	/* 431: no end of the head within `limit`, or too many headers */
	HTTP_HEAD_VERSION,	/* 505 */
	HTTP_HEAD_CODING,	/* 501: a transfer coding that is not known */
};

/*
 * Parses a head from its first byte (one empty line before it is skipped,
 * RFC 9112, 2.2). `limit` is the most bytes it may have. Only after
 * HTTP_HEAD_DONE may *ret be read; on an error *ret_why says what is wrong.
 */
enum http_head_result http_head_parse(const char *bytes, size_t len, size_t limit,
				      struct http_request_head *ret, const char **ret_why);

/* The status to answer with: 400, 414, 431, 501 or 505. */
unsigned http_head_status(enum http_head_result result);

/* The first header of that name (any case) after `after` (NULL: from the start), or NULL. */
const struct http_header *http_head_find(const struct http_request_head *head, const char *name,
					 const struct http_header *after);
