/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/hellos.h - what vrrp/peering.c does, without its sockets: when hellos
 * are said, what is believed (the real vrrp/peers.c decides), and hand-over.
 */
#pragma once

#include "world.h"

/* A node's process begins. */
void hellos_start(struct world *world, struct node *node);
void hellos_say(struct world *world, struct node *node);
void hellos_due(struct world *world, struct node *node);
void hellos_hear(struct world *world, struct node *node, const struct hello *hello);
/* Asks a successor, again and again until machine.yield_until. */
void hellos_ask(struct world *world, struct node *node);
/* NULL: none would serve. */
const struct peer *hellos_successor(const struct world *world, const struct node *node);
/* Whether the machine must not claim now (instance_is_held of vrrp/instance.c). */
bool hellos_hold(const struct world *world, const struct node *node);
