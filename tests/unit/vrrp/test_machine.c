/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the state machine on simulated time (RFC 3768, 6.4), and replays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vrrp/machine.h"

enum { SECOND = 1000000 };

static struct vrrp_instance_conf conf;
static struct machine machine;
static struct machine_steps steps;
static struct moment now;

static struct ip node(uint32_t number)
{
	return ip_from_v4((struct in_addr){ htonl(number) });
}

static void setup(uint8_t priority, enum vrrp_auth auth)
{
	conf = (struct vrrp_instance_conf){
		.priority = priority,
		.auth = auth,
		.advert_interval_us = SECOND,
		.version = 2,
		.down_timer_adverts = 3,
		.garp = { .master_delay_us = 5 * SECOND, .master_repeat = 5,
			  .lower_prio_delay_us = 7 * SECOND, .lower_prio_repeat = 3 },
	};
	now = (struct moment){ 100 * SECOND };
	machine_init(&machine, &conf, 0);
	machine.source = node(20);
	steps.count = 0;
}

static void event(enum machine_event what)
{
	steps.count = 0;
	machine_event(&machine, now, what, &steps);
}

static enum machine_event hear(uint32_t source, uint8_t priority, uint32_t sequence)
{
	struct machine_advert advert = {
		.source = node(source), .priority = priority, .sequence = sequence,
	};

	steps.count = 0;
	return machine_heard(&machine, now, &advert, &steps);
}

/* Runs on to the next moment at which something happens; returns how far that was, in us. */
static uint64_t run_on(void)
{
	struct moment start = now, down_at = machine.down_at;

	do {
		now = machine_next_due(&machine);
		steps.count = 0;
		machine_tick(&machine, now, &steps);
	} while (steps.count == 0 && machine.down_at.us == down_at.us);
	return moment_since(start, now);
}

static void expect_steps(const char *wanted)
{
	static const char letters[] = { [MACHINE_SEND] = 's', [MACHINE_TAKE] = 't', [MACHINE_DROP] = 'd',
					[MACHINE_GARP] = 'g', [MACHINE_ASK] = 'a',
					[MACHINE_ENTER] = 'e' };
	char got[MACHINE_STEPS + 1] = "";

	for (unsigned i = 0; i < steps.count; i++)
		got[i] = letters[steps.step[i].kind];
	assert_string_equal(got, wanted);
}

static void become_master(uint8_t priority, enum vrrp_auth auth)
{
	setup(priority, auth);
	event(MACHINE_START);
	run_on();
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
}

static void test_silence(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	expect_steps("e");
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	assert_int_equal(run_on(), 3 * SECOND + 156 * SECOND / 256);
	expect_steps("stge"); /* advertisement, address, gratuitous ARP, then tell */
	assert_int_equal(steps.step[0].priority, 100);
	assert_int_equal(steps.step[2].repeat, 5);
	assert_int_equal(run_on(), SECOND);
	expect_steps("s");
}

static void test_second_burst_then_none(void **state)
{
	unsigned bursts = 0;

	become_master(100, VRRP_AUTH_PASS);
	struct moment start = now;
	while (moment_since(start, now) < 30 * (uint64_t)SECOND) {
		run_on();
		for (unsigned i = 0; i < steps.count; i++)
			if (steps.step[i].kind == MACHINE_GARP) {
				assert_int_equal(moment_since(start, now), 5 * SECOND);
				bursts++;
			}
	}
	assert_int_equal(bursts, 1);
}

static void test_refresh(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	conf.garp.master_delay_us = 0;
	conf.garp.master_refresh_us = 10 * SECOND;
	conf.garp.master_refresh_repeat = 2;
	event(MACHINE_START);
	run_on();
	struct moment start = now;
	do
		run_on();
	while (steps.step[steps.count - 1].kind != MACHINE_GARP);
	assert_int_equal(moment_since(start, now), 10 * SECOND);
	assert_int_equal(steps.step[steps.count - 1].repeat, 2);
}

