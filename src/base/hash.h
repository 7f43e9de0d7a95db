/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/hash.h - hash functions that scatter keys and keep no secrets (those
 * that do are in base/digest.h). Pure.
 *
 * sdbm, djb2, crc32, crc32c, avalanche and the xxh family are the well-known
 * functions. wt6 is known by its purpose only, so ours is another function
 * with the same aim: to mind the input and the number of servers less.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint32_t hash_sdbm(const void *key, size_t len);
uint32_t hash_djb2(const void *key, size_t len);
uint32_t hash_wt6(const void *key, size_t len);
uint32_t hash_crc32(const void *key, size_t len);  /* of Ethernet and gzip */

/* RFC 9260, appendix A. In one piece, or in several: each takes what the last gave, the first 0. */
uint32_t hash_crc32c(uint32_t before, const void *key, size_t len);

uint32_t hash_xxh32(const void *key, size_t len, uint32_t seed);
uint64_t hash_xxh64(const void *key, size_t len, uint64_t seed);
uint64_t hash_xxh3(const void *key, size_t len, uint64_t seed);

/*
 * Bob Jenkins' full avalanche of 4 bytes: every input bit changes every output
 * bit. As HAProxy's, it adds three times the two lowest bits to the highest.
 */
uint32_t hash_avalanche(uint32_t hash);

/* 64 bits from 64 bits, all of them mixed. */
uint64_t hash_mix(uint64_t value);
