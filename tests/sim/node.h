/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/node.h - one node: the real vrrp/machine.c, and around it what
 * vrrp/instance.c, standing.c and conflict.c do with the world.
 *
 * The model of Keepalived 2.2.7 is the same machine that drops, with AH, what
 * is not above its counter, yields without a word, and asks nobody by ARP.
 */
#pragma once

#include "world.h"

/* A process begins: with nothing, or (`resumes`) with what the page has kept of the one before. */
void node_start(struct world *world, struct node *node, bool resumes);

void node_event(struct world *world, struct node *node, enum machine_event event);
void node_hear(struct world *world, struct node *node, const struct machine_advert *advert);
/* Its timer has run out. */
void node_tick(struct world *world, struct node *node);

/* Until that moment; SLEEP_OFF: `resumes`, and whether the address stays on meanwhile. */
void node_sleep(struct world *world, struct node *node, enum node_sleep sleep, uint64_t until);
void node_crash(struct world *world, struct node *node, uint64_t until, bool resumes,
		bool keeps_address);
void node_wake(struct world *world, struct node *node);
/*
 * Its parts, for a machine of several: it runs; then it reads
 * what has waited, if it did not boot.
 */
void node_rise(struct world *world, struct node *node);
void node_catch_up(struct world *world, struct node *node);

/* The node has a fault, or is in maintenance, from now on or no longer. */
void node_fault(struct world *world, struct node *node, bool fault);
void node_maintain(struct world *world, struct node *node, bool maintenance);

/* Its monotonic clock jumps ahead. */
void node_jump(struct world *world, struct node *node, uint64_t us);

const char *node_state_name(const struct node *node);
const char *node_event_name(enum machine_event event);
