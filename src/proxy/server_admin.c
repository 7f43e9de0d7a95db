/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_admin.c - see server_admin.h. State changes hold the backend's
 * lock; what the data path reads without it (address, limits) is atomic.
 */
#include "proxy/server_admin.h"

#include <errno.h>
#include <string.h>

#include "proxy/queue.h"
#include "proxy/reclaim.h"
#include "proxy/server_agent.h"
#include "proxy/server_conn.h"
#include "proxy/server_track.h"
#include "proxy/worker.h"

/* ---- at home: checks and slowstart follow the state ---- */

static void admin_force(struct server *server, enum server_force what)
{
	if (what != SERVER_FORCE_NOTHING)
		server_force_check(server, what != SERVER_FORCE_DOWN, what == SERVER_FORCE_STOPPING,
				   "changed by hand");
}

static void admin_settle(struct loop *loop, struct loop_message *message)
{
	struct server *server = container_of(message, struct server, settle);

	atomic_store(&server->settle_posted, false);
	server_check_settle(server, !server_in_maintenance(server) &&
					    !atomic_load(&server->check_stopped));
	if (server->agent != NULL && atomic_exchange(&server->agent->anew, false))
		server_agent_settle(server);
	if (server->agent != NULL)
		server_agent_force_asked(server);
	admin_force(server, (enum server_force)atomic_exchange(&server->forced, 0));
}

void server_settle_later(struct server *server, bool agent)
{
	if (agent && server->agent != NULL)
		atomic_store(&server->agent->anew, true);
	if (server->home != NULL && !atomic_exchange(&server->settle_posted, true))
		loop_post(server->home->loop, &server->settle);
}

/* ---- idle connections, in every thread ---- */

struct pool_sweep {
	struct loop_message message;
	struct worker *worker;
	struct server *server;
};

static void admin_sweep_pool(struct loop *loop, struct loop_message *message)
{
	struct pool_sweep *sweep = container_of(message, struct pool_sweep, message);

	server_pool_close(sweep->worker, sweep->server);
	free(sweep);
}

/* Without memory they stay until they are purged, and nobody is given one of an old address. */
static void admin_close_pools(struct server *server)
{
	struct proxy *proxy = server->backend->proxy;

	for (unsigned i = 0; proxy->workers != NULL && i < proxy->threads; i++) {
		struct pool_sweep *sweep = calloc(1, sizeof(*sweep));

		if (sweep == NULL)
			return;
		*sweep = (struct pool_sweep){ .message.deliver = admin_sweep_pool,
					      .worker = &proxy->workers[i],
					      .server = server };
		loop_post(proxy->workers[i].loop, &sweep->message);
	}
}

/* ---- maintenance and drain ---- */

static bool admin_backend_up(const struct backend *backend)
{
	return backend->usable_active + backend->usable_backup != 0;
}

/* What follows from new reasons, under the lock. Returns the state before. */
static uint32_t admin_apply(struct server *server, unsigned set, unsigned clear,
			    unsigned *ret_before, uint64_t now_us)
{
	struct backend *backend = server->backend;
	uint32_t state;

	pthread_mutex_lock(&backend->lock);
	bool was_up = admin_backend_up(backend);
	*ret_before = server->admin;
	state = server->state;
	server->admin = (*ret_before & ~clear) | set;
	if ((server->admin & SERVER_ADMIN_MAINT) != 0 && state != SERVER_MAINT) {
		server->state = SERVER_MAINT;
		server->stopping = false;
		if (state == SERVER_DOWN)
			atomic_fetch_add(&server->down_us, now_us - server->changed_us);
		server->changed_us = now_us;
	} else if ((server->admin & SERVER_ADMIN_MAINT) == 0 && state == SERVER_MAINT) {
		server->state = server_agent_down(server) || server_begins_down(server)
					? SERVER_DOWN
					: SERVER_UP;
		server->changed_us = now_us;
		if (server->conf->slowstart_ms != 0)
			server->lb.weight = 1;
	}
	backend_regroup(backend);
	backend_note_change(backend, was_up, now_us);
	pthread_mutex_unlock(&backend->lock);
	return state;
}

static const char *admin_kind(const struct server *server)
{
	return server->conf->backup ? "Backup Server" : "Server";
}

