/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_observe.h - what traffic tells of a server's health
 * (configuration manual 5.2 "observe", "on-error", "error-limit").
 *
 * Errors in a row, counted over all threads, make `on-error` act. Besides, a
 * connection that fails calls for a check at once, and more of them at short
 * intervals until the server is down or has answered: so that a server that
 * died is out long before `error-limit` streams have failed.
 */
#pragma once

#include "proxy/proxy.h"

enum server_sight {
	SERVER_SEEN_CONNECTED,
	SERVER_SEEN_REFUSED,	/* the connection failed, or took too long */
	SERVER_SEEN_ANSWERED,	/* with a good status */
	SERVER_SEEN_BAD_STATUS,
	SERVER_SEEN_BAD_RESPONSE,
	SERVER_SEEN_TIMEOUT,
	SERVER_SEEN_CLOSED,	/* before a response */
};

/* Any thread; does nothing where conf->observe is SERVER_OBSERVE_NOTHING: ask before. */
void server_observe(struct server *server, enum server_sight sight);

static inline bool server_is_observed(const struct server *server)
{
	return server->conf->observe != SERVER_OBSERVE_NOTHING;
}

/* A response with this status. */
void server_observe_status(struct server *server, unsigned status);
