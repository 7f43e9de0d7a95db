/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/expr.c - `fetch(args),converter(args),...` from text to steps whose
 * types fit (configuration manual 7.3), and their evaluation.
 */
#include "expr/expr.h"

#include <string.h>

#include "base/arena.h"
#include "expr/private.h"

enum { EXPR_STEPS_MAX = 64 };

struct expr_step {
	const struct expr_converter *row;
	const struct expr_args *args;
};

struct expr {
	const struct expr_fetch *fetch;
	enum expr_got (*get)(struct expr_context *context, const struct expr_args *args,
			     struct expr_sample *ret);	/* of the fetch */
	const struct expr_args *args;
	enum expr_type type;	/* of the result */
	unsigned step_count;
	bool keeps;
	struct expr_step steps[];
};

struct expr_reading {
	struct conf_parse *parse;
	const struct conf_word *word;
	const char *stop;	/* NULL: only the word's end ends the expression */
	size_t at;
	size_t stage;		/* where the last name began */
	const struct expr_fetch *fetch;
	const struct expr_args *args;
	const char *method;
	enum expr_type type;	/* so far */
	bool keeps;
	unsigned count;
	struct expr_step steps[EXPR_STEPS_MAX];
};

/* --- reading --- */

static bool expr_at_end(const struct expr_reading *reading)
{
	char c = reading->word->text[reading->at];

	return c == '\0' || (reading->stop != NULL && strchr(reading->stop, c) != NULL);
}

/* The name that begins here; its end is the arguments, a comma or the end. */
static struct conf_word expr_read_name(struct expr_reading *reading)
{
	size_t from = reading->at;

	while (!expr_at_end(reading) && strchr("(,)", reading->word->text[reading->at]) == NULL)
		reading->at++;
	reading->stage = from;
	return expr_word_part(reading->parse, reading->word, from, reading->at - from);
}

static struct diag_span expr_stage_span(const struct expr_reading *reading)
{
	return conf_word_part(reading->word, reading->stage, reading->at - reading->stage);
}

/* The row whose value a name stands for, itself for most; NULL after a report. */
static const struct expr_fetch *expr_read_row(struct expr_reading *reading, bool acl,
					      const struct conf_word *name)
{
	const struct expr_language *language = expr_language_of(reading->parse);
	const struct expr_fetch *row = expr_fetch_find(language, slice_of(name->text));

	if (row == NULL) {
		expr_report_unknown_fetch(reading->parse, name);
		return NULL;
	}
	if (row->method != NULL && row->stands_for != NULL && row->get == NULL && !acl) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_expression, name->span,
			 arena_printf(reading->parse->arena, "the value itself is '%s'",
				      row->stands_for),
			 "'%s' is a test and stands only in ACLs", name->text);
		return NULL;
	}
	reading->method = row->method;
	if (row->stands_for != NULL && row->get == NULL) {
		row = expr_fetch_find(language, slice_of(row->stands_for));
		ASSERT(row != NULL);
		if (reading->method == NULL)
			reading->method = row->method;
	}
	return row;
}

static bool expr_read_fetch(struct expr_reading *reading, bool acl)
{
	struct conf_word name = expr_read_name(reading);
	const struct expr_fetch *row;
	struct expr_args *args;

	if (name.text[0] == '\0') {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_expression,
			 conf_word_part(reading->word, reading->at, 1), NULL,
			 "a sample fetch is missing here, such as 'src'");
		return false;
	}
	row = expr_read_row(reading, acl, &name);
	if (row == NULL)
		return false;
	args = expr_args_read(reading->parse, reading->word, &reading->at, row->args,
			      ARRAY_LEN(row->args), name.text, reading->stage);
	if (args == NULL ||
	    (row->check != NULL && !row->check(reading->parse, args, expr_stage_span(reading))))
		return false;
	reading->fetch = row;
	reading->args = args;
	reading->type = row->type;
	reading->keeps = row->keeps;
	return true;
}

static const char *expr_article(enum expr_type type)
{
	return type == EXPR_INT || type == EXPR_ADDRESS ? "an" : "a";
}

/* Whether a converter can take what the stages before it give; else says where it breaks. */
static bool expr_check_type(const struct expr_reading *reading, const struct conf_word *name,
			    const struct expr_converter *row, size_t before, size_t before_len)
{
	if (expr_type_converts(reading->type, row->in))
		return true;
	diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_expression, name->span, NULL,
		 "'%s' takes %s %s, and '%.*s' gives %s %s", row->doc.name, expr_article(row->in),
		 expr_type_name(row->in), (int)before_len, reading->word->text + before,
		 expr_article(reading->type), expr_type_name(reading->type));
	return false;
}

static bool expr_read_converter(struct expr_reading *reading)
{
	size_t before = reading->stage, before_end = reading->at - 1;
	struct conf_word name = expr_read_name(reading);
	const struct expr_converter *row;
	struct expr_args *args;

	if (name.text[0] == '\0' && reading->word->text[reading->at] == ',') {
		/* HAProxy takes ",," as ",". */
		reading->stage = before;
		return true;
	}
	row = expr_converter_find(expr_language_of(reading->parse), slice_of(name.text));
	if (row == NULL || name.text[0] == '\0') {
		name.span.len += name.text[0] == '\0';
		expr_report_unknown_converter(reading->parse, &name);
		return false;
	}
	if (!expr_check_type(reading, &name, row, before, before_end - before))
		return false;
	args = expr_args_read(reading->parse, reading->word, &reading->at, row->args,
			      ARRAY_LEN(row->args), name.text, reading->stage);
	if (args == NULL ||
	    (row->check != NULL && !row->check(reading->parse, args, expr_stage_span(reading))))
		return false;
	ASSERT(reading->count < EXPR_STEPS_MAX);
	reading->steps[reading->count++] = (struct expr_step){ row, args };
	if (row->out != EXPR_SAME)
		reading->type = row->out;
	else if (row->in != EXPR_ANY && row->in != EXPR_SAME)
		reading->type = row->in;
	reading->keeps |= row->keeps;
	return true;
}

