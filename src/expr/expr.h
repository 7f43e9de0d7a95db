/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/expr.h - a compiled expression: a fetch and its converters, types
 * checked when the file is read, evaluated without allocation but in the
 * context's bump memory.
 */
#pragma once

#include "conf/keyword.h"
#include "expr/fetch.h"

struct expr;

/*
 * Compiles the expression that begins at byte `from` of `word` and ends at the
 * end of the word or before the first byte of `stop` (NULL: none) outside
 * parentheses; *ret_end is where. What `place` does not have is an error. NULL after a
 * report, whose caret is on the part that is wrong. place NULL: anywhere; ask
 * expr_need.
 */
struct expr *expr_parse(struct conf_parse *parse, const struct expr_place *place,
			const struct conf_word *word, size_t from, const char *stop,
			size_t *ret_end);

enum expr_type expr_type_of(const struct expr *expr);	/* may be EXPR_ANY */
unsigned expr_need(const struct expr *expr);		/* enum expr_have bits */
const char *expr_name(const struct expr *expr);		/* of its fetch, for messages */

/* The value. `ret->cursor` must be zero for the first, and is kept for the next (see sample.h). */
enum expr_got expr_get(const struct expr *expr, struct expr_context *context,
		       struct expr_sample *ret);

/* The first value, cast. */
bool expr_get_as(const struct expr *expr, struct expr_context *context, enum expr_type type,
		 struct expr_sample *ret);
