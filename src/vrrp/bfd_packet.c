/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/bfd_packet.c - see bfd_packet.h. */
#include "vrrp/bfd_packet.h"

#include "base/macros.h"

enum {
	PACKET_VERSION = 1,
	PACKET_POLL = 0x20,
	PACKET_FINAL = 0x10,
	PACKET_AUTHENTICATED = 0x04,
	PACKET_DEMAND = 0x02,
	PACKET_MULTIPOINT = 0x01,
};

static uint32_t packet_get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void packet_put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static void packet_read(const uint8_t *bytes, struct bfd_packet *packet)
{
	*packet = (struct bfd_packet){
		.diagnostic = bytes[0] & 0x1f,
		.state = (enum bfd_state)(bytes[1] >> 6),
		.poll = (bytes[1] & PACKET_POLL) != 0,
		.final = (bytes[1] & PACKET_FINAL) != 0,
		.demand = (bytes[1] & PACKET_DEMAND) != 0,
		.multiplier = bytes[2],
		.mine = packet_get32(bytes + 4),
		.yours = packet_get32(bytes + 8),
		.min_tx_us = packet_get32(bytes + 12),
		.min_rx_us = packet_get32(bytes + 16),
		.min_echo_us = packet_get32(bytes + 20),
	};
}

enum bfd_verdict bfd_packet_parse(const uint8_t *bytes, size_t len, struct bfd_packet *ret_packet)
{
	struct bfd_packet packet;

	if (len < BFD_PACKET)
		return BFD_TOO_SHORT;
	if (bytes[0] >> 5 != PACKET_VERSION)
		return BFD_BAD_VERSION;
	if ((bytes[1] & PACKET_AUTHENTICATED) != 0)
		return BFD_AUTHENTICATED;
	if (bytes[3] < BFD_PACKET || bytes[3] > len)
		return BFD_BAD_LENGTH;
	packet_read(bytes, &packet);
	if (packet.multiplier == 0)
		return BFD_BAD_MULTIPLIER;
	if ((bytes[1] & PACKET_MULTIPOINT) != 0)
		return BFD_MULTIPOINT;
	if (packet.mine == 0)
		return BFD_NO_DISCRIMINATOR;
	if (packet.yours == 0 && packet.state != BFD_DOWN && packet.state != BFD_ADMIN_DOWN)
		return BFD_NOT_ADDRESSED;
	*ret_packet = packet;
	return BFD_ACCEPTED;
}

void bfd_packet_build(const struct bfd_packet *packet, uint8_t ret_bytes[BFD_PACKET])
{
	ret_bytes[0] = (uint8_t)(PACKET_VERSION << 5 | (packet->diagnostic & 0x1f));
	ret_bytes[1] = (uint8_t)((unsigned)packet->state << 6 | (packet->poll ? PACKET_POLL : 0) |
				 (packet->final ? PACKET_FINAL : 0) |
				 (packet->demand ? PACKET_DEMAND : 0));
	ret_bytes[2] = packet->multiplier;
	ret_bytes[3] = BFD_PACKET;
	packet_put32(ret_bytes + 4, packet->mine);
	packet_put32(ret_bytes + 8, packet->yours);
	packet_put32(ret_bytes + 12, packet->min_tx_us);
	packet_put32(ret_bytes + 16, packet->min_rx_us);
	packet_put32(ret_bytes + 20, packet->min_echo_us);
}

const char *bfd_verdict_text(enum bfd_verdict verdict)
{
	static const char *const texts[] = {
		[BFD_ACCEPTED] = "accepted",
		[BFD_TOO_SHORT] = "shorter than a control packet",
		[BFD_BAD_VERSION] = "version is not 1",
		[BFD_BAD_LENGTH] = "its length field is wrong",
		[BFD_AUTHENTICATED] = "it is authenticated, and no key is configured",
		[BFD_BAD_MULTIPLIER] = "detection multiplier is 0",
		[BFD_MULTIPOINT] = "the multipoint bit is set",
		[BFD_NO_DISCRIMINATOR] = "the sender's discriminator is 0",
		[BFD_NOT_ADDRESSED] = "it names no session",
	};

	return texts[verdict];
}

const char *bfd_state_name(enum bfd_state state)
{
	static const char *const names[] = { "AdminDown", "Down", "Init", "Up" };

	return names[state];
}

const char *bfd_diagnostic_text(uint8_t diagnostic)
{
	static const char *const texts[] = {
		"no diagnostic", "control detection time expired", "echo function failed",
		"neighbor signaled session down", "forwarding plane reset", "path down",
		"concatenated path down", "administratively down",
		"reverse concatenated path down",
	};

	return diagnostic < ARRAY_LEN(texts) ? texts[diagnostic] : "unknown diagnostic";
}
