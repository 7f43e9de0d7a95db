/* SPDX-License-Identifier: Apache-2.0 */
/* sim/faults.c - see faults.h. */
#include "faults.h"

#include <string.h>

#include "base/macros.h"
#include "hellos.h"
#include "node.h"
#include "rules.h"

/* A real Keepalived that is frozen or killed is its own affair. */
static struct node *faults_victim(struct world *world)
{
	unsigned index = (unsigned)roll(world, world->count);

	while (world->nodes[index].keepalived)
		index = (index + 1) % world->count;
	return &world->nodes[index];
}

static uint64_t faults_while(struct world *world)
{
	return world->now + roll(world, 8 * world->interval_us);
}

static void faults_part(struct world *world)
{
	unsigned side[NODES] = { 0 };

	for (unsigned i = 0; i < world->count; i++)
		side[i] = (unsigned)roll(world, 3);
	for (unsigned from = 0; from < world->count; from++)
		for (unsigned to = 0; to < world->count; to++)
			world->wires[from][to].cut = side[from] != side[to];
	TRACE(world, "the network parts: %u %u %u %u %u", side[0], side[1], side[2], side[3],
	      side[4]);
}

static void faults_one_way(struct world *world)
{
	unsigned from = (unsigned)roll(world, world->count);
	unsigned to = (unsigned)roll(world, world->count);
	bool vrrp = one_in(world, 2);

	if (vrrp)
		world->wires[from][to].cut_vrrp = true;
	else
		world->wires[from][to].cut = true;
	TRACE(world, "%s from %u to %u is cut", vrrp ? "VRRP" : "all", from, to);
}

static void faults_vrrp_alone(struct world *world)
{
	for (unsigned from = 0; from < world->count; from++)
		for (unsigned to = 0; to < world->count; to++)
			world->wires[from][to].cut_vrrp = true;
	TRACE(world, "VRRP is cut everywhere");
}

static void faults_lose(struct world *world)
{
	uint8_t loss = (uint8_t)(10 + roll(world, 60));
	unsigned from = (unsigned)roll(world, world->count + 2);

	for (unsigned i = 0; i < world->count; i++)
		for (unsigned k = 0; k < world->count; k++)
			if (from >= world->count || i == from)
				world->wires[i][k].loss = loss;
	TRACE(world, "%u %% of what %u sends is lost", loss, from);
}

static void faults_second_path(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++)
		for (unsigned k = 0; k < world->count; k++)
			world->wires[i][k].cut_second = one_in(world, 2);
	TRACE(world, "the second path is cut in places");
}

static void faults_freeze(struct world *world)
{
	struct node *node = faults_victim(world);
	enum node_sleep sleep = one_in(world, 2) ? SLEEP_PROCESS : SLEEP_MACHINE;

	node_sleep(world, node, sleep, faults_while(world));
	node->clock_stops = sleep == SLEEP_MACHINE && one_in(world, 2);
}

/* The vrrp process alone, started again within milliseconds by its parent. */
static void faults_crash(struct world *world)
{
	node_crash(world, faults_victim(world), world->now + roll(world, world->interval_us / 2),
		   true, true);
}

/* All processes: what they knew is gone, and the address stays until they start again. */
static void faults_kill(struct world *world)
{
	node_crash(world, faults_victim(world), faults_while(world), false, true);
}

static void faults_power(struct world *world)
{
	node_crash(world, faults_victim(world), faults_while(world), false, false);
}

static void faults_fault(struct world *world)
{
	struct node *node = faults_victim(world);

	if (node_runs(node)) /* one that does not would learn it later */
		node_fault(world, node, !node->fault);
}

bool faults_hand_over(struct world *world, unsigned *ret_by)
{
	for (unsigned i = 0; i < world->count; i++) {
		struct node *node = &world->nodes[i];

		if (!node_runs(node) || node->machine.state != PAGE_VRRP_MASTER ||
		    hellos_successor(world, node) == NULL)
			continue;
		node_event(world, node, MACHINE_HAND_OVER);
		*ret_by = i;
		return true;
	}
	return false;
}

static void faults_command(struct world *world)
{
	unsigned by;

	(void)faults_hand_over(world, &by);
}

/* As vrrp/operator.c: in maintenance once it is handed over, or nobody takes it. */
static void faults_maintain(struct world *world)
{
	struct node *node = faults_victim(world);

	if (node_runs(node) && node->machine.state == PAGE_VRRP_MASTER &&
	    hellos_successor(world, node) != NULL) {
		node_event(world, node, MACHINE_HAND_OVER);
		world_run(world, world->now + roll(world, 100 * 1000));
	}
	if (node_runs(node))
		node_maintain(world, node, !node->maintenance);
}

static void faults_jump(struct world *world)
{
	node_jump(world, faults_victim(world), roll(world, 8 * world->interval_us));
}

/* Another program removes the address, and it is put back. */
static void faults_delete(struct world *world)
{
	struct node *node = faults_victim(world);

	if (node_runs(node))
		node_event(world, node, MACHINE_DISTURBED);
}

static void faults_duplicate(struct world *world)
{
	world->duplicates = 10 + (unsigned)roll(world, 60);
	TRACE(world, "%u %% of the packets come twice", world->duplicates);
}

static void faults_priority(struct world *world)
{
	struct node *node = faults_victim(world);

	if (node->conf.priority == 255)
		return;
	node->machine.priority = (uint8_t)(1 + roll(world, 253));
	TRACE(world, "%u has priority %u", (unsigned)(node - world->nodes), node->machine.priority);
}

static void (*const faults[])(struct world *world) = {
	faults_part, faults_part, faults_part, faults_one_way, faults_one_way, faults_vrrp_alone,
	faults_lose, faults_second_path, faults_freeze, faults_freeze, faults_crash, faults_kill,
	faults_power, faults_fault, faults_fault, faults_command, faults_maintain, faults_jump,
	faults_delete, faults_duplicate, faults_priority,
};

void faults_strike(struct world *world)
{
	rules_spoil(world);
	faults[roll(world, ARRAY_LEN(faults))](world);
	rules_changed(world);
}

void faults_heal(struct world *world)
{
	TRACE(world, "all is healed");
	rules_spoil(world);
	memset(world->wires, 0, sizeof(world->wires));
	rules_changed(world);
	for (unsigned i = 0; i < world->count; i++) {
		struct node *node = &world->nodes[i];

		if (!node_runs(node))
			node_wake(world, node);
		node_fault(world, node, false);
		node_maintain(world, node, false);
	}
}
