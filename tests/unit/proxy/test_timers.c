/* SPDX-License-Identifier: Apache-2.0 */
/* The timers of log lines (configuration manual 8.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/timers.h"

#define AT(ms) { 1000000 + (uint64_t)((ms) * 1000) }

/* 5 ms of handshake, 20 idle, 10 to receive, 0 queued, 30 to connect, 69 to answer, 7 of data. */
static const struct timers whole = {
	.http = true,
	.accepted = AT(0),
	.ready = AT(5),
	.began = AT(25),
	.head_at = AT(35),
	.response_at = AT(134),
	.now = AT(141),
	.queue_ms = 0,
	.connect_ms = 30,
};

static void test_request(void **state)
{
	assert_int_equal(timers_handshake(&whole), 5);
	assert_int_equal(timers_idle(&whole), 20);
	assert_int_equal(timers_receive(&whole), 10);
	assert_int_equal(timers_request(&whole), 35);
	assert_int_equal(timers_queue(&whole), 0);
	assert_int_equal(timers_connect(&whole), 30);
	assert_int_equal(timers_response(&whole), 69);
	assert_int_equal(timers_data(&whole), 7);
	assert_int_equal(timers_active(&whole), 116);
	assert_int_equal(timers_total(&whole), 141);
	assert_int_equal(timers_user(&whole), 121);
}

/* "Td = Tt - (Th + Ti + TR + Tw + Tc + Tr)", "Tt is simply equal to (Th + Ti + Ta)". */
static void assert_sums(const struct timers *t)
{
	assert_int_equal(timers_data(t), timers_total(t) - timers_handshake(t) - timers_idle(t) -
						 timers_receive(t) - timers_queue(t) -
						 timers_connect(t) - timers_response(t));
	assert_int_equal(timers_total(t), timers_handshake(t) + timers_idle(t) + timers_active(t));
	assert_int_equal(timers_request(t),
			 timers_handshake(t) + timers_idle(t) + timers_receive(t));
}

/* Fractions of milliseconds are rounded in one place, so that the sums still hold. */
static void test_sums(void **state)
{
	struct timers odd = whole;

	assert_sums(&whole);
	for (uint64_t shift = 0; shift < 3000; shift += 137) {
		odd.ready.us = whole.ready.us + shift * 3 % 1000;
		odd.began.us = whole.began.us + shift * 5 % 1000;
		odd.head_at.us = whole.head_at.us + shift * 7 % 1000;
		odd.response_at.us = whole.response_at.us + shift * 11 % 1000;
		odd.now.us = whole.now.us + shift * 13 % 1000;
		assert_sums(&odd);
	}
}

static void test_nothing_came(void **state)
{
	const struct timers t = { .http = true, .accepted = AT(0), .ready = AT(0), .now = AT(500),
				  .queue_ms = -1, .connect_ms = -1 };

	assert_int_equal(timers_idle(&t), -1);
	assert_int_equal(timers_receive(&t), -1);
	assert_int_equal(timers_request(&t), -1);
	assert_int_equal(timers_queue(&t), -1);
	assert_int_equal(timers_connect(&t), -1);
	assert_int_equal(timers_response(&t), -1);
	assert_int_equal(timers_data(&t), -1);
	assert_int_equal(timers_active(&t), 500);
	assert_int_equal(timers_total(&t), 500);
	assert_int_equal(timers_user(&t), 500);
}

/* Half a request: the end of its head has never been seen. */
static void test_no_head(void **state)
{
	const struct timers t = { .http = true, .accepted = AT(0), .ready = AT(0), .began = AT(40),
				  .now = AT(540), .queue_ms = -1, .connect_ms = -1 };

	assert_int_equal(timers_idle(&t), 40);
	assert_int_equal(timers_receive(&t), -1);
	assert_int_equal(timers_request(&t), -1);
	assert_int_equal(timers_active(&t), 500);
	assert_int_equal(timers_user(&t), 500);
}

/* Denied by a rule: no queue, no server. */
static void test_no_server(void **state)
{
	struct timers t = whole;

	t.queue_ms = t.connect_ms = -1;
	t.response_at.us = 0;
	assert_int_equal(timers_receive(&t), 10);
	assert_int_equal(timers_queue(&t), -1);
	assert_int_equal(timers_response(&t), -1);
	assert_int_equal(timers_data(&t), -1);
	assert_int_equal(timers_active(&t), 116);
}

/* Mode tcp: Ti, Tq and Tr are no part of it. */
static void test_session(void **state)
{
	const struct timers t = { .accepted = AT(0), .ready = AT(4), .now = AT(5007),
				  .queue_ms = 2, .connect_ms = 3 };

	assert_int_equal(timers_handshake(&t), 4);
	assert_int_equal(timers_queue(&t), 2);
	assert_int_equal(timers_connect(&t), 3);
	assert_int_equal(timers_data(&t), 4998);
	assert_int_equal(timers_total(&t), 5007);
	assert_int_equal(timers_response(&t), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),	     cmocka_unit_test(test_sums),
		cmocka_unit_test(test_nothing_came), cmocka_unit_test(test_no_head),
		cmocka_unit_test(test_no_server),    cmocka_unit_test(test_session),
	};

	return cmocka_run_group_tests_name("proxy/timers", tests, NULL, NULL);
}
