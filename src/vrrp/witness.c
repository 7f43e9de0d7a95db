/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/witness.c - see witness.h. */
#include "vrrp/witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrp/instance.h"
#include "vrrp/process.h"
#include "vrrp/rival.h"

enum {
	WITNESS_LEAST_US = 50 * 1000,
	WITNESS_MOST_US = 1000 * 1000,
	WITNESS_PATIENCE = 2,	/* questions without an answer: fewer than lost advertisements */
	WITNESS_BATCH = 16,
	WITNESS_PACKET = 256,
};

/* Written by sendto and compared in what comes back: header and 8 bytes that are ours. */
struct witness_echo {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t id, number;
	uint64_t cookie;
};

static void witness_ready(struct loop *loop, struct loop_file *file, unsigned ready);

static struct vrrp_process *witness_process(struct witness *witness)
{
	return container_of(witness, struct vrrp_process, witness);
}

static socklen_t witness_sockaddr(const struct vrrp_witness_conf *conf,
				  struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = ip_v4(&conf->ip),
				  .sin_port = htons(conf->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(conf->port) };

	if (conf->ip.family == AF_INET6) {
		memcpy(&v6.sin6_addr, conf->ip.bytes, sizeof(v6.sin6_addr));
		memcpy(ret, &v6, sizeof(v6));
		return sizeof(v6);
	}
	memcpy(ret, &v4, sizeof(v4));
	return sizeof(v4);
}

static void witness_close_file(struct witness *witness)
{
	if (witness->file.fd >= 0)
		loop_file_close(witness_process(witness)->loop, &witness->file);
	witness->file.fd = -1;
}

static void witness_add(struct witness *witness, int fd)
{
	if (fd < 0)
		return;
	if (loop_file_add(witness_process(witness)->loop, &witness->file, fd, witness_ready) < 0) {
		close(fd);
		witness->file.fd = -1;
	}
}

static void witness_answered(struct witness *witness)
{
	witness->answered = loop_now(witness_process(witness)->loop);
}

/* ---- ICMP echo (RFC 792, RFC 4443) ---- */

static uint16_t witness_checksum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct witness_echo witness_echo(const struct witness *witness, bool reply)
{
	bool v6 = witness->conf->ip.family == AF_INET6;
	struct witness_echo echo = {
		.type = v6 ? (reply ? ICMP6_ECHO_REPLY : ICMP6_ECHO_REQUEST)
			   : (reply ? ICMP_ECHOREPLY : ICMP_ECHO),
		.id = htons((uint16_t)getpid()),
		.number = htons(witness->number),
		.cookie = container_of(witness, const struct vrrp_process, witness)->peering.boot,
	};

	return echo;
}

static int witness_icmp_open(int family)
{
	struct icmp6_filter filter;
	struct icmp_filter v4 = { .data = ~(1U << ICMP_ECHOREPLY) };
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	if (fd < 0)
		return -errno;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	/* Best effort: what else arrives is told apart by its bytes. */
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	else
		(void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &v4, sizeof(v4));
	return fd;
}

static void witness_icmp_ask(struct witness *witness)
{
	struct sockaddr_storage to;
	socklen_t len = witness_sockaddr(witness->conf, &to);
	struct witness_echo echo;

	if (witness->file.fd < 0)
		witness_add(witness, witness_icmp_open(witness->conf->ip.family));
	if (witness->file.fd < 0)
		return;
	witness->number++;
	echo = witness_echo(witness, false);
	if (witness->conf->ip.family == AF_INET) /* the kernel makes that of ICMPv6 */
		echo.checksum = witness_checksum(&echo, sizeof(echo));
	(void)!sendto(witness->file.fd, &echo, sizeof(echo), MSG_DONTWAIT, (struct sockaddr *)&to,
		      len);
}

static void witness_icmp_read(struct witness *witness)
{
	uint8_t packet[WITNESS_PACKET];
	struct witness_echo want = witness_echo(witness, true);

	for (unsigned i = 0; i < WITNESS_BATCH; i++) {
		ssize_t len = recv(witness->file.fd, packet, sizeof(packet), MSG_DONTWAIT);
		size_t skip = witness->conf->ip.family == AF_INET && len > 0
				      ? (size_t)(packet[0] & 0xf) * 4 : 0;

		if (len < 0)
			return;
		if ((size_t)len < skip + sizeof(want))
			continue;
		memcpy(&want.checksum, packet + skip + 2, sizeof(want.checksum));
		memcpy(&want.number, packet + skip + 6, sizeof(want.number));
		if (memcmp(packet + skip, &want, sizeof(want)) == 0)
			witness_answered(witness);
	}
	loop_file_again(witness_process(witness)->loop, &witness->file);
}

/* ---- ARP: on the interface of the first instance ---- */

