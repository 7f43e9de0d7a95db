/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/lease.c - see lease.h. */
#include "vrrp/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nl/address.h"

const struct nl_link *lease_link(const struct vrrp_instance_conf *conf,
				 const struct vrrp_address_conf *address, const struct links *links)
{
	return links_by_name(links, address->dev != NULL ? address->dev : conf->interface);
}

/* -ENODEV if its interface does not exist. */
static int lease_address(const struct vrrp_instance_conf *conf,
			 const struct vrrp_address_conf *from, const struct links *links,
			 struct nl_address *ret)
{
	const struct nl_link *link = lease_link(conf, from, links);

	if (link == NULL)
		return -ENODEV;
	*ret = (struct nl_address){
		.ifindex = link->ifindex,
		.prefix = (uint8_t)from->prefix,
		.scope = (uint8_t)from->scope,
		.has_broadcast = from->has_broadcast,
		.valid_s = LEASE_VALID_S,
	};
	ret->ip = from->ip;
	memcpy(&ret->broadcast, from->broadcast, sizeof(ret->broadcast));
	if (from->label != NULL)
		snprintf(ret->label, sizeof(ret->label), "%s", from->label);
	return 0;
}

static int lease_each(const struct vrrp_instance_conf *conf, struct nl_socket *nl,
		      const struct links *links,
		      int (*change)(struct nl_socket *nl, const struct nl_address *address),
		      const struct vrrp_address_conf **ret_failed)
{
	int first = 0;

	for (const struct vrrp_address_conf *from = conf->addresses; from != NULL;
	     from = from->next) {
		struct nl_address address;
		int error = lease_address(conf, from, links, &address);

		if (error == 0)
			error = change(nl, &address);
		if (error < 0 && first == 0) {
			first = error;
			*ret_failed = from;
		}
	}
	return first;
}

int lease_take(const struct vrrp_instance_conf *conf, struct nl_socket *nl,
	       const struct links *links, const struct vrrp_address_conf **ret_failed)
{
	return lease_each(conf, nl, links, nl_address_set, ret_failed);
}

int lease_drop(const struct vrrp_instance_conf *conf, struct nl_socket *nl,
	       const struct links *links, const struct vrrp_address_conf **ret_failed)
{
	int error = lease_each(conf, nl, links, nl_address_remove, ret_failed);

	return error == -ENODEV ? 0 : error; /* gone with its interface */
}

bool lease_is_on(const struct vrrp_instance_conf *conf, const struct links *links)
{
	for (const struct vrrp_address_conf *from = conf->addresses; from != NULL;
	     from = from->next) {
		const struct nl_link *link = lease_link(conf, from, links);

		for (unsigned i = 0; link != NULL && i < links->address_count; i++)
			if (links->addresses[i].ifindex == link->ifindex &&
			    ip_equal(&links->addresses[i].ip, &from->ip))
				return true;
	}
	return false;
}
