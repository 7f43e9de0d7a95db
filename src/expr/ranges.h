/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/ranges.h - a set of ranges over 128-bit keys, for numbers and
 * addresses: appended, closed once, then searched in O(log n).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A key, most significant byte first, so that memcmp orders keys. */
struct expr_key {
	uint8_t bytes[16];
};

struct expr_range {
	struct expr_key low, high; /* both inside */
};

struct expr_ranges {
	struct expr_range *ranges;
	size_t count;
};

void expr_ranges_add(struct expr_ranges *set, struct arena *arena, struct expr_key low,
		     struct expr_key high);
/* Sorts and merges; must precede the first search. */
void expr_ranges_close(struct expr_ranges *set);
bool expr_ranges_has(const struct expr_ranges *set, struct expr_key key);

struct expr_key expr_key_int(int64_t value);
struct expr_key expr_key_ipv4(const uint8_t ip[4]);
struct expr_key expr_key_ipv6(const uint8_t ip[16]);
/* The first and the last key of the network that `key` is in; `bits` of 128 are fixed. */
struct expr_range expr_key_network(struct expr_key key, unsigned bits);
