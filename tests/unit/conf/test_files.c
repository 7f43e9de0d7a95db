/* SPDX-License-Identifier: Apache-2.0 */
/* Files, directories and standard input. */
#include "fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/relevo-test-files-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	char path[200];

	if (mkdtemp(dir) == NULL)
		return -1;
	put("20.cfg", "second \"$.FILE\"\n");
	put("10.cfg", "first\n.if 1");
	put("30.conf", "never\n");
	put(".40.cfg", "never\n");
	put(".cfg", "never\n");
	snprintf(path, sizeof(path), "%s/50.cfg", dir);
	return mkdir(path, 0755);
}

static int tear_down(void **state)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void test_directory(void **state)
{
	struct fixture fixture;
	const char *names[] = { dir };
	char expected[400];

	fixture_open(&fixture);
	conf_read_files(&fixture.reader, names, 1, &fixture.lines);
	snprintf(expected, sizeof(expected), "first\nsecond|%s/20.cfg\n", dir);
	assert_string_equal(fixture_words(&fixture), expected);
	/* A block does not reach into the next file. */
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
	snprintf(expected, sizeof(expected), "%s/10.cfg:2:1: error: this '.if' has no '.endif'",
		 dir);
	assert_memory_equal(fixture_report(&fixture), expected, strlen(expected));
	snprintf(expected, sizeof(expected), "%s/10.cfg;%s/20.cfg", dir, dir);
	assert_string_equal(conf_environment_get(fixture.reader.environment, "HAPROXY_CFGFILES"),
			    expected);
	fixture_close(&fixture);
}

static void test_order_is_as_given(void **state)
{
	struct fixture fixture;
	char one[200], two[200];
	const char *names[] = { one, two, "/nonexistent/x.cfg", "/nonexistent" };

	snprintf(one, sizeof(one), "%s/20.cfg", dir);
	snprintf(two, sizeof(two), "%s/30.conf", dir);
	fixture_open(&fixture);
	conf_read_files(&fixture.reader, names, 4, &fixture.lines);
	assert_string_equal(fixture.lines.lines[0].words[0].text, "second");
	assert_string_equal(fixture.lines.lines[1].words[0].text, "never");
	assert_string_equal(fixture_report(&fixture),
			    "error: cannot read '/nonexistent/x.cfg': No such file or directory "
			    "[cannot-read]\n"
			    "error: cannot read '/nonexistent': No such file or directory "
			    "[cannot-read]\n");
	fixture_close(&fixture);
}

static void test_standard_input(void **state)
{
	struct fixture fixture;
	const char *names[] = { "-" };
	int ends[2], saved = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "from \"$.FILE\"", 13), 13);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	fixture_open(&fixture);
	conf_read_files(&fixture.reader, names, 1, &fixture.lines);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_string_equal(fixture_words(&fixture), "from|-\n");
	fixture_close(&fixture);
}

static void test_endless_file(void **state)
{
	struct fixture fixture;
	const char *names[] = { "/dev/zero" };

	fixture_open(&fixture);
	conf_read_files(&fixture.reader, names, 1, &fixture.lines);
	assert_string_equal(
		fixture_report(&fixture),
		"error: cannot read '/dev/zero': it is larger than 64 MiB [cannot-read]\n");
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_order_is_as_given),
		cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_endless_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
