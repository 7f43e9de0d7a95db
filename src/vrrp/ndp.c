/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/ndp.c - see ndp.h. */
#include "vrrp/ndp.h"

#include <string.h>

#include "vrrp/packet_bytes.h"

enum {
	NDP_VERSION = 6 << 4,
	NDP_ICMP = 58,
	NDP_ICMP_LEN = 32,
	NDP_HOP_LIMIT = 255,
	NDP_HEADER = 40,
	NDP_SOURCE_MAC = 1,	/* options, of 8 bytes each */
	NDP_TARGET_MAC = 2,
	NDP_OPTION_LEN = 8,
};

void ndp_build(const struct ndp *ndp, uint8_t ret[NDP_PACKET])
{
	uint8_t *icmp = ret + NDP_TYPE;

	memset(ret, 0, NDP_PACKET);
	ret[0] = NDP_VERSION;
	packet_put16(ret + 4, NDP_ICMP_LEN);
	ret[NDP_NEXT_HEADER] = NDP_ICMP;
	ret[7] = NDP_HOP_LIMIT;
	memcpy(ret + 8, ndp->source.bytes, 16);
	memcpy(ret + 24, ndp->destination.bytes, 16);
	icmp[0] = ndp->type;
	icmp[4] = ndp->flags;
	memcpy(ret + NDP_TARGET, ndp->target.bytes, 16);
	ret[NDP_OPTION] = ndp->type == NDP_SOLICITATION ? NDP_SOURCE_MAC : NDP_TARGET_MAC;
	ret[NDP_OPTION + 1] = 1; /* in units of 8 bytes */
	memcpy(ret + NDP_OPTION + 2, ndp->mac, 6);
	uint32_t sum = packet_sum(NDP_ICMP + NDP_ICMP_LEN, ret + 8, NDP_PACKET - 8);
	packet_put16(icmp + 2, packet_fold(sum));
}

/* The option is looked for among those that fit; one of no length ends the search. */
static void ndp_parse_mac(const uint8_t *bytes, size_t len, uint8_t ret[6])
{
	uint8_t wanted = bytes[NDP_TYPE] == NDP_SOLICITATION ? NDP_SOURCE_MAC : NDP_TARGET_MAC;
	size_t at = NDP_OPTION;

	memset(ret, 0, 6);
	while (at + NDP_OPTION_LEN <= len && bytes[at + 1] != 0) {
		if (bytes[at] == wanted && bytes[at + 1] == 1) {
			memcpy(ret, bytes + at + 2, 6);
			return;
		}
		at += (size_t)bytes[at + 1] * NDP_OPTION_LEN;
	}
}

/* The hop limit shows that no router sent it on (RFC 4861, 7.1.2). */
bool ndp_parse(const uint8_t *bytes, size_t len, struct ndp *ret)
{
	if (len < NDP_OPTION || bytes[0] >> 4 != 6 || bytes[NDP_NEXT_HEADER] != NDP_ICMP ||
	    bytes[7] != NDP_HOP_LIMIT ||
	    (bytes[NDP_TYPE] != NDP_ADVERTISEMENT && bytes[NDP_TYPE] != NDP_SOLICITATION))
		return false;
	*ret = (struct ndp){ .type = bytes[NDP_TYPE], .flags = bytes[NDP_TYPE + 4] };
	ret->source.family = ret->destination.family = ret->target.family = AF_INET6;
	memcpy(ret->source.bytes, bytes + NDP_SOURCE, 16);
	memcpy(ret->destination.bytes, bytes + 24, 16);
	memcpy(ret->target.bytes, bytes + NDP_TARGET, 16);
	ndp_parse_mac(bytes, len, ret->mac);
	return true;
}

struct ip ndp_solicited_node(const struct ip *target)
{
	struct ip group = { AF_INET6, { 0xff, 2, [11] = 1, [12] = 0xff } };

	memcpy(group.bytes + 13, target->bytes + 13, 3);
	return group;
}

void ndp_multicast_mac(const struct ip *group, uint8_t ret[6])
{
	ret[0] = ret[1] = 0x33;
	memcpy(ret + 2, group->bytes + 12, 4);
}
