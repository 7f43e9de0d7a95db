/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/kernel_items.c - see kernel_items.h. */
#include "vrrp/kernel_items.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *item_interface(const struct vrrp_address_conf *address, const char *fallback)
{
	return address->link != NULL ? address->link :
	       address->dev != NULL ? address->dev : fallback;
}

int item_address(const struct vrrp_address_conf *from, const char *fallback,
		 const struct links *links, uint32_t valid_s, uint64_t age_s,
		 struct nl_address *ret)
{
	const struct nl_link *link = links_by_name(links, item_interface(from, fallback));

	if (link == NULL)
		return -ENODEV;
	*ret = (struct nl_address){
		.ifindex = link->ifindex,
		.ip = from->ip,
		.peer = from->peer,
		.prefix = (uint8_t)from->prefix,
		.scope = (uint8_t)from->scope,
		.flags = from->flags,
		.has_broadcast = from->has_broadcast,
		.valid_s = valid_s,
		.deprecated = from->deprecated ||
			      (from->preferred_s != 0 && age_s >= from->preferred_s),
	};
	if (from->preferred_s > age_s)
		ret->preferred_s = from->preferred_s - (uint32_t)age_s;
	memcpy(&ret->broadcast, from->broadcast, sizeof(ret->broadcast));
	if (from->label != NULL)
		snprintf(ret->label, sizeof(ret->label), "%s", from->label);
	return 0;
}

/* False if there is a name, and no interface of it. */
static bool item_find(const struct links *links, const char *name, unsigned *ret_ifindex)
{
	const struct nl_link *link;

	if (name == NULL)
		return true;
	link = links_by_name(links, name);
	*ret_ifindex = link == NULL ? 0 : link->ifindex;
	return link != NULL;
}

/* The route with the numbers of its interfaces; `hops` is room for its hops. */
static int item_resolve(const struct vrrp_route_conf *from, const struct links *links,
			struct nl_hop hops[NL_ROUTE_HOPS], struct nl_route *ret)
{
	const struct nl_link *vrf;

	*ret = from->route;
	if (!item_find(links, from->dev, &ret->hop.ifindex))
		return -ENODEV;
	for (unsigned i = 0; i < ret->hop_count; i++) {
		hops[i] = from->route.hops[i];
		if (!item_find(links, from->hop_devs[i], &hops[i].ifindex))
			return -ENODEV;
	}
	ret->hops = hops;
	if (from->vrf == NULL)
		return 0;
	vrf = links_by_name(links, from->vrf);
	if (vrf == NULL || vrf->kind != NL_LINK_VRF)
		return -ENODEV;
	ret->table = vrf->vrf_table;
	return 0;
}

int item_route(const struct vrrp_route_conf *from, struct nl_socket *nl, const struct links *links,
	       int (*change)(struct nl_socket *nl, const struct nl_route *route))
{
	struct nl_hop hops[NL_ROUTE_HOPS];
	struct nl_route route;
	int error = item_resolve(from, links, hops, &route);

	return error < 0 ? error : change(nl, &route);
}

bool item_address_gone(const struct vrrp_address_conf *address, const char *fallback,
		       const struct nl_event *event, const struct links *links)
{
	const struct nl_link *link;

	if (event->change != NL_ADDRESS_GONE || !ip_equal(&address->ip, &event->address.ip))
		return false;
	link = links_by_name(links, item_interface(address, fallback));
	return link != NULL && link->ifindex == event->address.ifindex;
}

bool item_route_gone(const struct vrrp_route_conf *from, const struct nl_event *event,
		     const struct links *links)
{
	struct nl_hop hops[NL_ROUTE_HOPS];
	struct nl_route route;

	return event->change == NL_ROUTE_GONE && item_resolve(from, links, hops, &route) == 0 &&
	       nl_route_is(&event->route, &route);
}

bool item_rule_gone(const struct vrrp_rule_conf *rule, const struct nl_event *event)
{
	return event->change == NL_RULE_GONE && nl_rule_is(&event->rule, &rule->rule);
}

void item_address_text(const struct vrrp_address_conf *address, char ret[KERNEL_ITEM_TEXT])
{
	char ip[IP_TEXT];

	snprintf(ret, KERNEL_ITEM_TEXT, "address %s", ip_text(&address->ip, ip));
}

void item_route_text(const struct vrrp_route_conf *route, char ret[KERNEL_ITEM_TEXT])
{
	snprintf(ret, KERNEL_ITEM_TEXT, "route to %s", route->text);
}

void item_rule_text(const struct vrrp_rule_conf *rule, char ret[KERNEL_ITEM_TEXT])
{
	snprintf(ret, KERNEL_ITEM_TEXT, "rule with priority %u", rule->rule.priority);
}
