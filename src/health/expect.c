/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/expect.c - expectations: receive, judge, and say what was wrong.
 *
 * A pattern that has not come yet is waited for until the server closes, the
 * buffer is full or the time is up; with min-recv it is decided as soon as so
 * many bytes are there. What `!` forbids fails as soon as it is seen.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/hex.h"
#include "base/regex.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "health/judge.h"
#include "health/protocol.h"

/* ---- receive ---- */

/* One read more only where the event said that the end is there too. */
enum health_progress health_run_receive(struct health_check *check)
{
	struct health_run *run = &check->run;
	size_t size = check->engine->bufsize;

	if (run->bytes == NULL)
		run->bytes = health_engine_buffer(check->engine);
	if (run->bytes == NULL)
		return health_run_broke(check, HEALTH_SOCKERR, ENOMEM);
	while ((run->ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR)) != 0 && !run->ended &&
	       run->len < size) {
		ssize_t got = recv(run->fd, run->bytes + run->len, size - run->len,
				   MSG_DONTWAIT);

		if (got < 0 && run->len == 0 && errno != EAGAIN)
			return health_run_broke(check, HEALTH_SOCKERR, errno);
		run->ready &= ~(unsigned)LOOP_IN;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0)
			run->ended = true;
		else
			run->len += (size_t)got;
		run->stale &= got <= 0;
	}
	return HEALTH_NEXT;
}

static bool expect_is_all(const struct health_check *check)
{
	return check->run.ended || check->run.len >= check->engine->bufsize;
}

/* ---- what was found ---- */

static void expect_add_comment(struct health_check *check, const struct health_step *step)
{
	struct health_answer *answer = &check->run.answer;
	size_t len = strlen(answer->text);

	if (step->comment != NULL)
		snprintf(answer->text + len, sizeof(answer->text) - len, " comment: %s",
			 step->comment);
}

static int expect_number(const struct health_expect *expect, struct expr_context *context, int usual)
{
	struct expr_sample sample = { 0 };

	if (expect->number == NULL ||
	    !expr_get_as(expect->number, context, EXPR_INT, &sample))
		return usual;
	return (int)sample.value.integer;
}

static bool expect_is_given(const struct health_text *text)
{
	return text->format != NULL || text->constant.at != NULL;
}

static void expect_put_format(struct health_check *check, const struct health_text *text,
			      struct expr_context *context)
{
	health_answer_put(&check->run.answer, health_run_text(check, text, context));
}

static const char *expect_kind(const struct health_expect *expect)
{
	if (expect->match == HEALTH_MATCH_REGEX)
		return " (regex)";
	if (expect->match == HEALTH_MATCH_HEX_REGEX)
		return " (binary regex)";
	if (expect->text.format != NULL)
		return expect->is_binary ? " (log-format binary)" : " (log-format string)";
	return expect->is_binary ? " (binary)" : NULL;
}

/* `code` of HEALTH_UNKNOWN: what was judged; `text` that is not given: the same. */
static void expect_say(struct health_check *check, const struct health_step *step,
		       const struct judged *judged, enum health_code code,
		       const struct health_text *text)
{
	struct health_answer *answer = &check->run.answer;
	struct expr_context context;

	health_run_context(check, &context);
	context.response = judged->message;
	answer->code = code != HEALTH_UNKNOWN ? code : judged->code;
	answer->number = expect_number(&step->expect, &context, judged->number);
	if (expect_is_given(text))
		expect_put_format(check, text, &context);
	else
		health_answer_put(answer, judged->text);
}

enum health_progress expect_failed(struct health_check *check, const struct health_step *step,
				   const struct judged *judged)
{
	expect_say(check, step, judged, step->expect.error, &step->expect.on_error);
	expect_add_comment(check, step);
	return HEALTH_OVER;
}

/* The verdict of a list that ends here; a later expectation overwrites it. */
enum health_progress expect_passed(struct health_check *check, const struct health_step *step,
				   const struct judged *judged)
{
	expect_say(check, step, judged, step->expect.ok, &step->expect.on_success);
	check->run.last_expect = step;
	return HEALTH_NEXT;
}

/* ---- patterns on bytes ---- */

static bool expect_hex_matches(struct health_check *check, const struct regex *regex)
{
	struct health_run *run = &check->run;
	struct bump_mark mark = bump_mark(&run->memory);
	struct out out = { .size = 2 * run->len };
	bool found;

	out.bytes = bump_alloc(&run->memory, out.size + 1);
	if (out.bytes == NULL)
		return false;
	for (size_t i = 0; i < run->len; i++)
		hex_write(&out, (uint8_t)run->bytes[i]);
	found = regex_match(regex, check->engine->regex, out_slice(&out), NULL);
	bump_reset(&run->memory, mark);
	return found;
}

static struct slice expect_pattern(struct health_check *check, const struct health_expect *expect)
{
	struct expr_context context;

