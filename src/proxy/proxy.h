/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/proxy.h - the run-time state of the proxy: frontends, backends and
 * servers with their counters, read by the statistics (admin/).
 *
 * Made once from a struct proxy_conf, before the threads start; but for servers
 * and backends that are added (server_dynamic.h, backend_dynamic.h) its shape
 * never changes afterwards. Reading: any thread, through the functions at the
 * end or by atomic loads. Writing: as each field says.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/page.h"
#include "health/check.h"
#include "lb/algo.h"
#include "proxy/conf.h"
#include "proxy/counters.h"
#include "proxy/gate.h"
#include "proxy/ledger.h"
#include "proxy/latency.h"

struct events;
struct malformed_log;
struct appsession;
struct worker;
struct proxy_args;
struct process;

enum server_state {
	SERVER_UP,
	SERVER_DOWN,	/* its checks failed */
	SERVER_MAINT,	/* `disabled` */
};

/*
 * A list of streams that wait for a server, of a backend or of one server;
 * under the backend's lock, but `len` may be read without it.
 */
struct wait_list {
	struct list waiting;		/* of struct stream_detour.waiting, whose turn is next first */
	_Atomic uint32_t len, max_len;
};

/* What a connection brings back to the pool that lent it (server_conn.h). */
struct server_lent {
	uint32_t served, address_number;
};

struct server {
	struct lb_server lb;		/* lb.active: streams on it now; lb.limit stays 0, since a
					 * hash must find its server even when that is full */
	const struct server_conf *conf;
	struct backend *backend;
	struct counters *counters;	/* [threads] */
	struct rate rate;
	_Atomic uint32_t max_active;
	_Atomic uint32_t maxconn;	/* 0: none */
	bool counts_places;
	_Atomic uint32_t places;	/* taken of maxconn; only if counts_places */
	struct wait_list queue;
	struct server_pool *pools;	/* [threads]: idle connections, each its thread's own */

	/* A server that has just refused is not the first choice (server.h). */
	_Atomic uint64_t avoid_until_us;
	_Atomic uint32_t refusals;	/* in a row */
	_Atomic uint32_t errors_in_row;	/* for `observe` */

	/* Under the backend's lock; readers take what is there. */
	_Atomic uint32_t state;		/* enum server_state */
	_Atomic bool stopping;		/* up, but persistence alone leads to it: NOLB */
	_Atomic uint64_t changed_us;	/* moment of the last change of state */
	_Atomic uint64_t down_us;	/* spent down until changed_us */
	_Atomic uint32_t downs;		/* times it went down */
	struct loop_timer slowstart;	/* in the loop of `home` */

	/* What the runtime API may change (server_admin.h). */
	_Atomic uint32_t admin;		/* enum server_admin_reason bits; under the lock as `state` */
	struct net_address *_Atomic address;
	_Atomic uint32_t address_number; /* of changes */
	_Atomic bool check_stopped;
	_Atomic uint32_t forced;	/* enum server_force: what is to be said for its check */
	_Atomic uint32_t check_port;	/* 0: the address's */
	struct net_address check_address; /* len 0: the server's; under the backend's lock */
	struct loop_message settle;
	_Atomic bool settle_posted;

	struct server_name *naming;	/* its address is found while it runs (server_name.h); or NULL */
	struct arena *arena;		/* of `conf`, if it was added at run time; or NULL */

	struct server *_Atomic trackers, *_Atomic next_tracker; /* who tracks it (server_track.h) */

	/* The check, if any, lives in the loop of `home`; what it saw is copied to `seen`. */
	struct worker *home;
	bool checked;
	struct server_agent *agent;	/* server_agent.h; NULL: none */
	struct health_check check;
	struct health_conf check_conf;
	uint32_t check_address_number;	/* of check_conf.address */
	struct server_lent check_lent;	/* what the pool lent to the check that runs */
	struct server_seen {
		_Atomic uint32_t code, number, duration_ms, streak;
		_Atomic bool up;
		_Atomic uint64_t checked_wall_us, failures;
		char text[HEALTH_TEXT]; /* under the backend's lock */
	} seen;
};

/* The servers of a backend, in order; never changed once others see it, but replaced. */
struct server_set {
	unsigned count;
	struct server *at[];
};

