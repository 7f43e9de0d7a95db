/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks are exact below 2^precision and close above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/histogram.h"

static void exact(void **state)
{
	struct histogram histogram = { .precision = 8 };

	assert_int_equal(histogram_ranked(&histogram, 1), 0);
	for (int32_t value = 199; value >= 0; value--)
		histogram_add(&histogram, value);
	histogram_add(&histogram, -1); /* counts as 0 */
	assert_int_equal(histogram.total, 201);
	assert_int_equal(histogram_ranked(&histogram, 0), 0);
	assert_int_equal(histogram_ranked(&histogram, 2), 0);
	assert_int_equal(histogram_ranked(&histogram, 3), 1);
	assert_int_equal(histogram_ranked(&histogram, 200), 198);
	assert_int_equal(histogram_ranked(&histogram, 201), 199);
	assert_int_equal(histogram_ranked(&histogram, 999), 199);
	assert_int_equal(histogram_percentile(&histogram, 50), 99);
	assert_int_equal(histogram_percentile(&histogram, 100), 199);
	histogram_free(&histogram);
}

/* Every power of two and its neighbours come back too small by less than 1 in 2^(precision-1). */
static void close_above(void **state)
{
	for (unsigned precision = 4; precision <= 12; precision++)
		for (unsigned bit = 0; bit < 31; bit++)
			for (int64_t off = -1; off <= 1; off++) {
				struct histogram histogram = { .precision = precision };
				int64_t value = ((int64_t)1 << bit) + off;

				histogram_add(&histogram, (int32_t)value);
				histogram_add(&histogram, INT32_MAX);
				int64_t found = histogram_ranked(&histogram, 1);
				assert_true(found <= value);
				assert_true(found > value - value / (1 << (precision - 1)) - 1);
				assert_int_equal(histogram_ranked(&histogram, 2), INT32_MAX);
				histogram_free(&histogram);
			}
}

static void slots(void **state)
{
	struct histogram histogram = { .precision = 4 };
	struct histogram_slot slot = { 0 };

	assert_false(histogram_next(&histogram, &slot));
	histogram_add(&histogram, 51);
	histogram_add(&histogram, 48);
	histogram_add(&histogram, 3);
	assert_true(histogram_next(&histogram, &slot));
	assert_int_equal(slot.value, 3);
	assert_int_equal(slot.width, 1);
	assert_true(histogram_next(&histogram, &slot));
	assert_int_equal(slot.value, 48);
	assert_int_equal(slot.width, 4);
	assert_int_equal(slot.count, 2);
	assert_false(histogram_next(&histogram, &slot));
	histogram_free(&histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(close_above),
		cmocka_unit_test(slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
