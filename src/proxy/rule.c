/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/rule.c - see rule.h. */
#include "proxy/rule.h"

#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/conf.h"
#include "proxy/txn.h"

const struct rule_action *const rule_actions[] = {
	rule_actions_flow,	 rule_actions_header, rule_actions_replace, rule_actions_target,
	rule_actions_normalize,	 rule_actions_var,    rule_actions_reply,   rule_actions_redirect,
	rule_actions_timing,	 rule_actions_log,    rule_actions_map,	    rule_actions_connection,
	rule_actions_service,	 rule_actions_hint,	 rule_actions_queue,  rule_actions_do_log,
	rule_actions_resolve,	 NULL,
};

/* What a list is called, and what can be seen in it. */
struct list_row {
	const char *name, *what; /* `what`: of its actions, as conf/known.h has it */
	struct expr_place front, back; /* of a frontend; of a section that is a backend as well */
};

enum {
	SEES_CLIENT = EXPR_HAVE_CLIENT,
	SEES_REQUEST = EXPR_HAVE_CLIENT | EXPR_HAVE_REQUEST_BYTES | EXPR_HAVE_REQUEST |
		       EXPR_HAVE_REQUEST_BODY | EXPR_HAVE_STREAM,
	SEES_RESPONSE = EXPR_HAVE_CLIENT | EXPR_HAVE_BACKEND | EXPR_HAVE_SERVER |
			EXPR_HAVE_RESPONSE_BYTES | EXPR_HAVE_RESPONSE | EXPR_HAVE_STREAM |
			EXPR_HAVE_RESPONSE_BODY,
};

#define LIST(list, word, is_http, seen, seen_back)                                                 \
	[list] = { .name = word, .what = word " action",                                           \
		   .front = { .what = "'" word "' rules", .have = seen, .http = is_http },         \
		   .back = { .what = "'" word "' rules", .have = (seen) | (seen_back),             \
			     .http = is_http } }

static const struct list_row list_rows[RULE_LISTS] = {
	LIST(RULES_CONNECTION, "tcp-request connection", false, SEES_CLIENT, 0),
	LIST(RULES_SESSION, "tcp-request session", false, SEES_CLIENT, 0),
	LIST(RULES_REQUEST_CONTENT, "tcp-request content", false, SEES_REQUEST, EXPR_HAVE_BACKEND),
	LIST(RULES_HTTP_REQUEST, "http-request", true, SEES_REQUEST, EXPR_HAVE_BACKEND),
	LIST(RULES_RESPONSE_CONTENT, "tcp-response content", false, SEES_RESPONSE, 0),
	LIST(RULES_HTTP_RESPONSE, "http-response", true, SEES_RESPONSE, 0),
	LIST(RULES_HTTP_AFTER_RESPONSE, "http-after-response", true, SEES_RESPONSE, 0),
	LIST(RULES_STATS, "stats http-request", true, SEES_REQUEST, EXPR_HAVE_BACKEND),
};

const char *rule_list_name(enum rule_list list)
{
	return list_rows[list].name;
}

const struct expr_place *rule_place(const struct section *section, enum rule_list list)
{
	const struct list_row *row = &list_rows[list];

	return section->kind == SECTION_FRONTEND ? &row->front : &row->back;
}

static bool in_list(const struct rule_action *action, enum rule_list list)
{
	return action->lists & 1U << list;
}

static void report_unknown(struct conf_parse *parse, enum rule_list list,
			   const struct conf_word *word)
{
	struct conf_word name = *word;
	const char **names = NULL;
	size_t count = 0;

	for (const struct rule_action *const *table = rule_actions; *table != NULL; table++)
		for (const struct rule_action *row = *table; row->doc.name != NULL; row++)
			if (in_list(row, list))
				*ARENA_APPEND(parse->arena, names, count) = row->doc.name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	name.text = arena_strndup(parse->arena, word->text, strcspn(word->text, "("));
	name.span = conf_word_part(word, 0, strlen(name.text));
	conf_error_unknown(parse, &name, list_rows[list].what, names);
}

/* "set-var(txn.a)": whether the parentheses are as the action needs them. */
static bool parens_fit(struct conf_parse *parse, const struct rule_action *action,
		       const struct conf_word *word, size_t name_len)
{
	size_t len = strlen(word->text);

	if (!action->parens || (len > name_len + 2 && word->text[len - 1] == ')'))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word->span,
		 arena_printf(parse->arena, "write it as in '%s'", action->doc.example),
		 "'%s' needs its argument in parentheses right behind it", action->doc.name);
	return false;
}

static const struct rule_action *find_action(struct conf_parse *parse, enum rule_list list,
					     const struct conf_word *word)
{
	size_t len = strcspn(word->text, "(");

	for (const struct rule_action *const *table = rule_actions; *table != NULL; table++) {
		for (const struct rule_action *row = *table; row->doc.name != NULL; row++) {
			if (!in_list(row, list) || strlen(row->doc.name) != len ||
			    strncmp(row->doc.name, word->text, len) != 0)
				continue;
			if (word->text[len] == '(' && !row->parens)
				continue;
			return parens_fit(parse, row, word, len) ? row : NULL;
		}
	}
	report_unknown(parse, list, word);
	return NULL;
}

static bool read_condition(struct conf_parse *parse, const struct section *section,
			   struct rule *rule, const struct conf_line *line, unsigned at)
{
	if (at == line->count)
		return true;
	rule->condition = acl_condition_parse(parse, section->acls,
					      rule_place(section, rule->list), line, at);
	return rule->condition != NULL;
}

