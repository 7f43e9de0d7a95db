/* SPDX-License-Identifier: Apache-2.0 */
/* base/ip.h - an IPv4 or IPv6 address without a port. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ip {
	uint8_t family;		/* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16];	/* network order; AF_INET uses the first 4, the rest is 0 */
};

static inline struct ip ip_from_v4(struct in_addr from)
{
	struct ip ip = { .family = AF_INET };

	memcpy(ip.bytes, &from, sizeof(from));
	return ip;
}

static inline struct ip ip_from_v6(const struct in6_addr *from)
{
	struct ip ip = { .family = AF_INET6 };

	memcpy(ip.bytes, from, sizeof(*from));
	return ip;
}

/* Of an AF_INET address. */
static inline struct in_addr ip_v4(const struct ip *ip)
{
	struct in_addr v4;

	memcpy(&v4, ip->bytes, sizeof(v4));
	return v4;
}

/* Bytes of an address of that family: 4 or 16. */
static inline size_t ip_len(const struct ip *ip)
{
	return ip->family == AF_INET6 ? 16 : 4;
}

static inline bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* As memcmp: IPv4 before IPv6, then by value. */
static inline int ip_compare(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static inline bool ip_is_link_local(const struct ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

enum { IP_TEXT = INET6_ADDRSTRLEN };

/* "10.0.0.1", "2001:db8::1"; "-" when there is none. Returns buf. */
char *ip_text(const struct ip *ip, char buf[IP_TEXT]);

/* Reads an address of either family; false if `text` is none. */
bool ip_parse(const char *text, struct ip *ret);
