/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/proxyproto.c - see proxyproto.h. Section numbers are those of
 * proxy-protocol.txt.
 */
#include "net/proxyproto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

/* 2.1: the longest header of version 1, with its CRLF. */
enum { V1_MAX = 107, V2_HEAD = 16 };

enum { COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
enum { FAMILY_UNSPEC = 0, FAMILY_INET = 1, FAMILY_INET6 = 2, FAMILY_UNIX = 3 };
enum { TRANSPORT_STREAM = 1, TRANSPORT_LAST = 2 };
enum { TLV_HEAD = 3, TLV_AUTHORITY = 2, TLV_CRC32C = 3, TLV_UNIQUE_ID = 5 };

static const uint8_t v2_signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
					  0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

/* 2.2: bytes of the address block by family. */
static const size_t v2_block[] = { [FAMILY_INET] = 12, [FAMILY_INET6] = 36, [FAMILY_UNIX] = 216 };

/* ---- version 1 ---- */

/* Copies the field up to the next space or the end; false when none is left or it is too long. */
static bool v1_field(const char **at, const char *end, char *ret_field, size_t size)
{
	size_t len = 0;

	while (*at + len < end && (*at)[len] != ' ')
		len++;
	if (len == 0 || len >= size || memchr(*at, '\0', len) != NULL)
		return false;
	memcpy(ret_field, *at, len);
	ret_field[len] = '\0';
	*at += len;
	return true;
}

static bool v1_space(const char **at, const char *end)
{
	if (*at >= end || **at != ' ')
		return false;
	(*at)++;
	return true;
}

static bool v1_port(const char **at, const char *end, uint16_t *ret_port)
{
	char field[6];
	unsigned long port = 0;

	if (!v1_field(at, end, field, sizeof(field)))
		return false;
	if (field[0] == '0' && field[1] != '\0')
		return false;
	for (const char *digit = field; *digit != '\0'; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		port = port * 10 + (unsigned long)(*digit - '0');
	}
	*ret_port = (uint16_t)port;
	return port <= UINT16_MAX;
}

static bool v1_address(const char **at, const char *end, int family, struct net_endpoint *ret)
{
	char field[INET6_ADDRSTRLEN];

	ret->family = (uint8_t)family;
	return v1_field(at, end, field, sizeof(field)) && inet_pton(family, field, ret->ip) == 1;
}

/* What is between "PROXY " and CRLF. */
static bool v1_body(const char *at, const char *end, struct proxyproto_info *ret)
{
	char word[8];
	int family;

	if (!v1_field(&at, end, word, sizeof(word)))
		return false;
	if (strcmp(word, "UNKNOWN") == 0) {
		ret->local = true;
		return at == end || *at == ' ';
	}
	if (strcmp(word, "TCP4") != 0 && strcmp(word, "TCP6") != 0)
		return false;
	family = word[3] == '4' ? AF_INET : AF_INET6;
	return v1_space(&at, end) && v1_address(&at, end, family, &ret->src) &&
	       v1_space(&at, end) && v1_address(&at, end, family, &ret->dst) &&
	       v1_space(&at, end) && v1_port(&at, end, &ret->src.port) &&
	       v1_space(&at, end) && v1_port(&at, end, &ret->dst.port) && at == end;
}

static int v1_parse(const uint8_t *bytes, size_t len, struct proxyproto_info *ret)
{
	static const char head[] = "PROXY ";
	const char *text = (const char *)bytes;
	size_t head_len = sizeof(head) - 1;
	const char *end;

	if (memcmp(text, head, len < head_len ? len : head_len) != 0)
		return -EPROTO;
	end = memmem(text, len < V1_MAX ? len : V1_MAX, "\r\n", 2);
	if (end == NULL)
		return len < V1_MAX ? 0 : -EPROTO;
	if (end < text + head_len || !v1_body(text + head_len, end, ret))
		return -EPROTO;
	return (int)(end + 2 - text);
}

static size_t v1_write(const struct proxyproto_info *info, char *text)
{
	char src[NET_TEXT], dst[NET_TEXT];

	if (info->local || info->src.family == AF_UNSPEC)
		return (size_t)snprintf(text, PROXYPROTO_V2_MAX, "PROXY UNKNOWN\r\n");
	return (size_t)snprintf(text, PROXYPROTO_V2_MAX, "PROXY TCP%d %s %s %u %u\r\n",
				info->src.family == AF_INET ? 4 : 6,
				net_endpoint_text(&info->src, src),
				net_endpoint_text(&info->dst, dst), info->src.port,
				info->dst.port);
}

/* ---- version 2 ---- */

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void write16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/* 2.2.2: over the whole header, with the field itself taken as zeros. */
static bool v2_crc_right(const uint8_t *header, size_t len, size_t field)
{
	static const uint8_t zeros[4];
	uint32_t crc = hash_crc32c(0, header, field);

	crc = hash_crc32c(crc, zeros, sizeof(zeros));
	crc = hash_crc32c(crc, header + field + 4, len - field - 4);
	return (uint32_t)read16(header + field) << 16 == (crc & 0xffff0000u) &&
	       read16(header + field + 2) == (crc & 0xffffu);
}

static struct slice v2_tlv(const uint8_t *tlv, size_t size)
{
	return (struct slice){ (const char *)tlv + TLV_HEAD, size };
}

/* Walks the TLVs in header[at..len): each must fit, and a checksum must be right. */
static bool v2_read_tlvs(const uint8_t *header, size_t len, size_t at, struct proxyproto_info *ret)
{
	bool seen_crc = false;

	while (at < len) {
		size_t size;

		if (len - at < TLV_HEAD)
			return false;
		size = read16(header + at + 1);
		if (len - at - TLV_HEAD < size)
			return false;
		if (header[at] == TLV_CRC32C) {
			/*
			 * One is enough to compute: more would be work
			 * for an attacker's pleasure.
			 */
			if (size != 4 || seen_crc || !v2_crc_right(header, len, at + TLV_HEAD))
				return false;
			seen_crc = true;
		}
		if (header[at] == TLV_AUTHORITY)
			ret->authority = v2_tlv(header + at, size);
		if (header[at] == TLV_UNIQUE_ID && size <= PROXYPROTO_ID_MAX)
			ret->unique_id = v2_tlv(header + at, size);
		at += TLV_HEAD + size;
	}
	return true;
}

static void v2_read_endpoints(const uint8_t *block, int family, size_t ip_len,
			      struct proxyproto_info *ret)
{
	ret->src.family = ret->dst.family = (uint8_t)family;
	memcpy(ret->src.ip, block, ip_len);
	memcpy(ret->dst.ip, block + ip_len, ip_len);
	ret->src.port = read16(block + 2 * ip_len);
	ret->dst.port = read16(block + 2 * ip_len + 2);
}

static int v2_parse(const uint8_t *bytes, size_t len, struct proxyproto_info *ret)
{
	unsigned command, family, transport;
	size_t total;

	if (len < V2_HEAD)
		return 0;
	command = bytes[12] & 0xfu;
	family = bytes[13] >> 4;
	transport = bytes[13] & 0xfu;
	total = V2_HEAD + (size_t)read16(bytes + 14);
	if (bytes[12] >> 4 != 2 || command > COMMAND_PROXY)
		return -EPROTO;
	if (command == COMMAND_PROXY &&
	    (family > FAMILY_UNIX || transport > TRANSPORT_LAST ||
	     total - V2_HEAD < v2_block[family]))
		return -EPROTO;
	if (len < total)
		return 0;
	ret->local = command == COMMAND_LOCAL || (family != FAMILY_INET && family != FAMILY_INET6);
	/* The block of an unknown family is opaque (2.2); the others' ends where TLVs begin. */
	if (command == COMMAND_PROXY && family != FAMILY_UNSPEC &&
	    !v2_read_tlvs(bytes, total, V2_HEAD + v2_block[family], ret))
		return -EPROTO;
	if (!ret->local)
		v2_read_endpoints(bytes + V2_HEAD, family == FAMILY_INET ? AF_INET : AF_INET6,
				  family == FAMILY_INET ? 4 : 16, ret);
	return (int)total;
}

static size_t v2_write_tlv(uint8_t *to, uint8_t type, const void *value, size_t size)
{
	to[0] = type;
	write16(to + 1, (uint16_t)size);
	memcpy(to + TLV_HEAD, value, size);
	return TLV_HEAD + size;
}

/* TLVs behind header[..len); the header's new length. The checksum is of all of it. */
static size_t v2_write_tlvs(const struct proxyproto_info *info, uint8_t *header, size_t len)
{
	static const uint8_t zeros[4];
	size_t crc_at = len + TLV_HEAD;
	uint32_t crc;

	if (info->checksum)
		len += v2_write_tlv(header + len, TLV_CRC32C, zeros, sizeof(zeros));
	if (info->authority.at != NULL && info->authority.len <= PROXYPROTO_NAME_MAX)
		len += v2_write_tlv(header + len, TLV_AUTHORITY, info->authority.at,
				    info->authority.len);
	if (info->unique_id.at != NULL && info->unique_id.len <= PROXYPROTO_ID_MAX)
		len += v2_write_tlv(header + len, TLV_UNIQUE_ID, info->unique_id.at,
				    info->unique_id.len);
	write16(header + 14, (uint16_t)(len - V2_HEAD));
	if (info->checksum) {
		crc = hash_crc32c(0, header, len);
		write16(header + crc_at, (uint16_t)(crc >> 16));
		write16(header + crc_at + 2, (uint16_t)crc);
	}
	return len;
}

static size_t v2_write(const struct proxyproto_info *info, uint8_t *bytes)
{
	bool known = !info->local && info->src.family != AF_UNSPEC;
	unsigned family = !known ? FAMILY_UNSPEC
				 : info->src.family == AF_INET ? FAMILY_INET : FAMILY_INET6;
	size_t ip_len = info->src.family == AF_INET ? 4 : 16;
	uint8_t *block = bytes + V2_HEAD;

	memcpy(bytes, v2_signature, sizeof(v2_signature));
	bytes[12] = (uint8_t)(0x20 | (info->local ? COMMAND_LOCAL : COMMAND_PROXY));
	bytes[13] = (uint8_t)(family << 4 | (known ? TRANSPORT_STREAM : 0));
	if (!known)
		return v2_write_tlvs(info, bytes, V2_HEAD);
	memcpy(block, info->src.ip, ip_len);
	memcpy(block + ip_len, info->dst.ip, ip_len);
	write16(block + 2 * ip_len, info->src.port);
	write16(block + 2 * ip_len + 2, info->dst.port);
	return v2_write_tlvs(info, bytes, V2_HEAD + v2_block[family]);
}

/* ---- both ---- */

int proxyproto_parse(const uint8_t *bytes, size_t len, struct proxyproto_info *ret)
{
	*ret = (struct proxyproto_info){ 0 };
	if (len == 0)
		return 0;
	if (bytes[0] != v2_signature[0])
		return v1_parse(bytes, len, ret);
	if (memcmp(bytes, v2_signature,
		   len < sizeof(v2_signature) ? len : sizeof(v2_signature)) != 0)
		return -EPROTO;
	return v2_parse(bytes, len, ret);
}

static void endpoint_to_v6(struct net_endpoint *endpoint)
{
	if (endpoint->family != AF_INET)
		return;
	memcpy(endpoint->ip + 12, endpoint->ip, 4);
	memset(endpoint->ip, 0, 10);
	memset(endpoint->ip + 10, 0xff, 2);
	endpoint->family = AF_INET6;
}

static bool is_ip(const struct net_endpoint *endpoint)
{
	return endpoint->family == AF_INET || endpoint->family == AF_INET6;
}

size_t proxyproto_write(unsigned version, const struct proxyproto_info *info,
			uint8_t ret_bytes[PROXYPROTO_V2_MAX])
{
	struct proxyproto_info sent = *info;

	if (!is_ip(&sent.src) || !is_ip(&sent.dst))
		sent.src.family = sent.dst.family = AF_UNSPEC;
	if (sent.src.family != sent.dst.family) {
		endpoint_to_v6(&sent.src);
		endpoint_to_v6(&sent.dst);
	}
	return version == 1 ? v1_write(&sent, (char *)ret_bytes) : v2_write(&sent, ret_bytes);
}
