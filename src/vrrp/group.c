/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/group.c - see group.h. */
#include "vrrp/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "vrrp/process.h"
#include "vrrp/tell.h"

static struct vrrp_instance *group_instance(struct vrrp_process *process,
					    const struct vrrp_instance_conf *conf)
{
	ASSERT(conf->index < process->instance_count);
	return &process->instances[conf->index];
}

static int group_open(struct vrrp_process *process, struct vrrp_group *group,
		      const struct vrrp_group_conf *conf)
{
	*group = (struct vrrp_group){ .conf = conf, .process = process };
	group->members = calloc(conf->member_count + 1, sizeof(*group->members));
	group->instances = calloc(conf->member_count + 1, sizeof(struct vrrp_instance *));
	if (group->members == NULL || group->instances == NULL)
		return -ENOMEM;
	sync_group_init(&group->sync, group->members, conf->member_count);
	for (unsigned i = 0; i < conf->member_count; i++) {
		group->instances[i] = group_instance(process, conf->members[i]);
		group->instances[i]->group = group;
		group->instances[i]->member = i;
	}
	return 0;
}

int groups_open(struct vrrp_process *process)
{
	const struct vrrp_conf *conf = process->args->conf;
	int error = 0;

	process->groups = calloc(conf->group_count + 1, sizeof(*process->groups));
	if (process->groups == NULL)
		return -ENOMEM;
	for (const struct vrrp_group_conf *group = conf->groups; group != NULL && error == 0;
	     group = group->next)
		error = group_open(process, &process->groups[process->group_count++], group);
	return error;
}

void groups_close(struct vrrp_process *process)
{
	for (unsigned i = 0; i < process->group_count; i++) {
		free(process->groups[i].members);
		free(process->groups[i].instances);
	}
	free(process->groups);
	process->groups = NULL;
	process->group_count = 0;
}

bool group_judge(struct vrrp_instance *instance)
{
	return instance->group != NULL &&
	       sync_group_judge(&instance->group->sync, instance->member, !instance->waits,
				instance->own_fault);
}

void group_each(struct vrrp_group *group, void (*act)(struct vrrp_instance *instance))
{
	for (unsigned i = 0; i < group->sync.count; i++)
		act(group->instances[i]);
}

bool group_fault(const struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE])
{
	const struct vrrp_group *group = instance->group;
	unsigned whose;

	if (group == NULL || !sync_group_other_fault(&group->sync, instance->member, &whose))
		return false;
	snprintf(ret_cause, INSTANCE_CAUSE, "sync group %.30s: %.30s: %.120s", group->conf->name,
		 group->instances[whose]->conf->name, group->instances[whose]->own_cause);
	return true;
}

bool group_may_start(const struct vrrp_instance *instance)
{
	return instance->group == NULL || sync_group_may_start(&instance->group->sync);
}

bool group_may_lead(struct vrrp_instance *instance)
{
	return instance->group == NULL ||
	       sync_group_may_lead(&instance->group->sync, instance->member);
}

void group_follows(struct vrrp_instance *instance)
{
	if (instance->group != NULL)
		sync_group_follows(&instance->group->sync, instance->member);
}

/* A member that is handing over itself is to stay where it goes, as the one that went first. */
static enum machine_event group_yield(const struct vrrp_instance *instance)
{
	return moment_before(loop_now(instance->process->loop), instance->machine.yield_until)
		       ? MACHINE_HANDED_OVER
		       : MACHINE_YIELD;
}

static void group_order(struct vrrp_group *group, const struct vrrp_instance *leader,
			enum sync_order order)
{
	for (unsigned i = 0; i < group->sync.count; i++) {
		struct vrrp_instance *instance = group->instances[i];

		if (instance == leader)
			continue;
		group->leader = leader;
		if (order == SYNC_LEAD && instance->machine.state == PAGE_VRRP_BACKUP)
			instance_event(instance, MACHINE_LEAD);
		else if (order == SYNC_YIELD && instance->machine.state == PAGE_VRRP_MASTER)
			instance_event(instance, group_yield(instance));
	}
}

void group_entered(struct vrrp_instance *instance, enum page_vrrp_state state, const char *cause)
{
	struct vrrp_group *group = instance->group;
	enum page_vrrp_state news;
	enum sync_order order;

	if (group == NULL) {
		tell_entered(instance, state, cause);
		return;
	}
	order = sync_group_entered(&group->sync, instance->member, state);
	if (sync_group_news(&group->sync, true, &news))
		tell_group(group, news);
	tell_entered(instance, state, cause);
	group_order(group, instance, order);
	if (sync_group_news(&group->sync, false, &news))
		tell_group(group, news);
}

void group_cause(const struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE])
{
	const struct vrrp_group *group = instance->group;

	snprintf(ret_cause, INSTANCE_CAUSE, "sync group %.60s: as %.60s",
		 group != NULL ? group->conf->name : "-",
		 group != NULL && group->leader != NULL ? group->leader->conf->name : "another");
}
