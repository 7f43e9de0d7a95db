/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern_read.c - the text of a pattern to what it means: ranges of
 * numbers, bytes, expressions (configuration manual 7.1.2 to 7.1.5). Addresses
 * are pattern_address.c's.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/regex.h"
#include "expr/pattern_private.h"

/* --- memory --- */

struct expr_pattern *expr_pattern_new(struct slice text, struct slice value)
{
	struct expr_pattern *pattern = calloc(1, sizeof(*pattern) + text.len + 1);
	char *copy;

	if (pattern == NULL)
		return NULL;
	copy = (char *)(pattern + 1);
	if (text.len != 0)
		memcpy(copy, text.at, text.len);
	pattern->text = (struct slice){ copy, text.len };
	if (value.at != NULL) {
		pattern->value = (struct slice){ strndup(value.at, value.len), value.len };
		if (pattern->value.at == NULL) {
			free(pattern);
			return NULL;
		}
	}
	return pattern;
}

void expr_pattern_free(struct expr_pattern *pattern)
{
	arena_free(pattern->arena);
	free((char *)pattern->value.at);
	free(pattern);
}

/* --- numbers --- */

bool expr_pattern_number(const char *text, const char *end, int64_t *ret)
{
	char *stop;
	long long value;

	if (text == end || strspn(text, "-0123456789") < (size_t)(end - text))
		return false;
	errno = 0;
	value = strtoll(text, &stop, 10);
	if (errno != 0 || stop != end)
		return false;
	*ret = value;
	return true;
}

/* "3" or "3.1" up to `end`, as TLS writes its versions: two bytes of 16 bits. */
static bool pattern_version(const char *text, const char *end, int64_t *ret)
{
	const char *dot = memchr(text, '.', (size_t)(end - text));
	int64_t major, minor = 0;

	if (!expr_pattern_number(text, dot != NULL ? dot : end, &major) ||
	    (dot != NULL && !expr_pattern_number(dot + 1, end, &minor)) || major < 0 ||
	    major > UINT16_MAX || minor < 0 || minor > UINT16_MAX)
		return false;
	*ret = major << 16 | minor;
	return true;
}

static bool pattern_bounds(enum expr_method method, const char *text, int64_t *ret_low,
			   int64_t *ret_high, const char **ret_why)
{
	bool (*read)(const char *, const char *, int64_t *) =
		method == EXPR_VERSION ? pattern_version : expr_pattern_number;
	const char *end = text + strlen(text);
	const char *colon = strchr(text, ':');

	*ret_low = INT64_MIN;
	*ret_high = INT64_MAX;
	if (colon == NULL) {
		*ret_why = "not a number";
		if (!read(text, end, ret_low))
			return false;
		*ret_high = *ret_low;
		return true;
	}
	*ret_why = "not a range of numbers";
	if (text[1] == '\0' || (colon != text && !read(text, colon, ret_low)) ||
	    (colon[1] != '\0' && !read(colon + 1, end, ret_high)))
		return false;
	return *ret_low <= *ret_high;
}

/* Low above high: nothing is beyond the largest number. */
static void pattern_apply(enum expr_operator operator, int64_t *low, int64_t *high)
{
	switch (operator) {
	case EXPR_EQ:
		return;
	case EXPR_GT:
		*high = *low == INT64_MAX ? INT64_MIN : INT64_MAX;
		*low += *low != INT64_MAX;
		return;
	case EXPR_GE:
		*high = INT64_MAX;
		return;
	case EXPR_LT:
		*low = *high == INT64_MIN ? INT64_MAX : INT64_MIN;
		*high -= *high != INT64_MIN;
		return;
	case EXPR_LE:
		*low = INT64_MIN;
		return;
	}
}

static const char *pattern_set_number(enum expr_method method, struct expr_pattern *pattern,
				      enum expr_operator operator)
{
	const char *why;
	int64_t low, high;

	if (!pattern_bounds(method, pattern->text.at, &low, &high, &why))
		return why;
	pattern_apply(operator, &low, &high);
	pattern->is.number.low = low;
	pattern->is.number.high = high;
	pattern->hashed = low == high;
	pattern->hash = expr_hash_number(low);
	return NULL;
}

/* --- bytes, expressions --- */

static unsigned pattern_hex(char digit)
{
	return isdigit((unsigned char)digit) ? (unsigned)(digit - '0')
					     : (unsigned)(tolower((unsigned char)digit) - 'a') + 10;
}

