/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/vmac.c - see vmac.h. */
#include "vrrp/vmac.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl/address.h"

/* What one setting is to be, above or below. */
struct vmac_setting {
	enum nl_inet setting;
	uint32_t value;
};

/* ARP for the virtual address is answered by the VMAC alone; it hears its own packets. */
static const struct vmac_setting vmac_above[] = {
	{ NL_INET_ARP_IGNORE, 1 },
	{ NL_INET_ACCEPT_LOCAL, 1 },
	{ NL_INET_RP_FILTER, 0 },
	{ NL_INET_PROMOTE_SECONDARIES, 1 },
};

static const struct vmac_setting vmac_beneath[] = {
	{ NL_INET_ARP_IGNORE, 1 },
	{ NL_INET_ARP_FILTER, 1 },
};

void vmacs_init(struct vmacs *vmacs, const struct vrrp_conf *conf)
{
	*vmacs = (struct vmacs){ .conf = conf, .all_fd = -1, .default_fd = -1 };
}

/* --- settings that are put back --- */

static struct vmac_below *vmac_below_find(struct vmacs *vmacs, const char *name)
{
	struct vmac_below *below;

	for (below = vmacs->below; below != NULL; below = below->next)
		if (strcmp(below->name, name) == 0)
			return below;
	below = calloc(1, sizeof(*below));
	if (below == NULL)
		return NULL;
	snprintf(below->name, sizeof(below->name), "%s", name);
	below->next = vmacs->below;
	vmacs->below = below;
	return below;
}

/* Changes a setting of an interface that is not ours. */
static int vmac_change(struct vmacs *vmacs, struct nl_socket *nl, const struct nl_link *link,
		       enum nl_inet setting, uint32_t value)
{
	struct vmac_below *below;

	if (!link->has_inet || link->inet[setting] == value)
		return 0;
	below = vmac_below_find(vmacs, link->name);
	if (below == NULL)
		return -ENOMEM;
	if (!below->changed[setting])
		below->before[setting] = link->inet[setting];
	below->changed[setting] = true;
	return nl_link_set_inet(nl, link->ifindex, setting, value);
}

static void vmac_restore(const struct vmac_below *below, struct nl_socket *nl,
			 const struct links *links)
{
	const struct nl_link *link = links_by_name(links, below->name);

	for (unsigned i = 0; link != NULL && i < NL_INETS; i++)
		if (below->changed[i] &&
		    nl_link_set_inet(nl, link->ifindex, i, below->before[i]) < 0)
			return; /* it has gone meanwhile */
}

/* --- rp_filter of all interfaces --- */

/* Opens a setting, reads it into *ret_before and writes `value` if it is another one. */
static int vmac_open_setting(const char *path, char value, char *ret_before)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	if (pread(fd, ret_before, 1, 0) == 1 && (value == '\0' || pwrite(fd, &value, 1, 0) == 1))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static bool vmac_wants_reverse_path(const struct vrrp_conf *conf)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		for (const struct vrrp_vmac_conf *v = i->vmacs; v != NULL; v = v->next)
			if (v->family == AF_INET)
				return true;
	return false;
}

int vmacs_reverse_path(struct vmacs *vmacs, struct nl_socket *nl, const struct links *links)
{
	char all;
	int fd, error = 0;

	if (!vmac_wants_reverse_path(vmacs->conf))
		return 0;
	fd = vmac_open_setting("/proc/sys/net/ipv4/conf/all/rp_filter", '\0', &all);
	if (fd < 0 || all == '0') {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : 0;
	}
	for (unsigned i = 0; i < links->link_count && error == 0; i++)
		if (links->links[i].inet[NL_INET_RP_FILTER] < (uint32_t)(all - '0'))
			error = vmac_change(vmacs, nl, &links->links[i], NL_INET_RP_FILTER,
					    (uint32_t)(all - '0'));
	vmacs->all_fd = fd;
	vmacs->all_before = all;
	if (error == 0 && pwrite(fd, "0", 1, 0) != 1)
		error = -errno;
	vmacs->default_fd = vmac_open_setting("/proc/sys/net/ipv4/conf/default/rp_filter", all,
					      &vmacs->default_before);
	return error < 0 ? error : vmacs->default_fd < 0 ? vmacs->default_fd : 0;
}

