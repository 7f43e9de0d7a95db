/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/algo.h - the contract of a balance algorithm (configuration manual 4.2
 * "balance", "hash-type").
 *
 * One instance a backend, shared by all threads: a choice must be exact over
 * all of them. So pick() takes no lock: it reads what lb_server holds and
 * claims with atomic operations. changed() is called under the backend's
 * state lock, never on the data path.
 *
 * Who counts: pick() itself adds 1 to `active` of the server it returns, as
 * part of the claim, whatever the algorithm. The caller gives it back with
 * lb_release() when the stream ends, leaves the server or gives up. A server
 * chosen without an algorithm (persistence, a queue) is claimed with lb_claim().
 *
 * To add one, write lb/NAME.c that ends in a row like those in the other
 * files and list it in lb/algos.def.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "base/macros.h"
#include "conf/keyword.h"

/* A server as algorithms see it: but for `active` the backend writes, they only read. */
struct lb_server {
	_Atomic uint32_t active;	/* streams open now, over all threads */
	_Atomic uint32_t limit;		/* pick keeps `active` from going beyond it; 0: no limit */
	/* streams that wait for this server; leastconn counts them */
	_Atomic uint32_t queued;
	/* effective, 0..256*16 (slowstart scales it); 0: no new work */
	_Atomic uint32_t weight;
	_Atomic bool usable;		/* up, not draining, of the group in use (backup or not) */
	_Atomic uint32_t id;		/* place among the backend's servers, from 0 */
	_Atomic uint32_t uweight;	/* as configured or as the operator says, 0..256 */
	/* `id` option or place + 1: what consistent hashing keys on */
	uint32_t hash_id;
};

enum lb_hash_type { LB_HASH_MAP_BASED, LB_HASH_CONSISTENT };
enum lb_hash_function { LB_HASH_SDBM, LB_HASH_DJB2, LB_HASH_WT6, LB_HASH_CRC32, LB_HASH_NONE };

/* What of a request is hashed. */
enum lb_key {
	LB_KEY_NONE,	/* the algorithm looks at servers alone */
	LB_KEY_SOURCE,
	LB_KEY_URI,
	LB_KEY_URL_PARAM,
	LB_KEY_HEADER,
	LB_KEY_RDP_COOKIE,
	LB_KEY_EXPR,
};

struct expr; /* expr/expr.h; who makes keys knows it */

/* The words after `balance` that say where the key is; the caller makes it of them. */
struct lb_key_conf {
	const char *name;		/* of the parameter, the header or the cookie */
	uint32_t len, depth;		/* uri: only so many bytes, slashes; 0: all */
	bool whole, path_only;		/* uri */
	bool check_post;		/* url_param */
	bool domain_only;		/* hdr: use_domain_only */
	const struct expr *expr;	/* hash */
};

/* `balance` and `hash-type` as typed. */
struct lb_conf {
	const struct lb_algo *algo;
	struct lb_key_conf key;
	enum lb_hash_type hash_type;
	enum lb_hash_function hash_function;
	bool hash_avalanche;
	uint32_t hash_balance_factor;	/* 0, or 101.. percent */
	uint32_t random_draws;		/* random(N), default 2 */
};

/* What an algorithm may look at. */
struct lb_request {
	const void *key;		/* bytes to hash, as lb_algo.key says; NULL: take turns */
	size_t key_len;
	uint64_t random;		/* fresh bits of the thread's generator */
	/*
	 * Skips servers for which it returns false (full, or refused this
	 * stream); may be NULL. It may be asked several times or not at all of
	 * one server, so it must have no effects. What must hold exactly over
	 * all threads is lb_server.limit's to say.
	 */
	bool (*accept)(void *context, const struct lb_server *server);
	void *context;
};

/* One row of the algorithm table, and all the program knows of an algorithm. */
struct lb_algo {
	struct doc doc;			/* .name follows `balance` */
	bool dynamic_weights;		/* weights may change while it runs */
	/* "(...)" may follow the name; .parse finds it in words[at - 1] */
	bool parens;
	/* not NONE: the request decides, and the caller reads the words */
	enum lb_key key;
	/* Words after the name: returns how many it took. NULL: takes none. */
	unsigned (*parse)(struct conf_parse *parse, struct lb_conf *conf,
			  const struct conf_line *line, unsigned at);
	/*
	 * Makes an instance; the servers are borrowed for as long, the array is
	 * not. servers[i]->id is i for changed(); pick() may still be asked of
	 * an instance when its servers have been numbered anew for the next.
	 * 0, or -ENOMEM with *ret_self untouched.
	 */
	int (*open)(const struct lb_conf *conf, struct lb_server *const *servers, size_t count,
		    void **ret_self);
	void (*close)(void *self);
	/*
	 * The server for one more stream, already counted in its `active`, or
	 * NULL if none is usable, below its limit and accepted. Any thread.
	 */
	struct lb_server *(*pick)(void *self, const struct lb_request *request);
	/* Must follow each change of weight or usable. */
	void (*changed)(void *self, struct lb_server *server);
};

/* One more stream for `server`; false when it is at its limit. Any thread. */
static inline bool lb_claim(struct lb_server *server)
{
	uint32_t limit = atomic_load_explicit(&server->limit, memory_order_relaxed);
	uint32_t active = atomic_load_explicit(&server->active, memory_order_relaxed);

	do {
		if (limit != 0 && active >= limit)
			return false;
	} while (!atomic_compare_exchange_weak(&server->active, &active, active + 1));
	return true;
}

/* The counterpart of a pick or a claim. */
static inline void lb_release(struct lb_server *server)
{
	uint32_t before = atomic_fetch_sub(&server->active, 1);

	ASSERT(before > 0);
}

/* Every row; ends in NULL. */
extern const struct lb_algo *const lb_algos[];
/* By the word after `balance`, what is in parentheses included. NULL: none. */
const struct lb_algo *lb_algo_find(const char *name);

#define LB_ALGO(name) extern const struct lb_algo lb_##name;
#include "lb/algos.def"
#undef LB_ALGO
