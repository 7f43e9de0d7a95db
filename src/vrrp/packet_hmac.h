/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/packet_hmac.h - the trailer of auth_hmac, which signs an advertisement
 * (Keepalived 2.4.2 and newer):
 *
 *   0 type 1   1 key id   2 0 0   4 seconds   8 subsecond   10 counter   12 code
 *
 * The code is HMAC-SHA256 cut to 16 bytes, of {4 or 6, version, VRID, 0},
 * the source padded to 16 bytes, the message with its checksum zeroed, the
 * trailer's first 12 bytes and 16 zeros.
 *
 * A stamp is the seconds since 1970, the subsecond in 1/65536 s and the
 * counter as one number, so that stamps of a sender compare by age.
 */
#pragma once

#include "vrrp/packet.h"

enum {
	VRRP_HMAC_WINDOW_US = 5 * 1000 * 1000, /* the least time_window */
	VRRP_REPLAY_SENDERS = 8,
};

/* The stamp of our next advertisement: of now, and above `last`, whatever the clock did. */
uint64_t vrrp_hmac_stamp(uint64_t wall_us, uint64_t last);

/* Whether a node of this mode signs what it sends. */
bool vrrp_hmac_signs(const struct vrrp_hmac_conf *conf);

/* Whether a trailer may come. */
bool packet_hmac_is_on(const struct vrrp_hmac_conf *conf);

/* The newest stamp of each sender. Zeroed: none. */
struct vrrp_replay {
	struct {
		struct ip source;
		uint64_t stamp;
	} seen[VRRP_REPLAY_SENDERS];
};

/* For an authentic advertisement, with anti_replay: false if it is not newer than the last. */
bool vrrp_replay_check(struct vrrp_replay *replay, const struct ip *source, uint64_t stamp);

/* For vrrp/packet.c: signs the message with the active key, behind it. 0 or -ENOTSUP. */
int packet_hmac_put(const struct vrrp_form *form, const struct vrrp_advert *advert,
		    uint8_t *message, size_t len) MUST_CHECK;

/* For vrrp/packet.c: a message of `message_len` bytes of `len`; the rest is a trailer, or none. */
enum vrrp_refusal packet_hmac_check(const struct vrrp_form *form, const struct vrrp_packet *packet,
				    const uint8_t *message, size_t message_len, size_t len,
				    struct vrrp_advert *advert) MUST_CHECK;
