/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/random.c - `balance random(N)`: N servers are drawn by weight, and the one
 * with the fewest streams per weight is taken. Two draws already avoid the
 * most loaded servers, without comparing all.
 *
 * `hash-balance-factor` bounds a server's load to that percentage of the
 * average. When no draw gives a server (all drawn are full, refused or beyond
 * the bound) the least loaded of all is taken.
 */
#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "diag/report.h"
#include "lb/bound.h"
#include "lb/pick.h"

enum { DRAWS_DEFAULT = 2, DRAWS_MAX = 65536 };

struct random {
	uint32_t draws, factor;
	size_t count;
	struct lb_server *servers[];
};

struct candidate {
	struct lb_server *server;
	uint32_t active, weight;
};

/* Whether `server` may be taken and carries less than the best so far. */
static void look_at(const struct lb_request *request, struct lb_server *server,
		    const struct lb_bound *bound, struct candidate *best)
{
	struct candidate it = { .server = server };

	if (!lb_open_for_work(server, &it.weight) || !lb_has_place(server, &it.active) ||
	    !lb_bound_allows(bound, it.active, it.weight))
		return;
	if (best->server != NULL && ((uint64_t)it.active + 1) * best->weight >=
					    ((uint64_t)best->active + 1) * it.weight)
		return;
	if (lb_accepted(request, server))
		*best = it;
}

/* The server that holds the `point`th unit of weight. */
static struct lb_server *draw(const struct random *random, uint64_t point)
{
	struct lb_server *last = NULL;
	uint32_t weight;

	for (size_t i = 0; i < random->count; i++) {
		if (!lb_open_for_work(random->servers[i], &weight))
			continue;
		last = random->servers[i];
		if (point < weight)
			break;
		point -= weight;
	}
	return last;
}

static void look_at_drawn(const struct random *random, const struct lb_request *request,
			  const struct lb_bound *bound, struct candidate *best)
{
	for (uint32_t i = 0; i < random->draws && bound->weight != 0; i++) {
		struct lb_server *drawn =
			draw(random, hash_mix(request->random + i) % bound->weight);

		if (drawn != NULL)
			look_at(request, drawn, bound, best);
	}
}

static void look_at_all(const struct random *random, const struct lb_request *request,
			struct candidate *best)
{
	for (size_t i = 0; i < random->count; i++)
		look_at(request, random->servers[i], &(struct lb_bound){ 0 }, best);
}

static struct lb_server *random_pick(void *self, const struct lb_request *request)
{
	struct random *random = self;
	struct candidate best;

	do {
		struct lb_bound bound;

		best.server = NULL;
		lb_bound_measure(&bound, random->factor, random->servers, random->count);
		look_at_drawn(random, request, &bound, &best);
		if (best.server == NULL)
			look_at_all(random, request, &best);
		if (best.server == NULL)
			return NULL;
	} while (!lb_claim_from(best.server, best.active));
	return best.server;
}

static void random_changed(void *self, struct lb_server *server)
{
}

static unsigned random_parse(struct conf_parse *parse, struct lb_conf *conf,
			     const struct conf_line *line, unsigned at)
{
	const struct conf_word *word = &line->words[at - 1];
	const char *open = strchr(word->text, '(');
	size_t len = open == NULL ? 0 : strlen(open);
	int64_t draws = DRAWS_DEFAULT;

	if (open != NULL && (len < 3 || open[len - 1] != ')')) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span,
			 "write 'balance random(2)'", "the number of draws is not in parentheses");
	} else if (open != NULL) {
		char digits[32] = "";
		struct conf_word number = { .text = digits, .span = word->span };

		memcpy(digits, open + 1, len - 2 < sizeof(digits) ? len - 2 : sizeof(digits) - 1);
		conf_read_int(parse, &number, 1, DRAWS_MAX, &draws);
	}
	conf->random_draws = (uint32_t)draws;
	return 0;
}

static int random_open(const struct lb_conf *conf, struct lb_server *const *servers, size_t count,
		       void **ret_self)
{
	struct random *random = malloc(sizeof(*random) + count * sizeof(random->servers[0]));

	if (random == NULL)
		return -ENOMEM;
	random->draws = conf->random_draws == 0 ? DRAWS_DEFAULT : conf->random_draws;
	random->factor = conf->hash_balance_factor;
	random->count = count;
	for (size_t i = 0; i < count; i++)
		random->servers[i] = servers[i];
	*ret_self = random;
	return 0;
}

static void random_close(void *self)
{
	free(self);
}

const struct lb_algo lb_random = {
	.doc = { .name = "random", .since = "0.1",
		 .summary = "Draw servers by weight and take the least loaded of them.",
		 .example = "balance random(2)" },
	.dynamic_weights = true,
	.parens = true,
	.parse = random_parse,
	.open = random_open,
	.close = random_close,
	.pick = random_pick,
	.changed = random_changed,
};
