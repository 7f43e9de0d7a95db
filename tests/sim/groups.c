/* SPDX-License-Identifier: Apache-2.0 */
/* sim/groups.c - see groups.h. */
#include "groups.h"

#include <string.h>

#include "base/macros.h"
#include "network.h"
#include "node.h"
#include "rules.h"

enum { SECOND_US = 1000 * 1000, SETTLED_US = 600 * 1000, RARE = 8 };

/* ---- the members of one machine ---- */

static unsigned bond_member(const struct bond *bond, const struct world *world)
{
	return (unsigned)(world - bond->groups->world);
}

static struct node *bond_node(struct bond *bond, unsigned member)
{
	return &bond->groups->world[member].nodes[bond->machine];
}

/* The other world learns that it is as late here. */
static struct world *bond_other(struct bond *bond, const struct world *world)
{
	struct world *other = &bond->groups->world[1 - bond_member(bond, world)];

	if (other->now < world->now) {
		rules_pass(other, world->now);
		other->now = world->now;
	}
	return other;
}

void bond_entered(struct world *world, struct node *node, enum page_vrrp_state state)
{
	struct bond *bond = node->bond;
	unsigned member = bond_member(bond, world);
	enum sync_order order = sync_group_entered(&bond->sync, member, state);
	struct node *other = bond_node(bond, 1 - member);

	if (order == SYNC_LEAD && other->machine.state == PAGE_VRRP_BACKUP &&
	    node_now(world, other).us - other->followed < other->conf.advert_interval_us)
		world_fail(world, "machine %u claims, though its other member follows a master",
			   bond->machine);
	if (order == SYNC_LEAD && other->machine.state == PAGE_VRRP_BACKUP)
		node_event(bond_other(bond, world), other, MACHINE_LEAD);
	else if (order == SYNC_YIELD && other->machine.state == PAGE_VRRP_MASTER)
		node_event(bond_other(bond, world), other, MACHINE_YIELD);
}

bool bond_may_lead(const struct world *world, struct node *node)
{
	return sync_group_may_lead(&node->bond->sync, bond_member(node->bond, world));
}

void bond_heard(const struct world *world, struct node *node, enum machine_event event)
{
	bool follows = event == MACHINE_HEARD_BETTER || event == MACHINE_HEARD_KEPT;

	if (follows)
		sync_group_follows(&node->bond->sync, bond_member(node->bond, world));
	if (follows || event == MACHINE_HEARD_ZERO)
		node->followed = follows ? node_now(world, node).us : 0;
}

/* One process: nothing of it runs before all of it does. */
void bond_wake(struct bond *bond)
{
	bool boots = bond_node(bond, 0)->sleep == SLEEP_OFF;

	for (unsigned i = 0; i < GROUP_NETWORKS && boots; i++)
		bond_node(bond, i)->followed = 0;
	if (boots)
		sync_group_init(&bond->sync, bond->members, GROUP_NETWORKS);
	for (unsigned i = 0; i < GROUP_NETWORKS; i++)
		node_rise(&bond->groups->world[i], bond_node(bond, i));
	for (unsigned i = 0; i < GROUP_NETWORKS && !boots; i++)
		node_catch_up(&bond->groups->world[i], bond_node(bond, i));
}

/* A member's fault is every member's. */
static void bond_fault(struct bond *bond, unsigned member, bool fault)
{
	bool any;

	bond->fault[member] = fault;
	any = bond->fault[0] || bond->fault[1];
	for (unsigned i = 0; i < GROUP_NETWORKS; i++)
		node_fault(&bond->groups->world[i], bond_node(bond, i), any);
}

/* ---- time ---- */

static void groups_check(struct groups *groups)
{
	for (unsigned i = 0; i < groups->count; i++) {
		const struct node *one = bond_node(&groups->bond[i], 0);
		const struct node *two = bond_node(&groups->bond[i], 1);

		if (node_runs(one) && (one->machine.state == PAGE_VRRP_MASTER) !=
					      (two->machine.state == PAGE_VRRP_MASTER))
			world_fail(&groups->world[0], "machine %u: its members are %s and %s", i,
				   node_state_name(one), node_state_name(two));
	}
}

static bool groups_failed(const struct groups *groups)
{
	return world_failed(&groups->world[0]) || world_failed(&groups->world[1]);
}

static uint64_t groups_next(const struct groups *groups)
{
	uint64_t one = world_next(&groups->world[0]), two = world_next(&groups->world[1]);

	return one < two ? one : two;
}

