/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of 24 bytes and the time between them, to a session: what is
 * accepted is built again to the same bytes, and the session keeps its rules.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/bfd.h"

enum { STEP = 2 + BFD_PACKET };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_session(const struct bfd *bfd, const struct bfd_out *out, struct moment now)
{
	ASSERT(bfd->state <= BFD_UP);
	ASSERT(!out->send || !(out->packet.poll && out->packet.final));
	ASSERT(!out->send || out->packet.mine == bfd->mine);
	ASSERT(bfd->state != BFD_UP || bfd->expire_at.us != UINT64_MAX);
	ASSERT(!out->changed || out->before != bfd->state);
	ASSERT(moment_before(now, bfd_next_due(bfd)) || out->send || bfd->send_at.us >= now.us);
}

static void check_round_trip(const struct bfd_packet *packet, const uint8_t *bytes)
{
	uint8_t built[BFD_PACKET];
	uint8_t expected[BFD_PACKET];

	memcpy(expected, bytes, BFD_PACKET);
	expected[1] &= (uint8_t)~0x08; /* we do not say that the forwarding plane is another's */
	expected[3] = BFD_PACKET;
	bfd_packet_build(packet, built);
	ASSERT(memcmp(built, expected, BFD_PACKET) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bfd_params params = { .min_tx_us = 10000, .min_rx_us = 10000,
						  .idle_tx_us = 1000000, .multiplier = 5 };
	struct moment now = { 1 };
	struct bfd_out out;
	struct bfd bfd;

	bfd_init(&bfd, &params, 0x01020304, 1);
	bfd_start(&bfd, now, &out);
	for (; size >= 2; data += STEP, size -= STEP < size ? STEP : size) {
		size_t len = size - 2 < BFD_PACKET ? size - 2 : BFD_PACKET;
		uint8_t *exact = malloc(len == 0 ? 1 : len);
		struct bfd_packet packet;

		ASSERT(exact != NULL);
		memcpy(exact, data + 2, len);
		now = moment_after(now, (uint64_t)(data[0] << 8 | data[1]) * 100);
		bfd_tick(&bfd, now, &out);
		check_session(&bfd, &out, now);
		if (bfd_packet_parse(exact, len, &packet) == BFD_ACCEPTED) {
			check_round_trip(&packet, exact);
			bfd_receive(&bfd, now, &packet, &out);
			check_session(&bfd, &out, now);
		}
		free(exact);
		if (size < STEP)
			break;
	}
	return 0;
}
