/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_conn.c - see server_conn.h. */
#include "proxy/server_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/connect.h"
#include "proxy/run.h"
#include "proxy/server_admin.h"
#include "proxy/txn.h"

static void pool_closed(struct worker *worker, struct server_conn *conn);

/* An idle connection that says something has been closed by its server, or is out of step. */
static void conn_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct server_conn *conn = container_of(file, struct server_conn, end.file);

	if (!conn->pooled)
		stream_server_ready(conn->stream, ready);
	else if (ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR))
		pool_closed(worker_of(loop), conn);
}

static void reset_on_close(struct server_conn *conn)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(conn->end.file.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* The only destination that the connection may serve; false: no memory. */
static bool keep_dst(struct server_conn *conn, const struct net_endpoint *dst)
{
	conn->dst = malloc(sizeof(*conn->dst));
	if (conn->dst == NULL)
		return false;
	*conn->dst = *dst;
	return true;
}

/* The memory goes back at the end of the turn (worker.c): the loop may still hold an event. */
static void bury_conn(struct worker *worker, struct server_conn *conn)
{
	atomic_fetch_sub_explicit(&worker->proxy->server_connections, 1, memory_order_relaxed);
	free(conn->dst);
	conn->next_dead = worker->dead_conns;
	worker->dead_conns = conn;
	worker_reap_later(worker);
}

static void close_conn(struct worker *worker, struct server_conn *conn)
{
	loop_file_close(worker->loop, &conn->end.file);
	bury_conn(worker, conn);
}

int server_conn_open(struct stream *stream, int fd)
{
	struct worker *worker = stream->worker;
	struct server_conn *conn = slab_get(&worker->conn_slab);
	int error = 0;

	if (conn == NULL)
		return -ENOMEM;
	*conn = (struct server_conn){
		.stream = stream,
		.server = stream->target,
		.own_packets = stream->txn != NULL && txn_sets_packets(stream->txn),
		.address_number = atomic_load(&stream->target->address_number),
		.end.active = worker_now(worker),
		.end.must_speak = stream_back(stream)->independent,
	};
	if (connect_follows_client(stream->target) && !keep_dst(conn, stream_dst(stream)))
		error = -ENOMEM;
	conn->end.no_delay = server_address_of(stream->target)->storage.ss_family == AF_UNIX;
	if (error == 0)
		error = loop_file_add(worker->loop, &conn->end.file, fd, conn_ready);
	if (error < 0) {
		free(conn->dst);
		slab_put(&worker->conn_slab, conn);
		return error;
	}
	stream->server = &conn->end;
	atomic_fetch_add_explicit(&worker->proxy->server_connections, 1, memory_order_relaxed);
	return 0;
}

void server_conn_close(struct stream *stream, bool reset)
{
	struct server_conn *conn;

	if (stream->server == NULL)
		return;
	conn = server_conn_of(stream->server);
	stream_drop_held(stream, &conn->end);
	if (reset)
		reset_on_close(conn);
	close_conn(stream->worker, conn);
	stream->server = NULL;
}

/* ---- pools ---- */

static struct server_pool *pool_of(const struct worker *worker, const struct server *server)
{
	return &server->pools[worker->index];
}

static struct server_conn *at(struct list *node)
{
	return container_of(node, struct server_conn, idle);
}

/* Without a locked instruction: nobody else writes. Returns the new count. */
static unsigned pool_count_add(struct server_pool *pool, unsigned change)
{
	unsigned count = pool_count(pool) + change;

	atomic_store_explicit(&pool->count, count, memory_order_relaxed);
	return count;
}

static void take_out(struct server_pool *pool, struct server_conn *conn)
{
	list_remove(&conn->idle);
	conn->pooled = false;
	if (pool_count_add(pool, -1u) == 0) {
		loop_timer_disarm(pool->worker->loop, &pool->purge);
		list_remove(&pool->node);
	}
}

static void pool_closed(struct worker *worker, struct server_conn *conn)
{
	take_out(pool_of(worker, conn->server), conn);
	close_conn(worker, conn);
}

/* ---- descriptors ---- */

/*
 * Each connection may have one to a server, so there is room for twice maxconn. Whether `more`
 * take more than `percent` of it. More than the whole is taken only if some connection is idle: who
 * is served has one to a server at most, and there are no more of them than maxconn.
 */
static bool is_crowded(const struct proxy *proxy, unsigned more, int64_t percent)
{
	uint64_t room = 2 * (uint64_t)proxy->args->maxconn;
	uint64_t taken = (uint64_t)gate_now(&proxy->gate) + more +
			 atomic_load_explicit(&proxy->server_connections, memory_order_relaxed);

	return taken * 100 > room * (uint64_t)percent;
}

static bool close_idle(struct worker *worker)
{
	struct server_pool *pool;

	if (list_empty(&worker->idle_pools))
		return false;
	pool = container_of(worker->idle_pools.next, struct server_pool, node);
	pool_closed(worker, at(pool->idle.next));
	return true;
}

void server_conn_make_room(struct worker *worker, unsigned more)
{
	const struct proxy *proxy = worker->proxy;

	if (is_crowded(proxy, more, proxy->conf->global.pool_high_percent) &&
	    !close_idle(worker) && is_crowded(proxy, more, 100))
		workers_shed(worker);
}

void server_pools_shed(struct worker *worker)
{
	while (is_crowded(worker->proxy, 1, 100) && close_idle(worker))
		;
}

/* ---- use ---- */

bool server_conn_reuse(struct stream *stream, uint32_t served)
{
	struct server_pool *pool = pool_of(stream->worker, stream->target);

	for (struct list *node = pool->idle.prev; node != &pool->idle; node = node->prev) {
		struct server_conn *conn = at(node);

		if (conn->served < served || !server_conn_leads(conn, stream))
			continue;
		take_out(pool, conn);
		conn->stream = stream;
		conn->end.active = worker_now(stream->worker);
		conn->end.bytes = 0;
		stream->server = &conn->end;
		return true;
	}
	return false;
}

static struct moment purge_at(const struct server_pool *pool)
{
	const struct server_conn *oldest = at(pool->idle.next);

	return moment_after(oldest->end.active,
			    (uint64_t)pool->server->conf->pool_purge_delay_ms * 1000);
}

/* Half of those that nobody has needed for so long; the last one stays until its server closes it. */
static void purge(struct loop *loop, struct loop_timer *timer)
{
	struct server_pool *pool = container_of(timer, struct server_pool, purge);
	uint64_t delay = (uint64_t)pool->server->conf->pool_purge_delay_ms * 1000;
	unsigned excess = pool_count(pool) / 2;

	while (excess-- > 0 && !moment_before(loop_now(loop), purge_at(pool)))
		pool_closed(pool->worker, at(pool->idle.next));
	if (pool_count(pool) != 0 && loop_timer_arm(loop, timer, moment_after(loop_now(loop), delay)) < 0)
		pool_closed(pool->worker, at(pool->idle.next));
}

/* The share of one thread. */
static bool pool_full(const struct server_pool *pool)
{
	int64_t max = pool->server->conf->pool_max_conn;
	unsigned threads = pool->worker->proxy->threads;

	if (pool->server->conf->pool_purge_delay_ms == 0 ||
	    is_crowded(pool->worker->proxy, 0, pool->worker->proxy->conf->global.pool_low_percent))
		return true;
	return max >= 0 && pool_count(pool) >= ((uint64_t)max + threads - 1) / threads;
}

static void put_in(struct server_pool *pool, struct server_conn *conn)
{
	struct worker *worker = pool->worker;

	conn->end.active = worker_now(worker);
	list_append(&pool->idle, &conn->idle);
	conn->pooled = true;
	if (pool_count_add(pool, 1) != 1)
		return;
	list_append(&worker->idle_pools, &pool->node);
	if (loop_timer_arm(worker->loop, &pool->purge, purge_at(pool)) < 0)
		pool_closed(worker, conn);
}

void server_conn_release(struct stream *stream)
{
	struct server_conn *conn = server_conn_of(stream->server);
	struct server_pool *pool = pool_of(stream->worker, conn->server);

	ASSERT(conn->end.held == NULL && conn->end.pipe == NULL);
	stream->server = NULL;
	/* In maintenance force-persist may still send requests there: it is kept, as HAProxy keeps it. */
	if (pool_full(pool) || conn->own_packets || conn->end.hung_up || conn->end.failed ||
	    conn->address_number != atomic_load(&conn->server->address_number)) {
		close_conn(stream->worker, conn);
		return;
	}
	put_in(pool, conn);
}

int server_pool_lend(struct server *server, uint32_t address_number, struct server_lent *ret)
{
	struct worker *worker = server->home;
	struct server_pool *pool = pool_of(worker, server);

	for (struct list *node = pool->idle.prev; node != &pool->idle; node = node->prev) {
		struct server_conn *conn = at(node);
		int fd = conn->end.file.fd;

		if (conn->address_number != address_number || conn->dst != NULL)
			continue;
		*ret = (struct server_lent){ conn->served, conn->address_number };
		take_out(pool, conn);
		loop_file_remove(worker->loop, &conn->end.file);
		bury_conn(worker, conn);
		return fd;
	}
	return -1;
}

bool server_pool_take_back(struct server *server, int fd, const struct server_lent *lent)
{
	struct worker *worker = server->home;
	struct server_pool *pool = pool_of(worker, server);
	int64_t most = server->conf->max_reuse;
	struct server_conn *conn;

	if (pool_full(pool) || (most >= 0 && lent->served >= most) ||
	    lent->address_number != atomic_load(&server->address_number))
		return false;
	conn = slab_get(&worker->conn_slab);
	if (conn == NULL)
		return false;
	*conn = (struct server_conn){
		.server = server,
		.served = lent->served + 1,
		.address_number = lent->address_number,
		.end.can_write = true, /* nobody is told of the edge that comes while it is idle */
		.end.no_delay = server_address_of(server)->storage.ss_family == AF_UNIX,
	};
	if (loop_file_add(worker->loop, &conn->end.file, fd, conn_ready) < 0) {
		slab_put(&worker->conn_slab, conn);
		return false;
	}
	connect_adopt(server, fd);
	atomic_fetch_add_explicit(&worker->proxy->server_connections, 1, memory_order_relaxed);
	put_in(pool, conn);
	return true;
}

static void each_pool(struct worker *worker, void (*call)(struct worker *, struct server *))
{
	const struct proxy *proxy = worker->proxy;

	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);) {
		const struct server_set *set =
			part.backend != NULL ? backend_servers(part.backend) : NULL;
		for (unsigned s = 0; set != NULL && s < set->count; s++)
			call(worker, set->at[s]);
	}
}

void server_pool_open(struct worker *worker, struct server *server)
{
	struct server_pool *pool = pool_of(worker, server);

	list_init(&pool->idle);
	pool->worker = worker;
	pool->server = server;
	pool->purge.on_expire = purge;
}

void server_pools_open(struct worker *worker)
{
	each_pool(worker, server_pool_open);
}

void server_pool_close(struct worker *worker, struct server *server)
{
	struct server_pool *pool = pool_of(worker, server);

	while (pool_count(pool) != 0)
		pool_closed(pool->worker, at(pool->idle.next));
}

void server_pools_close(struct worker *worker)
{
	each_pool(worker, server_pool_close);
}
