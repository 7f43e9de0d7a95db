/* SPDX-License-Identifier: Apache-2.0 */
/* base/hash.c - see hash.h. */
#include "base/hash.h"

#define XXH_INLINE_ALL /* no library to load */
#include <xxhash.h>
#include <zlib.h>

uint32_t hash_sdbm(const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = hash * 65599 + bytes[i];
	return hash;
}

uint32_t hash_djb2(const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint32_t hash = 5381;

	for (size_t i = 0; i < len; i++)
		hash = hash * 33 + bytes[i];
	return hash;
}

uint32_t hash_wt6(const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint64_t hash = len;

	for (size_t i = 0; i < len; i++)
		hash = hash_mix(hash << 8 ^ bytes[i]);
	return (uint32_t)(hash >> 32);
}

uint32_t hash_crc32(const void *key, size_t len)
{
	return (uint32_t)crc32_z(0, key, len);
}

uint32_t hash_crc32c(uint32_t before, const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint32_t crc = ~before;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

uint32_t hash_xxh32(const void *key, size_t len, uint32_t seed)
{
	return XXH32(key, len, seed);
}

uint64_t hash_xxh64(const void *key, size_t len, uint64_t seed)
{
	return XXH64(key, len, seed);
}

uint64_t hash_xxh3(const void *key, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(key, len, seed);
}

uint32_t hash_avalanche(uint32_t hash)
{
	hash = hash + 0x7ed55d16 + (hash << 12);
	hash = hash ^ 0xc761c23c ^ (hash >> 19);
	hash = hash + 0x165667b1 + (hash << 5);
	hash = (hash + 0xd3a2646c) ^ (hash << 9);
	hash = hash + 0xfd7046c5 + (hash << 3);
	hash = hash ^ 0xb55a4f09 ^ (hash >> 16);
	return hash + (3 * hash << 30);
}

/*
 * The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast
 * splittable pseudorandom number generators").
 */
uint64_t hash_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}