static void test_farewell_waits_the_skew(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	assert_int_equal(hear(21, 0, 0), MACHINE_HEARD_ZERO);
	assert_int_equal(run_on(), 156 * SECOND / 256);
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
}

/* RFC 3768, 6.4.2: a worse one is discarded and the timer runs on. */
static void test_backup_and_worse(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	struct moment due = machine.down_at;
	now = moment_after(now, SECOND);
	assert_int_equal(hear(21, 99, 0), MACHINE_HEARD_WORSE);
	assert_int_equal(machine.down_at.us, due.us);
	assert_int_equal(hear(19, 100, 0), MACHINE_HEARD_BETTER); /* equal: a backup yields */
	assert_int_equal(machine.down_at.us, moment_after(now, machine_down_us(&machine)).us);
}

static void test_nopreempt(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	conf.nopreempt = true;
	event(MACHINE_START);
	now = moment_after(now, SECOND);
	assert_int_equal(hear(21, 1, 0), MACHINE_HEARD_KEPT);
	assert_int_equal(run_on(), machine_down_us(&machine));
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
}

static void test_preempt_delay(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	conf.preempt_delay_us = 10 * SECOND;
	event(MACHINE_START);
	struct moment start = now;
	while (machine.state == PAGE_VRRP_BACKUP) {
		now = moment_after(now, SECOND);
		steps.count = 0;
		machine_tick(&machine, now, &steps);
		if (machine.state == PAGE_VRRP_BACKUP)
			hear(21, 99, 0);
		assert_true(moment_since(start, now) < 20 * (uint64_t)SECOND);
	}
	assert_in_range(moment_since(start, now), 10 * SECOND, 15 * SECOND);
}

static void test_ties_go_by_address(void **state)
{
	become_master(100, VRRP_AUTH_PASS);
	assert_int_equal(hear(19, 100, 0), MACHINE_HEARD_WORSE);
	expect_steps("stg");
	assert_int_equal(steps.step[2].repeat, 3);
	assert_int_equal(hear(21, 100, 0), MACHINE_HEARD_BETTER);
	expect_steps("dse"); /* the address goes before the last advertisement */
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(20, 255, 0), MACHINE_EVENTS); /* our own */
}

static void test_fault_and_stop(void **state)
{
	become_master(100, VRRP_AUTH_PASS);
	event(MACHINE_FAULT);
	expect_steps("dsse");
	assert_int_equal(steps.step[0].priority, 0);
	assert_int_equal(steps.step[1].priority, 0);
	assert_int_equal(machine_next_due(&machine).us, UINT64_MAX);
	event(MACHINE_CLEAR);
	expect_steps("e");
	run_on();
	expect_steps("stge");
	event(MACHINE_STOP);
	expect_steps("dse");
	assert_int_equal(steps.step[0].priority, 0);
	event(MACHINE_START);
	expect_steps("");
}

static void test_starts(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START_AS_MASTER);
	assert_int_equal(run_on(), 0);
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_RESTART);
	expect_steps("stge");
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_FAULT);
	expect_steps("e");
}

/* Silence that we slept through proves nothing. */
static void test_late(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	now = moment_after(machine_next_due(&machine), 2 * SECOND);
	machine_tick(&machine, now, &steps);
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	become_master(100, VRRP_AUTH_PASS);
	now = moment_after(machine_next_due(&machine), 4 * SECOND);
	steps.count = 0;
	machine_tick(&machine, now, &steps);
	assert_int_equal(steps.step[0].event, MACHINE_LATE);
	/* Lets go before it says anything, and asks who is master. */
	expect_steps("dse");
	assert_int_equal(steps.step[1].priority, 1);
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	run_on();
	expect_steps("stge");
}

