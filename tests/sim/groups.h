/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/groups.h - a vrrp_sync_group: two to three machines on two networks, each
 * with one member of its group in each; the real vrrp/sync_group.c between them,
 * as vrrp/group.c joins them.
 *
 * Each network is a world with its own rules (sim/rules.h), and both have the
 * same time. Beyond those rules
 *
 *  (i) after every moment the members of a machine that runs are MASTER both,
 *      or neither is;
 *  (k) in the end one machine owns both addresses;
 *  (l) a machine does not claim while one of its members hears a master that it
 *      follows.
 *
 * Freezes, crashes and the loss of power befall a machine, faults and cuts one
 * of its networks.
 */
#pragma once

#include "scenario.h"
#include "vrrp/sync_group.h"

enum { GROUP_NETWORKS = 2 };

/* What joins the members of one machine. */
struct bond {
	struct groups *groups;
	unsigned machine;
	struct sync_group sync;
	struct sync_member members[GROUP_NETWORKS];
	bool fault[GROUP_NETWORKS];
};

struct groups {
	struct world world[GROUP_NETWORKS];
	struct bond bond[NODES];
	unsigned count;
};

/* False: it failed, and *ret_failure (of `groups`) says how. */
bool groups_run(struct groups *groups, uint64_t seed, FILE *trace,
		struct scenario_figures *figures, const char **ret_failure);

/* What sim/node.c asks of a node that has a bond. */
void bond_entered(struct world *world, struct node *node, enum page_vrrp_state state);
bool bond_may_lead(const struct world *world, struct node *node);
void bond_heard(const struct world *world, struct node *node, enum machine_event event);
/* The whole machine runs again. */
void bond_wake(struct bond *bond);
