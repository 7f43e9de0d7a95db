/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/bfd_packet.h - the BFD control packet (RFC 5880, 4.1), without
 * authentication. Bytes in, struct out, and back; no socket.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BFD_PACKET = 24 };	/* bytes without authentication */

enum bfd_state { BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP };	/* as on the wire */

enum bfd_diagnostic {		/* as on the wire; those that we give */
	BFD_DIAG_NONE = 0,
	BFD_DIAG_EXPIRED = 1,	/* detection time */
	BFD_DIAG_NEIGHBOR = 3,	/* it signaled Down */
	BFD_DIAG_ADMIN = 7,
};

struct bfd_packet {
	uint8_t diagnostic;	/* 0..31, any */
	enum bfd_state state;
	bool poll, final;
	bool demand;
	uint8_t multiplier;
	uint32_t mine, yours;	/* discriminators of the sender */
	uint32_t min_tx_us, min_rx_us, min_echo_us;
};

enum bfd_verdict {
	BFD_ACCEPTED,
	BFD_TOO_SHORT,
	BFD_BAD_VERSION,
	BFD_BAD_LENGTH,
	BFD_AUTHENTICATED,	/* we have no keys */
	BFD_BAD_MULTIPLIER,
	BFD_MULTIPOINT,
	BFD_NO_DISCRIMINATOR,	/* the sender's */
	BFD_NOT_ADDRESSED,	/* to no session of ours, in a state that needs one */
};

/* RFC 5880, 6.8.6, as far as no session is needed. *ret_packet is untouched unless accepted. */
enum bfd_verdict bfd_packet_parse(const uint8_t *bytes, size_t len, struct bfd_packet *ret_packet);

void bfd_packet_build(const struct bfd_packet *packet, uint8_t ret_bytes[BFD_PACKET]);

/* For people: "version is not 1". */
const char *bfd_verdict_text(enum bfd_verdict verdict);
const char *bfd_state_name(enum bfd_state state);
const char *bfd_diagnostic_text(uint8_t diagnostic);
