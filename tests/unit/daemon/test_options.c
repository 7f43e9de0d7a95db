/* SPDX-License-Identifier: Apache-2.0 */
/* The command line in its three manners. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/options.h"

enum { WORDS = 16 };

/* Parses a line cut at its spaces. */
static int parse(const char *line, struct options *ret)
{
	static char copy[512];
	char *argv[WORDS + 1];
	int argc = 0;

	strncpy(copy, line, sizeof(copy) - 1);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(argc, argv, ret);
}

static void relevo_takes_both_files(void **state)
{
	struct options o;

	assert_int_equal(parse("relevo -f a.cfg -f b.cfg -k k.conf -D -p /x.pid -n 500 -q", &o), 0);
	assert_int_equal(o.manner, OPTIONS_RELEVO);
	assert_int_equal(o.haproxy_count, 2);
	assert_string_equal(o.haproxy_files[1], "b.cfg");
	assert_string_equal(o.keepalived_file, "k.conf");
	assert_true(o.background && o.quiet && !o.foreground);
	assert_int_equal(o.maxconn, 500);
	assert_int_equal(o.command, COMMAND_RUN);
}

static void started_as_haproxy(void **state)
{
	struct options o;

	assert_int_equal(parse("/usr/sbin/haproxy -Ws -f /etc/haproxy -p /run/h.pid -- x.cfg", &o), 0);
	assert_int_equal(o.manner, OPTIONS_HAPROXY);
	assert_true(o.systemd);
	assert_int_equal(o.haproxy_count, 2);
	assert_null(o.keepalived_file);
	assert_int_equal(parse("haproxy -k x.conf", &o), -EINVAL);
	assert_int_equal(parse("haproxy -c -f x.cfg", &o), 0);
	assert_int_equal(o.command, COMMAND_CHECK);
}

static void started_as_keepalived(void **state)
{
	struct options o;

	assert_int_equal(parse("keepalived", &o), 0);
	assert_string_equal(o.keepalived_file, "/etc/keepalived/keepalived.conf");
	assert_int_equal(parse("/usr/sbin/keepalived -nlP -f k.conf", &o), 0);
	assert_true(o.foreground && o.log_console);
	assert_string_equal(o.keepalived_file, "k.conf");
	assert_int_equal(parse("keepalived --use-file=k2.conf --dont-fork", &o), 0);
	assert_string_equal(o.keepalived_file, "k2.conf");
	assert_int_equal(parse("keepalived -t", &o), 0);
	assert_int_equal(o.command, COMMAND_CHECK);
}

static void bad_words_are_refused(void **state)
{
	struct options o;

	assert_int_equal(parse("relevo", &o), -EINVAL);
	assert_int_equal(parse("relevo -f", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -n many", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -n -3", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -sf 12", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -zz", &o), -EINVAL);
	assert_int_equal(parse("relevo haproxy.cfg", &o), -EINVAL);
	assert_int_equal(parse("haproxy why", &o), -EINVAL);
}

static void commands_need_no_file(void **state)
{
	struct options o;

	assert_int_equal(parse("relevo why --control /x.sock", &o), 0);
	assert_int_equal(o.command, COMMAND_WHY);
	assert_string_equal(o.control, "/x.sock");
	assert_int_equal(parse("relevo -vv", &o), 0);
	assert_int_equal(o.command, COMMAND_VERSION_LONG);
}

static void keepalived_words_for_what_there_is_not(void **state)
{
	struct options o;

	assert_int_equal(parse("keepalived -n -X -I -c /c.pid --bfd_pid /b.pid -f k.conf", &o), 0);
	assert_true(o.foreground && o.pidfile == NULL);
	assert_string_equal(o.keepalived_file, "k.conf");
	assert_int_equal(parse("keepalived -nXI", &o), 0);
	assert_int_equal(parse("keepalived -c", &o), -EINVAL);
	assert_int_equal(parse("keepalived -V", &o), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalived_words_for_what_there_is_not),
		cmocka_unit_test(relevo_takes_both_files),  cmocka_unit_test(started_as_haproxy),
		cmocka_unit_test(started_as_keepalived),    cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(commands_need_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