static void groups_pass(struct groups *groups, uint64_t until)
{
	for (unsigned i = 0; i < GROUP_NETWORKS; i++) {
		rules_pass(&groups->world[i], until);
		if (until > groups->world[i].now)
			groups->world[i].now = until;
	}
}

static void groups_until(struct groups *groups, uint64_t end)
{
	uint64_t next;

	while (!groups_failed(groups) && (next = groups_next(groups)) <= end) {
		groups_pass(groups, next);
		for (unsigned i = 0; i < GROUP_NETWORKS; i++)
			world_step(&groups->world[i]);
		groups->world[0].events++;
		groups_check(groups);
	}
	groups_pass(groups, end);
}

static void groups_for(struct groups *groups, uint64_t us)
{
	groups_until(groups, groups->world[0].now + us);
}

/* ---- the beginning ---- */

/* The same words in both networks, and the same order of machines. */
static void groups_build(struct groups *groups)
{
	static const unsigned intervals_ms[] = { 10, 50, 100, 1000 };
	struct world *world = &groups->world[0];
	unsigned version = 2 + (unsigned)roll(world, 2);
	bool ah = version == 2 && one_in(world, 2);

	groups->count = 2 + (unsigned)roll(world, 2);
	for (unsigned i = 0; i < groups->count; i++) {
		struct vrrp_instance_conf conf = {
			.priority = (uint8_t)(one_in(world, 4) ? 100 : 90 + roll(world, 20)),
			.version = version, .family = AF_INET, .down_timer_adverts = 3,
			.auth = ah ? VRRP_AUTH_AH : VRRP_AUTH_NONE,
			.start_as_master = one_in(world, 4), .nopreempt = one_in(world, RARE),
			.garp = { .master_delay_us = 5 * SECOND_US, .master_repeat = 5,
				  .lower_prio_delay_us = 5 * SECOND_US, .lower_prio_repeat = 5 },
		};
		uint64_t clock = SECOND_US + roll(world, 100 * SECOND_US);
		uint64_t boots = world->now + roll(world, SECOND_US);

		groups->bond[i] = (struct bond){ .groups = groups, .machine = i };
		for (unsigned w = 0; w < GROUP_NETWORKS; w++) {
			struct node *node = &groups->world[w].nodes[i];

			node->conf = conf;
			node->bond = &groups->bond[i];
			node->clock_us = clock;
			node->sleep = SLEEP_OFF;
			node->sleep_until = boots;
		}
	}
	for (unsigned w = 0; w < GROUP_NETWORKS; w++) {
		uint64_t interval = version == 2 ? SECOND_US :
				    intervals_ms[roll(world, ARRAY_LEN(intervals_ms))] * 1000;

		groups->world[w].count = groups->count;
		groups->world[w].max_delay = interval / 50;
		for (unsigned i = 0; i < groups->count; i++)
			groups->world[w].nodes[i].conf.advert_interval_us = interval;
		/* Both networks are bound by the slower one: a member waits for the other. */
		for (unsigned k = 0; k < GROUP_NETWORKS; k++)
			if (interval > groups->world[k].interval_us)
				groups->world[k].interval_us = interval;
	}
}

/* ---- the middle ---- */

static struct bond *groups_victim(struct groups *groups)
{
	return &groups->bond[roll(&groups->world[0], groups->count)];
}

static uint64_t groups_while(struct groups *groups)
{
	return groups->world[0].now + roll(&groups->world[0], 8 * groups->world[0].interval_us);
}

static void groups_freeze(struct groups *groups)
{
	struct bond *bond = groups_victim(groups);
	uint64_t until = groups_while(groups);
	enum node_sleep sleep = one_in(&groups->world[0], 2) ? SLEEP_PROCESS : SLEEP_MACHINE;

	for (unsigned i = 0; i < GROUP_NETWORKS; i++)
		node_sleep(&groups->world[i], bond_node(bond, i), sleep, until);
}

/*
 * Of the process alone (it goes on as it was), or of all: with
 * the addresses left, or without power.
 */
static void groups_crash(struct groups *groups)
{
	struct bond *bond = groups_victim(groups);
	bool resumes = one_in(&groups->world[0], 3);
	bool keeps = resumes || one_in(&groups->world[0], 2);
	uint64_t until = resumes ? groups->world[0].now + roll(&groups->world[0], 5000) :
				   groups_while(groups);

	for (unsigned i = 0; i < GROUP_NETWORKS; i++)
		node_crash(&groups->world[i], bond_node(bond, i), until, resumes, keeps);
}

static void groups_fault(struct groups *groups)
{
	struct bond *bond = groups_victim(groups);
	unsigned member = (unsigned)roll(&groups->world[0], GROUP_NETWORKS);

	if (node_runs(bond_node(bond, 0)))
		bond_fault(bond, member, !bond->fault[member]);
}

