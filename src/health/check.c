/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/check.c - see check.h. TCP connect checks.
 *
 *   waiting --timer--> connecting --connected, refused or timer--> waiting
 *
 * Connecting is: file.fd >= 0. One timer serves both states, and it stays armed
 * from start to stop: moving it cannot fail for want of memory.
 */
#include "health/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/connect.h"
#include "net/proxyproto.h"

enum { WHY_MAX = 128 };

const char *health_code_name(enum health_code code)
{
	static const char *const names[] = {
		[HEALTH_UNKNOWN] = "UNK",   [HEALTH_INI] = "INI",	[HEALTH_SOCKERR] = "SOCKERR",
		[HEALTH_L4OK] = "L4OK",	    [HEALTH_L4TOUT] = "L4TOUT", [HEALTH_L4CON] = "L4CON",
	};

	return (unsigned)code < ARRAY_LEN(names) ? names[code] : names[HEALTH_UNKNOWN];
}

static const char *check_text(const struct health_status *status, char buf[WHY_MAX])
{
	static const char *const texts[] = {
		[HEALTH_UNKNOWN] = "Unknown",
		[HEALTH_INI] = "Initializing",
		[HEALTH_SOCKERR] = "Socket error",
		[HEALTH_L4OK] = "Layer4 check passed",
		[HEALTH_L4TOUT] = "Layer4 timeout",
		[HEALTH_L4CON] = "Layer4 connection problem",
	};
	const char *info = status->errnum == 0 ? NULL : strerrordesc_np(status->errnum);

	snprintf(buf, WHY_MAX, "%s%s%s%s", texts[status->code], info == NULL ? "" : ", info: \"",
		 info == NULL ? "" : info, info == NULL ? "" : "\"");
	return buf;
}

/* Configuration manual 5.2 "inter": by state. */
static uint32_t check_interval_ms(const struct health_check *check)
{
	const struct health_conf *conf = check->conf;
	const struct health_status *status = &check->status;

	if (status->streak != 0 || status->code == HEALTH_INI)
		return conf->fastinter_ms != 0 ? conf->fastinter_ms : conf->inter_ms;
	if (!status->up && conf->downinter_ms != 0)
		return conf->downinter_ms;
	return conf->inter_ms;
}

/* Varied by up to spread_percent either way, so that checks of many servers drift apart. */
static uint64_t check_interval_us(const struct health_check *check)
{
	uint64_t us = (uint64_t)check_interval_ms(check) * 1000;
	uint64_t spread = us * check->conf->spread_percent / 100;
	/* The low bits of a clock that thousands of events share are random enough here. */
	uint64_t random = moment_now().us * UINT64_C(0x9e3779b97f4a7c15) >> 33;

	return spread == 0 ? us : us - spread + random % (2 * spread + 1);
}

static uint32_t check_bound_ms(const struct health_conf *conf)
{
	return conf->timeout_connect_ms != 0 && conf->timeout_connect_ms < conf->inter_ms
		       ? conf->timeout_connect_ms
		       : conf->inter_ms;
}

static void check_move_timer(struct health_check *check, struct moment when)
{
	int error = loop_timer_arm(check->loop, &check->timer, when);

	ASSERT(error == 0);
}

/* ---- from results to states ---- */

static void check_change_state(struct health_check *check, bool up, const char *why)
{
	check->status.up = up;
	check->status.streak = 0;
	if (!up)
		check->status.transitions_down++;
	if (check->on_change != NULL)
		check->on_change(check, up, why);
}

static void check_count(struct health_check *check, bool ok, uint32_t results, const char *why)
{
	struct health_status *status = &check->status;

	if (ok == status->up) {
		status->streak = 0;
		return;
	}
	status->streak += results;
	if (status->streak >= (ok ? check->conf->rise : check->conf->fall))
		check_change_state(check, ok, why);
}

/* Counts the result, tells the owner, waits for the next check. The owner may stop the check. */
static void check_finish(struct health_check *check, enum health_code code, int errnum)
{
	struct health_status *status = &check->status;
	bool ok = code == HEALTH_L4OK;
	bool ours = errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM || errnum == ENOBUFS;
	char why[WHY_MAX];

	loop_file_close(check->loop, &check->file);
	status->code = code;
	status->errnum = errnum;
	status->checked_wall_us = wall_now_us();
	status->duration_ms =
		(uint32_t)(moment_since(check->started, loop_now(check->loop)) / 1000);
	if (!ok)
		status->failures++;
	if (!ours)
		check_count(check, ok, 1, check_text(status, why));
	if (check->loop != NULL && check->on_result != NULL)
		check->on_result(check, ok);
	if (check->loop != NULL)
		check_move_timer(check, moment_after(check->started,
						     check_interval_us(check)));
}

