/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, durations, sizes and choices. */
#include "fixture.h"

static struct conf_parse parse_of(struct fixture *fixture)
{
	return (struct conf_parse){ .arena = fixture->arena, .report = fixture->report };
}

static bool read_int(const char *text, int64_t min, int64_t max, int64_t *ret_value,
		     const char *message)
{
	struct fixture fixture;
	bool fine;

	fixture_open(&fixture);
	struct conf_parse parse = parse_of(&fixture);
	struct conf_word word = { .text = text };
	fine = conf_read_int(&parse, &word, min, max, ret_value);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), fine ? 0 : 1);
	if (!fine)
		assert_non_null(strstr(fixture_report(&fixture), message));
	fixture_close(&fixture);
	return fine;
}

static void test_int(void **state)
{
	int64_t value = 77;

	assert_true(read_int("12", 0, 0, &value, NULL) && value == 12);
	assert_true(read_int("-12", 0, 0, &value, NULL) && value == -12);
	assert_true(read_int("+12", 1, 65535, &value, NULL) && value == 12);
	assert_true(read_int("65535", 1, 65535, &value, NULL) && value == 65535);
	assert_true(read_int("9223372036854775807", 0, 0, &value, NULL) && value == INT64_MAX);
	value = 77;
	assert_false(read_int("9223372036854775808", 0, 0, &value, "is not a whole number"));
	assert_true(read_int("-9223372036854775808", 0, 0, &value, NULL));
	assert_true(value == INT64_MIN);
	value = 77;
	assert_false(read_int("-9223372036854775809", 0, 0, &value, "is not a whole number"));
	assert_false(read_int("", 0, 0, &value, "'' is not a whole number"));
	assert_false(read_int("-", 0, 0, &value, "is not a whole number"));
	assert_false(read_int("12x", 0, 0, &value, "is not a whole number"));
	assert_false(read_int(" 12", 0, 0, &value, "is not a whole number"));
	assert_false(read_int("0x10", 0, 0, &value, "is not a whole number"));
	assert_false(read_int("65536", 1, 65535, &value, "'65536' is above the maximum of 65535"));
	assert_false(read_int("0", 1, 65535, &value, "'0' is below the minimum of 1"));
	assert_int_equal(value, 77);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "60000", 60000 },
		{ "5s", 5000 },
		{ "2m", 120000 },
		{ "1h", 3600000 },
		{ "24d", 2073600000 },
		{ "500ms", 500 },
		{ "1us", 1 },
		{ "1000us", 1 },
		{ "1001us", 2 },
		{ "", -1 },
		{ "s", -1 },
		{ "5x", -1 },
		{ "5 s", -1 },
		{ "-5", -1 },
		{ "5S", -1 },
		{ "1.5s", -1 },
		{ "2147483647", 2147483647 },
		{ "2147483648", -1 },
		{ "25d", -1 },
		{ "99999999999999999999d", -1 },
		{ "18446744073709551617", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture fixture;
		uint32_t ms = 77;

		fixture_open(&fixture);
		struct conf_parse parse = parse_of(&fixture);
		struct conf_word word = { .text = rows[i].text };
		if (conf_read_duration(&parse, &word, &ms) != (rows[i].ms >= 0) ||
		    ms != (rows[i].ms < 0 ? 77 : rows[i].ms))
			fail_msg("%s: %u %s", rows[i].text, ms, fixture_report(&fixture));
		assert_int_equal(diag_count(fixture.report, DIAG_ERROR), rows[i].ms < 0);
		fixture_close(&fixture);
	}
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes; /* -1: refused */
	} rows[] = {
		{ "0", 0 },	  { "16384", 16384 },	{ "64k", 65536 },	{ "1M", 1 << 20 },
		{ "2g", 2LL << 30 }, { "k", -1 },	{ "1kb", -1 },		{ "-1", -1 },
		{ "9223372036854775807", INT64_MAX },	{ "9007199254740992k", -1 },
		{ "9007199254740991k", 9223372036854774784 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture fixture;
		uint64_t bytes = 77;

		fixture_open(&fixture);
		struct conf_parse parse = parse_of(&fixture);
		struct conf_word word = { .text = rows[i].text };
		if (conf_read_size(&parse, &word, &bytes) != (rows[i].bytes >= 0) ||
		    bytes != (rows[i].bytes < 0 ? 77 : (uint64_t)rows[i].bytes))
			fail_msg("%s: %lu %s", rows[i].text, bytes, fixture_report(&fixture));
		fixture_close(&fixture);
	}
}

static const struct conf_choice modes[] = {
	{ "tcp", 3, "Bytes." },
	{ "http", 5, "Requests." },
	{ .word = NULL },
};

static const char *choice_report(struct fixture *fixture, const char *text, int *ret_value)
{
	struct conf_parse parse = parse_of(fixture);
	struct conf_word word = { .text = text };

	conf_read_choice(&parse, &word, modes, "mode", ret_value);
	return fixture_report(fixture);
}

static void test_choice(void **state)
{
	struct fixture fixture;
	int value = 77;

	fixture_open(&fixture);
	assert_string_equal(choice_report(&fixture, "http", &value), "");
	assert_int_equal(value, 5);
	assert_string_equal(choice_report(&fixture, "htp", &value),
			    "error: unknown mode 'htp' [bad-value]\n"
			    "      | did you mean 'http'?\n");
	assert_non_null(strstr(choice_report(&fixture, "zzz", &value),
			       "error: unknown mode 'zzz' [bad-value]\n"
			       "      | expected 'tcp' or 'http'\n"));
	assert_int_equal(value, 5);
	fixture_close(&fixture);
}

static void test_unknown_or_not_yet(void **state)
{
	static const char *const rows[] = { "leastconn", NULL };
	struct fixture fixture;

	fixture_open(&fixture);
	struct conf_parse parse = parse_of(&fixture);
	conf_error_unknown(&parse, &(struct conf_word){ .text = "leastcon" }, "balance algorithm",
			   rows);
	conf_error_unknown(&parse, &(struct conf_word){ .text = "uri" }, "balance algorithm", rows);
	conf_error_unknown(&parse, &(struct conf_word){ .text = "uri" }, "hat", NULL);
	assert_string_equal(fixture_report(&fixture),
			    "error: unknown balance algorithm 'leastcon' [unknown-word]\n"
			    "      | did you mean 'leastconn'?\n"
			    "error: balance algorithm 'uri' is not supported yet [not-supported]\n"
			    "error: unknown hat 'uri' [unknown-word]\n");
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_int),	    cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size),	    cmocka_unit_test(test_choice),
		cmocka_unit_test(test_unknown_or_not_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
