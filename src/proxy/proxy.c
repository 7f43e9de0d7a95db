/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/proxy.c - makes the run-time state from the configuration; see proxy.h. */
#include "proxy/appsession.h"
#include "proxy/proxy.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/lines.h"
#include "expr/vars.h"
#include "proxy/burial.h"
#include "proxy/events.h"
#include "proxy/malformed.h"
#include "proxy/process_vars.h"
#include "proxy/run.h"
#include "proxy/server.h"
#include "proxy/server_set.h"
#include "proxy/server_track.h"
#include "proxy/will.h"

struct counters *proxy_counters_new(const struct proxy *proxy, enum ledger_kind kind,
				    const char *section, const char *server)
{
	const struct ledger *ledger = proxy->args->ledger;
	unsigned row = ledger != NULL && proxy->workers == NULL
			       ? ledger_find(ledger, kind, section, server) : UINT_MAX;

	if (ledger != NULL && ledger->threads == proxy->threads && row < ledger->row_count)
		return ledger_shares(ledger, row);
	return lines_new(proxy->threads, sizeof(struct counters));
}

void proxy_counters_free(const struct proxy *proxy, struct counters *counters)
{
	if (!ledger_has(proxy->args->ledger, counters))
		free(counters);
}

static struct latency *new_latency(const struct proxy *proxy)
{
	return lines_new(proxy->threads, sizeof(struct latency));
}

static void free_frontend(struct frontend *frontend)
{
	if (frontend == NULL)
		return;
	proxy_counters_free(frontend->proxy, frontend->counters);
	free(frontend->latency);
	free(frontend);
}

static struct frontend *new_frontend(struct proxy *proxy, const struct section *section)
{
	struct frontend *frontend = lines_new(1, sizeof(*frontend));

	if (frontend == NULL)
		return NULL;
	frontend->section = section;
	frontend->proxy = proxy;
	frontend->gate.limit = (uint32_t)section->front.maxconn;
	frontend->counters = proxy_counters_new(proxy, LEDGER_FRONTEND, section->name, NULL);
	frontend->latency = new_latency(proxy);
	if (frontend->counters == NULL || frontend->latency == NULL) {
		free_frontend(frontend);
		return NULL;
	}
	will_take_frontend(frontend);
	return frontend;
}

static bool may_branch_to(const struct section *from, const struct section *backend)
{
	if (from->front.default_backend == backend)
		return true;
	for (const struct use_backend *use = from->front.use_backends; use != NULL; use = use->next)
		if (use->backend == backend)
			return true;
	return false;
}

/* Without `fullconn`: a tenth of what all frontends that may come here allow. */
static uint32_t computed_fullconn(const struct proxy *proxy, const struct section *backend)
{
	int64_t sum = 0;

	for (const struct section *from = proxy->conf->sections; from != NULL; from = from->next) {
		if (section_accepts(from) && (from == backend || may_branch_to(from, backend)))
			sum += from->front.maxconn > 0 ? from->front.maxconn
						       : proxy->args->maxconn;
	}
	return sum < 10 ? 1 : (uint32_t)(sum / 10);
}

static int fill_backend(struct backend *backend)
{
	const struct backend_conf *conf = &backend->section->back;
	struct server_set *set = backend->servers;

	for (const struct server_conf *server = conf->servers; server != NULL;
	     server = server->next) {
		struct server *made = server_new(backend, server, set->count);

		if (made == NULL)
			return -ENOMEM;
		set->at[set->count++] = made;
		backend->limited |= server->maxconn > 0;
	}
	backend_regroup(backend);

	void *lb = NULL;
	int error = server_set_open_lb(backend, set, &lb);
	backend->lb = lb;
	return error;
}

void proxy_backend_free(struct backend *backend)
{
	if (backend == NULL)
		return;
	if (backend->lb != NULL)
		backend->section->back.lb.algo->close(backend->lb);
	if (backend->servers != NULL)
		for (unsigned i = 0; i < backend_servers(backend)->count; i++)
			server_free(backend_servers(backend)->at[i]);
	pthread_mutex_destroy(&backend->lock);
	appsession_free(backend->sessions);
	free(backend->servers);
	proxy_counters_free(backend->proxy, backend->counters);
	free(backend->latency);
	if (backend->arena != NULL)
		arena_free(backend->arena);
	free(backend);
}

struct backend *proxy_backend_new(struct proxy *proxy, const struct section *section)
{
	const struct backend_conf *conf = &section->back;
	struct backend *backend = lines_new(1, sizeof(*backend));

	if (backend == NULL)
		return NULL;
	backend->section = section;
	backend->proxy = proxy;
	backend->hashes = conf->lb.algo->key != LB_KEY_NONE;
	backend->fullconn = conf->fullconn > 0 ? (uint32_t)conf->fullconn
					       : computed_fullconn(proxy, section);
	backend->changed_us = proxy->started.us;
	list_init(&backend->queue.waiting);
	pthread_mutex_init(&backend->lock, NULL);
	backend->servers = server_set_new(conf->server_count);
	backend->counters = proxy_counters_new(proxy, LEDGER_BACKEND, section->name, NULL);
	backend->latency = new_latency(proxy);
	if (section->http.appsession != NULL)
		backend->sessions = appsession_new();
	if ((backend->sessions == NULL) != (section->http.appsession == NULL) ||
	    backend->servers == NULL || backend->counters == NULL || backend->latency == NULL ||
	    fill_backend(backend) < 0) {
		proxy_backend_free(backend);
		return NULL;
	}
	will_take_backend(backend);
	return backend;
}

