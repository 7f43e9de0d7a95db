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

static struct nlmsghdr *address_message(char *buffer, int type, const struct nl_address *address)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *body;

	message->nlmsg_type = (uint16_t)type;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifa_family = AF_INET;
	body->ifa_prefixlen = address->prefix;
	body->ifa_scope = address->scope;
	body->ifa_index = address->ifindex;
	mnl_attr_put_u32(message, IFA_LOCAL, address->ip.s_addr);
	return message;
}

int nl_address_set(struct nl_socket *nl, const struct nl_address *address)
{
	char buffer[ADDRESS_MESSAGE];
	struct nlmsghdr *message = address_message(buffer, RTM_NEWADDR, address);

	message->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	mnl_attr_put_u32(message, IFA_ADDRESS, address->ip.s_addr);
	if (address->has_broadcast)
		mnl_attr_put_u32(message, IFA_BROADCAST, address->broadcast.s_addr);
	if (address->label[0] != '\0')
		mnl_attr_put_strz(message, IFA_LABEL, address->label);
	if (address->valid_s != 0) {
		struct ifa_cacheinfo lifetime = { .ifa_prefered = address->valid_s,
						  .ifa_valid = address->valid_s };
		mnl_attr_put(message, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
	}
	return nl_request(nl, message);
}

int nl_address_remove(struct nl_socket *nl, const struct nl_address *address)
{
	char buffer[ADDRESS_MESSAGE];
	int error = nl_request(nl, address_message(buffer, RTM_DELADDR, address));

	return error == -EADDRNOTAVAIL || error == -ENODEV ? 0 : error;
}

static void address_read_attribute(const struct nlattr *attribute, struct nl_address *ret)
{
	switch (mnl_attr_get_type(attribute)) {
	case IFA_LOCAL:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			ret->ip.s_addr = mnl_attr_get_u32(attribute);
		break;
	case IFA_BROADCAST:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) == 0) {
			ret->has_broadcast = true;
			ret->broadcast.s_addr = mnl_attr_get_u32(attribute);
		}
		break;
	case IFA_LABEL:
		if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			snprintf(ret->label, sizeof(ret->label), "%s", mnl_attr_get_str(attribute));
		break;
	case IFA_CACHEINFO: {
		struct ifa_cacheinfo lifetime;

		if (mnl_attr_get_payload_len(attribute) < sizeof(lifetime))
			break;
		memcpy(&lifetime, mnl_attr_get_payload(attribute), sizeof(lifetime));
		ret->valid_s = lifetime.ifa_valid == UINT32_MAX ? 0 : lifetime.ifa_valid;
		break;
	}
	default: break;
	}
}

bool nl_address_read(const struct nlmsghdr *message, struct nl_address *ret)
{
	const struct ifaddrmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*body) || body->ifa_family != AF_INET)
		return false;
	*ret = (struct nl_address){
		.ifindex = body->ifa_index,
		.prefix = body->ifa_prefixlen,
		.scope = body->ifa_scope,
	};
	mnl_attr_for_each(attribute, message, sizeof(*body))
		address_read_attribute(attribute, ret);
	return true;
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
	struct ifaddrmsg *body;

	message->nlmsg_type = RTM_GETADDR;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifa_family = AF_INET;
	return nl_dump(nl, message, address_each, &walk);
}
