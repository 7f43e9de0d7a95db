/* SPDX-License-Identifier: Apache-2.0 */
/* nl/address.h - addresses of interfaces, of both families: list, add with a lifetime, remove. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"
#include "nl/socket.h"

enum nl_address_flags { /* bits, as the kernel counts them */
	NL_ADDRESS_NODAD = 0x02,	/* IPv6: usable at once, without duplicate detection */
	NL_ADDRESS_DAD_FAILED = 0x08,	/* IPv6, only told: somebody else has it */
	NL_ADDRESS_HOME = 0x10,		/* IPv6: a mobile node's home address */
	NL_ADDRESS_TENTATIVE = 0x40,	/* IPv6, only told: not usable yet */
	NL_ADDRESS_MANAGE_TEMP = 0x100, /* IPv6: temporary addresses are made from it */
	NL_ADDRESS_NO_PREFIX_ROUTE = 0x200,
	NL_ADDRESS_AUTO_JOIN = 0x400,	/* a multicast address is joined */
};

struct nl_address {
	unsigned ifindex;
	struct ip ip;			/* the machine's own */
	struct ip peer;			/* the other end of a link of two; family 0: none */
	uint8_t prefix;			/* of the peer where there is one */
	uint8_t scope;			/* RT_SCOPE_*; of IPv6 the kernel knows it itself */
	uint32_t flags;			/* enum nl_address_flags bits */
	bool has_broadcast;
	struct in_addr broadcast;
	char label[IF_NAMESIZE];	/* IPv4; "": the interface's name */
	uint32_t valid_s;		/* seconds until the kernel removes it; 0: never */
	bool deprecated;		/* IPv6: no source of new connections */
	uint32_t preferred_s;		/* seconds until it is deprecated; 0:
					 * as long as it is valid */
};

/*
 * Adds the address, or renews its lifetime if it is there (which begins no
 * new duplicate detection). 0 or negative errno.
 */
int nl_address_set(struct nl_socket *nl, const struct nl_address *address) MUST_CHECK;

/* Removes it (interface, ip and prefix decide). 0, also if it was not there; or negative errno. */
int nl_address_remove(struct nl_socket *nl, const struct nl_address *address) MUST_CHECK;

/* Calls `each` for every address, IPv4 before IPv6, in the kernel's order. 0 or negative errno. */
int nl_address_dump(struct nl_socket *nl,
		    void (*each)(const struct nl_address *address, void *context),
		    void *context) MUST_CHECK;

/* Room: reads an RTM_NEWADDR or RTM_DELADDR; false if it is of neither family, or broken. */
bool nl_address_read(const struct nlmsghdr *message, struct nl_address *ret);
