/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any netlink message about links, addresses, routes or rules, of any length, is read or passed
 * over. As in the buffer of nl/socket.c, the padding of the last attribute (RFC 3549 chapter
 * 2.3.2) may be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "nl/address.h"
#include "nl/link.h"
#include "nl/route.h"
#include "nl/rule.h"

static void read_link(const struct nlmsghdr *message)
{
	struct nl_link link;

	memset(&link, 0xff, sizeof(link));
	if (nl_link_read(message, &link) &&
	    (memchr(link.name, '\0', sizeof(link.name)) == NULL ||
	     memchr(link.alias, '\0', sizeof(link.alias)) == NULL))
		abort();
}

static void read_addresses(const struct nlmsghdr *message)
{
	struct nl_address address;
	struct nl_route route;
	struct nl_rule rule;

	if (nl_address_read(message, &address) && address.ip.family != AF_INET &&
	    address.ip.family != AF_INET6)
		abort();
	if (nl_route_read(message, &route) && route.destination.family != 0 &&
	    route.destination.family != route.family)
		abort();
	if (nl_rule_read(message, &rule) && rule.family != AF_INET && rule.family != AF_INET6)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message;

	if (size < sizeof(*message) || size > UINT16_MAX)
		return 0;
	message = calloc(1, NLMSG_ALIGN(size));
	if (message == NULL)
		abort();
	memcpy(message, data, size);
	message->nlmsg_len = (uint32_t)size; /* what nl_read has checked before it hands it on */
	read_link(message);
	read_addresses(message);
	free(message);
	return 0;
}
