/* SPDX-License-Identifier: Apache-2.0 */
/* The closest word, and when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diag/report.h"

static const char *const algorithms[] = { "leastconn", "roundrobin", "source", "first", NULL };

static void test_finds_typing_errors(void **state)
{
	assert_string_equal(diag_closest("leastcon", algorithms), "leastconn");
	assert_string_equal(diag_closest("leasctonn", algorithms), "leastconn"); /* swapped */
	assert_string_equal(diag_closest("roundroobin", algorithms), "roundrobin");
	assert_string_equal(diag_closest("SOURCE", algorithms), "source");
	assert_string_equal(diag_closest("zource", algorithms), "source");
}

static void test_keeps_silent_when_far(void **state)
{
	assert_null(diag_closest("uri", algorithms));
	assert_null(diag_closest("", algorithms));
	assert_null(diag_closest("fiiirsst", algorithms)); /* 3 edits of 8 letters */
}

static void test_third_of_the_word_is_the_limit(void **state)
{
	static const char *const names[] = { "abc", NULL };

	assert_string_equal(diag_closest("abd", names), "abc");
	assert_null(diag_closest("ab", names)); /* a third of 2 letters is none */
}

static void test_takes_the_nearest(void **state)
{
	static const char *const names[] = { "timeout", "timeouts", NULL };

	assert_string_equal(diag_closest("timeoutz", names), "timeout");
	assert_string_equal(diag_closest("timeoutss", names), "timeouts");
}

static void test_long_words_are_left_alone(void **state)
{
	char word[300];
	const char *names[] = { word, NULL };

	for (unsigned i = 0; i < sizeof(word); i++)
		word[i] = i + 1 == sizeof(word) ? '\0' : 'a';
	assert_null(diag_closest(word, names));
	assert_null(diag_closest("aaaa", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_typing_errors),
		cmocka_unit_test(test_keeps_silent_when_far),
		cmocka_unit_test(test_third_of_the_word_is_the_limit),
		cmocka_unit_test(test_takes_the_nearest),
		cmocka_unit_test(test_long_words_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
