/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a raw socket gives them. The first byte chooses what is expected;
 * its top bit has the checksum put right and the trailer signed, so that
 * mutations get past them. What is accepted must be built again to the same
 * VRRP message.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/packet.h"
#include "vrrp/packet_hmac.h"

enum { /* bits of the first byte; the lowest two are the authentication, 3 is auth_hmac */
	FUZZ_V3 = 0x04,
	FUZZ_V6 = 0x08,
	FUZZ_OTHER_SUMS = 0x10,
	FUZZ_STRICT = 0x20,
	FUZZ_UNICAST = 0x40,
	FUZZ_FIX = 0x80,
	FUZZ_WALL_S = 1700000000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vrrp_hmac_conf hmac = {
	.mode = VRRP_HMAC_PERMISSIVE, .key = { { 1, 6, "secret" } }, .key_count = 1, .active_key = 1
};
static const struct vrrp_hmac_conf hmac_enforced = {
	.mode = VRRP_HMAC_ENFORCE, .key = { { 1, 6, "secret" } }, .key_count = 1, .active_key = 1
};

static const struct vrrp_peer_conf peers[] = {
	{ { AF_INET, { 10, 1, 1, 20 } }, 0, 255 },
	{ { AF_INET6, { 0xfe, 0x80, [15] = 1 } }, 250, 255 },
};

static struct vrrp_form fuzz_form(uint8_t what)
{
	struct vrrp_form form = {
		.version = what & (FUZZ_V3 | FUZZ_V6) ? 3 : 2,
		.family = what & FUZZ_V6 ? AF_INET6 : AF_INET,
		.vrid = 51,
		.interval_us = 1000000,
		.key = "PASSWORD",
		.peers = peers,
		.peer_count = what & FUZZ_UNICAST ? ARRAY_LEN(peers) : 0,
		.check_source = what & FUZZ_STRICT,
		.ttl = 255,
		.accept_alone = what & FUZZ_OTHER_SUMS,
		.accept_old = what & FUZZ_OTHER_SUMS,
		.group = { AF_INET, { 224, 0, 0, 18 } },
	};

	if (form.family == AF_INET6)
		form.group = (struct ip){ AF_INET6, { 0xff, 2, [15] = 0x12 } };
	if (form.version == 2)
		form.auth = (enum vrrp_auth)(what & 3) % 3;
	if ((what & 3) == 3)
		form.hmac = what & FUZZ_STRICT ? &hmac_enforced : &hmac;
	return form;
}

static size_t fuzz_start(const struct vrrp_form *form)
{
	if (form->family == AF_INET6)
		return 0;
	return VRRP_IP_HEADER + (form->auth == VRRP_AUTH_AH ? VRRP_AH_HEADER : 0);
}

static uint32_t fuzz_sum(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static void fuzz_fix(const struct vrrp_form *form, const struct vrrp_packet *packet, uint8_t *bytes)
{
	struct vrrp_advert advert = { .source = vrrp_packet_source(form, packet),
				      .stamp = (uint64_t)FUZZ_WALL_S << 32 | 5 };
	size_t start = fuzz_start(form), len = packet->len - start;
	uint8_t *vrrp = bytes + start;
	bool sign = form->hmac != NULL && len > VRRP_HEADER + VRRP_HMAC_TRAILER &&
		    len <= VRRP_MESSAGE_MAX + VRRP_HMAC_TRAILER;

	if (sign)
		len -= VRRP_HMAC_TRAILER;
	vrrp[6] = vrrp[7] = 0;
	uint32_t sum = fuzz_sum(0, vrrp, len);
	if (form->version == 3 && form->family == AF_INET)
		sum = fuzz_sum(sum, bytes + 12, 8) + VRRP_PROTOCOL + (uint32_t)len;
	if (form->family == AF_INET6)
		sum = fuzz_sum(fuzz_sum(sum, packet->source.bytes, 16), packet->destination.bytes,
			       16) + VRRP_PROTOCOL + (uint32_t)len;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	vrrp[6] = (uint8_t)(~sum >> 8);
	vrrp[7] = (uint8_t)~sum;
	if (sign)
		ASSERT(packet_hmac_put(form, &advert, vrrp, len) == 0);
}

static void check_round_trip(const struct vrrp_form *form, const struct vrrp_advert *advert,
			     const struct vrrp_packet *packet)
{
	size_t start = fuzz_start(form), len = packet->len;
	const uint8_t *vrrp = packet->bytes + start;
	uint8_t built[VRRP_PACKET_MAX];
	int made = vrrp_packet_build(form, advert, 1, built);

	ASSERT(made == (int)len);
	ASSERT(memcmp(built + start, vrrp, 4) == 0);
	/* Four bits of version 3 may be anything, and 0 has two forms in a checksum. */
	ASSERT(built[start + 5] == vrrp[5]);
	if (form->version == 2 && form->auth == VRRP_AUTH_NONE) /* the 8 bytes may be anything */
		return;
	if (form->hmac == NULL || advert->stamp == 0)
		ASSERT(memcmp(built + start + 8, vrrp + 8, len - start - 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct vrrp_form form = fuzz_form(data[0]);
	/* Exactly as long as it is, so that the sanitizer sees each byte too many. */
	uint8_t *bytes = malloc(size == 1 ? 1 : size - 1);
	struct vrrp_packet packet = {
		.bytes = bytes,
		.len = size - 1,
		.wall_us = (uint64_t)FUZZ_WALL_S * 1000000,
		.source = { AF_INET6, { 0xfe, 0x80, [15] = 1 } },
		.destination = form.group,
		.hop_limit = VRRP_TTL,
	};
	struct vrrp_advert advert;

	ASSERT(bytes != NULL);
	if (form.peer_count != 0)
		packet.destination.bytes[0] = 0xfe;
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & FUZZ_FIX && packet.len > fuzz_start(&form) + VRRP_HEADER)
		fuzz_fix(&form, &packet, bytes);
	if (vrrp_packet_parse(&form, &packet, &advert) == VRRP_ACCEPTED)
		check_round_trip(&form, &advert, &packet);
	free(bytes);
	return 0;
}
