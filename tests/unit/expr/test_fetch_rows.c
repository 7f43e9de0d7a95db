/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_fetch_rows.c - constants, addresses, and what holds for
 * every row of fetches in this room.
 */
#include "fetch_bench.h"

static void test_constants(void **state)
{
	static const struct fetch_row rows[] = {
		{ "always_true", "1" },
		{ "always_false", "0" },
		{ "bool(true)", "1" },
		{ "bool(0)", "0" },
		{ "bool(yes)", "REFUSED" },
		{ "int(-3)", "-3" },
		{ "str(a b)", "REFUSED" },
		{ "'str(a b)'", "a b" },
		{ "bin(4142)", "AB" },
		{ "bin(414)", "REFUSED" },
		{ "bin(4x)", "REFUSED" },
		{ "ipv4(1.2.3.4)", "1.2.3.4" },
		{ "ipv4(::1)", "REFUSED" },
		{ "ipv6(::1)", "::1" },
		{ "ipv6(1.2.3.4)", "REFUSED" },
		{ "meth(GET)", "GET" },
		{ "meth(FOO)", "FOO" },
		{ "date", "1700000000" },
		{ "date(-10)", "1699999990" },
		{ "date(1,ms)", "1700000000124" },
		{ "date(0,us)", "1700000000123456" },
		{ "date(0,h)", "REFUSED" },
		{ "date_us", "123456" },
		{ "nbproc", "1" },
		{ "proc", "1" },
		{ "env(RELEVO_TEST_SET)", "value" },
		{ "env(RELEVO_TEST_UNSET)", "NONE" },
		{ "rand(1)", "0" },
		{ "rand(0)", "REFUSED" },
		{ "uuid(1)", "REFUSED" },
	};
	struct fetch_bench bench;

	setenv("RELEVO_TEST_SET", "value", 1);
	unsetenv("RELEVO_TEST_UNSET");
	fetch_bench_open(&bench);
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	fetch_bench_close(&bench);
}

static void test_random(void **state)
{
	struct fetch_bench bench;
	bool seen[10] = { false };

	fetch_bench_open(&bench);
	for (unsigned i = 0; i < 500; i++) {
		long value = strtol(fetch_bench_get(&bench, "rand(10)"), NULL, 10);

		assert_in_range(value, 0, 9);
		seen[value] = true;
	}
	for (unsigned i = 0; i < 10; i++)
		assert_true(seen[i]);
	fetch_bench_close(&bench);
}

/* RFC 9562, 4 and 5.4 */
static void test_uuid(void **state)
{
	struct fetch_bench bench;
	const char *one, *two;

	fetch_bench_open(&bench);
	one = fetch_bench_get(&bench, "uuid");
	two = fetch_bench_get(&bench, "uuid(4)");
	assert_int_equal(strlen(one), 36);
	assert_string_not_equal(one, two);
	for (unsigned i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(one[i], '-');
		else
			assert_non_null(strchr("0123456789abcdef", one[i]));
	assert_int_equal(one[14], '4');
	assert_non_null(strchr("89ab", one[19]));
	fetch_bench_close(&bench);
}

static const struct net_endpoint *find_dst(struct expr_context *context)
{
	static const struct net_endpoint found = { .family = AF_INET, .port = 8080,
						   .ip = { 192, 0, 2, 7 } };

	return &found;
}

static void test_addresses(void **state)
{
	static const struct fetch_row rows[] = {
		{ "src", "127.0.0.1" }, { "src_port", "4711" },	  { "src_is_local", "1" },
		{ "fc_src", "127.0.0.1" }, { "fc_src_port", "4711" }, { "fc_src_is_local", "1" },
		{ "dst", "2001:db8::1" }, { "dst_port", "80" },   { "fc_dst", "2001:db8::1" },
		{ "fc_dst_port", "80" },
	};
	static const struct fetch_row later_rows[] = {
		{ "dst", "192.0.2.7" }, { "dst_port", "8080" }, { "dst_is_local", "0" },
		{ "fc_dst_is_local", "0" },
	};
	static const struct fetch_row unix_rows[] = {
		{ "src", "NONE" }, { "src_port", "NONE" }, { "src_is_local", "1" },
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	bench.context.dst = NULL;
	assert_string_equal(fetch_bench_get(&bench, "dst"), "NONE");
	bench.context.find_dst = find_dst;
	fetch_bench_check(&bench, later_rows, ARRAY_LEN(later_rows));
	bench.src = (struct net_endpoint){ .family = AF_UNIX };
	fetch_bench_check(&bench, unix_rows, ARRAY_LEN(unix_rows));
	fetch_bench_close(&bench);
}

static bool ends_sentence(const char *text)
{
	size_t len = strlen(text);

	return len > 1 && text[len - 1] == '.';
}

static void check_row(const struct expr_fetch *row)
{
	const struct expr_fetch *found = expr_fetch_find(&bench_language, slice_of(row->doc.name));

	print_message("%s\n", row->doc.name);
	assert_ptr_equal(found, row); /* no name twice */
	assert_true(ends_sentence(row->doc.summary));
	assert_non_null(strstr(row->doc.example, row->doc.name));
	assert_non_null(row->doc.since);
	if (row->stands_for != NULL)
		assert_non_null(expr_fetch_find(&bench_language, slice_of(row->stands_for)));
	else
		assert_non_null(row->get);
}

static void test_every_row(void **state)
{
	for (const struct expr_fetch *const *table = bench_fetches; *table != NULL; table++)
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++)
			check_row(row);
}

/* Of names that need something, none may answer where there is nothing. */
static void test_nothing_there(void **state)
{
	struct fetch_bench bench;
	struct expr *expr;

	fetch_bench_open(&bench);
	bench.context = (struct expr_context){ .memory = &bench.memory, .bytes_end = true };
	for (const struct expr_fetch *const *table = bench_fetches; *table != NULL; table++) {
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++) {
			struct expr_sample sample = { 0 };

			if ((row->need & (EXPR_HAVE_REQUEST | EXPR_HAVE_RESPONSE |
					  EXPR_HAVE_CLIENT)) == 0 ||
			    (row->args[0].kind != EXPR_ARG_NONE && !row->args[0].optional))
				continue;
			expr = fetch_bench_read(&bench, row->doc.name);
			assert_non_null(expr);
			if (expr_get(expr, &bench.context, &sample) != EXPR_NONE)
				fail_msg("%s found something", row->doc.name);
		}
	}
	fetch_bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants), cmocka_unit_test(test_random),
		cmocka_unit_test(test_uuid),	  cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_every_row), cmocka_unit_test(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
