/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_expr.c - expressions from text to value: names,
 * arguments, types, and what is said when they are wrong.
 */
#include "bench.h"

static void test_values(void **state)
{
	static const struct {
		const char *expression, *value;
	} rows[] = {
		{ "int(5)", "5" },
		{ "int(+5)", "5" },
		{ "int(-5),add(2)", "-3" },
		{ "always_true", "1" },
		{ "always_true()", "1" },
		{ "src", "127.0.0.1" },
		{ "str(AbC),lower", "abc" },
		{ "str(a),,lower", "a" },
		{ "path", "(none)" },
		{ "wait_end", "(later)" },
		{ "way", "(none)" },
		{ "method,lower", "get" },
		{ "bytes,lower", "a" },
		{ "str()", "" },
		/* Casts between the stages, each as HAProxy 2.6 answered. */
		{ "always_true,add(2)", "3" },
		{ "str(12abc),add(1)", "13" },
		{ "str(abc),add(1)", "1" },
		{ "str(),add(1)", "(none)" },
		{ "str(-5),add(1)", "-4" },
		{ "str(99999999999999999999),add(0)", "9223372036854775807" },
		{ "src,add(1)", "2130706434" },
		{ "src,lower", "127.0.0.1" },
		{ "int(2130706433),mask(24)", "127.0.0.1" },
		{ "str(10.1.2.3),mask(24)", "10.1.2.3" },
		{ "str(10.1.2),mask(24)", "(none)" },
		{ "str(::1),mask(24,64)", "::1" },
		{ "int(65),lower", "65" },
		/* A second level of quotes and escapes (manual 2.2). */
		{ "str(a\\ b)", "a b" },
		{ "str(\\\"a,b\\\")", "a,b" },
		{ "str(\\\"a)b\\\")", "a)b" },
		{ "str(\\\"a\\\\\\\"b\\\")", "a\"b" },
		{ "'str(\"a,b\")'", "a,b" },
		{ "str(\\'a,b\\')", "a,b" },
		{ "str(a\\\\.b)", "a\\.b" },
		{ "str(a\\\\\\\\b)", "a\\b" },
		{ "str(a\\\\nb)", "a\nb" },
		{ "str(a\\\\x41b)", "a\\x41b" },
		{ "str(\\'a\\\\nb\\')", "a\\nb" },
		{ "str(a\\\\\\'b)", "a'b" },
		{ "\"str('a b')\"", "a b" },
	};
	struct bench bench;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bench_open(&bench);
		print_message("%s\n", rows[i].expression);
		assert_string_equal(value(&bench, rows[i].expression), rows[i].value);
		bench_close(&bench);
	}
}

/* The caret, as a column and a length of the line. */
static void test_errors(void **state)
{
	static const struct {
		const char *expression, *says;
		unsigned column, len;
	} rows[] = {
		{ "scr", "unknown sample fetch 'scr'", 1, 3 },
		{ "src_prot", "did you mean 'src_port'?", 1, 8 },
		{ "res.ver", "sample fetch 'res.ver' is not supported yet", 1, 7 },
		{ "src,lowr", "unknown converter 'lowr'", 5, 4 },
		{ "src,ipmask(24)", "converter 'ipmask' is not supported yet", 5, 6 },
		{ ",lower", "a sample fetch is missing here", 1, 1 },
		{ "src,", "unknown converter ''", 5, 1 },
		{ "src)x", "')x' cannot stand here", 4, 2 },
		{ "str(a)b", "'b' cannot stand here", 7, 1 },
		{ "str(a", "the arguments of 'str' have no ')'", 5, 1 },
		{ "'str(\"a)'", "a quote is not closed", 6, 3 },
		{ "int", "'int' needs <number> as argument 1", 1, 3 },
		{ "int()", "'int' needs <number> as argument 1", 1, 5 },
		{ "int(5x)", "'5x' is not a whole number", 5, 2 },
		{ "int(1,2)", "'int' takes no more than 1 argument", 7, 1 },
		{ "src(1)", "'src' takes no argument", 5, 1 },
		{ "path_beg", "'path_beg' is a test and stands only in ACLs", 1, 8 },
		{ "path_beg", "the value itself is 'path'", 1, 8 },
		{ "bytes,add(1)", "'add' takes an integer, and 'bytes' gives a binary value", 7, 3 },
		{ "str(a),lower,path", "unknown converter 'path'", 14, 4 },
		{ "always_true,mask(8)", "'mask' takes an IP address, and 'always_true' gives a "
					"boolean", 13, 4 },
		{ "src,lower,mask(33)", "'33' is not an IPv4 mask", 16, 2 },
		{ "src,mask(24,foo)", "'foo' is not an IPv6 mask", 13, 3 },
		{ "src,mask(,64)", "'mask' needs <mask4> as argument 1", 10, 1 },
		{ "src,mask", "'mask' needs <mask4> as argument 1", 5, 4 },
		{ "int(1),add(foo)", "'foo' is neither a number nor a variable such as 'txn.foo'",
		  12, 3 },
		{ "int(1),add(foo.a)", "variable 'foo.a' must begin with its scope", 12, 5 },
		{ "var(txn.a-b)", "may hold only letters, digits, '_' and '.'", 5, 7 },
		{ "var(txn.)", "may hold only", 5, 4 },
		{ "int(1),typed(5y)", "has no known unit of time", 14, 2 },
		{ "int(1),typed(,5y)", "has no known unit of size", 15, 2 },
		{ "int(1),typed(,,5y)", "'5y' is not an IP address", 16, 2 },
		{ "int(1),typed(,,,[a)", "regular expression '[a': missing terminating ]", 17, 2 },
		{ "acl(nowhere)", "no ACL is called 'nowhere' here", 5, 7 },
	};
	struct bench bench;
	char place[32];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char caret[160];
		unsigned length = 0;

		bench_open(&bench);
		print_message("%s\n", rows[i].expression);
		assert_null(expression(&bench, rows[i].expression));
		assert_int_equal(errors(&bench), 1);
		assert_true(says(&bench, rows[i].says));
		snprintf(place, sizeof(place), "test:1:%u:", rows[i].column);
		assert_true(says(&bench, place));
		/* "^~~~" of exactly the length. */
		caret[length++] = '^';
		while (length < rows[i].len)
			caret[length++] = '~';
		caret[length] = '\0';
		assert_true(says(&bench, caret));
		caret[length++] = '~';
		caret[length] = '\0';
		{
			struct strbuf out = STRBUF_EMPTY;

			diag_report_render(bench.report, &out);
			assert_null(strstr(out.text, caret));
			strbuf_free(&out);
		}
		bench_close(&bench);
	}
}

