/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/leastconn.c - `balance leastconn`.
 *
 * A server's load is (active + queued + 1) / weight: what it would be after the
 * pick. The scan begins behind the server taken last, so servers of equal load
 * take turns; it ends at one that nobody can beat, which does nothing and has
 * the greatest weight. The claim succeeds only from the count the scan has seen: two
 * threads never take one server for the same reason.
 */
#include <errno.h>

#include "lb/pick.h"

struct leastconn {
	size_t count;
	_Atomic size_t begin;		/* where the next scan begins */
	_Atomic uint32_t top_weight;	/* the greatest of all */
	struct lb_server *servers[];
};

struct candidate {
	struct lb_server *server;
	uint32_t active;
	uint64_t load, weight;
};

/* Looks at one more; true: it is taken, and no other can have less load. */
static bool look_at(const struct lb_request *request, struct lb_server *server, uint32_t top_weight,
		    struct candidate *best)
{
	struct candidate it = { .server = server };
	uint32_t weight;

	if (!lb_open_for_work(server, &weight) || !lb_has_place(server, &it.active))
		return false;
	it.weight = weight;
	it.load = (uint64_t)it.active + 1 +
		  atomic_load_explicit(&server->queued, memory_order_relaxed);
	/* Cross-multiplied: a division would round unequal loads together. */
	if (best->server != NULL && it.load * best->weight >= best->load * it.weight)
		return false;
	if (!lb_accepted(request, server))
		return false;
	*best = it;
	return it.load == 1 && weight >= top_weight;
}

static struct lb_server *leastconn_pick(void *self, const struct lb_request *request)
{
	struct leastconn *lc = self;

	for (;;) {
		struct candidate best = { 0 };
		size_t at = atomic_load_explicit(&lc->begin, memory_order_relaxed);
		uint32_t top = atomic_load_explicit(&lc->top_weight, memory_order_relaxed);

		for (size_t i = 0; i < lc->count; i++, at++)
			if (look_at(request, lc->servers[at < lc->count ? at : at - lc->count], top,
				    &best))
				break;
		if (best.server == NULL)
			return NULL;
		if (lb_claim_from(best.server, best.active)) {
			size_t next = best.server->id + 1;

			atomic_store_explicit(&lc->begin, next < lc->count ? next : 0,
					      memory_order_relaxed);
			return best.server;
		}
	}
}

static uint32_t weight_of(const struct lb_server *server)
{
	return atomic_load_explicit(&server->weight, memory_order_relaxed);
}

static uint32_t greatest_weight(const struct leastconn *lc)
{
	uint32_t top = 0;

	for (size_t i = 0; i < lc->count; i++)
		top = weight_of(lc->servers[i]) > top ? weight_of(lc->servers[i]) : top;
	return top;
}

/* Too great a top weight only makes scans longer; it must not be too small. */
static void leastconn_changed(void *self, struct lb_server *server)
{
	struct leastconn *lc = self;
	uint32_t weight = weight_of(server);

	if (weight < atomic_load_explicit(&lc->top_weight, memory_order_relaxed))
		weight = greatest_weight(lc);
	atomic_store_explicit(&lc->top_weight, weight, memory_order_relaxed);
}

static int leastconn_open(const struct lb_conf *conf, struct lb_server *const *servers,
			  size_t count, void **ret_self)
{
	struct leastconn *lc = malloc(sizeof(*lc) + count * sizeof(lc->servers[0]));

	if (lc == NULL)
		return -ENOMEM;
	lc->count = count;
	atomic_init(&lc->begin, 0);
	for (size_t i = 0; i < count; i++)
		lc->servers[i] = servers[i];
	atomic_init(&lc->top_weight, greatest_weight(lc));
	*ret_self = lc;
	return 0;
}

static void leastconn_close(void *self)
{
	free(self);
}

const struct lb_algo lb_leastconn = {
	.doc = { .name = "leastconn", .since = "0.1",
		 .summary = "Pick the server with the fewest streams per weight.",
		 .example = "balance leastconn" },
	.dynamic_weights = true,
	.open = leastconn_open,
	.close = leastconn_close,
	.pick = leastconn_pick,
	.changed = leastconn_changed,
};
