/* SPDX-License-Identifier: Apache-2.0 */
/* Each filter on a request and on a session, as halog decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/filter.h"
#include "base/macros.h"

#define FROM_400 { true, 400, INT64_MAX }

static void passes(void **state)
{
	static const struct {
		struct filter filter;
		bool ok, failed, none, tcp, refused;
	} rows[] = {
		{ { 0 }, true, true, true, true, true },
		{ { .http = true }, true, true, true, false, false },
		{ { .errors = true }, false, true, true, false, false },
		{ { .no_errors = true }, true, false, false, true, true },
		{ { .no_errors = true, .invert = true }, false, true, true, false, false },
		{ { .queued = true }, false, true, false, true, false },
		{ { .server_queued = true }, false, true, false, false, false },
		{ { .status = FROM_400 }, false, true, false, false, false },
		{ { .no_status = FROM_400 }, true, false, true, true, true },
		{ { .response_from = 70 }, false, true, false, false, false },
		{ { .response_from = 69 }, true, true, false, false, false },
		{ { .response_below = 70 }, true, false, true, false, false },
		{ { .termination = "--" }, true, false, false, false, false },
		{ { .termination = "cD" }, false, false, false, true, false },
		{ { .no_termination = "cD" }, true, true, true, false, false },
		{ { .date = { true, 1233922454, INT64_MAX } }, true, true, true, false, true },
		{ { .date = { true, INT64_MIN, 1233922453 } }, false, false, false, true, false },
	};
	static const char *const texts[] = {
		"1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/69/1 200 5 - - ---- 1/1/1/1/1 0/0 \"GET /\"",
		"1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/70/1 500 5 - - SH-- 1/1/1/1/1 1/0 \"GET /\"",
		"1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/-1/1 -1 5 - - CD-- 1/1/1/1/1 0/0 \"GET /\"",
		"1:1 [06/Feb/2009:12:12:51.443] w s/s 0/0/5007 555 cD 0/0/0/0/3 0/7",
		"1:1 [06/Feb/2009:12:14:14.655] w/1: no",
	};
	struct analyse_line lines[ARRAY_LEN(texts)];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		analyse_line_parse(slice_of(texts[i]), 0, &lines[i]);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct filter *filter = &rows[i].filter;

		assert_int_equal(filter_passes(filter, &lines[0]), rows[i].ok);
		assert_int_equal(filter_passes(filter, &lines[1]), rows[i].failed);
		assert_int_equal(filter_passes(filter, &lines[2]), rows[i].none);
		assert_int_equal(filter_passes(filter, &lines[3]), rows[i].tcp);
		assert_int_equal(filter_passes(filter, &lines[4]), rows[i].refused);
		assert_int_equal(filter_is_set(filter), i != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
