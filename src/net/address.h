/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/address.h - addresses as HAProxy's configuration writes them
 * (configuration manual 11 "Address formats" and `bind`, `server`), and a
 * compact form for streams and logs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "conf/keyword.h"

/* An endpoint in 20 bytes: what a stream keeps of its peers. */
struct net_endpoint {
	uint8_t family;		/* AF_INET, AF_INET6, AF_UNIX, or AF_UNSPEC (0): unknown */
	uint16_t port;		/* host byte order; AF_UNIX: 0 */
	uint8_t ip[16];		/* network order; AF_INET uses the first 4 */
};

/* A full socket address, as configuration and bind/connect need it. */
struct net_address {
	struct sockaddr_storage storage;
	socklen_t len;		/* 0: none */
	int fd;			/* fd@N: the descriptor; otherwise -1 */
};

void net_endpoint_from_sockaddr(struct net_endpoint *ret, const struct sockaddr *from);
socklen_t net_endpoint_to_sockaddr(const struct net_endpoint *from, struct sockaddr_storage *ret);

/* The same IP address; ports do not matter. */
bool net_endpoint_same_ip(const struct net_endpoint *a, const struct net_endpoint *b);

/* "10.0.0.1", "2001:db8::1", "unix", "-" when unknown: the address without port. Returns buf. */
enum { NET_TEXT = 64 };
char *net_endpoint_text(const struct net_endpoint *endpoint, char buf[NET_TEXT]);
/* Of 4 or 16 bytes, by the family. */
char *net_ip_text(int family, const uint8_t *ip, char buf[NET_TEXT]);
/*
 * "10.0.0.1:80", "[2001:db8::1]:80", "/run/x.sock", "@abstract", "fd@3", "-" when there is
 * none; without a port "10.0.0.1" and "2001:db8::1". Returns buf.
 */
enum { NET_ADDRESS_TEXT = 128 };
char *net_address_text(const struct net_address *address, char buf[NET_ADDRESS_TEXT]);
uint16_t net_address_port(const struct net_address *address);
void net_address_set_port(struct net_address *address, uint16_t port);

enum net_parse_flags {
	NET_NEED_PORT = 1 << 0,
	NET_PORT_RANGE = 1 << 1,	/* "80-90" may follow the colon (bind) */
	NET_PORT_OFFSET = 1 << 2,	/* "+8000", "-8000" (server) */
	NET_NO_PORT = 1 << 3,
	NET_ANY = 1 << 4,		/* "*" and "" mean any IPv4 address */
	NET_NAMES = 1 << 5,		/* host names are resolved now (getaddrinfo) */
	NET_FD = 1 << 6,		/* fd@N, sockpair@N */
	NET_UNIX = 1 << 7,		/* unix@path, abns@name, /path */
	NET_STREAM = 1 << 8,		/* udp@ and the other datagram prefixes are refused */
	NET_KEEP_NAME = 1 << 9,		/* with NET_NAMES: a host name is not resolved but told */
};

struct net_parsed {
	struct net_address address;
	uint16_t port_low, port_high;	/* 0, 0: none given */
	int port_offset;		/* with NET_PORT_OFFSET and sign given; else 0 */
	bool port_relative;
	int type;			/* SOCK_STREAM (tcp@) or SOCK_DGRAM
					 * (udp@) if forced; else 0 */
	bool sockpair;			/* sockpair@N, the descriptor in address.fd */
	int family;			/* that the prefix forces; AF_UNSPEC: none */
	char name[256];			/* with NET_KEEP_NAME, "": there was
					 * none; address.len is 0 then */
	char why[160];			/* where *ret_why may point to */
};

/*
 * Parses one address (no comma lists). address.len is 0 for fd@N and sockpair@N.
 * The port stands after the last colon, so an IPv6 address without brackets
 * has one unless it cannot be split so. A port of 0 is as none. On failure
 * false, and *ret_why says what is wrong ("missing port", "no such host: x
 * (Name or service not known)") in static memory or in ret->why.
 */
bool net_address_parse(const char *text, unsigned flags, struct net_parsed *ret,
		       const char **ret_why);

/*
 * Asks the C library for the first address of `name`, which
 * may take its time. False: why is said.
 */
bool net_resolve(const char *name, int family, struct net_address *ret, char *ret_why, size_t size);
