/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/process_vars.c - see process_vars.h. Read with the file, set when the process starts. */
#include "proxy/process_vars.h"

#include "base/arena.h"
#include "base/regex.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "expr/vars.h"
#include "proxy/reading.h"

struct process_var {
	struct process_var *next;
	const struct expr_var *var;
	struct expr *expr;	/* or: */
	struct format *format;
};

static const struct expr_fetch *const process_vars_fetches[] = { expr_fetches_constant,
								  expr_fetches_var, NULL };

static const struct expr_converter *const process_vars_converters[] = {
	expr_converters_text,	 expr_converters_part, expr_converters_regex, expr_converters_host,
	expr_converters_number,	 expr_converters_address, expr_converters_code,
	expr_converters_hash,	 expr_converters_time, expr_converters_json, NULL,
};

static const struct format_alias *const process_vars_aliases[] = { NULL };

const struct expr_language process_vars_language = {
	.fetches = process_vars_fetches,
	.converters = process_vars_converters,
	.aliases = process_vars_aliases,
};

static const struct conf_grammar process_vars_grammar = { .language = &process_vars_language };
static const struct expr_place process_vars_place = { .what = "'global'" };

/* ---- reading ---- */

static const struct expr_var *process_vars_name(struct conf_parse *parse,
						const struct conf_word *word)
{
	const struct expr_var *var = expr_var_read(parse, slice_of(word->text), word->span);

	if (var != NULL && var->scope != EXPR_SCOPE_PROC) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span,
			 "'proc.' and a name", "'global' sets variables of the process only");
		return NULL;
	}
	return var;
}

static void process_vars_add(struct conf_parse *parse, const struct process_var *read)
{
	struct process_var **last = &reading_conf(parse)->process_vars;

	while (*last != NULL)
		last = &(*last)->next;
	*last = arena_zalloc(parse->arena, sizeof(**last));
	**last = *read;
}

static void process_vars_read(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			      bool format)
{
	const struct conf_grammar *whole = parse->grammar;
	struct process_var read = { 0 };
	size_t end;

	if (!conf_need_words(parse, line, at, 2, 2, format ? "set-var-fmt proc.<name> <format>"
							   : "set-var proc.<name> <expression>"))
		return;
	read.var = process_vars_name(parse, &line->words[at]);
	parse->grammar = &process_vars_grammar;
	if (format)
		read.format = format_parse(parse, &process_vars_place, &line->words[at + 1], FORMAT_RAW);
	else
		read.expr = expr_parse(parse, &process_vars_place, &line->words[at + 1], 0, NULL, &end);
	parse->grammar = whole;
	if (read.var != NULL && (read.format != NULL || read.expr != NULL))
		process_vars_add(parse, &read);
}

static void process_vars_read_expr(struct conf_parse *parse, void *section,
				   const struct conf_line *line, unsigned at, bool no)
{
	process_vars_read(parse, line, at, false);
}

static void process_vars_read_format(struct conf_parse *parse, void *section,
				     const struct conf_line *line, unsigned at, bool no)
{
	process_vars_read(parse, line, at, true);
}

const struct conf_keyword proxy_keywords_process_vars[] = {
	{ .doc = { .name = "set-var", .since = "0.4",
		   .summary = "Set a variable of the process when it starts.",
		   .example = "set-var proc.limit int(100)" },
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = process_vars_read_expr },
	{ .doc = { .name = "set-var-fmt", .since = "0.4",
		   .summary = "Set a variable of the process to a text with %[expressions].",
		   .example = "set-var-fmt proc.state state-%[var(proc.limit)]" },
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = process_vars_read_format },
	CONF_KEYWORDS_END,
};

/* ---- setting ---- */

static bool process_vars_value(const struct process_var *one, struct expr_context *context,
			       struct expr_sample *ret)
{
	*ret = (struct expr_sample){ .type = EXPR_STRING };
	if (one->expr != NULL)
		return expr_get(one->expr, context, ret) == EXPR_GOT;
	ret->value.text = format_text(one->format, context);
	return ret->value.text.at != NULL;
}

void process_vars_set(const struct proxy_conf *conf, struct expr_vars *vars)
{
	struct bump_pool pool = { .limit = 1 << 20 };
	struct bump memory = { .pool = &pool };
	struct expr_context context = {
		.vars[EXPR_SCOPE_PROC] = vars,
		.memory = &memory,
		.regex = regex_scratch_new(),
		.now_us = moment_now().us,
		.wall_us = wall_now_us(),
		.bytes_end = true,
	};

	for (const struct process_var *one = conf->process_vars; one != NULL; one = one->next) {
		struct expr_sample sample;

		context.random = context.random * 6364136223846793005u + context.wall_us;
		if (process_vars_value(one, &context, &sample))
			expr_var_set(&context, one->var, &sample);
		bump_free(&memory);
	}
	regex_scratch_free(context.regex);
	bump_pool_free(&pool);
}
