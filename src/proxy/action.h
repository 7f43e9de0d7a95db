/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action.h - what the files of actions (action_*.c) share: tables of
 * rows by subject, the reading of their words, and what becomes of failures.
 */
#pragma once

#include "expr/expr.h"
#include "expr/format.h"
#include "proxy/conf.h"
#include "proxy/rule.h"
#include "proxy/txn.h"

struct regex;
struct regex_match;

extern const struct rule_action rule_actions_flow[];
extern const struct rule_action rule_actions_header[];
extern const struct rule_action rule_actions_replace[];
extern const struct rule_action rule_actions_target[];
extern const struct rule_action rule_actions_normalize[];
extern const struct rule_action rule_actions_var[];
extern const struct rule_action rule_actions_map[];
extern const struct rule_action rule_actions_reply[];
extern const struct rule_action rule_actions_redirect[];
extern const struct rule_action rule_actions_timing[];
extern const struct rule_action rule_actions_queue[];
extern const struct rule_action rule_actions_hint[];
extern const struct rule_action rule_actions_service[];
extern const struct rule_action rule_actions_log[];
extern const struct rule_action rule_actions_do_log[];
extern const struct rule_action rule_actions_resolve[];
extern const struct rule_action rule_actions_connection[];

/* `redirect` lines are parsed as this action's, with their target taken literally. */
extern const struct rule_action rule_action_redirect_line;

/* reqrep, rspdel and their kin (action_line.c): words[at] is the keyword. */
extern const struct rule_action rule_action_line;
/* What to write today in place of such a line, as far as it can be told; NULL: it cannot. */
const char *action_line_modern(struct conf_parse *parse, const struct conf_line *line,
			       unsigned at);
/* What took the keyword's place, where the line cannot be told. */
const char *action_line_hint(const char *word);
/* A word as it must be written to be read as `text`. */
const char *action_quoted(struct arena *arena, const char *text);

enum { /* bits of rule_action.lists */
	IN_CONNECTION = 1 << RULES_CONNECTION,
	IN_SESSION = 1 << RULES_SESSION,
	IN_CONTENT = 1 << RULES_REQUEST_CONTENT,
	IN_RESPONSE_CONTENT = 1 << RULES_RESPONSE_CONTENT,
	IN_REQUEST = 1 << RULES_HTTP_REQUEST,
	IN_STATS = 1 << RULES_STATS,
	IN_RESPONSE = 1 << RULES_HTTP_RESPONSE,
	IN_AFTER = 1 << RULES_HTTP_AFTER_RESPONSE,
	IN_TCP = IN_CONNECTION | IN_SESSION | IN_CONTENT,
	IN_HTTP = IN_REQUEST | IN_RESPONSE | IN_AFTER,
	IN_ALL = IN_TCP | IN_RESPONSE_CONTENT | IN_HTTP,
};

#define ACTION_DOC(word, what, line)                                                               \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }

/*
 * Whether `count` words follow the action's own at words[at]; else reports,
 * with `words` ("<name> <format>") as what should stand there.
 */
bool action_need(struct conf_parse *parse, const struct rule *rule, const struct conf_line *line,
		 unsigned at, unsigned count, const char *words);

/* The words of a rule as its place allows them. NULL after a report. */
struct format *action_format(struct conf_parse *parse, const struct section *section,
			     const struct rule *rule, const struct conf_word *word);
struct expr *action_expr(struct conf_parse *parse, const struct section *section,
			 const struct rule *rule, const struct conf_word *word);
struct regex *action_regex(struct conf_parse *parse, const struct conf_word *word,
			   bool ignore_case);

/* A name that may be sent; otherwise reports. */
bool action_header_name(struct conf_parse *parse, const struct conf_word *word,
			struct slice *ret_name);

/* Sets the variable; without memory, or when it cannot be kept, it stays as it is. */
void action_set_var(struct rule_run *run, const struct expr_var *var,
		    const struct expr_sample *sample);

/* What stands between the parentheses of "set-var(txn.a)". */
struct slice action_inside(const struct conf_word *word);

/* What a failed edit gives: RULE_ERROR, or RULE_NEXT without strict-mode. */
static inline enum rule_verdict action_done(const struct rule_run *run, bool done)
{
	return done || run->lenient ? RULE_NEXT : RULE_ERROR;
}

/* `replacement` (its bytes end in NUL) with the groups of `match`, in memory; at NULL: no memory. */
struct slice action_expand(struct bump *memory, struct slice replacement,
			   const struct regex_match *match);
/* The three one behind the other, in memory; at NULL: no memory. */
struct slice action_join(struct bump *memory, struct slice a, struct slice b, struct slice c);
