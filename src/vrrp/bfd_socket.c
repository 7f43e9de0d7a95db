/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/bfd_socket.c - see bfd_socket.h. */
#include "vrrp/bfd_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SOCKET_TOS = 0xc0,		/* network control */
	SOCKET_FIRST_PORT = 49152,	/* RFC 5881, 4 */
	SOCKET_PORTS = 65536 - SOCKET_FIRST_PORT,
	SOCKET_TRIES = 64,
};

union socket_name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t socket_name(const struct ip *ip, uint16_t port, union socket_name *ret)
{
	*ret = (union socket_name){ 0 };
	ret->any.sa_family = ip->family;
	if (ip->family == AF_INET) {
		ret->v4.sin_addr = ip_v4(ip);
		ret->v4.sin_port = htons(port);
		return sizeof(ret->v4);
	}
	memcpy(&ret->v6.sin6_addr, ip->bytes, sizeof(ret->v6.sin6_addr));
	ret->v6.sin6_port = htons(port);
	return sizeof(ret->v6);
}

static int socket_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int socket_fail(int fd, int error)
{
	close(fd);
	return error;
}

int bfd_socket_listen(uint8_t family, uint16_t port)
{
	bool v6 = family == AF_INET6;
	const struct ip any = { .family = family };
	union socket_name name;
	socklen_t len = socket_name(&any, port, &name);
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = v6 ? socket_set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
		   : socket_set(fd, IPPROTO_IP, IP_RECVTTL, 1);
	if (error == 0 && v6)
		error = socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (error == 0 && bind(fd, &name.any, len) < 0)
		error = -errno;
	return error < 0 ? socket_fail(fd, error) : fd;
}

/* The address need not be there yet, so that an interface may come later. */
static int socket_shape(int fd, uint8_t family, uint8_t ttl)
{
	bool v6 = family == AF_INET6;
	int error = v6 ? socket_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl)
		       : socket_set(fd, IPPROTO_IP, IP_TTL, ttl);

	if (error == 0)
		error = v6 ? socket_set(fd, IPPROTO_IPV6, IPV6_TCLASS, SOCKET_TOS)
			   : socket_set(fd, IPPROTO_IP, IP_TOS, SOCKET_TOS);
	if (error == 0)
		error = socket_set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	return error;
}

static int socket_bind_somewhere(int fd, const struct ip *source, unsigned random)
{
	union socket_name name;

	for (unsigned i = 0; i < SOCKET_TRIES; i++) {
		unsigned port = SOCKET_FIRST_PORT + (random + i) % SOCKET_PORTS;
		socklen_t len = socket_name(source, (uint16_t)port, &name);

		if (bind(fd, &name.any, len) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

int bfd_socket_send_from(uint8_t family, const struct ip *source, uint8_t ttl, unsigned random)
{
	struct ip from = *source;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	from.family = family; /* without a source: any of that family */
	error = socket_shape(fd, family, ttl);
	if (error == 0)
		error = socket_bind_somewhere(fd, &from, random);
	return error < 0 ? socket_fail(fd, error) : fd;
}

int bfd_socket_send(int fd, const struct ip *to, uint16_t port, const uint8_t *bytes, size_t len)
{
	union socket_name name;
	socklen_t name_len = socket_name(to, port, &name);

	if (sendto(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL, &name.any, name_len) < 0)
		return -errno;
	return 0;
}

static void socket_read_ttl(struct msghdr *message, unsigned *ret_ttl)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		int value;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT))
			continue;
		memcpy(&value, CMSG_DATA(c), sizeof(value));
		*ret_ttl = (unsigned)value;
	}
}

int bfd_socket_read(int fd, struct bfd_heard *ret_heard)
{
	char control[128] __attribute__((aligned(8)));
	union socket_name name = { 0 };
	struct iovec iov = { ret_heard->bytes, sizeof(ret_heard->bytes) };
	struct msghdr message = {
		.msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len;

	do
		len = recvmsg(fd, &message, MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	ret_heard->len = (size_t)len;
	ret_heard->ttl = 0;
	ret_heard->source = name.any.sa_family == AF_INET6 ? ip_from_v6(&name.v6.sin6_addr)
							   : ip_from_v4(name.v4.sin_addr);
	socket_read_ttl(&message, &ret_heard->ttl);
	return 0;
}
