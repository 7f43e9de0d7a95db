/* SPDX-License-Identifier: Apache-2.0 */
/* lb/bound.c - see bound.h. */
#include "lb/bound.h"

#include "lb/pick.h"

void lb_bound_measure(struct lb_bound *ret_bound, uint32_t factor,
		      struct lb_server *const *servers, size_t count)
{
	*ret_bound = (struct lb_bound){ .factor = factor };
	for (size_t i = 0; i < count; i++) {
		uint32_t weight;

		if (!lb_open_for_work(servers[i], &weight))
			continue;
		ret_bound->weight += weight;
		ret_bound->active += atomic_load_explicit(&servers[i]->active,
							  memory_order_relaxed);
	}
}