/* `counts`: of the queue, as the line ends; NULL: it says no more. */
static void admin_log(struct worker *worker, const struct server *server, enum log_level level,
		      const char *what, const char *counts)
{
	const struct backend *backend = server->backend;
	const struct log_conf *log = &backend->section->log;
	const char *kind = admin_kind(server);

	if (counts == NULL)
		log_printf(worker->log, log, level, "%s %s/%s %s.", kind, backend->section->name,
			   server->conf->name, what);
	else
		log_printf(worker->log, log, level,
			   "%s %s/%s %s. %u active and %u backup servers %s.", kind,
			   backend->section->name, server->conf->name, what, backend->usable_active,
			   backend->usable_backup, counts);
}

static const char *admin_on_backup(const struct backend *backend)
{
	return backend->usable_active == 0 && backend->usable_backup != 0 ? " Running on backup."
									  : "";
}

static void admin_log_left(struct worker *worker, const struct server *server,
			   enum log_level level, const char *what)
{
	char counts[128];

	snprintf(counts, sizeof(counts), "left.%s %u sessions active, 0 requeued, %u remaining in queue",
		 admin_on_backup(server->backend), atomic_load(&server->lb.active),
		 atomic_load(&server->queue.len));
	admin_log(worker, server, level, what, counts);
}

static void admin_log_drain(struct worker *worker, const struct server *server, const char *what)
{
	const struct backend *backend = server->backend;

	if (server->state == SERVER_DOWN) {
		admin_log_left(worker, server, LOG_LEVEL_NOTICE, what);
		return;
	}
	alert_log(backend->proxy, worker->log, backend->section, LOG_LEVEL_NOTICE, LOG_LEVEL_NOTICE,
		  "%s %s/%s %s. %u active and %u backup servers online.%s 0 sessions requeued, %u "
		  "total in queue.",
		  admin_kind(server), backend->section->name, server->conf->name, what,
		  backend->usable_active, backend->usable_backup, admin_on_backup(backend),
		  atomic_load(&server->queue.len));
}

static const char *admin_left(unsigned reasons)
{
	if ((reasons & SERVER_ADMIN_FORCED_MAINT) != 0)
		return "forced maintenance";
	if ((reasons & SERVER_ADMIN_MAINT) != 0)
		return "maintenance";
	return (reasons & SERVER_ADMIN_FORCED_DRAIN) != 0 ? "forced drain" : "drain";
}

/* One line for each passage between ready, drain and maintenance. */
static void admin_tell(struct worker *worker, const struct server *server, unsigned before,
		       uint32_t state, const char *who)
{
	unsigned now = server->admin;
	bool maint = (now & SERVER_ADMIN_MAINT) != 0, drain = (now & SERVER_ADMIN_DRAIN) != 0;
	bool was_maint = (before & SERVER_ADMIN_MAINT) != 0;
	bool was_drain = (before & SERVER_ADMIN_DRAIN) != 0;
	const char *is = server->state == SERVER_DOWN ? "DOWN" : "UP";
	enum log_level level = LOG_LEVEL_NOTICE;
	char text[200];

	if (maint && was_maint) {
		if ((before & ~now & SERVER_ADMIN_FORCED_MAINT) != 0)
			admin_log(worker, server, level,
				  "is leaving forced maintenance but remains in maintenance", NULL);
	} else if (maint && state == SERVER_DOWN) {
		snprintf(text, sizeof(text), "was DOWN and now enters maintenance%s", who);
		admin_log(worker, server, level, text, NULL);
	} else if (maint) {
		snprintf(text, sizeof(text), "is going DOWN for maintenance%s", who);
		admin_log_left(worker, server, was_drain ? level : LOG_LEVEL_ALERT, text);
	} else if (was_maint && (before & SERVER_ADMIN_MAINT) == SERVER_ADMIN_RESOLUTION_MAINT) {
		/* One space stands before it already. */
		snprintf(text, sizeof(text), "%.120s is UP/%s (resolves again)", who + (*who == ' '),
			 drain ? "DRAIN" : "READY");
		admin_log(worker, server, level, text, NULL);
	} else if (was_maint) {
		snprintf(text, sizeof(text), "is %s/%s (leaving %s)%s", is,
			 drain ? "DRAIN" : "READY", admin_left(before), who);
		admin_log(worker, server, level, text, NULL);
		if (drain)
			admin_log(worker, server, level, "remains in forced drain mode", NULL);
	} else if (drain && !was_drain) {
		snprintf(text, sizeof(text), "enters drain state%s", who);
		admin_log_drain(worker, server, text);
	} else if (!drain && was_drain) {
		snprintf(text, sizeof(text), "is %s (leaving %s)%s", is, admin_left(before), who);
		admin_log(worker, server, level, text, NULL);
	}
}

