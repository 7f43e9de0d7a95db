/* SPDX-License-Identifier: Apache-2.0 */
/* nl/link.c - see link.h. */
#include "nl/link.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

struct link_walk {
	void (*each)(const struct nl_link *link, void *context);
	void *context;
};

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
	mnl_attr_for_each(attribute, message, sizeof(*body)) {
		int type = mnl_attr_get_type(attribute);

		if (type == IFLA_IFNAME && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			snprintf(ret->name, sizeof(ret->name), "%s", mnl_attr_get_str(attribute));
		if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attribute) == sizeof(ret->mac)) {
			memcpy(ret->mac, mnl_attr_get_payload(attribute), sizeof(ret->mac));
			ret->has_mac = (body->ifi_flags & (IFF_NOARP | IFF_LOOPBACK)) == 0;
		}
	}
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
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	return nl_dump(nl, message, link_each, &walk);
}
