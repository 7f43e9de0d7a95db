/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/keyed.c - `balance source`, uri, url_param, hdr, rdp-cookie and hash: a
 * key of the request chooses the server, by either way of `hash-type`. They
 * differ in the key, which the caller makes (lb_algo.key). Requests without
 * one take turns.
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

struct keyed {
	struct lb_map *map;		/* NULL: consistent */
	struct turns *turns;
	bool addresses;			/* keys are those of `source` */
	bool avalanche;
	enum lb_hash_function function;
	uint32_t factor;
	size_t count;
	struct lb_server *servers[];
};

static struct lb_server *keyed_pick(void *self, const struct lb_request *request)
{
	struct keyed *keyed = self;
	uint32_t hash;

	if (request->key == NULL || request->key_len == 0)
		return turns_pick(keyed->turns, request);
	hash = keyed->addresses ? lb_hash_source(request->key, request->key_len)
				: lb_hash(keyed->function, request->key, request->key_len);
	if (keyed->avalanche)
		hash = hash_avalanche(hash);
	if (keyed->map != NULL)
		return lb_map_pick(keyed->map, hash, request);
	return lb_rendezvous_pick(keyed->servers, keyed->count, hash, keyed->factor, request);
}

static void keyed_changed(void *self, struct lb_server *server)
{
	struct keyed *keyed = self;

	turns_changed(keyed->turns, server);
	if (keyed->map != NULL)
		lb_map_rebuild(keyed->map);
}

static void keyed_close(void *self)
{
	struct keyed *keyed = self;

	lb_map_close(keyed->map);
	turns_close(keyed->turns);
	free(keyed);
}

static int keyed_open(const struct lb_conf *conf, struct lb_server *const *servers, size_t count,
		       void **ret_self)
{
	struct keyed *keyed = calloc(1, sizeof(*keyed) + count * sizeof(keyed->servers[0]));
	bool consistent = conf->hash_type == LB_HASH_CONSISTENT;
	int error;

	if (keyed == NULL)
		return -ENOMEM;
	keyed->addresses = conf->algo == NULL || conf->algo->key == LB_KEY_SOURCE;
	keyed->function = conf->hash_function;
	keyed->factor = conf->hash_balance_factor;
	/* Without a function named, consistent hashing has the avalanche too. */
	keyed->avalanche = conf->hash_avalanche ||
			    (consistent && conf->hash_function == LB_HASH_NONE);
	keyed->count = count;
	for (size_t i = 0; i < count; i++)
		keyed->servers[i] = servers[i];
	error = turns_open(servers, count, !consistent, &keyed->turns);
	if (error == 0 && !consistent)
		error = lb_map_open(servers, count, &keyed->map);
	if (error < 0) {
		keyed_close(keyed);
		return error;
	}
	*ret_self = keyed;
	return 0;
}

#define KEYED(id, word, what, line, with_parens)                                                   \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = "balance " line },      \
	.parens = with_parens, .key = LB_KEY_##id, .open = keyed_open, .close = keyed_close,       \
	.pick = keyed_pick, .changed = keyed_changed

const struct lb_algo lb_source = {
	KEYED(SOURCE, "source", "The client's address chooses the server, by hash.", "source",
	      false),
};

const struct lb_algo lb_uri = {
	KEYED(URI, "uri", "The request's path chooses the server, by hash; 'whole' adds the query.",
	      "uri len 20 depth 3", false),
};

const struct lb_algo lb_url_param = {
	KEYED(URL_PARAM, "url_param", "A parameter of the query chooses the server, by hash.",
	      "url_param userid", false),
};

const struct lb_algo lb_hdr = {
	KEYED(HEADER, "hdr", "A header of the request chooses the server, by hash.",
	      "hdr(Host) use_domain_only", true),
};

const struct lb_algo lb_rdp_cookie = {
	KEYED(RDP_COOKIE, "rdp-cookie",
	      "A cookie in the first bytes of Remote Desktop chooses the server, by hash.",
	      "rdp-cookie(mstshash)", true),
};

const struct lb_algo lb_hash_expr = {
	KEYED(EXPR, "hash", "The value of an expression chooses the server, by hash.", "hash src",
	      false),
};
