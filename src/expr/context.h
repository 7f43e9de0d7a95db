/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/context.h - what an expression can see while it is evaluated, and what
 * a place in the configuration promises to have.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bump.h"
#include "base/slice.h"
#include "net/address.h"

struct expr_vars;
struct http_message;
struct regex_scratch;

/* Bits: what a fetch needs, and what a place has. */
enum expr_have {
	EXPR_HAVE_CLIENT = 1 << 0,		/* addresses, listener: always from accept on */
	EXPR_HAVE_REQUEST_BYTES = 1 << 1,	/* req.payload, req.len */
	EXPR_HAVE_REQUEST = 1 << 2,		/* the request's head */
	EXPR_HAVE_REQUEST_BODY = 1 << 3,	/* what of the body is there */
	EXPR_HAVE_BACKEND = 1 << 4,		/* be_id, be_name: the backend is chosen */
	EXPR_HAVE_SERVER = 1 << 5,		/* and the server */
	EXPR_HAVE_RESPONSE_BYTES = 1 << 6,
	EXPR_HAVE_RESPONSE = 1 << 7,		/* the response's head */
	EXPR_HAVE_STREAM = 1 << 8,		/* a transaction: captures, its variables */
	EXPR_HAVE_END = 1 << 9,			/* the log: totals, timers */
	EXPR_HAVE_RESPONSE_BODY = 1 << 10,	/* what of the response's body is there */
};

/* A place where expressions stand. */
struct expr_place {
	const char *what;	/* for messages: "'http-request' rules" */
	unsigned have;		/* enum expr_have bits */
	bool http;		/* of a section in mode http, as far as known */
};

enum expr_scope { /* of a variable; the prefix of its name */
	EXPR_SCOPE_PROC, EXPR_SCOPE_SESS, EXPR_SCOPE_TXN, EXPR_SCOPE_REQ, EXPR_SCOPE_RES,
	EXPR_SCOPE_CHECK,	/* of one run of a health check */
	EXPR_SCOPES,
};

/* Fields that are not known are zero. */
struct expr_context {
	const struct net_endpoint *src;
	const struct net_endpoint *dst;	/* NULL: ask find_dst, which may ask the kernel */
	const struct net_endpoint *(*find_dst)(struct expr_context *context);
	const struct http_message *request, *response;
	/* layer 6: received and not consumed; also behind the head */
	struct slice request_bytes;
	struct slice response_bytes;
	/* no more of them will come (end of file, full buffer, time over) */
	bool bytes_end;
	struct slice body;		/* of the request, decoded */
	bool body_complete;
	struct slice response_body;
	struct expr_vars *vars[EXPR_SCOPES]; /* NULL: none there */
	/* for results; what is kept longer is copied by who keeps it */
	struct bump *memory;
	struct regex_scratch *regex;
	uint64_t random;		/* fresh bits */
	uint64_t now_us;		/* of the loop's clock */
	uint64_t wall_us;		/* since 1970 */
	void *stream;			/* the proxy's own, for its own rows; NULL elsewhere */
};
