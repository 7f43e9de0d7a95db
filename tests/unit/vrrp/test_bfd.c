/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BFD packets and sessions in simulated time: two sessions over a network
 * that delays, loses and cuts. RFC 5880 sections are named at what they ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "vrrp/bfd.h"

enum { MS = 1000, SECOND = 1000000, IN_FLIGHT = 64 };

/* --- packets --- */

/* As captured from Keepalived 2.2.7: Up, Poll, multiplier 4. */
static const uint8_t captured[BFD_PACKET] = {
	0x20, 0xe0, 0x04, 0x18, 0xd3, 0x1e, 0x05, 0x4d, 0x0a, 0x0b, 0x0c, 0x0d,
	0x00, 0x00, 0xc3, 0x50, 0x00, 0x00, 0xea, 0x60, 0x00, 0x00, 0x00, 0x00,
};

static void test_packet_fields(void **state)
{
	struct bfd_packet packet;
	uint8_t built[BFD_PACKET];

	assert_int_equal(bfd_packet_parse(captured, BFD_PACKET, &packet), BFD_ACCEPTED);
	assert_int_equal(packet.state, BFD_UP);
	assert_true(packet.poll);
	assert_false(packet.final);
	assert_int_equal(packet.multiplier, 4);
	assert_int_equal(packet.mine, 0xd31e054d);
	assert_int_equal(packet.yours, 0x0a0b0c0d);
	assert_int_equal(packet.min_tx_us, 50000);
	assert_int_equal(packet.min_rx_us, 60000);
	bfd_packet_build(&packet, built);
	assert_memory_equal(built, captured, BFD_PACKET);
}

/* 6.8.6, each reason to discard. */
static void test_packet_refusals(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		enum bfd_verdict verdict;
	} rows[] = {
		{ 0, 0x40, BFD_BAD_VERSION }, { 0, 0x00, BFD_BAD_VERSION },
		{ 1, 0xe4, BFD_AUTHENTICATED }, { 1, 0xe1, BFD_MULTIPOINT },
		{ 2, 0, BFD_BAD_MULTIPLIER }, { 3, 23, BFD_BAD_LENGTH }, { 3, 25, BFD_BAD_LENGTH },
	};
	struct bfd_packet packet;
	uint8_t bytes[BFD_PACKET];

	assert_int_equal(bfd_packet_parse(captured, BFD_PACKET - 1, &packet), BFD_TOO_SHORT);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		memcpy(bytes, captured, sizeof(bytes));
		bytes[rows[i].at] = rows[i].value;
		assert_int_equal(bfd_packet_parse(bytes, sizeof(bytes), &packet), rows[i].verdict);
	}
	memcpy(bytes, captured, sizeof(bytes));
	memset(bytes + 4, 0, 4);
	assert_int_equal(bfd_packet_parse(bytes, sizeof(bytes), &packet), BFD_NO_DISCRIMINATOR);
	memcpy(bytes, captured, sizeof(bytes));
	memset(bytes + 8, 0, 4);
	assert_int_equal(bfd_packet_parse(bytes, sizeof(bytes), &packet), BFD_NOT_ADDRESSED);
	bytes[1] = BFD_DOWN << 6; /* without our discriminator a Down packet opens a session */
	assert_int_equal(bfd_packet_parse(bytes, sizeof(bytes), &packet), BFD_ACCEPTED);
}

/* --- two sessions --- */

struct flight {
	struct moment arrives; /* MOMENT_NEVER: none */
	unsigned to;
	struct bfd_packet packet;
};

struct world {
	struct bfd end[2];
	struct moment now;
	struct flight flights[IN_FLIGHT];
	uint64_t delay_us, random;
	unsigned loss_percent;
	bool cut[2];		/* what end i sends is lost */
	unsigned sent[2], changes[2];
	struct bfd_packet last[2];
};

static const struct bfd_params usual = { .min_tx_us = 50 * MS, .min_rx_us = 60 * MS,
					 .idle_tx_us = SECOND, .multiplier = 4 };

static unsigned world_random(struct world *world, unsigned below)
{
	world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(world->random >> 33) % below;
}

static void world_out(struct world *world, unsigned from, const struct bfd_out *out)
{
	world->changes[from] += out->changed;
	if (!out->send)
		return;
	assert_false(out->packet.poll && out->packet.final);
	assert_int_equal(out->packet.state, world->end[from].state);
	world->sent[from]++;
	world->last[from] = out->packet;
	if (world->cut[from] || world_random(world, 100) < world->loss_percent)
		return;
	for (unsigned i = 0; i < IN_FLIGHT; i++) {
		if (world->flights[i].arrives.us != UINT64_MAX)
			continue;
		world->flights[i] = (struct flight){ moment_after(world->now, world->delay_us),
						     !from, out->packet };
		return;
	}
	fail_msg("too many packets in flight");
}

