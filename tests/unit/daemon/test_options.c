/* SPDX-License-Identifier: Apache-2.0 */
/* The command line in its three manners. */
#include <errno.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
	assert_int_equal(parse("relevo -f a.cfg -sf 12x", &o), -EINVAL);
	assert_int_equal(parse("relevo -sf 12 a.cfg", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -zz", &o), -EINVAL);
	assert_int_equal(parse("relevo haproxy.cfg", &o), -EINVAL);
	assert_int_equal(parse("haproxy why", &o), -EINVAL);
}

static void older_processes_end_with_an_option(void **state)
{
	struct options o;

	assert_int_equal(parse("haproxy -sf 12 13 -f a.cfg -x /run/s.sock", &o), 0);
	assert_int_equal(o.old_count, 2);
	assert_int_equal(o.old_pids[1], 13);
	assert_int_equal(o.old_signal, SIGUSR1);
	assert_string_equal(o.take_from, "/run/s.sock");
	assert_int_equal(parse("relevo -f a.cfg -st", &o), 0);
	assert_int_equal(o.old_count, 0);
	assert_int_equal(o.old_signal, SIGTERM);
	assert_int_equal(parse("relevo -f a.cfg -sf 0", &o), -EINVAL);
	assert_int_equal(parse("relevo -f a.cfg -sf 99999999999", &o), -EINVAL);
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
}

static void keepalived_words(void **state)
{
	struct options o;

	assert_int_equal(parse("keepalived -nVaRGdemPB -S local3 -g /l.log -u 022 -s blue -r /v.pid", &o),
			 0);
	assert_true(o.keep_addresses && o.tell_addresses && o.no_respawn && o.no_syslog);
	assert_true(o.dump_conf && o.all_files && o.core_dump && o.vrrp_only && o.no_bfd);
	assert_int_equal(o.facility, 19);
	assert_int_equal(o.umask, 022);
	assert_string_equal(o.log_file, "/l.log");
	assert_string_equal(o.namespace, "blue");
	assert_string_equal(o.vrrp_pidfile, "/v.pid");
	assert_null(o.core_pattern);
	assert_int_equal(parse("keepalived --log-facility=user --umask=0x12 --vrrp_pid=/v", &o), 0);
	assert_int_equal(o.facility, 1);
	assert_int_equal(o.umask, 022);
	assert_int_equal(parse("keepalived -M", &o), 0);
	assert_string_equal(o.core_pattern, "");
	assert_int_equal(parse("keepalived --core-dump-pattern=core.%p", &o), 0);
	assert_string_equal(o.core_pattern, "core.%p");
	assert_int_equal(parse("keepalived -t -l -f k.conf", &o), 0);
	assert_int_equal(o.command, COMMAND_CHECK);
	assert_null(o.check_file);
	assert_int_equal(parse("keepalived --config-test=/o.txt", &o), 0);
	assert_int_equal(o.command, COMMAND_CHECK);
	assert_string_equal(o.check_file, "/o.txt");
	assert_int_equal(parse("keepalived -lt", &o), 0);
	assert_int_equal(o.command, COMMAND_CHECK);
	assert_int_equal(parse("keepalived --debug=DvE --all --flush-log-file --no-mem-check", &o), 0);
	assert_int_equal(parse("keepalived -S local8", &o), -EINVAL);
	assert_int_equal(parse("keepalived -S mail", &o), -EINVAL);
	assert_int_equal(parse("keepalived -u 1777", &o), -EINVAL);
	assert_int_equal(parse("keepalived -u x", &o), -EINVAL);
	for (const char *const *refused = (const char *const[]){ "-x", "--snmp", "-C", "--check", "-A", "-T",
								 "--perf", NULL };
	     *refused != NULL; refused++) {
		char line[40];

		snprintf(line, sizeof(line), "keepalived -n %s", *refused);
		assert_int_equal(parse(line, &o), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalived_words_for_what_there_is_not),
		cmocka_unit_test(keepalived_words),
		cmocka_unit_test(relevo_takes_both_files),  cmocka_unit_test(started_as_haproxy),
		cmocka_unit_test(started_as_keepalived),    cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(older_processes_end_with_an_option),
		cmocka_unit_test(commands_need_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
