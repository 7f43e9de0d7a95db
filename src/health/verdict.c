/* SPDX-License-Identifier: Apache-2.0 */
/* health/verdict.c - what a check that ended found, in words. See run.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "health/run.h"

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