struct backend {
	const struct section *section;
	struct arena *arena;		/* of `section`, if it was added at run time; or NULL */
	_Atomic bool unpublished;	/* no rule may choose it: `publish backend` */
	struct proxy *proxy;
	struct server_set *_Atomic servers; /* read by backend_servers */
	void *_Atomic lb;		/* of section->back.lb.algo; made anew with `servers` */
	bool hashes;			/* the request decides the server: `balance source` */
	_Atomic bool limited;		/* some server has a maxconn, so streams may wait */
	uint32_t fullconn;

	pthread_mutex_t lock;		/* queues and server states; never held over a system call */
	struct wait_list queue;
	_Atomic uint32_t waiting;	/* streams in all queues of the backend */
	_Atomic uint32_t usable_active, usable_backup;
	_Atomic uint64_t changed_us;	/* went up or down */
	_Atomic uint64_t down_us;
	_Atomic uint32_t downs;

	struct load load;		/* streams that have chosen this backend */
	struct counters *counters;	/* [threads] */
	struct latency *latency;	/* [threads] */
	struct rate rate;
	struct appsession *sessions;	/* NULL: without `appsession` */
};

enum frontend_state {
	FRONTEND_OPEN,
	FRONTEND_PAUSED,	/* its addresses refuse until it is enabled again */
	FRONTEND_STOPPED,	/* for good */
};

struct frontend {
	const struct section *section;
	struct proxy *proxy;
	struct gate gate;		/* its connections */
	struct counters *counters;	/* [threads] */
	struct latency *latency;	/* [threads] */
	struct rate rate;		/* of sessions */
	struct rate connection_rate, request_rate;
	_Atomic uint32_t state;		/* enum frontend_state: listeners_settle makes it so */
	_Atomic uint32_t lines;		/* logged so far: %lc */
	struct backend *default_backend; /* or NULL */
};

/* How many backends may be added at run time; those that are not freed yet count, too. */
enum { PROXY_ADDED = 4096 };

/* A section of the configuration, by section->index; those of log-forward are behind the others. */
struct proxy_part {
	const struct section *section;
	struct frontend *frontend;	/* NULL: does not accept */
	struct backend *backend;	/* NULL: does not connect */
};

struct proxy {
	const struct proxy_args *args;
	const struct proxy_conf *conf;
	struct page *page;
	struct proxy_part *parts;	/* [conf->section_count + conf->log_forward_count] */
	struct backend *_Atomic *added;	/* [PROXY_ADDED]: of backend_dynamic.h; NULL: nobody there */
	bool *added_taken;		/* [PROXY_ADDED]: also of deleted ones that live; main thread */
	_Atomic unsigned added_end;	/* behind the last that was ever taken */
	struct gate gate;		/* all connections of the process */
	_Atomic uint32_t server_connections; /* open, the idle ones with them */
	struct gate *bind_gates;	/* by bind index */
	struct rate rate, connection_rate; /* of sessions, and of connections before any rule */
	_Atomic uint32_t rate_limit, connection_rate_limit; /* maxsessrate, maxconnrate, `set rate-limit`; 0: none */
	struct worker *workers;		/* [threads] */
	unsigned threads;
	struct moment started;
	struct expr_vars *vars;		/* scope proc */
	_Atomic uint32_t numbers;	/* of requests and sessions, given so far: %rt */
	_Atomic bool stopping;		/* soft stop, or handed over */
	struct moment stopping_since;	/* written before that */
	_Atomic bool handed_over;	/* another process has taken over; before `stopping` */
	_Atomic uint32_t readers;	/* that keep names of servers over turns: none is freed */
	_Atomic uint32_t listening;	/* threads whose listeners are not closed for good */
	unsigned started_threads;	/* besides the main thread */
	struct names *names;		/* server_name.h; main thread; or NULL */
	struct process *process;	/* run.c's own; main thread */
	struct list burials;		/* of deleted servers (server_dynamic.c); main thread */
	struct malformed_log *malformed; /* for `show errors` */
	struct events *events;		/* for `show events` */
	void *http_service;		/* what args->http_service has started; or NULL */
};

/* NULL with errno set. `args` is kept. */
struct proxy *proxy_new(const struct proxy_args *args);
void proxy_free(struct proxy *proxy);

/* `section` is kept. NULL: no memory. */
struct backend *proxy_backend_new(struct proxy *proxy, const struct section *section);
void proxy_backend_free(struct backend *backend); /* NULL is fine */

/* For its threads: a row of the ledger, or memory of its own. `server` NULL: not of one. */
struct counters *proxy_counters_new(const struct proxy *proxy, enum ledger_kind kind,
				    const char *section, const char *server);
void proxy_counters_free(const struct proxy *proxy, struct counters *counters);

