/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy's progress, tick by tick on a page of the test. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/watch.h"

enum { LIMIT = 500 * 1000 };

static struct page_proxy proxy;
static struct watch watch;
static char cause[WATCH_CAUSE];

static int reset(void **state)
{
	memset(&proxy, 0, sizeof(proxy));
	memset(&watch, 0, sizeof(watch));
	memset(cause, 0, sizeof(cause));
	return 0;
}

static enum watch_verdict tick(uint64_t elapsed_us)
{
	return watch_tick(&watch, &proxy, elapsed_us, LIMIT, cause);
}

static void serve(unsigned threads)
{
	atomic_store(&proxy.state, PAGE_PROXY_SERVING);
	atomic_store(&proxy.threads, threads);
	atomic_store(&proxy.generation, 1);
	for (unsigned i = 0; i < threads && i < PAGE_THREADS; i++)
		atomic_fetch_add(&proxy.thread[i].stamp_us, 1 + i);
	assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
}

/* Ticks until the verdict changes; returns how much time that was. */
static uint64_t until(enum watch_verdict wanted, uint64_t elapsed_us)
{
	uint64_t time = 0;

	while (tick(elapsed_us) != wanted) {
		time += elapsed_us;
		assert_true(time < 1000 * elapsed_us);
	}
	return time + elapsed_us;
}

static void test_no_proxy(void **state)
{
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
}

static void test_hung_thread(void **state)
{
	serve(4);
	for (uint64_t time = 0; time <= LIMIT; time += WATCH_TICK_US) {
		for (unsigned i = 0; i < 4; i++)
			if (i != 1)
				atomic_fetch_add(&proxy.thread[i].stamp_us, 1);
		tick(WATCH_TICK_US);
	}
	assert_string_equal(cause, "proxy thread 2 made no progress for 550 ms");
	atomic_fetch_add(&proxy.thread[1].stamp_us, 1);
	for (unsigned i = 0; i < 4; i++)
		atomic_fetch_add(&proxy.thread[i].stamp_us, 1);
	assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
}

/* Our own lateness: two ticks count at most. */
static void test_late_ticks(void **state)
{
	serve(1);
	assert_int_equal(tick(60000000), WATCH_FINE);
	assert_int_equal(tick(60000000), WATCH_FINE);
	atomic_fetch_add(&proxy.thread[0].stamp_us, 1);
	assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
	assert_int_equal(until(WATCH_FAULT, 60000000), 6 * (uint64_t)60000000);
}

static void test_killed(void **state)
{
	serve(1);
	atomic_store(&proxy.state, PAGE_PROXY_DEAD);
	atomic_store(&proxy.exit_status, SIGKILL);
	assert_int_equal(until(WATCH_FAULT, WATCH_TICK_US), LIMIT + WATCH_TICK_US);
	assert_string_equal(cause,
			    "proxy process died (signal 9) and did not serve again within 500 ms");
	serve(1);
}

/* Started again in time: the address stays. */
static void test_killed_and_back(void **state)
{
	serve(1);
	atomic_store(&proxy.state, PAGE_PROXY_DEAD);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
	atomic_store(&proxy.state, PAGE_PROXY_STARTING);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(tick(WATCH_TICK_US), WATCH_FINE);
	atomic_store(&proxy.generation, 2);
	serve(1);
}

static void test_exit_status(void **state)
{
	serve(1);
	atomic_store(&proxy.state, PAGE_PROXY_DEAD);
	atomic_store(&proxy.exit_status, 3 << 8);
	until(WATCH_FAULT, WATCH_TICK_US);
	assert_string_equal(cause,
			    "proxy process ended (status 3) and did not serve again within 500 ms");
}

static void test_stopping(void **state)
{
	serve(1);
	atomic_store(&proxy.state, PAGE_PROXY_STOPPING);
	assert_int_equal(tick(WATCH_TICK_US), WATCH_FAULT);
	assert_string_equal(cause, "proxy was told to stop");
}

static void test_first_start(void **state)
{
	atomic_store(&proxy.state, PAGE_PROXY_STARTING);
	atomic_store(&proxy.generation, 1);
	assert_int_equal(tick(WATCH_TICK_US), WATCH_WAITING);
	assert_in_range(until(WATCH_FAULT, WATCH_TICK_US), 10000000, 10100000);
	assert_string_equal(cause, "proxy did not begin to serve within 10 s");
}

/* A hostile page: nothing is read beyond it (the sanitizer looks on). */
static void test_hostile_page(void **state)
{
	serve(1);
	atomic_store(&proxy.threads, UINT32_MAX);
	for (unsigned i = 0; i < PAGE_THREADS; i++)
		atomic_store(&proxy.thread[i].stamp_us, UINT64_MAX);
	assert_int_equal(until(WATCH_FAULT, WATCH_TICK_US), LIMIT + 2 * WATCH_TICK_US);
	atomic_store(&proxy.state, 4711);
	tick(WATCH_TICK_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_proxy, reset),
		cmocka_unit_test_setup(test_hung_thread, reset),
		cmocka_unit_test_setup(test_late_ticks, reset),
		cmocka_unit_test_setup(test_killed, reset),
		cmocka_unit_test_setup(test_killed_and_back, reset),
		cmocka_unit_test_setup(test_exit_status, reset),
		cmocka_unit_test_setup(test_stopping, reset),
		cmocka_unit_test_setup(test_first_start, reset),
		cmocka_unit_test_setup(test_hostile_page, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
