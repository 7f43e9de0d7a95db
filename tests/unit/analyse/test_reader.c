/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of every length, however the file hands them out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "analyse/reader.h"

static void expect(struct reader *reader, const char *text)
{
	struct slice line;

	assert_int_equal(reader_next(reader, &line), 1);
	assert_int_equal(line.len, strlen(text));
	assert_memory_equal(line.at, text, line.len);
}

static void short_lines(void **state)
{
	static const char text[] = "one\r\n\ntwo\nlast";
	struct reader reader;
	struct slice line;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(ends[1]);
	assert_int_equal(reader_init(&reader, ends[0]), 0);
	expect(&reader, "one");
	expect(&reader, "");
	expect(&reader, "two");
	expect(&reader, "last");
	assert_int_equal(reader_next(&reader, &line), 0);
	assert_int_equal(reader_next(&reader, &line), 0);
	reader_free(&reader);
	close(ends[0]);
}

/* Lines of growing length, some longer than the first room: all bytes come back. */
static void long_lines(void **state)
{
	FILE *file = tmpfile();
	struct reader reader;
	struct slice line;

	assert_non_null(file);
	for (size_t len = 1; len < 1000000; len = len * 3 + 1) {
		for (size_t i = 0; i < len; i++)
			putc('a' + (int)(len % 26), file);
		putc('\n', file);
	}
	rewind(file);
	assert_int_equal(reader_init(&reader, fileno(file)), 0);
	for (size_t len = 1; len < 1000000; len = len * 3 + 1) {
		assert_int_equal(reader_next(&reader, &line), 1);
		assert_int_equal(line.len, len);
		for (size_t i = 0; i < len; i++)
			if (line.at[i] != 'a' + (char)(len % 26))
				fail();
	}
	assert_int_equal(reader_next(&reader, &line), 0);
	reader_free(&reader);
	fclose(file);
}

static void errors(void **state)
{
	struct reader reader;
	struct slice line;

	assert_int_equal(reader_init(&reader, -1), 0);
	assert_true(reader_next(&reader, &line) < 0);
	reader_free(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_lines),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
