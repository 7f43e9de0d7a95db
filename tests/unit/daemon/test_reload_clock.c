/* SPDX-License-Identifier: Apache-2.0 */
/* The times of reload_time_file: man keepalived.conf. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/reload_clock.h"

enum { NOON = 1790769600 }; /* 2026-09-30 12:00:00 UTC */

static void at(const char *text, int64_t after_noon)
{
	time_t when = 0;

	assert_int_equal(reload_clock_parse(text, NOON, &when), 0);
	assert_int_equal((int64_t)when - NOON, after_noon);
}

static void refused(const char *text, int error)
{
	time_t when = 7;

	assert_int_equal(reload_clock_parse(text, NOON, &when), error);
}

static void times_of_day(void **state)
{
	at("12:00:01Z", 1);
	at("12:00:00Z", 86400);
	at("11:59:59Z", 86399);
	at("23:59:59Z", 43199);
	at("12:00:01", 1 - 2 * 3600 + 86400); /* 10:00:01 UTC: tomorrow */
	at("14:00:01", 1);
}

static void dates(void **state)
{
	at("2026-09-30 12:00:01Z", 1);
	at("26-09-30 12:00:01Z", 1);
	at("2026-10-01 00:00:00Z", 43200);
	at("2028-02-29 12:00:00Z", (int64_t)517 * 86400);
	at("26-09-30 14:00:10", 10);
	refused("2026-09-30 12:00:00Z", -ERANGE);
	refused("26-01-01 12:00:00Z", -ERANGE);
}

static void nonsense(void **state)
{
	static const char *const texts[] = {
		"", "Z", "12:00", "12:00:00 ", " 12:00:00", "24:00:00", "12:60:00", "12:00:60",
		"1:00:00", "2026-09-30  12:00:01", "2026-02-29 12:00:00Z", "2026-13-01 12:00:00Z",
		"2026-00-10 12:00:00Z", "2026-10-00 12:00:00Z", "226-09-30 12:00:01Z", "12:00:00ZZ",
		"12:00:00z", "20260-09-30 12:00:01", "garbage", "12:00:0x",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refused(texts[i], -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(dates),
		cmocka_unit_test(nonsense),
	};

	setenv("TZ", "UTC-2", 1); /* two hours east */
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
