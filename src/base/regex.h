/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/regex.h - Perl-compatible regular expressions
 * (libpcre2, with its JIT where there is one).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/slice.h"

struct arena;
struct out;
struct regex;		/* compiled, immutable, any thread; freed with its arena */
struct regex_scratch;	/* what matching needs: one a thread */

enum { REGEX_GROUPS = 10, REGEX_ERROR = 160 };

struct regex_match {
	unsigned count;				/* groups that were set, with 0: the whole match */
	struct slice group[REGEX_GROUPS];	/* in the subject */
};

/* NULL: error[] says why, *ret_at is the byte of the pattern where. */
struct regex *regex_new(struct arena *arena, const char *pattern, bool ignore_case,
			char error[REGEX_ERROR], size_t *ret_at);

struct regex_scratch *regex_scratch_new(void); /* NULL: no memory */
void regex_scratch_free(struct regex_scratch *scratch);

/* ret NULL: only whether it matches. A pattern that runs into pcre2's limits does not match. */
bool regex_match(const struct regex *regex, struct regex_scratch *scratch, struct slice subject,
		 struct regex_match *ret);

/* The first match at or after byte `from` of the subject, which is no beginning to ^. */
bool regex_match_from(const struct regex *regex, struct regex_scratch *scratch,
		      struct slice subject, size_t from, struct regex_match *ret);

/*
 * Appends `replacement`, in which \0..\9 stand for groups,
 * \x41 for a byte and \\ for a backslash.
 */
void regex_expand(struct out *out, const char *replacement, const struct regex_match *match);
