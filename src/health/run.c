/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/run.c - see run.h: the steps of one check over its connection.
 *
 * Every wait is for the connection or for the check's timer. What was received
 * stays for all expectations until the next send or connect.
 */
#include "health/run.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hex.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "expr/vars.h"
#include "net/connect.h"
#include "net/proxyproto.h"

enum { FORMATTED_MAX = 16384 };

static void run_go_on(struct health_check *check);

/* ---- verdicts ---- */

enum health_progress health_run_over(struct health_check *check, enum health_code code, int number,
				     const char *format, ...)
{
	struct health_answer *answer = &check->run.answer;
	va_list args;

	answer->code = code;
	answer->number = number;
	va_start(args, format);
	vsnprintf(answer->text, sizeof(answer->text), format, args);
	va_end(args);
	return HEALTH_OVER;
}

/* "connect port 81", "expect string '+PONG'": a step as messages of tcp-check tell it. */
static void run_describe(const struct health_step *step, char *buf, size_t size)
{
	const struct health_expect *expect = &step->expect;
	bool formatted = expect->text.format != NULL;

	if (step->kind == HEALTH_CONNECT && step->connect.port != 0)
		snprintf(buf, size, "connect port %u", step->connect.port);
	else if (step->kind == HEALTH_CONNECT)
		snprintf(buf, size, "connect");
	else if (step->kind == HEALTH_SEND)
		snprintf(buf, size, "send");
	else if (expect->match == HEALTH_MATCH_REGEX || expect->match == HEALTH_MATCH_HEX_REGEX)
		snprintf(buf, size, "expect %sregex",
			 expect->match == HEALTH_MATCH_REGEX ? "" : "binary ");
	else if (formatted)
		snprintf(buf, size, "expect log-format %s",
			 expect->is_binary ? "binary" : "string");
	else
		snprintf(buf, size, "expect %s '%.*s'", expect->is_binary ? "binary" : "string",
			 (int)expect->text.constant.len, expect->text.constant.at);
}

/* Where it happened, for lists that users write themselves. */
static void run_add_place(struct health_check *check)
{
	const struct health_step *step = health_run_step(check);
	const struct health_plan *plan = check->conf->plan;
	struct health_answer *answer = &check->run.answer;
	size_t len = strlen(answer->text);
	char what[HEALTH_TEXT];

	if (plan == NULL || step == NULL || plan->kind != HEALTH_PLAN_TCP || step->number == 0)
		return;
	run_describe(step, what, sizeof(what));
	snprintf(answer->text + len, sizeof(answer->text) - len,
		 " at step %u of tcp-check (%s)%s%s%s", step->number, what,
		 step->comment != NULL ? " comment: '" : "",
		 step->comment != NULL ? step->comment : "", step->comment != NULL ? "'" : "");
}

enum health_progress health_run_broke(struct health_check *check, enum health_code code, int error)
{
	const char *text = error == 0 ? "" : strerrordesc_np(error);

	check->run.broken = error;
	health_run_over(check, code, 0, "%s", text == NULL ? "" : text);
	run_add_place(check);
	return HEALTH_OVER;
}

/* ---- memory ---- */

void health_run_init(struct health_run *run)
{
	*run = (struct health_run){ .file.fd = -1 };
}