static bool expr_read_converters(struct expr_reading *reading)
{
	while (!expr_at_end(reading)) {
		struct diag_span here =
			conf_word_part(reading->word, reading->at,
				       strlen(reading->word->text + reading->at));

		if (reading->word->text[reading->at] != ',') {
			diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_expression, here,
				 NULL, "'%s' cannot stand here; a converter follows after ','",
				 reading->word->text + reading->at);
			return false;
		}
		if (reading->count == EXPR_STEPS_MAX) {
			diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_expression, here,
				 NULL, "an expression can have no more than %d converters",
				 (int)EXPR_STEPS_MAX);
			return false;
		}
		reading->at++;
		if (!expr_read_converter(reading))
			return false;
	}
	return true;
}

static struct expr *expr_make(const struct expr_reading *reading)
{
	size_t steps = reading->count * sizeof(reading->steps[0]);
	struct expr *expr = arena_zalloc(reading->parse->arena, sizeof(*expr) + steps);

	reading->parse->expr_needs |= reading->fetch->need;
	expr->fetch = reading->fetch;
	expr->get = reading->fetch->get;
	expr->args = reading->args;
	expr->type = reading->type;
	expr->keeps = reading->keeps;
	expr->step_count = reading->count;
	memcpy(expr->steps, reading->steps, steps);
	return expr;
}

struct expr *expr_read(struct conf_parse *parse, const struct conf_word *word, size_t from,
		       const char *stop, size_t *ret_end, const char **ret_method)
{
	struct expr_reading reading = { .parse = parse, .word = word, .stop = stop, .at = from };
	struct expr *expr;

	if (!expr_read_fetch(&reading, ret_method != NULL) || !expr_read_converters(&reading))
		return NULL;
	*ret_end = reading.at;
	expr = expr_make(&reading);
	if (ret_method == NULL)
		return expr;
	if (expr->fetch->get_in_acl != NULL)
		expr->get = expr->fetch->get_in_acl;
	/* Behind a converter only its own type counts (manual 7.1). */
	*ret_method = reading.count == 0 ? reading.method : NULL;
	return expr;
}

const char *expr_missing(unsigned need, unsigned have)
{
	static const char *const names[] = {
		"the client", "the request's bytes", "the request's head", "the request's body",
		"the backend", "the server", "the response's bytes", "the response's head",
		"a stream", "the end of the transaction", "the response's body",
	};
	unsigned missing = need & ~have;

	_Static_assert(EXPR_HAVE_RESPONSE_BODY == 1 << (ARRAY_LEN(names) - 1),
		       "the last of them is named, too");
	return missing == 0 ? NULL : names[__builtin_ctz(missing)];
}

struct expr *expr_parse(struct conf_parse *parse, const struct expr_place *place,
			const struct conf_word *word, size_t from, const char *stop,
			size_t *ret_end)
{
	struct expr *expr = expr_read(parse, word, from, stop, ret_end, NULL);
	const char *missing;

	if (expr == NULL || place == NULL)
		return expr;
	missing = expr_missing(expr->fetch->need, place->have);
	if (missing == NULL)
		return expr;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_expression,
		 conf_word_part(word, from, *ret_end - from), NULL,
		 "'%s' needs %s, which is not there in %s", expr->fetch->doc.name, missing,
		 place->what);
	return NULL;
}

enum expr_type expr_type_of(const struct expr *expr)
{
	return expr->type;
}

unsigned expr_need(const struct expr *expr)
{
	return expr->fetch->need;
}

const char *expr_name(const struct expr *expr)
{
	return expr->fetch->doc.name;
}

bool expr_keeps(const struct expr *expr)
{
	return expr->keeps;
}

/* --- evaluation --- */

static bool expr_run(const struct expr_step *step, struct expr_context *context,
		     struct expr_sample *sample)
{
	return expr_cast(sample, step->row->in, context->memory) &&
	       step->row->run(context, step->args, sample);
}

enum expr_got expr_get(const struct expr *expr, struct expr_context *context,
		       struct expr_sample *ret)
{
	enum expr_got got;

	*ret = (struct expr_sample){ .cursor = ret->cursor };
	ret->cursor.more = false;
	got = expr->get(context, expr->args, ret);
	if (got != EXPR_GOT)
		return got;
	for (unsigned i = 0; i < expr->step_count; i++)
		if (!expr_run(&expr->steps[i], context, ret))
			return ret->may_change ? EXPR_LATER : EXPR_NONE;
	return EXPR_GOT;
}

bool expr_get_as(const struct expr *expr, struct expr_context *context, enum expr_type type,
		 struct expr_sample *ret)
{
	ret->cursor = (struct expr_cursor){ 0 };
	return expr_get(expr, context, ret) == EXPR_GOT && expr_cast(ret, type, context->memory);
}
