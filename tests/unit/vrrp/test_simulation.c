/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two or three nodes on a simulated wire with delay, loss, partitions, freezes
 * and restarts, over many seeds. One node may be a model of Keepalived 2.2.7
 * (drops what is not above its counter, yields without a word).
 *
 * After the wire heals: one owner within HEALED_US of the heal, and the last
 * gratuitous ARP on the wire is the owner's, sent after any other let go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/machine.h"

enum {
	NODES = 3,
	WIRE = 256,
	HEALED_US = 1200 * 1000,  /* one advertisement interval and the delays of what follows */
	SETTLED_US = 500 * 1000,  /* delays, and the burst that settles a handover */
};

struct flight { /* an advertisement on its way */
	uint64_t at;
	unsigned to;
	struct machine_advert advert;
};

struct node {
	struct vrrp_instance_conf conf;
	struct machine machine;
	bool keepalived;
	bool owns;
	uint64_t frozen_until;
	uint64_t dropped_at;	/* last time it let the address go */
	bool silent;		/* nothing need be known of its end */
	uint64_t rival_seen[NODES]; /* by ARP (vrrp/conflict.c); 0: never */
};

struct world {
	uint64_t random;
	uint64_t now;
	unsigned count;
	struct node nodes[NODES];
	unsigned side[NODES];	/* nodes hear those on their own side */
	unsigned loss;		/* percent */
	uint64_t max_delay;
	struct flight wire[WIRE];
	unsigned flights;
	uint64_t garp_at;	/* of the last gratuitous ARP, and whose it was */
	unsigned garp_by;
};

static uint64_t roll(struct world *world, uint64_t below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return below == 0 ? 0 : world->random % below;
}

static void broadcast(struct world *world, unsigned from, const struct machine_step *step)
{
	for (unsigned to = 0; to < world->count; to++) {
		if (to == from || world->side[to] != world->side[from] ||
		    roll(world, 100) < world->loss)
			continue;
		assert_true(world->flights < WIRE);
		world->wire[world->flights++] = (struct flight){
			.at = world->now + 20 + roll(world, world->max_delay),
			.to = to,
			.advert = { world->nodes[from].machine.source, step->priority,
				    step->sequence, 0 },
		};
	}
}

/* The ARP probe before an advertisement: is another owner within reach? */
static bool probe(struct world *world, unsigned index)
{
	struct node *node = &world->nodes[index];
	bool is_news = false;

	if (node->keepalived || node->machine.state != PAGE_VRRP_MASTER)
		return false;
	for (unsigned i = 0; i < world->count; i++) {
		if (i == index || !world->nodes[i].owns || world->side[i] != world->side[index] ||
		    roll(world, 100) < world->loss)
			continue;
		is_news |= world->now - node->rival_seen[i] > 1500000;
		node->rival_seen[i] = world->now;
	}
	return is_news;
}

static void event(struct world *world, unsigned index, enum machine_event what);

static void perform(struct world *world, unsigned index, const struct machine_steps *steps)
{
	bool rival = false;

	struct node *node = &world->nodes[index];

	for (unsigned i = 0; i < steps->count; i++) {
		const struct machine_step *step = &steps->step[i];

		switch (step->kind) {
		case MACHINE_SEND:
			rival |= probe(world, index);
			broadcast(world, index, step);
			break;
		case MACHINE_TAKE:
			node->owns = true;
			if (node->keepalived)
				node->machine.owned = false; /* it yields without a word */
			break;
		case MACHINE_DROP:
			node->owns = false;
			/* A Keepalived's silent end, with the probe lost on the way, is lost on us. */
			if (!node->keepalived || world->loss == 0)
				node->dropped_at = world->now;
			node->silent = node->keepalived && world->loss != 0;
			break;
		case MACHINE_GARP:
			assert_true(node->owns);
			world->garp_at = world->now;
			world->garp_by = index;
			break;
		case MACHINE_ASK: break;
		case MACHINE_ENTER:
			assert_int_equal(node->owns, step->state == PAGE_VRRP_MASTER);
			break;
		}
	}
	if (rival)
		event(world, index, MACHINE_RIVAL);
}

static void deliver(struct world *world, const struct flight *flight)
{
	struct node *node = &world->nodes[flight->to];
	struct machine_steps steps = { 0 };

	if (node->keepalived && node->conf.auth == VRRP_AUTH_AH &&
	    flight->advert.sequence <= node->machine.sequence)
		return;
	machine_heard(&node->machine, (struct moment){ world->now }, &flight->advert, &steps);
	perform(world, flight->to, &steps);
}

