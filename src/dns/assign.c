/* SPDX-License-Identifier: Apache-2.0 */
/* dns/assign.c - see assign.h. */
#include "dns/assign.h"

#include <string.h>

enum { HELD_MAX = 2 * DNS_RECORDS_MAX, NONE = -1 };

/* What speaks for an address, in this order. */
enum { RANK_FREE = 1, RANK_OWN = 2, RANK_NET = 4, RANK_FAMILY = 8 };

static bool assign_in_net(const struct net_endpoint *ip, const struct dns_net *net)
{
	unsigned bytes = net->bits / 8, rest = net->bits % 8;

	if (ip->family != net->ip.family || memcmp(ip->ip, net->ip.ip, bytes) != 0)
		return false;
	return rest == 0 || ((ip->ip[bytes] ^ net->ip.ip[bytes]) >> (8 - rest)) == 0;
}

static bool assign_in_some_net(const struct net_endpoint *ip, const struct dns_taker *taker)
{
	for (unsigned i = 0; i < taker->net_count; i++)
		if (assign_in_net(ip, &taker->nets[i]))
			return true;
	return false;
}

static int assign_find(const struct net_endpoint *ip, const struct dns_record *records,
		       unsigned count)
{
	for (unsigned i = 0; ip->family != AF_UNSPEC && i < count; i++)
		if (net_endpoint_same_ip(&records[i].where, ip))
			return (int)i;
	return NONE;
}

static unsigned assign_rank(const struct dns_taker *taker, const struct net_endpoint *ip, bool own,
			    bool is_free)
{
	return (ip->family == taker->prefer ? RANK_FAMILY : 0) |
	       (assign_in_some_net(ip, taker) ? RANK_NET : 0) | (own ? RANK_OWN : 0) |
	       (is_free ? RANK_FREE : 0);
}

/* The record it gets, or NONE. held: by how many others, for each record. */
static int assign_choose(const struct dns_taker *taker, int own, const struct dns_record *records,
			 unsigned count, const uint16_t *held)
{
	unsigned best_rank = 0;
	int best = NONE;

	for (unsigned i = 0; i < count; i++) {
		unsigned rank;

		if (held[i] != 0 && !taker->shares && (int)i != own)
			continue;
		rank = assign_rank(taker, &records[i].where, (int)i == own, held[i] == 0);
		if (best != NONE &&
		    (rank < best_rank || (rank == best_rank && held[i] >= held[best])))
			continue;
		best = (int)i;
		best_rank = rank;
	}
	return best;
}

void dns_assign(struct dns_taker *takers, unsigned count, const struct dns_record *records,
		unsigned record_count)
{
	bool owned[HELD_MAX] = { false };
	uint16_t held[HELD_MAX] = { 0 };

	if (record_count > HELD_MAX)
		record_count = HELD_MAX;
	/* Of those who share with nobody, the second at an address loses it. */
	for (unsigned i = 0; i < count; i++) {
		int own = assign_find(&takers[i].where, records, record_count);

		if (own == NONE || (owned[own] && !takers[i].shares)) {
			takers[i].where.family = AF_UNSPEC;
			continue;
		}
		owned[own] |= !takers[i].shares;
		held[own]++;
	}
	for (unsigned i = 0; i < count; i++) {
		int own = assign_find(&takers[i].where, records, record_count), gets;

		if (own != NONE)
			held[own]--;
		gets = assign_choose(&takers[i], own, records, record_count, held);
		if (gets == NONE) {
			takers[i].where = (struct net_endpoint){ 0 };
			continue;
		}
		held[gets]++;
		takers[i].where = records[gets].where;
	}
}

/* ---- services ---- */

static bool assign_is(const struct dns_place *place, const struct dns_record *record)
{
	return place->port == record->where.port && strcmp(place->target, record->target) == 0;
}

static bool assign_stays(struct dns_place *places, unsigned count, const struct dns_record *record)
{
	for (unsigned i = 0; i < count; i++)
		if (places[i].record == NULL && assign_is(&places[i], record)) {
			places[i].record = record;
			return true;
		}
	return false;
}

static struct dns_place *assign_free(struct dns_place *places, unsigned count, bool was_free)
{
	for (unsigned i = 0; i < count; i++)
		if (places[i].record == NULL && (places[i].target[0] == '\0') == was_free)
			return &places[i];
	return NULL;
}

/* The first of those that have no place yet; the lowest priority value comes first. */
static int assign_next(const struct dns_record *records, unsigned count, const bool *placed)
{
	int next = NONE;

	for (unsigned i = 0; i < count; i++)
		if (!placed[i] && (next == NONE || records[i].priority < records[next].priority))
			next = (int)i;
	return next;
}

void dns_assign_services(struct dns_place *places, unsigned count,
			 const struct dns_record *records, unsigned record_count)
{
	bool placed[HELD_MAX] = { false };
	struct dns_place *place;
	int next;

	if (record_count > HELD_MAX)
		record_count = HELD_MAX;
	for (unsigned i = 0; i < count; i++)
		places[i].record = NULL;
	for (unsigned i = 0; i < record_count; i++)
		placed[i] = assign_stays(places, count, &records[i]);
	while ((next = assign_next(records, record_count, placed)) != NONE) {
		place = assign_free(places, count, true);
		if (place == NULL)
			place = assign_free(places, count, false);
		if (place == NULL)
			return;
		place->record = &records[next];
		placed[next] = true;
	}
}

uint32_t dns_weight(uint16_t weight)
{
	return (weight + 255u) / 256;
}
