/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/text.c - the ways in which text can match a pattern.
 */
#include "expr/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"

_Static_assert((int)EXPR_TEXT_MAX >= (int)NET_TEXT, "an address fits");

struct expr_text expr_sample_text(const struct expr_sample *sample, char buf[EXPR_TEXT_MAX])
{
	switch (sample->type) {
	case EXPR_STRING:
		return (struct expr_text){.text = sample->value.string.text,
					  .len = sample->value.string.len};
	case EXPR_ADDRESS:
		net_endpoint_text(&sample->value.address, buf);
		break;
	case EXPR_BOOL:
		snprintf(buf, EXPR_TEXT_MAX, "%d", sample->value.boolean);
		break;
	case EXPR_INT:
		snprintf(buf, EXPR_TEXT_MAX, "%" PRId64, sample->value.integer);
		break;
	}
	return (struct expr_text){.text = buf, .len = strlen(buf)};
}

static bool text_equal(const char *a, const char *b, size_t len, bool ignore_case)
{
	return ignore_case ? strncasecmp(a, b, len) == 0 : memcmp(a, b, len) == 0;
}

static bool text_is_one_of(char byte, const char *set)
{
	return byte != '\0' && strchr(set, byte) != NULL;
}

/* Whether `pattern` stands in `value`, bounded on both sides by `delimiters` or an end. */
static bool text_between(const struct expr_text *value, const char *pattern, size_t len,
			 bool ignore_case, const char *delimiters)
{
	for (size_t at = 0; at + len <= value->len; at++) {
		size_t after = at + len;

		if ((at == 0 || delimiters == NULL ||
		     text_is_one_of(value->text[at - 1], delimiters)) &&
		    (after == value->len || delimiters == NULL ||
		     text_is_one_of(value->text[after], delimiters)) &&
		    text_equal(value->text + at, pattern, len, ignore_case))
			return true;
	}
	return false;
}

/* Delimiters at either end of the pattern do not count. */
static bool text_in_delimited(const struct expr_text *value, const struct expr_text *pattern,
			      const char *delimiters)
{
	const char *text = pattern->text;
	size_t len = pattern->len;

	while (len > 0 && text_is_one_of(*text, delimiters)) {
		text++;
		len--;
	}
	while (len > 0 && text_is_one_of(text[len - 1], delimiters))
		len--;
	return len > 0 && text_between(value, text, len, pattern->ignore_case, delimiters);
}

bool expr_text_match(enum expr_method method, const struct expr_text *value,
		     const struct expr_text *pattern)
{
	if (pattern->len > value->len && method != EXPR_DIRECTORY && method != EXPR_DOMAIN)
		return false;
	switch (method) {
	case EXPR_TEXT:
		return value->len == pattern->len &&
		       text_equal(value->text, pattern->text, pattern->len, pattern->ignore_case);
	case EXPR_BEGIN:
		return text_equal(value->text, pattern->text, pattern->len, pattern->ignore_case);
	case EXPR_END:
		return text_equal(value->text + value->len - pattern->len, pattern->text,
				  pattern->len, pattern->ignore_case);
	case EXPR_SUBSTRING:
		return text_between(value, pattern->text, pattern->len, pattern->ignore_case, NULL);
	case EXPR_DIRECTORY:
		return text_in_delimited(value, pattern, "/");
	case EXPR_DOMAIN:
		return text_in_delimited(value, pattern, "/?.:");
	default:
		ASSERT(!"a method that compares text");
		return false;
	}
}