/* What is due next for a node: a packet (first, as in the real loop) or a timer. */
static uint64_t next_moment(const struct world *world)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < world->flights; i++) {
		uint64_t at = world->wire[i].at, thaw = world->nodes[world->wire[i].to].frozen_until;

		at = at < thaw ? thaw : at;
		next = at < next ? at : next;
	}
	for (unsigned i = 0; i < world->count; i++) {
		uint64_t at = machine_next_due(&world->nodes[i].machine).us;

		at = at < world->nodes[i].frozen_until ? world->nodes[i].frozen_until : at;
		next = at < next ? at : next;
	}
	return next;
}

static bool turn_packet(struct world *world)
{
	for (unsigned i = 0; i < world->flights; i++) {
		struct flight flight = world->wire[i];

		if (flight.at > world->now || world->nodes[flight.to].frozen_until > world->now)
			continue;
		memmove(&world->wire[i], &world->wire[i + 1],
			(--world->flights - i) * sizeof(flight));
		deliver(world, &flight);
		return true;
	}
	return false;
}

static void run_until(struct world *world, uint64_t end)
{
	for (uint64_t next; (next = next_moment(world)) <= end;) {
		world->now = next > world->now ? next : world->now;
		while (turn_packet(world))
			continue;
		for (unsigned i = 0; i < world->count; i++) {
			struct machine_steps steps = { 0 };

			if (world->nodes[i].frozen_until > world->now)
				continue;
			machine_tick(&world->nodes[i].machine, (struct moment){ world->now }, &steps);
			perform(world, i, &steps);
		}
	}
	world->now = end;
}

static void event(struct world *world, unsigned index, enum machine_event what)
{
	struct machine_steps steps = { 0 };

	machine_event(&world->nodes[index].machine, (struct moment){ world->now }, what, &steps);
	perform(world, index, &steps);
}

/* `priority` 0: any. */
static void add_node(struct world *world, unsigned index, enum vrrp_auth auth)
{
	struct node *node = &world->nodes[index];

	node->conf = (struct vrrp_instance_conf){
		.priority = (uint8_t)(roll(world, 4) == 0 ? 100 : 90 + roll(world, 20)),
		.advert_interval_us = 1000000,
		.version = 2,
		.down_timer_adverts = 3,
		.auth = auth,
		.nopreempt = roll(world, 8) == 0,
		.garp = { .master_delay_us = 5000000, .master_repeat = 5,
			  .lower_prio_delay_us = 5000000, .lower_prio_repeat = 5 },
	};
	machine_init(&node->machine, &node->conf, 0);
	node->machine.source = ip_from_v4((struct in_addr){ htonl(0x0a010114 + index) });
	node->machine.priority = node->conf.priority;
}

static unsigned owners(const struct world *world, unsigned *ret_owner)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->count; i++) {
		if (!world->nodes[i].owns)
			continue;
		*ret_owner = i;
		count++;
	}
	return count;
}

static void build_world(struct world *world, uint64_t seed, enum vrrp_auth auth)
{
	memset(world, 0, sizeof(*world));
	world->random = seed * 0x9e3779b97f4a7c15u + 1;
	roll(world, 1);
	world->now = 1000000;
	world->count = 2 + (unsigned)roll(world, 2);
	world->max_delay = roll(world, 2) == 0 ? 300 : 20000;
	for (unsigned i = 0; i < world->count; i++)
		add_node(world, i, auth);
	if (roll(world, 2) == 0)
		world->nodes[roll(world, world->count)].keepalived = true;
	for (unsigned i = 0; i < world->count; i++) {
		world->now += roll(world, 500000);
		event(world, i, MACHINE_START);
	}
}

/* A node is killed and starts anew; it has forgotten everything, but finds its address. */
static void restart(struct world *world, unsigned index)
{
	struct node *node = &world->nodes[index];
	struct ip source = node->machine.source;

	if (node->machine.owned && !node->owns)
		return; /* it would forget that it owes a master this word */
	machine_init(&node->machine, &node->conf, 0);
	node->machine.source = source;
	node->machine.owned = node->owns;
	if (node->owns)
		node->dropped_at = world->now;
	node->owns = false;
	event(world, index, MACHINE_START);
}

