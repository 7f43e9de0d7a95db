/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet.h - the advertisement on the wire: VRRPv2 (RFC 3768), alone or
 * inside an authentication header (RFC 2402 with HMAC-MD5-96, RFC 2403), and
 * VRRPv3 (RFC 5798) over IPv4 and IPv6, each with a trailer that signs it if
 * auth_hmac is on.
 *
 * With IPv4 the bytes begin with the IP header, as a raw socket sends and
 * receives them; with IPv6 they begin with VRRP, and what the header said
 * comes beside them.
 *
 * Pure: bytes in, struct out, and back. No clock, no socket; whether a
 * sequence number is fresh is the machine's business (vrrp/machine.h), and
 * whether a signed one was seen before that of vrrp/packet_hmac.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"
#include "vrrp/conf.h"

enum {
	VRRP_PROTOCOL = 112,
	VRRP_AH_PROTOCOL = 51,
	VRRP_IP_HEADER = 20,
	VRRP_AH_HEADER = 24,
	VRRP_HEADER = 8,
	VRRP_AUTH_DATA = 8,	/* version 2 ends in them */
	VRRP_HMAC_TRAILER = 28,
	VRRP_ADDRESSES = 255,	/* the count is one byte */
	VRRP_TTL = 255,
	VRRP_MESSAGE_MAX = VRRP_HEADER + 16 * VRRP_ADDRESSES + VRRP_AUTH_DATA,
	VRRP_PACKET_MAX = VRRP_IP_HEADER + VRRP_AH_HEADER + VRRP_MESSAGE_MAX + VRRP_HMAC_TRAILER,
};

/* What the checksum covers. Version 2: the message alone, whatever this says; IPv6: PSEUDO. */
enum vrrp_sum {
	VRRP_SUM_PSEUDO,	/* a pseudo-header and the message (RFC 5798, 5.2.8) */
	VRRP_SUM_OLD,	/* unicast: as if sent to the group (Keepalived until 1.3.6) */
	VRRP_SUM_ALONE,	/* the message alone (v3_checksum_as_v2) */
};

/* What the advertisements of an instance look like: ours are built so, others' must be so. */
struct vrrp_form {
	uint8_t version;		/* 2 or 3 */
	uint8_t family;			/* AF_INET6 with version 3 only */
	uint8_t vrid;
	enum vrrp_auth auth;		/* version 3: none */
	uint8_t key[VRRP_AUTH_DATA];	/* auth_pass padded with zeros */
	uint64_t interval_us;		/* version 2: theirs must be the same */
	struct ip group;		/* where multicast must go to; also in VRRP_SUM_OLD */
	const struct vrrp_peer_conf *peers; /* unicast (borrowed) */
	unsigned peer_count;		/* 0: multicast */
	bool check_source;		/* unicast: only peers may send */
	uint8_t ttl;			/* of unicast that we send */
	bool accept_alone, accept_old;	/* checksums beside PSEUDO */
	const struct vrrp_hmac_conf *hmac; /* borrowed; NULL: off */
};

/* What one advertisement says. */
struct vrrp_advert {
	struct ip source, destination;
	uint8_t priority;		/* 0: the sender gives up */
	uint64_t interval_us;		/* v2: whole seconds, 1..255; v3: 10 ms to 40.95 s */
	uint32_t sequence;		/* AH only */
	uint64_t stamp;			/* of auth_hmac (packet_hmac.h); 0: not signed */
	enum vrrp_sum checksum;
	unsigned address_count;		/* 0..VRRP_ADDRESSES */
	uint8_t addresses[16 * VRRP_ADDRESSES]; /* of 4 or 16 bytes each, one after the other */
};

/* One packet as it came from the socket. */
struct vrrp_packet {
	const uint8_t *bytes;
	size_t len;
	uint64_t wall_us;		/* now, by the wall clock; for auth_hmac only */
	struct ip source, destination;	/* IPv6 only */
	int hop_limit;			/* IPv6 only; -1: not known */
};

enum vrrp_refusal {
	VRRP_ACCEPTED,
	VRRP_REFUSED_SHORT,
	VRRP_REFUSED_IP_HEADER,
	VRRP_REFUSED_FRAGMENT,
	VRRP_REFUSED_PROTOCOL,
	VRRP_REFUSED_TTL,
	VRRP_REFUSED_PEER_TTL,
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
	VRRP_REFUSED_UNSIGNED,
	VRRP_REFUSED_TRAILER,
	VRRP_REFUSED_KEY,
	VRRP_REFUSED_HMAC,
	VRRP_REFUSED_TIME,
	VRRP_REFUSED_REPLAY,	/* never of vrrp_packet_parse: see packet_hmac.h */
	VRRP_REFUSALS,
};

/* "the checksum is wrong": ends "advert from X ignored: ". */
const char *vrrp_refusal_text(enum vrrp_refusal refusal);

/*
 * Writes the packet into `ret` and returns its length in bytes. `ip_id` goes
 * into an IPv4 header and must not be 0 there (the kernel would fill it in
 * after the ICV was made). An advertisement with a stamp is signed with the
 * active key of form->hmac. -ENOTSUP when libcrypto has no MD5 or SHA-256.
 */
int vrrp_packet_build(const struct vrrp_form *form, const struct vrrp_advert *advert,
		      uint16_t ip_id, uint8_t ret[VRRP_PACKET_MAX]) MUST_CHECK;

/* Fills in *ret only when it returns VRRP_ACCEPTED. */
enum vrrp_refusal vrrp_packet_parse(const struct vrrp_form *form, const struct vrrp_packet *packet,
				    struct vrrp_advert *ret) MUST_CHECK;

/* The sender, also of a packet that is refused; family 0 if it is too short to have one. */
struct ip vrrp_packet_source(const struct vrrp_form *form, const struct vrrp_packet *packet);

/* The VRID of a packet that was refused as VRRP_REFUSED_VRID. */
uint8_t vrrp_packet_vrid(const struct vrrp_form *form, const struct vrrp_packet *packet);
