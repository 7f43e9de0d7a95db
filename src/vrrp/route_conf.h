/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/route_conf.h - routes and rules of keepalived.conf: what nl/ takes, but
 * with the names of interfaces, whose numbers are looked up when they are put on.
 */
#pragma once

#include "diag/report.h"
#include "nl/route.h"
#include "nl/rule.h"

struct vrrp_route_conf {
	struct vrrp_route_conf *next;
	struct diag_span span;
	const char *text;		/* the destination as written, for people */
	struct nl_route route;		/* every ifindex is 0 */
	const char *dev;		/* of route.hop; or NULL */
	const char **hop_devs;		/* of each of route.hops; or NULL */
	const char *vrf;		/* whose table it goes into; or NULL */
	bool no_track;			/* deleted by others: so be it */
	const char *track_group;	/* static ones; or NULL */
};

struct vrrp_rule_conf {
	struct vrrp_rule_conf *next;
	struct diag_span span;
	struct nl_rule rule;
	bool no_track;
	const char *track_group;
};
