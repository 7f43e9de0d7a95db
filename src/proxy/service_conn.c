/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/service_conn.c - see service_conn.h.
 *
 * Reads until the service has a request, sends its reply, goes on with the
 * next. While a reply is being sent nothing is read, so that a client cannot
 * make us hold more than one request and one reply.
 */
#include "proxy/service_conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "proxy/listener.h"
#include "proxy/run.h"
#include "proxy/worker.h"

enum { DEFAULT_TIMEOUT_MS = 30000, ROUNDS = 16 };

struct service_conn {
	struct loop_file file;
	struct loop_timer timer;
	struct loop_deferred free;
	struct list node;		/* in worker->services */
	struct listener *listener;
	struct strbuf reply;
	size_t sent;			/* of the reply */
	size_t len;			/* of the request so far */
	uint64_t bytes_in, bytes_out;
	bool at_end;			/* the client sends no more */
	bool closing;			/* after this reply */
	bool replied;			/* to a request before the one that is awaited */
	char request[];			/* service->max_request */
};

static const struct proxy_service *service_of(const struct service_conn *conn)
{
	return conn->listener->worker->proxy->args->http_service;
}

static void free_conn(struct loop *loop, struct loop_deferred *deferred)
{
	struct service_conn *conn = container_of(deferred, struct service_conn, free);

	strbuf_free(&conn->reply);
	free(conn);
}

static void close_conn(struct service_conn *conn)
{
	struct listener *listener = conn->listener;
	struct counters *counters = &listener->frontend->counters[listener->worker->index];

	if (conn->file.fd < 0)
		return;
	count_add(counters, COUNT_BYTES_IN, conn->bytes_in);
	count_add(counters, COUNT_BYTES_OUT, conn->bytes_out);
	loop_timer_disarm(listener->worker->loop, &conn->timer);
	loop_file_close(listener->worker->loop, &conn->file);
	list_remove(&conn->node);
	loop_defer(listener->worker->loop, &conn->free, free_conn);
	listener_leave(listener);
}

static void timed_out(struct loop *loop, struct loop_timer *timer)
{
	close_conn(container_of(timer, struct service_conn, timer));
}

static void restart_timer(struct service_conn *conn)
{
	const struct frontend_conf *front = &conn->listener->frontend->section->front;
	bool between = conn->replied && conn->len == 0;
	uint32_t ms = between && front->timeout_http_keep_alive != 0
			      ? front->timeout_http_keep_alive
		      : front->timeout_http_request != 0 ? front->timeout_http_request
		      : front->timeout_client != 0     ? front->timeout_client
						       : DEFAULT_TIMEOUT_MS;
	struct loop *loop = conn->listener->worker->loop;

	if (loop_timer_arm(loop, &conn->timer, moment_after(loop_now(loop), ms * UINT64_C(1000))) <
	    0)
		close_conn(conn);
}

/* False when it must wait or is closed. */
static bool send_reply(struct service_conn *conn)
{
	while (conn->sent < conn->reply.len) {
		ssize_t sent = send(conn->file.fd, conn->reply.text + conn->sent,
				    conn->reply.len - conn->sent, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			if (errno != EAGAIN)
				close_conn(conn);
			return false;
		}
		conn->sent += (size_t)sent;
		conn->bytes_out += (uint64_t)sent;
		restart_timer(conn);
	}
	if (conn->closing || conn->reply.failed) {
		close_conn(conn);
		return false;
	}
	strbuf_free(&conn->reply);
	conn->sent = 0;
	conn->replied = true;
	restart_timer(conn);
	return true;
}

/* False when there is nothing to read now or it is closed. */
static bool read_more(struct service_conn *conn)
{
	size_t room = service_of(conn)->max_request - conn->len;
	ssize_t got;

	if (conn->at_end || room == 0)
		return false;
	do
		got = recv(conn->file.fd, conn->request + conn->len, room, 0);
	while (got < 0 && errno == EINTR);

	if (got < 0) {
		if (errno != EAGAIN)
			close_conn(conn);
		return false;
	}
	conn->at_end = got == 0;
	conn->len += (size_t)got;
	conn->bytes_in += (uint64_t)got;
	return true;
}

/* Asks the service about what is there; true when there is a reply to send. */
static bool ask(struct service_conn *conn)
{
	const struct proxy *proxy = conn->listener->worker->proxy;
	const struct proxy_service_request request = {
		.proxy = proxy,
		.section = conn->listener->frontend->section,
		.page = proxy->page,
		.bytes = conn->request,
		.len = conn->len,
		.at_end = conn->at_end,
	};
	size_t consumed = 0;
	bool full = conn->len == service_of(conn)->max_request;

	if (conn->len == 0 && !conn->at_end)
		return false;
	enum proxy_service_result result =
		service_of(conn)->handle(&request, &conn->reply, &consumed);
	ASSERT(consumed <= conn->len);
	memmove(conn->request, conn->request + consumed, conn->len - consumed);
	conn->len -= consumed;

	bool stuck = result == PROXY_SERVICE_MORE && (full || conn->at_end);
	/* A reply to nothing would repeat itself without end. */
	conn->closing = result == PROXY_SERVICE_CLOSE || stuck || consumed == 0;
	return result != PROXY_SERVICE_MORE || stuck;
}

static void conn_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct service_conn *conn = container_of(file, struct service_conn, file);

	if (conn->reply.len != 0 && !send_reply(conn))
		return;
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (ask(conn)) {
			if (!send_reply(conn))
				return;
		} else if (!read_more(conn)) {
			return;
		}
	}
	loop_file_again(loop, file);
}

void service_conn_accept(struct listener *listener, int fd)
{
	struct worker *worker = listener->worker;
	const struct proxy_service *service = worker->proxy->args->http_service;
	struct service_conn *conn = NULL;

	if (service != NULL)
		conn = calloc(1, sizeof(*conn) + service->max_request);
	if (conn == NULL || loop_file_add(worker->loop, &conn->file, fd, conn_ready) < 0) {
		free(conn);
		close(fd);
		listener_leave(listener);
		return;
	}
	conn->listener = listener;
	conn->timer.on_expire = timed_out;
	list_append(&worker->services, &conn->node);
	restart_timer(conn);
}

void service_conns_close(struct worker *worker)
{
	list_for_each_safe(node, &worker->services)
	{
		close_conn(container_of(node, struct service_conn, node));
	}
}