/* The one that speaks on the page: a reload makes another one that. */
bool proxy_is_current(const struct proxy *proxy);

static inline struct frontend *proxy_frontend(const struct proxy *proxy,
					      const struct section *section)
{
	return proxy->parts[section->index].frontend;
}

/* The section->index of an added backend's place, and back. */
static inline unsigned proxy_part_index(const struct proxy *proxy, unsigned place)
{
	return proxy->conf->section_count + proxy->conf->log_forward_count + place;
}

static inline unsigned proxy_part_place(const struct proxy *proxy, const struct section *section)
{
	return section->index - proxy_part_index(proxy, 0);
}

static inline struct backend *proxy_backend(const struct proxy *proxy,
					    const struct section *section)
{
	if (section->index >= proxy_part_index(proxy, 0))
		return atomic_load_explicit(&proxy->added[proxy_part_place(proxy, section)],
					    memory_order_acquire);
	return proxy->parts[section->index].backend;
}

/* Frontends and backends, added ones behind the file's: below proxy_part_end. */
static inline unsigned proxy_part_end(const struct proxy *proxy)
{
	return proxy->conf->section_count +
	       atomic_load_explicit(&proxy->added_end, memory_order_acquire);
}

/* False: there is nobody. What it gives is valid until the end of the thread's turn. */
bool proxy_part_at(const struct proxy *proxy, unsigned at, struct proxy_part *ret);

/* The one at *at or the next behind it, and *at behind that; false: no more. */
bool proxy_part_next(const struct proxy *proxy, unsigned *at, struct proxy_part *ret);

/* Its servers now; valid until the end of the thread's turn, or under the backend's lock. */
static inline const struct server_set *backend_servers(const struct backend *backend)
{
	return atomic_load_explicit(&backend->servers, memory_order_acquire);
}

/* The server of these words, or NULL when it has been deleted. */
static inline struct server *backend_server_of(const struct backend *backend,
					       const struct server_conf *conf)
{
	const struct server_set *set = backend_servers(backend);

	if (conf->index < set->count && set->at[conf->index]->conf == conf)
		return set->at[conf->index];
	for (unsigned i = 0; i < set->count; i++)
		if (set->at[i]->conf == conf)
			return set->at[i];
	return NULL;
}

/*
 * For the statistics; any thread.
 */
uint64_t frontend_total(const struct frontend *frontend, enum counter which);
uint64_t backend_total(const struct backend *backend, enum counter which);
uint64_t server_total(const struct server *server, enum counter which);

struct server_view {
	char status[24];	/* "UP", "DOWN", "MAINT", "no check", "UP 1/3", "DOWN 1/2" */
	bool up;
	bool usable;		/* the algorithm may choose it (a backup: only when it is needed) */
	bool refusing;		/* the last connection to it failed */
	uint32_t sessions, max_sessions, limit; /* limit 0: none */
	uint32_t queued, max_queued, queue_limit;
	uint32_t weight;	/* as configured, scaled by slowstart */
	uint64_t since_change_s, down_s;
	uint32_t downs, failed_checks;
	bool checked;
	enum health_code check_code;
	uint32_t check_duration_ms;
	int check_number;	/* where health_code_has_number */
	char check_text[HEALTH_TEXT];
	struct {
		bool asked;	/* else the rest means nothing */
		bool down;
		enum health_code code;
		int number;
		uint32_t duration_ms;
		char text[HEALTH_TEXT];
	} agent;
	uint64_t checked_wall_us; /* 0: never */
	uint32_t rate, max_rate;
};
void server_look(const struct server *server, struct moment now, struct server_view *ret);

/* Connections to it that wait for the next request, over all threads. */
unsigned server_idle_connections(const struct server *server);

struct backend_view {
	bool up;
	uint32_t sessions, max_sessions, limit;
	uint32_t queued, max_queued;
	uint32_t weight, active, backup; /* of the usable servers */
	uint64_t since_change_s, down_s;
	uint32_t downs;
	uint32_t rate, max_rate;
};
void backend_look(const struct backend *backend, struct moment now, struct backend_view *ret);

struct frontend_view {
	bool open;		/* false: stopping */
	bool paused;		/* and may open again */
	uint32_t sessions, max_sessions, limit;
	uint32_t rate, max_rate, connection_rate, max_connection_rate;
	uint32_t request_rate, max_request_rate;
};
void frontend_look(const struct frontend *frontend, struct moment now, struct frontend_view *ret);
