/* SPDX-License-Identifier: Apache-2.0 */
/* Files, timers, deferred calls, hooks and signals of one loop in one thread. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"

struct probe {
	struct loop_file file;
	struct loop_timer timer;
	struct loop_deferred deferred;
	struct loop_hook hook;
	struct probe *victim;		/* closed by the first call */
	int victim_new_fd;		/* and added again with this one, if > 0 */
	unsigned calls, ready, again;
	uint64_t period_us;
	unsigned order;
};

static unsigned order;

static void note_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct probe *probe = container_of(file, struct probe, file);

	probe->calls++;
	probe->ready = ready;
	if (probe->again > 0) {
		probe->again--;
		loop_file_again(loop, file);
	}
	if (probe->victim != NULL && probe->victim->calls == 0) {
		loop_file_close(loop, &probe->victim->file);
		if (probe->victim_new_fd > 0)
			assert_int_equal(loop_file_add(loop, &probe->victim->file,
						       probe->victim_new_fd, note_ready), 0);
	}
}

static void make_pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static void files_are_told_once_per_edge(void **state)
{
	struct loop *loop = loop_new(state);
	struct probe probe = { .file.fd = -1 };
	int fds[2];

	assert_ptr_equal(loop_context(loop), state);
	make_pair(fds);
	assert_int_equal(loop_file_add(loop, &probe.file, fds[0], note_ready), 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.ready, LOOP_OUT);
	assert_int_equal(probe.calls, 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 1);

	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 2);
	assert_int_equal(probe.ready, LOOP_IN | LOOP_OUT);
	shutdown(fds[1], SHUT_WR);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.ready, LOOP_IN | LOOP_OUT | LOOP_HUP);
	close(fds[1]);

	loop_file_close(loop, &probe.file);
	assert_int_equal(probe.file.fd, -1);
	loop_file_close(loop, &probe.file);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 3);
	loop_free(loop);
}

static void level_files_are_told_until_read(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { .file.fd = -1 };
	char byte;
	int fds[2];

	make_pair(fds);
	assert_int_equal(loop_file_add_level(loop, &probe.file, fds[0], note_ready), 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(loop_turn(loop, 0), 0);
		assert_int_equal(probe.calls, i);
		assert_int_equal(probe.ready, LOOP_IN);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 3);
	loop_file_remove(loop, &probe.file);
	close(fds[0]);
	close(fds[1]);
	loop_free(loop);
}

/* A descriptor that a forked parent still holds must fall silent too. */
static void a_shared_level_file_leaves_the_set_when_closed(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { .file.fd = -1 };
	int fds[2], shared;

	make_pair(fds);
	shared = dup(fds[0]);
	assert_int_equal(loop_file_add_level(loop, &probe.file, fds[0], note_ready), 0);
	loop_file_close(loop, &probe.file);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 0);
	close(shared);
	close(fds[1]);
	loop_free(loop);
}

static void adding_a_bad_fd_fails(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { .file.fd = 7 };

	assert_int_equal(loop_file_add(loop, &probe.file, -1, note_ready), -EBADF);
	assert_int_equal(probe.file.fd, -1);
	loop_free(loop);
}

