/* SPDX-License-Identifier: Apache-2.0 */
/* nl/link.h - interfaces: list, and whether they carry. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "nl/socket.h"

struct nl_link {
	unsigned ifindex;
	char name[IF_NAMESIZE];
	bool up;		/* IFF_UP and IFF_RUNNING */
	bool has_mac;		/* an Ethernet address, and ARP is spoken */
	uint8_t mac[6];
};

/* Calls `each` for every interface. 0 or negative errno. */
int nl_link_dump(struct nl_socket *nl, void (*each)(const struct nl_link *link, void *context),
		 void *context) MUST_CHECK;

/* Room: reads an RTM_NEWLINK or RTM_DELLINK; false if it has no name. */
bool nl_link_read(const struct nlmsghdr *message, struct nl_link *ret);
