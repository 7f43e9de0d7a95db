/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/lb/farm.h - a few servers and one algorithm over them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lb/algo.h"

enum { FARM_MAX = 64, WEIGHT_SCALE = 16 };

struct farm {
	const struct lb_algo *algo;
	struct lb_conf conf;
	struct lb_server servers[FARM_MAX];
	struct lb_server *pointers[FARM_MAX];
	size_t count;
	void *self;
	uint64_t refused;		/* bit i: server i is refused by accept */
};

/* `weights` ends in -1. */
static inline void farm_open(struct farm *farm, const char *algo, const int *weights)
{
	farm->algo = lb_algo_find(algo);
	assert_non_null(farm->algo);
	for (farm->count = 0; weights[farm->count] >= 0; farm->count++) {
		struct lb_server *server = &farm->servers[farm->count];

		server->id = (uint32_t)farm->count;
		server->hash_id = server->id + 1;
		server->uweight = (uint32_t)weights[server->id];
		server->weight = server->uweight * WEIGHT_SCALE;
		server->usable = true;
		farm->pointers[farm->count] = server;
	}
	assert_int_equal(farm->algo->open(&farm->conf, farm->pointers, farm->count, &farm->self), 0);
}

static inline void farm_close(struct farm *farm)
{
	farm->algo->close(farm->self);
}

static inline bool farm_accepts(void *context, const struct lb_server *server)
{
	const struct farm *farm = context;

	return !(farm->refused >> server->id & 1);
}

static inline struct lb_server *farm_pick_key(struct farm *farm, const void *key, size_t len,
					      uint64_t random)
{
	const struct lb_request request = { .key = key, .key_len = len, .random = random,
					    .accept = farm_accepts, .context = farm };

	return farm->algo->pick(farm->self, &request);
}

/* The id of the picked server, which keeps its stream; -1: none. */
static inline int farm_pick(struct farm *farm)
{
	struct lb_server *server = farm_pick_key(farm, NULL, 0, 0);

	return server == NULL ? -1 : (int)server->id;
}

static inline void farm_set_usable(struct farm *farm, size_t id, bool usable)
{
	farm->servers[id].usable = usable;
	farm->algo->changed(farm->self, &farm->servers[id]);
}

static inline void farm_set_weight(struct farm *farm, size_t id, uint32_t weight)
{
	farm->servers[id].weight = weight;
	farm->algo->changed(farm->self, &farm->servers[id]);
}

/* Picks `picks` times and writes the ids as letters: "abcab". */
static inline char *farm_picks(struct farm *farm, size_t picks, char *ret_text)
{
	for (size_t i = 0; i < picks; i++) {
		int id = farm_pick(farm);

		ret_text[i] = id < 0 ? '-' : (char)('a' + id);
	}
	ret_text[picks] = '\0';
	return ret_text;
}

#define WEIGHTS(...) ((const int[]){ __VA_ARGS__, -1 })
