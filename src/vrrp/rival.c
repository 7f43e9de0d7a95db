/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/rival.c - see rival.h. */
#include "vrrp/rival.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { /* offsets in an ARP message of Ethernet and IPv4 */
	RIVAL_SENDER_MAC = 8,
	RIVAL_SENDER_IP = 14,
	RIVAL_TARGET_IP = 24,
};

/* Accepts a sender that is in the list: load it, one comparison each, refuse, accept. */
static int rival_filter(int fd, const struct in_addr *addresses, unsigned count)
{
	struct sock_filter code[RIVAL_ADDRESSES + 3];
	unsigned len = 0;

	code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, RIVAL_SENDER_IP);
	for (unsigned i = 0; i < count; i++)
		code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							   ntohl(addresses[i].s_addr),
							   (uint8_t)(count - i), 0);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffff);

	struct sock_fprog program = { (unsigned short)len, code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int rival_open(unsigned ifindex, const struct in_addr *addresses, unsigned count)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* The filter first: nothing unwanted is ever queued. */
	if (rival_filter(fd, addresses, count < RIVAL_ADDRESSES ? count : RIVAL_ADDRESSES) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

void rival_probe(int fd, unsigned ifindex, const uint8_t mac[6], struct in_addr ip)
{
	uint8_t arp[RIVAL_ARP] = { 0, 1, 0x08, 0, 6, 4, 0, 1 };
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)ifindex,
		.sll_halen = 6,
	};

	memset(to.sll_addr, 0xff, 6);
	memcpy(arp + RIVAL_SENDER_MAC, mac, 6);
	memcpy(arp + RIVAL_TARGET_IP, &ip, 4);
	(void)!sendto(fd, arp, sizeof(arp), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

bool rival_read(int fd, uint8_t ret_mac[6], struct in_addr *ret_ip)
{
	uint8_t arp[RIVAL_ARP];

	for (;;) {
		ssize_t len = recv(fd, arp, sizeof(arp), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return false;
		if (len < (ssize_t)sizeof(arp))
			continue;
		memcpy(ret_mac, arp + RIVAL_SENDER_MAC, 6);
		memcpy(ret_ip, arp + RIVAL_SENDER_IP, 4);
		return true;
	}
}
