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

int garp_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

void garp_build(const uint8_t mac[6], struct in_addr ip, uint8_t ret[GARP_FRAME])
{
	/* After the two MACs: EtherType ARP; Ethernet, IPv4, lengths 6 and 4, request. */
	static const uint8_t kind[] = { 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1 };

	memset(ret, 0xff, 6);
	memcpy(ret + 12, kind, sizeof(kind));
	for (unsigned i = 0; i < 6; i++)
		ret[6 + i] = ret[22 + i] = mac[i];
	memcpy(ret + 28, &ip, 4);
	memset(ret + 32, 0xff, 6);
	memcpy(ret + 38, &ip, 4);
}

int garp_send(int fd, unsigned ifindex, const uint8_t mac[6], struct in_addr ip)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)ifindex,
		.sll_hatype = htons(ARPHRD_ETHER),
		.sll_halen = 6,
	};
	uint8_t frame[GARP_FRAME];

	memset(to.sll_addr, 0xff, 6);
	garp_build(mac, ip, frame);
	if (sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}
