/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_set.c - see server_set.h. */
#include "proxy/server_set.h"

#include <errno.h>

#include "base/arena.h"
#include "base/lines.h"
#include "proxy/server.h"
#include "proxy/server_agent.h"
#include "proxy/server_admin.h"
#include "proxy/server_conn.h"
#include "proxy/will.h"

struct server_set *server_set_new(unsigned count)
{
	return calloc(1, sizeof(struct server_set) + count * sizeof(struct server *));
}

struct server *server_new(struct backend *backend, const struct server_conf *conf, unsigned index)
{
	unsigned threads = backend->proxy->threads;
	struct server *server = lines_new(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->counters = proxy_counters_new(backend->proxy, LEDGER_SERVER,
					      backend->section->name, conf->name);
	server->pools = lines_new(threads, sizeof(struct server_pool));
	if (server->counters == NULL || server->pools == NULL) {
		proxy_counters_free(backend->proxy, server->counters);
		free(server->pools);
		free(server);
		return NULL;
	}
	server_init(server, backend, conf, index);
	if (server_agent_init(server) < 0) {
		server_free(server);
		return NULL;
	}
	will_take_agent(server);
	return server;
}

void server_free(struct server *server)
{
	server_admin_fini(server);
	server_agent_fini(server);
	proxy_counters_free(server->backend->proxy, server->counters);
	free(server->pools);
	if (server->arena != NULL)
		arena_free(server->arena);
	free(server);
}

int server_set_open_lb(const struct backend *backend, const struct server_set *set, void **ret_lb)
{
	const struct lb_conf *conf = &backend->section->back.lb;
	struct lb_server **servers = calloc(set->count + 1, sizeof(struct lb_server *));
	int error;

	if (servers == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < set->count; i++)
		servers[i] = &set->at[i]->lb;
	error = conf->algo->open(conf, servers, set->count, ret_lb);
	free(servers);
	return error;
}
