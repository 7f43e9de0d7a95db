/* SPDX-License-Identifier: Apache-2.0 */
/* nl/link.h - interfaces: list, whether they carry; make and remove those over another one. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "nl/socket.h"

enum nl_link_kind { /* as far as it matters here */
	NL_LINK_OTHER,
	NL_LINK_MACVLAN_PRIVATE,
	NL_LINK_IPVLAN,		/* of layer 2 */
	NL_LINK_VRF,
};

enum nl_inet { /* settings of IPv4 on an interface: /proc/sys/net/ipv4/conf/NAME/... */
	NL_INET_ACCEPT_LOCAL,
	NL_INET_ARP_FILTER,
	NL_INET_ARP_IGNORE,
	NL_INET_PROMOTE_SECONDARIES,
	NL_INET_RP_FILTER,
	NL_INETS,
};

enum { NL_LINK_ALIAS = 64 };

struct nl_link {
	unsigned ifindex;
	char name[IF_NAMESIZE];
	bool up;		/* IFF_UP and IFF_RUNNING */
	bool has_mac;		/* an Ethernet address, and ARP is spoken */
	uint8_t mac[6];
	enum nl_link_kind kind;
	unsigned base;		/* ifindex of the interface below; 0:
				 * none, or in another namespace */
	unsigned master;	/* of the bridge, bond or VRF it is in; 0: none */
	uint32_t vrf_table;	/* NL_LINK_VRF */
	char alias[NL_LINK_ALIAS]; /* "": none; cut */
	bool has_inet;
	uint32_t inet[NL_INETS];
	bool forwards6;		/* IPv6: a router, as its neighbour advertisements must say */
};

/* A link to be made over another one. */
struct nl_link_request {
	enum nl_link_kind kind;	/* NL_LINK_MACVLAN_PRIVATE or NL_LINK_IPVLAN */
	const char *name;
	const char *alias;	/* who made it */
	unsigned base;		/* ifindex */
	const uint8_t *mac;	/* 6 bytes; MACVLAN */
	uint16_t ipvlan_flags;	/* 0: bridge, 1: private, 2: vepa */
};

/* Calls `each` for every interface. 0 or negative errno. */
int nl_link_dump(struct nl_socket *nl, void (*each)(const struct nl_link *link, void *context),
		 void *context) MUST_CHECK;

/*
 * Makes the link, down and without IPv6 addresses of its own. 0 or negative
 * errno: -EEXIST: that name is taken; -EOPNOTSUPP: the kernel has no such links.
 */
int nl_link_make(struct nl_socket *nl, const struct nl_link_request *request) MUST_CHECK;
/* 0, also if it was not there; or negative errno. */
int nl_link_remove(struct nl_socket *nl, unsigned ifindex) MUST_CHECK;
/* Sets it up. 0 or negative errno. */
int nl_link_set_up(struct nl_socket *nl, unsigned ifindex) MUST_CHECK;
/* Changes one setting of IPv4, as a write to /proc/sys would. 0 or negative errno. */
int nl_link_set_inet(struct nl_socket *nl, unsigned ifindex, enum nl_inet setting,
		     uint32_t value) MUST_CHECK;

/* Room: reads an RTM_NEWLINK or RTM_DELLINK; false if it has no name. */
bool nl_link_read(const struct nlmsghdr *message, struct nl_link *ret);
