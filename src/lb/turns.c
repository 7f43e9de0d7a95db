/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/turns.c - see turns.h.
 *
 * Invariant: `now` is the latest time any server was taken at; a server that
 * is always available is due within one stride of it. A thread that has seen a
 * server as the first one due and claims its turn from that very time cannot
 * be wrong: the others' times only grow. Times wrap around and are compared by
 * their difference.
 */
#include "lb/turns.h"

#include <errno.h>

#include "lb/pick.h"

/* Virtual time between two turns of a server of weight 1. */
static const uint64_t SCALE = (uint64_t)1 << 32;
enum { WEIGHT_SCALE = 16 };		/* lb_server.weight of a configured weight of 1 */

struct turn {
	struct lb_server *server;
	_Atomic uint64_t last;		/* when it was taken last */
};

struct turns {
	size_t count;
	bool fixed;
	_Atomic uint64_t now;
	struct turn turns[];		/* by server id */
};

/* A server found by a scan. */
struct candidate {
	struct turn *turn;
	uint64_t last, due, stride;
};

static int64_t later_by(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b);
}

static uint64_t stride_of(const struct turns *turns, const struct lb_server *server,
			  uint32_t weight)
{
	if (turns->fixed)
		weight = server->uweight * WEIGHT_SCALE;
	return SCALE / (weight == 0 ? 1 : weight);
}

static void look_at(const struct turns *turns, const struct lb_request *request, struct turn *turn,
		    struct candidate *best)
{
	struct candidate it = { .turn = turn };
	uint32_t weight, active;

	if (!lb_open_for_work(turn->server, &weight) || !lb_has_place(turn->server, &active))
		return;
	it.stride = stride_of(turns, turn->server, weight);
	it.last = atomic_load(&turn->last);
	it.due = it.last + it.stride;
	if (best->turn != NULL && later_by(it.due, best->due) >= 0)
		return;
	if (lb_accepted(request, turn->server))
		*best = it;
}

static void advance_now(struct turns *turns, uint64_t to)
{
	uint64_t now = atomic_load(&turns->now);

	while (later_by(to, now) > 0 && !atomic_compare_exchange_weak(&turns->now, &now, to))
		;
}

/* False when another thread took this turn. */
static bool take_turn(struct turns *turns, struct candidate *it, uint64_t now)
{
	uint64_t at = it->due;

	/* At most one turn is made up for. */
	if (later_by(now - it->stride, at) > 0)
		at = now - it->stride;
	if (!atomic_compare_exchange_strong(&it->turn->last, &it->last, at))
		return false;
	advance_now(turns, at);
	return true;
}

struct lb_server *turns_pick(struct turns *turns, const struct lb_request *request)
{
	for (;;) {
		struct candidate best = { 0 };
		uint64_t now = atomic_load(&turns->now);

		for (size_t i = 0; i < turns->count; i++)
			look_at(turns, request, &turns->turns[i], &best);
		if (best.turn == NULL)
			return NULL;
		if (take_turn(turns, &best, now) && lb_claim(best.turn->server))
			return best.turn->server;
	}
}

/* After a very long absence the time of the last turn must not look like the future. */
void turns_changed(struct turns *turns, struct lb_server *server)
{
	uint64_t now = atomic_load(&turns->now);
	struct turn *turn = &turns->turns[server->id];
	int64_t ago = later_by(now, atomic_load(&turn->last));

	if (ago > 2 * (int64_t)SCALE || ago < -2 * (int64_t)SCALE)
		atomic_store(&turn->last, now);
}

int turns_open(struct lb_server *const *servers, size_t count, bool fixed,
	       struct turns **ret_turns)
{
	struct turns *turns = malloc(sizeof(*turns) + count * sizeof(turns->turns[0]));

	if (turns == NULL)
		return -ENOMEM;
	turns->count = count;
	turns->fixed = fixed;
	atomic_init(&turns->now, 2 * SCALE);
	for (size_t i = 0; i < count; i++) {
		uint32_t weight = servers[i]->uweight * WEIGHT_SCALE;

		turns->turns[i].server = servers[i];
		/*
		 * Half a stride before the first turn: light servers
		 * come between the heavy ones' turns.
		 */
		atomic_init(&turns->turns[i].last,
			    2 * SCALE - stride_of(turns, servers[i], weight) / 2);
	}
	*ret_turns = turns;
	return 0;
}

void turns_close(struct turns *turns)
{
	free(turns);
}