void server_admin_change(struct worker *worker, struct server *server, unsigned set,
			 unsigned clear, const char *who)
{
	struct backend *backend = server->backend;
	bool was_up = admin_backend_up(backend);
	unsigned before;
	uint32_t state = admin_apply(server, set, clear, &before, worker_now(worker).us);

	admin_tell(worker, server, before, state, who);
	if (was_up && !admin_backend_up(backend))
		log_printf(worker->log, &backend->section->log, LOG_LEVEL_EMERG,
			   "%s %s has no server available!",
			   section_accepts(backend->section) ? "proxy" : "backend",
			   backend->section->name);
	if (server_in_maintenance(server) && state != SERVER_MAINT) {
		queue_send_away(server);
		admin_close_pools(server);
		if (server->conf->shutdown_sessions_when_down)
			server_end_streams(server, 'D');
	}
	if (!server_in_maintenance(server)) {
		atomic_store(&server->refusals, 0);
		queue_serve(server);
	}
	server_track_tell(server);
	if (state == SERVER_MAINT && !server_in_maintenance(server))
		server_track_again(server);
	server_settle_later(server, false);
}

/* ---- weight, limit ---- */

bool server_set_weight(struct server *server, uint32_t weight)
{
	struct backend *backend = server->backend;
	const struct lb_algo *algo = backend->section->back.lb.algo;

	if (!algo->dynamic_weights && backend->section->back.lb.hash_type != LB_HASH_CONSISTENT &&
	    weight != 0 && weight != (uint64_t)server->conf->weight)
		return false;
	pthread_mutex_lock(&backend->lock);
	bool was_up = admin_backend_up(backend);
	bool starting = server->lb.weight < server->lb.uweight * SERVER_WEIGHT_SCALE;
	server->lb.uweight = weight;
	/* A slow start goes on from where it is, towards the new weight. */
	if (!starting || server->lb.weight > weight * SERVER_WEIGHT_SCALE)
		server->lb.weight = weight * SERVER_WEIGHT_SCALE;
	backend_regroup(backend);
	if (backend->lb != NULL)
		algo->changed(backend->lb, &server->lb);
	backend_note_change(backend, was_up, moment_now().us);
	pthread_mutex_unlock(&backend->lock);
	queue_serve(server);
	return true;
}

void server_set_maxconn(struct server *server, uint32_t maxconn)
{
	if (maxconn != 0)
		server->backend->limited = true;
	atomic_store(&server->maxconn, maxconn);
	queue_serve(server);
}

/* ---- address ---- */

int server_set_address(struct server *server, const struct net_address *address)
{
	struct net_address *copy = malloc(sizeof(*copy));
	struct net_address *old;

	if (copy == NULL)
		return -ENOMEM;
	*copy = *address;
	/* First the number: a connection that has the old one is never kept as one to the new address. */
	atomic_fetch_add(&server->address_number, 1);
	old = atomic_exchange(&server->address, copy);
	atomic_store(&server->refusals, 0);
	if (old != &server->conf->address)
		proxy_reclaim(server->backend->proxy, old, free);
	admin_close_pools(server);
	server_settle_later(server, true);
	return 0;
}

/* ---- checks ---- */

void server_set_checking(struct server *server, bool on)
{
	if (!server->checked)
		return;
	atomic_store(&server->check_stopped, !on);
	server_settle_later(server, false);
}

void server_force(struct server *server, enum server_force what)
{
	atomic_store(&server->forced, what);
	server_settle_later(server, false);
}

void server_set_check_port(struct server *server, uint16_t port)
{
	atomic_store(&server->check_port, port);
	server_settle_later(server, false);
}

void server_set_check_address(struct server *server, const struct net_address *address)
{
	pthread_mutex_lock(&server->backend->lock);
	server->check_address = *address;
	pthread_mutex_unlock(&server->backend->lock);
	server_settle_later(server, false);
}

void server_admin_init(struct server *server)
{
	const struct server_conf *conf = server->conf;

	server->settle.deliver = admin_settle;
	server->admin = conf->disabled ? SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT : 0;
	if (server_begins_nowhere(conf))
		server->admin |= SERVER_ADMIN_RESOLUTION_MAINT;
	server->address = (struct net_address *)&conf->address;
	server->maxconn = (uint32_t)conf->maxconn;
	server->check_address = conf->check_address;
	server->check_port = (uint32_t)conf->check_port;
}

void server_admin_fini(struct server *server)
{
	if (server->address != &server->conf->address)
		free(server->address);
}