static void vmac_restore_file(int fd, char value)
{
	if (fd < 0)
		return;
	/* At its beginning still: pread and pwrite do not move. If it fails, the interfaces keep
	 * what was in force: nothing is less strict. */
	ssize_t ignored = write(fd, &value, 1);

	(void)ignored;
	close(fd);
}

/* --- links --- */

static bool vmac_is(const struct nl_link *link, const struct vrrp_vmac_conf *vmac, unsigned base)
{
	if (link->base != base)
		return false;
	return vmac->ipvlan ? link->kind == NL_LINK_IPVLAN :
			      link->kind == NL_LINK_MACVLAN_PRIVATE &&
				      memcmp(link->mac, vmac->mac, sizeof(vmac->mac)) == 0;
}

/*
 * Without IPv6 on it, a VMAC of IPv4 tells no multicast groups by a MAC that a
 * backup has too. Netlink cannot say so: a VMAC that is made again by the
 * confined process goes without.
 */
static void vmac_forbid_ipv6(const char *name)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t ignored = write(fd, "1", 1);

	(void)ignored;
	close(fd);
}

static int vmac_set_all(struct nl_socket *nl, unsigned ifindex)
{
	int error = 0;

	for (unsigned i = 0; i < ARRAY_LEN(vmac_above) && error == 0; i++)
		error = nl_link_set_inet(nl, ifindex, vmac_above[i].setting, vmac_above[i].value);
	return error;
}

/* A VMAC of IPv6 speaks from the link-local address of the interface below, as its peers expect. */
static int vmac_link_local(struct nl_socket *nl, const struct links *links, unsigned base,
			   unsigned ifindex)
{
	for (unsigned i = 0; i < links->address_count; i++) {
		struct nl_address address = links->addresses[i];

		if (address.ifindex != base || !ip_is_link_local(&address.ip))
			continue;
		address.ifindex = ifindex;
		address.flags = NL_ADDRESS_NODAD;
		address.valid_s = 0;
		address.deprecated = true;
		return nl_address_set(nl, &address);
	}
	return 0;
}

/* The address that an ipvlan of its own sends from. */
static int vmac_ipvlan_address(struct nl_socket *nl, const struct vrrp_instance_conf *conf,
			       unsigned ifindex)
{
	struct nl_address address = {
		.ifindex = ifindex,
		.ip = conf->ipvlan_ip,
		.prefix = (uint8_t)conf->ipvlan_prefix,
		.flags = conf->ipvlan_ip.family == AF_INET6 ? NL_ADDRESS_NODAD : 0,
	};

	return conf->ipvlan_ip.family == 0 ? 0 : nl_address_set(nl, &address);
}

static int vmac_set_up(struct nl_socket *nl, const struct vrrp_instance_conf *conf,
		       const struct vrrp_vmac_conf *vmac, const struct links *links, unsigned base,
		       unsigned ifindex)
{
	int error = vmac->family == AF_INET && !vmac->ipvlan ? vmac_set_all(nl, ifindex) : 0;

	if (error == 0)
		error = nl_link_set_up(nl, ifindex);
	if (error == 0 && vmac->family == AF_INET6)
		error = vmac_link_local(nl, links, base, ifindex);
	if (error == 0 && vmac->ipvlan)
		error = vmac_ipvlan_address(nl, conf, ifindex);
	return error;
}

static int vmac_make_link(struct nl_socket *nl, const struct vrrp_instance_conf *conf,
			  const struct vrrp_vmac_conf *vmac, const struct links *links,
			  unsigned base)
{
	char alias[NL_LINK_ALIAS];
	struct nl_link_request request = {
		.kind = vmac->ipvlan ? NL_LINK_IPVLAN : NL_LINK_MACVLAN_PRIVATE,
		.name = vmac->name, .alias = alias, .base = base,
		.mac = vmac->ipvlan ? NULL : vmac->mac,
		.ipvlan_flags = (uint16_t)conf->ipvlan_mode,
	};
	unsigned ifindex;
	int error;

	snprintf(alias, sizeof(alias), "relevo: %s", conf->name);
	error = nl_link_make(nl, &request);
	if (error < 0)
		return error;
	if (!vmac->ipv6)
		vmac_forbid_ipv6(vmac->name);
	ifindex = if_nametoindex(vmac->name);
	return ifindex == 0 ? -ENODEV : vmac_set_up(nl, conf, vmac, links, base, ifindex);
}

