/* SPDX-License-Identifier: Apache-2.0 */
/* nl/address.h - IPv4 addresses of interfaces: list, add with a lifetime, remove. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "nl/socket.h"

struct nl_address {
	unsigned ifindex;
	struct in_addr ip;
	uint8_t prefix;
	uint8_t scope;			/* RT_SCOPE_* */
	bool has_broadcast;
	struct in_addr broadcast;
	char label[IF_NAMESIZE];	/* "": the interface's name */
	uint32_t valid_s;		/* seconds until the kernel removes it; 0: never */
};

/* Adds the address, or renews its lifetime if it is there. 0 or negative errno. */
int nl_address_set(struct nl_socket *nl, const struct nl_address *address) MUST_CHECK;

/* Removes it (interface, ip and prefix decide). 0, also if it was not there; or negative errno. */
int nl_address_remove(struct nl_socket *nl, const struct nl_address *address) MUST_CHECK;

/* Calls `each` for every IPv4 address, in the kernel's order. 0 or negative errno. */
int nl_address_dump(struct nl_socket *nl,
		    void (*each)(const struct nl_address *address, void *context),
		    void *context) MUST_CHECK;

/* Room: reads an RTM_NEWADDR or RTM_DELADDR; false if it is not one of IPv4. */
bool nl_address_read(const struct nlmsghdr *message, struct nl_address *ret);
