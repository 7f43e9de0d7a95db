/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/rules.h - a frontend's rules run on a message: what the
 * tests of rules and actions share. No sockets, no loop: a stream of which
 * only the addresses and the frontend are there.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/regex.h"
#include "base/strbuf.h"
#include "expr/vars.h"
#include "proxy/conf.h"
#include "proxy/proxy.h"
#include "proxy/stream.h"
#include "proxy/txn.h"
#include "proxy/worker.h"

enum { RULES_HEADERS = 20, RULES_TEXT = 4096 };

struct rules_case {
	struct proxy_conf *conf;
	struct diag_report *report;
	struct strbuf said;		/* diagnostics */
	const struct section *section;	/* the frontend */
	struct proxy proxy;
	struct frontend frontend;
	struct worker worker;
	struct listener listener;
	struct session session;
	struct stream stream;
	struct txn txn;
	struct expr_context context;
	struct http_header headers[2][RULES_HEADERS];
	char bytes[2][RULES_TEXT];
	char text[RULES_TEXT];		/* of rules_head */
};

#define RULES_FRONTEND                                                                             \
	"defaults\n mode http\n timeout client 1m\n timeout connect 1m\n timeout server 1m\n"      \
	"frontend web\n bind 127.0.0.1:80\n"

/* `lines` of a frontend called "web"; sections may follow. */
static inline void rules_open(struct rules_case *rules, const char *lines)
{
	char text[RULES_TEXT];

	memset(rules, 0, sizeof(*rules));
	snprintf(text, sizeof(text), RULES_FRONTEND "%s", lines);
	rules->report = diag_report_new();
	rules->conf = proxy_conf_read_text("test.cfg", text, strlen(text), rules->report);
	diag_report_render(rules->report, &rules->said);
	if (rules->said.text == NULL)
		strbuf_puts(&rules->said, "");
	rules->section = rules->conf->sections;
	rules->proxy.conf = rules->conf;
	rules->worker.proxy = &rules->proxy;
	rules->worker.regex = regex_scratch_new();
	rules->frontend = (struct frontend){ .section = rules->section, .proxy = &rules->proxy };
	rules->listener = (struct listener){ .frontend = &rules->frontend,
					     .worker = &rules->worker };
	rules->stream = (struct stream){ .worker = &rules->worker, .listener = &rules->listener,
					 .txn = &rules->txn,
					 .src = { AF_INET, 5000, { 192, 0, 2, 1 } },
					 .session = &rules->session };
	rules->session = (struct session){ .dst = { AF_INET, 80, { 127, 0, 0, 1 } } };
	rules->txn = (struct txn){ .stream = &rules->stream, .log_level = -1,
				   .memory.pool = &rules->worker.bumps };
}

static inline void rules_close(struct rules_case *rules)
{
	bump_free(&rules->txn.memory);
	bump_pool_free(&rules->worker.bumps);
	regex_scratch_free(rules->worker.regex);
	proxy_conf_free(rules->conf);
	diag_report_free(rules->report);
	strbuf_free(&rules->said);
}

/* A request's or response's head, to be seen by the rules. */
static inline void rules_message(struct rules_case *rules, bool response, const char *head)
{
	struct http_message *message = response ? &rules->txn.response : &rules->txn.request;
	struct http_leniency strict = { 0 };
	const char *why = NULL;
	size_t at, len = strlen(head);
	enum http_parse result;

	memcpy(rules->bytes[response], head, len);
	message->headers = rules->headers[response];
	message->header_max = RULES_HEADERS;
	if (response)
		result = http_response_parse(rules->bytes[1], len, RULES_TEXT, strict, HTTP_GET,
					     message, &why, &at);
	else
		result = http_request_parse(rules->bytes[0], len, RULES_TEXT, strict, message,
					    &why, &at);
	assert_int_equal(result, HTTP_PARSE_DONE);
}

/* Runs a list once, at a moment of the clock. */
static inline enum rule_verdict rules_at(struct rules_case *rules, enum rule_list list,
					 uint64_t now_us)
{
	struct txn *txn = &rules->txn;
	struct rule_run *run = &txn->run;

	run->list = list;
	run->section = rules->section;
	run->stream = &rules->stream;
	run->txn = txn;
	run->message = list == RULES_HTTP_RESPONSE || list == RULES_HTTP_AFTER_RESPONSE
			       ? &txn->response
			       : &txn->request;
	rules->context = (struct expr_context){
		.src = &rules->stream.src,
		.dst = &rules->session.dst,
		.request = txn->request.header_max != 0 ? &txn->request : NULL,
		.response = txn->response.header_max != 0 ? &txn->response : NULL,
		.memory = &txn->memory,
		.regex = rules->worker.regex,
		.now_us = now_us,
		.body = txn->body,
		.body_complete = txn->body_complete,
		.vars[EXPR_SCOPE_TXN] = txn->vars,
		.vars[EXPR_SCOPE_REQ] = txn->message_vars,
		.vars[EXPR_SCOPE_RES] = txn->message_vars,
		.stream = &rules->stream,
	};
	return rules_run(rules->section->rules.first[list], run, &rules->context);
}

/* The head as it would be sent on. */
static inline const char *rules_head(struct rules_case *rules, bool response)
{
	struct out out = { rules->text, 0, sizeof(rules->text) - 1, false };

	http_message_write(response ? &rules->txn.response : &rules->txn.request, &out);
	rules->text[out.len] = '\0';
	return rules->text;
}

static inline const char *rules_reply(struct rules_case *rules)
{
	struct slice reply = rules->txn.reply;

	assert_true(reply.len < sizeof(rules->text));
	if (reply.len != 0)
		memcpy(rules->text, reply.at, reply.len);
	rules->text[reply.len] = '\0';
	return rules->text;
}

/* One line, one request: the verdict, and the head that is sent on. */
static inline enum rule_verdict rules_once(struct rules_case *rules, const char *lines,
					   const char *request)
{
	rules_open(rules, lines);
	if (diag_count(rules->report, DIAG_ERROR) != 0)
		fail_msg("%s", rules->said.text);
	rules_message(rules, false, request);
	return rules_at(rules, RULES_HTTP_REQUEST, 1);
}
