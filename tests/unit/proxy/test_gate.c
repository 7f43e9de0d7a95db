/* SPDX-License-Identifier: Apache-2.0 */
/* The limit is exact, and nobody who waits is forgotten. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/gate.h"

static void test_limit(void **state)
{
	struct gate gate = { .limit = 2 };

	assert_true(gate_enter(&gate));
	assert_true(gate_enter(&gate));
	assert_false(gate_enter(&gate));
	assert_int_equal(gate_now(&gate), 2);
	assert_int_equal(gate_leave(&gate), 0);
	assert_true(gate_enter(&gate));
	assert_int_equal(gate.load.max, 2);
}

static void test_no_limit(void **state)
{
	struct gate gate = { .limit = 0 };

	for (unsigned i = 0; i < 1000; i++)
		assert_true(gate_enter(&gate));
	assert_int_equal(gate_now(&gate), 1000);
}

static void test_who_waits_is_named_once(void **state)
{
	struct gate gate = { .limit = 1 };

	assert_true(gate_enter(&gate));
	assert_true(gate_wait(&gate, 3));
	assert_true(gate_wait(&gate, 63));
	assert_int_equal(gate_leave(&gate), UINT64_C(1) << 3 | UINT64_C(1) << 63);
	assert_true(gate_enter(&gate));
	assert_int_equal(gate_leave(&gate), 0);
}

static void test_a_place_freed_before_the_wait(void **state)
{
	struct gate gate = { .limit = 1 };

	assert_true(gate_enter(&gate));
	assert_int_equal(gate_leave(&gate), 0);
	assert_false(gate_wait(&gate, 0));
	assert_int_equal(gate.waiting, 0);
}

enum { ROUNDS = 20000, LIMIT = 3, THREADS = 4 };

static _Atomic unsigned inside, most;

static void *come_and_go(void *argument)
{
	struct gate *gate = argument;

	for (unsigned done = 0; done < ROUNDS;) {
		if (!gate_enter(gate))
			continue;
		unsigned now = atomic_fetch_add(&inside, 1) + 1;
		if (now > atomic_load(&most))
			atomic_store(&most, now);
		atomic_fetch_sub(&inside, 1);
		gate_leave(gate);
		done++;
	}
	return NULL;
}

static void test_exact_over_threads(void **state)
{
	struct gate gate = { .limit = LIMIT };
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &gate), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(most <= LIMIT);
	assert_int_equal(gate_now(&gate), 0);
}

static void test_rate(void **state)
{
	struct rate rate = { 0 };

	for (unsigned i = 0; i < 10; i++)
		rate_count(&rate, 5000000 + i);
	assert_int_equal(rate_read(&rate, 6000000), 10);
	assert_int_equal(rate_read(&rate, 7000000), 0);
	for (unsigned i = 0; i < 4; i++)
		rate_count(&rate, 6000000);
	assert_int_equal(rate.max, 10);
	assert_int_equal(rate_read(&rate, 6500000), 4 + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_who_waits_is_named_once),
		cmocka_unit_test(test_a_place_freed_before_the_wait),
		cmocka_unit_test(test_exact_over_threads),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
