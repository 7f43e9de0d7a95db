/* SPDX-License-Identifier: Apache-2.0 */
/* sim/scenario.c - see scenario.h. */
#include "scenario.h"

#include "base/macros.h"
#include "faults.h"
#include "node.h"
#include "rules.h"

enum {
	SECOND_US = 1000 * 1000,
	SETTLED_US = 600 * 1000, /* twice SETTLE_US of vrrp/machine.c, and delays */
	RARE = 8,		 /* one node in so many has a given rare word */
};

/* ---- the beginning ---- */

static uint64_t scenario_interval(struct world *world, unsigned version)
{
	static const uint64_t intervals_ms[] = { 10, 20, 50, 100, 250, 500, 1000 };

	return version == 2 ? SECOND_US :
			      intervals_ms[roll(world, ARRAY_LEN(intervals_ms))] * 1000;
}

static uint8_t scenario_priority(struct world *world)
{
	if (one_in(world, 4))
		return 100;
	return one_in(world, 12) ? 255 : (uint8_t)(90 + roll(world, 20));
}

static struct vrrp_instance_conf scenario_conf(struct world *world, unsigned version,
					       enum vrrp_auth auth, uint64_t interval_us,
					       unsigned adverts)
{
	if (version == 3 && interval_us < SECOND_US / 4 && one_in(world, RARE))
		interval_us *= 1 + roll(world, 4);
	return (struct vrrp_instance_conf){
		.priority = scenario_priority(world),
		.advert_interval_us = interval_us,
		.version = version,
		.family = AF_INET,
		.down_timer_adverts = adverts,
		.auth = auth,
		.start_as_master = one_in(world, 4),
		.nopreempt = one_in(world, RARE),
		.preempt_delay_us = one_in(world, RARE) ? roll(world, 4 * interval_us) : 0,
		.lower_prio_no_advert = one_in(world, RARE),
		.higher_prio_send_advert = one_in(world, RARE),
		.garp = { .master_delay_us = 5 * SECOND_US, .master_repeat = 5,
			  .lower_prio_delay_us = 5 * SECOND_US, .lower_prio_repeat = 5 },
	};
}

static void scenario_delays(struct world *world, uint64_t interval_us)
{
	static const unsigned parts[] = { 1000, 50, 4 };
	uint64_t delay = interval_us / parts[roll(world, ARRAY_LEN(parts))];

	world->max_delay = delay > 20 * 1000 ? 20 * 1000 : delay;
}

static void scenario_build(struct world *world)
{
	unsigned version = 2 + (unsigned)roll(world, 2);
	enum vrrp_auth auth = version == 3 || one_in(world, 3) ? VRRP_AUTH_NONE : VRRP_AUTH_AH;
	uint64_t interval = scenario_interval(world, version);
	unsigned adverts = one_in(world, 6) ? 2 + (unsigned)roll(world, 4) : 3;
	bool peers = !one_in(world, 3);

	world->count = 2 + (unsigned)(one_in(world, 2) ? 0 : roll(world, 4));
	scenario_delays(world, interval);
	world->second_path = one_in(world, 4);
	for (unsigned i = 0; i < world->count; i++) {
		world->nodes[i].conf = scenario_conf(world, version, auth, interval, adverts);
		world->nodes[i].relevo_peers = peers;
		if (world->nodes[i].conf.advert_interval_us > world->interval_us)
			world->interval_us = world->nodes[i].conf.advert_interval_us;
	}
	if (one_in(world, 3)) {
		struct node *node = &world->nodes[roll(world, world->count)];

		node->keepalived = true;
		node->relevo_peers = false;
	}
}

static void scenario_say(struct world *world)
{
	TRACE(world, "seed %lu: version %u%s, delays up to %.3f ms", (unsigned long)world->seed,
	      world->nodes[0].conf.version,
	      world->nodes[0].conf.auth == VRRP_AUTH_AH ? " with AH" : "",
	      (double)world->max_delay / 1000);
	for (unsigned i = 0; i < world->count; i++) {
		const struct vrrp_instance_conf *conf = &world->nodes[i].conf;

		TRACE(world, "  %u: 10.1.1.%u priority %u every %lu ms%s%s%s%s%s%s%s", i, 20 + i,
		      conf->priority, (unsigned long)conf->advert_interval_us / 1000,
		      world->nodes[i].keepalived ? " Keepalived" : "",
		      world->nodes[i].relevo_peers ? " hellos" : "",
		      conf->start_as_master ? " MASTER" : "", conf->nopreempt ? " nopreempt" : "",
		      conf->preempt_delay_us != 0 ? " preempt_delay" : "",
		      conf->lower_prio_no_advert ? " lower_prio_no_advert" : "",
		      conf->higher_prio_send_advert ? " higher_prio_send_advert" : "");
	}
}

/* Each node boots within an interval. */
static void scenario_start(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++) {
		struct node *node = &world->nodes[i];

		node->clock_us = SECOND_US + roll(world, 100 * SECOND_US);
		node->sleep = SLEEP_OFF;
		node->sleep_until = world->now + roll(world, world->interval_us);
	}
}

/* ---- the middle ---- */

static uint64_t scenario_preempts(const struct world *world)
{
	uint64_t longest = 0;

	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i].conf.preempt_delay_us > longest)
			longest = world->nodes[i].conf.preempt_delay_us;
	return longest;
}

static uint64_t scenario_last_drop(const struct world *world)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i].dropped_at > last)
			last = world->nodes[i].dropped_at;
	return last;
}

