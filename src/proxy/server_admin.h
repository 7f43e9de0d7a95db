/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_admin.h - what an operator, an agent or a tracked server says of
 * a server while it runs: maintenance, drain, weight, address, limits.
 *
 * Each acts at once for every stream that comes after it; streams that are
 * there go on. To be called in a worker's thread, any of them. What belongs to
 * the server's home (checks, slowstart) follows by message.
 */
#pragma once

#include "proxy/server.h"

/* Who says so; bits, with HAProxy's numbers ("show servers state"). */
enum server_admin_reason {
	SERVER_ADMIN_FORCED_MAINT = 0x01,
	SERVER_ADMIN_INHERITED_MAINT = 0x02,
	SERVER_ADMIN_CONFIG_MAINT = 0x04,	/* only tells where FORCED_MAINT came from */
	SERVER_ADMIN_FORCED_DRAIN = 0x08,
	SERVER_ADMIN_INHERITED_DRAIN = 0x10,
	SERVER_ADMIN_RESOLUTION_MAINT = 0x20,
	SERVER_ADMIN_NAME_CHANGED = 0x40,	/* only tells that its name is not the configured one */
	SERVER_ADMIN_MAINT = 0x23,
	SERVER_ADMIN_DRAIN = 0x18,
};

static inline bool server_in_maintenance(const struct server *server)
{
	return (atomic_load_explicit(&server->admin, memory_order_relaxed) & SERVER_ADMIN_MAINT) != 0;
}

/* Up, and only persistence leads to it. */
static inline bool server_drains(const struct server *server)
{
	return (atomic_load_explicit(&server->admin, memory_order_relaxed) & SERVER_ADMIN_DRAIN) != 0;
}

/*
 * Clears some reasons and sets others. Entering maintenance ends checks, idle
 * connections and waits in its queue; leaving it the server is up until a check
 * says otherwise. Logged in HAProxy's words; `who`: " (via b/s)" and the like, or "";
 * when RESOLUTION_MAINT alone ends, " ('its.name')".
 */
void server_admin_change(struct worker *worker, struct server *server, unsigned set,
			 unsigned clear, const char *who);

/* 0..256. False: the algorithm's weights are fixed, and it is neither 0 nor the configured one. */
bool server_set_weight(struct server *server, uint32_t weight);

/* 0: no limit. Who waits is served as soon as the new limit allows. */
void server_set_maxconn(struct server *server, uint32_t maxconn);

/*
 * Connections made from now on go there, and its idle ones to the old address
 * end; health checks follow unless they have an address of their own. -ENOMEM, or 0.
 */
int server_set_address(struct server *server, const struct net_address *address);

/* Whether its active checks run; both are no-ops without `check`. */
void server_set_checking(struct server *server, bool on);

/* What a check would have found, until one finds something else; soon, in its home. */
enum server_force { SERVER_FORCE_NOTHING, SERVER_FORCE_UP, SERVER_FORCE_STOPPING, SERVER_FORCE_DOWN };
void server_force(struct server *server, enum server_force what);

/* Where and how it is checked; the next check follows. */
void server_set_check_port(struct server *server, uint16_t port);
void server_set_check_address(struct server *server, const struct net_address *address);

/* Checks and slowstart follow what has changed; with `agent`, its agent is asked anew. */
void server_settle_later(struct server *server, bool agent);

/* In its home before the loop runs, and at the end of the process. */
void server_admin_init(struct server *server);
void server_admin_fini(struct server *server);
