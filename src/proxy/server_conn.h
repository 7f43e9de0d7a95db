/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_conn.h - connections to servers, and the pool where those of
 * mode http wait for the next request ("http-reuse", "pool-purge-delay").
 *
 * A pool belongs to one thread and one server; the newest idle connection is
 * taken first, the oldest are closed when nobody needs them.
 */
#pragma once

#include "proxy/stream.h"

struct server_conn {
	struct stream_end end;		/* .active: since when it is idle */
	union {
		struct stream *stream;	/* unless pooled */
		struct list idle;	/* pooled: oldest first */
		struct server_conn *next_dead;
	};
	struct server *server;
	struct net_endpoint *dst;	/* own; it leads there for clients that want there; NULL: for all */
	uint32_t address_number;	/* the server's, when it was made */
	uint32_t served : 30;		/* requests it has answered */
	uint32_t pooled : 1;		/* idle, in its pool */
	uint32_t own_packets : 1;	/* set-bc-mark, set-bc-tos: of one transaction alone */
};
_Static_assert(sizeof(struct server_conn) <= 112, "an idle connection must stay small");

struct server_pool {
	struct list idle;
	struct list node;		/* in worker->idle_pools while there is an idle one */
	_Atomic unsigned count;		/* its thread writes, the statistics read */
	struct worker *worker;
	struct server *server;
	struct loop_timer purge;	/* armed while there is an idle one */
};

/* Idle connections now; any thread. */
static inline unsigned pool_count(const struct server_pool *pool)
{
	return atomic_load_explicit(&pool->count, memory_order_relaxed);
}

static inline struct server_conn *server_conn_of(struct stream_end *end)
{
	return container_of(end, struct server_conn, end);
}

/* It leads where this stream's request is to go. */
static inline bool server_conn_leads(const struct server_conn *conn, struct stream *stream)
{
	return conn->dst == NULL || (net_endpoint_same_ip(conn->dst, stream_dst(stream)) &&
				     conn->dst->port == stream_dst(stream)->port);
}

/* The connection of the stream, on `fd`, which it takes; stream->server is set. 0 or negative errno. */
int server_conn_open(struct stream *stream, int fd) MUST_CHECK;

/* Closes the stream's, if it has one; `reset`: the server need not be told politely. */
void server_conn_close(struct stream *stream, bool reset);

/* An idle one for the stream, that has served at least `served` requests. False: none. */
bool server_conn_reuse(struct stream *stream, uint32_t served);

/* The stream is done with its connection, which may serve others; closes it when the pool is full. */
void server_conn_release(struct stream *stream);

/*
 * For checks (check-reuse-pool), in the thread where the server is at home: an
 * idle connection leaves its pool and the loop, and becomes the caller's. The newest that leads to the address of that number; -1: none.
 */
int server_pool_lend(struct server *server, uint32_t address_number, struct server_lent *ret);
/* Takes one that has answered once more since. False: the pool has no use for it. */
bool server_pool_take_back(struct server *server, int fd, const struct server_lent *lent);

/*
 * Before descriptors are opened that are not counted yet (`more`: 0 of a client, whose gate has
 * counted it; 1 to a server): an idle connection gives way when there would be more than the
 * configuration has room for (tune.pool-high-fd-ratio).
 */
void server_conn_make_room(struct worker *worker, unsigned more);
/* Another thread needs descriptors that this worker's idle connections have. */
void server_pools_shed(struct worker *worker);

/* Makes this worker's pools of all servers usable; before its loop runs. */
void server_pools_open(struct worker *worker);
/* The same of a server that nobody sees yet. */
void server_pool_open(struct worker *worker, struct server *server);

/* Closes this worker's idle connections: of a server that is down, or all at the end. */
void server_pool_close(struct worker *worker, struct server *server);
void server_pools_close(struct worker *worker);
