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

#include "vrrp/ndp.h"
#include "vrrp/packet_bytes.h"

enum { /* offsets in an ARP message of Ethernet and IPv4 */
	RIVAL_SENDER_MAC = 8,
	RIVAL_SENDER_IP = 14,
	RIVAL_TARGET_IP = 24,
	RIVAL_ARP = 28,
	RIVAL_BYTES = 128,	/* room for an advertisement with more options */
	RIVAL_CODE = 9 * RIVAL_ADDRESSES + 8,
};

static const uint8_t rival_nobody[6];

struct rival_code {
	struct sock_filter code[RIVAL_CODE];
	unsigned short len;
};

static void rival_put(struct rival_code *code, struct sock_filter statement)
{
	ASSERT(code->len < RIVAL_CODE);
	code->code[code->len++] = statement;
}

/* Goes on if what was loaded is `value`, or skips that many statements. */
static void rival_put_equal(struct rival_code *code, uint32_t value, uint8_t skip)
{
	rival_put(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void rival_put_load(struct rival_code *code, uint16_t size, uint32_t offset)
{
	rival_put(code, (struct sock_filter)BPF_STMT(BPF_LD | size | BPF_ABS, offset));
}

static void rival_put_end(struct rival_code *code, uint32_t bytes)
{
	rival_put(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, bytes));
}

/* For each address: its words, compared one by one, and acceptance. */
static void rival_put_address(struct rival_code *code, const struct ip *ip, uint32_t offset)
{
	unsigned words = (unsigned)ip_len(ip) / 4;

	for (unsigned i = 0; i < words; i++) {
		rival_put_load(code, BPF_W, offset + 4 * i);
		rival_put_equal(code, packet_get32(ip->bytes + 4 * i),
				(uint8_t)(2 * (words - i) - 1));
	}
	rival_put_end(code, 0xffff);
}

static int rival_filter(int fd, const struct ip *addresses, unsigned count)
{
	bool v6 = addresses[0].family == AF_INET6;
	struct rival_code code = { .len = 0 };

	if (v6) { /* neither an extension header nor a fragment is ever sent (RFC 6980) */
		rival_put_load(&code, BPF_B, NDP_NEXT_HEADER);
		rival_put_equal(&code, IPPROTO_ICMPV6, 2);
		rival_put_load(&code, BPF_B, NDP_TYPE);
		rival_put(&code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      NDP_ADVERTISEMENT, 1, 0));
		rival_put_end(&code, 0);
	}
	for (unsigned i = 0; i < count; i++)
		rival_put_address(&code, &addresses[i], v6 ? NDP_TARGET : RIVAL_SENDER_IP);
	rival_put_end(&code, 0);

	struct sock_fprog program = { code.len, code.code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static uint16_t rival_protocol(const struct ip *ip)
{
	return htons(ip->family == AF_INET6 ? ETH_P_IPV6 : ETH_P_ARP);
}

int rival_open(unsigned ifindex, const struct ip *addresses, unsigned count)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = rival_protocol(&addresses[0]),
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

static void rival_probe_arp(const uint8_t mac[6], const struct ip *ip, uint8_t ret[RIVAL_ARP])
{
	static const uint8_t kind[] = { 0, 1, 0x08, 0, 6, 4, 0, 1 }; /* a request */

	memset(ret, 0, RIVAL_ARP);
	memcpy(ret, kind, sizeof(kind));
	memcpy(ret + RIVAL_SENDER_MAC, mac, 6);
	memcpy(ret + RIVAL_TARGET_IP, ip->bytes, 4);
}

void rival_probe(int fd, unsigned ifindex, const uint8_t mac[6], const struct ip *source,
		 const struct ip *ip)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = rival_protocol(ip),
		.sll_ifindex = (int)ifindex,
		.sll_halen = 6,
	};
	struct ndp ndp = { .type = NDP_SOLICITATION, .target = *ip };
	uint8_t bytes[NDP_PACKET];
	size_t len = RIVAL_ARP;

	if (ip->family == AF_INET6) {
		ndp.source = *source;
		ndp.destination = ndp_solicited_node(ip);
		memcpy(ndp.mac, mac, 6);
		ndp_multicast_mac(&ndp.destination, to.sll_addr);
		ndp_build(&ndp, bytes);
		len = NDP_PACKET;
	} else {
		memset(to.sll_addr, 0xff, 6);
		rival_probe_arp(mac, ip, bytes);
	}
	(void)!sendto(fd, bytes, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

static bool rival_read_one(const uint8_t *bytes, size_t len, const struct sockaddr_ll *from,
			   uint8_t ret_mac[6], struct ip *ret_ip)
{
	struct ndp ndp;

	if (from->sll_protocol == htons(ETH_P_ARP)) {
		if (len < RIVAL_ARP)
			return false;
		*ret_ip = (struct ip){ .family = AF_INET };
		memcpy(ret_ip->bytes, bytes + RIVAL_SENDER_IP, 4);
		memcpy(ret_mac, bytes + RIVAL_SENDER_MAC, 6);
		return true;
	}
	if (!ndp_parse(bytes, len, &ndp))
		return false;
	*ret_ip = ndp.target;
	/* An answer to one may leave its MAC out: it is then the frame's. */
	memcpy(ret_mac, memcmp(ndp.mac, rival_nobody, 6) != 0 ? ndp.mac : from->sll_addr, 6);
	return true;
}

bool rival_read(int fd, uint8_t ret_mac[6], struct ip *ret_ip)
{
	uint8_t bytes[RIVAL_BYTES];

	for (;;) {
		struct sockaddr_ll from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &from_len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return false;
		if (rival_read_one(bytes, (size_t)len, &from, ret_mac, ret_ip))
			return true;
	}
}
