/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/packet_outer.c - see packet_outer.h. */
#include "vrrp/packet_outer.h"

#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "vrrp/packet_bytes.h"

enum {
	OUTER_TOS = 0xc0,
	OUTER_ICV = 12,		/* HMAC-MD5-96, RFC 2403 */
	OUTER_ICV_OFFSET = 12,	/* in the AH */
	OUTER_AH_WORDS = 4,	/* length of the AH in 32-bit words, minus 2 (RFC 2402, 2.2) */
	OUTER_MD5 = 16,
	OUTER_VERSION = 4 << 4 | VRRP_IP_HEADER / 4,
};

size_t packet_outer_len(const struct vrrp_form *form)
{
	if (form->family == AF_INET6)
		return 0;
	return VRRP_IP_HEADER + (form->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
}

bool packet_is_multicast(const struct ip *ip)
{
	return ip->family == AF_INET6 ? ip->bytes[0] == 0xff : (ip->bytes[0] & 0xf0) == 0xe0;
}

/* The ICV of the packet, which is at most VRRP_PACKET_MAX long with an IP header of 20 bytes. */
static int packet_outer_icv(const struct vrrp_form *form, const uint8_t *packet, size_t len,
			    uint8_t ret[DIGEST_MAX])
{
	uint8_t copy[VRRP_PACKET_MAX];
	size_t made;

	memcpy(copy, packet, len);
	copy[1] = 0;		    /* TOS */
	memset(copy + 6, 0, 2);	    /* flags and fragment offset */
	if ((packet[16] & 0xf0) != 0xe0)
		copy[8] = 0;	    /* TTL */
	memset(copy + 10, 0, 2);    /* header checksum */
	memset(copy + VRRP_IP_HEADER + OUTER_ICV_OFFSET, 0, OUTER_ICV);
	made = digest_hmac("MD5", (struct slice){ (const char *)form->key, VRRP_AUTH_DATA },
			   (struct slice){ (const char *)copy, len }, ret);
	return made == OUTER_MD5 ? 0 : -ENOTSUP;
}

static void packet_outer_put_ip(const struct vrrp_form *form, const struct vrrp_advert *advert,
				uint8_t *to, size_t len, uint16_t ip_id)
{
	to[0] = OUTER_VERSION;
	to[1] = OUTER_TOS;
	packet_put16(to + 2, (uint16_t)len);
	packet_put16(to + 4, ip_id);
	to[8] = form->peer_count != 0 ? form->ttl : VRRP_TTL;
	to[9] = form->auth == VRRP_AUTH_AH ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL;
	memcpy(to + 12, advert->source.bytes, 4);
	memcpy(to + 16, advert->destination.bytes, 4);
	packet_put16(to + 10, packet_fold(packet_sum(0, to, VRRP_IP_HEADER)));
}

int packet_outer_put(const struct vrrp_form *form, const struct vrrp_advert *advert, uint16_t ip_id,
		     uint8_t *packet, size_t len)
{
	uint8_t *ah = packet + VRRP_IP_HEADER;
	uint8_t icv[DIGEST_MAX];

	packet_outer_put_ip(form, advert, packet, len, ip_id);
	if (form->auth != VRRP_AUTH_AH)
		return 0;
	ah[0] = VRRP_PROTOCOL;
	ah[1] = OUTER_AH_WORDS;
	memcpy(ah + 4, advert->source.bytes, 4); /* the SPI is the source address */
	packet_put32(ah + 8, advert->sequence);
	int error = packet_outer_icv(form, packet, len, icv);
	if (error == 0)
		memcpy(ah + OUTER_ICV_OFFSET, icv, OUTER_ICV);
	return error;
}

static enum vrrp_refusal packet_outer_check_ah(const uint8_t *ah, size_t len,
					       struct vrrp_advert *advert)
{
	if (len < VRRP_AH_HEADER)
		return VRRP_REFUSED_SHORT;
	if (ah[0] != VRRP_PROTOCOL || ah[1] != OUTER_AH_WORDS || packet_get16(ah + 2) != 0 ||
	    memcmp(ah + 4, advert->source.bytes, 4) != 0)
		return VRRP_REFUSED_AH_HEADER;
	advert->sequence = packet_get32(ah + 8);
	return VRRP_ACCEPTED;
}

/* IP options are refused: no sender of VRRP uses them. */
enum vrrp_refusal packet_outer_check(const struct vrrp_form *form, const uint8_t *packet,
				     size_t len, struct vrrp_advert *advert)
{
	bool ah = form->auth == VRRP_AUTH_AH;

	if (len < VRRP_IP_HEADER)
		return VRRP_REFUSED_SHORT;
	if (packet[0] != OUTER_VERSION || len > VRRP_PACKET_MAX)
		return VRRP_REFUSED_IP_HEADER;
	if (packet_get16(packet + 2) != len)
		return packet_get16(packet + 2) > len ? VRRP_REFUSED_SHORT : VRRP_REFUSED_IP_HEADER;
	if ((packet_get16(packet + 6) & 0x3fff) != 0)
		return VRRP_REFUSED_FRAGMENT;
	if (packet[9] != (ah ? VRRP_AH_PROTOCOL : VRRP_PROTOCOL))
		return VRRP_REFUSED_PROTOCOL;
	advert->source.family = advert->destination.family = AF_INET;
	memcpy(advert->source.bytes, packet + 12, 4);
	memcpy(advert->destination.bytes, packet + 16, 4);
	if (!ah)
		return VRRP_ACCEPTED;
	return packet_outer_check_ah(packet + VRRP_IP_HEADER, len - VRRP_IP_HEADER, advert);
}

enum vrrp_refusal packet_outer_check_icv(const struct vrrp_form *form, const uint8_t *packet,
					 size_t len)
{
	uint8_t icv[DIGEST_MAX];

	if (packet_outer_icv(form, packet, len, icv) < 0 ||
	    !digest_same(icv, packet + VRRP_IP_HEADER + OUTER_ICV_OFFSET, OUTER_ICV))
		return VRRP_REFUSED_AH_ICV;
	return VRRP_ACCEPTED;
}
