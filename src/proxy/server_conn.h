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
	struct stream *stream;		/* NULL: idle, in its pool */
	struct server *server;
	union {
		struct list idle;	/* in the pool, oldest first */
		struct server_conn *next_dead;
	};
	uint32_t served;		/* requests it has answered */
	uint32_t address_number;	/* the server's, when it was made */
	bool own_packets;		/* set-bc-mark, set-bc-tos: of one transaction alone */
	struct net_endpoint dst;	/* it leads there for clients that want there; family 0: for all */
};

struct server_pool {
	struct list idle;
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
	return conn->dst.family == AF_UNSPEC ||
	       (net_endpoint_same_ip(&conn->dst, stream_dst(stream)) &&
		conn->dst.port == stream->dst.port);
}

/* The connection of the stream, on `fd`, which it takes; stream->server is set. 0 or negative errno. */
int server_conn_open(struct stream *stream, int fd) MUST_CHECK;

/* Closes the stream's, if it has one; `reset`: the server need not be told politely. */
void server_conn_close(struct stream *stream, bool reset);

/* An idle one for the stream, that has served at least `served` requests. False: none. */
bool server_conn_reuse(struct stream *stream, uint32_t served);

/* The stream is done with its connection, which may serve others; closes it when the pool is full. */
void server_conn_release(struct stream *stream);

/* Makes this worker's pools of all servers usable; before its loop runs. */
void server_pools_open(struct worker *worker);
/* The same of a server that nobody sees yet. */
void server_pool_open(struct worker *worker, struct server *server);

/* Closes this worker's idle connections: of a server that is down, or all at the end. */
void server_pool_close(struct worker *worker, struct server *server);
void server_pools_close(struct worker *worker);
