/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern.h - what a sample is compared with (configuration manual 7.1):
 * a set of patterns under one matching method, compiled when the file is read.
 *
 * Numbers and addresses become sorted, merged ranges, so that a list of a
 * hundred thousand networks costs a binary search.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "expr/fetch.h"

struct arena;
struct expr_patterns; /* opaque */

enum expr_method {
	EXPR_FOUND,
	EXPR_BOOLEAN,
	EXPR_INTEGER,
	EXPR_IP,
	EXPR_LENGTH,
	EXPR_TEXT, /* whole */
	EXPR_BEGIN,
	EXPR_END,
	EXPR_SUBSTRING,
	EXPR_DIRECTORY,
	EXPR_DOMAIN,
	EXPR_METHOD_LATER, /* known, not built yet */
};

/* One row a word after `-m`. */
struct expr_method_row {
	struct doc doc;
	enum expr_method method;
	unsigned types; /* bits 1 << enum expr_type it can be applied to */
};

extern const struct expr_method_row expr_methods[]; /* ends in .doc.name NULL */
const struct expr_method_row *expr_method_find(const char *name);

/* The method of a fetch of that type when there is no `-m`. */
enum expr_method expr_method_default(enum expr_type type);

/* `eq`, `ge`, ... before integers. */
enum expr_operator { EXPR_EQ, EXPR_GE, EXPR_GT, EXPR_LE, EXPR_LT };
bool expr_operator_find(const char *word, enum expr_operator *ret_operator);

struct expr_patterns *expr_patterns_new(struct arena *arena, enum expr_method method);

struct expr_pattern_flags {
	bool ignore_case; /* -i */
	bool no_names;    /* -n: a host name is an error */
	enum expr_operator operator;
};

/* Adds one value; `text` is copied. False, with *ret_why a phrase, when it cannot be read. */
bool expr_patterns_add(struct expr_patterns *patterns, const char *text,
		       const struct expr_pattern_flags *flags, const char **ret_why);

/* Must follow the last add, before the first match. */
void expr_patterns_close(struct expr_patterns *patterns);

bool expr_patterns_match(const struct expr_patterns *patterns, const struct expr_sample *sample);
size_t expr_patterns_count(const struct expr_patterns *patterns);
