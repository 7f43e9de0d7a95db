/* SPDX-License-Identifier: Apache-2.0 */
/* lb/roundrobin.c - `balance roundrobin`: turns by the weights of the moment. */
#include "lb/turns.h"

static int roundrobin_open(const struct lb_conf *conf, struct lb_server *const *servers,
			   size_t count, void **ret_self)
{
	struct turns *turns;
	int error = turns_open(servers, count, false, &turns);

	if (error == 0)
		*ret_self = turns;
	return error;
}

static void roundrobin_close(void *self)
{
	turns_close(self);
}

static struct lb_server *roundrobin_pick(void *self, const struct lb_request *request)
{
	return turns_pick(self, request);
}

static void roundrobin_changed(void *self, struct lb_server *server)
{
	turns_changed(self, server);
}

const struct lb_algo lb_roundrobin = {
	.doc = { .name = "roundrobin", .since = "0.1",
		 .summary = "Servers take turns by their weights, which may change meanwhile.",
		 .example = "balance roundrobin" },
	.dynamic_weights = true,
	.open = roundrobin_open,
	.close = roundrobin_close,
	.pick = roundrobin_pick,
	.changed = roundrobin_changed,
};
