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
	RIVAL_CODE = 9 * RIVAL_ADDRESSES + 24,
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

/* Refuses, unless what was loaded is `value`. */
static void rival_put_need(struct rival_code *code, uint32_t value)
{
	rival_put(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
	rival_put_end(code, 0);
}

/* Of IPv6: an advertisement, or a solicitation from no address. Then the target. */
static void rival_put_ndp(struct rival_code *code, const struct ip *addresses, unsigned count,
			  bool probes)
{
	enum { NO_SOURCE = 4 * 3 }; /* statements that see to it */

	/* neither an extension header nor a fragment is ever sent (RFC 6980) */
	rival_put_load(code, BPF_B, NDP_NEXT_HEADER);
	rival_put_need(code, IPPROTO_ICMPV6);
	rival_put_load(code, BPF_B, NDP_TYPE);
	if (!probes) {
		rival_put_need(code, NDP_ADVERTISEMENT);
	} else {
		rival_put(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     NDP_ADVERTISEMENT, 2 + NO_SOURCE, 0));
		rival_put_need(code, NDP_SOLICITATION);
		for (uint32_t i = 0; i < 4; i++) {
			rival_put_load(code, BPF_W, NDP_SOURCE + 4 * i);
			rival_put_need(code, 0);
		}
	}
	for (unsigned i = 0; i < count; i++)
		rival_put_address(code, &addresses[i], NDP_TARGET);
}

/* Of ARP: the sender; with probes a sender of 0 and the target. */
static void rival_put_arp(struct rival_code *code, const struct ip *addresses, unsigned count,
			  bool probes)
{
	for (unsigned i = 0; i < count; i++)
		rival_put_address(code, &addresses[i], RIVAL_SENDER_IP);
	if (!probes)
		return;
	rival_put_load(code, BPF_W, RIVAL_SENDER_IP);
	rival_put_need(code, 0);
	for (unsigned i = 0; i < count; i++)
		rival_put_address(code, &addresses[i], RIVAL_TARGET_IP);
}

static int rival_filter(int fd, const struct ip *addresses, unsigned count, bool probes)
{
	struct rival_code code = { .len = 0 };

	if (addresses[0].family == AF_INET6)
		rival_put_ndp(&code, addresses, count, probes);
	else
		rival_put_arp(&code, addresses, count, probes);
	rival_put_end(&code, 0);

	struct sock_fprog program = { code.len, code.code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static uint16_t rival_protocol(const struct ip *ip)
{
	return htons(ip->family == AF_INET6 ? ETH_P_IPV6 : ETH_P_ARP);
}

int rival_open(unsigned ifindex, const struct ip *addresses, unsigned count, bool probes)
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
	count = count < RIVAL_ADDRESSES ? count : RIVAL_ADDRESSES;
	if (rival_filter(fd, addresses, count, probes) < 0 ||
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

static enum rival_sight rival_read_arp(const uint8_t *bytes, size_t len, uint8_t ret_mac[6],
				       struct ip *ret_ip)
{
	struct ip sender = { .family = AF_INET }, target = sender;

	if (len < RIVAL_ARP)
		return RIVAL_NOTHING;
	memcpy(sender.bytes, bytes + RIVAL_SENDER_IP, 4);
	memcpy(target.bytes, bytes + RIVAL_TARGET_IP, 4);
	memcpy(ret_mac, bytes + RIVAL_SENDER_MAC, 6);
	bool asks = packet_get32(sender.bytes) == 0;
	*ret_ip = asks ? target : sender;
	return asks ? RIVAL_ASKS : RIVAL_HAS;
}

static enum rival_sight rival_read_ndp(const uint8_t *bytes, size_t len,
				       const struct sockaddr_ll *from, uint8_t ret_mac[6],
				       struct ip *ret_ip)
{
	struct ndp ndp;

	if (!ndp_parse(bytes, len, &ndp))
		return RIVAL_NOTHING;
	*ret_ip = ndp.target;
	/* A probe has no MAC, and an answer may leave it out: it is then the frame's. */
	memcpy(ret_mac, memcmp(ndp.mac, rival_nobody, 6) != 0 ? ndp.mac : from->sll_addr, 6);
	return ndp.type == NDP_SOLICITATION ? RIVAL_ASKS : RIVAL_HAS;
}

enum rival_sight rival_read(int fd, uint8_t ret_mac[6], struct ip *ret_ip)
{
	uint8_t bytes[RIVAL_BYTES];

	for (;;) {
		struct sockaddr_ll from = { 0 };
		socklen_t from_len = sizeof(from);
		enum rival_sight sight;
		ssize_t len = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &from_len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return RIVAL_NOTHING;
		if (from.sll_protocol == htons(ETH_P_ARP))
			sight = rival_read_arp(bytes, (size_t)len, ret_mac, ret_ip);
		else
			sight = rival_read_ndp(bytes, (size_t)len, &from, ret_mac, ret_ip);
		if (sight != RIVAL_NOTHING)
			return sight;
	}
}