/* Nothing is wrong, hellos have gone each way, and all have heard the one master for a while. */
static bool scenario_steady(struct world *world, unsigned *ret_owner)
{
	world_run(world, world->now + rules_gap_bound(world) + scenario_preempts(world) +
				 2 * SECOND_US);
	if (world->now - scenario_last_drop(world) < 2 * world->interval_us)
		world_run(world, world->now + 2 * world->interval_us);
	return !world_failed(world) && rules_owners(world, ret_owner) == 1 &&
	       world->now - scenario_last_drop(world) >= 2 * world->interval_us;
}

static void scenario_hand_over(struct world *world, struct scenario_figures *figures)
{
	unsigned owner, by;

	if (!scenario_steady(world, &owner) || !faults_hand_over(world, &by))
		return;
	figures->hand_overs++;
	rules_hand_over(world, by);
	world_run(world, world->now + 3 * SECOND_US / 2);
}

/* The backup whose timer runs out first, by more than packets are late; NODES: there is none. */
static unsigned scenario_heir(const struct world *world, unsigned owner)
{
	const struct vrrp_instance_conf *conf = &world->nodes[0].conf;
	uint64_t unit = conf->version == 3 ? world->interval_us : SECOND_US;
	uint64_t late = 2 * (world->max_delay + SECOND_US / 1000);
	unsigned heir = NODES, least = 256;

	if (conf->down_timer_adverts < 3) /* the last hello may hold the claim for an interval */
		return NODES;
	for (unsigned i = 0; i < world->count; i++) {
		const struct node *node = &world->nodes[i];

		if (i == owner)
			continue;
		if (node->machine.state != PAGE_VRRP_BACKUP || /* or it is about to preempt */
		    node->machine.priority > world->nodes[owner].machine.priority ||
		    node->conf.advert_interval_us != world->interval_us)
			return NODES;
		if (heir == NODES || node->machine.priority > world->nodes[heir].machine.priority)
			heir = i;
	}
	for (unsigned i = 0; i < world->count && heir != NODES; i++) {
		unsigned less = (unsigned)(world->nodes[heir].machine.priority -
					   world->nodes[i].machine.priority);

		if (i != owner && i != heir && less < least)
			least = less;
	}
	return heir == NODES || least * unit / 256 <= late ? NODES : heir;
}

/* (g) of rules.h. */
static void scenario_fail_over(struct world *world, struct scenario_figures *figures)
{
	unsigned owner, heir;

	if (!scenario_steady(world, &owner) || world->nodes[owner].keepalived)
		return;
	heir = scenario_heir(world, owner);
	if (heir == NODES)
		return;
	figures->fail_overs++;
	world->takes = 0;
	node_crash(world, &world->nodes[owner], world->now + 2 * rules_gap_bound(world), false,
		   false);
	world_run(world, world->now + rules_gap_bound(world));
	if (!world_failed(world) && (!world->nodes[heir].owns || world->takes != 1))
		world_fail(world,
			   "%u nodes took the address of a dead master; %u was to be the only one",
			   world->takes, heir);
}

static void scenario_disturb(struct world *world)
{
	for (uint64_t n = 1 + roll(world, 6); n > 0 && !world_failed(world); n--) {
		faults_strike(world);
		world_run(world, world->now + roll(world, 7 * world->interval_us));
	}
}

/* ---- the end ---- */

/* A hand-over that began just now is let come to its end, with the burst that settles it. */
static void scenario_check(struct world *world)
{
	uint64_t open = rules_gap_bound(world) + scenario_preempts(world) + rules_pair_bound(world);
	unsigned owner = 0;

	world_run(world, world->now + open);
	for (unsigned i = 0; i < 2 * NODES && !world_failed(world); i++)
		if (rules_owners(world, &owner) != 1 ||
		    world->now - scenario_last_drop(world) < SETTLED_US)
			world_run(world, world->now + SETTLED_US);
	if (rules_owners(world, &owner) != 1)
		world_fail(world, "%u own the address in the end", rules_owners(world, &owner));
	else if (world->now - scenario_last_drop(world) < SETTLED_US)
		world_fail(world, "the address still changes hands");
	else
		rules_check_garp(world, owner);
}

static void scenario_count(const struct world *world, struct scenario_figures *figures)
{
	double pair = (double)world->rules.worst_pair / (double)rules_pair_bound(world);
	double gap = (double)world->rules.worst_gap / (double)rules_gap_bound(world);

	figures->seeds++;
	figures->events += world->events;
	figures->contests += world->rules.worst_pair != 0;
	figures->gaps += world->rules.worst_gap != 0;
	if (pair > figures->worst_pair)
		figures->worst_pair = pair;
	if (gap > figures->worst_gap)
		figures->worst_gap = gap;
}

bool scenario_run(struct world *world, uint64_t seed, FILE *trace,
		  struct scenario_figures *figures)
{
	world_init(world, seed, trace);
	scenario_build(world);
	scenario_say(world);
	scenario_start(world);
	switch (roll(world, 6)) {
	case 0: scenario_hand_over(world, figures); break;
	case 1: scenario_fail_over(world, figures); break;
	default: world_run(world, world->now + roll(world, 2 * rules_gap_bound(world))); break;
	}
	scenario_disturb(world);
	if (!world_failed(world))
		faults_heal(world);
	scenario_check(world);
	scenario_count(world, figures);
	return !world_failed(world);
}
