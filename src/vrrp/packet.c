/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet.c - see packet.h.
 *
 *   0               20                       44                52
 *   | IP, TTL 255   | AH (only with AH)      | VRRP header      | addresses | 8 bytes |
 *
 * The integrity check value covers the IP header with its mutable fields
 * zeroed, the AH with the value itself zeroed, and the VRRP message. For
 * unicast the TTL counts as mutable; for multicast it is 255 on arrival and
 * Keepalived keeps it in.
 */
#include "vrrp/packet.h"

#include <errno.h>
#include <string.h>

#include "base/digest.h"

enum {
	PACKET_TTL = 255,
	PACKET_TOS = 0xc0,
	PACKET_ICV = 12,	/* HMAC-MD5-96, RFC 2403 */
	PACKET_ICV_OFFSET = 12, /* in the AH */
	PACKET_AH_WORDS = 4,	/* length of the AH in 32-bit words, minus 2 (RFC 2402, 2.2) */
	PACKET_MD5 = 16,
	PACKET_TYPE_ADVERT = 1,
};

static const char *const packet_refusals[VRRP_REFUSALS] = {
	[VRRP_ACCEPTED] = "accepted",
	[VRRP_REFUSED_SHORT] = "it is cut short",
	[VRRP_REFUSED_IP_HEADER] = "its IP header is malformed",
	[VRRP_REFUSED_FRAGMENT] = "it is a fragment",
	[VRRP_REFUSED_PROTOCOL] = "it is of another IP protocol",
	[VRRP_REFUSED_TTL] = "its TTL is not 255",
	[VRRP_REFUSED_DESTINATION] = "its destination does not fit (multicast against unicast)",
	[VRRP_REFUSED_SENDER] = "the sender is not a unicast_peer",
	[VRRP_REFUSED_AH_HEADER] = "its authentication header is malformed",
	[VRRP_REFUSED_VRID] = "it is of another virtual_router_id",
	[VRRP_REFUSED_AH_ICV] = "its authentication does not match (auth_pass differs?)",
	[VRRP_REFUSED_VERSION] = "it is not VRRP version 2",
	[VRRP_REFUSED_TYPE] = "it is not an advertisement",
	[VRRP_REFUSED_LENGTH] = "its length does not fit its address count",
	[VRRP_REFUSED_CHECKSUM] = "its checksum is wrong",
	[VRRP_REFUSED_AUTH_TYPE] = "its auth_type differs",
	[VRRP_REFUSED_PASSWORD] = "its auth_pass differs",
	[VRRP_REFUSED_INTERVAL] = "its advert_int differs",
};

const char *vrrp_refusal_text(enum vrrp_refusal refusal)
{
	ASSERT(refusal < VRRP_REFUSALS);
	return packet_refusals[refusal];
}

static void packet_put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static uint16_t packet_get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static void packet_put32(uint8_t *to, uint32_t value)
{
	packet_put16(to, (uint16_t)(value >> 16));
	packet_put16(to + 2, (uint16_t)value);
}

static uint32_t packet_get32(const uint8_t *from)
{
	return (uint32_t)packet_get16(from) << 16 | packet_get16(from + 2);
}

