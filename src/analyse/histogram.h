/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/histogram.h - how often each time was seen, in bounded memory.
 *
 * Values below 2^precision are counted exactly; above, each power of two is
 * cut in 2^(precision-1) equal steps, so that what is read back is too small
 * by less than one part in 2^(precision-1).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram {
	uint64_t *counts; /* NULL until the first value */
	uint64_t total;
	uint32_t largest;
	unsigned precision;
};

void histogram_free(struct histogram *histogram);

/* Below 0 counts as 0. Without memory the program ends: a report that lacks values is worse. */
void histogram_add(struct histogram *histogram, int32_t value);

/* The rank-th smallest value, from 1; 0 for rank 0, the largest for ranks beyond the last. */
uint32_t histogram_ranked(const struct histogram *histogram, uint64_t rank);

/* The value that `percent` of all do not exceed. */
uint32_t histogram_percentile(const struct histogram *histogram, double percent);

struct histogram_slot {
	size_t next;	/* begins as 0 */
	uint32_t value, width;
	uint64_t count;
};

/* The next slot that is not empty, smallest values first; false after the last. */
bool histogram_next(const struct histogram *histogram, struct histogram_slot *slot);
