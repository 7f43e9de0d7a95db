/* SPDX-License-Identifier: Apache-2.0 */
/* Every row has its prose, and its example parses; wrong words are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/flags.h"
#include "analyse/outputs.h"
#include "base/macros.h"

enum { WORDS = 16 };

/* "relevo log -m 10 x" without its first word. */
static int parse(const char *line, struct analyse_flags *ret)
{
	static char text[256];
	static char *argv[WORDS];
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	return analyse_flags_parse(argc - 1, argv + 1, ret);
}

static void rows(void **state)
{
	struct analyse_flags flags;
	const struct doc *doc;

	for (unsigned i = 0; (doc = analyse_flags_doc(i)) != NULL; i++) {
		assert_int_equal(doc->summary[strlen(doc->summary) - 1], '.');
		assert_non_null(strstr(doc->example, doc->name));
		assert_int_equal(parse(doc->example, &flags), 0);
		assert_int_equal(flags.file_count, flags.help ? 0 : 1);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(doc->name, analyse_flags_doc(j)->name);
	}
}

static void values(void **state)
{
	struct analyse_flags flags;

	assert_int_equal(parse("relevo log -hs 400: -m 3 a -q b", &flags), 0);
	assert_int_equal(flags.filter.status.from, 400);
	assert_int_equal(flags.filter.status.to, INT64_MAX);
	assert_int_equal(flags.limit, 3);
	assert_int_equal(flags.file_count, 2);
	assert_string_equal(flags.files[1], "b");
	assert_ptr_equal(flags.output, &output_lines);
	assert_int_equal(parse("relevo log -hs 404 -uc -- -x", &flags), 0);
	assert_int_equal(flags.filter.status.to, 404);
	assert_string_equal(flags.files[0], "-x");
	assert_ptr_equal(flags.output, &output_urls_count);
	assert_int_equal(parse("relevo log -hs :299", &flags), 0);
	assert_int_equal(flags.filter.status.from, INT64_MIN);
	assert_int_equal(flags.filter.status.to, 299);
	assert_int_equal(parse("relevo log -time 5", &flags), 0);
	assert_int_equal(flags.filter.date.to, INT64_MAX);
	assert_int_equal(parse("relevo log -ad 5 -ac 2", &flags), 0);
	assert_int_equal(flags.gap_ms + flags.gap_count, 7);
	assert_int_equal(parse("relevo log -q -m 5", &flags), 0);
	assert_ptr_equal(flags.output, &output_summary);
}

static void refused(void **state)
{
	static const char *const lines[] = {
		"relevo log -zz",      "relevo log -m",	       "relevo log -m 0",   "relevo log -m 1x",
		"relevo log -hs",      "relevo log -hs x",     "relevo log -hs 1:x", "relevo log -hs 1-2",
		"relevo log -tcn S",   "relevo log -hdr 1",    "relevo log -hdr 0:1", "relevo log -hdr 1:0",
		"relevo log -u -st",   "relevo log -rt -5",    "relevo log -ad 1 -u", "relevo log --hlp",
	};
	struct analyse_flags flags;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_true(parse(lines[i], &flags) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(values),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
