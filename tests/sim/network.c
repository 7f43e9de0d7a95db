/* SPDX-License-Identifier: Apache-2.0 */
/* sim/network.c - see network.h. */
#include "network.h"

#include "hellos.h"
#include "node.h"

enum { LEAST_DELAY_US = 20 };

void network_init(struct world *world)
{
	for (int i = 0; i < FLIGHTS; i++)
		world->flights[i].next = (int16_t)(i + 1 < FLIGHTS ? i + 1 : NEVER_SLOT);
	for (unsigned i = 0; i < NODES; i++)
		world->nodes[i].inbox = NEVER_SLOT;
	world->free_slot = 0;
}

/* ---- the heap ---- */

static bool arrival_before(const struct arrival *a, const struct arrival *b)
{
	return a->at != b->at ? a->at < b->at : (int32_t)(a->order - b->order) < 0;
}

static void network_push(struct world *world, uint64_t at, int16_t slot)
{
	struct arrival new = { at, world->order++, slot };
	unsigned i = world->arrivals++;

	for (; i > 0 && arrival_before(&new, &world->heap[(i - 1) / 2]); i = (i - 1) / 2)
		world->heap[i] = world->heap[(i - 1) / 2];
	world->heap[i] = new;
}

static void network_pop(struct world *world)
{
	struct arrival last = world->heap[--world->arrivals];
	unsigned i = 0, child;

	for (; (child = 2 * i + 1) < world->arrivals; i = child) {
		if (child + 1 < world->arrivals &&
		    arrival_before(&world->heap[child + 1], &world->heap[child]))
			child++;
		if (!arrival_before(&world->heap[child], &last))
			break;
		world->heap[i] = world->heap[child];
	}
	world->heap[i] = last;
}

uint64_t network_next(const struct world *world)
{
	return world->arrivals != 0 ? world->heap[0].at : NEVER;
}

struct flight *network_arrived(struct world *world)
{
	int16_t slot;

	if (world->arrivals == 0 || world->heap[0].at > world->now)
		return NULL;
	slot = world->heap[0].slot;
	network_pop(world);
	return &world->flights[slot];
}

/* ---- out ---- */

static struct flight *network_flight(struct world *world, unsigned to, enum flight_kind kind)
{
	struct flight *flight = &world->flights[world->free_slot];

	if (flight->next == NEVER_SLOT) {
		world_fail(world, "more than %u packets are under way", FLIGHTS);
		return NULL;
	}
	world->free_slot = flight->next;
	flight->to = (uint8_t)to;
	flight->kind = kind;
	network_push(world, world->now + LEAST_DELAY_US + roll(world, world->max_delay),
		     (int16_t)(flight - world->flights));
	return flight;
}

static void network_free(struct world *world, struct flight *flight)
{
	flight->next = world->free_slot;
	world->free_slot = (int16_t)(flight - world->flights);
}

bool network_passes(struct world *world, unsigned from, unsigned to)
{
	const struct wire *wire = &world->wires[from][to];

	return !wire->cut && (wire->loss == 0 || roll(world, 100) >= wire->loss);
}

static unsigned network_copies(struct world *world)
{
	return world->duplicates != 0 && roll(world, 100) < world->duplicates ? 2 : 1;
}

void network_advert(struct world *world, const struct node *from,
		    const struct machine_advert *advert)
{
	unsigned index = (unsigned)(from - world->nodes);

	for (unsigned to = 0; to < world->count; to++) {
		if (to == index || world->wires[index][to].cut_vrrp ||
		    !network_passes(world, index, to))
			continue;
		for (unsigned n = network_copies(world); n > 0; n--) {
			struct flight *flight = network_flight(world, to, FLIGHT_ADVERT);

			if (flight != NULL)
				flight->advert = *advert;
		}
	}
}

void network_hello(struct world *world, const struct node *from, const struct hello *hello)
{
	unsigned index = (unsigned)(from - world->nodes);

	for (unsigned to = 0; to < world->count; to++) {
		if (to == index || !world->nodes[to].relevo_peers)
			continue;
		unsigned copies = network_passes(world, index, to) ? network_copies(world) : 0;
		copies += world->second_path && !world->wires[index][to].cut_second;
		for (; copies > 0; copies--) {
			struct flight *flight = network_flight(world, to, FLIGHT_HELLO);

			if (flight != NULL)
				flight->hello = *hello;
		}
	}
}

/* ---- in ---- */

static void network_hand(struct world *world, struct node *node, struct flight *flight)
{
	struct flight copy = *flight;

	network_free(world, flight); /* what is sent in answer may need the place */
	if (copy.kind == FLIGHT_ADVERT)
		node_hear(world, node, &copy.advert);
	else
		hellos_hear(world, node, &copy.hello);
}

static void network_wait(struct world *world, struct node *node, struct flight *flight)
{
	int16_t slot = (int16_t)(flight - world->flights);

	flight->next = NEVER_SLOT;
	if (node->inbox == NEVER_SLOT)
		node->inbox = slot;
	else
		world->flights[node->inbox_end].next = slot;
	node->inbox_end = slot;
}

void network_deliver(struct world *world, struct flight *flight)
{
	struct node *node = &world->nodes[flight->to];

	if (node_runs(node))
		network_hand(world, node, flight);
	else if (node->sleep == SLEEP_OFF)
		network_free(world, flight);
	else
		network_wait(world, node, flight);
}

/* Takes all out first: what is handed over may put none back, but may free others. */
void network_read(struct world *world, struct node *node, enum flight_kind kind)
{
	int16_t slot = node->inbox;

	node->inbox = NEVER_SLOT;
	while (slot != NEVER_SLOT) {
		struct flight *flight = &world->flights[slot];

		slot = flight->next;
		if (flight->kind == kind)
			network_hand(world, node, flight);
		else
			network_wait(world, node, flight);
	}
}

void network_flush(struct world *world, struct node *node)
{
	int16_t slot = node->inbox;

	node->inbox = NEVER_SLOT;
	while (slot != NEVER_SLOT) {
		struct flight *flight = &world->flights[slot];

		slot = flight->next;
		network_free(world, flight);
	}
}
