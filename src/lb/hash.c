/* SPDX-License-Identifier: Apache-2.0 */
/* lb/hash.c - see hash.h. */
#include "lb/hash.h"

#include <zlib.h>

const struct conf_choice lb_hash_methods[] = {
	{ "map-based", LB_HASH_MAP_BASED,
	  "Even and by configured weight; most keys move when a server comes or goes." },
	{ "consistent", LB_HASH_CONSISTENT,
	  "Only the keys of a server that comes or goes move; weights may change." },
	{ .word = NULL },
};

const struct conf_choice lb_hash_functions[] = {
	{ "sdbm", LB_HASH_SDBM, "Good for most keys; the default." },
	{ "djb2", LB_HASH_DJB2, "Good for text, poor for numbers." },
	{ "wt6", LB_HASH_WT6, "Minds the kind of keys and the number of servers less." },
	{ "crc32", LB_HASH_CRC32, "The CRC32 of Ethernet and gzip." },
	{ .word = NULL },
};

static uint32_t hash_sdbm(const uint8_t *key, size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = hash * 65599 + key[i];
	return hash;
}

static uint32_t hash_djb2(const uint8_t *key, size_t len)
{
	uint32_t hash = 5381;

	for (size_t i = 0; i < len; i++)
		hash = hash * 33 + key[i];
	return hash;
}

static uint32_t hash_wt6(const uint8_t *key, size_t len)
{
	uint64_t hash = len;

	for (size_t i = 0; i < len; i++)
		hash = lb_hash_mix(hash << 8 ^ key[i]);
	return (uint32_t)(hash >> 32);
}

uint32_t lb_hash(enum lb_hash_function function, const void *key, size_t len)
{
	switch (function) {
	case LB_HASH_DJB2:
		return hash_djb2(key, len);
	case LB_HASH_WT6:
		return hash_wt6(key, len);
	case LB_HASH_CRC32:
		return (uint32_t)crc32_z(0, key, len);
	case LB_HASH_SDBM:
	case LB_HASH_NONE:
		break;
	}
	return hash_sdbm(key, len);
}

uint32_t lb_hash_avalanche(uint32_t hash)
{
	hash = hash + 0x7ed55d16 + (hash << 12);
	hash = hash ^ 0xc761c23c ^ (hash >> 19);
	hash = hash + 0x165667b1 + (hash << 5);
	hash = (hash + 0xd3a2646c) ^ (hash << 9);
	hash = hash + 0xfd7046c5 + (hash << 3);
	hash = hash ^ 0xb55a4f09 ^ (hash >> 16);
	return hash;
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
uint64_t lb_hash_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

uint32_t lb_hash_source(const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash ^= (uint32_t)bytes[i] << (24 - 8 * (i % 4));
	return hash;
}