	health_run_context(check, &context);
	return health_run_text(check, &expect->text, &context);
}

static enum health_judgement expect_search(struct health_check *check,
					   const struct health_expect *expect)
{
	struct slice bytes = { check->run.bytes, check->run.len }, pattern = { NULL, 0 };
	bool last = expect_is_all(check), found;

	if (expect->match == HEALTH_MATCH_TEXT)
		pattern = expect_pattern(check, expect);
	if (!last && (bytes.len < pattern.len || (int64_t)bytes.len < expect->min_recv))
		return HEALTH_WAITS;
	if (expect->match == HEALTH_MATCH_TEXT)
		found = memmem(bytes.at, bytes.len, pattern.at, pattern.len) != NULL;
	else if (expect->match == HEALTH_MATCH_REGEX)
		found = regex_match(expect->regex, check->engine->regex, bytes, NULL);
	else
		found = expect_hex_matches(check, expect->regex);
	if (!found && !last && expect->min_recv < 0)
		return HEALTH_WAITS;
	return found != expect->inverse ? HEALTH_PASSED : HEALTH_FAILED;
}

static enum health_progress expect_say_failed(struct health_check *check,
					      const struct health_step *step)
{
	const struct health_expect *expect = &step->expect;
	const char *kind = expect_kind(expect);
	struct slice pattern = expect->text.constant;
	char text[HEALTH_TEXT];

	snprintf(text, sizeof(text), "TCPCHK %s content%s%s%.*s%s at step %u",
		 expect->inverse ? "matched unwanted" : "did not match", kind == NULL ? " '" : "",
		 kind == NULL ? "" : kind, kind == NULL ? (int)pattern.len : 0,
		 kind == NULL ? pattern.at : "", kind == NULL ? "'" : "", step->number);
	return expect_failed(check, step,
			     &(struct judged){ .code = HEALTH_L7RSP, .text = slice_of(text) });
}

static enum health_progress expect_on_bytes(struct health_check *check,
					    const struct health_step *step)
{
	switch (expect_search(check, &step->expect)) {
	case HEALTH_WAITS:
		return HEALTH_BLOCKED;
	case HEALTH_FAILED:
		return expect_say_failed(check, step);
	case HEALTH_PASSED:
		break;
	}
	return expect_passed(check, step,
			     &(struct judged){ .code = HEALTH_L7OK,
					       .text = check->conf->plan->kind == HEALTH_PLAN_TCP
							       ? SLICE("(tcp-check)")
							       : (struct slice){ NULL, 0 } });
}

/* ---- judges of their own ---- */

static enum health_progress expect_own(struct health_check *check, const struct health_step *step)
{
	struct slice bytes = { check->run.bytes, check->run.len };
	enum health_judgement judgement =
		step->expect.judge(bytes, expect_is_all(check), &check->run.answer);

	if (judgement == HEALTH_WAITS)
		return HEALTH_BLOCKED;
	if (judgement == HEALTH_PASSED)
		check->run.last_expect = step;
	return judgement == HEALTH_PASSED ? HEALTH_NEXT : HEALTH_OVER;
}

static enum health_progress expect_line(struct health_check *check)
{
	struct slice bytes = { check->run.bytes, check->run.len };
	size_t len = 0;

	while (len < bytes.len && bytes.at[len] != '\r' && bytes.at[len] != '\n')
		len++;
	if (len == bytes.len && !expect_is_all(check))
		return HEALTH_BLOCKED;
	if (len == bytes.len)
		return health_run_over(check, HEALTH_CHECKED, 0,
				       "Ignoring incomplete line from agent");
	check->hear(check, (struct slice){ bytes.at, len }, &check->run.answer);
	return HEALTH_OVER;
}

static bool expect_is_http(enum health_match match)
{
	return match >= HEALTH_MATCH_STATUS && match <= HEALTH_MATCH_HEADER;
}

enum health_progress health_run_expect(struct health_check *check, const struct health_step *step)
{
	enum health_progress progress = health_run_receive(check);

	if (progress != HEALTH_NEXT)
		return progress;
	if (expect_is_http(step->expect.match))
		return expect_on_http(check, step, expect_is_all(check));
	if (check->run.len == 0 && check->run.ended) {
		return health_run_over(check, HEALTH_L7RSP, 0,
				       "TCPCHK got an empty response at step %u%s%s%s",
				       step->number, step->comment != NULL ? " comment: '" : "",
				       step->comment != NULL ? step->comment : "",
				       step->comment != NULL ? "'" : "");
	}
	if (check->run.len == 0)
		return HEALTH_BLOCKED;
	if (step->expect.match == HEALTH_MATCH_LINE)
		return expect_line(check);
	return step->expect.match == HEALTH_MATCH_OWN ? expect_own(check, step)
						      : expect_on_bytes(check, step);
}