/* Each of two files closes the other: whoever is told first, the other must stay silent. */
static void events_of_closed_files_are_dropped(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe a = { .file.fd = -1 }, b = { .file.fd = -1 };
	int one[2], two[2];

	make_pair(one);
	make_pair(two);
	a.victim = &b;
	b.victim = &a;
	assert_int_equal(loop_file_add(loop, &a.file, one[0], note_ready), 0);
	assert_int_equal(loop_file_add(loop, &b.file, two[0], note_ready), 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(a.calls + b.calls, 1);
	assert_int_equal((a.file.fd < 0) + (b.file.fd < 0), 1);
	loop_file_close(loop, &a.file);
	loop_file_close(loop, &b.file);
	close(one[1]);
	close(two[1]);
	loop_free(loop);
}

/* A connect that is tried again: the old socket's event must not reach the new one. */
static void a_file_added_again_does_not_see_old_events(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe a = { .file.fd = -1 }, b = { .file.fd = -1 };
	int one[2], two[2], three[2];

	make_pair(one);
	make_pair(two);
	make_pair(three);
	a.victim = &b;
	a.victim_new_fd = three[0];
	assert_int_equal(loop_file_add(loop, &a.file, one[0], note_ready), 0);
	assert_int_equal(loop_file_add(loop, &b.file, two[0], note_ready), 0);
	close(two[1]);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(b.calls, 1);
	assert_int_equal(b.ready, LOOP_OUT);
	loop_file_close(loop, &a.file);
	loop_file_close(loop, &b.file);
	close(one[1]);
	close(three[1]);
	loop_free(loop);
}

static void again_comes_in_the_next_turn_without_sleep(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { .file.fd = -1, .again = 2 };
	struct moment before = moment_now();
	int fds[2];

	make_pair(fds);
	assert_int_equal(loop_file_add(loop, &probe.file, fds[0], note_ready), 0);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(loop_turn(loop, 10 * 1000000), 0);
		assert_int_equal(probe.calls, i);
		assert_int_equal(probe.ready, i == 1 ? LOOP_OUT : 0);
	}
	assert_true(moment_since(before, moment_now()) < 5 * 1000000);
	assert_false(probe.file.queued);

	loop_file_again(loop, &probe.file);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 4);
	assert_int_equal(probe.ready, LOOP_IN | LOOP_OUT);

	loop_file_again(loop, &probe.file);
	loop_file_close(loop, &probe.file);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.calls, 4);
	close(fds[1]);
	loop_free(loop);
}

static void note_expiry(struct loop *loop, struct loop_timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);

	probe->calls++;
	probe->order = ++order;
	assert_false(moment_before(loop_now(loop), timer->when));
	if (probe->period_us > 0)
		assert_int_equal(loop_timer_arm(loop, timer,
						moment_after(timer->when, probe->period_us)), 0);
}

static void timers_expire_in_order_and_not_early(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probes[100];
	struct moment start = loop_now(loop);

	memset(probes, 0, sizeof(probes));
	order = 0;
	for (unsigned i = 0; i < 100; i++) {
		probes[i].timer.on_expire = note_expiry;
		assert_int_equal(loop_timer_arm(loop, &probes[i].timer,
						moment_after(start, 200 + i * 37 % 100 * 50)), 0);
	}
	loop_timer_disarm(loop, &probes[3].timer);
	loop_timer_disarm(loop, &probes[3].timer);
	assert_int_equal(loop_timer_arm(loop, &probes[4].timer, MOMENT_NEVER), 0);
	assert_int_equal(loop_timer_arm(loop, &probes[5].timer, moment_after(start, 1)), 0);
	while (order < 98)
		assert_int_equal(loop_turn(loop, 1000000), 0);
	assert_int_equal(probes[3].calls + probes[4].calls, 0);
	assert_int_equal(probes[5].order, 1);
	for (unsigned i = 0; i < 100; i++) {
		for (unsigned j = 0; j < 100; j++) {
			if (probes[i].calls == 1 && probes[j].calls == 1 &&
			    probes[i].timer.when.us < probes[j].timer.when.us)
				assert_true(probes[i].order < probes[j].order);
		}
	}
	assert_int_equal(loop_counters(loop)->timers, 98);
	loop_free(loop);
}

static void a_late_periodic_timer_does_not_starve_the_turn(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { .timer.on_expire = note_expiry, .period_us = 1 };

	assert_int_equal(loop_timer_arm(loop, &probe.timer, (struct moment){ 1 }), 0);
	assert_int_equal(loop_turn(loop, 1000000), 0);
	assert_int_equal(probe.calls, 1);
	assert_int_equal(loop_turn(loop, 1000000), 0);
	assert_int_equal(probe.calls, 2);
	loop_free(loop);
}

