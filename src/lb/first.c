/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/first.c - `balance first`: the server of the lowest id that has a place,
 * so that the servers of high ids can be switched off. Weights do not matter,
 * except that 0 takes no new streams.
 */
#include <errno.h>

#include "lb/pick.h"

struct first {
	size_t count;
	struct lb_server *servers[];	/* by hash_id, the server option `id` */
};

static struct lb_server *first_pick(void *self, const struct lb_request *request)
{
	struct first *first = self;

	for (size_t i = 0; i < first->count; i++)
		if (lb_take(request, first->servers[i]))
			return first->servers[i];
	return NULL;
}

static void first_changed(void *self, struct lb_server *server)
{
}

static int compare_ids(const void *x, const void *y)
{
	const struct lb_server *a = *(struct lb_server *const *)x;
	const struct lb_server *b = *(struct lb_server *const *)y;

	if (a->hash_id != b->hash_id)
		return a->hash_id < b->hash_id ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int first_open(const struct lb_conf *conf, struct lb_server *const *servers, size_t count,
		      void **ret_self)
{
	struct first *first = malloc(sizeof(*first) + count * sizeof(first->servers[0]));

	if (first == NULL)
		return -ENOMEM;
	first->count = count;
	for (size_t i = 0; i < count; i++)
		first->servers[i] = servers[i];
	qsort(first->servers, count, sizeof(first->servers[0]), compare_ids);
	*ret_self = first;
	return 0;
}

static void first_close(void *self)
{
	free(self);
}

const struct lb_algo lb_first = {
	.doc = { .name = "first", .since = "0.1",
		 .summary = "Pick the first server, by id, that is not at its maxconn.",
		 .example = "balance first" },
	.dynamic_weights = true,
	.open = first_open,
	.close = first_close,
	.pick = first_pick,
	.changed = first_changed,
};
