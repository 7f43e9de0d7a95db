/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/hash.h - the hash functions of `hash-type` (configuration manual 4.2).
 *
 * sdbm, djb2, crc32 and avalanche are the well-known functions. wt6 is known
 * by its purpose only, so ours is another function with the same aim: to mind
 * the input and the number of servers less.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lb/algo.h"

/* What `hash-type` may name; each ends in .word NULL. */
extern const struct conf_choice lb_hash_methods[];	/* enum lb_hash_type */
extern const struct conf_choice lb_hash_functions[];	/* enum lb_hash_function */

/* LB_HASH_NONE counts as sdbm, the default. */
uint32_t lb_hash(enum lb_hash_function function, const void *key, size_t len);

/* Bob Jenkins' full avalanche of 4 bytes: every input bit changes every output bit. */
uint32_t lb_hash_avalanche(uint32_t hash);

/* 64 bits from 64 bits, all of them mixed. */
uint64_t lb_hash_mix(uint64_t value);

/*
 * `balance source`: the address as a number, its 32-bit words combined by XOR,
 * so that neighbouring clients go to different servers.
 */
uint32_t lb_hash_source(const void *key, size_t len);
