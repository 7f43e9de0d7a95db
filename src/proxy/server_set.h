/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_set.h - the servers of a backend as a whole. Threads read the
 * set and the algorithm's instance without a lock; a change makes both anew.
 */
#pragma once

#include "proxy/proxy.h"

/* An empty set with room for `count` servers; NULL: no memory. free() ends it. */
struct server_set *server_set_new(unsigned count);

/* A server with its counters and pools, or NULL. `conf` is borrowed for as long. */
struct server *server_new(struct backend *backend, const struct server_conf *conf, unsigned index);
void server_free(struct server *server);

/* The balance algorithm's instance over these servers. 0, or -ENOMEM. */
int server_set_open_lb(const struct backend *backend, const struct server_set *set, void **ret_lb)
	MUST_CHECK;
