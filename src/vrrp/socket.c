/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/socket.c - see socket.h. */
#include "vrrp/socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrp/packet.h"

enum { SOCKET_PRIORITY = 6 }; /* the band of network control, TC_PRIO_INTERACTIVE */

/* Lets packets of the VRID through: its byte is the second of the VRRP header. */
static int vrrp_socket_filter(int fd, const struct vrrp_instance_conf *conf)
{
	unsigned offset = 1 + (conf->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: the length of the IP header */
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, conf->vrid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int vrrp_socket_bind(int fd, const struct vrrp_instance_conf *conf)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, conf->interface,
			  (socklen_t)strlen(conf->interface) + 1);
}

static int vrrp_socket_join(int fd, struct in_addr group, unsigned ifindex)
{
	struct ip_mreqn request = { .imr_multiaddr = group, .imr_ifindex = (int)ifindex };
	int no = 0;

	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &no, sizeof(no)) < 0)
		return -1;
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &no, sizeof(no));
}

static int vrrp_socket_prepare(int fd, const struct vrrp_instance_conf *conf, struct in_addr group,
			       unsigned ifindex)
{
	int yes = 1, priority = SOCKET_PRIORITY;

	if (vrrp_socket_filter(fd, conf) < 0 || vrrp_socket_bind(fd, conf) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &yes, sizeof(yes)) < 0)
		return -errno;
	if (conf->unicast_peer_count == 0 && vrrp_socket_join(fd, group, ifindex) < 0)
		return -errno;
	/* Best effort: only the order of queueing on the way out. */
	setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	return 0;
}

int vrrp_socket_open(const struct vrrp_instance_conf *conf, struct in_addr group, unsigned ifindex)
{
	int protocol = conf->auth == VRRP_AUTH_AH ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL;
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -errno;
	int error = vrrp_socket_prepare(fd, conf, group, ifindex);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}
