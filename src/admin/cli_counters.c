/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_counters.c - `clear counters`. What a thread counts for itself only
 * that thread may set to 0; maxima are shared, and are set to what is now.
 */
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "proxy/run.h"
#include "proxy/worker.h"

static void counters_zero(struct counters *counters)
{
	for (unsigned i = 0; i < COUNTERS; i++)
		atomic_store_explicit(&counters->value[i], 0, memory_order_relaxed);
}

/* In each thread. */
static void counters_clear_own(struct worker *worker, struct cli_ask *ask)
{
	struct proxy *proxy = worker->proxy;
	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);) {
		if (part.frontend != NULL)
			counters_zero(&part.frontend->counters[worker->index]);
		if (part.backend == NULL)
			continue;
		counters_zero(&part.backend->counters[worker->index]);
		const struct server_set *set = backend_servers(part.backend);
		for (unsigned s = 0; s < set->count; s++)
			counters_zero(&set->at[s]->counters[worker->index]);
	}
}

static void counters_clear_max(struct load *load)
{
	atomic_store(&load->max, atomic_load(&load->now));
}

static void counters_clear_backend(struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);

	counters_clear_max(&backend->load);
	backend->rate.max = 0;
	backend->queue.max_len = atomic_load(&backend->queue.len);
	for (unsigned s = 0; s < set->count; s++) {
		struct server *server = set->at[s];

		server->max_active = atomic_load(&server->lb.active);
		server->rate.max = 0;
		server->queue.max_len = atomic_load(&server->queue.len);
	}
}

/* Counts of the health of servers. */
static void counters_clear_downs(struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);

	backend->downs = 0;
	for (unsigned s = 0; s < set->count; s++) {
		set->at[s]->downs = 0;
		set->at[s]->seen.failures = 0;
	}
}

static void counters_clear_maxima(struct proxy *proxy, bool all)
{
	struct proxy_part part;

	counters_clear_max(&proxy->gate.load);
	proxy->rate.max = proxy->connection_rate.max = 0;
	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);) {
		if (part.frontend != NULL) {
			counters_clear_max(&part.frontend->gate.load);
			part.frontend->rate.max = 0;
			part.frontend->connection_rate.max = 0;
			part.frontend->request_rate.max = 0;
		}
		if (part.backend == NULL)
			continue;
		counters_clear_backend(part.backend);
		if (all)
			counters_clear_downs(part.backend);
	}
}

/* Nothing is said when all threads have done it. */
static bool counters_done(struct cli_run *run)
{
	return false;
}

static void counters_clear(struct cli_run *run)
{
	bool all = strcmp(cli_word(run, 2), "all") == 0;

	if (all && run->session->level < CLI_ADMIN) {
		cli_error(run, "Permission denied\n");
		return;
	}
	counters_clear_maxima(run->proxy, all);
	if (all)
		ledger_forget(run->proxy->args->ledger);
	if (all && cli_ask_all(run, counters_clear_own, NULL, NULL) < 0)
		cli_error(run, "Out of memory.\n");
	run->more = counters_done;
}

const struct cli_command cli_commands_counters[] = {
	{ .doc = { .name = "clear counters", .since = "0.3",
		   .summary = "Set the maxima to what is now, with 'all' every counter to 0.",
		   .example = "clear counters all" },
	  .arguments = "[all]", .level = CLI_OPERATOR, .run = counters_clear },
	CLI_COMMANDS_END,
};
