/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/latency.h - how long requests took, as a histogram: four buckets to
 * each doubling, so that a percentile is within a tenth of the truth.
 *
 * Each thread has one of its own for each frontend and backend, beside its
 * counters and by the same rule: only its thread writes it, anybody reads.
 * Buckets count for ever; who wants the last second's takes a difference.
 *
 * In mode http it is the time from a request's head to its response's head; in
 * mode tcp that from accept to the connection to a server.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
	LATENCY_ORDER_MIN = 4,	/* 16 us are added, so that nothing is below it */
	LATENCY_BUCKETS = 96,	/* the last begins at 3.9 min */
};

struct latency {
	_Alignas(64) _Atomic uint32_t bucket[LATENCY_BUCKETS];
};

static inline unsigned latency_bucket(uint64_t us)
{
	uint64_t most = (1u << 28) - 1, moved = us + (1u << LATENCY_ORDER_MIN);
	uint64_t value = moved > most ? most : moved;
	unsigned order = 63 - (unsigned)__builtin_clzll(value);

	/* The value's three highest bits are 4 to 7. */
	return (order - LATENCY_ORDER_MIN - 1) * 4 + (unsigned)(value >> (order - 2));
}

static inline void latency_count(struct latency *latency, unsigned bucket)
{
	uint32_t old = atomic_load_explicit(&latency->bucket[bucket], memory_order_relaxed);

	atomic_store_explicit(&latency->bucket[bucket], old + 1, memory_order_relaxed);
}

/* The sum over `threads` shares, which wraps. */
void latency_total(const struct latency *shares, unsigned threads, uint32_t ret[LATENCY_BUCKETS]);

/* The microseconds that `percent` of what is counted in `counts` did not exceed; 0: nothing is. */
uint32_t latency_percentile(const uint32_t counts[LATENCY_BUCKETS], unsigned percent);