/* Of one network or of both: a machine is cut off, in one direction or in both. */
static void groups_cut(struct groups *groups)
{
	unsigned machine = groups_victim(groups)->machine;
	unsigned way = (unsigned)roll(&groups->world[0], 3);
	unsigned which = (unsigned)roll(&groups->world[0], GROUP_NETWORKS + 1);

	for (unsigned w = 0; w < GROUP_NETWORKS; w++) {
		struct world *world = &groups->world[w];

		if (which != GROUP_NETWORKS && which != w)
			continue;
		for (unsigned i = 0; i < groups->count; i++) {
			world->wires[machine][i].cut |= way != 1;
			world->wires[i][machine].cut |= way != 2;
		}
		TRACE(world, "network %u: %u is cut off%s", w, machine,
		      way == 0 ? "" : way == 1 ? ", it hears nobody" : ", nobody hears it");
	}
}

static void groups_lose(struct groups *groups)
{
	struct world *world = &groups->world[roll(&groups->world[0], GROUP_NETWORKS)];
	uint8_t loss = (uint8_t)(10 + roll(&groups->world[0], 60));

	for (unsigned i = 0; i < groups->count; i++)
		for (unsigned k = 0; k < groups->count; k++)
			world->wires[i][k].loss = loss;
	TRACE(world, "%u %% is lost", loss);
}

static void groups_heal_wires(struct groups *groups)
{
	for (unsigned w = 0; w < GROUP_NETWORKS; w++) {
		memset(groups->world[w].wires, 0, sizeof(groups->world[w].wires));
		rules_changed(&groups->world[w]);
	}
}

static void (*const groups_faults[])(struct groups *groups) = {
	groups_freeze, groups_crash, groups_crash, groups_fault, groups_fault,
	groups_cut, groups_cut, groups_cut, groups_lose, groups_heal_wires,
};

static void groups_disturb(struct groups *groups)
{
	struct world *world = &groups->world[0];

	for (uint64_t n = 1 + roll(world, 6); n > 0 && !groups_failed(groups); n--) {
		groups_faults[roll(world, ARRAY_LEN(groups_faults))](groups);
		for (unsigned w = 0; w < GROUP_NETWORKS; w++)
			rules_changed(&groups->world[w]);
		groups_for(groups, roll(world, 7 * world->interval_us));
	}
}

/* ---- the end ---- */

static void groups_heal(struct groups *groups)
{
	TRACE(&groups->world[0], "all is healed");
	groups_heal_wires(groups);
	for (unsigned i = 0; i < groups->count; i++) {
		if (!node_runs(bond_node(&groups->bond[i], 0)))
			bond_wake(&groups->bond[i]);
		for (unsigned w = 0; w < GROUP_NETWORKS; w++)
			bond_fault(&groups->bond[i], w, false);
	}
}

static void groups_finish(struct groups *groups)
{
	unsigned owner[GROUP_NETWORKS] = { 0 };

	groups_for(groups, rules_gap_bound(&groups->world[0]) + rules_gap_bound(&groups->world[1]) +
				   2 * rules_pair_bound(&groups->world[0]) + SETTLED_US);
	for (unsigned w = 0; w < GROUP_NETWORKS && !groups_failed(groups); w++) {
		unsigned owners = rules_owners(&groups->world[w], &owner[w]);

		if (owners != 1)
			world_fail(&groups->world[w], "network %u: %u own the address in the end",
				   w, owners);
		else
			rules_check_garp(&groups->world[w], owner[w]);
	}
	if (!groups_failed(groups) && owner[0] != owner[1])
		world_fail(&groups->world[0], "%u owns the first address in the end, %u the second",
			   owner[0], owner[1]);
}

bool groups_run(struct groups *groups, uint64_t seed, FILE *trace,
		struct scenario_figures *figures, const char **ret_failure)
{
	for (unsigned w = 0; w < GROUP_NETWORKS; w++)
		world_init(&groups->world[w], seed * GROUP_NETWORKS + w, trace);
	groups_build(groups);
	groups_for(groups, roll(&groups->world[0], 3 * rules_gap_bound(&groups->world[0])));
	groups_disturb(groups);
	if (!groups_failed(groups))
		groups_heal(groups);
	groups_finish(groups);
	figures->groups++;
	for (unsigned w = 0; w < GROUP_NETWORKS; w++) {
		figures->group_contests += groups->world[w].rules.worst_pair != 0;
		if (world_failed(&groups->world[w]))
			*ret_failure = groups->world[w].failure;
	}
	return !groups_failed(groups);
}