/* RFC 5798, 6.1: the skew is of the interval, and a backup counts in its master's. */
static void test_version_3_counts_in_the_masters_interval(void **state)
{
	struct machine_advert advert = { .source = node(21), .priority = 200,
					 .interval_us = SECOND / 100 };

	setup(100, VRRP_AUTH_NONE);
	conf.version = 3;
	event(MACHINE_START);
	assert_int_equal(machine_skew_us(&machine), 156 * SECOND / 256);
	steps.count = 0;
	machine_heard(&machine, now, &advert, &steps);
	assert_int_equal(run_on(), 3 * SECOND / 100 + 156 * (SECOND / 100) / 256);
	expect_steps("stge");
	assert_int_equal(run_on(), SECOND); /* its own again */
}

static void test_down_timer_adverts(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	conf.down_timer_adverts = 7;
	event(MACHINE_START);
	assert_int_equal(run_on(), 7 * SECOND + 156 * SECOND / 256);
}

/* Time in which this node did not run is no silence of the other, up to as much again. */
static void test_stalls_do_not_count(void **state)
{
	uint64_t down = 3 * SECOND + 156 * SECOND / 256;

	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	struct moment start = now;
	for (unsigned i = 0; i < 3; i++) { /* each look comes half an interval late */
		now = moment_after(machine_next_due(&machine), SECOND / 2);
		machine_tick(&machine, now, &steps);
	}
	assert_int_equal(moment_since(start, machine.down_at), down + 3 * SECOND / 2);
	for (unsigned i = 0; i < 100 && machine.state == PAGE_VRRP_BACKUP; i++) {
		now = moment_after(machine_next_due(&machine), SECOND / 2);
		machine_tick(&machine, now, &steps);
	}
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
	assert_in_range(moment_since(start, now), down + 3 * SECOND / 2, 2 * down + SECOND);
}

static void test_held_back(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	machine.held = true;
	for (unsigned i = 0; i < 5; i++) {
		run_on();
		expect_steps("");
		assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	}
	machine.held = false;
	assert_int_equal(run_on(), SECOND);
	expect_steps("stge");
}

/* The one that was asked takes the addresses before the other lets go of them. */
static void test_hand_over(void **state)
{
	setup(100, VRRP_AUTH_PASS);
	event(MACHINE_START);
	event(MACHINE_ASKED);
	expect_steps("stge");
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);

	become_master(200, VRRP_AUTH_PASS);
	event(MACHINE_HAND_OVER);
	expect_steps("a");
	assert_int_equal(hear(21, 100, 0), MACHINE_HANDED_OVER);
	expect_steps("dse");
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	/* It stays so while that one lives, whatever the priorities. */
	for (unsigned i = 0; i < 10; i++) {
		now = moment_after(now, SECOND);
		assert_int_equal(hear(21, 100, 0), MACHINE_HEARD_KEPT);
		assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	}
	run_on();
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
	assert_int_equal(hear(21, 100, 0), MACHINE_HEARD_WORSE);
}

static void test_hand_over_that_fails(void **state)
{
	become_master(200, VRRP_AUTH_PASS);
	event(MACHINE_HAND_OVER);
	now = moment_after(now, 1001 * (uint64_t)1000);
	assert_int_equal(hear(21, 100, 0), MACHINE_HEARD_WORSE);
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
}

static void test_answers_as_configured(void **state)
{
	become_master(200, VRRP_AUTH_PASS);
	conf.lower_prio_no_advert = true;
	hear(21, 100, 0);
	expect_steps("tg");
	become_master(100, VRRP_AUTH_PASS);
	conf.higher_prio_send_advert = true;
	hear(21, 200, 0);
	expect_steps("dse");
	assert_int_equal(steps.step[1].priority, 100);
	become_master(255, VRRP_AUTH_PASS);
	conf.owner_ignore_adverts = true;
	assert_int_equal(hear(21, 255, 0), MACHINE_EVENTS);
	expect_steps("");
}

