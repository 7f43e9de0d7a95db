/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_var.c - converters that set and unset variables on the way. */
#include "expr/converter.h"

/* Of the variable as it is and of the value it is to get. */
struct var_state {
	bool set;
	const struct expr_sample *old, *new;
};

struct var_condition {
	const char *word;
	bool (*holds)(const struct expr_var *var, const struct var_state *state);
};

/* Those of the process exist from the moment they are named. */
static bool var_exists(const struct expr_var *var, const struct var_state *state)
{
	return var->scope == EXPR_SCOPE_PROC || state->set;
}

static bool var_exists_not(const struct expr_var *var, const struct var_state *state)
{
	return !var_exists(var, state);
}

static bool var_empty(const struct expr_var *var, const struct var_state *state)
{
	return (state->new->type == EXPR_STRING || state->new->type == EXPR_BINARY) &&
	       state->new->value.text.len == 0;
}

static bool var_empty_not(const struct expr_var *var, const struct var_state *state)
{
	return !var_empty(var, state);
}

static bool var_set(const struct expr_var *var, const struct var_state *state)
{
	return state->set;
}

static bool var_set_not(const struct expr_var *var, const struct var_state *state)
{
	return !state->set;
}

static bool var_numbers(const struct var_state *state)
{
	return state->set && state->old->type == EXPR_INT && state->new->type == EXPR_INT;
}

static bool var_greater(const struct expr_var *var, const struct var_state *state)
{
	return !var_numbers(state) || state->old->value.integer > state->new->value.integer;
}

static bool var_less(const struct expr_var *var, const struct var_state *state)
{
	return !var_numbers(state) || state->old->value.integer < state->new->value.integer;
}

static const struct var_condition var_conditions[] = {
	{ "ifexists", var_exists }, { "ifnotexists", var_exists_not },
	{ "ifempty", var_empty },   { "ifnotempty", var_empty_not },
	{ "ifset", var_set },	    { "ifnotset", var_set_not },
	{ "ifgt", var_greater },    { "iflt", var_less },
};

static const struct var_condition *var_condition_find(struct slice word)
{
	for (unsigned i = 0; i < ARRAY_LEN(var_conditions); i++)
		if (slice_is(word, var_conditions[i].word))
			return &var_conditions[i];
	return NULL;
}

static bool var_check_set(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	const char *words[ARRAY_LEN(var_conditions) + 1] = { NULL };

	for (unsigned i = 0; i < ARRAY_LEN(var_conditions); i++)
		words[i] = var_conditions[i].word;
	for (unsigned i = 1; i < args->count; i++) {
		struct conf_word word = { .text = args->at[i].text.at, .span = args->at[i].span };

		args->at[i].pointer = var_condition_find(args->at[i].text);
		if (args->at[i].pointer == NULL) {
			conf_error_unknown(parse, &word, "condition", words);
			return false;
		}
	}
	return true;
}

static bool var_run_set(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	const struct expr_var *var = args->at[0].var;
	struct expr_sample old = { .type = EXPR_BOOL };
	struct var_state state = { .old = &old, .new = sample };

	if (args->count > 1)
		state.set = expr_var_get(context, var, &old);
	for (unsigned i = 1; i < args->count; i++) {
		const struct var_condition *condition = args->at[i].pointer;

		if (!condition->holds(var, &state))
			return false;
	}
	return expr_var_set(context, var, sample);
}

static bool var_run_unset(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	expr_var_unset(context, args->at[0].var);
	return true;
}

const struct expr_converter expr_converters_var[] = {
	{
		.doc = { .name = "set-var", .since = "0.2",
			 .summary = "Sets a variable to the value, which is passed on; with "
				    "conditions, all must hold, or there is no value.",
			 .example = "http-request set-header x-id %[rand,set-var(txn.id)]" },
		.in = EXPR_ANY, .out = EXPR_SAME,
		.args = { { EXPR_ARG_VAR, false, "variable" }, { EXPR_ARG_STRING, true, "condition" },
			  { EXPR_ARG_STRING, true, "condition" },
			  { EXPR_ARG_STRING, true, "condition" },
			  { EXPR_ARG_STRING, true, "condition" } },
		.check = var_check_set, .run = var_run_set, .keeps = true,
	},
	{
		.doc = { .name = "unset-var", .since = "0.2",
			 .summary = "Unsets a variable; the value is passed on.",
			 .example = "http-request set-header x-id %[rand,unset-var(txn.id)]" },
		.in = EXPR_ANY, .out = EXPR_SAME,
		.args = { { EXPR_ARG_VAR, false, "variable" } },
		.run = var_run_unset,
	},
	{ .doc = { .name = NULL } },
};
