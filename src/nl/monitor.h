/* SPDX-License-Identifier: Apache-2.0 */
/* nl/monitor.h - what the kernel says of changes to interfaces, addresses, routes and rules. */
#pragma once

#include "nl/address.h"
#include "nl/link.h"
#include "nl/route.h"
#include "nl/rule.h"
#include "nl/socket.h"

enum nl_change {
	NL_LINK_CHANGED,	/* new, or its state changed */
	NL_LINK_GONE,
	NL_ADDRESS_CHANGED,	/* new, or renewed */
	NL_ADDRESS_GONE,
	NL_ROUTE_GONE,
	NL_RULE_GONE,
};

struct nl_event {
	enum nl_change change;
	struct nl_link link;
	struct nl_address address;
	struct nl_route route;
	struct nl_rule rule;
};

/*
 * Reads every waiting notification of a socket opened with NL_LINKS,
 * NL_ADDRESSES or NL_ROUTES. 0, or negative errno: -ENOBUFS: some were lost, dump anew.
 */
int nl_monitor_read(struct nl_socket *nl,
		    void (*each)(const struct nl_event *event, void *context),
		    void *context) MUST_CHECK;
