/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_do_log.c - do-log: a line of the log from within the rules. */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/log_profile.h"
#include "proxy/stream.h"

static unsigned do_log_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	if (at + 1 >= line->count || strcmp(line->words[at + 1].text, "profile") != 0)
		return at + 1;
	if (!action_need(parse, rule, line, at, 2, "profile <name>"))
		return 0;
	rule->args = (void *)log_profile_named(parse, line->words[at + 2].text,
					       line->words[at + 2].span);
	return at + 3;
}

static void do_log_resolve(struct conf_parse *parse, const struct section *section,
			   const struct rule *rule)
{
	log_profile_check_use(parse, section, rule->args);
}

static enum rule_verdict do_log_run(const struct rule *rule, struct rule_run *run)
{
	stream_log_rule(run->stream, rule->list, rule->args);
	return RULE_NEXT;
}

const struct rule_action rule_actions_do_log[] = {
	{ .doc = { .name = "do-log", .since = "0.3",
		   .summary = "Write a line to the log now; 'profile' takes the place of those of "
			      "the log lines.",
		   .example = "http-request do-log if { path /debug }" },
	  .lists = IN_ALL, .parse = do_log_read, .run = do_log_run, .resolve = do_log_resolve },
	{ .doc = { .name = NULL } },
};
