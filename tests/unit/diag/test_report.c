/* SPDX-License-Identifier: Apache-2.0 */
/* What a report looks like, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "diag/report.h"

static struct diag_span at(const struct diag_source *source, uint32_t line, uint32_t column,
			   uint32_t len)
{
	return (struct diag_span){ source, line, column, len };
}

static void assert_renders(struct diag_report *report, const char *expected)
{
	struct strbuf text = STRBUF_EMPTY;

	diag_report_render(report, &text);
	assert_string_equal(text.text == NULL ? "" : text.text, expected);
	strbuf_free(&text);
	diag_report_free(report);
}

#define SOURCE(bytes) { .name = "haproxy.cfg", .text = bytes, .len = sizeof(bytes) - 1 }

static void test_nothing(void **state)
{
	assert_renders(diag_report_new(), "");
}

static void test_caret_and_hint(void **state)
{
	const struct diag_source source = SOURCE("listen x\n  balance leastcon\n");
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_ERROR, &diag_unknown_word, at(&source, 2, 11, 8),
		 "did you mean 'leastconn'?", "unknown balance algorithm '%s'", "leastcon");
	assert_int_equal(diag_count(report, DIAG_ERROR), 1);
	assert_renders(report,
		       "haproxy.cfg:2:11: error: unknown balance algorithm 'leastcon' [unknown-word]\n"
		       "    2 |   balance leastcon\n"
		       "      |           ^~~~~~~~ did you mean 'leastconn'?\n");
}

static void test_no_hint_no_column_no_place(void **state)
{
	const struct diag_source source = SOURCE("a b\r\nlast");
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_WARNING, &diag_no_effect, at(&source, 1, 3, 0), NULL, "one");
	diag_add(report, DIAG_NOTE, &diag_no_effect, at(&source, 2, 0, 0), NULL, "two");
	diag_add(report, DIAG_ERROR, &diag_missing, at(&source, 2, 0, 0), "add it", "three");
	diag_add(report, DIAG_ERROR, &diag_missing, (struct diag_span){ 0 }, NULL, "four");
	diag_add(report, DIAG_ERROR, &diag_missing, (struct diag_span){ 0 }, "use -f", "five");
	assert_renders(report, "haproxy.cfg:1:3: warning: one [no-effect]\n"
			       "    1 | a b\n"
			       "      |   ^\n"
			       "haproxy.cfg:2: note: two [no-effect]\n"
			       "    2 | last\n"
			       "haproxy.cfg:2: error: three [missing]\n"
			       "    2 | last\n"
			       "      | add it\n"
			       "error: four [missing]\n"
			       "error: five [missing]\n"
			       "      | use -f\n");
}

static void test_tabs_keep_the_caret_aligned(void **state)
{
	const struct diag_source source = SOURCE("\tmode\thtp\n");
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_ERROR, &diag_bad_value, at(&source, 1, 7, 3), NULL, "x");
	assert_renders(report, "haproxy.cfg:1:7: error: x [bad-value]\n"
			       "    1 |         mode    htp\n"
			       "      |                 ^~~\n");
}

static void test_bytes_that_do_not_print(void **state)
{
	const struct diag_source source = SOURCE("a\x1b[\0\xff\xc3\xb1 \xe2\x80\xae" "b\x7f z\n");
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_ERROR, &diag_bad_bytes, at(&source, 1, 14, 1), NULL,
		 "'%s'", "\x1b[31m\t\n\xc3\xb1\xc3");
	assert_renders(report, "haproxy.cfg:1:14: error: '.[31m\\t\\n\xc3\xb1.' [bad-bytes]\n"
			       "    1 | a.[..\xc3\xb1 ...b. z\n"
			       "      |             ^\n");
}

static void test_long_lines_are_cut_around_the_caret(void **state)
{
	char text[5001], expected[1000];
	const struct diag_source source = { "haproxy.cfg", text, 5000 };
	struct diag_report *report = diag_report_new();

	memset(text, 'a', 5000);
	memcpy(text + 3000, "HERE", 4);
	diag_add(report, DIAG_ERROR, &diag_bad_value, at(&source, 1, 3001, 4), "hint", "x");
	snprintf(expected, sizeof(expected),
		 "haproxy.cfg:1:3001: error: x [bad-value]\n"
		 "    1 | ...%.*sHERE%.*s...\n"
		 "      | %*s^~~~ hint\n",
		 40, text, 56, text, 43, "");
	assert_renders(report, expected);
}

static void test_long_spans_end_where_the_line_is_cut(void **state)
{
	char text[5001];
	const struct diag_source source = { "haproxy.cfg", text, 5000 };
	struct diag_report *report = diag_report_new();
	struct strbuf out = STRBUF_EMPTY;

	memset(text, 'a', 5000);
	diag_add(report, DIAG_ERROR, &diag_bad_value, at(&source, 1, 1, 5000), NULL, "x");
	diag_report_render(report, &out);
	assert_true(out.len < 300);
	strbuf_free(&out);
	diag_report_free(report);
}

static void test_order_is_that_of_the_lines(void **state)
{
	const struct diag_source one = { "one", "", 0 };
	const struct diag_source two = { "two", "", 0 };
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_ERROR, &diag_missing, at(&one, 9, 1, 1), NULL, "d");
	diag_add(report, DIAG_ERROR, &diag_missing, at(&two, 3, 1, 1), NULL, "e");
	diag_add(report, DIAG_NOTE, &diag_missing, at(&one, 2, 5, 1), NULL, "b");
	diag_add(report, DIAG_ERROR, &diag_missing, at(&one, 2, 5, 1), NULL, "c");
	diag_add(report, DIAG_WARNING, &diag_missing, at(&one, 2, 4, 1), NULL, "a");
	assert_renders(report, "one:2:4: warning: a [missing]\n"
			       "one:2:5: note: b [missing]\n"
			       "one:2:5: error: c [missing]\n"
			       "one:9:1: error: d [missing]\n"
			       "two:3:1: error: e [missing]\n");
}

static void test_more_than_200_are_counted(void **state)
{
	struct diag_report *report = diag_report_new();
	struct strbuf text = STRBUF_EMPTY;

	for (unsigned i = 0; i < 237; i++)
		diag_add(report, DIAG_WARNING, &diag_missing, (struct diag_span){ 0 }, NULL, "x");
	assert_int_equal(diag_count(report, DIAG_WARNING), 237);
	diag_report_render(report, &text);
	assert_non_null(strstr(text.text, "\nand 37 more warnings\n"));
	assert_int_equal(text.len, 200 * strlen("warning: x [missing]\n") +
					   strlen("and 37 more warnings\n"));
	strbuf_free(&text);
	diag_report_free(report);
}

static void test_fatal_warnings(void **state)
{
	struct diag_report *report = diag_report_new();

	diag_add(report, DIAG_WARNING, &diag_missing, (struct diag_span){ 0 }, NULL, "x");
	diag_add(report, DIAG_ERROR, &diag_missing, (struct diag_span){ 0 }, NULL, "y");
	assert_int_equal(diag_count(report, DIAG_ERROR), 1);
	diag_report_warnings_fatal(report, true);
	assert_int_equal(diag_count(report, DIAG_ERROR), 2);
	assert_int_equal(diag_count(report, DIAG_WARNING), 0);
	assert_renders(report, "error: x [missing]\nerror: y [missing]\n");
}

static void test_kinds_are_sorted_and_have_prose(void **state)
{
	for (unsigned i = 0; diag_kinds[i] != NULL; i++) {
		const struct doc *doc = &diag_kinds[i]->doc;

		assert_true(i == 0 || strcmp(diag_kinds[i - 1]->doc.name, doc->name) < 0);
		assert_int_equal(doc->summary[strlen(doc->summary) - 1], '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_caret_and_hint),
		cmocka_unit_test(test_no_hint_no_column_no_place),
		cmocka_unit_test(test_tabs_keep_the_caret_aligned),
		cmocka_unit_test(test_bytes_that_do_not_print),
		cmocka_unit_test(test_long_lines_are_cut_around_the_caret),
		cmocka_unit_test(test_long_spans_end_where_the_line_is_cut),
		cmocka_unit_test(test_order_is_that_of_the_lines),
		cmocka_unit_test(test_more_than_200_are_counted),
		cmocka_unit_test(test_fatal_warnings),
		cmocka_unit_test(test_kinds_are_sorted_and_have_prose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