static void test_sequence_is_shared(void **state)
{
	setup(100, VRRP_AUTH_AH);
	event(MACHINE_START);
	hear(21, 101, 500);
	run_on();
	expect_steps("stge");
	assert_int_equal(steps.step[0].sequence, 501);
}

/* A better master with an old number is asked by an advertisement, and only believed when fresh. */
static void test_replay_does_not_depose(void **state)
{
	become_master(100, VRRP_AUTH_AH);
	machine.sequence = 1000;
	for (unsigned i = 0; i < 100; i++) {
		assert_in_range(hear(21, 200, 900), MACHINE_STALE_BETTER, MACHINE_EVENTS);
		assert_int_equal(machine.state, PAGE_VRRP_MASTER);
		assert_int_equal(steps.count, i == 0 ? 1 : 0); /* a flood gets one answer */
	}
	assert_int_equal(hear(21, 200, machine.sequence + 1), MACHINE_HEARD_BETTER);
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
}

static void test_stale_rival_is_answered_above(void **state)
{
	become_master(100, VRRP_AUTH_AH);
	machine.sequence = 1000;
	assert_int_equal(hear(21, 99, 1000), MACHINE_STALE_WORSE);
	expect_steps("stg");
	assert_true(steps.step[0].sequence > 1000);
}

/* Replays of a dead master cost one question, and no more than PROBE of time, however many. */
static void test_replay_keeps_no_dead_master_alive(void **state)
{
	unsigned asked = 0;

	setup(100, VRRP_AUTH_AH);
	event(MACHINE_START);
	hear(21, 200, 1000);
	struct moment start = now;
	while (machine.state == PAGE_VRRP_BACKUP) {
		now = moment_after(now, 50000);
		hear(21, 200, 1000);
		steps.count = 0;
		machine_tick(&machine, now, &steps);
		asked += steps.count == 1 && steps.step[0].kind == MACHINE_SEND;
		assert_true(moment_since(start, now) < 5 * (uint64_t)SECOND);
	}
	assert_int_equal(asked, 1);
	assert_in_range(moment_since(start, now), machine_down_us(&machine),
			machine_down_us(&machine) + 300000);
}

/* A live master that counts from 1 again answers the question above our number. */
static void test_restarted_master_is_recognized(void **state)
{
	setup(100, VRRP_AUTH_AH);
	event(MACHINE_START);
	hear(21, 200, 1000);
	now = moment_after(now, SECOND);
	assert_int_equal(hear(21, 200, 3), MACHINE_STALE_BETTER);
	run_on();
	expect_steps("s");
	assert_int_equal(steps.step[0].priority, 1); /* deposes nobody */
	uint32_t asked = steps.step[0].sequence;
	assert_true(asked > 1000);
	now = moment_after(now, 1000);
	assert_int_equal(hear(21, 200, asked + 1), MACHINE_HEARD_BETTER);
	assert_int_equal(run_on(), machine_down_us(&machine));
}

/* What the simulator found (tests/sim): RFC 5798, 6.4.3: a master that yields learns the interval. */
static void test_yielding_learns_the_interval(void **state)
{
	become_master(100, VRRP_AUTH_NONE);
	conf.version = 3;
	conf.advert_interval_us = machine.interval_us = SECOND / 100;
	struct machine_advert better = { .source = node(21), .priority = 200, .interval_us = SECOND };

	steps.count = 0;
	assert_int_equal(machine_heard(&machine, now, &better, &steps), MACHINE_HEARD_BETTER);
	assert_int_equal(run_on(), 3 * SECOND + 156 * (uint64_t)SECOND / 256);
}

/* The advertisement of the one that asked us was under way when we took over. */
static void test_asked_does_not_yield_to_what_is_under_way(void **state)
{
	setup(100, VRRP_AUTH_NONE);
	event(MACHINE_START);
	hear(21, 200, 0);
	event(MACHINE_ASKED);
	now = moment_after(now, 1000);
	assert_int_equal(hear(21, 200, 0), MACHINE_EVENTS);
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
	assert_int_equal(hear(22, 200, 0), MACHINE_HEARD_BETTER); /* another one is another matter */
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
}

