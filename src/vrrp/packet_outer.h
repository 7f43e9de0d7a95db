/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet_outer.h - what is around the message with IPv4: the IP header
 * and the authentication header (RFC 2402). For vrrp/packet.c alone.
 *
 *   0               20                       44
 *   | IP            | AH (only with AH)      | VRRP message, trailer |
 *
 * The integrity check value covers the IP header with its mutable fields
 * zeroed, the AH with the value itself zeroed, and all that follows. For
 * unicast the TTL counts as mutable; for multicast it is 255 on arrival and
 * Keepalived keeps it in.
 */
#pragma once

#include "vrrp/packet.h"

/* Bytes before the message: 0 with IPv6. */
size_t packet_outer_len(const struct vrrp_form *form);

/* Headers of a packet of `len` bytes, whose message is there. 0 or -ENOTSUP. */
int packet_outer_put(const struct vrrp_form *form, const struct vrrp_advert *advert, uint16_t ip_id,
		     uint8_t *packet, size_t len) MUST_CHECK;

/* Form and length of the headers; source, destination and sequence go into *advert. */
enum vrrp_refusal packet_outer_check(const struct vrrp_form *form, const uint8_t *packet,
				     size_t len, struct vrrp_advert *advert) MUST_CHECK;

/* After packet_outer_check: whether the ICV is right. */
enum vrrp_refusal packet_outer_check_icv(const struct vrrp_form *form, const uint8_t *packet,
					 size_t len) MUST_CHECK;

/* An address that is sent to many. */
bool packet_is_multicast(const struct ip *ip);
