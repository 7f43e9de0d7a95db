/* SPDX-License-Identifier: Apache-2.0 */
/* nl/monitor.c - see monitor.h. */
#include "nl/monitor.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

struct monitor_walk {
	void (*each)(const struct nl_event *event, void *context);
	void *context;
};

static void monitor_each(const struct nlmsghdr *message, void *context)
{
	const struct monitor_walk *walk = context;
	struct nl_event event = { .change = NL_LINK_CHANGED };
	bool known = false;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK: known = nl_link_read(message, &event.link); break;
	case RTM_DELLINK:
		event.change = NL_LINK_GONE;
		known = nl_link_read(message, &event.link);
		break;
	case RTM_NEWADDR:
		event.change = NL_ADDRESS_CHANGED;
		known = nl_address_read(message, &event.address);
		break;
	case RTM_DELADDR:
		event.change = NL_ADDRESS_GONE;
		known = nl_address_read(message, &event.address);
		break;
	case RTM_DELROUTE:
		event.change = NL_ROUTE_GONE;
		known = nl_route_read(message, &event.route);
		break;
	case RTM_DELRULE:
		event.change = NL_RULE_GONE;
		known = nl_rule_read(message, &event.rule);
		break;
	default: break;
	}
	if (known)
		walk->each(&event, walk->context);
}

int nl_monitor_read(struct nl_socket *nl,
		    void (*each)(const struct nl_event *event, void *context), void *context)
{
	struct monitor_walk walk = { each, context };

	return nl_read(nl, monitor_each, &walk);
}