/* A third node's confession is no sign that the successor has taken over. */
static void test_confession_ends_no_hand_over(void **state)
{
	become_master(100, VRRP_AUTH_NONE);
	event(MACHINE_HAND_OVER);
	assert_int_equal(hear(22, 1, 0), MACHINE_HEARD_WORSE);
	assert_int_equal(machine.state, PAGE_VRRP_MASTER);
	assert_int_equal(hear(21, 90, 0), MACHINE_HANDED_OVER);
}

/* Nor is it a master for one that preempts nobody: its wait goes on. */
static void test_confession_keeps_no_wait(void **state)
{
	setup(100, VRRP_AUTH_NONE);
	conf.nopreempt = true;
	event(MACHINE_START);
	assert_int_equal(hear(21, 90, 0), MACHINE_HEARD_KEPT);
	struct moment due = machine.down_at;
	now = moment_after(now, SECOND);
	assert_int_equal(hear(22, 1, 0), MACHINE_HEARD_WORSE);
	assert_int_equal(machine.down_at.us, due.us);
	assert_int_equal(hear(21, 1, 0), MACHINE_HEARD_KEPT); /* the one that it follows may have it */
}

/* What waited on the socket of a frozen master is read by one that has yielded. */
static void test_frozen_yields_before_it_answers(void **state)
{
	become_master(100, VRRP_AUTH_NONE);
	now = moment_after(now, 10 * (uint64_t)SECOND);
	assert_int_equal(hear(21, 90, 0), MACHINE_HEARD_WORSE);
	assert_int_equal(machine.state, PAGE_VRRP_BACKUP);
	assert_int_equal(steps.step[0].kind, MACHINE_DROP);
	for (unsigned i = 0; i < steps.count; i++)
		if (steps.step[i].kind == MACHINE_SEND)
			assert_int_equal(steps.step[i].priority, 1);
}

static void test_priority_255_and_1(void **state)
{
	setup(255, VRRP_AUTH_PASS);
	assert_int_equal(machine_skew_us(&machine), SECOND / 256);
	machine.priority = 1;
	assert_int_equal(machine_skew_us(&machine), 255 * (uint64_t)SECOND / 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_second_burst_then_none),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_farewell_waits_the_skew),
		cmocka_unit_test(test_backup_and_worse),
		cmocka_unit_test(test_nopreempt),
		cmocka_unit_test(test_preempt_delay),
		cmocka_unit_test(test_ties_go_by_address),
		cmocka_unit_test(test_fault_and_stop),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_version_3_counts_in_the_masters_interval),
		cmocka_unit_test(test_down_timer_adverts),
		cmocka_unit_test(test_stalls_do_not_count),
		cmocka_unit_test(test_held_back),
		cmocka_unit_test(test_hand_over),
		cmocka_unit_test(test_hand_over_that_fails),
		cmocka_unit_test(test_answers_as_configured),
		cmocka_unit_test(test_sequence_is_shared),
		cmocka_unit_test(test_replay_does_not_depose),
		cmocka_unit_test(test_stale_rival_is_answered_above),
		cmocka_unit_test(test_replay_keeps_no_dead_master_alive),
		cmocka_unit_test(test_restarted_master_is_recognized),
		cmocka_unit_test(test_yielding_learns_the_interval),
		cmocka_unit_test(test_asked_does_not_yield_to_what_is_under_way),
		cmocka_unit_test(test_confession_ends_no_hand_over),
		cmocka_unit_test(test_confession_keeps_no_wait),
		cmocka_unit_test(test_frozen_yields_before_it_answers),
		cmocka_unit_test(test_priority_255_and_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
