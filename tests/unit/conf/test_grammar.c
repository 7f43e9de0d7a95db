/* SPDX-License-Identifier: Apache-2.0 */
/* The printed reference has every row with what the row says. */
#include "fixture.h"
#include "small_grammar.h"

#include <stdlib.h>

static char *printed(void)
{
	static char *text; /* static: the stream keeps its address */
	size_t len;
	FILE *out = open_memstream(&text, &len);

	conf_grammar_print(&small_grammar, out);
	fclose(out);
	return text;
}

static void test_one_row(void **state)
{
	char *text = printed();

	assert_non_null(strstr(text, "\n### `tune.bufsize`\n"
				     "\n"
				     "Bytes of a buffer.\n"
				     "\n"
				     "- Takes: a size\n"
				     "- Example: `tune.bufsize 16k`\n"
				     "- Default: `16k`\n"
				     "- Range: 1024 to 1048576\n"
				     "- Since: 0.1\n"));
	assert_non_null(strstr(text, "- Range: at least 1\n"));
	assert_non_null(strstr(text, "- Old form of: `timeout client`\n"));
	assert_non_null(strstr(text, "\n| value | meaning |\n|---|---|\n| `tcp` | Bytes. |\n"
				     "| `http` | Requests. |\n"));
	free(text);
}

static void test_every_row_under_its_sections(void **state)
{
	char *text = printed();
	unsigned expected = 0, found = 0;

	for (const struct conf_section *const *section = small_sections; *section != NULL;
	     section++) {
		for (const struct conf_keyword *const *table = small_tables; *table != NULL;
		     table++) {
			for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++)
				expected += ((*section)->where & row->where) != 0;
		}
	}
	char *end = strstr(text, "## Directives");
	assert_non_null(end);
	for (char *at = text; (at = strstr(at, "\n### ")) != NULL && at < end; at++)
		found++;
	assert_int_equal(found, expected);
	assert_non_null(strstr(end, "### `.elif`"));
	assert_non_null(strstr(end, "### `defined`"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_row),
		cmocka_unit_test(test_every_row_under_its_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
