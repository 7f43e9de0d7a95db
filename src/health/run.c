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

/* ---- memory ---- */

void health_run_init(struct health_run *run)
{
	*run = (struct health_run){ .file.fd = -1, .fd = -1 };
}

void health_run_drop(struct health_check *check)
{
	struct health_run *run = &check->run;

	health_connection_close(check);
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

/* ---- send and set ---- */

static enum health_progress run_send(struct health_check *check, const struct health_step *step)
{
	struct health_run *run = &check->run;

	if (!run->sending && !health_run_prepare(check, step))
		return HEALTH_OVER;
	run->sending = true;
	run->len = 0;
	while (run->out.len != 0) {
		ssize_t sent = send(run->fd, run->out.at, run->out.len,
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
		return health_connected(check);
	if (step->kind == HEALTH_SET)
		return run_set(check, step);
	if (step->kind == HEALTH_CONNECT)
		return health_connect(check);
	return step->kind == HEALTH_EXPECT ? health_run_expect(check, step) : run_send(check, step);
}

/* A connection that is to serve again has the rest of the answer to come. */
static enum health_progress run_settle(struct health_check *check)
{
	struct health_run *run = &check->run;

	if (!run->shared || run->broken != 0)
		return HEALTH_OVER;
	if (run->settling)
		health_run_receive(check);
	run->settling = health_http_rest(check) == HEALTH_REST_COMES;
	return run->settling ? HEALTH_BLOCKED : HEALTH_OVER;
}

/* Every step has passed. */
static enum health_progress run_passed(struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;
	const struct health_step *last;

	if (check->run.last_expect != NULL) /* which has written its verdict */
		return run_settle(check);
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

	if (run->fd >= 0)
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
		return health_connect(check);
	if (step == NULL)
		return run->connecting ? health_connected(check) : run_passed(check);
	implicit = run->connecting && step->kind != HEALTH_CONNECT;
	progress = run_step(check, step);
	if (progress == HEALTH_NEXT && !implicit)
		run->at++;
	return progress;
}

static void run_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct health_check *check = container_of(file, struct health_check, run.file);

	check->run.ready = ready;
	run_go_on(check);
}

/* What is never waited for is never put into the loop. */
static enum health_progress run_watch(struct health_check *check)
{
	struct health_run *run = &check->run;
	int error = run->file.fd >= 0
			    ? 0
			    : loop_file_add(check->engine->loop, &run->file, run->fd, run_ready);

	return error < 0 ? health_run_broke(check, HEALTH_SOCKERR, -error) : HEALTH_BLOCKED;
}

/* It had been idle for too long: that says nothing of the server. */
static bool run_starts_again(struct health_check *check)
{
	struct health_run *run = &check->run;

	if (!run->stale || (run->broken == 0 && !run->ended))
		return false;
	health_connection_close(check);
	run->fresh = true;
	run->at = run->taken_at;
	run->broken = 0;
	run->out.len = 0;
	run->sending = run->stale = false;
	return true;
}

static void run_go_on(struct health_check *check)
{
	enum health_progress progress;

	do
		progress = run_advance(check);
	while (progress == HEALTH_NEXT || (progress == HEALTH_OVER && run_starts_again(check)));
	if (progress == HEALTH_BLOCKED)
		progress = run_watch(check);
	if (progress == HEALTH_OVER)
		health_check_finish(check, check->run.broken);
}

/* ---- programs ---- */

static void run_program(struct health_check *check)
{
	const struct health_conf *conf = check->conf;
	uint32_t ms = conf->timeout_check_ms != 0 ? conf->timeout_check_ms : conf->inter_ms;

	health_move_timer(check, (uint64_t)ms * 1000);
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
	run->shared = run->stale = run->fresh = run->settling = false;
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
	if (!check->run.settling) /* else the verdict is there */
		health_run_broke(check, run_timeout_code(check), 0);
	health_check_finish(check, 0);
}
