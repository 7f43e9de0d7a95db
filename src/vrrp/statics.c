/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/statics.c - see statics.h. */
#include "vrrp/statics.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "vrrp/kernel_items.h"

static_assert((int)STATICS_WHAT == (int)KERNEL_ITEM_TEXT, "the same texts");

static int statics_address(const struct vrrp_address_conf *from, struct nl_socket *nl,
			   const struct links *links,
			   int (*change)(struct nl_socket *nl, const struct nl_address *address))
{
	struct nl_address address;
	int error = item_address(from, NULL, links, 0, 0, &address);

	return error < 0 ? error : change(nl, &address);
}

/* Keeps the first error and what it was of. */
static bool statics_failed(int error, int *first_error)
{
	if (error >= 0 || *first_error != 0)
		return false;
	*first_error = error;
	return true;
}

int statics_take(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		 bool first, char ret_failed[STATICS_WHAT])
{
	int error = 0;

	for (const struct vrrp_address_conf *a = conf->static_addresses; a != NULL; a = a->next)
		if ((first || !a->no_track) &&
		    statics_failed(statics_address(a, nl, links, nl_address_set), &error))
			item_address_text(a, ret_failed);
	for (const struct vrrp_route_conf *r = conf->static_routes; r != NULL; r = r->next)
		if ((first || !r->no_track) &&
		    statics_failed(item_route(r, nl, links, nl_route_set), &error))
			item_route_text(r, ret_failed);
	for (const struct vrrp_rule_conf *r = conf->static_rules; r != NULL; r = r->next)
		if ((first || !r->no_track) && statics_failed(nl_rule_set(nl, &r->rule), &error))
			item_rule_text(r, ret_failed);
	return error;
}

int statics_drop(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		 char ret_failed[STATICS_WHAT])
{
	int error = 0;

	for (const struct vrrp_rule_conf *r = conf->static_rules; r != NULL; r = r->next)
		if (statics_failed(nl_rule_remove(nl, &r->rule), &error))
			item_rule_text(r, ret_failed);
	for (const struct vrrp_route_conf *r = conf->static_routes; r != NULL; r = r->next)
		if (statics_failed(item_route(r, nl, links, nl_route_remove), &error))
			item_route_text(r, ret_failed);
	for (const struct vrrp_address_conf *a = conf->static_addresses; a != NULL; a = a->next)
		if (statics_failed(statics_address(a, nl, links, nl_address_remove), &error))
			item_address_text(a, ret_failed);
	return error == -ENODEV ? 0 : error; /* gone with its interface */
}

int statics_restore(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		    const struct nl_event *event, char ret_what[STATICS_WHAT],
		    const char **ret_group)
{
	int error;

	*ret_group = NULL;
	for (const struct vrrp_address_conf *a = conf->static_addresses; a != NULL; a = a->next) {
		if (a->no_track || !item_address_gone(a, NULL, event, links))
			continue;
		item_address_text(a, ret_what);
		*ret_group = a->track_group;
		error = statics_address(a, nl, links, nl_address_set);
		return error < 0 ? error : 1;
	}
	for (const struct vrrp_route_conf *r = conf->static_routes; r != NULL; r = r->next) {
		if (r->no_track || !item_route_gone(r, event, links))
			continue;
		item_route_text(r, ret_what);
		*ret_group = r->track_group;
		error = item_route(r, nl, links, nl_route_set);
		return error < 0 ? error : 1;
	}
	for (const struct vrrp_rule_conf *r = conf->static_rules; r != NULL; r = r->next) {
		if (r->no_track || !item_rule_gone(r, event))
			continue;
		item_rule_text(r, ret_what);
		*ret_group = r->track_group;
		error = nl_rule_set(nl, &r->rule);
		return error < 0 ? error : 1;
	}
	return 0;
}

bool statics_group_has(const struct vrrp_conf *conf, const char *group,
		       const struct vrrp_instance_conf *instance)
{
	for (const struct vrrp_track_group_conf *g = conf->track_groups; g != NULL; g = g->next)
		for (unsigned i = 0; strcmp(g->name, group) == 0 && i < g->member_count; i++)
			if (g->members[i] == instance)
				return true;
	return false;
}
