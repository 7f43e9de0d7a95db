/* SPDX-License-Identifier: Apache-2.0 */
/* Events in memory: the newest stay, whole and in order, also around the end of the ring. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/events.h"

static unsigned count_from(struct events *events, uint64_t newest, size_t (*len_of)(uint64_t))
{
	struct slice copy = events_copy(events), rest = copy, text;
	uint64_t wall_us, expected = 0;
	unsigned count = 0;

	assert_non_null(copy.at);
	while (events_take(&rest, &wall_us, &text)) {
		if (count++ != 0)
			assert_int_equal(wall_us, expected);
		expected = wall_us + 1;
		assert_int_equal(text.len, len_of(wall_us));
		for (size_t i = 0; i < text.len; i++)
			assert_int_equal(text.at[i], 'a' + wall_us % 26);
	}
	assert_int_equal(rest.len, 0);
	if (count != 0)
		assert_int_equal(expected, newest + 1);
	free((char *)copy.at);
	return count;
}

static size_t len_uneven(uint64_t number)
{
	return number * 37 % 5003;
}

static void test_order(void **state)
{
	static char bytes[EVENTS_TEXT_MAX];
	struct events *events = events_new();

	assert_int_equal(count_from(events, 0, len_uneven), 0);
	for (uint64_t number = 0; number < 3000; number++) {
		memset(bytes, 'a' + (int)(number % 26), sizeof(bytes));
		events_add(events, number, (struct slice){ bytes, len_uneven(number) });
		if (number % 97 == 0 || number < 3)
			assert_true(count_from(events, number, len_uneven) > 0);
	}
	assert_in_range(count_from(events, 2999, len_uneven), 350, 500);
	events_free(events);
}

static size_t len_most(uint64_t number)
{
	return EVENTS_TEXT_MAX;
}

static void test_long_texts_are_cut(void **state)
{
	static char bytes[EVENTS_SIZE + 1];
	struct events *events = events_new();

	for (uint64_t number = 0; number < 70; number++) {
		memset(bytes, 'a' + (int)(number % 26), sizeof(bytes));
		events_add(events, number, (struct slice){ bytes, sizeof(bytes) });
	}
	assert_int_equal(count_from(events, 69, len_most), 63);
	events_free(events);
	events_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
