/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/monitor.c - see monitor.h. The answer is not worth a stream: it goes
 * out with the end of the connection, whatever the client has asked.
 */
#include "proxy/monitor.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/conf.h"

/* An IPv4 client of an IPv6 socket is one, too. */
static bool client_ip4(const struct sockaddr *from, in_addr_t *ret_ip)
{
	struct net_endpoint client;

	net_endpoint_from_sockaddr(&client, from);
	if (client.family == AF_INET6 && IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)client.ip))
		memcpy(ret_ip, client.ip + 12, sizeof(*ret_ip));
	else if (client.family == AF_INET)
		memcpy(ret_ip, client.ip, sizeof(*ret_ip));
	else
		return false;
	return true;
}

static bool in_network(const struct http_except *network, const struct sockaddr *from)
{
	const struct sockaddr_in *base = (const struct sockaddr_in *)&network->network.storage;
	uint32_t mask = network->bits == 0 ? 0 : htonl(UINT32_MAX << (32 - network->bits));
	in_addr_t ip;

	return client_ip4(from, &ip) && ((ip ^ base->sin_addr.s_addr) & mask) == 0;
}

/* What has come is read, so that closing does not reset the connection before the answer is there. */
static void drain(int fd)
{
	char bytes[16384];

	recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
}

bool monitor_serve(const struct frontend_conf *conf, int fd, const struct sockaddr *from)
{
	if (!conf->health && !in_network(conf->monitor_net, from))
		return false;
	send(fd, conf->monitor_answer, strlen(conf->monitor_answer),
	     MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
	shutdown(fd, SHUT_WR);
	drain(fd);
	close(fd);
	return true;
}
