/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/links.h - the machine's interfaces and addresses as last read.
 *
 * Read anew when the kernel says that something changed, which is rare: the
 * renewals of our own addresses are not counted as changes by the caller.
 */
#pragma once

#include <stdbool.h>

#include "base/ip.h"
#include "base/macros.h"
#include "nl/address.h"
#include "nl/link.h"
#include "nl/socket.h"

struct links {
	struct nl_link *links;
	unsigned link_count;
	struct nl_address *addresses;
	unsigned address_count;
	bool failed; /* out of memory while reading */
};

/* Replaces what was known. 0 or negative errno, with the old knowledge kept. */
int links_read(struct links *links, struct nl_socket *nl) MUST_CHECK;
void links_free(struct links *links);

/* NULL if there is none. Valid until the next links_read. */
const struct nl_link *links_by_index(const struct links *links, unsigned ifindex);
const struct nl_link *links_by_name(const struct links *links, const char *name);

/* Whether any interface has this address. */
bool links_have(const struct links *links, const struct ip *ip);

/* Whether it was there as it is now: what is said about its lifetimes does not count. */
bool links_know(const struct links *links, const struct nl_address *address);

/*
 * The interface's first address of that family that `is_ours` does not claim;
 * of IPv6 a link-local one that is usable. False if there is none.
 */
bool links_source(const struct links *links, unsigned ifindex, int family,
		  bool (*is_ours)(void *context, const struct ip *ip), void *context,
		  struct ip *ret);