static void witness_arp_ask(struct witness *witness)
{
	struct vrrp_process *process = witness_process(witness);
	const char *name = process->instance_count != 0
			   ? process->instances[0].conf->address_interface : "";
	const struct nl_link *link = links_by_name(&process->links, name);

	if (link == NULL || !link->has_mac)
		return;
	if (witness->ifindex != link->ifindex)
		witness_close_file(witness);
	if (witness->file.fd < 0) {
		witness->ifindex = link->ifindex;
		witness_add(witness, rival_open(link->ifindex, &witness->conf->ip, 1, false));
	}
	if (witness->file.fd >= 0)
		rival_probe(witness->file.fd, link->ifindex, link->mac,
			    &process->instances[0].machine.source, &witness->conf->ip);
}

static void witness_arp_read(struct witness *witness)
{
	struct ip ip;
	uint8_t mac[6];
	unsigned left = WITNESS_BATCH;

	for (; left != 0 && rival_read(witness->file.fd, mac, &ip) == RIVAL_HAS; left--)
		witness_answered(witness);
	if (left == 0)
		loop_file_again(witness_process(witness)->loop, &witness->file);
}

/* ---- TCP: a connection that is accepted, and closed at once ---- */

static void witness_tcp_ask(struct witness *witness)
{
	struct sockaddr_storage to;
	socklen_t len = witness_sockaddr(witness->conf, &to);
	int fd;

	witness_close_file(witness);
	fd = socket(witness->conf->ip.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS) {
		close(fd);
		return;
	}
	witness_add(witness, fd);
}

static void witness_tcp_read(struct witness *witness)
{
	int error = 0;
	socklen_t len = sizeof(error);
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);

	if (getsockopt(witness->file.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0 &&
	    getpeername(witness->file.fd, (struct sockaddr *)&peer, &peer_len) < 0)
		return; /* not yet */
	if (error == 0)
		witness_answered(witness);
	witness_close_file(witness);
}

/* ---- all kinds ---- */

static const struct witness_kind {
	void (*ask)(struct witness *witness);
	void (*read)(struct witness *witness);
} witness_kinds[] = {
	[VRRP_WITNESS_ICMP] = { witness_icmp_ask, witness_icmp_read },
	[VRRP_WITNESS_ARP] = { witness_arp_ask, witness_arp_read },
	[VRRP_WITNESS_TCP] = { witness_tcp_ask, witness_tcp_read },
};

static void witness_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct witness *witness = container_of(file, struct witness, file);

	witness_kinds[witness->conf->kind].read(witness);
}

static void witness_due(struct loop *loop, struct loop_timer *timer)
{
	struct witness *witness = container_of(timer, struct witness, timer);

	witness_kinds[witness->conf->kind].ask(witness);
	process_arm(witness_process(witness), timer,
		    moment_after(loop_now(loop), witness->period_us));
}

/* As often as the fastest instance advertises, within bounds. */
static uint64_t witness_period(const struct vrrp_conf *conf)
{
	uint64_t least = WITNESS_MOST_US;

	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (i->advert_interval_us < least)
			least = i->advert_interval_us;
	return least < WITNESS_LEAST_US ? WITNESS_LEAST_US : least;
}

void witness_open(struct vrrp_process *process)
{
	const struct vrrp_conf *conf = process->args->conf;
	struct witness *witness = &process->witness;

	witness->file.fd = -1;
	if (conf->peering.witness.ip.family == 0)
		return;
	witness->conf = &conf->peering.witness;
	witness->period_us = witness_period(conf);
	witness->timer.on_expire = witness_due;
	witness_due(process->loop, &witness->timer);
}

void witness_close(struct vrrp_process *process)
{
	if (process->witness.conf == NULL)
		return;
	loop_timer_disarm(process->loop, &process->witness.timer);
	witness_close_file(&process->witness);
}

bool witness_reached(const struct vrrp_process *process)
{
	const struct witness *witness = &process->witness;

	return witness->conf == NULL ||
	       (witness->answered.us != 0 &&
		moment_since(witness->answered, loop_now(process->loop)) <=
			WITNESS_PATIENCE * witness->period_us);
}

enum page_witness witness_page(const struct vrrp_process *process)
{
	if (process->witness.conf == NULL)
		return PAGE_WITNESS_NONE;
	return witness_reached(process) ? PAGE_WITNESS_REACHED : PAGE_WITNESS_LOST;
}

const char *witness_text(const struct vrrp_process *process, char buf[WITNESS_TEXT])
{
	static const char *const how[] = {
		[VRRP_WITNESS_ICMP] = "icmp", [VRRP_WITNESS_ARP] = "arp",
		[VRRP_WITNESS_TCP] = "tcp",
	};
	const struct vrrp_witness_conf *conf = process->witness.conf;
	char text[IP_TEXT];

	snprintf(buf, WITNESS_TEXT, "%s (%s)", ip_text(&conf->ip, text), how[conf->kind]);
	return buf;
}
