/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/address.c - the forms addresses take in memory and in text; see
 * address.h. Reading configuration's forms is in address_parse.c.
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void net_endpoint_from_sockaddr(struct net_endpoint *ret, const struct sockaddr *from)
{
	*ret = (struct net_endpoint){ .family = (uint8_t)from->sa_family };
	switch (from->sa_family) {
	case AF_INET: {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof(in));
		memcpy(ret->ip, &in.sin_addr, 4);
		ret->port = ntohs(in.sin_port);
		break;
	}
	case AF_INET6: {
		struct sockaddr_in6 in6;

		memcpy(&in6, from, sizeof(in6));
		memcpy(ret->ip, &in6.sin6_addr, 16);
		ret->port = ntohs(in6.sin6_port);
		break;
	}
	case AF_UNIX:
		break;
	default:
		ret->family = AF_UNSPEC;
	}
}

socklen_t net_endpoint_to_sockaddr(const struct net_endpoint *from, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->ss_family = from->family;
	switch (from->family) {
	case AF_INET: {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;

		memcpy(&in->sin_addr, from->ip, 4);
		in->sin_port = htons(from->port);
		return sizeof(*in);
	}
	case AF_INET6: {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

		memcpy(&in6->sin6_addr, from->ip, 16);
		in6->sin6_port = htons(from->port);
		return sizeof(*in6);
	}
	case AF_UNIX:
		return sizeof(sa_family_t);
	default:
		return 0;
	}
}

/* In every log line and X-Forwarded-For: the C library's way is a formatted print. */
static void ipv4_text(const uint8_t ip[4], char *at)
{
	for (unsigned i = 0; i < 4; i++) {
		if (ip[i] >= 100)
			*at++ = (char)('0' + ip[i] / 100);
		if (ip[i] >= 10)
			*at++ = (char)('0' + ip[i] / 10 % 10);
		*at++ = (char)('0' + ip[i] % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
}

char *net_ip_text(int family, const uint8_t *ip, char buf[NET_TEXT])
{
	if (family == AF_INET)
		ipv4_text(ip, buf);
	else
		inet_ntop(family, ip, buf, NET_TEXT);
	return buf;
}

bool net_endpoint_same_ip(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16) == 0;
}

char *net_endpoint_text(const struct net_endpoint *endpoint, char buf[NET_TEXT])
{
	if (endpoint->family == AF_INET || endpoint->family == AF_INET6)
		net_ip_text(endpoint->family, endpoint->ip, buf);
	else
		strcpy(buf, endpoint->family == AF_UNIX ? "unix" : "-");
	return buf;
}

static char *address_text_unix(const struct net_address *address, char buf[NET_ADDRESS_TEXT])
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;
	size_t head = offsetof(struct sockaddr_un, sun_path);
	size_t size = address->len > head ? address->len - head : 0;

	if (size > 1 && un->sun_path[0] == '\0')
		snprintf(buf, NET_ADDRESS_TEXT, "@%.*s", (int)size - 1, un->sun_path + 1);
	else
		snprintf(buf, NET_ADDRESS_TEXT, "%.*s", (int)size, un->sun_path);
	return buf;
}

char *net_address_text(const struct net_address *address, char buf[NET_ADDRESS_TEXT])
{
	struct net_endpoint endpoint;
	char ip[NET_TEXT];

	if (address->len == 0) {
		snprintf(buf, NET_ADDRESS_TEXT, address->fd >= 0 ? "fd@%d" : "-", address->fd);
		return buf;
	}
	if (address->storage.ss_family == AF_UNIX)
		return address_text_unix(address, buf);
	net_endpoint_from_sockaddr(&endpoint, (const struct sockaddr *)&address->storage);
	net_endpoint_text(&endpoint, ip);
	if (endpoint.port == 0)
		snprintf(buf, NET_ADDRESS_TEXT, "%s", ip);
	else
		snprintf(buf, NET_ADDRESS_TEXT, endpoint.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			 ip, endpoint.port);
	return buf;
}

uint16_t net_address_port(const struct net_address *address)
{
	struct net_endpoint endpoint;

	net_endpoint_from_sockaddr(&endpoint, (const struct sockaddr *)&address->storage);
	return address->len == 0 ? 0 : endpoint.port;
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
	if (address->storage.ss_family == AF_INET)
		((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
	else if (address->storage.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
}
