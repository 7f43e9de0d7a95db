/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a raw socket gives them. The first byte chooses what is expected;
 * its top bit has the checksum put right, so that mutations get past it. What
 * is accepted must be built again to the same VRRP message.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fix_checksum(uint8_t *vrrp, size_t len)
{
	uint32_t sum = 0;

	vrrp[6] = vrrp[7] = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)vrrp[i] << 8 | vrrp[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	vrrp[6] = (uint8_t)(~sum >> 8);
	vrrp[7] = (uint8_t)~sum;
}

static void check_round_trip(const struct vrrp_expect *expect, const struct vrrp_advert *advert,
			     const uint8_t *packet, size_t len)
{
	size_t start = VRRP_IP_HEADER + (expect->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
	uint8_t built[VRRP_PACKET_MAX];
	int made = vrrp_packet_build(advert, expect->key, 1, built);

	ASSERT(made == (int)len);
	if (expect->auth != VRRP_AUTH_NONE) /* without, the 8 bytes may be anything */
		ASSERT(memcmp(built + start, packet + start, len - start) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vrrp_peer_conf peer = {
		.ip = ip_from_v4((struct in_addr){ htonl(0x0a010114) }),
	};
	struct vrrp_expect expect = { .vrid = 51, .interval_s = 1, .key = "PASSWORD",
				      .group = { htonl(0xe0000012) }, .peers = &peer };
	struct vrrp_advert advert;

	if (size == 0)
		return 0;
	expect.auth = (enum vrrp_auth)(data[0] % 3);
	expect.peer_count = data[0] & 0x40 ? 1 : 0;
	/* Exactly as long as it is, so that the sanitizer sees each byte too many. */
	uint8_t *packet = malloc(size);
	ASSERT(packet != NULL);
	memcpy(packet, data + 1, size - 1);
	if (data[0] & 0x80 && size > 1 + 36)
		fix_checksum(packet + 20, size - 1 - 20);
	uint8_t *exact = realloc(packet, size - 1 == 0 ? 1 : size - 1);
	ASSERT(exact != NULL);
	if (vrrp_packet_parse(&expect, exact, size - 1, &advert) == VRRP_ACCEPTED)
		check_round_trip(&expect, &advert, exact, size - 1);
	free(exact);
	return 0;
}
