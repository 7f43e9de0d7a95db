/* SPDX-License-Identifier: Apache-2.0 */
/* nl/link.c - see link.h. */
#include "nl/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum { LINK_MESSAGE = 512 };

struct link_walk {
	void (*each)(const struct nl_link *link, void *context);
	void *context;
};

static const uint16_t link_inet_index[NL_INETS] = {
	[NL_INET_ACCEPT_LOCAL] = IPV4_DEVCONF_ACCEPT_LOCAL,
	[NL_INET_ARP_FILTER] = IPV4_DEVCONF_ARPFILTER,
	[NL_INET_ARP_IGNORE] = IPV4_DEVCONF_ARP_IGNORE,
	[NL_INET_PROMOTE_SECONDARIES] = IPV4_DEVCONF_PROMOTE_SECONDARIES,
	[NL_INET_RP_FILTER] = IPV4_DEVCONF_RP_FILTER,
};

static const char *const link_kinds[] = {
	[NL_LINK_MACVLAN_PRIVATE] = "macvlan",
	[NL_LINK_IPVLAN] = "ipvlan",
	[NL_LINK_VRF] = "vrf",
};

/* --- what the kernel tells --- */

/* The attribute of that type in a nest; NULL if there is none, or if it is too short. */
static const struct nlattr *link_find(const struct nlattr *nest, uint16_t type, size_t len)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == type)
			return mnl_attr_get_payload_len(attribute) >= len ? attribute : NULL;
	return NULL;
}

static void link_read_info(const struct nlattr *info, struct nl_link *ret)
{
	const struct nlattr *kind = link_find(info, IFLA_INFO_KIND, 1);
	const struct nlattr *data = link_find(info, IFLA_INFO_DATA, 0);
	const struct nlattr *value;

	if (kind == NULL || data == NULL || mnl_attr_validate(kind, MNL_TYPE_NUL_STRING) < 0)
		return;
	if (strcmp(mnl_attr_get_str(kind), "macvlan") == 0) {
		value = link_find(data, IFLA_MACVLAN_MODE, sizeof(uint32_t));
		if (value != NULL && mnl_attr_get_u32(value) == MACVLAN_MODE_PRIVATE)
			ret->kind = NL_LINK_MACVLAN_PRIVATE;
	} else if (strcmp(mnl_attr_get_str(kind), "ipvlan") == 0) {
		value = link_find(data, IFLA_IPVLAN_MODE, sizeof(uint16_t));
		if (value != NULL && mnl_attr_get_u16(value) == IPVLAN_MODE_L2)
			ret->kind = NL_LINK_IPVLAN;
	} else if (strcmp(mnl_attr_get_str(kind), "vrf") == 0) {
		value = link_find(data, IFLA_VRF_TABLE, sizeof(uint32_t));
		ret->kind = NL_LINK_VRF;
		ret->vrf_table = value != NULL ? mnl_attr_get_u32(value) : 0;
	}
}

static void link_read_inet(const struct nlattr *families, struct nl_link *ret)
{
	const struct nlattr *inet = link_find(families, AF_INET, 0);
	const struct nlattr *conf = inet != NULL ? link_find(inet, IFLA_INET_CONF, 0) : NULL;
	uint32_t settings[IPV4_DEVCONF_MAX] = { 0 };

	if (conf == NULL || mnl_attr_get_payload_len(conf) < sizeof(settings))
		return;
	memcpy(settings, mnl_attr_get_payload(conf), sizeof(settings));
	for (unsigned i = 0; i < NL_INETS; i++)
		ret->inet[i] = settings[link_inet_index[i] - 1];
	ret->has_inet = true;
}

static void link_read_inet6(const struct nlattr *families, struct nl_link *ret)
{
	const struct nlattr *inet6 = link_find(families, AF_INET6, 0);
	const struct nlattr *conf = inet6 != NULL ? link_find(inet6, IFLA_INET6_CONF, 0) : NULL;
	int32_t forwarding;

	if (conf == NULL || mnl_attr_get_payload_len(conf) < sizeof(forwarding))
		return;
	_Static_assert(DEVCONF_FORWARDING == 0, "it is the first");
	memcpy(&forwarding, mnl_attr_get_payload(conf), sizeof(forwarding));
	ret->forwards6 = forwarding > 0;
}

static void link_read_string(const struct nlattr *attribute, char *ret, size_t size)
{
	if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
		snprintf(ret, size, "%s", mnl_attr_get_str(attribute));
}

static void link_read_attribute(const struct nlattr *attribute, struct nl_link *ret)
{
	bool number = mnl_attr_validate(attribute, MNL_TYPE_U32) == 0;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME: link_read_string(attribute, ret->name, sizeof(ret->name)); break;
	case IFLA_IFALIAS: link_read_string(attribute, ret->alias, sizeof(ret->alias)); break;
	case IFLA_LINK: ret->base = number ? mnl_attr_get_u32(attribute) : 0; break;
	case IFLA_MASTER: ret->master = number ? mnl_attr_get_u32(attribute) : 0; break;
	case IFLA_LINKINFO: link_read_info(attribute, ret); break;
	case IFLA_AF_SPEC:
		link_read_inet(attribute, ret);
		link_read_inet6(attribute, ret);
		break;
	case IFLA_ADDRESS:
		ret->has_mac = mnl_attr_get_payload_len(attribute) == sizeof(ret->mac);
		if (ret->has_mac)
			memcpy(ret->mac, mnl_attr_get_payload(attribute), sizeof(ret->mac));
		break;
	default: break;
	}
}

