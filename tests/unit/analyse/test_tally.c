/* SPDX-License-Identifier: Apache-2.0 */
/* Rows are found again among many, and sorted as halog does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/tally.h"

static void many(void **state)
{
	struct tally tally;
	char name[32];

	tally_init(&tally);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 20000; i++) {
			int len = snprintf(name, sizeof(name), "/url/%d", i);

			tally_row(&tally, (struct slice){ name, (size_t)len })->count += (unsigned)i;
		}
	assert_int_equal(tally.count, 20000);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(tally.rows[i]->count, 2 * i);
	assert_string_equal(tally.rows[7]->name.at, "/url/7");
	tally_free(&tally);
}

static uint64_t by_count(const struct tally_row *row)
{
	return row->count;
}

static void order_is(const struct tally *tally, const char *names)
{
	for (size_t i = 0; i < tally->count; i++)
		assert_int_equal(tally->rows[i]->name.len == 0 ? '.' : tally->rows[i]->name.at[0], names[i]);
}

static void sorted(void **state)
{
	struct tally tally;

	tally_init(&tally);
	tally_sort(&tally, NULL);
	tally_row(&tally, SLICE("b"))->count = 1;
	tally_row(&tally, SLICE("c"))->count = 5;
	tally_row(&tally, (struct slice){ NULL, 0 })->count = 2;
	tally_row(&tally, SLICE("a"))->count = 1;
	tally_sort(&tally, NULL);
	order_is(&tally, "cba.");
	tally_sort(&tally, by_count);
	order_is(&tally, "c.ba");
	tally_sort_names(&tally);
	order_is(&tally, ".abc");
	tally_free(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
