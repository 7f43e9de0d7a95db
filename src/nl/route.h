/* SPDX-License-Identifier: Apache-2.0 */
/* nl/route.h - routes of both families, as `ip route` knows them: add, remove, read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"
#include "nl/socket.h"

enum nl_route_type { /* as the kernel counts them */
	NL_ROUTE_UNICAST = 1,
	NL_ROUTE_LOCAL,
	NL_ROUTE_BROADCAST,
	NL_ROUTE_ANYCAST,
	NL_ROUTE_MULTICAST,
	NL_ROUTE_BLACKHOLE,
	NL_ROUTE_UNREACHABLE,
	NL_ROUTE_PROHIBIT,
	NL_ROUTE_THROW,
	NL_ROUTE_NAT,
	NL_ROUTE_XRESOLVE,
};

enum nl_metric { /* as the kernel counts them */
	NL_METRIC_MTU = 2,
	NL_METRIC_WINDOW,
	NL_METRIC_RTT,			/* eighths of ms */
	NL_METRIC_RTTVAR,		/* quarters of ms */
	NL_METRIC_SSTHRESH,
	NL_METRIC_CWND,
	NL_METRIC_ADVMSS,
	NL_METRIC_REORDERING,
	NL_METRIC_HOPLIMIT,
	NL_METRIC_INITCWND,
	NL_METRIC_FEATURES,		/* bits; 1: ECN */
	NL_METRIC_RTO_MIN,		/* ms */
	NL_METRIC_INITRWND,
	NL_METRIC_QUICKACK,
	NL_METRIC_CONGESTION,		/* its value is `congestion` */
	NL_METRIC_FASTOPEN_NO_COOKIE,
	NL_METRICS,
};

enum {
	NL_TABLE_MAIN = 254,
	NL_PROTOCOL_KEEPALIVED = 18,
	NL_SCOPE_UNSET = -1,		/* what `ip route` would take */
	NL_ROUTE_HOPS = 32,
	NL_ENCAP_LABELS = 8,
	NL_CONGESTION = 16,
};

enum nl_encap_kind { NL_ENCAP_NONE, NL_ENCAP_MPLS, NL_ENCAP_IP, NL_ENCAP_ILA, NL_ENCAP_IP6 };

/* A header put around what takes the route. */
struct nl_encap {
	enum nl_encap_kind kind;
	uint64_t id;			/* of the tunnel; ILA: the locator */
	struct ip source, destination;	/* family 0: none */
	uint8_t tos, ttl;		/* of IPv6: traffic class, hop limit; 0: not told */
	uint16_t flags;
	uint32_t labels[NL_ENCAP_LABELS]; /* MPLS, outermost first */
	unsigned label_count;
};

struct nl_hop {
	unsigned ifindex;		/* 0: the kernel finds it */
	struct ip via;			/* family 0: on the link */
	uint16_t weight;		/* 1 to 256, among several */
	uint32_t realms;		/* of several; source << 16 | destination */
	bool onlink;
	struct nl_encap encap;
};

struct nl_route {
	uint8_t family;			/* AF_INET or AF_INET6 */
	uint8_t type;			/* enum nl_route_type */
	uint8_t tos;
	uint8_t protocol;		/* who made it */
	int scope;			/* RT_SCOPE_* or NL_SCOPE_UNSET */
	struct ip destination, from;	/* family 0: any */
	uint8_t destination_len, from_len;
	uint32_t table;
	uint32_t priority;		/* the metric; 0: the kernel's default */
	struct ip source;		/* of packets from here; family 0: the kernel chooses */
	uint32_t realms;
	struct nl_hop hop;		/* the only one, unless hop_count is not 0 */
	struct nl_hop *hops;		/* borrowed */
	unsigned hop_count;		/* at most NL_ROUTE_HOPS */
	uint32_t metric[NL_METRICS];
	uint32_t metrics, locked;	/* bits by enum nl_metric: which are given */
	char congestion[NL_CONGESTION];
	bool has_preference;
	uint8_t preference;		/* IPv6: ICMPV6_ROUTER_PREF_* */
	uint32_t expires_s;		/* IPv6; 0: never */
	bool has_ttl_propagate, ttl_propagate; /* MPLS */
	enum { NL_ROUTE_PREPEND, NL_ROUTE_APPEND, NL_ROUTE_ADD } place; /* ADD: if alone */
};

/* Adds the route. 0, also if it was there; or negative errno. */
int nl_route_set(struct nl_socket *nl, const struct nl_route *route) MUST_CHECK;

/* Removes it. 0, also if it was not there; or negative errno. */
int nl_route_remove(struct nl_socket *nl, const struct nl_route *route) MUST_CHECK;

/*
 * Whether what the kernel told of is that route, as far as it is told: all but
 * metrics, weights and encapsulation.
 */
bool nl_route_is(const struct nl_route *told, const struct nl_route *route);

/* Room: reads an RTM_NEWROUTE or RTM_DELROUTE; false if it is of neither family, or cached. */
bool nl_route_read(const struct nlmsghdr *message, struct nl_route *ret);
