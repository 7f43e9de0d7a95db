/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of `.if` (configuration manual 2.4), the cases as real HAProxy 2.6 answers them. */
#include "fixture.h"

#include "conf/condition.h"

static void open_reader(struct fixture *fixture)
{
	static const char *const features[] = { "EPOLL", "OPENSSL", NULL };
	static const char *const enabled[] = { "SPLICE", NULL };

	fixture_open(fixture);
	fixture->reader.features = features;
	fixture->reader.enabled = enabled;
	fixture->reader.version = "2.6.12";
	fixture->reader.tls_version = "1.1.1k";
	conf_environment_set(fixture->reader.environment, "PLAIN", "");
}

static const struct {
	const char *text;
	bool holds;
} answers[] = {
	{ "", false },
	{ "  ", false },
	{ "0", false },
	{ "00", false },
	{ "1", true },
	{ "-1", true },
	{ "10", true },
	{ "!1", false },
	{ "! !1", true },
	{ "1&&0", false },
	{ "1 && 0 || 1", true },
	{ "1 || 1 && 0", true },
	{ "(1||0)&&0", false },
	{ "( 1 )", true },
	{ "!(0 || 0)", true },
	{ "!0 && !0", true },
	{ "defined(PLAIN)", true },
	{ "defined( PLAIN )", false },
	{ "defined(NOT_THERE)", false },
	{ "defined", false },
	{ "defined()", false },
	{ "feature(OPENSSL)", true },
	{ "feature(openssl)", false },
	{ "enabled(SPLICE)", true },
	{ "enabled(KQUEUE)", false },
	{ "streq(a,a)", true },
	{ "streq(a, a)", false },
	{ "streq(,)", true },
	{ "streq(a b,a b)", true },
	{ "streq(\"a,b\",'a,b')", true },
	{ "streq(a\\,b,'a,b')", true },
	{ "streq(\"a)\",a\\))", true },
	{ "strneq(a,b)", true },
	{ "strneq(a,a)", false },
	{ "strstr(abc,b)", true },
	{ "strstr(abc,d)", false },
	{ "version_atleast(2.6)", true },
	{ "version_atleast(2.6-dev3)", true },
	{ "version_atleast(2.6.12)", true },
	{ "version_atleast(2.6.13)", false },
	{ "version_atleast(2)", true },
	{ "version_atleast(3)", false },
	{ "version_before(2.6.13)", true },
	{ "version_before(2.6.12)", false },
	{ "version_before(2.10)", true },
	{ "version_atleast(2.6.12-1+deb12u2)", true },
	{ "version_before(99999999999999999999.1)", true },
	{ "openssl_version_atleast(1.1.1)", true },
	{ "openssl_version_atleast(1.1.1k)", true },
	{ "openssl_version_atleast(1.1.1l)", false },
	{ "openssl_version_before(3.0.0)", true },
	{ "ssllib_name_startswith(Open)", true },
	{ "ssllib_name_startswith(wolf)", false },
	{ "awslc_api_atleast(1)", false },
	{ "feature(OPENSSL) && (streq(x,yes) || streq(yes,yes))", true },
};

static void test_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct fixture fixture;
		bool holds = !answers[i].holds;

		open_reader(&fixture);
		if (!conf_condition_text(&fixture.reader, answers[i].text, &holds))
			fail_msg("%s: %s", answers[i].text, fixture_report(&fixture));
		if (holds != answers[i].holds)
			fail_msg("%s", answers[i].text);
		fixture_close(&fixture);
	}
}

static const struct {
	const char *text;	/* after ".if " */
	unsigned column;	/* in the whole line */
	const char *message;
} mistakes[] = {
	{ "5x", 6, "unexpected 'x' where '&&' or '||' or nothing should stand" },
	{ "1 1", 7, "unexpected '1' where '&&' or '||' or nothing should stand" },
	{ "1 & 1", 7, "unexpected '& 1' where" },
	{ "()", 6, "unexpected ')' where a predicate or a number should stand" },
	{ "(1", 7, "the condition ends where ')' should follow" },
	{ "1 &&", 9, "the condition ends where a predicate or a number should follow" },
	{ "yes", 5, "unknown predicate 'yes'" },
	{ "1||foo(2)", 8, "unknown predicate 'foo'" },
	{ "0 && define(X)", 10, "unknown predicate 'define' [bad-condition]" },
	{ "defined(PLAIN,x)", 5, "too many arguments for 'defined'" },
	{ "defined(PLAIN", 13, "no ')' ends this argument" },
	{ "strneq(a)", 5, "too few arguments for 'strneq'" },
	{ "strneq", 5, "too few arguments for 'strneq'" },
	{ "version_before(abc)", 5, "'abc' is not a version" },
	{ "version_before()", 5, "'' is not a version" },
	{ "1 && \"x y\"", 10, "unknown predicate 'x'" }, /* the word as a whole: it was quoted */
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct fixture fixture;
		char expected[200];

		open_reader(&fixture);
		fixture_read(&fixture, arena_printf(fixture.arena, ".if %s\na\n.endif\n",
						    mistakes[i].text));
		snprintf(expected, sizeof(expected), "t.cfg:1:%u: error: %s", mistakes[i].column,
			 mistakes[i].message);
		if (strncmp(fixture_report(&fixture), expected, strlen(expected)) != 0)
			fail_msg("%s: %s", expected, fixture_report(&fixture));
		assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
		assert_int_equal(fixture.lines.count, 0);
		fixture_close(&fixture);
	}
}

static void test_depth_is_bounded(void **state)
{
	struct fixture fixture;
	char text[20001];
	bool holds;

	memset(text, '(', 20000);
	text[20000] = '\0';
	open_reader(&fixture);
	assert_false(conf_condition_text(&fixture.reader, text, &holds));
	memset(text, '!', 20000);
	text[19999] = '0';
	assert_true(conf_condition_text(&fixture.reader, text, &holds));
	assert_true(holds);
	fixture_close(&fixture);
}

static void test_examples_parse(void **state)
{
	for (const struct conf_predicate *row = conf_predicates; row->doc.name != NULL; row++) {
		struct fixture fixture;
		const char *example = row->doc.example;

		open_reader(&fixture);
		fixture_read(&fixture, arena_printf(fixture.arena, "%s\n.endif\n", example));
		assert_string_equal(fixture_report(&fixture), "");
		assert_non_null(strstr(example, row->doc.name));
		assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
		fixture_close(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_examples_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
