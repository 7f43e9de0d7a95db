/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/group.h - sync groups at work: what vrrp/sync_group.h decides, done to
 * the instances. Every function here is also for instances without a group,
 * which decide for themselves.
 */
#pragma once

#include "vrrp/instance.h"
#include "vrrp/sync_group.h"

struct vrrp_group {
	const struct vrrp_group_conf *conf;
	struct vrrp_process *process;
	struct sync_group sync;
	struct sync_member *members;
	struct vrrp_instance **instances; /* by member */
	const struct vrrp_instance *leader; /* whose change the others follow now */
};

/* Once the instances are made. 0 or -ENOMEM. */
int groups_open(struct vrrp_process *process) MUST_CHECK;
void groups_close(struct vrrp_process *process);

/* Notes the instance's own standing; true if that may concern the other members. */
bool group_judge(struct vrrp_instance *instance);
void group_each(struct vrrp_group *group, void (*act)(struct vrrp_instance *instance));

/* True with a cause, if another member has a fault. */
bool group_fault(const struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE]);
bool group_may_start(const struct vrrp_instance *instance);

/* The instance's master-down timer ran out. */
bool group_may_lead(struct vrrp_instance *instance);
/* It heard a master that it follows. */
void group_follows(struct vrrp_instance *instance);

/* It is in `state` now: tells so, in the right order with its group, and takes the others along. */
void group_entered(struct vrrp_instance *instance, enum page_vrrp_state state, const char *cause);

/* The cause of a change that followed another member's. */
void group_cause(const struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE]);
