/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/hash.h - the words of `hash-type` (configuration manual 4.2); the
 * functions are base/hash.h's.
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

/*
 * `balance source`: the address as a number, its 32-bit words combined by XOR,
 * so that neighbouring clients go to different servers.
 */
uint32_t lb_hash_source(const void *key, size_t len);
