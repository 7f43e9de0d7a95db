/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the runtime API: commands, words, escapes, the mark of a payload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admin/cli_line.h"

/* "[a|b][c]" for "a b;c". */
static void write_commands(const char *text, char *ret, size_t size)
{
	struct cli_words words;
	char line[1024];
	char *at = line;
	size_t len = 0;

	snprintf(line, sizeof(line), "%s", text);
	*ret = '\0';
	while (cli_line_next(&at, &words)) {
		len += (size_t)snprintf(ret + len, size - len, "[");
		for (unsigned i = 0; i < words.count; i++)
			len += (size_t)snprintf(ret + len, size - len, "%s%s", i == 0 ? "" : "|",
						words.word[i]);
		len += (size_t)snprintf(ret + len, size - len, "]");
		assert_string_equal(words.word[words.count], "");
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *line, *commands;
	} lines[] = {
		{ "", "[]" },
		{ "  \t ", "[]" },
		{ "show info", "[show|info]" },
		{ " \tshow \t info ", "[show|info]" },
		{ "a;b", "[a][b]" },
		{ "a ; b c ;", "[a][b|c][]" },
		{ ";;", "[][][]" },
		{ "a\\;b", "[a;b]" },
		{ "a\\ b", "[a b]" },
		{ "a\\\\b", "[a\\b]" },
		{ "\\", "[\\]" },
		{ "a\\;;b", "[a;][b]" },
		{ "a\\b;c", "[ab][c]" },
		{ "'a b'", "['a|b']" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[1024];

		write_commands(lines[i].line, text, sizeof(text));
		assert_string_equal(text, lines[i].commands);
	}
}

static void test_too_many_words(void **state)
{
	struct cli_words words;
	char line[4 * CLI_WORDS + 8] = "";
	char *at = line;

	for (unsigned i = 0; i < 2 * CLI_WORDS; i++)
		strcat(line, "a ");
	strcat(line, ";b");
	assert_true(cli_line_next(&at, &words));
	assert_int_equal(words.count, CLI_WORDS);
	assert_string_equal(words.word[CLI_WORDS], "");
	assert_true(cli_line_next(&at, &words));
	assert_string_equal(words.word[0], "b");
	assert_false(cli_line_next(&at, &words));
}

static void test_payload_mark(void **state)
{
	static const struct {
		const char *line;
		bool marked;
		const char *left;
	} lines[] = {
		{ "add map #0 <<", true, "add map #0 " },
		{ "<<", true, "" },
		{ "add map #0<<", false, "add map #0<<" },
		{ "add map << x", false, "add map << x" },
		{ "<", false, "<" },
		{ "", false, "" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[64];

		strcpy(line, lines[i].line);
		assert_int_equal(cli_line_cut_payload_mark(line, strlen(line)), lines[i].marked);
		assert_string_equal(line, lines[i].left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_payload_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
