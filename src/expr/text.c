/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/text.c - the ways in which text can match a pattern.
 */
#include "expr/text.h"

#include "base/macros.h"

static bool text_equal(const char *a, const char *b, size_t len, bool ignore_case)
{
	return ignore_case ? strncasecmp(a, b, len) == 0 : memcmp(a, b, len) == 0;
}

static bool text_holds(struct slice value, struct slice pattern, bool ignore_case)
{
	if (!ignore_case)
		return memmem(value.at, value.len, pattern.at, pattern.len) != NULL;
	for (size_t at = 0; at + pattern.len <= value.len; at++)
		if (strncasecmp(value.at + at, pattern.at, pattern.len) == 0)
			return true;
	return false;
}

static bool text_is_one_of(char byte, const char *set)
{
	return byte != '\0' && strchr(set, byte) != NULL;
}

/*
 * Whether `pattern` stands in `value`, bounded on both sides by `delimiters` or
 * an end; delimiters at either end of the pattern do not count.
 */
static bool text_in_delimited(struct slice value, struct slice pattern, bool ignore_case,
			      const char *delimiters)
{
	while (pattern.len > 0 && text_is_one_of(*pattern.at, delimiters))
		pattern = slice_skip(pattern, 1);
	while (pattern.len > 0 && text_is_one_of(pattern.at[pattern.len - 1], delimiters))
		pattern.len--;
	if (pattern.len == 0)
		return false;
	for (size_t at = 0; at + pattern.len <= value.len; at++) {
		size_t after = at + pattern.len;

		if ((at == 0 || text_is_one_of(value.at[at - 1], delimiters)) &&
		    (after == value.len || text_is_one_of(value.at[after], delimiters)) &&
		    text_equal(value.at + at, pattern.at, pattern.len, ignore_case))
			return true;
	}
	return false;
}

bool expr_text_match(enum expr_method method, struct slice value, struct slice pattern,
		     bool ignore_case)
{
	/* No value: its pointer may be NULL. */
	if (value.len == 0)
		return pattern.len == 0 && method != EXPR_DIRECTORY && method != EXPR_DOMAIN;
	if (pattern.len > value.len && method != EXPR_DIRECTORY && method != EXPR_DOMAIN)
		return false;
	switch (method) {
	case EXPR_TEXT:
		return value.len == pattern.len &&
		       text_equal(value.at, pattern.at, pattern.len, ignore_case);
	case EXPR_BEGIN:
		return text_equal(value.at, pattern.at, pattern.len, ignore_case);
	case EXPR_END:
		return text_equal(value.at + value.len - pattern.len, pattern.at, pattern.len,
				  ignore_case);
	case EXPR_SUBSTRING:
		return text_holds(value, pattern, ignore_case);
	case EXPR_DIRECTORY:
		return text_in_delimited(value, pattern, ignore_case, "/");
	case EXPR_DOMAIN:
		return text_in_delimited(value, pattern, ignore_case, "/?.:");
	default:
		ASSERT(!"a method that compares text");
		return false;
	}
}
