/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vrrp_sync_group over small machines: what each member is told, and that
 * the members never disagree for longer than a step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/sync_group.h"

enum { MEMBERS = 3 };

struct pack {
	struct sync_member members[MEMBERS];
	struct sync_group group;
	enum page_vrrp_state state[MEMBERS];
	char told[256];
};

static void pack_init(struct pack *pack, unsigned count)
{
	*pack = (struct pack){ .told = "" };
	sync_group_init(&pack->group, pack->members, count);
}

static void pack_say(struct pack *pack, const char *who, enum page_vrrp_state state)
{
	size_t len = strlen(pack->told);

	snprintf(pack->told + len, sizeof(pack->told) - len, "%s%s %s", len == 0 ? "" : ", ", who,
		 page_vrrp_state_name(state));
}

/* What the caller of a machine does after ENTER: tell, follow the order, tell of the group. */
static void pack_enter(struct pack *pack, unsigned member, enum page_vrrp_state state)
{
	enum page_vrrp_state news;
	char name[8];

	pack->state[member] = state;
	enum sync_order order = sync_group_entered(&pack->group, member, state);
	snprintf(name, sizeof(name), "%u", member);
	if (sync_group_news(&pack->group, true, &news))
		pack_say(pack, "G", news);
	pack_say(pack, name, state);
	for (unsigned i = 0; i < pack->group.count; i++) {
		if (order == SYNC_LEAD && pack->state[i] == PAGE_VRRP_BACKUP)
			pack_enter(pack, i, PAGE_VRRP_MASTER);
		if (order == SYNC_YIELD && pack->state[i] == PAGE_VRRP_MASTER)
			pack_enter(pack, i, PAGE_VRRP_BACKUP);
	}
	if (sync_group_news(&pack->group, false, &news))
		pack_say(pack, "G", news);
}

/* As instance_reassess: the fault of one is everybody's, the end of the last one too. */
static void pack_judge(struct pack *pack, unsigned member, bool ready, bool fault)
{
	unsigned whose;

	if (!sync_group_judge(&pack->group, member, ready, fault))
		return;
	for (unsigned i = 0; i < pack->group.count; i++) {
		bool bad = pack->members[i].fault ||
			   sync_group_other_fault(&pack->group, i, &whose);

		if (bad && pack->state[i] != PAGE_VRRP_FAULT)
			pack_enter(pack, i, PAGE_VRRP_FAULT);
		else if (!bad && pack->state[i] == PAGE_VRRP_FAULT)
			pack_enter(pack, i, PAGE_VRRP_BACKUP);
		else if (!bad && pack->state[i] == PAGE_VRRP_INIT &&
			 sync_group_may_start(&pack->group))
			pack_enter(pack, i, PAGE_VRRP_BACKUP);
	}
}

static void pack_timer(struct pack *pack, unsigned member)
{
	if (pack->state[member] == PAGE_VRRP_BACKUP && sync_group_may_lead(&pack->group, member))
		pack_enter(pack, member, PAGE_VRRP_MASTER);
}

static void pack_start(struct pack *pack, unsigned count)
{
	pack_init(pack, count);
	for (unsigned i = 0; i < count; i++)
		pack_judge(pack, i, true, false);
	pack->told[0] = '\0';
}

static void test_starts_together(void **state)
{
	struct pack pack;

	pack_init(&pack, 3);
	pack_judge(&pack, 0, true, false);
	pack_judge(&pack, 2, true, false);
	assert_string_equal(pack.told, "");
	pack_judge(&pack, 1, true, false);
	/* As Keepalived: the group first, this once. */
	assert_string_equal(pack.told, "G BACKUP, 0 BACKUP, 1 BACKUP, 2 BACKUP");
}

static void test_leads_together(void **state)
{
	struct pack pack;

	pack_start(&pack, 3);
	pack_timer(&pack, 1);
	pack_timer(&pack, 2);
	assert_string_equal(pack.told, "");
	pack_timer(&pack, 0);
	assert_string_equal(pack.told, "0 MASTER, 1 MASTER, 2 MASTER, G MASTER");
}

