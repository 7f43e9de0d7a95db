/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/latency.c - see latency.h: what readers need. */
#include "proxy/latency.h"

#include <string.h>

void latency_total(const struct latency *shares, unsigned threads, uint32_t ret[LATENCY_BUCKETS])
{
	memset(ret, 0, LATENCY_BUCKETS * sizeof(ret[0]));
	for (unsigned t = 0; t < threads; t++)
		for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
			ret[i] += atomic_load_explicit(&shares[t].bucket[i], memory_order_relaxed);
}

/* Where a bucket begins. */
static double bucket_start(unsigned bucket)
{
	unsigned moved = (4 + bucket % 4) << (LATENCY_ORDER_MIN + bucket / 4 - 2);

	return moved - (1u << LATENCY_ORDER_MIN);
}

uint32_t latency_percentile(const uint32_t counts[LATENCY_BUCKETS], unsigned percent)
{
	uint64_t total = 0, before = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		total += counts[i];
	double rank = (double)total * percent / 100;
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		if (counts[i] != 0 && (double)(before + counts[i]) >= rank) {
			/* As if those of a bucket were spread evenly over it. */
			double part = (rank - (double)before) / counts[i];
			double us = bucket_start(i) +
				    part * (bucket_start(i + 1) - bucket_start(i));

			return us < 1 ? 1 : (uint32_t)us;
		}
		before += counts[i];
	}
	return 0;
}
