/* SPDX-License-Identifier: Apache-2.0 */
/* base/slice.h - bytes that lie somewhere else: a pointer and a length, borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *at; /* not NUL-ended; may be NULL when len is 0 */
	size_t len;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
/* The same as the initialiser of a static object. */
#define SLICE_CONST(literal) { "" literal, sizeof(literal) - 1 }

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is(struct slice slice, const char *text)
{
	return slice_equal(slice, slice_of(text));
}

static inline bool slice_is_nocase(struct slice slice, const char *text)
{
	return slice_equal_nocase(slice, slice_of(text));
}

/* Without the first `count` bytes (at most all). */
static inline struct slice slice_skip(struct slice slice, size_t count)
{
	if (count > slice.len)
		count = slice.len;
	return (struct slice){ slice.at + count, slice.len - count };
}
