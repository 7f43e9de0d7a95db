/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_timing.c - actions that wait, and those that set timeouts. */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/reading.h"
#include "proxy/stream.h"

/* ---- wait-for-body ---- */

struct body_args {
	uint32_t time_ms;
	uint64_t at_least; /* 0: all of it */
};

static unsigned body_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	static const char usage[] = "time <time> [at-least <bytes>]";
	struct body_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (rule->list == RULES_HTTP_REQUEST)
		reading_conf(parse)->looks_at_bodies = true;
	else
		reading_conf(parse)->looks_at_response_bodies = true;
	if (!action_need(parse, rule, line, at, 2, usage))
		return 0;
	if (strcmp(line->words[at + 1].text, "time") != 0) {
		conf_error_unknown(parse, &line->words[at + 1], "argument",
				   (const char *const[]){ "time", NULL });
		return 0;
	}
	if (!conf_read_duration(parse, &line->words[at + 2], &args->time_ms))
		return 0;
	at += 3;
	if (at >= line->count || strcmp(line->words[at].text, "at-least") != 0)
		return at;
	if (!conf_need_words(parse, line, at + 1, 1, UINT32_MAX, "at-least <bytes>") ||
	    !conf_read_size(parse, &line->words[at + 1], &args->at_least))
		return 0;
	return at + 2;
}

/* No more of it can come: the client has ended, or the buffer is full. */
static bool is_cut(const struct stream *stream)
{
	const struct buffer *held = stream->client.held;

	return stream->client.read_done || stream->client.hung_up ||
	       (held != NULL && held->end == held->size &&
		held->size >= stream->worker->buffers.large_size);
}

static bool request_came(const struct body_args *args, const struct rule_run *run)
{
	const struct txn *txn = run->txn;

	return txn->body_complete || txn->request.body == HTTP_BODY_NONE ||
	       (args->at_least != 0 && txn->body.len >= args->at_least) || is_cut(run->stream);
}

static bool response_came(const struct body_args *args, const struct rule_run *run)
{
	const struct txn *txn = run->txn;

	return txn->response_body_complete || txn->response_cut ||
	       (args->at_least != 0 && txn->response_body.len >= args->at_least);
}

static enum rule_verdict body_run(const struct rule *rule, struct rule_run *run)
{
	const struct body_args *args = rule->args;
	bool response = run->list == RULES_HTTP_RESPONSE;
	struct slice message;

	if (response ? response_came(args, run) : request_came(args, run))
		return RULE_NEXT;
	run->wait_until = moment_after(run->waiting_since, (uint64_t)args->time_ms * 1000);
	if (run->context->now_us < run->wait_until.us)
		return RULE_WAIT;
	message = http_error_reply(run->txn, response ? 504 : 408);
	if (message.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, message, response ? 's' : 'c', 'R');
	run->txn->reply_closes = !response;
	return RULE_REPLY;
}

/* ---- pause, set-timeout ---- */

enum timeout_kind { TIMEOUT_SERVER, TIMEOUT_TUNNEL, TIMEOUT_CLIENT, TIMEOUT_CONNECT,
		    TIMEOUT_QUEUE, TIMEOUT_TARPIT };

struct time_args {
	int which;		/* enum timeout_kind */
	uint32_t ms;
	struct expr *expr;	/* milliseconds; NULL: `ms` */
};

static bool time_read(struct conf_parse *parse, const struct section *section,
		      const struct rule *rule, const struct conf_word *word)
{
	struct time_args *args = rule->args;

	if (*word->text >= '0' && *word->text <= '9')
		return conf_read_duration(parse, word, &args->ms);
	args->expr = action_expr(parse, section, rule, word);
	return args->expr != NULL;
}

/* 0: there is none. */
static uint32_t time_value(const struct time_args *args, struct rule_run *run)
{
	struct expr_sample sample = { 0 };

	if (args->expr == NULL)
		return args->ms;
	if (!expr_get_as(args->expr, run->context, EXPR_INT, &sample) ||
	    sample.value.integer <= 0)
		return 0;
	return sample.value.integer > INT32_MAX ? INT32_MAX : (uint32_t)sample.value.integer;
}

static unsigned pause_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			   const struct conf_line *line, unsigned at)
{
	rule->args = arena_zalloc(parse->arena, sizeof(struct time_args));
	if (!action_need(parse, rule, line, at, 1, "<time>") ||
	    !time_read(parse, section, rule, &line->words[at + 1]))
		return 0;
	return at + 2;
}

static enum rule_verdict pause_run(const struct rule *rule, struct rule_run *run)
{
	if (!run->in_action)
		run->wait_until = moment_after(run->waiting_since,
					       (uint64_t)time_value(rule->args, run) * 1000);
	return run->context->now_us < run->wait_until.us ? RULE_WAIT : RULE_NEXT;
}

static unsigned timeout_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	static const struct conf_choice kinds[] = {
		{ "server", TIMEOUT_SERVER, "As 'timeout server'." },
		{ "tunnel", TIMEOUT_TUNNEL, "As 'timeout tunnel'." },
		{ "client", TIMEOUT_CLIENT, "As 'timeout client'." },
		{ "connect", TIMEOUT_CONNECT, "As 'timeout connect'." },
		{ "queue", TIMEOUT_QUEUE, "As 'timeout queue'." },
		{ "tarpit", TIMEOUT_TARPIT, "As 'timeout tarpit'." },
		{ NULL, 0, NULL },
	};
	struct time_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 2, "server|tunnel|client|connect|queue|tarpit "
						   "<time>") ||
	    !conf_read_choice(parse, &line->words[at + 1], kinds, "timeout", &args->which))
		return 0;
	if (section->kind == SECTION_FRONTEND && args->which != TIMEOUT_CLIENT &&
	    args->which != TIMEOUT_TARPIT) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, line->words[at + 1].span,
			 "write the rule in the backend", "a frontend has no '%s' timeout",
			 line->words[at + 1].text);
		return 0;
	}
	return time_read(parse, section, rule, &line->words[at + 2]) ? at + 3 : 0;
}

static uint32_t *timeout_of(struct txn *txn, int which)
{
	uint32_t *const timeouts[] = {
		[TIMEOUT_SERVER] = &txn->timeout_server,
		[TIMEOUT_TUNNEL] = &txn->timeout_tunnel,
		[TIMEOUT_CLIENT] = &txn->timeout_client,
		[TIMEOUT_CONNECT] = &txn->timeout_connect,
		[TIMEOUT_QUEUE] = &txn->timeout_queue,
		[TIMEOUT_TARPIT] = &txn->timeout_tarpit,
	};

	return timeouts[which];
}

static enum rule_verdict timeout_run(const struct rule *rule, struct rule_run *run)
{
	const struct time_args *args = rule->args;
	uint32_t ms = time_value(args, run);

	if (ms == 0)
		return RULE_NEXT;
	*timeout_of(run->txn, args->which) = ms;
	return RULE_NEXT;
}

const struct rule_action rule_actions_timing[] = {
	{ ACTION_DOC("wait-for-body", "Wait until the body, or so much of it, has come.",
		     "http-request wait-for-body time 1s at-least 1k if METH_POST"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parse = body_read, .run = body_run },
	{ ACTION_DOC("pause", "Wait for that long.", "http-request pause 100ms if { path /slow }"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parse = pause_read, .run = pause_run },
	{ ACTION_DOC("set-timeout", "Set a timeout for this transaction.",
		     "http-request set-timeout tunnel 5m"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parse = timeout_read, .run = timeout_run },
	{ .doc = { .name = NULL } },
};
