/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/expect_http.c - expectations of an HTTP response: its status, a
 * header, its body. The head is read anew with each arrival: answers to checks
 * are short.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/out.h"
#include "base/regex.h"
#include "health/judge.h"
#include "http/chunked.h"
#include "http/message.h"

struct http_answer {
	struct http_message message;
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct slice body;	/* what of it is there, decoded */
	bool complete;
	size_t len;		/* with its head, once it is complete */
};

/* ---- the body ---- */

static void http_add_piece(void *context, struct slice piece)
{
	out_put(context, piece);
}

static void http_read_chunks(struct health_check *check, struct slice bytes,
			     struct http_answer *answer)
{
	struct http_chunked chunked = { 0 };
	struct out out = { .size = bytes.len };
	size_t used = 0;

	out.bytes = bump_alloc(&check->run.memory, bytes.len + 1);
	if (out.bytes == NULL)
		return;
	answer->complete = http_chunked_read(&chunked, bytes.at, bytes.len, &used, http_add_piece,
					     &out) != HTTP_CHUNKED_MORE;
	answer->body = out_slice(&out);
	answer->len = answer->message.len + used;
}

static void http_read_body(struct health_check *check, bool all, struct http_answer *answer)
{
	struct http_message *message = &answer->message;
	struct slice bytes = slice_skip((struct slice){ check->run.bytes, check->run.len },
					message->len);

	answer->body = bytes;
	answer->len = message->len;
	if (message->body == HTTP_BODY_CHUNKED) {
		http_read_chunks(check, bytes, answer);
	} else if (message->body == HTTP_BODY_NONE || message->body == HTTP_BODY_TUNNEL) {
		answer->body.len = 0;
		answer->complete = true;
	} else if (message->body == HTTP_BODY_LENGTH && bytes.len >= message->body_length) {
		answer->body.len = message->body_length;
		answer->len += message->body_length;
		answer->complete = true;
	}
	answer->complete |= all;
}

/* ---- headers ---- */

static bool http_ends_with(struct slice text, struct slice end, bool nocase)
{
	struct slice last;

	if (text.len < end.len)
		return false;
	last = slice_skip(text, text.len - end.len);
	return nocase ? slice_equal_nocase(last, end) : slice_equal(last, end);
}

static bool http_begins_with(struct slice text, struct slice begin, bool nocase)
{
	if (text.len < begin.len)
		return false;
	text.len = begin.len;
	return nocase ? slice_equal_nocase(text, begin) : slice_equal(text, begin);
}

static bool http_holds(struct slice text, struct slice part, bool nocase)
{
	for (; text.len >= part.len; text = slice_skip(text, 1)) {
		if (http_begins_with(text, part, nocase))
			return true;
		if (text.len == 0)
			break;
	}
	return false;
}

static bool http_compare(struct health_check *check, const struct health_compared *compared,
			 struct slice wanted, struct slice text, bool nocase)
{
	switch (compared->how) {
	case HEALTH_EXACT:
		return nocase ? slice_equal_nocase(text, wanted) : slice_equal(text, wanted);
	case HEALTH_BEGINS:
		return http_begins_with(text, wanted, nocase);
	case HEALTH_ENDS:
		return http_ends_with(text, wanted, nocase);
	case HEALTH_HOLDS:
		return http_holds(text, wanted, nocase);
	case HEALTH_REGEX:
		return regex_match(compared->regex, check->engine->regex, text, NULL);
	}
	return false;
}

/* Names have no case; regular expressions see them in lower case. */
static bool http_name_matches(struct health_check *check, const struct health_expect *expect,
			      struct slice wanted, struct slice name)
{
	char lower[256];

	if (expect->name.how != HEALTH_REGEX || name.len > sizeof(lower))
		return http_compare(check, &expect->name, wanted, name, true);
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)tolower((unsigned char)name.at[i]);
	name.at = lower;
	return http_compare(check, &expect->name, wanted, name, true);
}

static bool http_value_matches(struct health_check *check, const struct health_expect *expect,
			       struct slice wanted, struct slice value)
{
	struct slice element;

	if (!expect->has_value)
		return true;
	if (expect->whole_header)
		return http_compare(check, &expect->value, wanted, value, false);
	while (http_list_next(&value, &element))
		if (http_compare(check, &expect->value, wanted, element, false))
			return true;
	return false;
}

static bool http_has_header(struct health_check *check, const struct health_expect *expect,
			    const struct http_message *message)
{
	struct expr_context context;
	struct slice name, value;

	health_run_context(check, &context);
	context.response = message;
	name = health_run_text(check, &expect->name.text, &context);
	value = health_run_text(check, &expect->value.text, &context);
	for (unsigned i = 0; i < message->header_count; i++) {
		const struct http_header *header = &message->headers[i];

		if (http_name_matches(check, expect, name, header->name) &&
		    http_value_matches(check, expect, value, header->value))
			return true;
	}
	return false;
}

/* ---- judgements ---- */

static bool http_in_ranges(const struct health_expect *expect, unsigned status)
{
	for (unsigned i = 0; i < expect->range_count; i++)
		if (status >= expect->ranges[i].low && status <= expect->ranges[i].high)
			return true;
	return false;
}

