/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/run.h - one check from its first step to its verdict. Private to the room.
 *
 *   start -> step -> step -> ... -> health_check_finish
 *              \-- waits for the connection: file events, the check's timer
 */
#pragma once

#include "health/check.h"

/* Whether the list goes on. */
enum health_progress {
	HEALTH_NEXT,	/* with the next step */
	HEALTH_BLOCKED, /* when the connection is ready */
	HEALTH_OVER,	/* run.answer is the verdict */
};

void health_run_init(struct health_run *run);
/* Leads to health_check_finish, perhaps at once. */
void health_run_start(struct health_check *check);
/* The time is up. */
void health_run_expire(struct health_check *check);
/* Forgets what is going on. */
void health_run_drop(struct health_check *check);

/* What expressions of the step may look at. */
void health_run_context(struct health_check *check, struct expr_context *ret);
/* The text, in run memory when it is not constant; at NULL: no memory, or bad hex digits. */
struct slice health_run_text(struct health_check *check, const struct health_text *text,
			     struct expr_context *context);

/* health/connection.c: makes the connection of the current step, after the end of an earlier one. */
enum health_progress health_connect(struct health_check *check);
/* The connection that was waited for is there, or is not. */
enum health_progress health_connected(struct health_check *check);
void health_connection_close(struct health_check *check);
void health_move_timer(struct health_check *check, uint64_t us); /* to so long from now */
void health_stock_close(struct health_engine *engine);

/* health/send.c: fills in run.out. False: run.answer says why not. */
bool health_run_prepare(struct health_check *check, const struct health_step *step);
/* health/expect.c */
enum health_progress health_run_expect(struct health_check *check, const struct health_step *step);
/* What has come goes behind run.bytes. Anything but HEALTH_NEXT: run.answer says what broke. */
enum health_progress health_run_receive(struct health_check *check);
/* health/expect_http.c: what has come since the last request is an answer and nothing else. */
enum health_rest { HEALTH_REST_COMES, HEALTH_REST_NONE, HEALTH_REST_CLOSES };
enum health_rest health_http_rest(struct health_check *check);

/* health/verdict.c: sets run.answer; the text is cut where it is too long. */
enum health_progress health_run_over(struct health_check *check, enum health_code code, int number,
				     const char *format, ...) PRINTF_LIKE(4, 5);
/* The same for a connection that broke with `error` (an errno). */
enum health_progress health_run_broke(struct health_check *check, enum health_code code, int error);

static inline const struct health_step *health_run_step(const struct health_check *check)
{
	const struct health_plan *plan = check->conf->plan;

	return plan != NULL && check->run.at < plan->count ? &plan->steps[check->run.at] : NULL;
}

/* health/check.c: what an answer is received in. NULL: no memory. */
char *health_engine_buffer(struct health_engine *engine);
void health_engine_keep(struct health_engine *engine, char *buffer);

/* health/check.c: the verdict is in run.answer, with errno `errnum`. */
void health_check_finish(struct health_check *check, int errnum);
