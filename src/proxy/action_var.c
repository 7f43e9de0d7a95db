/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_var.c - set-var, set-var-fmt, unset-var. */
#include <string.h>

#include "base/arena.h"
#include "expr/vars.h"
#include "proxy/action.h"

/* set-var(name,ifnotset,...): all must be true for the variable to be set. */
enum var_condition {
	VAR_IF_EXISTS = 1 << 0,
	VAR_IF_NOT_EXISTS = 1 << 1,
	VAR_IF_EMPTY = 1 << 2,
	VAR_IF_NOT_EMPTY = 1 << 3,
	VAR_IF_SET = 1 << 4,
	VAR_IF_NOT_SET = 1 << 5,
	VAR_IF_GREATER = 1 << 6,
	VAR_IF_LESS = 1 << 7,
	VAR_LOOKS = VAR_IF_EXISTS | VAR_IF_NOT_EXISTS | VAR_IF_SET | VAR_IF_NOT_SET |
		    VAR_IF_GREATER | VAR_IF_LESS, /* at the value it has */
};

struct var_args {
	const struct expr_var *var;
	unsigned conditions;
	struct expr *expr;	/* set-var */
	struct format *format;	/* set-var-fmt */
};

static const struct conf_choice var_conditions[] = {
	{ "ifexists", VAR_IF_EXISTS, "The variable has existed." },
	{ "ifnotexists", VAR_IF_NOT_EXISTS, "It has not." },
	{ "ifempty", VAR_IF_EMPTY, "The new value is empty." },
	{ "ifnotempty", VAR_IF_NOT_EMPTY, "The new value is not empty." },
	{ "ifset", VAR_IF_SET, "The variable has a value." },
	{ "ifnotset", VAR_IF_NOT_SET, "It has none." },
	{ "ifgt", VAR_IF_GREATER, "Its value is greater than the new one." },
	{ "iflt", VAR_IF_LESS, "Its value is less than the new one." },
	{ NULL, 0, NULL },
};

static bool var_read_conditions(struct conf_parse *parse, const struct conf_word *word,
				const char *text, struct var_args *args)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		size_t from = (size_t)(strchr(word->text, '(') + 1 - word->text);
		struct conf_word one = { .text = arena_strndup(parse->arena, text, len) };
		int condition;

		from += action_inside(word).len - strlen(text);
		one.span = conf_word_part(word, from, len);
		if (!conf_read_choice(parse, &one, var_conditions, "condition", &condition))
			return false;
		args->conditions |= (unsigned)condition;
		text += len + (text[len] == ',');
	}
	return true;
}

/* "(txn.a,ifnotset)" */
static bool var_read_name(struct conf_parse *parse, struct rule *rule,
			  const struct conf_word *word)
{
	struct var_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	struct slice inside = action_inside(word);
	const char *comma = memchr(inside.at, ',', inside.len);
	struct slice name = inside;

	if (comma != NULL) {
		const char *rest = arena_strndup(parse->arena, comma + 1,
						 (size_t)(inside.at + inside.len - comma - 1));

		name.len = (size_t)(comma - inside.at);
		if (!var_read_conditions(parse, word, rest, args))
			return false;
	}
	args->var = expr_var_read(parse, name,
				  conf_word_part(word, (size_t)(name.at - word->text), name.len));
	return args->var != NULL;
}

static unsigned var_read_set(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	struct var_args *args;

	if (!action_need(parse, rule, line, at, 1, "<expression>") ||
	    !var_read_name(parse, rule, &line->words[at]))
		return 0;
	args = rule->args;
	args->expr = action_expr(parse, section, rule, &line->words[at + 1]);
	return args->expr != NULL ? at + 2 : 0;
}

static unsigned var_read_format(struct conf_parse *parse, struct section *section,
				struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct var_args *args;

	if (!action_need(parse, rule, line, at, 1, "<format>") ||
	    !var_read_name(parse, rule, &line->words[at]))
		return 0;
	args = rule->args;
	args->format = format_parse(parse, rule_place(section, rule->list), &line->words[at + 1],
				    FORMAT_RAW);
	return args->format != NULL ? at + 2 : 0;
}

static unsigned var_read_unset(struct conf_parse *parse, struct section *section,
			       struct rule *rule, const struct conf_line *line, unsigned at)
{
	return var_read_name(parse, rule, &line->words[at]) ? at + 1 : 0;
}