static void sub_millisecond_sleeps_are_kept(void **state)
{
	struct loop *loop = loop_new(NULL);
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 20; i++) {
		struct moment before = moment_now();
		uint64_t took;

		assert_int_equal(loop_turn(loop, 300), 0);
		took = moment_since(before, moment_now());
		assert_true(took >= 300);
		best = took < best ? took : best;
	}
	assert_true(best < 900);
	loop_free(loop);
}

static void a_heartbeat_bounds_the_sleep(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct moment before = moment_now();

	loop_set_heartbeat(loop, 2000);
	assert_int_equal(loop_turn(loop, UINT64_MAX), 0);
	assert_int_equal(loop_turn(loop, UINT64_MAX), 0);
	assert_true(moment_since(before, moment_now()) >= 4000);
	assert_int_equal(loop_counters(loop)->turns, 2);
	loop_free(loop);
}

static void note_deferred(struct loop *loop, struct loop_deferred *deferred)
{
	struct probe *probe = container_of(deferred, struct probe, deferred);

	probe->order = ++order;
	if (probe->victim != NULL)
		loop_defer(loop, &probe->victim->deferred, note_deferred);
}

static void deferred_calls_keep_their_order(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe a = { 0 }, b = { 0 }, c = { 0 };

	order = 0;
	a.victim = &c;
	loop_defer(loop, &a.deferred, note_deferred);
	loop_defer(loop, &b.deferred, note_deferred);
	assert_int_equal(loop_turn(loop, UINT64_MAX), 0);
	assert_int_equal(a.order, 1);
	assert_int_equal(b.order, 2);
	assert_int_equal(c.order, 3);
	loop_free(loop);
}

static void note_hook(struct loop *loop, struct loop_hook *hook)
{
	struct probe *probe = container_of(hook, struct probe, hook);

	if (++probe->calls == 5)
		loop_stop(loop);
	loop_defer(loop, &probe->deferred, note_deferred);
}

static void hooks_run_each_turn_and_may_stop_the_loop(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct probe probe = { 0 };

	loop_hook_add(loop, &probe.hook, note_hook);
	loop_set_heartbeat(loop, 100);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(probe.calls, 5);
	loop_free(loop);
}

static int seen_signals[65];

static void note_signal(struct loop *loop, int signal)
{
	seen_signals[signal]++;
}

static void signals_arrive_as_files(void **state)
{
	struct loop *loop = loop_new(NULL);

	assert_int_equal(loop_signals(loop, (const int[]){ SIGUSR1, SIGHUP, 0 }, note_signal), 0);
	raise(SIGUSR1);
	raise(SIGHUP);
	assert_int_equal(loop_turn(loop, 1000000), 0);
	assert_int_equal(seen_signals[SIGUSR1], 1);
	assert_int_equal(seen_signals[SIGHUP], 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(seen_signals[SIGUSR1], 1);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_told_once_per_edge),
		cmocka_unit_test(level_files_are_told_until_read),
		cmocka_unit_test(a_shared_level_file_leaves_the_set_when_closed),
		cmocka_unit_test(adding_a_bad_fd_fails),
		cmocka_unit_test(events_of_closed_files_are_dropped),
		cmocka_unit_test(a_file_added_again_does_not_see_old_events),
		cmocka_unit_test(again_comes_in_the_next_turn_without_sleep),
		cmocka_unit_test(timers_expire_in_order_and_not_early),
		cmocka_unit_test(a_late_periodic_timer_does_not_starve_the_turn),
		cmocka_unit_test(sub_millisecond_sleeps_are_kept),
		cmocka_unit_test(a_heartbeat_bounds_the_sleep),
		cmocka_unit_test(deferred_calls_keep_their_order),
		cmocka_unit_test(hooks_run_each_turn_and_may_stop_the_loop),
		cmocka_unit_test(signals_arrive_as_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
