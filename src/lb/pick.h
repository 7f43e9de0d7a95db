/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/pick.h - what every algorithm asks of a server before it takes it. Inline:
 * a pick asks it of each server.
 *
 * Algorithms look for the best server and claim it in one atomic step from the
 * state they have seen; when another thread was faster they look again.
 */
#pragma once

#include "lb/algo.h"

/* Whether the server takes new streams at all. *ret_weight: its weight now, not 0. */
static inline bool lb_open_for_work(const struct lb_server *server, uint32_t *ret_weight)
{
	if (!atomic_load_explicit(&server->usable, memory_order_relaxed))
		return false;
	*ret_weight = atomic_load_explicit(&server->weight, memory_order_relaxed);
	return *ret_weight != 0;
}

/* *ret_active: the count from which lb_claim_from() may claim; it is below the limit. */
static inline bool lb_has_place(const struct lb_server *server, uint32_t *ret_active)
{
	uint32_t limit = atomic_load_explicit(&server->limit, memory_order_relaxed);

	*ret_active = atomic_load_explicit(&server->active, memory_order_relaxed);
	return limit == 0 || *ret_active < limit;
}

static inline bool lb_accepted(const struct lb_request *request, const struct lb_server *server)
{
	return request->accept == NULL || request->accept(request->context, server);
}

/* False when `active` is no longer what was seen. */
static inline bool lb_claim_from(struct lb_server *server, uint32_t active)
{
	return atomic_compare_exchange_strong(&server->active, &active, active + 1);
}

/* All of the above in turn. */
static inline bool lb_take(const struct lb_request *request, struct lb_server *server)
{
	uint32_t weight, active;

	return lb_open_for_work(server, &weight) && lb_has_place(server, &active) &&
	       lb_accepted(request, server) && lb_claim(server);
}