/* One disturbance: a partition (most often), loss, a freeze, a restart, a fault. */
static void disturb(struct world *world)
{
	unsigned index = (unsigned)roll(world, world->count);

	/* A real Keepalived that gives up alone in a partition tells nobody afterwards. */
	while (world->nodes[index].keepalived)
		index = (index + 1) % world->count;
	switch (roll(world, 6)) {
	case 0: world->loss = 30; break;
	case 1: world->nodes[index].frozen_until = world->now + roll(world, 8000000); break;
	case 2: restart(world, index); break;
	case 3:
		event(world, index, MACHINE_FAULT);
		run_until(world, world->now + roll(world, 3000000));
		event(world, index, MACHINE_CLEAR);
		break;
	default:
		for (unsigned i = 0; i < world->count; i++)
			world->side[i] = (unsigned)roll(world, 3);
		break;
	}
	run_until(world, world->now + roll(world, 8000000));
}

static void heal(struct world *world)
{
	world->loss = 0;
	for (unsigned i = 0; i < world->count; i++) {
		world->side[i] = 0;
		if (world->nodes[i].frozen_until > world->now)
			world->nodes[i].frozen_until = world->now;
	}
}

/* The last word on the wire is the owner's. */
static void check_garp(const struct world *world, unsigned owner, uint64_t seed)
{
	if (world->garp_by != owner && !world->nodes[world->garp_by].silent)
		fail_msg("seed %lu: the last ARP is of %u, the owner is %u", (unsigned long)seed,
			 world->garp_by, owner);
	for (unsigned i = 0; i < world->count; i++)
		if (i != owner && world->nodes[i].dropped_at > world->garp_at)
			fail_msg("seed %lu: %u let go after the last ARP", (unsigned long)seed, i);
}

static uint64_t last_drop(const struct world *world)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i].dropped_at > last)
			last = world->nodes[i].dropped_at;
	return last;
}

/* A handover that began just now is let come to its end, with the burst that settles it. */
static void let_settle(struct world *world)
{
	unsigned owner = 0;

	for (unsigned i = 0; i < NODES; i++)
		if (owners(world, &owner) > 1 || world->now - last_drop(world) < SETTLED_US)
			run_until(world, world->now + SETTLED_US);
}

/* Returns how long two or more owned the address after the heal, 0 if none did. */
static uint64_t check_healed(struct world *world, uint64_t seed)
{
	uint64_t start = world->now, single = 0;
	unsigned owner = 0, at_heal = owners(world, &owner);

	while (world->now < start + HEALED_US) {
		run_until(world, world->now + 10000);
		if (at_heal > 1 && single == 0 && owners(world, &owner) == 1)
			single = world->now - start;
	}
	if (at_heal > 1 && single == 0)
		fail_msg("seed %lu: no single owner %d ms after the heal", (unsigned long)seed,
			 HEALED_US / 1000);
	let_settle(world);
	if (owners(world, &owner) > 1)
		fail_msg("seed %lu: %u own the address", (unsigned long)seed, owners(world, &owner));
	if (at_heal > 1)
		check_garp(world, owner, seed);
	/* Elections that were still open end, too: within the longest wait. */
	run_until(world, world->now + 8000000);
	if (owners(world, &owner) == 0)
		run_until(world, world->now + SETTLED_US);
	let_settle(world);
	if (owners(world, &owner) != 1)
		fail_msg("seed %lu: %u own the address in the end", (unsigned long)seed,
			 owners(world, &owner));
	check_garp(world, owner, seed);
	return single;
}

static void simulate(enum vrrp_auth auth, uint64_t seeds)
{
	uint64_t worst = 0, contests = 0;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct world world;

		build_world(&world, seed, auth);
		run_until(&world, world.now + roll(&world, 10000000));
		for (uint64_t n = 1 + roll(&world, 3); n > 0; n--)
			disturb(&world);
		heal(&world);
		uint64_t single = check_healed(&world, seed);
		worst = single > worst ? single : worst;
		contests += single != 0;
	}
	print_message("%lu seeds, %lu contests, the longest %lu ms\n", (unsigned long)seeds,
		      (unsigned long)contests, (unsigned long)worst / 1000);
	assert_true(contests > seeds / 20); /* or the disturbances disturb nothing */
}

static void test_password(void **state)
{
	simulate(VRRP_AUTH_PASS, 8000);
}

static void test_authentication_header(void **state)
{
	simulate(VRRP_AUTH_AH, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_authentication_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
