/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/address_parse.c - addresses as configuration writes them (configuration
 * manual 11): PREFIX@HOST:PORT, each part optional where the flags say so.
 */
#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "net/address.h"

enum { HOST_MAX = 255 };

/* What may stand before the `@` (configuration manual 11.1 to 11.3). */
static const struct prefix {
	const char *word;
	int family;			/* AF_UNSPEC: either IP family */
	int type;			/* SOCK_...; 0: not forced */
	bool descriptor, abstract, sockpair;
} prefixes[] = {
	{ .word = "abns@", .family = AF_UNIX, .abstract = true },
	{ .word = "fd@", .descriptor = true },
	{ .word = "ip@" },
	{ .word = "ipv4@", .family = AF_INET },
	{ .word = "ipv6@", .family = AF_INET6 },
	{ .word = "sockpair@", .descriptor = true, .sockpair = true },
	{ .word = "tcp4@", .family = AF_INET, .type = SOCK_STREAM },
	{ .word = "tcp6@", .family = AF_INET6, .type = SOCK_STREAM },
	{ .word = "tcp@", .type = SOCK_STREAM },
	{ .word = "udp4@", .family = AF_INET, .type = SOCK_DGRAM },
	{ .word = "udp6@", .family = AF_INET6, .type = SOCK_DGRAM },
	{ .word = "udp@", .type = SOCK_DGRAM },
	{ .word = "unix@", .family = AF_UNIX },
	{ .word = "uxdg@", .family = AF_UNIX, .type = SOCK_DGRAM },
	{ .word = "uxst@", .family = AF_UNIX, .type = SOCK_STREAM },
	{ .word = "" },
};

struct input {
	unsigned flags;
	struct prefix prefix;
	const char *host;
	size_t host_len;
	bool bracketed;
	const char *port;		/* after the colon; NULL: no colon */
};

static bool starts(const char *text, const char *head)
{
	return strncmp(text, head, strlen(head)) == 0;
}

/* "stream+" and "dgram+" force the type before a family prefix (manual 11.2). */
static const char *parse_prefix(const char *text, struct prefix *ret_prefix)
{
	const struct prefix *row = prefixes;
	int type = 0;

	if (starts(text, "stream+"))
		type = SOCK_STREAM;
	else if (starts(text, "dgram+"))
		type = SOCK_DGRAM;
	if (type != 0)
		text = strchr(text, '+') + 1;
	while (!starts(text, row->word))
		row++;
	*ret_prefix = *row;
	if (type != 0)
		ret_prefix->type = type;
	if (row->word[0] == '\0' && text[0] == '/')
		ret_prefix->family = AF_UNIX;
	return text + strlen(row->word);
}

static const char *parse_descriptor(const struct input *in, const char *text,
				    struct net_parsed *ret)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (!(in->flags & NET_FD))
		return "a file descriptor is not permitted here";
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || fd > INT_MAX)
		return "the file descriptor is not a number";
	ret->address.fd = (int)fd;
	ret->sockpair = in->prefix.sockpair;
	return NULL;
}

static const char *parse_unix(const struct input *in, const char *text, struct net_parsed *ret)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&ret->address.storage;
	size_t skip = in->prefix.abstract ? 1 : 0;
	size_t len = strlen(text);

	if (!(in->flags & NET_UNIX))
		return "a unix socket is not permitted here";
	if (len == 0)
		return in->prefix.abstract ? "missing name of the socket"
					   : "missing path of the socket";
	if (len + 1 > sizeof(un->sun_path))
		return "the path of the socket is longer than 107 bytes";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path + skip, text, len);
	/* The whole length for abstract names too: HAProxy's are padded with NULs. */
	ret->address.len = sizeof(*un);
	return NULL;
}

static bool is_ip(int family, const char *text, size_t len)
{
	struct in6_addr ip;
	char host[INET6_ADDRSTRLEN];

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return inet_pton(family, host, &ip) == 1;
}

/* Cuts [HOST]:PORT or HOST:PORT. The port follows the last colon. */
static const char *split_port(struct input *in, const char *text)
{
	const char *colon, *close;
	size_t len = strlen(text);

	in->host = text;
	in->host_len = len;
	in->port = NULL;
	if (text[0] == '[') {
		close = strchr(text, ']');
		if (close == NULL)
			return "missing ']' after the address";
		if (close[1] != '\0' && close[1] != ':')
			return "only a port may follow the ']'";
		in->host = text + 1;
		in->host_len = (size_t)(close - text) - 1;
		in->bracketed = true;
		in->port = close[1] == ':' ? close + 2 : NULL;
		return NULL;
	}
	colon = strrchr(text, ':');
	if (colon == NULL)
		return NULL;
	if (is_ip(AF_INET6, text, len) &&
	    (in->flags & NET_NO_PORT || !is_ip(AF_INET6, text, (size_t)(colon - text))))
		return NULL;
	in->host_len = (size_t)(colon - text);
	in->port = colon + 1;
	return NULL;
}

/* One number of at most five digits, moving *text behind it; -1 if there is none. */
static long parse_number(const char **text)
{
	long value = 0;
	unsigned digits = 0;

	for (; **text >= '0' && **text <= '9' && digits < 6; (*text)++, digits++)
		value = value * 10 + (**text - '0');
	return digits == 0 || digits > 5 ? -1 : value;
}

