/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/socket.c - see socket.h.
 *
 * With IPv4 the IP header is ours on the way out (the ICV of AH covers it) and
 * comes with what is received; with IPv6 there is none either way, and what it
 * says is set by options and comes as control messages.
 */
#include "vrrp/socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SOCKET_PRIORITY = 6,	/* the band of network control, TC_PRIO_INTERACTIVE */
	SOCKET_CLASS = 0xc0,	/* network control (RFC 2474, CS6) */
	SOCKET_CONTROL = 128,	/* bytes of control messages */
	SOCKET_ANY_PORT = 9,	/* nothing is sent there */
};

static int vrrp_socket_set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Of a socket that only sends: no packet ever waits. */
static int vrrp_socket_filter_all(int fd)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { ARRAY_LEN(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/*
 * Lets packets of the VRID through: its byte is the second of the VRRP header.
 * The filter sees an IPv4 packet from its IP header on, whose length goes to
 * X, and an IPv6 packet from its payload on.
 */
static int vrrp_socket_filter(int fd, const struct vrrp_form *form)
{
	unsigned offset = 1 + (form->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
	bool v6 = form->family == AF_INET6;
	struct sock_filter code[] = {
		v6 ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0)
		   : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, form->vrid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int vrrp_socket_prepare_v4(int fd, const struct vrrp_socket_conf *conf)
{
	struct ip_mreqn request = { .imr_multiaddr = ip_v4(&conf->form->group),
				    .imr_ifindex = (int)conf->ifindex };

	if (vrrp_socket_set(fd, IPPROTO_IP, IP_HDRINCL, 1) < 0)
		return -errno;
	if (conf->form->peer_count != 0)
		return 0;
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) < 0)
		return -errno;
	if (conf->receives &&
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) < 0)
		return -errno;
	return 0;
}

static int vrrp_socket_prepare_v6(int fd, const struct vrrp_socket_conf *conf)
{
	const struct vrrp_form *form = conf->form;
	struct ipv6_mreq request = { .ipv6mr_interface = conf->ifindex };

	memcpy(&request.ipv6mr_multiaddr, form->group.bytes, sizeof(request.ipv6mr_multiaddr));
	if (vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_TCLASS, SOCKET_CLASS) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, form->ttl) < 0)
		return -errno;
	/* A VMAC has no address: the source is the one of the interface below. */
	vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	if (form->peer_count != 0)
		return 0;
	if (vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_TTL) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)conf->ifindex) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) < 0 ||
	    vrrp_socket_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) < 0)
		return -errno;
	if (conf->receives &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)) < 0)
		return -errno;
	return 0;
}

/* Best effort: the order of queueing on the way out, and room for a burst on the way in. */
static void vrrp_socket_tune(int fd, const struct vrrp_socket_conf *conf)
{
	vrrp_socket_set(fd, SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY);
	if (conf->receive_buffer != 0 &&
	    vrrp_socket_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, (int)conf->receive_buffer) < 0)
		vrrp_socket_set(fd, SOL_SOCKET, SO_RCVBUF, (int)conf->receive_buffer);
}

/* The filter first: nothing unwanted is ever queued. */
static int vrrp_socket_prepare(int fd, const struct vrrp_socket_conf *conf)
{
	if (!conf->receives && vrrp_socket_filter_all(fd) < 0)
		return -errno;
	if (conf->receives && !conf->all_vrids && vrrp_socket_filter(fd, conf->form) < 0)
		return -errno;
	if (conf->device != NULL && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, conf->device,
					       (socklen_t)strlen(conf->device) + 1) < 0)
		return -errno;
	vrrp_socket_tune(fd, conf);
	return conf->form->family == AF_INET6 ? vrrp_socket_prepare_v6(fd, conf)
					      : vrrp_socket_prepare_v4(fd, conf);
}

int vrrp_socket_open(const struct vrrp_socket_conf *conf)
{
	int protocol = conf->form->auth == VRRP_AUTH_AH ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL;
	int fd = socket(conf->form->family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -errno;
	int error = vrrp_socket_prepare(fd, conf);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

int vrrp_socket_route(const struct ip *to, const char *device, struct ip *ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = ip_v4(to),
				  .sin_port = htons(SOCKET_ANY_PORT) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(SOCKET_ANY_PORT) };
	bool is_v6 = to->family == AF_INET6;
	struct sockaddr *name = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd < 0)
		return -errno;
	if (is_v6)
		memcpy(&v6.sin6_addr, to->bytes, sizeof(v6.sin6_addr));
	if (device[0] != '\0' && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
					    (socklen_t)strlen(device) + 1) < 0)
		error = -errno;
	if (error == 0 && (connect(fd, name, len) < 0 || getsockname(fd, name, &len) < 0))
		error = -errno;
	if (error == 0)
		*ret = is_v6 ? ip_from_v6(&v6.sin6_addr) : ip_from_v4(v4.sin_addr);
	close(fd);
	return error;
}

static int vrrp_socket_send_v6(int fd, unsigned ifindex, const struct ip *source,
			       const struct ip *destination, struct iovec *bytes)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct in6_pktinfo info = { .ipi6_ifindex = ifindex };
	struct msghdr message = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memcpy(&to.sin6_addr, destination->bytes, sizeof(to.sin6_addr));
	if (ip_is_link_local(destination))
		to.sin6_scope_id = ifindex;
	memcpy(&info.ipi6_addr, source->bytes, sizeof(info.ipi6_addr));
	header->cmsg_level = IPPROTO_IPV6;
	header->cmsg_type = IPV6_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	return sendmsg(fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int vrrp_socket_send(int fd, unsigned ifindex, const struct ip *source,
		     const struct ip *destination, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct iovec part = { (void *)(uintptr_t)bytes, len };

	if (destination->family == AF_INET6)
		return vrrp_socket_send_v6(fd, ifindex, source, destination, &part);
	to.sin_addr = ip_v4(destination);
	if (sendto(fd, bytes, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static void vrrp_socket_read_control(struct msghdr *message, struct vrrp_packet *packet)
{
	struct in6_pktinfo info;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != IPPROTO_IPV6)
			continue;
		if (header->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&packet->hop_limit, CMSG_DATA(header), sizeof(packet->hop_limit));
		if (header->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info, CMSG_DATA(header), sizeof(info));
			packet->destination = ip_from_v6(&info.ipi6_addr);
		}
	}
}

bool vrrp_socket_receive(int fd, uint8_t *buffer, size_t size, struct vrrp_packet *ret)
{
	_Alignas(struct cmsghdr) uint8_t control[SOCKET_CONTROL];
	struct sockaddr_in6 from = { .sin6_family = AF_UNSPEC };
	struct iovec part = { buffer, size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len;

	do
		len = recvmsg(fd, &message, MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return false;
	*ret = (struct vrrp_packet){ .bytes = buffer, .len = (size_t)len, .hop_limit = -1 };
	if (from.sin6_family == AF_INET6)
		ret->source = ip_from_v6(&from.sin6_addr);
	vrrp_socket_read_control(&message, ret);
	return true;
}