/* ---- one check ---- */

/* As HAProxy's checks do: version 1 names the check's own ends, version 2 says LOCAL. */
static void check_send_proxy(struct health_check *check)
{
	const struct sockaddr *to = (const struct sockaddr *)&check->conf->address.storage;
	struct proxyproto_info info = { .local = check->conf->send_proxy == 2 };
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof(own);
	uint8_t bytes[PROXYPROTO_V2_MAX];
	size_t size;

	if (getsockname(check->file.fd, (struct sockaddr *)&own, &len) == 0)
		net_endpoint_from_sockaddr(&info.src, (const struct sockaddr *)&own);
	net_endpoint_from_sockaddr(&info.dst, to);
	size = proxyproto_write(check->conf->send_proxy, &info, bytes);
	/* An empty send buffer takes it whole; whoever closes at once has still passed. */
	send(check->file.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Nothing was said on the connection: a reset leaves no TIME_WAIT behind. */
static void check_close_by_reset(struct health_check *check)
{
	const struct linger linger = { .l_onoff = 1 };

	if (check->conf->address.storage.ss_family != AF_UNIX)
		setsockopt(check->file.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void check_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct health_check *check = container_of(file, struct health_check, file);
	int error = net_connect_result(file->fd);

	if (error != 0) {
		check_finish(check, HEALTH_L4CON, -error);
		return;
	}
	if (check->conf->send_proxy != 0)
		check_send_proxy(check);
	else
		check_close_by_reset(check);
	check_finish(check, HEALTH_L4OK, 0);
}

/* Whether connect() itself failed, and not the making of the socket. */
static bool check_says_something_of_the_server(int error)
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

static void check_begin(struct health_check *check)
{
	const struct net_connect_conf conf = {
		.source = &check->conf->source,
		.option = { .interface = check->conf->source_interface },
	};
	int fd, error;

	check->started = loop_now(check->loop);
	check_move_timer(check, moment_after(check->started,
					     (uint64_t)check_bound_ms(check->conf) * 1000));
	fd = net_connect(&conf, &check->conf->address);
	if (fd < 0) {
		check_finish(check,
			     check_says_something_of_the_server(fd) ? HEALTH_L4CON : HEALTH_SOCKERR,
			     -fd);
		return;
	}
	error = loop_file_add(check->loop, &check->file, fd, check_ready);
	if (error < 0) {
		close(fd);
		check_finish(check, HEALTH_SOCKERR, -error);
	}
}

static void check_expired(struct loop *loop, struct loop_timer *timer)
{
	struct health_check *check = container_of(timer, struct health_check, timer);

	/* The loop has just taken the timer out, so there is room to put it back. */
	check_move_timer(check, loop_now(loop));
	if (check->file.fd >= 0)
		check_finish(check, HEALTH_L4TOUT, 0);
	else
		check_begin(check);
}

/* ---- the owner's side ---- */

int health_start(struct loop *loop, struct health_check *check, const struct health_conf *conf,
		 bool up, uint64_t first_delay_us)
{
	int error;

	ASSERT(conf->rise > 0 && conf->fall > 0 && conf->inter_ms > 0);
	check->conf = conf;
	check->status = (struct health_status){ .code = HEALTH_INI, .up = up,
						.streak = up ? conf->fall - 1 : 0 };
	check->file.fd = -1;
	check->timer = (struct loop_timer){ .on_expire = check_expired };
	error = loop_timer_arm(loop, &check->timer, moment_after(loop_now(loop), first_delay_us));
	check->loop = error == 0 ? loop : NULL;
	return error;
}

void health_stop(struct health_check *check)
{
	if (check->loop == NULL)
		return;
	loop_timer_disarm(check->loop, &check->timer);
	loop_file_close(check->loop, &check->file);
	check->loop = NULL;
}

void health_check_soon(struct health_check *check)
{
	uint32_t fast_ms;
	struct moment when;

	if (check->loop == NULL || check->file.fd >= 0)
		return;
	fast_ms = check->conf->fastinter_ms != 0 ? check->conf->fastinter_ms
						 : check->conf->inter_ms;
	when = moment_after(loop_now(check->loop), (uint64_t)fast_ms * 1000);
	if (moment_before(when, check->timer.when))
		check_move_timer(check, when);
}

void health_traffic_failed(struct health_check *check, unsigned failures, const char *why)
{
	if (check->loop == NULL || failures == 0)
		return;
	check_count(check, false, failures, why);
	health_check_soon(check);
}
