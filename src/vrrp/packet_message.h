/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet_message.h - the VRRP message itself, of both versions. For
 * vrrp/packet.c alone.
 *
 *   version 2 (RFC 3768, 5.1)                version 3 (RFC 5798, 5.1)
 *   0 version, type   1 VRID                 0 version, type   1 VRID
 *   2 priority        3 count                2 priority        3 count
 *   4 auth type       5 seconds              4 4 bits 0, centiseconds
 *   6 checksum                               6 checksum
 *   8 addresses, 8 bytes of authentication   8 addresses
 */
#pragma once

#include "vrrp/packet.h"

/* Bytes of a message with that many addresses. */
size_t packet_message_len(const struct vrrp_form *form, unsigned address_count);

/* Writes it to zeroed bytes. Source and destination are those of the advertisement. */
void packet_message_put(const struct vrrp_form *form, const struct vrrp_advert *advert,
			uint8_t *to);

/*
 * Reads one whose first VRRP_HEADER bytes are there, in the order of RFC 3768,
 * 7.1, and RFC 5798, 7.1. Of `len` bytes it takes *ret_len; the rest is a
 * trailer of auth_hmac, or nothing.
 */
enum vrrp_refusal packet_message_read(const struct vrrp_form *form, const uint8_t *bytes,
				      size_t len, struct vrrp_advert *advert,
				      size_t *ret_len) MUST_CHECK;
