/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/check.c - see check.h: when checks run, and what their results lead to.
 *
 *   resting --timer--> [waiting for a place] --> running (health/run.c) --verdict--> resting
 *
 * One timer serves all of it, and it stays armed from start to stop: moving it
 * cannot fail for want of memory.
 */
#include "health/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "health/run.h"

enum { HURRY_MS = 5 };

void health_engine_init(struct health_engine *engine)
{
	list_init(&engine->waiting);
}

void health_engine_fini(struct health_engine *engine)
{
	health_stock_close(engine);
	free(engine->spare);
	engine->spare = NULL;
}

/* Most checks are over before the next begins: one buffer serves them. */
char *health_engine_buffer(struct health_engine *engine)
{
	char *buffer = engine->spare;

	engine->spare = NULL;
	return buffer != NULL ? buffer : malloc(engine->bufsize);
}

void health_engine_keep(struct health_engine *engine, char *buffer)
{
	if (engine->spare == NULL)
		engine->spare = buffer;
	else
		free(buffer);
}

/* ---- when ---- */

/* Configuration manual 5.2 "inter": by state. */
static uint32_t check_interval_ms(const struct health_check *check)
{
	const struct health_conf *conf = check->conf;
	const struct health_status *status = &check->status;

	if (check->hurries)
		return HURRY_MS < conf->inter_ms ? HURRY_MS : conf->inter_ms;
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

static void check_move_timer(struct health_check *check, struct moment when)
{
	int error = loop_timer_arm(check->engine->loop, &check->timer, when);

	ASSERT(error == 0);
}

static void check_begin(struct health_check *check)
{
	check->engine->running++;
	check->run.runs = true;
	check->started = loop_now(check->engine->loop);
	health_run_start(check);
}

static void check_begin_or_wait(struct health_check *check)
{
	struct health_engine *engine = check->engine;

	if (engine->limit == 0 || engine->running < engine->limit) {
		check_begin(check);
		return;
	}
	check->run.waits = true;
	list_append(&engine->waiting, &check->run.waiting);
}

static void check_stop_waiting(struct health_check *check)
{
	if (check->run.waits)
		list_remove(&check->run.waiting);
	check->run.waits = false;
}

static void engine_let_next(struct health_engine *engine)
{
	struct list *node;

	if (list_empty(&engine->waiting) || engine->running >= engine->limit)
		return;
	node = engine->waiting.next;

	struct health_check *check = container_of(node, struct health_check, run.waiting);

	check_stop_waiting(check);
	/* Through the timer: a chain of checks that fail at once must not grow the stack. */
	check_move_timer(check, loop_now(engine->loop));
}

static void check_stop_running(struct health_check *check)
{
	struct health_engine *engine = check->engine;

	if (!check->run.runs)
		return;
	health_run_drop(check);
	check->run.runs = false;
	engine->running--;
	engine_let_next(engine);
}

/* ---- from results to states ---- */

static void check_change(struct health_check *check, bool up, bool stopping)
{
	struct health_status *status = &check->status;

	if (status->up && !up)
		status->transitions_down++;
	if (status->up != up)
		status->streak = 0;
	status->up = up;
	status->stopping = stopping;
	check->hurries = false;
	check->on_change(check);
}

/* Whether it moved anything. */
static bool check_count(struct health_check *check, bool ok, uint32_t results)
{
	struct health_status *status = &check->status;

	if (ok == status->up) {
		bool moved = status->streak != 0;

		status->streak = 0;
		return moved;
	}
	status->streak += results;
	return true;
}

static void check_tell(struct health_check *check, bool ok, bool is_new)
{
	if (check->on_result != NULL)
		check->on_result(check, ok, is_new);
}

/* A conditional pass keeps what is down where it is (manual, "http-check disable-on-404"). */
static void check_decide(struct health_check *check, bool ok)
{
	struct health_status *status = &check->status;
	const struct health_conf *conf = check->conf;
	bool conditional = status->code == HEALTH_L7OKC;

	if (ok == status->up) {
		if (ok && status->stopping != conditional)
			check_change(check, true, conditional);
		return;
	}
	if (status->streak < (ok ? conf->rise : conf->fall))
		return;
	if (ok && conditional)
		status->streak = conf->rise;
	else
		check_change(check, ok, false);
}

static bool check_is_ours(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM || errnum == ENOBUFS;
}

static void check_record(struct health_check *check, int errnum)
{
	struct health_status *status = &check->status;
	const struct health_answer *answer = &check->run.answer;

	status->code = answer->code;
	status->number = answer->number;
	status->errnum = errnum;
	memcpy(status->text, answer->text, sizeof(status->text));
	status->checked_wall_us = wall_now_us();
	status->duration_ms =
		(uint32_t)(moment_since(check->started, loop_now(check->engine->loop)) / 1000);
}

/* Often that is where check_expired has put it. */
static void check_rest(struct health_check *check)
{
	struct moment next = moment_after(check->started, check_interval_us(check));

	if (check->timer.when.us != next.us)
		check_move_timer(check, next);
}

void health_check_finish(struct health_check *check, int errnum)
{
	struct health_status *status = &check->status;
	enum health_code before = status->code;
	bool ok = health_code_is_good(check->run.answer.code);
	bool moved = false;

	check_record(check, errnum);
	check_stop_running(check);
	if (!ok && (status->up || status->streak != 0))
		status->failures++;
	if (!check_is_ours(errnum) && health_counts(check->conf, status->code))
		moved = check_count(check, ok, 1);
	check->hurries = check->hurries && !ok;
	check_tell(check, ok, moved || status->code != before);
	if (check->engine != NULL)
		check_decide(check, ok);
	if (check->engine != NULL)
		check_rest(check);
}

static void check_expired(struct loop *loop, struct loop_timer *timer)
{
	struct health_check *check = container_of(timer, struct health_check, timer);

	/* The loop has just taken the timer out, so there is room to put it back. */
	check_move_timer(check, moment_after(loop_now(loop), (uint64_t)check->conf->inter_ms * 1000));
	if (check->run.runs)
		health_run_expire(check);
	else if (!check->run.waits)
		check_begin_or_wait(check);
}

/* ---- the owner's side ---- */

int health_start(struct health_engine *engine, struct health_check *check,
		 const struct health_conf *conf, bool up, uint64_t first_delay_us)
{
	int error;

	ASSERT(conf->rise > 0 && conf->fall > 0 && conf->inter_ms > 0);
	check->conf = conf;
	check->status = (struct health_status){ .code = HEALTH_INI, .up = up,
						.streak = up ? conf->fall - 1 : 0 };
	check->hurries = false;
	health_run_init(&check->run);
	check->timer = (struct loop_timer){ .on_expire = check_expired };
	error = loop_timer_arm(engine->loop, &check->timer,
			       moment_after(loop_now(engine->loop), first_delay_us));
	check->engine = error == 0 ? engine : NULL;
	return error;
}

void health_stop(struct health_check *check)
{
	if (check->engine == NULL)
		return;
	check_stop_waiting(check);
	check_stop_running(check);
	loop_timer_disarm(check->engine->loop, &check->timer);
	check->engine = NULL;
}

void health_check_soon(struct health_check *check)
{
	uint32_t fast_ms;
	struct moment when;

	if (check->engine == NULL || check->run.runs || check->run.waits)
		return;
	fast_ms = check->conf->fastinter_ms != 0 ? check->conf->fastinter_ms
						 : check->conf->inter_ms;
	when = moment_after(loop_now(check->engine->loop), (uint64_t)fast_ms * 1000);
	if (moment_before(when, check->timer.when))
		check_move_timer(check, when);
}

void health_check_now(struct health_check *check)
{
	if (check->engine == NULL || check->run.runs || check->run.waits || !check->status.up)
		return;
	check->hurries = true;
	check_move_timer(check, loop_now(check->engine->loop));
}

void health_traffic_failed(struct health_check *check, unsigned failures, const char *why)
{
	struct health_status *status = &check->status;

	if (check->engine == NULL || failures == 0)
		return;
	status->code = HEALTH_HANA;
	status->number = status->errnum = 0;
	status->duration_ms = 0;
	snprintf(status->text, sizeof(status->text), "%s", why);
	if (status->up || status->streak != 0)
		status->failures++;
	check_count(check, false, failures);
	check_tell(check, false, true);
	if (check->engine != NULL)
		check_decide(check, false);
	health_check_soon(check);
}

bool health_counts(const struct health_conf *conf, enum health_code code)
{
	return !conf->answers_only || code == HEALTH_L7OK || code == HEALTH_L7STS;
}

uint32_t health_level(uint32_t rise, uint32_t fall, bool up, uint32_t streak)
{
	if (!up)
		return streak < rise ? streak : rise - 1;
	return streak < fall ? rise + fall - 1 - streak : 0;
}

/* Bytes that would end the quotes, or are not ASCII, as "<0A>". */
static void status_write_text(const char *text, struct out *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= ' ' && byte < 0x7f && byte != '"') {
			out_char(out, *text);
			continue;
		}
		out_char(out, '<');
		out_char(out, digits[byte >> 4]);
		out_char(out, digits[byte & 15]);
		out_char(out, '>');
	}
}

void health_status_write(const struct health_status *status, struct out *out)
{
	out_text(out, health_code_meaning(status->code));
	if (health_code_has_number(status->code)) {
		out_text(out, ", code: ");
		out_signed(out, status->number);
	}
	if (status->text[0] != '\0') {
		out_text(out, ", info: \"");
		status_write_text(status->text, out);
		out_char(out, '"');
	}
	if (status->code == HEALTH_HANA)
		return;
	out_text(out, ", check duration: ");
	out_number(out, status->duration_ms);
	out_text(out, "ms");
}