static int make_part(struct proxy *proxy, struct proxy_part *part, const struct section *section)
{
	part->section = section;
	if (section_accepts(section) || section->kind == SECTION_LOG_FORWARD) {
		part->frontend = new_frontend(proxy, section);
		if (part->frontend == NULL)
			return -ENOMEM;
	}
	if (section_connects(section)) {
		part->backend = proxy_backend_new(proxy, section);
		if (part->backend == NULL)
			return -ENOMEM;
	}
	return 0;
}

static struct backend *default_backend_of(const struct proxy *proxy, const struct section *section)
{
	if (section->front.default_backend != NULL)
		return proxy_backend(proxy, section->front.default_backend);
	return proxy_backend(proxy, section);
}

static int make_parts(struct proxy *proxy)
{
	const struct section *section;

	for (section = proxy->conf->sections; section != NULL; section = section->next)
		if (make_part(proxy, &proxy->parts[section->index], section) < 0)
			return -ENOMEM;
	for (const struct log_forward *f = proxy->conf->log_forwards; f != NULL; f = f->next)
		if (make_part(proxy, &proxy->parts[f->section.index], &f->section) < 0)
			return -ENOMEM;
	for (section = proxy->conf->sections; section != NULL; section = section->next)
		if (section_accepts(section))
			proxy_frontend(proxy, section)->default_backend =
				default_backend_of(proxy, section);
	for (unsigned i = 0; i < proxy->conf->bind_count; i++)
		proxy->bind_gates[i].limit = (uint32_t)proxy->conf->binds[i]->maxconn;
	server_track_join(proxy);
	return 0;
}

bool proxy_is_current(const struct proxy *proxy)
{
	return atomic_load_explicit(&proxy->page->proxy.generation, memory_order_relaxed) ==
	       proxy->args->generation;
}

static unsigned part_count(const struct proxy_conf *conf)
{
	return conf->section_count + conf->log_forward_count;
}

bool proxy_part_at(const struct proxy *proxy, unsigned at, struct proxy_part *ret)
{
	unsigned fixed = proxy->conf->section_count;
	struct backend *backend;

	if (at < fixed) {
		*ret = proxy->parts[at];
		return true;
	}
	if (at >= proxy_part_end(proxy))
		return false;
	backend = atomic_load_explicit(&proxy->added[at - fixed], memory_order_acquire);
	if (backend == NULL)
		return false;
	*ret = (struct proxy_part){ .section = backend->section, .backend = backend };
	return true;
}

bool proxy_part_next(const struct proxy *proxy, unsigned *at, struct proxy_part *ret)
{
	while (*at < proxy_part_end(proxy))
		if (proxy_part_at(proxy, (*at)++, ret))
			return true;
	return false;
}

/* Places for backends that may be added, where somebody may add them. */
static int make_places(struct proxy *proxy)
{
	if (proxy->conf->models == NULL)
		return 0;
	proxy->added = calloc(PROXY_ADDED, sizeof(*proxy->added));
	proxy->added_taken = calloc(PROXY_ADDED, sizeof(*proxy->added_taken));
	return proxy->added == NULL || proxy->added_taken == NULL ? -ENOMEM : 0;
}

static void free_added(struct proxy *proxy)
{
	for (unsigned i = 0; proxy->added != NULL && i < proxy->added_end; i++)
		proxy_backend_free(proxy->added[i]);
	free(proxy->added);
	free(proxy->added_taken);
}

struct proxy *proxy_new(const struct proxy_args *args)
{
	struct proxy *proxy = lines_new(1, sizeof(*proxy));

	if (proxy == NULL)
		return NULL;
	proxy->args = args;
	proxy->conf = args->conf;
	proxy->page = args->page;
	proxy->threads = args->threads;
	proxy->started = moment_now();
	proxy->gate.limit = (uint32_t)args->maxconn;
	proxy->connection_rate_limit = (uint32_t)args->conf->global.maxconnrate;
	proxy->rate_limit = (uint32_t)args->conf->global.maxsessrate;
	list_init(&proxy->burials);
	proxy->vars = expr_vars_new_shared();
	proxy->parts = lines_new(part_count(args->conf), sizeof(struct proxy_part));
	proxy->bind_gates = lines_new(args->conf->bind_count, sizeof(struct gate));
	proxy->malformed = malformed_log_new(part_count(args->conf) +
					     (args->conf->models != NULL ? PROXY_ADDED : 0));
	proxy->events = events_new();
	if (proxy->vars == NULL || proxy->parts == NULL || proxy->bind_gates == NULL ||
	    proxy->malformed == NULL || proxy->events == NULL || make_places(proxy) < 0 || make_parts(proxy) < 0) {
		proxy_free(proxy);
		errno = ENOMEM;
		return NULL;
	}
	process_vars_set(args->conf, proxy->vars);
	will_take_process(proxy);
	return proxy;
}

void proxy_free(struct proxy *proxy)
{
	if (proxy == NULL)
		return;
	burials_free_all(proxy);
	free_added(proxy);
	if (proxy->parts != NULL)
		for (unsigned i = 0; i < part_count(proxy->conf); i++) {
			free_frontend(proxy->parts[i].frontend);
			proxy_backend_free(proxy->parts[i].backend);
		}
	expr_vars_free_shared(proxy->vars);
	free(proxy->parts);
	free(proxy->bind_gates);
	malformed_log_free(proxy->malformed);
	events_free(proxy->events);
	free(proxy);
}