static bool http_status_matches(struct health_check *check, const struct health_expect *expect,
				unsigned status)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", status);
	return regex_match(expect->regex, check->engine->regex, slice_of(text), NULL);
}

/* Status and headers decide at once. */
static enum health_progress http_judge_head(struct health_check *check,
					    const struct health_step *step,
					    const struct http_answer *answer)
{
	const struct health_expect *expect = &step->expect;
	const struct http_message *message = &answer->message;
	struct judged judged = { .code = HEALTH_L7OK, .number = message->status,
				 .message = message };
	bool found;

	if (expect->match == HEALTH_MATCH_STATUS)
		found = http_in_ranges(expect, message->status);
	else if (expect->match == HEALTH_MATCH_STATUS_REGEX)
		found = http_status_matches(check, expect, message->status);
	else
		found = http_has_header(check, expect, message);
	if (found != expect->inverse)
		return expect_passed(check, step, &judged);
	judged.code = HEALTH_L7STS;
	judged.text = message->reason;
	return expect_failed(check, step, &judged);
}

static bool http_body_matches(struct health_check *check, const struct health_expect *expect,
			      const struct http_answer *answer)
{
	struct expr_context context;
	struct slice text;

	if (expect->match == HEALTH_MATCH_BODY_REGEX)
		return regex_match(expect->regex, check->engine->regex, answer->body, NULL);
	health_run_context(check, &context);
	context.response = &answer->message;
	text = health_run_text(check, &expect->text, &context);
	return memmem(answer->body.at, answer->body.len, text.at, text.len) != NULL;
}

static enum health_progress http_judge_body(struct health_check *check,
					    const struct health_step *step,
					    const struct http_answer *answer)
{
	const struct health_expect *expect = &step->expect;
	struct judged judged = { .code = HEALTH_L7OK, .number = answer->message.status,
				 .message = &answer->message };
	bool found;

	if (!answer->complete && (int64_t)answer->body.len < expect->min_recv)
		return HEALTH_BLOCKED;
	if (answer->body.len == 0 && !answer->complete)
		return HEALTH_BLOCKED;
	found = answer->body.len != 0 && http_body_matches(check, expect, answer);
	if (!found && !answer->complete && expect->min_recv < 0)
		return HEALTH_BLOCKED;
	if (answer->body.len != 0 && found != expect->inverse)
		return expect_passed(check, step, &judged);
	judged.code = HEALTH_L7RSP;
	judged.text = answer->body.len == 0
			      ? SLICE("HTTP content check could not find a response body")
		      : found ? SLICE("HTTP check matched unwanted content")
			      : SLICE("HTTP content check did not match");
	return expect_failed(check, step, &judged);
}

/* disable-on-404 comes before any expectation, for servers that are not down. */
static bool http_is_soft_404(const struct health_check *check, const struct http_message *message)
{
	return check->conf->plan->soft_404 && message->status == 404 && check->status.up;
}

static enum http_parse http_read_head(struct health_check *check, struct http_answer *answer)
{
	struct health_run *run = &check->run;
	const char *why;
	size_t at;

	answer->message.header_max = HTTP_HEADERS_PRESET;
	answer->message.headers = answer->headers;
	return http_response_parse(run->bytes, run->len, check->engine->bufsize,
				   (struct http_leniency){ .unsafe = true }, run->method,
				   &answer->message, &why, &at);
}

enum health_rest health_http_rest(struct health_check *check)
{
	const struct health_run *run = &check->run;
	struct http_answer answer = { 0 };
	struct http_message *message = &answer.message;

	if (run->bytes == NULL || http_read_head(check, &answer) != HTTP_PARSE_DONE ||
	    !message->keep_alive || message->status < 200 || message->body == HTTP_BODY_TUNNEL ||
	    message->body == HTTP_BODY_CLOSE)
		return HEALTH_REST_CLOSES;
	http_read_body(check, false, &answer);
	if (answer.complete)
		return answer.len == run->len ? HEALTH_REST_NONE : HEALTH_REST_CLOSES;
	return run->ended || run->len >= check->engine->bufsize ? HEALTH_REST_CLOSES
								  : HEALTH_REST_COMES;
}

enum health_progress expect_on_http(struct health_check *check, const struct health_step *step,
				    bool all)
{
	struct health_run *run = &check->run;
	struct http_answer answer = { 0 };

	switch (http_read_head(check, &answer)) {
	case HTTP_PARSE_DONE:
		break;
	case HTTP_PARSE_MORE:
		if (!all)
			return HEALTH_BLOCKED;
		return health_run_over(check, HEALTH_L7RSP, 0, "%s", "");
	default:
		return health_run_over(check, HEALTH_L7RSP, 0, "%s", "");
	}
	if (http_is_soft_404(check, &answer.message)) {
		health_run_over(check, HEALTH_L7OKC, 404, "%s", "");
		run->last_expect = step;
		return HEALTH_NEXT;
	}
	if (step->expect.match != HEALTH_MATCH_BODY &&
	    step->expect.match != HEALTH_MATCH_BODY_REGEX)
		return http_judge_head(check, step, &answer);
	http_read_body(check, all, &answer);
	return http_judge_body(check, step, &answer);
}
