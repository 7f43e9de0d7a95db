/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet.h - the VRRPv2 advertisement on the wire (RFC 3768), alone or
 * inside an authentication header (RFC 2402 with HMAC-MD5-96, RFC 2403), with
 * the IPv4 header that a raw socket sends and receives.
 *
 * Pure: bytes in, struct out, and back. No clock, no socket; whether a
 * sequence number is fresh is the machine's business (vrrp/machine.h).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "vrrp/conf.h"

enum {
	VRRP_PROTOCOL = 112,
	VRRP_AH_PROTOCOL = 51,
	VRRP_IP_HEADER = 20,
	VRRP_AH_HEADER = 24,
	VRRP_HEADER = 8,
	VRRP_AUTH_DATA = 8,
	VRRP_ADDRESSES = 255, /* the count is one byte */
	VRRP_PACKET_MAX =
		VRRP_IP_HEADER + VRRP_AH_HEADER + VRRP_HEADER + 4 * VRRP_ADDRESSES + VRRP_AUTH_DATA,
};

/* What one advertisement says. */
struct vrrp_advert {
	struct in_addr source, destination;
	uint8_t vrid;
	uint8_t priority;		/* 0: the sender gives up */
	uint8_t interval_s;		/* 1..255 */
	enum vrrp_auth auth;
	uint32_t sequence;		/* AH only */
	unsigned address_count;		/* 0..VRRP_ADDRESSES */
	struct in_addr addresses[VRRP_ADDRESSES];
};

/* What a received advertisement must agree with. */
struct vrrp_expect {
	uint8_t vrid;
	uint8_t interval_s;
	enum vrrp_auth auth;
	uint8_t key[VRRP_AUTH_DATA];	/* auth_pass padded with zeros */
	struct in_addr group;		/* where multicast must go to */
	const struct vrrp_peer_conf *peers; /* unicast: the only senders allowed (borrowed) */
	unsigned peer_count;		/* 0: multicast */
};

enum vrrp_refusal {
	VRRP_ACCEPTED,
	VRRP_REFUSED_SHORT,
	VRRP_REFUSED_IP_HEADER,
	VRRP_REFUSED_FRAGMENT,
	VRRP_REFUSED_PROTOCOL,
	VRRP_REFUSED_TTL,
	VRRP_REFUSED_DESTINATION,
	VRRP_REFUSED_SENDER,
	VRRP_REFUSED_AH_HEADER,
	VRRP_REFUSED_VRID,
	VRRP_REFUSED_AH_ICV,
	VRRP_REFUSED_VERSION,
	VRRP_REFUSED_TYPE,
	VRRP_REFUSED_LENGTH,
	VRRP_REFUSED_CHECKSUM,
	VRRP_REFUSED_AUTH_TYPE,
	VRRP_REFUSED_PASSWORD,
	VRRP_REFUSED_INTERVAL,
	VRRP_REFUSALS,
};

/* "the checksum is wrong": ends "advert from X ignored: ". */
const char *vrrp_refusal_text(enum vrrp_refusal refusal);

/*
 * Writes the whole IPv4 packet into `ret` and returns its length in bytes.
 * `ip_id` must not be 0 (the kernel would fill it in after the ICV was made).
 * With AH, -ENOTSUP when libcrypto has no MD5.
 */
int vrrp_packet_build(const struct vrrp_advert *advert, const uint8_t key[VRRP_AUTH_DATA],
		      uint16_t ip_id, uint8_t ret[VRRP_PACKET_MAX]) MUST_CHECK;

/*
 * Reads one packet as a raw socket gives it, from its IP header on. Fills in
 * *ret only when it returns VRRP_ACCEPTED.
 */
enum vrrp_refusal vrrp_packet_parse(const struct vrrp_expect *expect, const uint8_t *bytes,
				    size_t len, struct vrrp_advert *ret) MUST_CHECK;
