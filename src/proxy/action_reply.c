/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_reply.c - actions that answer in place of a server: return, deny, tarpit, auth. */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/reply.h"

static bool is_response(const struct rule *rule)
{
	return rule->list == RULES_HTTP_RESPONSE;
}

static unsigned reply_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			   const struct conf_line *line, unsigned at, unsigned status,
			   enum reply_kind preset)
{
	struct reply_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	args->status = status;
	return reply_args_read(parse, rule_place(section, rule->list), line, at + 1, preset, args);
}

static unsigned reply_read_return(struct conf_parse *parse, struct section *section,
				  struct rule *rule, const struct conf_line *line, unsigned at)
{
	return reply_read(parse, section, rule, line, at, 200, REPLY_EMPTY);
}

static unsigned reply_read_deny(struct conf_parse *parse, struct section *section,
				struct rule *rule, const struct conf_line *line, unsigned at)
{
	return reply_read(parse, section, rule, line, at, is_response(rule) ? 502 : 403,
			  REPLY_DEFAULT);
}

static unsigned reply_read_tarpit(struct conf_parse *parse, struct section *section,
				  struct rule *rule, const struct conf_line *line, unsigned at)
{
	return reply_read(parse, section, rule, line, at, 500, REPLY_DEFAULT);
}

static void reply_resolve(struct conf_parse *parse, const struct section *section,
			  const struct rule *rule)
{
	reply_args_resolve(parse, rule->args);
}

static enum rule_verdict reply_run(const struct rule *rule, struct rule_run *run, char cause,
				   char phase, enum rule_verdict verdict)
{
	struct slice bytes = reply_build(rule->args, run->txn, run->context);

	if (bytes.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, bytes, cause, phase);
	return verdict;
}

static enum rule_verdict reply_return(const struct rule *rule, struct rule_run *run)
{
	return reply_run(rule, run, 'L', is_response(rule) ? 'H' : 'R', RULE_REPLY);
}

static enum rule_verdict reply_deny(const struct rule *rule, struct rule_run *run)
{
	return reply_run(rule, run, 'P', is_response(rule) ? 'H' : 'R', RULE_REPLY);
}

static enum rule_verdict reply_tarpit(const struct rule *rule, struct rule_run *run)
{
	return reply_run(rule, run, 'P', 'T', RULE_TARPIT);
}

/* ---- auth ---- */

struct auth_args {
	struct slice server, proxy; /* the header that asks for a name and a password */
};

static unsigned auth_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	struct auth_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const char *realm = section->name != NULL ? section->name : "";

	if (rule->list == RULES_STATS)
		realm = section->stats.realm != NULL ? section->stats.realm : "HAProxy Statistics";
	unsigned next = at + 1;

	if (next < line->count && strcmp(line->words[next].text, "realm") == 0) {
		if (!conf_need_words(parse, line, next + 1, 1, UINT32_MAX, "auth realm <realm>"))
			return 0;
		realm = line->words[next + 1].text;
		next += 2;
	}
	if (realm[strcspn(realm, "\"\\\r\n")] != '\0') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[next - 1].span,
			 NULL, "a realm may hold no quotes, backslashes or ends of lines");
		return 0;
	}
	args->server = slice_of(arena_printf(parse->arena,
					     "www-authenticate: Basic realm=\"%s\"\r\n", realm));
	args->proxy = slice_of(arena_printf(parse->arena,
					    "proxy-authenticate: Basic realm=\"%s\"\r\n", realm));
	return next;
}

/* `option http-use-proxy-header`: a client that writes whole URLs speaks to a proxy. */
static bool asks_as_proxy(const struct rule_run *run)
{
	return run->section->http.use_proxy_header &&
	       run->txn->request.form == HTTP_TARGET_ABSOLUTE;
}

static enum rule_verdict auth_run(const struct rule *rule, struct rule_run *run)
{
	const struct auth_args *args = rule->args;
	bool proxy = asks_as_proxy(run);
	struct slice message = http_error_reply(run->txn, proxy ? 407 : 401);
	struct slice field = proxy ? args->proxy : args->server;
	const char *end = message.len != 0 ? memmem(message.at, message.len, "\r\n\r\n", 4) : NULL;
	struct slice head = message;

	if (end != NULL) {
		head.len = (size_t)(end + 2 - message.at);
		message = action_join(run->context->memory, head, field,
				      slice_skip(message, head.len));
	}
	if (message.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, message, 'L', 'R');
	return RULE_REPLY;
}

const struct rule_action rule_actions_reply[] = {
	{ ACTION_DOC("return", "Answer with what the line says.",
		     "http-request return status 200 content-type text/plain string OK"),
	  .lists = IN_REQUEST | IN_RESPONSE, .final = true, .parse = reply_read_return,
	  .run = reply_return, .resolve = reply_resolve },
	{ ACTION_DOC("deny", "Refuse with status 403 (502 for responses) or another.",
		     "http-request deny deny_status 429 if { path_beg /admin }"),
	  .lists = IN_REQUEST | IN_STATS | IN_RESPONSE, .final = true, .parse = reply_read_deny,
	  .run = reply_deny, .resolve = reply_resolve },
	{ ACTION_DOC("tarpit", "Let the client wait, then refuse.",
		     "http-request tarpit if { path_beg /wp-login }"),
	  .lists = IN_REQUEST, .final = true, .parse = reply_read_tarpit, .run = reply_tarpit,
	  .resolve = reply_resolve },
	{ ACTION_DOC("auth", "Ask the client for a name and a password.",
		     "http-request auth realm Shop unless { path_beg /public }"),
	  .lists = IN_REQUEST | IN_STATS, .final = true, .parse = auth_read, .run = auth_run },
	{ .doc = { .name = NULL } },
};
