/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/persist.h - the persistence cookie of a message (configuration manual
 * 4.2 "cookie"): what a request's says and what servers may see of it, what a
 * response's becomes. Pure; proxy/persist.c finds servers and times.
 *
 * With ages the value is "server|last|first": moments in units of four
 * seconds since 1970, 30 bits in five digits of base 64.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "proxy/http_conf.h"

struct bump;
struct http_message;

/* The termination state's third character: what the request's cookie was. */
enum persist_found {
	PERSIST_NONE = 'N',
	PERSIST_INVALID = 'I',	/* no server is called that */
	PERSIST_DOWN = 'D',	/* the server is down, or could not be reached */
	PERSIST_VALID = 'V',
	PERSIST_EXPIRED = 'E',	/* maxidle */
	PERSIST_OLD = 'O',	/* maxlife */
	PERSIST_UNUSED = 'U',	/* there was one, but something else decides */
};

/* The fourth: what became of the response's. */
enum persist_done {
	PERSIST_NOTHING = 'N',
	PERSIST_PASSED = 'P',	/* the server has set it, and may */
	PERSIST_DELETED = 'D',	/* the server has set it, and may not */
	PERSIST_REWRITTEN = 'R',
	PERSIST_INSERTED = 'I',
	PERSIST_UPDATED = 'U',	/* inserted with a new date */
};

/* Of a cookie, in its units; 0: none. */
struct persist_dates {
	uint32_t last, first;
};

/* Whether a server is called that: NONE, DOWN or VALID; VALID is remembered by the caller. */
struct persist_names {
	enum persist_found (*find)(void *context, struct slice name);
	void *context;
};

/*
 * Reads the request's cookies and removes what servers may not see: the cookie
 * with `indirect`, the prefix with `prefix`. `ignore`: `names` is not asked.
 * False: no memory.
 */
bool persist_cookie_read(struct http_message *request, const struct http_cookie_conf *conf,
			 const struct persist_names *names, bool ignore, uint64_t wall_s,
			 struct bump *memory, enum persist_found *ret_found,
			 struct persist_dates *ret_dates);

/* What a response's cookie depends on. */
struct persist_answer {
	const char *server;		/* its cookie; NULL: it has none */
	enum persist_found found;	/* VALID only when it has led to this server */
	struct persist_dates dates;
	bool post;			/* the request's method is POST */
	bool cacheable;			/* the response, by what it says */
	uint64_t wall_s;
};

/* Removes, rewrites or adds the response's cookie. False: no memory, or no room for a header. */
bool persist_cookie_write(struct http_message *response, const struct http_cookie_conf *conf,
			  const struct persist_answer *answer, struct bump *memory,
			  enum persist_done *ret_done);

/*
 * Whether a cache may keep the response (RFC 9111, 3): its method and status
 * allow it, something says for how long or how to ask again, and nothing
 * forbids it. *ret_cookies: with its Set-Cookie headers.
 */
bool persist_cacheable(const struct http_message *request, const struct http_message *response,
		       bool *ret_cookies);