static void world_init(struct world *world, const struct bfd_params *a, const struct bfd_params *b)
{
	*world = (struct world){ .now = { 1000000 }, .delay_us = 200, .random = 7 };
	for (unsigned i = 0; i < IN_FLIGHT; i++)
		world->flights[i].arrives = MOMENT_NEVER;
	bfd_init(&world->end[0], a, 0x11111111, 1);
	bfd_init(&world->end[1], b, 0x22222222, 2);
}

static void world_start(struct world *world, unsigned end)
{
	struct bfd_out out;

	bfd_start(&world->end[end], world->now, &out);
	world_out(world, end, &out);
}

/* The sender's discriminators decide whether the packet is for this session, as the service does. */
static void world_arrive(struct world *world, struct flight *flight)
{
	struct bfd *end = &world->end[flight->to];
	struct bfd_packet packet = flight->packet;
	struct bfd_out out;

	flight->arrives = MOMENT_NEVER;
	if (packet.yours != 0 && packet.yours != end->mine)
		return;
	if (packet.yours == 0 && packet.state != BFD_DOWN && packet.state != BFD_ADMIN_DOWN)
		return;
	bfd_receive(end, world->now, &packet, &out);
	world_out(world, flight->to, &out);
}

static struct moment world_next(const struct world *world)
{
	struct moment next = MOMENT_NEVER;

	for (unsigned i = 0; i < 2; i++)
		if (moment_before(bfd_next_due(&world->end[i]), next))
			next = bfd_next_due(&world->end[i]);
	for (unsigned i = 0; i < IN_FLIGHT; i++)
		if (moment_before(world->flights[i].arrives, next))
			next = world->flights[i].arrives;
	return next;
}

static void world_run(struct world *world, uint64_t us)
{
	struct moment until = moment_after(world->now, us);
	struct moment next;

	while (next = world_next(world), !moment_before(until, next)) {
		assert_false(moment_before(next, world->now));
		world->now = next;
		for (unsigned i = 0; i < IN_FLIGHT; i++)
			if (!moment_before(world->now, world->flights[i].arrives))
				world_arrive(world, &world->flights[i]);
		for (unsigned i = 0; i < 2; i++) {
			struct bfd_out out;

			if (moment_before(world->now, bfd_next_due(&world->end[i])))
				continue;
			bfd_tick(&world->end[i], world->now, &out);
			world_out(world, i, &out);
		}
	}
	world->now = until;
}

static void assert_up(const struct world *world)
{
	assert_int_equal(world->end[0].state, BFD_UP);
	assert_int_equal(world->end[1].state, BFD_UP);
}

static void test_up_at_once(void **state)
{
	struct world world;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_run(&world, 3 * SECOND);
	assert_int_equal(world.end[0].state, BFD_DOWN); /* nobody answers */
	world_start(&world, 1);
	world_run(&world, 5 * MS);
	assert_up(&world);
	assert_true(world.sent[0] <= 8);
	world_run(&world, SECOND);
	assert_false(world.end[0].polling); /* 6.5: each Poll had its Final */
	assert_false(world.end[1].polling);
	assert_up(&world);
}

/* 6.8.7: intervals, jitter. */
static void test_intervals(void **state)
{
	struct world world;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_run(&world, 10 * SECOND);
	assert_in_range(world.sent[0], 10, 14); /* alone: each second, less up to 25 % */
	world_start(&world, 1);
	world_run(&world, SECOND);
	world.sent[0] = world.sent[1] = 0;
	world_run(&world, 6 * SECOND);
	/* 60 ms, as the neighbor asks for, not 50: 100 packets to 134. */
	assert_in_range(world.sent[0], 100, 134);
	assert_in_range(world.sent[1], 100, 134);
}

/* 6.8.4: after multiplier x interval, and never before. */
static void test_cut_is_down(void **state)
{
	struct world world;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_start(&world, 1);
	world_run(&world, 2 * SECOND);
	assert_up(&world);
	world.cut[0] = world.cut[1] = true;
	world_run(&world, 160 * MS); /* the last was sent up to 60 ms ago, heard 200 us later */
	assert_up(&world);
	world_run(&world, 81 * MS);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(world.end[i].state, BFD_DOWN);
		assert_int_equal(world.end[i].diagnostic, BFD_DIAG_EXPIRED);
		assert_int_equal(world.end[i].theirs, 0);
	}
	assert_int_equal(world.last[0].diagnostic, BFD_DIAG_EXPIRED);
	world_run(&world, 5 * SECOND);
	world.cut[0] = world.cut[1] = false;
	world_run(&world, 1005 * MS);
	assert_up(&world);
	assert_int_equal(world.end[0].diagnostic, BFD_DIAG_NONE);
}

/* One way: the one that hears nothing tells the other. */
static void test_one_way_cut(void **state)
{
	struct world world;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_start(&world, 1);
	world_run(&world, 2 * SECOND);
	world.cut[0] = true;
	while (world.end[1].state == BFD_UP)
		world_run(&world, 100);
	assert_int_equal(world.end[1].diagnostic, BFD_DIAG_EXPIRED);
	world_run(&world, world.delay_us);
	assert_int_equal(world.end[0].diagnostic, BFD_DIAG_NEIGHBOR);
	assert_int_not_equal(world.end[0].state, BFD_UP);
	world_run(&world, 10 * SECOND);
	assert_int_not_equal(world.end[0].state, BFD_UP);
	assert_int_not_equal(world.end[1].state, BFD_UP);
}

