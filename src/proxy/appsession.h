/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/appsession.h - persistence by an application's own cookie, learned
 * from servers' responses (`appsession` of HAProxy until 1.5).
 *
 * One table a backend, shared by its threads without a lock: APPSESSION_SLOTS
 * sessions at most, known by 64 bits of hash. Where there is no room the
 * session that would end first gives way. A new generation begins empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct appsession;
struct http_message;

enum { APPSESSION_SLOTS = 65536 };

/* As written; in struct http_conf. */
struct appsession_conf {
	const char *name;
	uint32_t len;		/* of values: what is beyond does not count */
	uint32_t timeout_ms;	/* of a session that is not used */
	bool learns;		/* request-learn */
	bool prefix;		/* names that begin so; the value is the rest, with the '=' */
	bool in_query;		/* of the URL; else in its path's parameters */
};

/* NULL: no memory. appsession_free takes NULL, too. */
struct appsession *appsession_new(void);
void appsession_free(struct appsession *table);

/* The session that a request names, by its cookie or else by its URL; 0: none. */
uint64_t appsession_of_request(const struct appsession_conf *conf,
			       const struct http_message *request);
/* The one that a response begins; 0: none. */
uint64_t appsession_of_response(const struct appsession_conf *conf,
				const struct http_message *response);

/*
 * The number of the session's server, or 0. It is remembered until `until_s`
 * from now on. Moments are seconds of any clock that begins above 1.
 */
uint32_t appsession_find(struct appsession *table, uint64_t session, uint32_t now_s,
			 uint32_t until_s);
/* `server` is not 0. Any thread. */
void appsession_store(struct appsession *table, uint64_t session, uint32_t server,
		      uint32_t until_s);
