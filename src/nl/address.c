/* SPDX-License-Identifier: Apache-2.0 */
/* nl/address.c - see address.h. */
#include "nl/address.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_MESSAGE = 512 };

struct address_walk {
	void (*each)(const struct nl_address *address, void *context);
	void *context;
};

NL_SAME(NL_ADDRESS_NODAD, IFA_F_NODAD);
NL_SAME(NL_ADDRESS_DAD_FAILED, IFA_F_DADFAILED);
NL_SAME(NL_ADDRESS_HOME, IFA_F_HOMEADDRESS);
NL_SAME(NL_ADDRESS_TENTATIVE, IFA_F_TENTATIVE);
NL_SAME(NL_ADDRESS_MANAGE_TEMP, IFA_F_MANAGETEMPADDR);
NL_SAME(NL_ADDRESS_NO_PREFIX_ROUTE, IFA_F_NOPREFIXROUTE);
NL_SAME(NL_ADDRESS_AUTO_JOIN, IFA_F_MCAUTOJOIN);

enum { /* those that a request may carry */
	ADDRESS_ASKED = NL_ADDRESS_NODAD | NL_ADDRESS_HOME | NL_ADDRESS_MANAGE_TEMP |
			NL_ADDRESS_NO_PREFIX_ROUTE | NL_ADDRESS_AUTO_JOIN,
};

static struct nlmsghdr *address_message(char *buffer, int type, const struct nl_address *address)
{
	const struct ip *peer = address->peer.family != 0 ? &address->peer : &address->ip;
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *body;

	message->nlmsg_type = (uint16_t)type;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifa_family = address->ip.family;
	body->ifa_prefixlen = address->prefix;
	body->ifa_scope = address->scope;
	body->ifa_index = address->ifindex;
	mnl_attr_put(message, IFA_LOCAL, ip_len(&address->ip), address->ip.bytes);
	mnl_attr_put(message, IFA_ADDRESS, ip_len(peer), peer->bytes);
	return message;
}

static void address_put_lifetime(struct nlmsghdr *message, const struct nl_address *address)
{
	uint32_t valid = address->valid_s != 0 ? address->valid_s : UINT32_MAX;
	uint32_t preferred = address->deprecated ? 0 :
			     address->preferred_s != 0 && address->preferred_s < valid ?
						 address->preferred_s : valid;
	struct ifa_cacheinfo lifetime = { .ifa_prefered = preferred, .ifa_valid = valid };

	mnl_attr_put(message, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
}

int nl_address_set(struct nl_socket *nl, const struct nl_address *address)
{
	char buffer[ADDRESS_MESSAGE];
	struct nlmsghdr *message = address_message(buffer, RTM_NEWADDR, address);

	message->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	if (address->has_broadcast)
		mnl_attr_put_u32(message, IFA_BROADCAST, address->broadcast.s_addr);
	if (address->label[0] != '\0')
		mnl_attr_put_strz(message, IFA_LABEL, address->label);
	if ((address->flags & ADDRESS_ASKED) != 0)
		mnl_attr_put_u32(message, IFA_FLAGS, address->flags & ADDRESS_ASKED);
	address_put_lifetime(message, address);
	return nl_request(nl, message);
}

int nl_address_remove(struct nl_socket *nl, const struct nl_address *address)
{
	char buffer[ADDRESS_MESSAGE];
	int error = nl_request(nl, address_message(buffer, RTM_DELADDR, address));

	return error == -EADDRNOTAVAIL || error == -ENODEV ? 0 : error;
}

/* True if the attribute holds an address of that family. */
static bool address_read_ip(const struct nlattr *attribute, uint8_t family, struct ip *ret)
{
	struct ip ip = { .family = family };

	if (mnl_attr_get_payload_len(attribute) != ip_len(&ip))
		return false;
	memcpy(ip.bytes, mnl_attr_get_payload(attribute), ip_len(&ip));
	*ret = ip;
	return true;
}

static void address_read_lifetime(const struct nlattr *attribute, struct nl_address *ret)
{
	struct ifa_cacheinfo lifetime;

	if (mnl_attr_get_payload_len(attribute) < sizeof(lifetime))
		return;
	memcpy(&lifetime, mnl_attr_get_payload(attribute), sizeof(lifetime));
	ret->valid_s = lifetime.ifa_valid == UINT32_MAX ? 0 : lifetime.ifa_valid;
	ret->deprecated = lifetime.ifa_prefered == 0;
	ret->preferred_s = lifetime.ifa_prefered == UINT32_MAX ? 0 : lifetime.ifa_prefered;
}

static void address_read_attribute(const struct nlattr *attribute, uint8_t family,
				   struct nl_address *ret)
{
	bool number = mnl_attr_validate(attribute, MNL_TYPE_U32) == 0;

	switch (mnl_attr_get_type(attribute)) {
	case IFA_LOCAL: address_read_ip(attribute, family, &ret->ip); break;
	case IFA_ADDRESS: address_read_ip(attribute, family, &ret->peer); break;
	case IFA_BROADCAST:
		ret->has_broadcast = number && family == AF_INET;
		if (ret->has_broadcast)
			ret->broadcast.s_addr = mnl_attr_get_u32(attribute);
		break;
	case IFA_LABEL:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			snprintf(ret->label, sizeof(ret->label), "%s", mnl_attr_get_str(attribute));
		break;
	case IFA_FLAGS:
		if (number)
			ret->flags = mnl_attr_get_u32(attribute);
		break;
	case IFA_CACHEINFO: address_read_lifetime(attribute, ret); break;
	default: break;
	}
}

bool nl_address_read(const struct nlmsghdr *message, struct nl_address *ret)
{
	const struct ifaddrmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*body) ||
	    (body->ifa_family != AF_INET && body->ifa_family != AF_INET6))
		return false;
	*ret = (struct nl_address){
		.ifindex = body->ifa_index,
		.prefix = body->ifa_prefixlen,
		.scope = body->ifa_scope,
		.flags = body->ifa_flags,
	};
	mnl_attr_for_each(attribute, message, sizeof(*body))
		address_read_attribute(attribute, body->ifa_family, ret);
	/* The kernel tells IFA_LOCAL only where a peer may differ from it. */
	if (ret->ip.family == 0)
		ret->ip = ret->peer;
	if (ip_equal(&ret->ip, &ret->peer))
		ret->peer = (struct ip){ 0 };
	return ret->ip.family != 0;
}

static void address_each(const struct nlmsghdr *message, void *context)
{
	const struct address_walk *walk = context;
	struct nl_address address;

	if (message->nlmsg_type == RTM_NEWADDR && nl_address_read(message, &address))
		walk->each(&address, walk->context);
}

int nl_address_dump(struct nl_socket *nl,
		    void (*each)(const struct nl_address *address, void *context), void *context)
{
	struct address_walk walk = { each, context };
	char buffer[ADDRESS_MESSAGE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = RTM_GETADDR;
	/* AF_UNSPEC: both families */
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifaddrmsg));
	return nl_dump(nl, message, address_each, &walk);
}