/* Nothing was said on the connection, or nobody cares: a reset leaves no TIME_WAIT behind. */
static void run_reset_on_close(struct health_check *check)
{
	const struct linger linger = { .l_onoff = 1 };

	if (check->conf->address.storage.ss_family != AF_UNIX)
		setsockopt(check->run.file.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void run_close(struct health_check *check)
{
	struct health_run *run = &check->run;

	if (run->file.fd < 0)
		return;
	if (!run->linger)
		run_reset_on_close(check);
	loop_file_close(check->engine->loop, &run->file);
}

void health_run_drop(struct health_check *check)
{
	struct health_run *run = &check->run;

	run_close(check);
	if (run->bytes != NULL)
		health_engine_keep(check->engine, run->bytes);
	run->bytes = NULL;
	run->len = 0;
	run->out.len = 0;
	if (run->memory.pool != NULL)
		bump_free(&run->memory);
	run->check_vars = run->session_vars = NULL;
	run->connecting = run->sending = false;
}

void health_run_context(struct health_check *check, struct expr_context *ret)
{
	struct health_run *run = &check->run;
	const struct health_engine *engine = check->engine;

	*ret = (struct expr_context){
		.response_bytes = { run->bytes, run->len },
		.bytes_end = run->ended,
		.vars[EXPR_SCOPE_PROC] = engine->process_vars,
		.vars[EXPR_SCOPE_SESS] = run->session_vars,
		.vars[EXPR_SCOPE_CHECK] = run->check_vars,
		.memory = &run->memory,
		.regex = engine->regex,
		.random = moment_now().us * UINT64_C(0x9e3779b97f4a7c15),
		.now_us = loop_now(engine->loop).us,
		.wall_us = wall_now_us(),
	};
}

/* Digits to bytes, in place. */
static bool run_unhex(struct slice *text)
{
	char *to = (char *)text->at;

	if (text->len % 2 != 0)
		return false;
	for (size_t i = 0; i < text->len; i += 2) {
		int high = hex_value(text->at[i]), low = hex_value(text->at[i + 1]);

		if (high < 0 || low < 0)
			return false;
		*to++ = (char)(high * 16 + low);
	}
	text->len /= 2;
	return true;
}

struct slice health_run_text(struct health_check *check, const struct health_text *text,
			     struct expr_context *context)
{
	struct out out = { .size = FORMATTED_MAX };
	struct slice result;

	if (text->format == NULL)
		return text->constant;
	out.bytes = bump_alloc(context->memory, FORMATTED_MAX);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	format_write(text->format, context, &out);
	result = out_slice(&out);
	if (text->hex && !run_unhex(&result))
		return (struct slice){ NULL, 0 };
	return result;
}

/* ---- connect ---- */

static uint64_t run_connect_bound_us(const struct health_conf *conf)
{
	uint32_t ms = conf->inter_ms;

	if (conf->timeout_check_ms != 0 && conf->timeout_connect_ms != 0 &&
	    conf->timeout_connect_ms < ms)
		ms = conf->timeout_connect_ms;
	return (uint64_t)ms * 1000;
}

static void run_move_timer(struct health_check *check, uint64_t us)
{
	struct loop *loop = check->engine->loop;
	int error = loop_timer_arm(loop, &check->timer, moment_after(loop_now(loop), us));

	ASSERT(error == 0); /* it is armed from start to stop */
}

static const struct health_connect run_preset_connect = { .preset = true };

/* The connect step that runs; a list that begins without one has it all the same. */
static const struct health_connect *run_connect_of(const struct health_check *check)
{
	const struct health_step *step = health_run_step(check);

	return step != NULL && step->kind == HEALTH_CONNECT ? &step->connect : &run_preset_connect;
}

static void run_address(struct health_check *check, const struct health_connect *connect,
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

/* As HAProxy's checks do: version 1 names the check's own ends, version 2 says LOCAL. */
static void run_send_proxy(struct health_check *check, unsigned version)
{
	struct proxyproto_info info = { .local = version == 2 };
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	uint8_t bytes[PROXYPROTO_V2_MAX];
	size_t size;

	if (getsockname(check->run.file.fd, (struct sockaddr *)&address, &len) == 0)
		net_endpoint_from_sockaddr(&info.src, (const struct sockaddr *)&address);
	len = sizeof(address);
	if (getpeername(check->run.file.fd, (struct sockaddr *)&address, &len) == 0)
		net_endpoint_from_sockaddr(&info.dst, (const struct sockaddr *)&address);
	size = proxyproto_write(version, &info, bytes);
	/* An empty send buffer takes it whole; whoever closes at once has still passed. */
	send(check->run.file.fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What epoll said saves a system call, for connections that are fine. */
static int run_connect_result(const struct health_run *run)
{
	if ((run->ready & (LOOP_ERROR | LOOP_HUP)) == 0 && (run->ready & LOOP_OUT) != 0)
		return 0;
	return net_connect_result(run->file.fd);
}

/* Several messages in a row must not wait for each other's acknowledgement. */
static void run_set_nodelay(struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;
	unsigned sends = 0;

	for (unsigned i = 0; plan != NULL && i < plan->count; i++)
		sends += plan->steps[i].kind == HEALTH_SEND;
	if (sends > 1 && check->conf->address.storage.ss_family != AF_UNIX)
		setsockopt(check->run.file.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

static enum health_progress run_connected(struct health_check *check)
{
	const struct health_connect *connect = run_connect_of(check);
	const struct health_conf *conf = check->conf;
	unsigned version = connect->preset ? conf->send_proxy : 0;
	int error = run_connect_result(&check->run);

	if (error != 0)
		return health_run_broke(check, HEALTH_L4CON, -error);
	check->run.connecting = false;
	run_set_nodelay(check);
	if (connect->send_proxy && version == 0)
		version = 1;
	if (version != 0) {
		run_send_proxy(check, version);
		/* A reset would overtake it, and it is all that this server hears. */
		check->run.linger |= conf->plan == NULL;
	}
	if (conf->timeout_check_ms != 0)
		run_move_timer(check, (uint64_t)conf->timeout_check_ms * 1000);
	return HEALTH_NEXT;
}

/* Whether connect() itself failed, and not the making of the socket. */
static bool run_says_something_of_the_server(int error)
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

static void run_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct health_check *check = container_of(file, struct health_check, run.file);

	check->run.ready = ready;
	run_go_on(check);
}

static enum health_progress run_connect(struct health_check *check)
{
	const struct health_connect *connect = run_connect_of(check);
	const struct net_connect_conf conf = {
		.source = &check->conf->source,
		.option = { .interface = check->conf->source_interface, .probe = true },
	};
	struct health_run *run = &check->run;
	struct net_address address;
	int fd, error;

	run_close(check);
	run->len = 0;
	run->ended = false;
	run->linger = connect->linger;
	run_move_timer(check, run_connect_bound_us(check->conf));
	run_address(check, connect, &address);
	fd = net_connect(&conf, &address);
	if (fd < 0)
		return health_run_broke(
			check,
			run_says_something_of_the_server(fd) ? HEALTH_L4CON : HEALTH_SOCKERR, -fd);
	error = loop_file_add(check->engine->loop, &run->file, fd, run_ready);
	if (error < 0) {
		close(fd);
		return health_run_broke(check, HEALTH_SOCKERR, -error);
	}
	run->connecting = true;
	return HEALTH_BLOCKED;
}

/* ---- send and set ---- */

static enum health_progress run_send(struct health_check *check, const struct health_step *step)
{
	struct health_run *run = &check->run;

	if (!run->sending && !health_run_prepare(check, step))
		return HEALTH_OVER;
	run->sending = true;
	run->len = 0;
	while (run->out.len != 0) {
		ssize_t sent = send(run->file.fd, run->out.at, run->out.len,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN)
			return HEALTH_BLOCKED;
		if (sent < 0)
			return health_run_broke(check, HEALTH_SOCKERR, errno);
		run->out = slice_skip(run->out, (size_t)sent);
	}
	run->sending = false;
	return HEALTH_NEXT;
}

/* The scopes come to be with their first value. */
static void run_make_scopes(struct health_check *check)
{
	struct health_run *run = &check->run;

	if (run->check_vars == NULL)
		run->check_vars = expr_vars_new(&run->memory);
	if (run->session_vars == NULL)
		run->session_vars = expr_vars_new(&run->memory);
}

static enum health_progress run_set(struct health_check *check, const struct health_step *step)
{
	const struct health_set *set = &step->set;
	struct expr_sample sample = { .type = EXPR_STRING };
	struct expr_context context;

	run_make_scopes(check);
	health_run_context(check, &context);
	if (set->format != NULL) {
		sample.value.text = format_text(set->format, &context);
		expr_var_set(&context, set->var, &sample);
	} else if (set->expr == NULL) {
		expr_var_unset(&context, set->var);
	} else if (expr_get(set->expr, &context, &sample) == EXPR_GOT && set->var != NULL) {
		expr_var_set(&context, set->var, &sample);
	}
	return HEALTH_NEXT;
}

/* ---- the list ---- */

static enum health_progress run_step(struct health_check *check, const struct health_step *step)
{
	if (check->run.connecting)
		return run_connected(check);
	if (step->kind == HEALTH_SET)
		return run_set(check, step);
	if (step->kind == HEALTH_CONNECT)
		return run_connect(check);
	return step->kind == HEALTH_EXPECT ? health_run_expect(check, step) : run_send(check, step);
}

/* Every step has passed. */
static enum health_progress run_passed(struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;
	const struct health_step *last;

	if (check->run.last_expect != NULL) /* which has written its verdict */
		return HEALTH_OVER;
	last = plan != NULL && plan->count != 0 ? &plan->steps[plan->count - 1] : NULL;
	if (last == NULL)
		return health_run_over(check, HEALTH_L4OK, 0, "%s", "");
	return health_run_over(check, last->kind == HEALTH_CONNECT ? HEALTH_L4OK : HEALTH_L7OK, 0,
			       "(tcp-check)");
}

/* The implicit connection comes before the first step that needs one. */
static bool run_needs_connection(const struct health_check *check, const struct health_step *step)
{
	const struct health_run *run = &check->run;

	if (run->file.fd >= 0)
		return false;
	return step == NULL || (step->kind != HEALTH_CONNECT && step->kind != HEALTH_SET);
}

static enum health_progress run_advance(struct health_check *check)
{
	const struct health_step *step = health_run_step(check);
	struct health_run *run = &check->run;
	enum health_progress progress;
	bool implicit;

	if (run_needs_connection(check, step))
		return run_connect(check);
	if (step == NULL)
		return run->connecting ? run_connected(check) : run_passed(check);
	implicit = run->connecting && step->kind != HEALTH_CONNECT;
	progress = run_step(check, step);
	if (progress == HEALTH_NEXT && !implicit)
		run->at++;
	return progress;
}

static void run_go_on(struct health_check *check)
{
	enum health_progress progress;

	do
		progress = run_advance(check);
	while (progress == HEALTH_NEXT);
	if (progress == HEALTH_OVER)
		health_check_finish(check, check->run.broken);
}

/* ---- programs ---- */

static void run_program(struct health_check *check)
{
	const struct health_conf *conf = check->conf;
	uint32_t ms = conf->timeout_check_ms != 0 ? conf->timeout_check_ms : conf->inter_ms;

	run_move_timer(check, (uint64_t)ms * 1000);
	if (check->ask_program != NULL && check->ask_program(check, ++check->ticket, ms))
		return;
	health_run_broke(check, HEALTH_SOCKERR, ENOMEM);
	health_check_finish(check, ENOMEM);
}

void health_program_ended(struct health_check *check, uint32_t ticket, int status)
{
	if (check->engine == NULL || !check->run.runs || ticket != check->ticket)
		return;
	if (WIFEXITED(status))
		health_run_over(check, WEXITSTATUS(status) == 0 ? HEALTH_PROCOK : HEALTH_PROCERR,
				WEXITSTATUS(status), "%s", "");
	else
		health_run_over(check, HEALTH_PROCERR, -1, "%s", "");
	health_check_finish(check, 0);
}

void health_run_start(struct health_check *check)
{
	struct health_run *run = &check->run;

	run->at = 0;
	run->broken = run->http_status = 0;
	run->last_expect = NULL;
	run->memory.pool = check->engine->bumps;
	run->answer = (struct health_answer){ .code = HEALTH_UNKNOWN };
	if (check->conf->external)
		run_program(check);
	else
		run_go_on(check);
}

static enum health_code run_timeout_code(const struct health_check *check)
{
	const struct health_step *step = health_run_step(check);

	if (check->conf->external)
		return HEALTH_PROCTOUT;
	if (check->run.connecting)
		return HEALTH_L4TOUT;
	if (step != NULL && step->kind == HEALTH_EXPECT && step->expect.timeout != HEALTH_UNKNOWN)
		return step->expect.timeout;
	return HEALTH_L7TOUT;
}

void health_run_expire(struct health_check *check)
{
	health_run_broke(check, run_timeout_code(check), 0);
	health_check_finish(check, 0);
}
