/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels before 5.11 have no epoll_pwait2: sleeps are whole milliseconds, and never too short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop/loop.c"

static struct loop *coarse_loop(void)
{
	struct loop *loop = loop_new(NULL);

	assert_false(loop->coarse); /* this kernel has it */
	loop->coarse = true;
	return loop;
}

static void sleeps_are_never_too_short(void **state)
{
	static const uint64_t sleeps_us[] = { 0, 1, 999, 1000, 1001, 2500 };
	struct loop *loop = coarse_loop();

	for (size_t i = 0; i < ARRAY_LEN(sleeps_us); i++) {
		struct moment before = moment_now();

		assert_int_equal(loop_turn(loop, sleeps_us[i]), 0);
		assert_true(moment_since(before, moment_now()) >= sleeps_us[i]);
	}
	loop_free(loop);
}

static void an_endless_sleep_ends_by_a_wake(void **state)
{
	struct loop *loop = coarse_loop();

	loop_wake(loop);
	assert_int_equal(loop_turn(loop, UINT64_MAX), 0);
	loop_wake(loop);
	assert_int_equal(loop_turn(loop, UINT64_MAX - 1), 0);
	loop_free(loop);
}

static void note(struct loop *loop, struct loop_timer *timer)
{
	loop_stop(loop);
}

static void timers_are_not_early(void **state)
{
	struct loop *loop = coarse_loop();
	struct loop_timer timer = { .on_expire = note };
	struct moment when = moment_after(moment_now(), 1500);

	assert_int_equal(loop_timer_arm(loop, &timer, when), 0);
	assert_int_equal(loop_run(loop), 0);
	assert_false(moment_before(moment_now(), when));
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeps_are_never_too_short),
		cmocka_unit_test(an_endless_sleep_ends_by_a_wake),
		cmocka_unit_test(timers_are_not_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
