/* SPDX-License-Identifier: Apache-2.0 */
/* lb/map.c - see map.h. */
#include "lb/map.h"

#include <errno.h>

#include "base/hash.h"
#include "lb/pick.h"

enum {
	REHASHES = 8,			/* then all servers are tried in their order */
	LOOKS = 64,			/* at a table that is being changed */
};

struct member {
	struct lb_server *server;
	uint32_t weight;		/* as configured at the start */
	uint32_t share;			/* in the table under construction */
	uint32_t placed;
};

struct lb_map {
	size_t count;
	struct member *members;		/* in the order of the backend's servers */
	_Atomic uint32_t version;	/* odd: being changed */
	_Atomic uint32_t size;
	_Atomic uint32_t slots[];	/* slots[0..size): places in `members` */
};

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Who takes part and how often; returns the size of the table. */
static uint32_t share_out(struct lb_map *map)
{
	uint32_t divisor = 0, size = 0, weight;

	for (size_t i = 0; i < map->count; i++) {
		struct member *member = &map->members[i];

		member->placed = 0;
		member->share = lb_open_for_work(member->server, &weight) ? member->weight : 0;
		divisor = common_divisor(member->share, divisor);
	}
	for (size_t i = 0; i < map->count && divisor != 0; i++)
		size += map->members[i].share /= divisor;
	return size;
}

/* The nth of a server's `share` places is due at (n + 1/2) / share of the table. */
static bool due_before(const struct member *a, const struct member *b)
{
	return (2 * (uint64_t)a->placed + 1) * b->share < (2 * (uint64_t)b->placed + 1) * a->share;
}

void lb_map_rebuild(struct lb_map *map)
{
	uint32_t size;

	atomic_fetch_add(&map->version, 1);
	size = share_out(map);
	for (uint32_t slot = 0; slot < size; slot++) {
		struct member *next = NULL;

		for (size_t i = 0; i < map->count; i++) {
			struct member *member = &map->members[i];

			if (member->placed < member->share &&
			    (next == NULL || due_before(member, next)))
				next = member;
		}
		next->placed++;
		atomic_store(&map->slots[slot], (uint32_t)(next - map->members));
	}
	atomic_store(&map->size, size);
	atomic_fetch_add(&map->version, 1);
}

/* The hash's server, or NULL for an empty table. */
static struct lb_server *look_up(struct lb_map *map, uint32_t hash)
{
	struct lb_server *server = NULL;

	for (unsigned i = 0; i < LOOKS; i++) {
		uint32_t version = atomic_load(&map->version);
		uint32_t size = atomic_load(&map->size);

		/*
		 * Even a table in motion holds places of members
		 * only, and a claim asks them again.
		 */
		server = size == 0 ? NULL
				   : map->members[atomic_load(&map->slots[hash % size])].server;
		if (version % 2 == 0 && atomic_load(&map->version) == version)
			break;
	}
	return server;
}

struct lb_server *lb_map_pick(struct lb_map *map, uint32_t hash, const struct lb_request *request)
{
	uint32_t next = hash;

	for (unsigned i = 0; i <= REHASHES; i++) {
		struct lb_server *server = look_up(map, next);

		if (server != NULL && lb_take(request, server))
			return server;
		next = hash_avalanche(next + i);
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct member *member = &map->members[(next + i) % map->count];

		if (member->weight != 0 && lb_take(request, member->server))
			return member->server;
	}
	return NULL;
}

int lb_map_open(struct lb_server *const *servers, size_t count, struct lb_map **ret_map)
{
	struct lb_map *map;
	size_t capacity = 0;

	for (size_t i = 0; i < count; i++)
		capacity += servers[i]->uweight;
	map = calloc(1, sizeof(*map) + capacity * sizeof(map->slots[0]));
	if (map == NULL)
		return -ENOMEM;
	map->count = count;
	map->members = calloc(count + 1, sizeof(map->members[0]));
	if (map->members == NULL) {
		free(map);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		map->members[i].server = servers[i];
		map->members[i].weight = servers[i]->uweight;
	}
	lb_map_rebuild(map);
	*ret_map = map;
	return 0;
}

void lb_map_close(struct lb_map *map)
{
	if (map == NULL)
		return;
	free(map->members);
	free(map);
}
