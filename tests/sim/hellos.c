/* SPDX-License-Identifier: Apache-2.0 */
/* sim/hellos.c - see hellos.h. */
#include "hellos.h"

#include "network.h"
#include "node.h"

/* As in vrrp/peering.c. */
enum {
	SLOW_US = 1000 * 1000,
	BACKUP_US = 100 * 1000,
	LEAST_US = 10 * 1000,
	ASK_US = 20 * 1000,
};

static uint64_t hellos_interval(const struct world *world, const struct node *node)
{
	uint64_t us = node->conf.advert_interval_us;

	if (!peers_any(&node->hellos.peers, node_now(world, node), PEERS_FORGET_US))
		return SLOW_US;
	if (us > SLOW_US)
		us = SLOW_US;
	if (node->machine.state != PAGE_VRRP_MASTER && us < BACKUP_US)
		us = BACKUP_US;
	return us < LEAST_US ? LEAST_US : us;
}

static uint64_t hellos_patience(const struct node *node)
{
	uint64_t us = node->conf.advert_interval_us;

	return 3 * (us < BACKUP_US ? BACKUP_US : us);
}

void hellos_start(struct world *world, struct node *node)
{
	node->hellos = (struct node_hellos){ .due = NEVER };
	if (!node->relevo_peers)
		return;
	peers_init(&node->hellos.peers,
		   (uint64_t)(node - world->nodes) + 1 + NODES * ++node->boots);
	hellos_say(world, node);
}

void hellos_say(struct world *world, struct node *node)
{
	struct node_hellos *own = &node->hellos;
	const struct machine *machine = &node->machine;
	struct hello hello = {
		.kind = own->asked != 0 ? HELLO_ASK : HELLO_SAY,
		.state = (uint8_t)machine->state,
		.priority = machine->priority,
		.interval_us = (uint32_t)node->conf.advert_interval_us,
		.target = own->asked,
	};

	if (!node->relevo_peers)
		return;
	if (machine->state == PAGE_VRRP_BACKUP || machine->state == PAGE_VRRP_MASTER)
		hello.flags |= HELLO_SERVES;
	peers_stamp(&own->peers, node_now(world, node), &hello);
	network_hello(world, node, &hello);
	own->said = node_now(world, node).us;
	own->due = own->said + (own->asked != 0 ? ASK_US : hellos_interval(world, node));
}

void hellos_due(struct world *world, struct node *node)
{
	if (node->hellos.asked != 0 && node->machine.yield_until.us <= node_now(world, node).us)
		node->hellos.asked = 0;
	hellos_say(world, node);
}

const struct peer *hellos_successor(const struct world *world, const struct node *node)
{
	if (!node->relevo_peers)
		return NULL;
	return peers_successor(&node->hellos.peers, node_now(world, node), hellos_patience(node),
			       0);
}

void hellos_ask(struct world *world, struct node *node)
{
	const struct peer *peer = hellos_successor(world, node);

	if (peer == NULL)
		return;
	node->hellos.asked = peer->last.stamp.boot;
	hellos_say(world, node);
}

bool hellos_hold(const struct world *world, const struct node *node)
{
	const struct machine *machine = &node->machine;
	struct moment now = node_now(world, node);

	if (!node->relevo_peers || now.us < machine->down_at.us ||
	    now.us - node->heard < machine_down_us(machine))
		return false;
	return peers_master(&node->hellos.peers, now, machine->interval_us * 3 / 2) != NULL;
}

static void hellos_believe(struct world *world, struct node *node, const struct peer *peer)
{
	struct node_hellos *own = &node->hellos;

	if (peer->last.kind == HELLO_ASK && peer->last.target == own->peers.own.boot &&
	    node->machine.state == PAGE_VRRP_BACKUP) {
		node_event(world, node, MACHINE_ASKED);
		return;
	}
	if (own->asked == 0 || peer->last.stamp.boot != own->asked ||
	    peer->last.state != PAGE_VRRP_MASTER)
		return;
	own->asked = 0;
	node->machine.heard_from = peer->source;
	if (node->machine.state == PAGE_VRRP_MASTER)
		node_event(world, node, MACHINE_HANDED_OVER);
}

void hellos_hear(struct world *world, struct node *node, const struct hello *hello)
{
	unsigned from = (unsigned)((hello->stamp.boot - 1) % NODES);
	struct moment now = node_now(world, node);
	struct peer *peer;

	if (!node->relevo_peers)
		return;
	switch (peers_hear(&node->hellos.peers, now, hello, &world->nodes[from].machine.source, 0,
			   &peer)) {
	case PEERS_IGNORED: break;
	case PEERS_UNKNOWN:
		if (now.us - node->hellos.said >= LEAST_US)
			hellos_say(world, node);
		break;
	case PEERS_BELIEVED: hellos_believe(world, node, peer); break;
	}
}