struct rule *rule_parse_action(struct conf_parse *parse, struct section *section,
			       enum rule_list list, const struct rule_action *action,
			       const struct conf_line *line, unsigned at)
{
	struct rule *rule = arena_zalloc(parse->arena, sizeof(*rule));
	unsigned next = at + 1;

	rule->action = action;
	rule->list = list;
	rule->phase = RULE_USUAL;
	rule->span = line->words[at].span;
	if (action->parse != NULL)
		next = action->parse(parse, section, rule, line, at);
	return next != 0 && read_condition(parse, section, rule, line, next) ? rule : NULL;
}

struct rule *rule_parse(struct conf_parse *parse, struct section *section, enum rule_list list,
			const struct conf_line *line, unsigned at)
{
	const struct rule_action *action;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     arena_printf(parse->arena, "%s <action> [if|unless <condition>]",
					  list_rows[list].name)))
		return NULL;
	action = find_action(parse, list, &line->words[at]);
	if (action == NULL)
		return NULL;
	return rule_parse_action(parse, section, list, action, line, at);
}

static void warn_unreachable(struct conf_parse *parse, const struct rule *before,
			     const struct rule *rule)
{
	if (!list_rows[rule->list].front.http || !before->action->final ||
	    before->condition != NULL || before->phase != rule->phase)
		return;
	diag_add(parse->report, DIAG_WARNING, &diag_no_effect, rule->span, NULL,
		 "this rule is never reached: '%s' in line %u has no condition",
		 before->action->doc.name, before->span.line);
}

void rule_append(struct conf_parse *parse, struct rules *rules, struct rule *rule)
{
	struct rule **last = &rules->first[rule->list];
	const struct rule *before = NULL;

	for (; *last != NULL && (*last)->phase <= rule->phase; last = &(*last)->next)
		before = *last;
	if (before != NULL)
		warn_unreachable(parse, before, rule);
	if (*last != NULL && rule->phase == RULE_USUAL)
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, rule->span, NULL,
			 "this '%s' rule runs before the rule in line %u",
			 rule_list_name(rule->list), (*last)->span.line);
	rule->next = *last;
	*last = rule;
}

void rules_copy(struct arena *arena, struct rules *rules)
{
	for (unsigned list = 0; list < RULE_LISTS; list++) {
		for (struct rule **at = &rules->first[list]; *at != NULL; at = &(*at)->next) {
			struct rule *copy = arena_zalloc(arena, sizeof(*copy));

			*copy = **at;
			*at = copy;
		}
	}
}

void rules_resolve(struct conf_parse *parse, const struct section *section)
{
	for (unsigned list = 0; list < RULE_LISTS; list++)
		for (const struct rule *rule = section->rules.first[list]; rule != NULL;
		     rule = rule->next)
			if (rule->action->resolve != NULL)
				rule->action->resolve(parse, section, rule);
}

/* Only content rules wait for bytes; elsewhere what is not there does not match. */
static enum acl_result passes(const struct rule *rule, struct rule_run *run)
{
	bool waits = rule->list == RULES_REQUEST_CONTENT || rule->list == RULES_RESPONSE_CONTENT;
	bool end = run->context->bytes_end;
	enum acl_result result;

	if (rule->condition == NULL || run->in_action)
		return ACL_TRUE;
	run->context->bytes_end = end || !waits;
	result = acl_condition_eval(rule->condition, run->context);
	run->context->bytes_end = end;
	return result;
}

static enum rule_verdict run_one(const struct rule *rule, struct rule_run *run)
{
	enum acl_result result = passes(rule, run);
	enum rule_verdict verdict;

	if (result == ACL_LATER) {
		run->wait_until = MOMENT_NEVER;
		return RULE_WAIT;
	}
	if (result == ACL_FALSE)
		return RULE_NEXT;
	verdict = rule->action->run(rule, run);
	run->in_action = verdict == RULE_WAIT;
	return verdict;
}

static const struct rule *next_phase(const struct rule *rule)
{
	enum rule_phase phase = rule->phase;

	while (rule != NULL && rule->phase == phase)
		rule = rule->next;
	return rule;
}

/* For logs: who had the last word, and who waited when it came to no word. */
static void remember(const struct rule_run *run, const struct rule *rule,
		     enum rule_verdict verdict)
{
	if (run->txn == NULL)
		return;
	if (verdict == RULE_WAIT)
		run->txn->waiting_rule = rule;
	else
		run->txn->last_rule = rule;
}

static enum rule_verdict run_all(const struct rule *rules, struct rule_run *run)
{
	enum rule_verdict verdict = RULE_NEXT;
	const struct rule *rule = run->at != NULL ? run->at : rules;

	if (run->txn != NULL)
		run->txn->waiting_rule = NULL;
	if (run->at == NULL)
		run->lenient = run->in_action = false;
	while (rule != NULL) {
		if (run->at != rule) {
			run->at = rule;
			run->waiting_since = (struct moment){ run->context->now_us };
		}
		verdict = run_one(rule, run);
		if (verdict != RULE_NEXT)
			remember(run, rule, verdict);
		if (verdict == RULE_WAIT) {
			/* Bytes will be asked for from the first rule on, since what those before
			 * have fetched without them (a capture of the SNI) was not there yet. */
			if (!run->in_action)
				run->at = NULL;
			return verdict;
		}
		if (verdict == RULE_DONE)
			rule = next_phase(rule);
		else if (verdict == RULE_NEXT)
			rule = rule->next;
		else
			break;
	}
	run->at = NULL;
	return verdict;
}

enum rule_verdict rules_run(const struct rule *rules, struct rule_run *run,
			    struct expr_context *context)
{
	enum rule_verdict verdict;

	run->context = context;
	verdict = run_all(rules, run);
	run->context = NULL;
	return verdict;
}
