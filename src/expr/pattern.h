/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern.h - what a sample is compared with (configuration manual 7.1):
 * a set of patterns under one matching method, as ACLs and maps have it.
 *
 * What can be found by its value (exact text, numbers, networks of one prefix
 * length) is hashed as soon as there is more than a handful of it; prefixes,
 * expressions and the like are tried in turn. A set may be changed at any
 * time, but is no lock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "base/slice.h"
#include "expr/context.h"
#include "expr/sample.h"

struct arena;
struct regex;
struct regex_match;

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
	EXPR_REGEX,
	EXPR_BYTES,
	EXPR_VERSION,	/* of TLS: 3.1 is 3 * 65536 + 1; of fetches, not behind `-m` */
	EXPR_NO_METHOD,	/* the type has none: one must be given */
};

/* One row a word after `-m`. */
struct expr_method_row {
	struct doc doc;
	enum expr_method method;
};

extern const struct expr_method_row expr_methods[]; /* ends in .doc.name NULL */

/* A method by its word, or EXPR_NO_METHOD. */
enum expr_method expr_method_find(const char *name);
/* The method for a type when there is no `-m`. */
enum expr_method expr_method_default(enum expr_type type);
/* What a sample is cast to before it is compared. */
enum expr_type expr_method_type(enum expr_method method);

/* `eq`, `ge`, ... before integers. */
enum expr_operator { EXPR_EQ, EXPR_GE, EXPR_GT, EXPR_LE, EXPR_LT };
bool expr_operator_find(const char *word, enum expr_operator *ret_operator);

struct expr_pattern {
	struct expr_pattern *next, *previous;	/* in the order they were added */
	struct expr_pattern *chain;		/* next in its bucket, or next that is not hashed */
	struct slice text, value;		/* as written, NUL-ended; value: of maps */
	uint32_t hash;
	uint32_t order;
	uint32_t line;				/* of its file; 0: none */
	bool hashed;				/* can be found by its value */
	bool ignore_case;
	union {
		struct { int64_t low, high; } number;
		struct {
			uint8_t family, bits;	/* 4 or 6; bits of the mask, 0 when it has holes */
			uint8_t ip[16], mask[16];
		} network;
		struct slice bytes;		/* of BYTES */
		const struct regex *regex;
	} is;
	struct arena *arena;			/* of the regex, when it is the pattern's own */
};

struct expr_patterns;

/* Freed with the arena. ACLs only ask whether `any` matches; maps want the best one. */
struct expr_patterns *expr_patterns_new(struct arena *arena, enum expr_method method, bool any);

struct expr_pattern_flags {
	bool ignore_case;	/* -i */
	bool no_names;		/* -n: a host name is an error */
	bool running;		/* not while the file is read: no names, memory of its own */
	enum expr_operator operator;
	uint32_t line;
};

enum { EXPR_WHY = 220 };

/* Adds one; text and value are copied. False: why[] says, as a phrase, what it is not. */
bool expr_patterns_add(struct expr_patterns *patterns, struct slice text, struct slice value,
		       const struct expr_pattern_flags *flags, char why[EXPR_WHY]);

/* The pattern that was added as `text` (or means the same), or NULL. */
struct expr_pattern *expr_patterns_find_text(const struct expr_patterns *patterns,
					     struct slice text, bool ignore_case);
/* Gives the pattern another value. False: no memory. */
bool expr_patterns_replace(struct expr_patterns *patterns, struct expr_pattern *pattern,
			   struct slice value);
void expr_patterns_remove(struct expr_patterns *patterns, struct expr_pattern *pattern);

/*
 * What matches `sample`, which has the method's type: the longest network or
 * prefix, else the first. ret_groups (may be NULL) is set by regular
 * expressions. NULL: none.
 */
const struct expr_pattern *expr_patterns_match(const struct expr_patterns *patterns,
					       const struct expr_sample *sample,
					       struct expr_context *context,
					       struct regex_match *ret_groups);

const struct expr_pattern *expr_patterns_first(const struct expr_patterns *patterns);
