/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/histogram.c - see histogram.h. */
#include "analyse/histogram.h"

#include <stdlib.h>

#include "base/macros.h"

enum { VALUE_BITS = 31 };

static size_t slots(unsigned precision)
{
	size_t half = (size_t)1 << (precision - 1);

	return 2 * half + (VALUE_BITS - precision) * half;
}

static size_t slot_of(unsigned precision, uint32_t value)
{
	size_t half = (size_t)1 << (precision - 1);

	if (value < 2 * half)
		return value;
	unsigned shift = 32 - (unsigned)__builtin_clz(value) - precision;
	return half * shift + (value >> shift);
}

/* The smallest value of a slot. */
static uint32_t value_of(unsigned precision, size_t slot)
{
	size_t half = (size_t)1 << (precision - 1);

	if (slot < 2 * half)
		return (uint32_t)slot;
	unsigned shift = (unsigned)(slot / half - 1);
	return (uint32_t)(slot - half * shift) << shift;
}

void histogram_free(struct histogram *histogram)
{
	free(histogram->counts);
	histogram->counts = NULL;
}

void histogram_add(struct histogram *histogram, int32_t value)
{
	uint32_t bounded = value < 0 ? 0 : (uint32_t)value;

	if (histogram->counts == NULL) {
		histogram->counts = calloc(slots(histogram->precision), sizeof(*histogram->counts));
		ASSERT(histogram->counts != NULL);
	}
	histogram->counts[slot_of(histogram->precision, bounded)]++;
	histogram->total++;
	if (bounded > histogram->largest)
		histogram->largest = bounded;
}

uint32_t histogram_ranked(const struct histogram *histogram, uint64_t rank)
{
	uint64_t seen = 0;

	if (rank == 0 || histogram->total == 0)
		return 0;
	if (rank >= histogram->total)
		return histogram->largest;
	for (size_t slot = 0; slot < slots(histogram->precision); slot++) {
		seen += histogram->counts[slot];
		if (seen >= rank)
			return value_of(histogram->precision, slot);
	}
	return histogram->largest;
}

uint32_t histogram_percentile(const struct histogram *histogram, double percent)
{
	double rank = (double)histogram->total * percent / 100;
	uint64_t whole = (uint64_t)rank;

	return histogram_ranked(histogram, whole < rank ? whole + 1 : whole);
}

bool histogram_next(const struct histogram *histogram, struct histogram_slot *slot)
{
	unsigned precision = histogram->precision;

	if (histogram->counts == NULL)
		return false;
	while (slot->next < slots(precision)) {
		size_t at = slot->next++;

		if (histogram->counts[at] == 0)
			continue;
		slot->value = value_of(precision, at);
		slot->width = value_of(precision, at + 1) - slot->value;
		slot->count = histogram->counts[at];
		return true;
	}
	return false;
}
