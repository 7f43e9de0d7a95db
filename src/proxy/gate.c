/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/gate.c - see gate.h.
 *
 * No wake-up is lost: who waits writes its bit and then reads the count, who
 * leaves writes the count and then reads the bits, both in one total order.
 */
#include "proxy/gate.h"

bool gate_enter(struct gate *gate)
{
	uint32_t now = atomic_load_explicit(&gate->load.now, memory_order_relaxed);
	uint32_t limit = atomic_load_explicit(&gate->limit, memory_order_relaxed);

	/* Never above the limit for a moment: who sees it full then could wait for nobody. */
	do {
		if (limit != 0 && now >= limit)
			return false;
	} while (!atomic_compare_exchange_weak(&gate->load.now, &now, now + 1));
	load_raise_max(&gate->load, now + 1);
	return true;
}

bool gate_wait(struct gate *gate, unsigned thread)
{
	atomic_fetch_or(&gate->waiting, UINT64_C(1) << thread);
	uint32_t limit = atomic_load(&gate->limit);
	if (limit != 0 && atomic_load(&gate->load.now) >= limit)
		return true;
	atomic_fetch_and(&gate->waiting, ~(UINT64_C(1) << thread));
	return false;
}

uint64_t gate_set_limit(struct gate *gate, uint32_t limit)
{
	atomic_store(&gate->limit, limit);
	return atomic_exchange(&gate->waiting, 0);
}

uint64_t gate_leave(struct gate *gate)
{
	atomic_fetch_sub(&gate->load.now, 1);
	if (atomic_load(&gate->waiting) == 0)
		return 0;
	return atomic_exchange(&gate->waiting, 0);
}