static void test_admin_down(void **state)
{
	struct world world;
	struct bfd_out out;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_start(&world, 1);
	world_run(&world, 2 * SECOND);
	bfd_stop(&world.end[0], world.now, &out);
	assert_true(out.send && out.packet.state == BFD_ADMIN_DOWN);
	assert_int_equal(out.packet.diagnostic, BFD_DIAG_ADMIN);
	world_out(&world, 0, &out);
	world_run(&world, 2 * MS);
	assert_int_equal(world.end[1].state, BFD_DOWN);
	assert_int_equal(world.end[1].diagnostic, BFD_DIAG_NEIGHBOR);
	world.sent[0] = 0;
	world_run(&world, 5 * SECOND);
	assert_int_equal(world.sent[0], 0);
	assert_int_equal(world.end[1].state, BFD_DOWN);
}

/* 6.1: a passive end says nothing before it hears. */
static void test_passive(void **state)
{
	struct bfd_params passive = usual;
	struct world world;

	passive.passive = true;
	world_init(&world, &passive, &usual);
	world_start(&world, 0);
	world_run(&world, 5 * SECOND);
	assert_int_equal(world.sent[0], 0);
	world_start(&world, 1);
	world_run(&world, 10 * MS);
	assert_up(&world);
	world.cut[1] = true;
	world_run(&world, 2 * SECOND);
	world.sent[0] = 0;
	world_run(&world, 5 * SECOND);
	assert_int_equal(world.sent[0], 0);
}

/* A neighbor that started anew has another discriminator. */
static void test_restart(void **state)
{
	struct world world;

	world_init(&world, &usual, &usual);
	world_start(&world, 0);
	world_start(&world, 1);
	world_run(&world, 2 * SECOND);
	bfd_init(&world.end[1], &usual, 0x33333333, 9);
	world.changes[0] = 0;
	world_start(&world, 1);
	world_run(&world, 20 * MS);
	assert_up(&world);
	assert_int_equal(world.end[0].theirs, 0x33333333);
	assert_int_equal(world.changes[0], 2); /* Down, and Up at its Init */
}

/* 6.8.3: 0 asks for no packets but those that answer a Poll. */
static void test_neighbor_wants_none(void **state)
{
	struct bfd_packet packet = { .state = BFD_DOWN, .multiplier = 3, .mine = 5,
				     .min_tx_us = SECOND };
	struct bfd bfd;
	struct bfd_out out;
	struct moment now = { 1 };

	bfd_init(&bfd, &usual, 1, 1);
	bfd_start(&bfd, now, &out);
	bfd_receive(&bfd, now, &packet, &out);
	assert_int_equal(bfd.state, BFD_INIT);
	assert_false(out.send);
	assert_int_equal(bfd.send_at.us, UINT64_MAX);
	packet.poll = true;
	bfd_receive(&bfd, now, &packet, &out);
	assert_true(out.send && out.packet.final && !out.packet.poll);
}

/* 20 % loss and a multiplier of 4: it may flap, but comes back each time. */
static void test_loss(void **state)
{
	for (unsigned seed = 1; seed <= 300; seed++) {
		struct world world;

		world_init(&world, &usual, &usual);
		world.random = seed;
		world.delay_us = 100 + seed * 50;
		world.end[0].random = seed * 77777;
		world_start(&world, 0);
		world_run(&world, seed * 10 * MS);
		world_start(&world, 1);
		world.loss_percent = 20;
		world_run(&world, 20 * SECOND);
		world.loss_percent = 0;
		world_run(&world, 4 * SECOND); /* a silence of Init at most, and a second */
		assert_up(&world);
		world.changes[0] = world.changes[1] = 0;
		world_run(&world, 10 * SECOND);
		assert_int_equal(world.changes[0] + world.changes[1], 0);
	}
}

/* 6.8.7: with a multiplier of 1 a packet comes well before the neighbor gives up. */
static void test_multiplier_one(void **state)
{
	struct bfd_params hasty = usual;
	struct world world;

	hasty.multiplier = 1;
	world_init(&world, &hasty, &hasty);
	world_start(&world, 0);
	world_start(&world, 1);
	world_run(&world, 100 * MS);
	world.changes[0] = world.changes[1] = 0;
	world_run(&world, 60 * SECOND);
	assert_int_equal(world.changes[0] + world.changes[1], 0);
	assert_up(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_fields),
		cmocka_unit_test(test_packet_refusals),
		cmocka_unit_test(test_up_at_once),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_cut_is_down),
		cmocka_unit_test(test_one_way_cut),
		cmocka_unit_test(test_admin_down),
		cmocka_unit_test(test_passive),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_neighbor_wants_none),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_multiplier_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