/* RFC 1071; `len` is even in all that is summed here. 0 over a message with a right checksum. */
static uint16_t packet_checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += packet_get16(bytes + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool packet_is_multicast(struct in_addr address)
{
	return IN_MULTICAST(ntohl(address.s_addr));
}

/* The ICV of the packet, which is at most VRRP_PACKET_MAX long with an IP header of 20 bytes. */
static int packet_icv(const uint8_t *packet, size_t len, bool multicast, const uint8_t *key,
		      uint8_t ret[DIGEST_MAX])
{
	uint8_t copy[VRRP_PACKET_MAX];
	size_t made;

	memcpy(copy, packet, len);
	copy[1] = 0;		    /* TOS */
	memset(copy + 6, 0, 2);	    /* flags and fragment offset */
	if (!multicast)
		copy[8] = 0;	    /* TTL */
	memset(copy + 10, 0, 2);    /* header checksum */
	memset(copy + VRRP_IP_HEADER + PACKET_ICV_OFFSET, 0, PACKET_ICV);
	made = digest_hmac("MD5", (struct slice){ (const char *)key, VRRP_AUTH_DATA },
			   (struct slice){ (const char *)copy, len }, ret);
	return made == PACKET_MD5 ? 0 : -ENOTSUP;
}

static void packet_put_ip(uint8_t *to, const struct vrrp_advert *advert, size_t len, uint16_t ip_id)
{
	to[0] = 4 << 4 | VRRP_IP_HEADER / 4;
	to[1] = PACKET_TOS;
	packet_put16(to + 2, (uint16_t)len);
	packet_put16(to + 4, ip_id);
	to[8] = PACKET_TTL;
	to[9] = advert->auth == VRRP_AUTH_AH ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL;
	memcpy(to + 12, &advert->source, 4);
	memcpy(to + 16, &advert->destination, 4);
	packet_put16(to + 10, packet_checksum(to, VRRP_IP_HEADER));
}

static void packet_put_ah(uint8_t *to, const struct vrrp_advert *advert)
{
	to[0] = VRRP_PROTOCOL;
	to[1] = PACKET_AH_WORDS;
	memcpy(to + 4, &advert->source, 4); /* the SPI is the source address */
	packet_put32(to + 8, advert->sequence);
}

static void packet_put_vrrp(uint8_t *to, const struct vrrp_advert *advert, const uint8_t *key,
			    size_t len)
{
	to[0] = 2 << 4 | PACKET_TYPE_ADVERT;
	to[1] = advert->vrid;
	to[2] = advert->priority;
	to[3] = (uint8_t)advert->address_count;
	to[4] = (uint8_t)advert->auth;
	to[5] = advert->interval_s;
	memcpy(to + VRRP_HEADER, advert->addresses, 4 * advert->address_count);
	if (advert->auth == VRRP_AUTH_PASS)
		memcpy(to + len - VRRP_AUTH_DATA, key, VRRP_AUTH_DATA);
	packet_put16(to + 6, packet_checksum(to, len));
}

int vrrp_packet_build(const struct vrrp_advert *advert, const uint8_t key[VRRP_AUTH_DATA],
		      uint16_t ip_id, uint8_t ret[VRRP_PACKET_MAX])
{
	size_t start = VRRP_IP_HEADER + (advert->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
	size_t vrrp_len = VRRP_HEADER + 4 * advert->address_count + VRRP_AUTH_DATA;
	size_t len = start + vrrp_len;
	uint8_t icv[DIGEST_MAX];

	ASSERT(ip_id != 0 && advert->address_count <= VRRP_ADDRESSES);
	memset(ret, 0, len);
	packet_put_ip(ret, advert, len, ip_id);
	packet_put_vrrp(ret + start, advert, key, vrrp_len);
	if (advert->auth == VRRP_AUTH_AH) {
		packet_put_ah(ret + VRRP_IP_HEADER, advert);
		int error = packet_icv(ret, len, packet_is_multicast(advert->destination), key, icv);
		if (error < 0)
			return error;
		memcpy(ret + VRRP_IP_HEADER + PACKET_ICV_OFFSET, icv, PACKET_ICV);
	}
	return (int)len;
}

static bool packet_is_peer(const struct vrrp_expect *expect, struct in_addr source)
{
	for (unsigned i = 0; i < expect->peer_count; i++)
		if (ip_v4(&expect->peers[i].ip).s_addr == source.s_addr)
			return true;
	return false;
}

/* Where it comes from and goes to (RFC 3768, 7.1: the TTL must be 255). */
static enum vrrp_refusal packet_check_path(const struct vrrp_expect *expect, const uint8_t *ip,
					   const struct vrrp_advert *advert)
{
	if (expect->peer_count != 0) {
		if (packet_is_multicast(advert->destination))
			return VRRP_REFUSED_DESTINATION;
		return packet_is_peer(expect, advert->source) ? VRRP_ACCEPTED : VRRP_REFUSED_SENDER;
	}
	if (advert->destination.s_addr != expect->group.s_addr)
		return VRRP_REFUSED_DESTINATION;
	return ip[8] == PACKET_TTL ? VRRP_ACCEPTED : VRRP_REFUSED_TTL;
}

/* IP options are refused: no sender of VRRP uses them. */
static enum vrrp_refusal packet_check_ip(const struct vrrp_expect *expect, const uint8_t *bytes,
					 size_t len, struct vrrp_advert *advert)
{
	uint8_t protocol = expect->auth == VRRP_AUTH_AH ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL;

	if (len < VRRP_IP_HEADER)
		return VRRP_REFUSED_SHORT;
	if (bytes[0] != (4 << 4 | VRRP_IP_HEADER / 4) || len > VRRP_PACKET_MAX)
		return VRRP_REFUSED_IP_HEADER;
	if (packet_get16(bytes + 2) != len)
		return packet_get16(bytes + 2) > len ? VRRP_REFUSED_SHORT : VRRP_REFUSED_IP_HEADER;
	if ((packet_get16(bytes + 6) & 0x3fff) != 0)
		return VRRP_REFUSED_FRAGMENT;
	if (bytes[9] != protocol)
		return VRRP_REFUSED_PROTOCOL;
	memcpy(&advert->source, bytes + 12, 4);
	memcpy(&advert->destination, bytes + 16, 4);
	return VRRP_ACCEPTED;
}

static enum vrrp_refusal packet_check_ah(const uint8_t *ah, size_t len, struct vrrp_advert *advert)
{
	if (len < VRRP_AH_HEADER)
		return VRRP_REFUSED_SHORT;
	if (ah[0] != VRRP_PROTOCOL || ah[1] != PACKET_AH_WORDS || packet_get16(ah + 2) != 0 ||
	    memcmp(ah + 4, &advert->source, 4) != 0)
		return VRRP_REFUSED_AH_HEADER;
	advert->sequence = packet_get32(ah + 8);
	return VRRP_ACCEPTED;
}

static enum vrrp_refusal packet_check_icv(const struct vrrp_expect *expect, const uint8_t *bytes,
					  size_t len, const struct vrrp_advert *advert)
{
	uint8_t icv[DIGEST_MAX];

	if (packet_icv(bytes, len, packet_is_multicast(advert->destination), expect->key, icv) < 0)
		return VRRP_REFUSED_AH_ICV;
	if (!digest_same(icv, bytes + VRRP_IP_HEADER + PACKET_ICV_OFFSET, PACKET_ICV))
		return VRRP_REFUSED_AH_ICV;
	return VRRP_ACCEPTED;
}

/* RFC 3768, 7.1, in its order. */
static enum vrrp_refusal packet_check_vrrp(const struct vrrp_expect *expect, const uint8_t *vrrp,
					   size_t len, struct vrrp_advert *advert)
{
	static const uint8_t nothing[VRRP_AUTH_DATA];
	const uint8_t *auth = vrrp + len - VRRP_AUTH_DATA;

	if (vrrp[0] >> 4 != 2)
		return VRRP_REFUSED_VERSION;
	if ((vrrp[0] & 0xf) != PACKET_TYPE_ADVERT)
		return VRRP_REFUSED_TYPE;
	if (len != VRRP_HEADER + 4 * (size_t)vrrp[3] + VRRP_AUTH_DATA)
		return VRRP_REFUSED_LENGTH;
	if (packet_checksum(vrrp, len) != 0)
		return VRRP_REFUSED_CHECKSUM;
	if (vrrp[4] != (uint8_t)expect->auth)
		return VRRP_REFUSED_AUTH_TYPE;
	if (expect->auth == VRRP_AUTH_PASS && !digest_same(auth, expect->key, VRRP_AUTH_DATA))
		return VRRP_REFUSED_PASSWORD;
	if (expect->auth == VRRP_AUTH_AH && memcmp(auth, nothing, VRRP_AUTH_DATA) != 0)
		return VRRP_REFUSED_AUTH_TYPE;
	if (vrrp[5] != expect->interval_s)
		return VRRP_REFUSED_INTERVAL;

	advert->vrid = vrrp[1];
	advert->priority = vrrp[2];
	advert->address_count = vrrp[3];
	advert->auth = expect->auth;
	advert->interval_s = vrrp[5];
	memcpy(advert->addresses, vrrp + VRRP_HEADER, 4 * (size_t)vrrp[3]);
	return VRRP_ACCEPTED;
}

enum vrrp_refusal vrrp_packet_parse(const struct vrrp_expect *expect, const uint8_t *bytes,
				    size_t len, struct vrrp_advert *ret)
{
	bool ah = expect->auth == VRRP_AUTH_AH;
	size_t start = VRRP_IP_HEADER + (ah ? VRRP_AH_HEADER : 0);
	struct vrrp_advert advert = { .sequence = 0 };
	enum vrrp_refusal refusal = packet_check_ip(expect, bytes, len, &advert);

	if (refusal == VRRP_ACCEPTED && ah)
		refusal = packet_check_ah(bytes + VRRP_IP_HEADER, len - VRRP_IP_HEADER, &advert);
	if (refusal == VRRP_ACCEPTED && len < start + VRRP_HEADER + VRRP_AUTH_DATA)
		refusal = VRRP_REFUSED_SHORT;
	/* Before anything that may be worth a log line: other routers on the wire are no news. */
	if (refusal == VRRP_ACCEPTED && bytes[start + 1] != expect->vrid)
		refusal = VRRP_REFUSED_VRID;
	if (refusal == VRRP_ACCEPTED)
		refusal = packet_check_path(expect, bytes, &advert);
	if (refusal == VRRP_ACCEPTED && ah)
		refusal = packet_check_icv(expect, bytes, len, &advert);
	if (refusal == VRRP_ACCEPTED)
		refusal = packet_check_vrrp(expect, bytes + start, len - start, &advert);
	if (refusal == VRRP_ACCEPTED)
		*ret = advert;
	return refusal;
}