/* A member whose master is alive keeps the others from leading. */
static void test_waits_for_a_follower(void **state)
{
	struct pack pack;

	pack_start(&pack, 2);
	pack_timer(&pack, 0);
	pack_timer(&pack, 0);
	assert_string_equal(pack.told, "");
	sync_group_follows(&pack.group, 0); /* its master is back */
	pack_timer(&pack, 1);
	assert_string_equal(pack.told, "");
	pack_timer(&pack, 0);
	assert_string_equal(pack.told, "0 MASTER, 1 MASTER, G MASTER");
}

static void test_yields_together(void **state)
{
	struct pack pack;

	pack_start(&pack, 2);
	pack_timer(&pack, 0);
	pack_timer(&pack, 1);
	pack.told[0] = '\0';
	pack_enter(&pack, 1, PAGE_VRRP_BACKUP);
	assert_string_equal(pack.told, "1 BACKUP, 0 BACKUP, G BACKUP");
	pack_timer(&pack, 1);
	assert_int_equal(pack.state[1], PAGE_VRRP_BACKUP); /* the old wish does not count */
}

static void test_fault_of_one(void **state)
{
	struct pack pack;
	unsigned whose = 9;

	pack_start(&pack, 3);
	pack_judge(&pack, 1, true, true);
	assert_string_equal(pack.told, "0 FAULT, 1 FAULT, 2 FAULT, G FAULT");
	assert_true(sync_group_other_fault(&pack.group, 0, &whose));
	assert_int_equal(whose, 1);
	assert_false(sync_group_other_fault(&pack.group, 1, &whose));
	pack_judge(&pack, 2, true, true);
	pack.told[0] = '\0';
	pack_judge(&pack, 1, true, false);
	assert_string_equal(pack.told, ""); /* 2 has one still */
	pack_judge(&pack, 2, true, false);
	assert_string_equal(pack.told, "0 BACKUP, 1 BACKUP, 2 BACKUP, G BACKUP");
}

static void test_fault_before_the_start(void **state)
{
	struct pack pack;

	pack_init(&pack, 2);
	pack_judge(&pack, 0, false, true);
	assert_string_equal(pack.told, "0 FAULT, 1 FAULT, G FAULT");
}

static void test_stops(void **state)
{
	struct pack pack;

	pack_start(&pack, 2);
	pack_enter(&pack, 0, PAGE_VRRP_STOPPED);
	pack_enter(&pack, 1, PAGE_VRRP_STOPPED);
	assert_string_equal(pack.told, "0 STOPPED, 1 STOPPED, G STOPPED");
}

static unsigned random_below(uint64_t *seed, unsigned below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % below;
}

/* Whatever happens, all members are in one state after each step. */
static void test_always_one_state(void **state)
{
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t random = seed;
		struct pack pack;

		pack_start(&pack, 3);
		for (unsigned step = 0; step < 200; step++) {
			unsigned member = random_below(&random, 3);

			pack.told[0] = '\0';
			switch (random_below(&random, 4)) {
			case 0:
				pack_timer(&pack, member);
				break;
			case 1:
				sync_group_follows(&pack.group, member);
				if (pack.state[member] == PAGE_VRRP_MASTER)
					pack_enter(&pack, member, PAGE_VRRP_BACKUP);
				break;
			default:
				pack_judge(&pack, member, true, random_below(&random, 4) == 0);
			}
			assert_int_equal(pack.state[0], pack.state[1]);
			assert_int_equal(pack.state[1], pack.state[2]);
			assert_int_equal(pack.group.told, pack.state[0]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts_together),
		cmocka_unit_test(test_leads_together),
		cmocka_unit_test(test_waits_for_a_follower),
		cmocka_unit_test(test_yields_together),
		cmocka_unit_test(test_fault_of_one),
		cmocka_unit_test(test_fault_before_the_start),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_always_one_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
