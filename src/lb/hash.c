/* SPDX-License-Identifier: Apache-2.0 */
/* lb/hash.c - see hash.h. */
#include "lb/hash.h"

#include "base/hash.h"

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

uint32_t lb_hash(enum lb_hash_function function, const void *key, size_t len)
{
	switch (function) {
	case LB_HASH_DJB2:
		return hash_djb2(key, len);
	case LB_HASH_WT6:
		return hash_wt6(key, len);
	case LB_HASH_CRC32:
		return hash_crc32(key, len);
	case LB_HASH_SDBM:
	case LB_HASH_NONE:
		break;
	}
	return hash_sdbm(key, len);
}

uint32_t lb_hash_source(const void *key, size_t len)
{
	const uint8_t *bytes = key;
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash ^= (uint32_t)bytes[i] << (24 - 8 * (i % 4));
	return hash;
}
