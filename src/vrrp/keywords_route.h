/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_route.h - a line of virtual_routes while it
 * is read, for the files of its options.
 */
#pragma once

#include "vrrp/iproute.h"
#include "vrrp/route_conf.h"

struct route_draft {
	struct iproute_words words;		/* first: see iproute.h */
	struct vrrp_route_conf *conf;
	const struct conf_word *first;		/* of the line */
	const struct conf_word *destination;
	bool any;				/* a destination of either family */
	int forced;				/* family by `inet` or `inet6`; 0: neither */
	struct ip other;			/* of `or` */
	bool no_track;
	const struct conf_word *six;		/* an option that only IPv6 has */
};

static inline struct nl_route *draft_route(void *object)
{
	return &((struct route_draft *)object)->conf->route;
}

/* keywords_route_metric.c: rows whose `offset` is an enum nl_metric. */
void route_parse_metric(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
void route_parse_time(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
void route_parse_features(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
void route_parse_congestion(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);

/* keywords_route_hop.c: one way or several. */
void route_parse_via(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
void route_parse_or(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
void route_parse_nexthop(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
/* Two gateways of the old form `via A or B` are two hops. */
void route_finish_or(struct vrrp_parse *parse, struct route_draft *draft);