/* Those of a transaction come to be when they are first written to. */
static void var_make_scope(struct rule_run *run, enum expr_scope scope)
{
	struct expr_vars **vars = run->context->vars;
	struct txn *txn = run->txn;

	if (vars[scope] != NULL || txn == NULL)
		return;
	if (scope == EXPR_SCOPE_TXN) {
		vars[scope] = txn->vars = expr_vars_new(&txn->memory);
	} else if (scope == EXPR_SCOPE_REQ || scope == EXPR_SCOPE_RES) {
		txn->message_vars = expr_vars_new(&txn->memory);
		vars[EXPR_SCOPE_REQ] = vars[EXPR_SCOPE_RES] = txn->message_vars;
	}
}

void action_set_var(struct rule_run *run, const struct expr_var *var,
		    const struct expr_sample *sample)
{
	var_make_scope(run, var->scope);
	expr_var_set(run->context, var, sample);
}

static bool is_empty(const struct expr_sample *sample)
{
	return (sample->type == EXPR_STRING || sample->type == EXPR_BINARY) &&
	       sample->value.text.len == 0;
}

/* ifgt, iflt: only numbers compare; else the conditions count as true. */
static bool compares(unsigned conditions, const struct expr_sample *old,
		     const struct expr_sample *new)
{
	if (old->type != EXPR_INT || new->type != EXPR_INT)
		return true;
	if (conditions & VAR_IF_GREATER && old->value.integer <= new->value.integer)
		return false;
	return !(conditions & VAR_IF_LESS) || old->value.integer < new->value.integer;
}

static bool var_conditions_hold(const struct var_args *args, struct rule_run *run,
				const struct expr_sample *sample)
{
	unsigned conditions = args->conditions;
	struct expr_sample old = { 0 };
	bool set, exists;

	if (conditions & VAR_IF_EMPTY && !is_empty(sample))
		return false;
	if (conditions & VAR_IF_NOT_EMPTY && is_empty(sample))
		return false;
	if (!(conditions & VAR_LOOKS))
		return true;
	set = expr_var_get(run->context, args->var, &old);
	exists = set || args->var->scope == EXPR_SCOPE_PROC; /* those are there from the start */
	if (conditions & (exists ? VAR_IF_NOT_EXISTS : VAR_IF_EXISTS) ||
	    conditions & (set ? VAR_IF_NOT_SET : VAR_IF_SET))
		return false;
	return !set || compares(conditions, &old, sample);
}

/* As in HAProxy, a value that cannot be had or kept is no error. */
static enum rule_verdict var_store(const struct var_args *args, struct rule_run *run,
				   const struct expr_sample *sample)
{
	if (var_conditions_hold(args, run, sample))
		action_set_var(run, args->var, sample);
	return RULE_NEXT;
}

static enum rule_verdict var_set(const struct rule *rule, struct rule_run *run)
{
	const struct var_args *args = rule->args;
	struct expr_sample sample = { 0 };

	if (expr_get(args->expr, run->context, &sample) != EXPR_GOT)
		return RULE_NEXT;
	return var_store(args, run, &sample);
}

static enum rule_verdict var_set_format(const struct rule *rule, struct rule_run *run)
{
	const struct var_args *args = rule->args;
	struct expr_sample sample = { .type = EXPR_STRING };

	sample.value.text = format_text(args->format, run->context);
	return sample.value.text.at != NULL ? var_store(args, run, &sample) : RULE_NEXT;
}

static enum rule_verdict var_unset(const struct rule *rule, struct rule_run *run)
{
	const struct var_args *args = rule->args;

	expr_var_unset(run->context, args->var);
	return RULE_NEXT;
}

const struct rule_action rule_actions_var[] = {
	{ ACTION_DOC("set-var", "Set a variable to the value of an expression.",
		     "http-request set-var(txn.host) req.hdr(host),lower"),
	  .lists = IN_ALL, .parens = true, .parse = var_read_set, .run = var_set },
	{ ACTION_DOC("set-var-fmt", "Set a variable to a text with %[expressions].",
		     "http-request set-var-fmt(txn.from) %[src]:%[src_port]"),
	  .lists = IN_ALL, .parens = true, .parse = var_read_format, .run = var_set_format },
	{ ACTION_DOC("unset-var", "Forget a variable.", "http-request unset-var(txn.host)"),
	  .lists = IN_ALL, .parens = true, .parse = var_read_unset, .run = var_unset },
	{ .doc = { .name = NULL } },
};
