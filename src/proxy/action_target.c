/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_target.c - actions that set the method or parts of the target from a format. */
#include "proxy/action.h"

static unsigned target_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	if (!action_need(parse, rule, line, at, 1, "<format>"))
		return 0;
	rule->args = action_format(parse, section, rule, &line->words[at + 1]);
	return rule->args != NULL ? at + 2 : 0;
}

static enum rule_verdict
target_set(const struct rule *rule, struct rule_run *run,
	   bool (*set)(struct http_message *message, struct bump *memory, struct slice value))
{
	struct slice value = format_text(rule->args, run->context);

	return action_done(run,
			   value.at != NULL && set(run->message, run->context->memory, value));
}

static enum rule_verdict target_set_path(const struct rule *rule, struct rule_run *run)
{
	return target_set(rule, run, http_set_path);
}

static enum rule_verdict target_set_pathq(const struct rule *rule, struct rule_run *run)
{
	return target_set(rule, run, http_set_pathq);
}

static enum rule_verdict target_set_query(const struct rule *rule, struct rule_run *run)
{
	return target_set(rule, run, http_set_query);
}

static enum rule_verdict target_set_uri(const struct rule *rule, struct rule_run *run)
{
	return target_set(rule, run, http_set_target);
}

static enum rule_verdict target_set_method(const struct rule *rule, struct rule_run *run)
{
	struct slice value = format_text(rule->args, run->context);

	return action_done(run, value.at != NULL && http_set_method(run->message, value));
}

const struct rule_action rule_actions_target[] = {
	{ ACTION_DOC("set-method", "Set the request's method.", "http-request set-method GET"),
	  .lists = IN_REQUEST, .parse = target_read, .run = target_set_method },
	{ ACTION_DOC("set-path", "Set the path and keep the query.",
		     "http-request set-path /%[hdr(host)]%[path]"),
	  .lists = IN_REQUEST, .parse = target_read, .run = target_set_path },
	{ ACTION_DOC("set-pathq", "Set the path with its query.",
		     "http-request set-pathq /search?q=%[path]"),
	  .lists = IN_REQUEST, .parse = target_read, .run = target_set_pathq },
	{ ACTION_DOC("set-query", "Set the query and keep the path.",
		     "http-request set-query from=%[src]"),
	  .lists = IN_REQUEST, .parse = target_read, .run = target_set_query },
	{ ACTION_DOC("set-uri", "Set the request's whole target.",
		     "http-request set-uri http://%[hdr(host)]%[pathq]"),
	  .lists = IN_REQUEST, .parse = target_read, .run = target_set_uri },
	{ .doc = { .name = NULL } },
};
