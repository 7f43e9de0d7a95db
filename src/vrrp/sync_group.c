/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/sync_group.c - see sync_group.h. */
#include "vrrp/sync_group.h"

#include "base/macros.h"

void sync_group_init(struct sync_group *group, struct sync_member *members, unsigned count)
{
	*group = (struct sync_group){ .members = members, .count = count,
				      .told = PAGE_VRRP_INIT };
	for (unsigned i = 0; i < count; i++)
		members[i] = (struct sync_member){ .state = PAGE_VRRP_INIT };
}

bool sync_group_judge(struct sync_group *group, unsigned member, bool ready, bool fault)
{
	ASSERT(member < group->count);
	struct sync_member *judged = &group->members[member];
	bool changed = judged->ready != ready || judged->fault != fault;

	judged->ready = ready;
	judged->fault = fault;
	return changed;
}

bool sync_group_other_fault(const struct sync_group *group, unsigned member, unsigned *ret_whose)
{
	for (unsigned i = 0; i < group->count; i++) {
		if (i == member || !group->members[i].fault)
			continue;
		*ret_whose = i;
		return true;
	}
	return false;
}

bool sync_group_may_start(const struct sync_group *group)
{
	for (unsigned i = 0; i < group->count; i++)
		if (!group->members[i].ready)
			return false;
	return true;
}

bool sync_group_may_lead(struct sync_group *group, unsigned member)
{
	ASSERT(member < group->count);
	group->members[member].wants = true;
	for (unsigned i = 0; i < group->count; i++)
		if (group->members[i].state != PAGE_VRRP_MASTER && !group->members[i].wants)
			return false;
	return true;
}

void sync_group_follows(struct sync_group *group, unsigned member)
{
	ASSERT(member < group->count);
	group->members[member].wants = false;
}

static bool group_has(const struct sync_group *group, enum page_vrrp_state state)
{
	for (unsigned i = 0; i < group->count; i++)
		if (group->members[i].state == state)
			return true;
	return false;
}

static bool group_all(const struct sync_group *group, enum page_vrrp_state state)
{
	for (unsigned i = 0; i < group->count; i++)
		if (group->members[i].state != state)
			return false;
	return true;
}

enum sync_order sync_group_entered(struct sync_group *group, unsigned member,
				   enum page_vrrp_state state)
{
	ASSERT(member < group->count);
	struct sync_member *entered = &group->members[member];
	enum page_vrrp_state before = entered->state;

	entered->state = state;
	entered->wants = false;
	if (state == PAGE_VRRP_MASTER)
		return group_has(group, PAGE_VRRP_BACKUP) ? SYNC_LEAD : SYNC_NONE;
	if (state == PAGE_VRRP_BACKUP && before == PAGE_VRRP_MASTER)
		return group_has(group, PAGE_VRRP_MASTER) ? SYNC_YIELD : SYNC_NONE;
	return SYNC_NONE;
}

static enum page_vrrp_state group_state(const struct sync_group *group)
{
	for (enum page_vrrp_state state = PAGE_VRRP_BACKUP; state <= PAGE_VRRP_STOPPED; state++)
		if (group_all(group, state))
			return state;
	return group->told;
}

bool sync_group_news(struct sync_group *group, bool before, enum page_vrrp_state *ret_state)
{
	bool first = group->told == PAGE_VRRP_INIT && group_has(group, PAGE_VRRP_BACKUP);
	enum page_vrrp_state state = first ? PAGE_VRRP_BACKUP : group_state(group);

	if ((before && !first) || state == group->told)
		return false;
	group->told = state;
	*ret_state = state;
	return true;
}
