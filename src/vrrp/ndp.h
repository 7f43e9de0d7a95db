/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/ndp.h - neighbour solicitations and advertisements (RFC 4861, 4.3 and
 * 4.4) with one option, the link-layer address, as bytes from the IPv6 header on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	NDP_PACKET = 72,
	NDP_SOLICITATION = 135,
	NDP_ADVERTISEMENT = 136,
	NDP_OVERRIDE = 0x20,	/* flags of an advertisement */
	NDP_ROUTER = 0x80,
	/* offsets */
	NDP_NEXT_HEADER = 6,
	NDP_SOURCE = 8,
	NDP_TYPE = 40,
	NDP_TARGET = 48,
	NDP_OPTION = 64,
};

struct ndp {
	uint8_t type;
	uint8_t flags;
	struct ip source, destination, target;
	uint8_t mac[6];
};

void ndp_build(const struct ndp *ndp, uint8_t ret[NDP_PACKET]);

/*
 * False if it is neither; `mac` is all zeros if the option is missing, as it
 * is in a solicitation of duplicate address detection.
 */
bool ndp_parse(const uint8_t *bytes, size_t len, struct ndp *ret);

/* ff02::1:ffXX:XXXX, where those who have `target` listen (RFC 4291, 2.7.1). */
struct ip ndp_solicited_node(const struct ip *target);
/* The Ethernet address of a multicast address (RFC 2464, 7). */
void ndp_multicast_mac(const struct ip *group, uint8_t ret[6]);
