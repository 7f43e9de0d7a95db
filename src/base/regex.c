/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/regex.c - see regex.h. Where the kernel forbids executable memory the
 * JIT fails, and pcre2 interprets the pattern.
 */
#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/out.h"

struct regex {
	pcre2_code *code;
	bool jit;
};

static void regex_free(void *code)
{
	pcre2_code_free(code);
}

struct regex *regex_new(struct arena *arena, const char *pattern, bool ignore_case,
			char error[REGEX_ERROR], size_t *ret_at)
{
	int number;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 ignore_case ? PCRE2_CASELESS : 0, &number, ret_at, NULL);

	if (code == NULL) {
		if (pcre2_get_error_message(number, (PCRE2_UCHAR *)error, REGEX_ERROR) ==
		    PCRE2_ERROR_BADDATA)
			error[0] = '\0';
		return NULL;
	}

	struct regex *regex = arena_zalloc(arena, sizeof(*regex));
	regex->code = code;
	regex->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	arena_defer(arena, regex_free, code);
	return regex;
}

/* A scratch is pcre2's match data itself. */
struct regex_scratch *regex_scratch_new(void)
{
	return (struct regex_scratch *)pcre2_match_data_create(REGEX_GROUPS, NULL);
}

void regex_scratch_free(struct regex_scratch *scratch)
{
	pcre2_match_data_free((pcre2_match_data *)scratch);
}

static void read_groups(pcre2_match_data *data, unsigned count, struct slice subject,
			struct regex_match *ret)
{
	const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(data);

	ret->count = count;
	for (unsigned i = 0; i < REGEX_GROUPS; i++) {
		/* \K in a lookahead can end a match before its start. */
		if (i < count && bounds[2 * i] != PCRE2_UNSET &&
		    bounds[2 * i] <= bounds[2 * i + 1])
			ret->group[i] = (struct slice){ subject.at + bounds[2 * i],
							bounds[2 * i + 1] - bounds[2 * i] };
		else
			ret->group[i] = (struct slice){ NULL, 0 };
	}
}

bool regex_match(const struct regex *regex, struct regex_scratch *scratch, struct slice subject,
		 struct regex_match *ret)
{
	return regex_match_from(regex, scratch, subject, 0, ret);
}

bool regex_match_from(const struct regex *regex, struct regex_scratch *scratch,
		      struct slice subject, size_t from, struct regex_match *ret)
{
	pcre2_match_data *data = (pcre2_match_data *)scratch;
	PCRE2_SPTR text = (PCRE2_SPTR)(subject.len != 0 ? subject.at : "");
	int count;

	ASSERT(scratch != NULL);
	if (regex->jit)
		count = pcre2_jit_match(regex->code, text, subject.len, from, 0, data, NULL);
	else
		count = pcre2_match(regex->code, text, subject.len, from, 0, data, NULL);
	if (count < 0)
		return false;
	/* 0: the pattern has more groups than the scratch. */
	if (ret != NULL)
		read_groups(data, count == 0 ? REGEX_GROUPS : (unsigned)count, subject, ret);
	return true;
}

/* The byte of an escape "x41" that begins at `at`, or -1. */
static int hex_escape(const char *at)
{
	int high = *at == 'x' ? hex_value(at[1]) : -1;
	int low = high < 0 ? -1 : hex_value(at[2]);

	return low < 0 ? -1 : high << 4 | low;
}

void regex_expand(struct out *out, const char *replacement, const struct regex_match *match)
{
	for (const char *at = replacement; *at != '\0'; at++) {
		int byte;

		if (*at != '\\' || at[1] == '\0') {
			out_char(out, *at);
			continue;
		}
		at++;
		byte = hex_escape(at);
		if (*at >= '0' && *at <= '9')
			out_put(out, match->group[*at - '0']);
		else
			out_char(out, byte < 0 ? *at : (char)byte);
		if (byte >= 0)
			at += 2;
	}
}
