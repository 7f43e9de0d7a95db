/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/test_regex.c - regular expressions: matching, groups, replacement, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/regex.h"

struct bench {
	struct arena *arena;
	struct regex_scratch *scratch;
};

static int open_bench(void **state)
{
	struct bench *bench = malloc(sizeof(*bench));

	*bench = (struct bench){ arena_new(), regex_scratch_new() };
	*state = bench;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *bench = *state;

	regex_scratch_free(bench->scratch);
	arena_free(bench->arena);
	free(bench);
	return 0;
}

static struct regex *compiled(struct bench *bench, const char *pattern, bool ignore_case)
{
	char error[REGEX_ERROR];
	size_t at;
	struct regex *regex = regex_new(bench->arena, pattern, ignore_case, error, &at);

	assert_non_null(regex);
	return regex;
}

static bool matches(struct bench *bench, const char *pattern, bool ignore_case, const char *text)
{
	return regex_match(compiled(bench, pattern, ignore_case), bench->scratch, slice_of(text),
			   NULL);
}

static void test_match(void **state)
{
	assert_true(matches(*state, "^/a(b|c)$", false, "/ab"));
	assert_false(matches(*state, "^/a(b|c)$", false, "/ad"));
	assert_false(matches(*state, "^/A", false, "/ab"));
	assert_true(matches(*state, "^/A", true, "/ab"));
	assert_true(matches(*state, "^$", false, ""));
	assert_true(regex_match(compiled(*state, "^$", false), ((struct bench *)*state)->scratch,
				(struct slice){ NULL, 0 }, NULL));
}

static const char *expanded(struct bench *bench, const char *pattern, const char *text,
			    const char *replacement)
{
	static char bytes[128];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) - 1 };
	struct regex_match match;

	assert_true(regex_match(compiled(bench, pattern, false), bench->scratch, slice_of(text),
				&match));
	regex_expand(&out, replacement, &match);
	bytes[out.len] = '\0';
	return bytes;
}

static void test_groups(void **state)
{
	assert_string_equal(expanded(*state, "(a+)(x)?(b+)", "zaabbz", "<\\0|\\1|\\2|\\3|\\9>"),
			    "<aabb|aa||bb|>");
	assert_string_equal(expanded(*state, "a", "a", "\\\\ \\q \\"), "\\ q \\");
	/* More groups than are kept. */
	assert_string_equal(expanded(*state, "(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)(a)", "1234567890a",
				     "\\9\\1"), "91");
}

static void test_from(void **state)
{
	struct bench *bench = *state;
	struct regex_match match;
	struct slice text = SLICE("aXbXc");

	assert_true(regex_match_from(compiled(bench, "X", false), bench->scratch, text, 2, &match));
	assert_ptr_equal(match.group[0].at, text.at + 3);
	assert_false(regex_match_from(compiled(bench, "^b", false), bench->scratch, text, 2, &match));
}

static void test_errors(void **state)
{
	char error[REGEX_ERROR] = "";
	size_t at = 0;

	assert_null(regex_new(((struct bench *)*state)->arena, "ab(c", false, error, &at));
	assert_string_equal(error, "missing closing parenthesis");
	assert_int_equal(at, 4);
}

/* What would take exponential time gives up instead. */
static void test_limits(void **state)
{
	char text[64];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 2] = 'b';
	text[sizeof(text) - 1] = '\0';
	assert_false(matches(*state, "^(a+)+$", false, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_match, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_groups, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_from, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_errors, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_limits, open_bench, close_bench),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