static int vmac_set_below(struct vmacs *vmacs, struct nl_socket *nl, const struct nl_link *base)
{
	int error = 0;

	for (unsigned i = 0; i < ARRAY_LEN(vmac_beneath) && error == 0; i++)
		error = vmac_change(vmacs, nl, base, vmac_beneath[i].setting,
				    vmac_beneath[i].value);
	return error;
}

/* One link, if its base is there. One of another kind that we made is made anew. */
static int vmac_make(struct vmacs *vmacs, struct nl_socket *nl,
		     const struct vrrp_instance_conf *conf, const struct vrrp_vmac_conf *vmac,
		     const struct links *links, bool *made)
{
	const struct nl_link *base = links_by_name(links, vmac->base);
	const struct nl_link *link = links_by_name(links, vmac->name);
	int error = 0;

	if (base == NULL)
		return 0;
	if (vmac->family == AF_INET && !vmac->ipvlan)
		error = vmac_set_below(vmacs, nl, base);
	if (error < 0)
		return error;
	if (link != NULL && vmac_is(link, vmac, base->ifindex))
		return link->up || !base->up ? 0 :
			       vmac_set_up(nl, conf, vmac, links, base->ifindex, link->ifindex);
	if (link != NULL && link->kind == NL_LINK_OTHER)
		return -EEXIST;
	*made = true;
	if (link != NULL)
		error = nl_link_remove(nl, link->ifindex);
	return error < 0 ? error : vmac_make_link(nl, conf, vmac, links, base->ifindex);
}

int vmacs_make(struct vmacs *vmacs, struct nl_socket *nl, const struct links *links, bool *ret_made,
	       char ret_failed[VMAC_WHAT])
{
	int first = 0;

	*ret_made = false;
	for (const struct vrrp_instance_conf *i = vmacs->conf->instances; i != NULL; i = i->next)
		for (const struct vrrp_vmac_conf *v = i->vmacs; v != NULL; v = v->next) {
			int error = vmac_make(vmacs, nl, i, v, links, ret_made);

			if (error == 0 || first != 0)
				continue;
			first = error;
			snprintf(ret_failed, VMAC_WHAT, "cannot make the %s %s over %s: %s",
				 v->ipvlan ? "ipvlan" : "VMAC", v->name, v->base,
				 error == -EEXIST ? "another interface has that name" :
						    strerror(-error));
		}
	return first;
}

const struct nl_link *vmac_transmits_by(const struct vrrp_instance_conf *conf,
					const struct links *links)
{
	const struct nl_link *link;

	if (conf->link == VRRP_LINK_PLAIN || conf->vmac_transmit_base)
		return links_by_name(links, conf->interface);
	link = links_by_name(links, conf->link_name);
	return link != NULL && link->kind != NL_LINK_OTHER ? link : NULL;
}

void vmacs_close(struct vmacs *vmacs, struct nl_socket *nl, const struct links *links)
{
	const struct vrrp_instance_conf *instances =
		vmacs->conf == NULL ? NULL : vmacs->conf->instances;
	struct vmac_below *below;

	for (const struct vrrp_instance_conf *i = instances; i != NULL && nl != NULL; i = i->next)
		for (const struct vrrp_vmac_conf *v = i->vmacs; v != NULL; v = v->next) {
			const struct nl_link *link = links_by_name(links, v->name);

			if (link != NULL && link->kind != NL_LINK_OTHER &&
			    nl_link_remove(nl, link->ifindex) < 0)
				continue; /* the next start does it */
		}
	vmac_restore_file(vmacs->all_fd, vmacs->all_before);
	vmac_restore_file(vmacs->default_fd, vmacs->default_before);
	while ((below = vmacs->below) != NULL) {
		if (nl != NULL)
			vmac_restore(below, nl, links);
		vmacs->below = below->next;
		free(below);
	}
	vmacs->all_fd = vmacs->default_fd = -1;
}
