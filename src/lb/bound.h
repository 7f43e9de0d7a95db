/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/bound.h - `hash-balance-factor`: no server's load may be beyond `factor`
 * percent of the average, weights respected (Mirrokni, Thorup, Zadimoghaddam:
 * "Consistent Hashing with Bounded Loads").
 */
#pragma once

#include "lb/algo.h"

struct lb_bound {
	uint32_t factor;		/* percent; 0: no bound */
	uint64_t active, weight;	/* of all servers open for work */
};

/* A view of the moment; `servers` is scanned. */
void lb_bound_measure(struct lb_bound *ret_bound, uint32_t factor,
		      struct lb_server *const *servers, size_t count);

/* Whether a server with `active` streams may have one more: at least one of all may. */
static inline bool lb_bound_allows(const struct lb_bound *bound, uint32_t active, uint32_t weight)
{
	return bound->factor == 0 ||
	       active * 100 * bound->weight < bound->factor * (bound->active + 1) * weight;
}
