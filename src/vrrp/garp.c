/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/garp.c - see garp.h. */
#include "vrrp/garp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "vrrp/ndp.h"

enum { GARP_ARP_FRAME = 42, GARP_ETHERNET = 14 };

_Static_assert(GARP_FRAME == GARP_ETHERNET + NDP_PACKET, "the advertisement is the longer one");

int garp_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* A broadcast request whose sender and target are the address. */
static size_t garp_build_arp(const struct garp *garp, uint8_t ret[GARP_FRAME])
{
	/* After the two MACs: EtherType ARP; Ethernet, IPv4, lengths 6 and 4, request. */
	static const uint8_t kind[] = { 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1 };

	memset(ret, 0xff, 6);
	memcpy(ret + 12, kind, sizeof(kind));
	for (unsigned i = 0; i < 6; i++)
		ret[6 + i] = ret[22 + i] = garp->mac[i];
	memcpy(ret + 28, garp->ip.bytes, 4);
	memset(ret + 32, 0xff, 6);
	memcpy(ret + 38, garp->ip.bytes, 4);
	return GARP_ARP_FRAME;
}

/* To all nodes, from the address itself, as Keepalived does. */
static size_t garp_build_na(const struct garp *garp, uint8_t ret[GARP_FRAME])
{
	struct ndp ndp = {
		.type = NDP_ADVERTISEMENT,
		.flags = NDP_OVERRIDE | (garp->router ? NDP_ROUTER : 0),
		.source = garp->ip,
		.destination = { AF_INET6, { 0xff, 2, [15] = 1 } },
		.target = garp->ip,
	};

	memcpy(ndp.mac, garp->mac, 6);
	ndp_multicast_mac(&ndp.destination, ret);
	memcpy(ret + 6, garp->mac, 6);
	ret[12] = 0x86;
	ret[13] = 0xdd;
	ndp_build(&ndp, ret + GARP_ETHERNET);
	return GARP_FRAME;
}

size_t garp_build(const struct garp *garp, uint8_t ret[GARP_FRAME])
{
	return garp->ip.family == AF_INET6 ? garp_build_na(garp, ret) : garp_build_arp(garp, ret);
}

int garp_send(int fd, unsigned ifindex, const struct garp *garp)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(garp->ip.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_ARP),
		.sll_ifindex = (int)ifindex,
		.sll_hatype = htons(ARPHRD_ETHER),
		.sll_halen = 6,
	};
	uint8_t frame[GARP_FRAME];
	size_t len = garp_build(garp, frame);

	memcpy(to.sll_addr, frame, 6);
	if (sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}
