/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_queue.c - actions on a request's way to its server: its turn in
 * queues, and how often it is tried again.
 */
#include "base/arena.h"
#include "base/macros.h"
#include "proxy/action.h"

enum { CLASS_MOST = 2047, OFFSET_MOST = 524287, RETRIES_MOST = 100 };

static unsigned queue_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			   const struct conf_line *line, unsigned at)
{
	if (!action_need(parse, rule, line, at, 1, "<expression>"))
		return 0;
	rule->args = action_expr(parse, section, rule, &line->words[at + 1]);
	return rule->args != NULL ? at + 2 : 0;
}

/* The expression's number, within -most to most. False: it has none. */
static bool queue_number(const struct expr *expr, struct rule_run *run, int64_t most,
			 int64_t *ret)
{
	struct expr_sample sample = { 0 };

	if (!expr_get_as(expr, run->context, EXPR_INT, &sample))
		return false;
	*ret = sample.value.integer > most ? most : sample.value.integer;
	*ret = *ret < -most ? -most : *ret;
	return true;
}

static enum rule_verdict queue_set_class(const struct rule *rule, struct rule_run *run)
{
	int64_t class;

	if (queue_number(rule->args, run, CLASS_MOST, &class))
		run->txn->priority_class = (int16_t)class;
	return RULE_NEXT;
}

static enum rule_verdict queue_set_offset(const struct rule *rule, struct rule_run *run)
{
	int64_t offset;

	if (queue_number(rule->args, run, OFFSET_MOST, &offset))
		run->txn->priority_offset = (int32_t)offset;
	return RULE_NEXT;
}

/* ---- set-retries ---- */

struct retries_args {
	int64_t count;
	struct expr *expr;	/* NULL: `count` */
};

static unsigned retries_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	struct retries_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const struct conf_word *word = &line->words[at + 1];

	if (!action_need(parse, rule, line, at, 1, "<0..100> or <expression>"))
		return 0;
	if (*word->text >= '0' && *word->text <= '9')
		return conf_read_int(parse, word, 0, RETRIES_MOST, &args->count) ? at + 2 : 0;
	args->expr = action_expr(parse, section, rule, word);
	return args->expr != NULL ? at + 2 : 0;
}

static enum rule_verdict retries_run(const struct rule *rule, struct rule_run *run)
{
	const struct retries_args *args = rule->args;
	int64_t count = args->count;

	if (args->expr == NULL || queue_number(args->expr, run, RETRIES_MOST, &count))
		run->txn->max_retries = count > 0 ? (int32_t)count : 0;
	return RULE_NEXT;
}

#define QUEUE_ACTION(word, what, line)                                                             \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line },                 \
	.lists = IN_CONTENT | IN_REQUEST

const struct rule_action rule_actions_queue[] = {
	{ QUEUE_ACTION("set-priority-class",
		       "Its class in queues: those of lower ones are served first.",
		       "http-request set-priority-class int(-5) if { path_beg /checkout }"),
	  .parse = queue_read, .run = queue_set_class },
	{ QUEUE_ACTION("set-priority-offset",
		       "Milliseconds by which its turn in queues comes later, or earlier.",
		       "http-request set-priority-offset int(3000) if { path_beg /export }"),
	  .parse = queue_read, .run = queue_set_offset },
	{ QUEUE_ACTION("set-retries", "How often it may be tried again, in place of 'retries'.",
		       "http-request set-retries 0 if METH_POST"),
	  .parse = retries_read, .run = retries_run },
	{ .doc = { .name = NULL } },
};
