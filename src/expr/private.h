/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/private.h - what the files of this room share while expressions are
 * read.
 */
#pragma once

#include "conf/keyword.h"
#include "expr/expr.h"

/* All that may be written; NULL: nothing. */
const struct expr_language *expr_language_of(const struct conf_parse *parse);

/* "unknown sample fetch 'x'", with the nearest name, or that it is not supported yet. */
void expr_report_unknown_fetch(struct conf_parse *parse, const struct conf_word *name);
void expr_report_unknown_converter(struct conf_parse *parse, const struct conf_word *name);

/* The bytes from..from + len of a word as a word of its own, with its span. */
struct conf_word expr_word_part(struct conf_parse *parse, const struct conf_word *word,
				size_t from, size_t len);

/*
 * The parenthesised arguments at byte *at of `word`, if there are any, typed
 * as `specs` (at most `max`) say; *at moves behind them. `name` is whom they
 * belong to, at byte `from`. NULL after a report.
 */
struct expr_args *expr_args_read(struct conf_parse *parse, const struct conf_word *word,
				 size_t *at, const struct expr_arg_spec *specs, unsigned max,
				 const char *name, size_t from);

/*
 * As expr_parse, for any place. ret_method NULL: names that only ACLs have are
 * refused. Else *ret_method is the method that the name brings, or NULL.
 */
struct expr *expr_read(struct conf_parse *parse, const struct conf_word *word, size_t from,
		       const char *stop, size_t *ret_end, const char **ret_method);

/* What is missing of `need` at `place`, as "the request's head"; NULL: nothing. */
const char *expr_missing(unsigned need, unsigned have);

/* Whether evaluation stores what must stay in context->memory (the converter set-var). */
bool expr_keeps(const struct expr *expr);