bool nl_link_read(const struct nlmsghdr *message, struct nl_link *ret)
{
	const struct ifinfomsg *body = mnl_nlmsg_get_payload(message);
	const unsigned carries = IFF_UP | IFF_RUNNING;
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*body) || body->ifi_family != AF_UNSPEC)
		return false; /* bridges tell of their ports in messages of their own family */
	*ret = (struct nl_link){
		.ifindex = (unsigned)body->ifi_index,
		.up = (body->ifi_flags & carries) == carries,
	};
	mnl_attr_for_each(attribute, message, sizeof(*body))
		link_read_attribute(attribute, ret);
	if ((body->ifi_flags & (IFF_NOARP | IFF_LOOPBACK)) != 0)
		ret->has_mac = false;
	return ret->name[0] != '\0';
}

static void link_each(const struct nlmsghdr *message, void *context)
{
	const struct link_walk *walk = context;
	struct nl_link link;

	if (message->nlmsg_type == RTM_NEWLINK && nl_link_read(message, &link))
		walk->each(&link, walk->context);
}

int nl_link_dump(struct nl_socket *nl, void (*each)(const struct nl_link *link, void *context),
		 void *context)
{
	struct link_walk walk = { each, context };
	char buffer[LINK_MESSAGE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	return nl_dump(nl, message, link_each, &walk);
}

/* --- changes --- */

static struct nlmsghdr *link_message(char *buffer, int type, unsigned ifindex, unsigned flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *body;

	message->nlmsg_type = (uint16_t)type;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifi_index = (int)ifindex;
	body->ifi_flags = flags;
	body->ifi_change = flags;
	return message;
}

static void link_put_info(struct nlmsghdr *message, const struct nl_link_request *request)
{
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO), *data;

	mnl_attr_put_str(message, IFLA_INFO_KIND, link_kinds[request->kind]);
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	if (request->kind == NL_LINK_MACVLAN_PRIVATE) {
		mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
	} else {
		mnl_attr_put_u16(message, IFLA_IPVLAN_MODE, IPVLAN_MODE_L2);
		mnl_attr_put_u16(message, IFLA_IPVLAN_FLAGS, request->ipvlan_flags);
	}
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
}

/* Link-local addresses from a MAC that two nodes share would meet each other. */
static int link_no_address(struct nl_socket *nl, unsigned ifindex)
{
	char buffer[LINK_MESSAGE];
	struct nlmsghdr *message = link_message(buffer, RTM_NEWLINK, ifindex, 0);
	struct nlattr *families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(message, AF_INET6);
	int error;

	mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(message, inet6);
	mnl_attr_nest_end(message, families);
	error = nl_request(nl, message);
	return error == -EAFNOSUPPORT || error == -EOPNOTSUPP ? 0 : error; /* no IPv6 here */
}

/* The kernel takes an alias only for a link that it has. */
static int link_name_maker(struct nl_socket *nl, unsigned ifindex, const char *alias)
{
	char buffer[LINK_MESSAGE];
	struct nlmsghdr *message = link_message(buffer, RTM_NEWLINK, ifindex, 0);

	mnl_attr_put_strz(message, IFLA_IFALIAS, alias);
	return nl_request(nl, message);
}

int nl_link_make(struct nl_socket *nl, const struct nl_link_request *request)
{
	char buffer[LINK_MESSAGE];
	struct nlmsghdr *message = link_message(buffer, RTM_NEWLINK, 0, 0);
	unsigned ifindex;
	int error;

	message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	link_put_info(message, request);
	mnl_attr_put_u32(message, IFLA_LINK, request->base);
	mnl_attr_put_strz(message, IFLA_IFNAME, request->name);
	if (request->mac != NULL)
		mnl_attr_put(message, IFLA_ADDRESS, 6, request->mac);
	error = nl_request(nl, message);
	if (error < 0)
		return error;
	ifindex = if_nametoindex(request->name);
	if (ifindex == 0)
		return -ENODEV;
	error = link_name_maker(nl, ifindex, request->alias);
	return error < 0 ? error : link_no_address(nl, ifindex);
}

int nl_link_remove(struct nl_socket *nl, unsigned ifindex)
{
	char buffer[LINK_MESSAGE];
	int error = nl_request(nl, link_message(buffer, RTM_DELLINK, ifindex, 0));

	return error == -ENODEV ? 0 : error;
}

int nl_link_set_up(struct nl_socket *nl, unsigned ifindex)
{
	char buffer[LINK_MESSAGE];

	return nl_request(nl, link_message(buffer, RTM_NEWLINK, ifindex, IFF_UP));
}

int nl_link_set_inet(struct nl_socket *nl, unsigned ifindex, enum nl_inet setting, uint32_t value)
{
	char buffer[LINK_MESSAGE];
	struct nlmsghdr *message = link_message(buffer, RTM_NEWLINK, ifindex, 0);
	struct nlattr *families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *inet = mnl_attr_nest_start(message, AF_INET);
	struct nlattr *conf = mnl_attr_nest_start(message, IFLA_INET_CONF);

	mnl_attr_put_u32(message, link_inet_index[setting], value);
	mnl_attr_nest_end(message, conf);
	mnl_attr_nest_end(message, inet);
	mnl_attr_nest_end(message, families);
	return nl_request(nl, message);
}
