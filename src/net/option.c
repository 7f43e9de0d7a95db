/* SPDX-License-Identifier: Apache-2.0 */
/* net/option.c - see option.h. */
#include "net/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

int net_option_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

int net_option_interface(int fd, const char *interface, const char **ret_why)
{
	socklen_t len = (socklen_t)strlen(interface);

	*ret_why = "cannot bind to the interface";
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, len) < 0 ? -errno : 0;
}

int net_option_keepalive(int fd, const struct net_keepalive *conf)
{
	const int values[][2] = {
		{ TCP_KEEPCNT, (int)conf->probes },
		{ TCP_KEEPIDLE, (int)conf->idle_s },
		{ TCP_KEEPINTVL, (int)conf->interval_s },
	};
	int error;

	if (!conf->on)
		return 0;
	error = net_option_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	for (unsigned i = 0; error == 0 && i < ARRAY_LEN(values); i++)
		if (values[i][1] != 0)
			error = net_option_int(fd, IPPROTO_TCP, values[i][0], values[i][1]);
	return error;
}

int net_option_set(int fd, int family, const struct net_option_conf *conf, const char **ret_why)
{
	int error = 0;

	if (family == AF_UNIX)
		return 0;
	if (conf->interface != NULL)
		error = net_option_interface(fd, conf->interface, ret_why);
	if (error == 0) {
		*ret_why = "cannot enable keep-alive";
		error = net_option_keepalive(fd, &conf->keepalive);
	}
	if (error == 0 && conf->mss != 0) {
		*ret_why = "cannot set the MSS";
		error = net_option_int(fd, IPPROTO_TCP, TCP_MAXSEG, (int)conf->mss);
	}
	if (error == 0 && conf->tcp_user_timeout_ms != 0) {
		*ret_why = "cannot set the TCP user timeout";
		error = net_option_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
				       (int)conf->tcp_user_timeout_ms);
	}
	if (error == 0) {
		*ret_why = conf->probe ? "cannot set TCP_QUICKACK" : "cannot set TCP_NODELAY";
		error = net_option_int(fd, IPPROTO_TCP,
				       conf->probe ? TCP_QUICKACK : TCP_NODELAY, !conf->probe);
	}
	return error;
}

void net_silence(int fd)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	/*
	 * With CAP_NET_ADMIN the kernel forgets the connection;
	 * else its reset dies on the next hop.
	 */
	if (net_option_int(fd, IPPROTO_TCP, TCP_REPAIR, 1) == 0)
		return;
	setsockopt(fd, IPPROTO_IP, IP_TTL, &(int){ 1 }, sizeof(int));
	setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &(int){ 1 }, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void net_set_tos(int fd, int tos)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (fd <= 0 || getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return;
	if (own.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	if (own.ss_family == AF_INET || own.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}

void net_set_mark(int fd, uint32_t mark)
{
	if (fd > 0)
		setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}
