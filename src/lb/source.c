/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/source.c - `balance source`: the client's address chooses the server, by
 * either way of `hash-type`. Clients without an address (unix sockets) take
 * turns.
 *
 * A server that is refused for this stream gives its client to another, always
 * the same one: a redispatch rescues clients of a server that has just died,
 * and brings them back when it returns.
 */
#include <errno.h>

#include "base/hash.h"
#include "lb/hash.h"
#include "lb/map.h"
#include "lb/rendezvous.h"
#include "lb/turns.h"

struct source {
	struct lb_map *map;		/* NULL: consistent */
	struct turns *turns;
	bool avalanche;
	uint32_t factor;
	size_t count;
	struct lb_server *servers[];
};

static struct lb_server *source_pick(void *self, const struct lb_request *request)
{
	struct source *source = self;
	uint32_t hash;

	if (request->key == NULL || request->key_len == 0)
		return turns_pick(source->turns, request);
	hash = lb_hash_source(request->key, request->key_len);
	if (source->avalanche)
		hash = hash_avalanche(hash);
	if (source->map != NULL)
		return lb_map_pick(source->map, hash, request);
	return lb_rendezvous_pick(source->servers, source->count, hash, source->factor, request);
}

static void source_changed(void *self, struct lb_server *server)
{
	struct source *source = self;

	turns_changed(source->turns, server);
	if (source->map != NULL)
		lb_map_rebuild(source->map);
}

static void source_close(void *self)
{
	struct source *source = self;

	lb_map_close(source->map);
	turns_close(source->turns);
	free(source);
}

static int source_open(const struct lb_conf *conf, struct lb_server *const *servers, size_t count,
		       void **ret_self)
{
	struct source *source = calloc(1, sizeof(*source) + count * sizeof(source->servers[0]));
	bool consistent = conf->hash_type == LB_HASH_CONSISTENT;
	int error;

	if (source == NULL)
		return -ENOMEM;
	source->factor = conf->hash_balance_factor;
	/* Without a function named, consistent hashing has the avalanche too. */
	source->avalanche = conf->hash_avalanche ||
			    (consistent && conf->hash_function == LB_HASH_NONE);
	source->count = count;
	for (size_t i = 0; i < count; i++)
		source->servers[i] = servers[i];
	error = turns_open(servers, count, !consistent, &source->turns);
	if (error == 0 && !consistent)
		error = lb_map_open(servers, count, &source->map);
	if (error < 0) {
		source_close(source);
		return error;
	}
	*ret_self = source;
	return 0;
}

const struct lb_algo lb_source = {
	.doc = { .name = "source", .since = "0.1",
		 .summary = "The client's address chooses the server, by hash.",
		 .example = "balance source" },
	.open = source_open,
	.close = source_close,
	.pick = source_pick,
	.changed = source_changed,
};
