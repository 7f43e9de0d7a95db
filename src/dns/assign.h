/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/assign.h - which server gets which of a name's records (configuration
 * manual 5.2 "resolve-opts", "resolve-prefer", "resolve-net"). Pure.
 *
 * Whoever has an address that is still there keeps it, so that a new answer moves
 * as few servers as it can.
 */
#pragma once

#include "dns/answer.h"

struct dns_net {
	struct net_endpoint ip;
	unsigned bits;			/* of the prefix */
};

/* A server that takes an address of a name. */
struct dns_taker {
	struct net_endpoint where;	/* in: its IP now, AF_UNSPEC: none; out: the one it gets */
	int prefer;			/* AF_INET or AF_INET6 */
	const struct dns_net *nets;	/* preferred, less than the family */
	unsigned net_count;
	bool shares;			/* an address that another has will
					 * do if there is no other */
};

/* Between takers that must not have the same address, in their order. Ports are not looked at. */
void dns_assign(struct dns_taker *takers, unsigned count, const struct dns_record *records,
		unsigned record_count);

/* A server that takes one service of a SRV name. */
struct dns_place {
	char target[DNS_NAME_BYTES];	/* in: what it has, "": nothing */
	uint16_t port;
	const struct dns_record *record; /* out: what it gets, NULL: nothing */
};

/*
 * Services that are new go to places that were free, lowest priority value first,
 * then to places that have just lost theirs.
 */
void dns_assign_services(struct dns_place *places, unsigned count,
			 const struct dns_record *records, unsigned record_count);

/* A server's weight for that of a SRV record: 0..256. */
uint32_t dns_weight(uint16_t weight);
