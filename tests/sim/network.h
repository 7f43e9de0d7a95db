/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/network.h - packets between nodes: lost, late, twice, in another order,
 * or cut in one direction. A heap by moment of arrival; each delay is rolled
 * by itself, so that a later packet may overtake.
 */
#pragma once

#include "world.h"

void network_init(struct world *world);

/* To every other node. */
void network_advert(struct world *world, const struct node *from,
		    const struct machine_advert *advert);
void network_hello(struct world *world, const struct node *from, const struct hello *hello);

/* When the next packet arrives. */
uint64_t network_next(const struct world *world);
/* One that has arrived, or NULL. It is given back by network_deliver. */
struct flight *network_arrived(struct world *world);
/* To its node, or onto the socket of one that does not run. */
void network_deliver(struct world *world, struct flight *flight);
/* What waits on the socket: read, or lost with the process. */
void network_read(struct world *world, struct node *node, enum flight_kind kind);
void network_flush(struct world *world, struct node *node);

/* Whether a frame from one to the other passes now (ARP: asked and answered in no time). */
bool network_passes(struct world *world, unsigned from, unsigned to);
/* Whether nothing at all is lost of what VRRP says in that direction. */
static inline bool network_hears(const struct world *world, unsigned from, unsigned to)
{
	const struct wire *wire = &world->wires[from][to];

	return !wire->cut && !wire->cut_vrrp && wire->loss == 0;
}
