/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_flow.c - actions that end a list, or change how the next ones are taken. */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/reading.h"
#include "proxy/stream.h"

static enum rule_verdict flow_done(const struct rule *rule, struct rule_run *run)
{
	return RULE_DONE;
}

static enum rule_verdict flow_reject(const struct rule *rule, struct rule_run *run)
{
	return RULE_REJECT;
}

static enum rule_verdict flow_drop(const struct rule *rule, struct rule_run *run)
{
	return RULE_DROP;
}

/* It only delays data that came in TLS early data, which there is none of. */
static enum rule_verdict flow_next(const struct rule *rule, struct rule_run *run)
{
	return RULE_NEXT;
}

/* Nothing more is read from the server; the client gets what has come, then the end. */
static enum rule_verdict flow_close(const struct rule *rule, struct rule_run *run)
{
	if (run->stream->http)
		run->txn->closes = true;
	else
		run->stream->server->read_done = true;
	return RULE_DONE;
}

static enum rule_verdict flow_no_retry(const struct rule *rule, struct rule_run *run)
{
	run->txn->no_l7_retry = true;
	return RULE_NEXT;
}

static unsigned flow_read_switch(struct conf_parse *parse, struct section *section,
				 struct rule *rule, const struct conf_line *line, unsigned at)
{
	if (!action_need(parse, rule, line, at, 1, "http [proto h1]"))
		return 0;
	if (strcmp(line->words[at + 1].text, "http") != 0) {
		conf_error_unknown(parse, &line->words[at + 1], "mode",
				   (const char *const[]){ "http", NULL });
		return 0;
	}
	if (!section_accepts(section) && section->kind != SECTION_DEFAULTS) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, rule->span,
			 "write the rule in the frontend", "a backend has no mode to switch");
		return 0;
	}
	section->switches_mode = true;
	if (at + 3 >= line->count || strcmp(line->words[at + 2].text, "proto") != 0)
		return at + 2;
	if (strcmp(line->words[at + 3].text, "h1") == 0)
		return at + 4;
	report_not_supported(parse, line->words[at + 3].span,
			     arena_printf(parse->arena, "proto %s", line->words[at + 3].text),
			     "'proto h1' is how it is without it");
	return 0;
}

/* Whose stream is of mode http already has nothing to switch. */
static enum rule_verdict flow_switch(const struct rule *rule, struct rule_run *run)
{
	run->txn->switched |= !run->stream->http;
	return RULE_DONE;
}

static unsigned flow_read_strict(struct conf_parse *parse, struct section *section,
				 struct rule *rule, const struct conf_line *line, unsigned at)
{
	static const struct conf_choice modes[] = {
		{ "on", true, "An edit that fails ends the transaction with an error." },
		{ "off", false, "It is passed over." },
		{ NULL, 0, NULL },
	};
	int strict;
	bool *args;

	if (!action_need(parse, rule, line, at, 1, "on|off") ||
	    !conf_read_choice(parse, &line->words[at + 1], modes, "mode", &strict))
		return 0;
	args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	*args = strict;
	return at + 2;
}

static enum rule_verdict flow_strict(const struct rule *rule, struct rule_run *run)
{
	const bool *strict = rule->args;

	run->lenient = !*strict;
	return RULE_NEXT;
}

const struct rule_action rule_actions_flow[] = {
	{ ACTION_DOC("accept", "Let it pass; no more rules of this list.",
		     "tcp-request connection accept if { src 10.0.0.0/8 }"),
	  .lists = IN_TCP | IN_RESPONSE_CONTENT, .final = true, .run = flow_done },
	{ ACTION_DOC("allow", "Let it pass; no more rules of this list.",
		     "http-request allow if { path_beg /public }"),
	  .lists = IN_HTTP | IN_STATS, .final = true, .run = flow_done },
	{ ACTION_DOC("reject", "Close the connection without an answer.",
		     "tcp-request connection reject unless { src 10.0.0.0/8 }"),
	  .lists = IN_TCP | IN_RESPONSE_CONTENT | IN_REQUEST, .final = true, .run = flow_reject },
	{ ACTION_DOC("close", "Close the connection to the server; what has come is passed on.",
		     "tcp-response content close if { always_false }"),
	  .lists = IN_RESPONSE_CONTENT, .final = true, .run = flow_close },
	{ ACTION_DOC("silent-drop", "Forget the connection without a word to the client.",
		     "http-request silent-drop if { path_beg /.env }"),
	  .lists = IN_TCP | IN_RESPONSE_CONTENT | IN_REQUEST | IN_RESPONSE, .final = true,
	  .run = flow_drop },
	{ ACTION_DOC("disable-l7-retry", "Never send this request to a second server.",
		     "http-request disable-l7-retry if METH_POST"),
	  .lists = IN_REQUEST, .run = flow_no_retry },
	{ ACTION_DOC("strict-mode", "Whether the next rules may fail to edit the message.",
		     "http-request strict-mode off"),
	  .lists = IN_HTTP, .parse = flow_read_strict, .run = flow_strict },
	{ .doc = { .name = "switch-mode", .since = "0.3",
		   .summary = "In a frontend of mode tcp: what the client sends are requests.",
		   .example = "tcp-request content switch-mode http if HTTP" },
	  .lists = IN_CONTENT, .final = true, .parse = flow_read_switch, .run = flow_switch },
	{ ACTION_DOC("wait-for-handshake", "Wait for the end of a TLS handshake, if there is one.",
		     "http-request wait-for-handshake"),
	  .lists = IN_REQUEST, .run = flow_next },
	{ .doc = { .name = NULL } },
};
