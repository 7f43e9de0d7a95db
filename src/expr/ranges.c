/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/ranges.c - sorted, disjoint ranges of 128-bit keys.
 */
#include "expr/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static int ranges_compare_keys(const struct expr_key *a, const struct expr_key *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int ranges_compare(const void *x, const void *y)
{
	const struct expr_range *a = x;
	const struct expr_range *b = y;

	return ranges_compare_keys(&a->low, &b->low);
}

void expr_ranges_add(struct expr_ranges *set, struct arena *arena, struct expr_key low,
		     struct expr_key high)
{
	struct expr_range *range = ARENA_APPEND(arena, set->ranges, set->count);

	range->low = low;
	range->high = high;
}

void expr_ranges_close(struct expr_ranges *set)
{
	size_t kept = 0;

	if (set->count == 0)
		return;
	qsort(set->ranges, set->count, sizeof(*set->ranges), ranges_compare);
	for (size_t i = 1; i < set->count; i++) {
		struct expr_range *last = &set->ranges[kept];

		if (ranges_compare_keys(&set->ranges[i].low, &last->high) > 0)
			set->ranges[++kept] = set->ranges[i];
		else if (ranges_compare_keys(&set->ranges[i].high, &last->high) > 0)
			last->high = set->ranges[i].high;
	}
	set->count = kept + 1;
}

bool expr_ranges_has(const struct expr_ranges *set, struct expr_key key)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct expr_range *range = &set->ranges[middle];

		if (ranges_compare_keys(&key, &range->low) < 0)
			high = middle;
		else if (ranges_compare_keys(&key, &range->high) > 0)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

struct expr_key expr_key_int(int64_t value)
{
	/* The sign bit is turned over, so that negative numbers sort first. */
	uint64_t bits = (uint64_t)value ^ ((uint64_t)1 << 63);
	struct expr_key key = {{0}};

	for (unsigned i = 0; i < 8; i++)
		key.bytes[8 + i] = (uint8_t)(bits >> (56 - 8 * i));
	return key;
}

struct expr_key expr_key_ipv4(const uint8_t ip[4])
{
	struct expr_key key = {{0}};

	memcpy(key.bytes + 12, ip, 4);
	return key;
}

struct expr_key expr_key_ipv6(const uint8_t ip[16])
{
	struct expr_key key;

	memcpy(key.bytes, ip, 16);
	return key;
}

struct expr_range expr_key_network(struct expr_key key, unsigned bits)
{
	struct expr_range range = {key, key};

	for (unsigned bit = bits; bit < 128; bit++) {
		uint8_t mask = (uint8_t)(0x80u >> bit % 8);

		range.low.bytes[bit / 8] &= (uint8_t)~mask;
		range.high.bytes[bit / 8] |= mask;
	}
	return range;
}
