/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/connection.c - the connection of a check: made, watched, ended. See run.h.
 *
 * Thousands of checks a second are mostly the kernel's work, so as little as can
 * be is asked of it: a connection that is there at once (on this machine) is
 * never put into the loop, and a socket whose connection was reset serves the
 * next check.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expr/expr.h"
#include "health/run.h"
#include "net/connect.h"
#include "net/proxyproto.h"

/* Connects that do not look at once, after one that was not there at once. */
enum { PATIENCE = 31 };

/* ---- sockets in stock ---- */

static struct health_stock *connection_stock(struct health_engine *engine, int family)
{
	return &engine->stock[family == AF_INET6];
}

/* One that is nothing but a connection: no address or interface of its own. */
static bool connection_is_plain(const struct health_conf *conf, int family)
{
	return (family == AF_INET || family == AF_INET6) && conf->source.len == 0 &&
	       conf->source_interface == NULL;
}

void health_stock_close(struct health_engine *engine)
{
	for (unsigned i = 0; i < ARRAY_LEN(engine->stock); i++)
		while (engine->stock[i].count != 0)
			close(engine->stock[i].fd[--engine->stock[i].count]);
}

/* Nothing was said on the connection, or nobody cares: a reset leaves no TIME_WAIT behind. */
static void connection_reset_on_close(int fd)
{
	const struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Whether the socket was reset and will serve again. */
static bool connection_save(struct health_check *check)
{
	struct health_run *run = &check->run;
	struct health_stock *stock = connection_stock(check->engine, run->family);

	if (!connection_is_plain(check->conf, run->family) || run->connecting || run->broken != 0 ||
	    run->shared || stock->count == ARRAY_LEN(stock->fd))
		return false;
	loop_file_remove(check->engine->loop, &run->file);
	if (net_disconnect(run->fd) < 0)
		return false;
	stock->fd[stock->count++] = run->fd;
	return true;
}

/* Whether traffic has it now. */
static bool connection_give(struct health_check *check)
{
	struct health_run *run = &check->run;

	if (!run->shared || run->connecting || run->broken != 0 || run->ended || run->out.len != 0 ||
	    health_http_rest(check) != HEALTH_REST_NONE)
		return false;
	if (run->file.fd >= 0)
		loop_file_remove(check->engine->loop, &run->file);
	return check->give_connection(check, run->fd);
}

void health_connection_close(struct health_check *check)
{
	struct health_run *run = &check->run;
	bool resets = !run->linger && run->family != AF_UNIX;

	if (run->fd < 0)
		return;
	if (!connection_give(check) && (!resets || !connection_save(check))) {
		if (resets)
			connection_reset_on_close(run->fd);
		if (run->file.fd >= 0)
			loop_file_close(check->engine->loop, &run->file);
		else
			close(run->fd);
	}
	run->fd = -1;
}

/* ---- connect ---- */

static uint64_t connection_bound_us(const struct health_conf *conf)
{
	uint32_t ms = conf->inter_ms;

	if (conf->timeout_check_ms != 0 && conf->timeout_connect_ms != 0 &&
	    conf->timeout_connect_ms < ms)
		ms = conf->timeout_connect_ms;
	return (uint64_t)ms * 1000;
}

void health_move_timer(struct health_check *check, uint64_t us)
{
	struct loop *loop = check->engine->loop;
	int error = loop_timer_arm(loop, &check->timer, moment_after(loop_now(loop), us));

	ASSERT(error == 0); /* it is armed from start to stop */
}

static const struct health_connect connection_preset = { .preset = true };

/* The connect step that runs; a list that begins without one has it all the same. */
static const struct health_connect *connection_step(const struct health_check *check)
{
	const struct health_step *step = health_run_step(check);

	return step != NULL && step->kind == HEALTH_CONNECT ? &step->connect : &connection_preset;
}

static void connection_address(struct health_check *check, const struct health_connect *connect,
			struct net_address *ret)
{
	struct expr_context context;
	struct expr_sample sample = { 0 };
	uint16_t port = net_address_port(&check->conf->address);

	*ret = connect->address.len != 0 ? connect->address : check->conf->address;
	if (connect->port_of_address != 0)
		port = connect->port_of_address;
	if (connect->port != 0)
		port = connect->port;
	if (connect->port_expr != NULL) {
		health_run_context(check, &context);
		if (expr_get_as(connect->port_expr, &context, EXPR_INT, &sample) &&
		    sample.value.integer > 0 && sample.value.integer <= UINT16_MAX)
			port = (uint16_t)sample.value.integer;
	}
	if (ret->storage.ss_family != AF_UNIX)
		net_address_set_port(ret, port);
}

/* As HAProxy's checks do: version 1 names the check's own ends, version 2 says LOCAL if it may. */
static void connection_send_proxy(struct health_check *check, unsigned version)
{
	const struct health_conf *conf = check->conf;
	struct proxyproto_info info = { .local = version == 2 && !conf->proxy_names_itself,
					.checksum = conf->proxy_checksum };
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	uint8_t bytes[PROXYPROTO_V2_MAX];
	size_t size;

	if (getsockname(check->run.fd, (struct sockaddr *)&address, &len) == 0)
		net_endpoint_from_sockaddr(&info.src, (const struct sockaddr *)&address);
	len = sizeof(address);
	if (getpeername(check->run.fd, (struct sockaddr *)&address, &len) == 0)
		net_endpoint_from_sockaddr(&info.dst, (const struct sockaddr *)&address);
	size = proxyproto_write(version, &info, bytes);
	/* An empty send buffer takes it whole; whoever closes at once has still passed. */
	send(check->run.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What epoll said saves a system call, for connections that are fine. */
static int connection_result(const struct health_run *run)
{
	if (run->broken != 0)
		return -run->broken;
	if ((run->ready & (LOOP_ERROR | LOOP_HUP)) == 0 && (run->ready & LOOP_OUT) != 0)
		return 0;
	return net_connect_result(run->fd);
}

/* Several messages in a row must not wait for each other's acknowledgement. */
static void connection_set_nodelay(struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;
	unsigned sends = 0;

	for (unsigned i = 0; plan != NULL && i < plan->count; i++)
		sends += plan->steps[i].kind == HEALTH_SEND;
	if (sends > 1 && check->conf->address.storage.ss_family != AF_UNIX)
		setsockopt(check->run.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

enum health_progress health_connected(struct health_check *check)
{
	const struct health_connect *connect = connection_step(check);
	const struct health_conf *conf = check->conf;
	unsigned version = connect->preset ? conf->send_proxy : 0;
	int error = connection_result(&check->run);

	if (error != 0)
		return health_run_broke(check, HEALTH_L4CON, -error);
	check->run.connecting = false;
	connection_set_nodelay(check);
	if (connect->send_proxy && version == 0)
		version = 1;
	if (version != 0) {
		connection_send_proxy(check, version);
		/* A reset would overtake it, and it is all that this server hears. */
		check->run.linger |= conf->plan == NULL;
	}
	if (conf->timeout_check_ms != 0 && conf->plan != NULL)
		health_move_timer(check, (uint64_t)conf->timeout_check_ms * 1000);
	return HEALTH_NEXT;
}

/* Whether connect() itself failed, and not the making of the socket. */
static bool connection_says_something(int error)
{
	switch (error) {
	case -ECONNREFUSED:
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ETIMEDOUT:
	case -ENOENT:
	case -EAGAIN:
		return true;
	default:
		return false;
	}
}

/* The server speaks first. It does so when our acknowledgement has come, which a probe puts off. */
static bool connection_hears_first(const struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;
	const struct health_step *step = health_run_step(check);

	if (step == NULL)
		return false;
	while (step < plan->steps + plan->count &&
	       (step->kind == HEALTH_CONNECT || step->kind == HEALTH_SET))
		step++;
	return step < plan->steps + plan->count && step->kind == HEALTH_EXPECT;
}

static int connection_begin(struct health_check *check, const struct net_address *address)
{
	const struct net_connect_conf conf = {
		.source = &check->conf->source,
		.option = { .interface = check->conf->source_interface,
			    .probe = !connection_hears_first(check) },
	};
	int family = address->storage.ss_family;
	struct health_stock *stock = connection_stock(check->engine, family);
	int fd, error;

	check->run.family = family;
	if (!connection_is_plain(check->conf, family) || stock->count == 0)
		return net_connect(&conf, address);
	fd = stock->fd[--stock->count];
	error = net_connect_again(fd, &conf, address);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

/* On this machine a connection is there, or refused, before connect() returns. */
static bool connection_is_there(struct health_check *check, const struct net_address *address)
{
	int result;

	if (check->patience != 0) {
		check->patience--;
		return false;
	}
	result = net_connect_poll(check->run.fd, address);
	if (result == -EINPROGRESS)
		check->patience = PATIENCE;
	else
		check->run.ready = result == 0 ? LOOP_OUT : LOOP_ERROR;
	check->run.broken = result == -EINPROGRESS ? 0 : -result;
	return result != -EINPROGRESS;
}

/* As traffic's are made. */
static bool connection_is_usual(const struct health_connect *connect)
{
	return connect->address.len == 0 && connect->port == 0 && connect->port_of_address == 0 &&
	       connect->port_expr == NULL && !connect->send_proxy;
}

/* An idle one of the server's pool, if there is one. */
static bool connection_take(struct health_check *check)
{
	const struct health_conf *conf = check->conf;
	struct health_run *run = &check->run;

	run->fd = check->take_connection(check, !run->fresh);
	if (run->fd < 0)
		return false;
	run->family = conf->address.storage.ss_family;
	run->stale = true;
	run->taken_at = run->at;
	if (conf->timeout_check_ms != 0)
		health_move_timer(check, (uint64_t)conf->timeout_check_ms * 1000);
	return true;
}

enum health_progress health_connect(struct health_check *check)
{
	const struct health_connect *connect = connection_step(check);
	struct health_run *run = &check->run;
	struct net_address address;
	int fd;

	health_connection_close(check);
	run->len = 0;
	run->ready = 0;
	run->ended = run->stale = false;
	run->linger = connect->linger;
	run->shared = check->conf->shares && connection_is_usual(connect);
	if (run->shared && connection_take(check))
		return HEALTH_NEXT;
	connection_address(check, connect, &address);
	fd = connection_begin(check, &address);
	if (fd < 0)
		return health_run_broke(
			check,
			connection_says_something(fd) ? HEALTH_L4CON : HEALTH_SOCKERR, -fd);
	run->fd = fd;
	run->connecting = true;
	if (connection_is_there(check, &address))
		return health_connected(check);
	health_move_timer(check, connection_bound_us(check->conf));
	return HEALTH_BLOCKED;
}
