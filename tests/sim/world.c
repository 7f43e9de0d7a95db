/* SPDX-License-Identifier: Apache-2.0 */
/* sim/world.c - see world.h: time goes from one thing that is due to the next. */
#include "world.h"

#include <stdarg.h>
#include <string.h>

#include "hellos.h"
#include "network.h"
#include "node.h"
#include "rules.h"

void world_say(struct world *world, const char *format, ...)
{
	va_list args;

	fprintf(world->trace, "%12.6f  ", (double)world->now / 1e6);
	va_start(args, format);
	vfprintf(world->trace, format, args);
	va_end(args);
	fputc('\n', world->trace);
}

void world_fail(struct world *world, const char *format, ...)
{
	va_list args;

	if (world_failed(world))
		return;
	va_start(args, format);
	vsnprintf(world->failure, sizeof(world->failure), format, args);
	va_end(args);
	TRACE(world, "FAILED: %s", world->failure);
}

void world_init(struct world *world, uint64_t seed, FILE *trace)
{
	memset(world, 0, offsetof(struct world, heap));
	world->seed = seed;
	world->random = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
	for (unsigned i = 0; i < 4; i++)
		roll(world, 1);
	world->now = 1000 * 1000;
	world->trace = trace;
	network_init(world);
	rules_init(world);
}

/* Local to world; a moment that is past is due now. */
static uint64_t world_when(const struct world *world, const struct node *node, uint64_t local)
{
	if (local == NEVER)
		return NEVER;
	return local <= world->now + node->clock_us ? world->now : local - node->clock_us;
}

static uint64_t world_node_due(const struct world *world, const struct node *node)
{
	uint64_t machine, hello;

	if (!node_runs(node))
		return node->sleep_until;
	machine = world_when(world, node, machine_next_due(&node->machine).us);
	hello = world_when(world, node, node->hellos.due);
	return machine < hello ? machine : hello;
}

uint64_t world_next(const struct world *world)
{
	uint64_t next = network_next(world);

	for (unsigned i = 0; i < world->count; i++) {
		uint64_t due = world_node_due(world, &world->nodes[i]);

		next = due < next ? due : next;
	}
	return next;
}

/* Packets come before timers, as in vrrp/instance.c. */
void world_step(struct world *world)
{
	struct flight *flight;

	while ((flight = network_arrived(world)) != NULL)
		network_deliver(world, flight);
	for (unsigned i = 0; i < world->count; i++) {
		struct node *node = &world->nodes[i];
		uint64_t local;

		if (!node_runs(node)) {
			if (node->sleep_until > world->now)
				continue;
			node_wake(world, node);
		}
		local = world->now + node->clock_us;
		if (machine_next_due(&node->machine).us <= local)
			node_tick(world, node);
		if (node->hellos.due <= local)
			hellos_due(world, node);
	}
}

void world_run(struct world *world, uint64_t end)
{
	uint64_t next;

	while (!world_failed(world) && (next = world_next(world)) <= end) {
		rules_pass(world, next);
		world->now = next > world->now ? next : world->now;
		world_step(world);
		world->events++;
	}
	rules_pass(world, end);
	world->now = end;
}
