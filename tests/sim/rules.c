/* SPDX-License-Identifier: Apache-2.0 */
/* sim/rules.c - see rules.h. */
#include "rules.h"

#include "network.h"
#include "node.h"

enum {
	PROBE_US = 150 * 1000,
	CHALLENGE_US = 50 * 1000,
	HAND_OVER_US = 1000 * 1000,
	LEAST_DELAY_US = 20,
	NO_ANSWER_INTERVALS = 4,
	SECOND_US = 1000 * 1000,
};

void rules_init(struct world *world)
{
	struct rules *rules = &world->rules;

	rules->hand_over_until = NEVER;
	for (unsigned i = 0; i < NODES; i++) {
		rules->gap_since[i] = NEVER;
		for (unsigned k = 0; k < NODES; k++)
			rules->pair_since[i][k] = NEVER;
	}
}

static uint64_t rules_delay(const struct world *world)
{
	return LEAST_DELAY_US + world->max_delay;
}

uint64_t rules_pair_bound(const struct world *world)
{
	uint64_t delay = rules_delay(world), bound = world->interval_us + 2 * delay;
	bool no_answer = false;

	if (world->nodes[0].conf.auth != VRRP_AUTH_AH)
		return bound;
	for (unsigned i = 0; i < world->count; i++)
		no_answer |= world->nodes[i].keepalived &&
			     world->nodes[i].conf.lower_prio_no_advert;
	return bound + CHALLENGE_US + 2 * delay +
	       (no_answer ? NO_ANSWER_INTERVALS * world->interval_us : 0);
}

uint64_t rules_gap_bound(const struct world *world)
{
	const struct vrrp_instance_conf *conf = &world->nodes[0].conf;
	uint64_t skew = conf->version == 3 ? world->interval_us : SECOND_US;
	bool ah = conf->auth == VRRP_AUTH_AH;

	return (conf->down_timer_adverts + 1) * world->interval_us + skew + 2 * rules_delay(world) +
	       (ah ? PROBE_US : 0);
}

unsigned rules_owners(const struct world *world, unsigned *ret_owner)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->count; i++) {
		if (!world->nodes[i].owns || !node_runs(&world->nodes[i]))
			continue;
		*ret_owner = i;
		count++;
	}
	return count;
}

/* Notes since when `is` has been so; when it ends, the longest time is kept. */
static void rules_note(struct world *world, uint64_t *since, bool is, uint64_t *worst)
{
	if (is) {
		*since = *since == NEVER ? world->now : *since;
		world->rules.watching = true;
	} else if (*since != NEVER) {
		if (world->now - *since > *worst)
			*worst = world->now - *since;
		*since = NEVER;
	}
}

static bool rules_hear_each_other(const struct world *world, unsigned a, unsigned b)
{
	return network_hears(world, a, b) && network_hears(world, b, a);
}

/* It was asked to, and the one that asked may not know yet: (d) is the rule for that interval. */
static bool rules_takes_over(const struct world *world, const struct node *node)
{
	return node_now(world, node).us < node->machine.taken_until.us;
}

static void rules_note_pairs(struct world *world, unsigned a)
{
	for (unsigned b = a + 1; b < world->count; b++) {
		const struct node *one = &world->nodes[a], *other = &world->nodes[b];
		bool both = one->owns && other->owns && node_runs(one) && node_runs(other) &&
			    !rules_takes_over(world, one) && !rules_takes_over(world, other) &&
			    rules_hear_each_other(world, a, b);

		rules_note(world, &world->rules.pair_since[a][b], both, &world->rules.worst_pair);
	}
}

void rules_changed(struct world *world)
{
	unsigned owner = 0, owners = rules_owners(world, &owner);

	world->rules.watching = world->rules.hand_over_until != NEVER;
	for (unsigned i = 0; i < world->count; i++) {
		const struct node *node = &world->nodes[i];
		bool could = node_runs(node) && node->machine.state == PAGE_VRRP_BACKUP;

		if (node->owns && node_runs(node) && (node->fault || node->maintenance))
			world_fail(world, "%u has a fault, and the address", i);
		rules_note(world, &world->rules.gap_since[i], could && owners == 0,
			   &world->rules.worst_gap);
		rules_note_pairs(world, i);
	}
	if (world->rules.hand_over_until != NEVER && owners == 0)
		world_fail(world, "%u hands over, and nobody has the address",
			   world->rules.hand_over_by);
}

void rules_excuse(struct world *world, unsigned node)
{
	world->rules.gap_since[node] = NEVER;
	rules_changed(world);
}

void rules_hand_over(struct world *world, unsigned node)
{
	world->rules.hand_over_by = node;
	world->rules.hand_over_until = world->now + HAND_OVER_US;
	rules_changed(world);
}

void rules_spoil(struct world *world)
{
	world->rules.hand_over_until = NEVER;
	rules_changed(world);
}

/* A late advertisement of one that hurries more would give a follower the wrong interval. */
static bool rules_one_interval(const struct world *world)
{
	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i].conf.advert_interval_us != world->interval_us)
			return false;
	return true;
}

static void rules_end_hand_over(struct world *world)
{
	unsigned by = world->rules.hand_over_by;

	if (world->nodes[by].dropped_at < world->rules.hand_over_until - HAND_OVER_US)
		world_fail(world, "%u was to hand over, and has not", by);
	else if (world->nodes[by].owns && rules_one_interval(world))
		world_fail(world, "%u has handed over, and takes it back", by);
	world->rules.hand_over_until = NEVER;
}

static void rules_pass_node(struct world *world, unsigned i, uint64_t until)
{
	const struct rules *rules = &world->rules;
	uint64_t pair = rules_pair_bound(world), gap = rules_gap_bound(world);

	if (rules->gap_since[i] != NEVER && until - rules->gap_since[i] > gap)
		world_fail(world, "%u could serve, and nobody has the address for over %.3f ms", i,
			   (double)gap / 1000);
	for (unsigned k = i + 1; k < world->count; k++)
		if (rules->pair_since[i][k] != NEVER && until - rules->pair_since[i][k] > pair)
			world_fail(world,
				   "%u and %u hear each other, and both have the address for "
				   "over %.3f ms", i, k, (double)pair / 1000);
}

void rules_pass(struct world *world, uint64_t until)
{
	if (!world->rules.watching || until == world->now)
		return;
	for (unsigned i = 0; i < world->count; i++)
		rules_pass_node(world, i, until);
	if (until > world->rules.hand_over_until)
		rules_end_hand_over(world);
}

void rules_check_garp(struct world *world, unsigned owner)
{
	if (world->garp_by != owner && !world->nodes[world->garp_by].silent)
		world_fail(world, "the last gratuitous ARP is of %u, the owner is %u",
			   world->garp_by, owner);
	for (unsigned i = 0; i < world->count; i++)
		if (i != owner && !world->nodes[i].silent &&
		    world->nodes[i].dropped_at > world->garp_at)
			world_fail(world, "%u let go after the last gratuitous ARP", i);
}
