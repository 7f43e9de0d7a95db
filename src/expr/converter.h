/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter.h - what converters share: room for results, and the values of variables. */
#pragma once

#include "base/bump.h"
#include "base/out.h"
#include "expr/fetch.h"
#include "expr/give.h"

/*
 * Room for a result of at most `max` bytes, for converter_take or nothing
 * else: no other memory of the context may be asked for in between. False: no
 * memory.
 */
static inline bool converter_room(struct expr_context *context, size_t max, struct out *ret)
{
	*ret = (struct out){ .size = 0 };
	ret->bytes = bump_room(context->memory, max, &ret->size);
	return ret->bytes != NULL;
}

/* The result becomes the sample's value. False when it did not fit. */
static inline bool converter_take(struct expr_context *context, struct out *out,
				  enum expr_type type, struct expr_sample *sample)
{
	if (out->cut)
		return false;
	bump_commit(context->memory, out->len);
	sample->type = type;
	sample->value.text = out_slice(out);
	return true;
}

/* The variable's value, cast. False: it is not set, or cannot become this. */
static inline bool converter_variable(struct expr_context *context, const struct expr_var *var,
				      enum expr_type type, struct expr_sample *ret)
{
	*ret = (struct expr_sample){ .type = EXPR_BOOL };
	return expr_var_get(context, var, ret) && expr_cast(ret, type, context->memory);
}

/* An argument that is a variable or text, as bytes. */
static inline bool converter_text(struct expr_context *context, const struct expr_arg *arg,
				  struct slice *ret)
{
	struct expr_sample sample;

	if (!arg->is_var) {
		*ret = arg->text;
		return true;
	}
	if (!converter_variable(context, arg->var, EXPR_BINARY, &sample))
		return false;
	*ret = sample.value.text;
	return true;
}

static inline bool converter_is_one_of(char byte, struct slice set)
{
	return set.len != 0 && memchr(set.at, byte, set.len) != NULL;
}

/* An error about argument `index` (the whole converter's when it was not given). False. */
static inline bool converter_error(struct conf_parse *parse, const struct expr_args *args,
				   unsigned index, struct diag_span span, const char *hint,
				   const char *text)
{
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
		 index < args->count ? args->at[index].span : span, hint, "%s", text);
	return false;
}
