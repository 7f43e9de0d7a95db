/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/packet_bytes.h - numbers in network order, and the Internet checksum (RFC 1071). */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void packet_put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static inline uint16_t packet_get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static inline void packet_put32(uint8_t *to, uint32_t value)
{
	packet_put16(to, (uint16_t)(value >> 16));
	packet_put16(to + 2, (uint16_t)value);
}

static inline uint32_t packet_get32(const uint8_t *from)
{
	return (uint32_t)packet_get16(from) << 16 | packet_get16(from + 2);
}

/* The sum so far with `len` bytes more, an even number of them, at most 64 KiB in all. */
static inline uint32_t packet_sum(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += packet_get16(bytes + i);
	return sum;
}

/* The checksum of a sum: 0 over a message that has a right one in it. */
static inline uint16_t packet_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
