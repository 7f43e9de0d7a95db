/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/sync_group.h - a vrrp_sync_group: its instances change state together
 * (man keepalived.conf, "VRRP synchronization group(s)").
 *
 *  - A member leads only when no other member still follows a master: each
 *    other one is MASTER, or its own master-down timer has run out too. Then
 *    all of them become MASTER at once.
 *  - A member that yields takes the others along to BACKUP.
 *  - A member's FAULT is every member's; it ends when no member has one.
 *  - Nobody starts before each member can.
 *
 * Pure: it counts what members did, and answers what the others must do. How
 * an instance uses it:
 *
 *   its own fault, or readiness, is judged   sync_group_judge; true: reassess all members
 *   it has a fault, if not of its own        sync_group_other_fault
 *   it would start                           sync_group_may_start
 *   its master-down timer runs out           sync_group_may_lead; false: wait once more
 *   it hears a master that it follows        sync_group_follows
 *   its machine has entered a state          sync_group_entered, sync_group_news; tell; the
 *                                            order performed; sync_group_news again
 */
#pragma once

#include <stdbool.h>

#include "base/page.h"

struct sync_member {
	enum page_vrrp_state state;
	bool ready;	/* nothing that it waits for */
	bool fault;	/* of its own */
	bool wants;	/* its timer has run out, and it has heard no master since */
};

struct sync_group {
	struct sync_member *members;
	unsigned count;
	enum page_vrrp_state told;	/* what was last told of the group */
};

enum sync_order {
	SYNC_NONE,
	SYNC_LEAD,	/* those in BACKUP become MASTER now */
	SYNC_YIELD,	/* those in MASTER become BACKUP now */
};

/* `members` (count of them) is borrowed for as long. */
void sync_group_init(struct sync_group *group, struct sync_member *members, unsigned count);

/* True if the answers about other members may have changed. */
bool sync_group_judge(struct sync_group *group, unsigned member, bool ready, bool fault);

/* True with the place of a member that has a fault of its own, other than `member`. */
bool sync_group_other_fault(const struct sync_group *group, unsigned member, unsigned *ret_whose);

bool sync_group_may_start(const struct sync_group *group);

/* The timer of `member` has run out: notes that, and says whether it becomes MASTER now. */
bool sync_group_may_lead(struct sync_group *group, unsigned member);

void sync_group_follows(struct sync_group *group, unsigned member);

/*
 * The machine of `member` is in `state` now. The order is for every other
 * member, in the order of the file; those already there have nothing to do.
 */
enum sync_order sync_group_entered(struct sync_group *group, unsigned member,
				   enum page_vrrp_state state);

/*
 * True once for each change of the group, when its last member is in that
 * state. To be asked after a member was told of; and `before` that too, since
 * the first BACKUP of all is the group's at once, as Keepalived tells it.
 */
bool sync_group_news(struct sync_group *group, bool before, enum page_vrrp_state *ret_state);
