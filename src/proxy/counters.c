/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/counters.c - see counters.h. */
#include "proxy/counters.h"

uint64_t count_total(const struct counters *shares, unsigned threads, enum counter which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < threads; i++)
		total += atomic_load_explicit(&shares[i].value[which], memory_order_relaxed);
	return total;
}

static void raise_to(_Atomic uint32_t *max, uint32_t value)
{
	uint32_t old = atomic_load_explicit(max, memory_order_relaxed);

	while (value > old && !atomic_compare_exchange_weak_explicit(max, &old, value,
								     memory_order_relaxed,
								     memory_order_relaxed))
		;
}

void load_raise_max(struct load *load, uint32_t now)
{
	raise_to(&load->max, now);
}

uint32_t load_enter(struct load *load)
{
	uint32_t now = atomic_fetch_add_explicit(&load->now, 1, memory_order_relaxed) + 1;

	raise_to(&load->max, now);
	return now;
}

void load_leave(struct load *load)
{
	atomic_fetch_sub_explicit(&load->now, 1, memory_order_relaxed);
}

static uint32_t second_of(uint64_t now_us)
{
	return (uint32_t)(now_us / 1000000);
}

void rate_count(struct rate *rate, uint64_t now_us)
{
	uint64_t second = second_of(now_us);
	uint64_t old = atomic_load_explicit(&rate->running, memory_order_relaxed);

	for (;;) {
		/* A thread that is a little behind counts into the newer second. */
		bool rolls = (uint32_t)(second - (old >> 32)) - 1 < UINT32_MAX / 2;
		uint64_t new = rolls ? (second << 32) + 1 : old + 1;

		if (atomic_compare_exchange_weak_explicit(&rate->running, &old, new,
							  memory_order_relaxed,
							  memory_order_relaxed)) {
			if (rolls)
				atomic_store_explicit(&rate->previous,
						      old >> 32 == second - 1 ? (uint32_t)old : 0,
						      memory_order_relaxed);
			raise_to(&rate->max, (uint32_t)new);
			return;
		}
	}
}

uint32_t rate_read(const struct rate *rate, uint64_t now_us)
{
	uint64_t running = atomic_load_explicit(&rate->running, memory_order_relaxed);
	uint32_t age = second_of(now_us) - (uint32_t)(running >> 32);

	if (age == 1)
		return (uint32_t)running;
	if (age != 0)
		return 0;

	/* What is left of the last second, and what came in this one. */
	uint64_t left = 1000000 - now_us % 1000000;
	uint32_t previous = atomic_load_explicit(&rate->previous, memory_order_relaxed);
	return (uint32_t)running + (uint32_t)(previous * left / 1000000);
}
