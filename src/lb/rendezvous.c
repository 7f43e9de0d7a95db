/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/rendezvous.c - see rendezvous.h.
 *
 * With u uniform in (0, 1), -log(u) / weight is smallest for a server with
 * probability weight / sum of weights. Fixed point instead of libm: machines of
 * a pair must agree to the last bit.
 */
#include "lb/rendezvous.h"

#include "base/hash.h"
#include "lb/bound.h"
#include "lb/pick.h"

enum { FRACTION = 24 };

struct candidate {
	struct lb_server *server;
	uint32_t active, weight;
	uint64_t cost;			/* -log2(u), to be divided by the weight */
};

/*
 * -log2(u / 2^32), u > 0, by log2(m) = 2 / ln 2 * (z + z^3/3 + z^5/5 + ...) with
 * z = (m - 1) / (m + 1) for the mantissa 1 <= m < 2, so z < 1/3. Six terms are
 * right to four units of the last binary digit.
 */
static uint64_t minus_log2(uint32_t u)
{
	static const uint64_t one = (uint64_t)1 << 32;
	static const uint64_t two_by_ln2 = 1549082005; /* 2.885390..., in units of 2^-29 */
	unsigned shift = (unsigned)__builtin_clz(u);
	uint64_t mantissa = (uint64_t)u << shift; /* in units of 2^-31 */
	uint64_t z = ((mantissa - (one >> 1)) << 32) / (mantissa + (one >> 1));
	uint64_t zz = z * z >> 32;
	uint64_t sum = one / 11;

	for (unsigned odd = 9; odd > 1; odd -= 2)
		sum = one / odd + (zz * sum >> 32);
	sum = z + (z * (zz * sum >> 32) >> 32);
	return ((uint64_t)(shift + 1) << FRACTION) - (sum * two_by_ln2 >> (32 + 29 - FRACTION));
}

static uint64_t cost_of(uint32_t hash, const struct lb_server *server)
{
	uint64_t mixed = hash_mix((uint64_t)server->hash_id << 32 | hash);

	return minus_log2((uint32_t)(mixed >> 32) | 1);
}

static void look_at(const struct lb_request *request, struct lb_server *server, uint32_t hash,
		    const struct lb_bound *bound, struct candidate *best)
{
	struct candidate it = { .server = server };

	if (!lb_open_for_work(server, &it.weight) || !lb_has_place(server, &it.active) ||
	    !lb_bound_allows(bound, it.active, it.weight))
		return;
	it.cost = cost_of(hash, server);
	if (best->server != NULL && it.cost * best->weight >= best->cost * it.weight)
		return;
	if (lb_accepted(request, server))
		*best = it;
}

static struct candidate look_at_all(struct lb_server *const *servers, size_t count, uint32_t hash,
				    const struct lb_bound *bound, const struct lb_request *request)
{
	struct candidate best = { 0 };

	for (size_t i = 0; i < count; i++)
		look_at(request, servers[i], hash, bound, &best);
	return best;
}

struct lb_server *lb_rendezvous_pick(struct lb_server *const *servers, size_t count, uint32_t hash,
				     uint32_t factor, const struct lb_request *request)
{
	for (;;) {
		struct lb_bound bound = { 0 };
		struct candidate best;

		if (factor != 0)
			lb_bound_measure(&bound, factor, servers, count);
		best = look_at_all(servers, count, hash, &bound, request);
		if (best.server == NULL && factor != 0)
			best = look_at_all(servers, count, hash, &(struct lb_bound){ 0 }, request);
		if (best.server == NULL)
			return NULL;
		/* A bound was judged by a count, so the claim must be from that count. */
		if (factor != 0 ? lb_claim_from(best.server, best.active) : lb_claim(best.server))
			return best.server;
	}
}