static const char *port_failure(struct net_parsed *ret, const char *what, const char *port)
{
	snprintf(ret->why, sizeof(ret->why), "%s '%.40s'", what, port);
	return ret->why;
}

static const char *parse_offset(const struct input *in, struct net_parsed *ret)
{
	const char *at = in->port + 1;
	long offset = parse_number(&at);

	if (!(in->flags & NET_PORT_OFFSET))
		return "a port offset is not permitted here";
	if (offset < 0 || offset > UINT16_MAX || *at != '\0')
		return port_failure(ret, "invalid port offset", in->port);
	ret->port_offset = (int)(in->port[0] == '-' ? -offset : offset);
	ret->port_relative = true;
	return NULL;
}

static const char *parse_port(const struct input *in, struct net_parsed *ret)
{
	const char *at = in->port;
	long low, high;

	if (at == NULL || *at == '\0')
		return in->flags & NET_NEED_PORT ? "missing port" : NULL;
	if (in->flags & NET_NO_PORT)
		return "a port is not permitted here";
	if (*at == '+' || *at == '-')
		return parse_offset(in, ret);
	low = high = parse_number(&at);
	if (low >= 0 && *at == '-') {
		if (!(in->flags & NET_PORT_RANGE))
			return "a port range is not permitted here";
		at++;
		high = parse_number(&at);
	}
	if (low < 0 || high < 0 || high > UINT16_MAX || *at != '\0' ||
	    (low == 0 && (high != 0 || in->flags & NET_NEED_PORT)))
		return port_failure(ret, "invalid port", in->port);
	if (low > high)
		return port_failure(ret, "invalid port range", in->port);
	ret->port_low = (uint16_t)low;
	ret->port_high = (uint16_t)high;
	return NULL;
}

static void set_ip(struct net_parsed *ret, int family, const void *ip)
{
	struct net_endpoint endpoint = { .family = (uint8_t)family, .port = ret->port_low };

	memcpy(endpoint.ip, ip, family == AF_INET ? 4 : 16);
	ret->address.len = net_endpoint_to_sockaddr(&endpoint, &ret->address.storage);
}

bool net_resolve(const char *name, int family, struct net_address *ret, char *ret_why, size_t size)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int error = getaddrinfo(name, NULL, &hints, &found);

	if (error != 0) {
		snprintf(ret_why, size, "no such host: %.80s (%s)", name, gai_strerror(error));
		return false;
	}
	*ret = (struct net_address){ .len = found->ai_addrlen, .fd = -1 };
	memcpy(&ret->storage, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

static const char *resolve(const struct input *in, const char *host, struct net_parsed *ret)
{
	if ((in->flags & NET_KEEP_NAME) != 0) {
		strcpy(ret->name, host);
		return NULL;
	}
	if (!net_resolve(host, in->prefix.family, &ret->address, ret->why, sizeof(ret->why)))
		return ret->why;
	net_address_set_port(&ret->address, ret->port_low);
	return NULL;
}

static const char *parse_host(const struct input *in, struct net_parsed *ret)
{
	int family = in->prefix.family;
	uint8_t ip[16] = { 0 };
	char host[HOST_MAX + 1];

	if (in->host_len > HOST_MAX)
		return "the host name is longer than 255 bytes";
	memcpy(host, in->host, in->host_len);
	host[in->host_len] = '\0';
	if (host[0] == '\0' || strcmp(host, "*") == 0) {
		if (!(in->flags & NET_ANY) || in->bracketed)
			return "missing address";
		set_ip(ret, family == AF_UNSPEC ? AF_INET : family, ip);
		return NULL;
	}
	if (family != AF_INET6 && inet_pton(AF_INET, host, ip) == 1) {
		set_ip(ret, AF_INET, ip);
		return NULL;
	}
	if (family != AF_INET && inet_pton(AF_INET6, host, ip) == 1) {
		set_ip(ret, AF_INET6, ip);
		return NULL;
	}
	if (in->flags & NET_NAMES && !in->bracketed && strchr(host, ':') == NULL)
		return resolve(in, host, ret);
	snprintf(ret->why, sizeof(ret->why), "invalid %saddress '%.80s'",
		 family == AF_INET ? "IPv4 " : family == AF_INET6 ? "IPv6 " : "", host);
	return ret->why;
}

static const char *parse_ip(struct input *in, const char *text, struct net_parsed *ret)
{
	const char *why = split_port(in, text);

	if (why == NULL)
		why = parse_port(in, ret);
	if (why == NULL)
		why = parse_host(in, ret);
	return why;
}

bool net_address_parse(const char *text, unsigned flags, struct net_parsed *ret,
		       const char **ret_why)
{
	struct input in = { .flags = flags };
	const char *why;

	*ret = (struct net_parsed){ .address.fd = -1 };
	text = parse_prefix(text, &in.prefix);
	ret->type = in.prefix.type;
	ret->family = in.prefix.family;
	if (flags & NET_STREAM && in.prefix.type == SOCK_DGRAM)
		why = "a datagram address is not permitted here";
	else if (in.prefix.descriptor)
		why = parse_descriptor(&in, text, ret);
	else if (in.prefix.family == AF_UNIX)
		why = parse_unix(&in, text, ret);
	else
		why = parse_ip(&in, text, ret);
	if (why != NULL)
		*ret_why = why;
	return why == NULL;
}