/* The bytes take the place of their digits: the text is not needed any more. */
static const char *pattern_set_bytes(struct expr_pattern *pattern)
{
	char *bytes = (char *)pattern->text.at;
	size_t len = pattern->text.len;

	if (strspn(bytes, "0123456789abcdefABCDEF") != len)
		return "not made of hexadecimal digits";
	if (len % 2 != 0)
		return "an odd number of hexadecimal digits";
	for (size_t i = 0; i < len / 2; i++)
		bytes[i] = (char)(pattern_hex(bytes[2 * i]) << 4 | pattern_hex(bytes[2 * i + 1]));
	pattern->is.bytes = (struct slice){ bytes, len / 2 };
	pattern->text = pattern->is.bytes;
	pattern->hashed = true;
	pattern->hash = expr_hash_bytes(pattern->is.bytes);
	return NULL;
}

static bool pattern_set_regex(struct expr_pattern *pattern, struct arena *arena,
			      const struct expr_pattern_flags *flags, char why[EXPR_WHY])
{
	char error[REGEX_ERROR];
	size_t at;

	if (flags->running)
		arena = pattern->arena = arena_new();
	pattern->is.regex =
		regex_new(arena, pattern->text.at, flags->ignore_case, error, &at);
	if (pattern->is.regex == NULL)
		snprintf(why, EXPR_WHY, "no regular expression: %s (at byte %zu)", error, at);
	return pattern->is.regex != NULL;
}

static bool pattern_set(enum expr_method method, struct expr_pattern *pattern, struct arena *arena,
			const struct expr_pattern_flags *flags, char why[EXPR_WHY])
{
	const char *error = NULL;

	switch (method) {
	case EXPR_INTEGER:
	case EXPR_LENGTH:
	case EXPR_VERSION:
		error = pattern_set_number(method, pattern, flags->operator);
		break;
	case EXPR_IP:
		error = expr_pattern_set_address(pattern, !flags->no_names && !flags->running);
		break;
	case EXPR_BYTES:
		error = pattern_set_bytes(pattern);
		break;
	case EXPR_REGEX:
		return pattern_set_regex(pattern, arena, flags, why);
	case EXPR_TEXT:
		pattern->hashed = true;
		pattern->hash = expr_hash_text(pattern->text);
		break;
	default:
		break;
	}
	if (error != NULL)
		snprintf(why, EXPR_WHY, "%s", error);
	return error == NULL;
}

struct expr_pattern *expr_pattern_read(enum expr_method method, struct arena *arena,
				       struct slice text, struct slice value,
				       const struct expr_pattern_flags *flags, char why[EXPR_WHY])
{
	struct expr_pattern *pattern = expr_pattern_new(text, value);

	if (pattern == NULL) {
		snprintf(why, EXPR_WHY, "too much for the memory there is");
		return NULL;
	}
	pattern->ignore_case = flags->ignore_case;
	if (!pattern_set(method, pattern, arena, flags, why)) {
		expr_pattern_free(pattern);
		return NULL;
	}
	for (struct expr_pattern *one = pattern; one != NULL; one = one->next) {
		one->line = flags->line;
		one->ignore_case = flags->ignore_case;
	}
	return pattern;
}

bool expr_pattern_same(enum expr_method method, const struct expr_pattern *a,
		       const struct expr_pattern *b)
{
	switch (method) {
	case EXPR_INTEGER:
	case EXPR_LENGTH:
	case EXPR_VERSION:
		return a->is.number.low == b->is.number.low;
	case EXPR_IP:
		return a->is.network.family == b->is.network.family &&
		       a->is.network.bits == b->is.network.bits &&
		       memcmp(a->is.network.ip, b->is.network.ip, sizeof(a->is.network.ip)) == 0;
	default:
		return slice_equal(a->text, b->text);
	}
}

/* --- hashes: the buckets are a power of two, so the low bits must be good --- */

static uint64_t pattern_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* `fold` is 0x20 in each byte where letters of both cases must come out the same. */
static uint32_t pattern_hash(const void *bytes, size_t len, uint64_t fold)
{
	const char *at = bytes;
	uint64_t hash = len, word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = pattern_mix(hash, word | fold);
	}
	word = 0;
	if (len != 0)
		memcpy(&word, at, len);
	return (uint32_t)pattern_mix(hash, word | fold);
}

uint32_t expr_hash_text(struct slice text)
{
	return pattern_hash(text.at, text.len, 0x2020202020202020u);
}

uint32_t expr_hash_bytes(struct slice bytes)
{
	return pattern_hash(bytes.at, bytes.len, 0);
}

uint32_t expr_hash_number(int64_t number)
{
	return (uint32_t)pattern_mix(0, (uint64_t)number);
}

uint32_t expr_hash_network(unsigned family, unsigned bits, const uint8_t *ip)
{
	return (uint32_t)pattern_mix(pattern_hash(ip, family == 6 ? 16 : 4, 0), bits);
}
