/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of `option tcplog`, byte by byte (configuration manual 8.2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/stream_log.h"

static const struct net_endpoint client = {
	.family = AF_INET, .port = 33313, .ip = { 10, 0, 1, 2 },
};

/* The manual's example. */
static const struct tcp_log_fields example = {
	.client = &client,
	.listener_id = 7,
	.date = "06/Feb/2009:12:12:51",
	.date_ms = 443,
	.frontend = "fnt",
	.backend = "bck",
	.server = "srv1",
	.total_ms = 5007,
	.bytes_read = 212,
	.cause = '-',
	.phase = '-',
	.retries = 3,
};

static void assert_line(const struct tcp_log_fields *fields, const char *expected)
{
	struct line line = { 0 };

	tcp_log_line(&line, fields);
	line_char(&line, '\0');
	assert_string_equal(line.text, expected);
}

static void test_the_manuals_example(void **state)
{
	assert_line(&example, "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 "
			      "-- 0/0/0/0/3 0/0");
}

static void test_no_server(void **state)
{
	struct tcp_log_fields fields = example;

	fields.server = NULL;
	fields.queue_ms = fields.connect_ms = -1;
	fields.date_ms = 7;
	fields.cause = 'P';
	fields.phase = 'R';
	assert_line(&fields, "10.0.1.2:33313 [06/Feb/2009:12:12:51.007] fnt bck/<NOSRV> -1/-1/5007 "
			     "212 PR 0/0/0/0/3 0/0");
}

static void test_signs(void **state)
{
	struct tcp_log_fields fields = example;

	fields.early = true;
	fields.redispatched = true;
	fields.process = 5;
	fields.at_frontend = 4;
	fields.at_backend = 3;
	fields.at_server = 2;
	fields.server_queue = 11;
	fields.backend_queue = 12;
	fields.bytes_read = UINT64_MAX;
	assert_line(&fields, "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/+5007 "
			     "+18446744073709551615 -- 5/4/3/2/+3 11/12");
}

static void test_unix_and_ipv6_clients(void **state)
{
	const struct net_endpoint local = { .family = AF_UNIX };
	const struct net_endpoint six = { .family = AF_INET6, .port = 1, .ip = { [15] = 1 } };
	struct tcp_log_fields fields = example;

	fields.client = &local;
	assert_line(&fields, "unix:7 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- "
			     "0/0/0/0/3 0/0");
	fields.client = &six;
	assert_line(&fields, "::1:1 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- "
			     "0/0/0/0/3 0/0");
}

static void test_a_long_name_is_cut_and_nothing_else(void **state)
{
	static char name[2 * LINE_MAX];
	struct tcp_log_fields fields = example;
	struct line line = { 0 };

	memset(name, 'n', sizeof(name) - 1);
	fields.backend = name;
	tcp_log_line(&line, &fields);
	assert_int_equal(line.len, LINE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_manuals_example),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_unix_and_ipv6_clients),
		cmocka_unit_test(test_a_long_name_is_cut_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
