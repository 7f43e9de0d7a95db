/* SPDX-License-Identifier: Apache-2.0 */
/* lb/static_rr.c - `balance static-rr`: turns by the configured weights. */
#include "lb/turns.h"

static int static_rr_open(const struct lb_conf *conf, struct lb_server *const *servers,
			  size_t count, void **ret_self)
{
	struct turns *turns;
	int error = turns_open(servers, count, true, &turns);

	if (error == 0)
		*ret_self = turns;
	return error;
}

static void static_rr_close(void *self)
{
	turns_close(self);
}

static struct lb_server *static_rr_pick(void *self, const struct lb_request *request)
{
	return turns_pick(self, request);
}

static void static_rr_changed(void *self, struct lb_server *server)
{
	turns_changed(self, server);
}

const struct lb_algo lb_static_rr = {
	.doc = { .name = "static-rr", .since = "0.1",
		 .summary = "Servers take turns by their weights as configured; later changes of "
			    "a weight have no effect.",
		 .example = "balance static-rr" },
	.open = static_rr_open,
	.close = static_rr_close,
	.pick = static_rr_pick,
	.changed = static_rr_changed,
};