static void test_typed_arguments(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_string_equal(value(&bench, "int(1),typed"), "1");
	assert_string_equal(value(&bench, "int(1),typed(10s,4k,::1,^a$,txn.x)"), "1");
	assert_string_equal(value(&bench, "int(1),typed(,,,,text)"), "1");
	assert_int_equal(errors(&bench), 0);
	assert_non_null(bench.parse.names);
	assert_string_equal(bench.parse.names->name, "txn.x");
	bench_close(&bench);
}

static void test_place(void **state)
{
	static const struct expr_place client = { .what = "'tcp-request' rules",
						  .have = EXPR_HAVE_CLIENT };
	struct bench bench;
	struct conf_line line;
	size_t end;

	bench_open(&bench);
	line = bench_line(&bench, "src,lower path,lower status");
	assert_non_null(expr_parse(&bench.parse, &client, &line.words[0], 0, NULL, &end));
	assert_null(expr_parse(&bench.parse, &client, &line.words[1], 0, NULL, &end));
	assert_true(says(&bench, "'path' needs the request's head, which is not there in "
				 "'tcp-request' rules"));
	assert_null(expr_parse(&bench.parse, &client, &line.words[2], 0, NULL, &end));
	assert_true(says(&bench, "'status' needs the response's head"));
	assert_non_null(expr_parse(&bench.parse, NULL, &line.words[2], 0, NULL, &end));
	bench_close(&bench);
}

static void test_stop(void **state)
{
	struct bench bench;
	struct conf_line line;
	struct expr *expr;
	size_t end;

	bench_open(&bench);
	line = bench_line(&bench, "%[str(a]),lower]rest");
	expr = expr_parse(&bench.parse, NULL, &line.words[0], 2, "]", &end);
	assert_non_null(expr);
	assert_int_equal(end, strlen("%[str(a]),lower"));
	assert_string_equal(expr_name(expr), "str");
	assert_int_equal(expr_type_of(expr), EXPR_STRING);
	bench_close(&bench);
}

static void test_types(void **state)
{
	struct bench bench;
	struct expr_sample sample;

	bench_open(&bench);
	assert_int_equal(expr_type_of(expression(&bench, "var(txn.a)")), EXPR_ANY);
	assert_int_equal(expr_type_of(expression(&bench, "var(txn.a),lower")), EXPR_STRING);
	assert_int_equal(expr_type_of(expression(&bench, "src,typed")), EXPR_ADDRESS);
	assert_int_equal(expr_need(expression(&bench, "path,lower")), EXPR_HAVE_REQUEST);
	assert_true(expr_get_as(expression(&bench, "str(7)"), &bench.context, EXPR_INT, &sample));
	assert_int_equal(sample.value.integer, 7);
	assert_true(expr_get_as(expression(&bench, "int(258)"), &bench.context, EXPR_BINARY,
				&sample));
	assert_memory_equal(sample.value.text.at, "\0\0\0\0\0\0\1\2", 8);
	assert_false(expr_get_as(expression(&bench, "bytes"), &bench.context, EXPR_INT, &sample));
	assert_true(expr_get_as(expression(&bench, "str(GET)"), &bench.context, EXPR_METHOD,
				&sample));
	assert_int_equal(sample.value.method.id, HTTP_GET);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	   cmocka_unit_test(test_errors),
		cmocka_unit_test(test_typed_arguments), cmocka_unit_test(test_place),
		cmocka_unit_test(test_stop),	   cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
