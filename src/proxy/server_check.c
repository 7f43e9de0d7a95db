/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_check.c - servers that go down and come up: active checks, what
 * follows a change (queues, streams, slowstart), and what the log says of it.
 *
 * A server's checks and its slowstart timer run in the thread it is at home.
 */
#include <errno.h>
#include <string.h>

#include "proxy/queue.h"
#include "proxy/server.h"
#include "proxy/stream.h"

enum { SLOWSTART_STEP_US = 100000 };

/* ---- streams of a server that shall end ---- */

struct sweep {
	struct loop_message message;
	struct worker *worker;
	const struct server *server;	/* NULL: those on all backup servers of `backend` */
	const struct backend *backend;
	char cause;
};

static bool is_swept(const struct sweep *sweep, const struct stream *stream)
{
	if (stream->target == NULL || stream->backend != sweep->backend ||
	    stream->state == STREAM_QUEUED)
		return false;
	return sweep->server != NULL ? stream->target == sweep->server
				     : stream->target->conf->backup;
}

static void sweep_worker(struct loop *loop, struct loop_message *message)
{
	struct sweep *sweep = container_of(message, struct sweep, message);

	list_for_each_safe(node, &sweep->worker->streams)
	{
		struct stream *stream = container_of(node, struct stream, node);

		if (is_swept(sweep, stream))
			stream_end(stream, sweep->cause, 0);
	}
	free(sweep);
}

static void sweep_all(const struct backend *backend, const struct server *server, char cause)
{
	struct proxy *proxy = backend->proxy;

	for (unsigned i = 0; i < proxy->threads; i++) {
		struct sweep *sweep = calloc(1, sizeof(*sweep));

		if (sweep == NULL)
			return; /* they end by themselves, later */
		*sweep = (struct sweep){ .message.deliver = sweep_worker,
					 .worker = &proxy->workers[i],
					 .server = server,
					 .backend = backend,
					 .cause = cause };
		loop_post(proxy->workers[i].loop, &sweep->message);
	}
}

/* ---- slowstart ---- */

static void set_weight(struct server *server, uint32_t weight)
{
	struct backend *backend = server->backend;

	pthread_mutex_lock(&backend->lock);
	server->lb.weight = weight;
	backend->section->back.lb.algo->changed(backend->lb, &server->lb);
	pthread_mutex_unlock(&backend->lock);
}

/* The weight grows with the time since the server came up, and never is 0. */
static void slowstart_step(struct loop *loop, struct loop_timer *timer)
{
	struct server *server = container_of(timer, struct server, slowstart);
	uint64_t full = (uint64_t)server->lb.uweight * SERVER_WEIGHT_SCALE;
	uint64_t all_us = (uint64_t)server->conf->slowstart_ms * 1000;
	uint64_t up_us = moment_since((struct moment){ server->changed_us }, loop_now(loop));

	if (server->state != SERVER_UP)
		return;
	if (up_us < all_us && loop_timer_arm(loop, timer, moment_after(loop_now(loop),
								       SLOWSTART_STEP_US)) == 0) {
		uint64_t weight = full * up_us / all_us;

		set_weight(server, weight == 0 ? 1 : (uint32_t)weight);
	} else {
		set_weight(server, (uint32_t)full);
	}
	queue_serve(server);
}

/* ---- a change ---- */

static void log_change(struct worker *worker, const struct server *server, bool up, const char *why)
{
	const struct backend *backend = server->backend;
	const char *kind = server->conf->backup ? "Backup Server" : "Server";

	log_printf(worker->log, &backend->section->log, up ? LOG_LEVEL_NOTICE : LOG_LEVEL_ALERT,
		   "%s %s/%s is %s, reason: %s, check duration: %ums. %u active and %u backup "
		   "servers %s.%s %u sessions active, 0 requeued, %u remaining in queue.",
		   kind, backend->section->name, server->conf->name, up ? "UP" : "DOWN", why,
		   server->check.status.duration_ms, backend->usable_active,
		   backend->usable_backup, up ? "online" : "left",
		   backend->usable_active == 0 && backend->usable_backup != 0
			   ? " Running on backup."
			   : "",
		   atomic_load(&server->lb.active), atomic_load(&server->queue.len));
	if (!up && backend->usable_active + backend->usable_backup == 0)
		log_printf(worker->log, &backend->section->log, LOG_LEVEL_EMERG,
			   "%s %s has no server available!",
			   section_accepts(backend->section) ? "proxy" : "backend",
			   backend->section->name);
}

static void note_backend(struct backend *backend, bool was_up, uint64_t now_us)
{
	bool up = backend->usable_active + backend->usable_backup != 0;

	if (up == was_up)
		return;
	if (up)
		atomic_fetch_add(&backend->down_us, now_us - backend->changed_us);
	else
		atomic_fetch_add(&backend->downs, 1);
	backend->changed_us = now_us;
}

static void change_state(struct server *server, bool up, uint64_t now_us)
{
	struct backend *backend = server->backend;

	pthread_mutex_lock(&backend->lock);
	bool was_up = backend->usable_active + backend->usable_backup != 0;
	if (up)
		atomic_fetch_add(&server->down_us, now_us - server->changed_us);
	else
		atomic_fetch_add(&server->downs, 1);
	server->state = up ? SERVER_UP : SERVER_DOWN;
	server->changed_us = now_us;
	if (up && server->conf->slowstart_ms != 0)
		server->lb.weight = 1;
	backend_regroup(backend);
	note_backend(backend, was_up, now_us);
	pthread_mutex_unlock(&backend->lock);
}

void server_mark(struct worker *worker, struct server *server, bool up, const char *why)
{
	struct backend *backend = server->backend;
	bool was_on_backup = backend->usable_active == 0;

	if (server->state == SERVER_MAINT || (server->state == SERVER_UP) == up)
		return;
	change_state(server, up, worker_now(worker).us);
	log_change(worker, server, up, why);
	if (!up) {
		queue_send_away(server);
		if (server->conf->shutdown_sessions_when_down)
			sweep_all(backend, server, 'D');
		return;
	}
	atomic_store(&server->refusals, 0);
	if (server->conf->slowstart_ms != 0)
		slowstart_step(worker->loop, &server->slowstart);
	if (was_on_backup && !server->conf->backup &&
	    server->conf->shutdown_backup_sessions_when_up)
		sweep_all(backend, NULL, 'U');
	queue_serve(server);
}

/* ---- checks ---- */

static void copy_seen(struct server *server)
{
	const struct health_status *status = &server->check.status;
	struct server_seen *seen = &server->seen;

	seen->code = status->code;
	seen->duration_ms = status->duration_ms;
	seen->errnum = (uint32_t)status->errnum;
	seen->streak = status->streak;
	seen->checked_wall_us = status->checked_wall_us;
	seen->failures = status->failures;
}

static const char *code_meaning(enum health_code code)
{
	switch (code) {
	case HEALTH_SOCKERR:
		return "Socket error";
	case HEALTH_L4OK:
		return "Layer4 check passed";
	case HEALTH_L4TOUT:
		return "Layer4 timeout";
	case HEALTH_L4CON:
		return "Layer4 connection problem";
	case HEALTH_UNKNOWN:
	case HEALTH_INI:
		break;
	}
	return "Unknown";
}

static void log_check(struct worker *worker, const struct server *server, bool ok)
{
	const struct health_status *status = &server->check.status;
	const struct section *section = server->backend->section;

	if (!section->back.log_health_checks || status->streak == 0)
		return;
	log_printf(worker->log, &section->log, LOG_LEVEL_NOTICE,
		   "Health check for %sserver %s/%s %s, reason: %s, check duration: %ums, "
		   "status: %u/%u %s.",
		   server->conf->backup ? "backup " : "", section->name, server->conf->name,
		   ok ? "succeeded" : "failed", code_meaning(status->code), status->duration_ms,
		   status->streak, ok ? server->check_conf.rise : server->check_conf.fall,
		   status->up ? "UP" : "DOWN");
}

static void check_result(struct health_check *check, bool ok)
{
	struct server *server = container_of(check, struct server, check);

	copy_seen(server);
	log_check(server->home, server, ok);
}

static void check_change(struct health_check *check, bool up, const char *why)
{
	struct server *server = container_of(check, struct server, check);
	const struct health_status *status = &check->status;
	bool told = status->errnum != 0 && status->code != HEALTH_L4OK;
	char reason[200];

	copy_seen(server);
	snprintf(reason, sizeof(reason), "%s%s%s%s", why, told ? ", info: \"" : "",
		 told ? strerrordesc_np(status->errnum) : "", told ? "\"" : "");
	server_mark(server->home, server, up, reason);
}

static void fill_check(struct server *server)
{
	const struct server_conf *conf = server->conf;
	const struct backend_conf *back = &server->backend->section->back;
	struct health_conf *check = &server->check_conf;
	const struct net_address *source = conf->source.len != 0 ? &conf->source : &back->source;

	*check = (struct health_conf){
		.address = conf->check_address.len != 0 ? conf->check_address : conf->address,
		.source = *source,
		.source_interface = conf->source_interface != NULL ? conf->source_interface
								   : back->source_interface,
		.send_proxy = conf->check_send_proxy ? conf->send_proxy : 0,
		.inter_ms = conf->inter_ms,
		.fastinter_ms = conf->fastinter_ms,
		.downinter_ms = conf->downinter_ms,
		.timeout_connect_ms = back->timeout_check != 0 ? back->timeout_check
							       : back->timeout_connect,
		.spread_percent = (uint32_t)server->backend->proxy->conf->global.spread_checks,
		.rise = (uint32_t)conf->rise,
		.fall = (uint32_t)conf->fall,
	};
	if (conf->check_port != 0)
		net_address_set_port(&check->address, (uint16_t)conf->check_port);
	else if (net_address_port(&check->address) == 0)
		net_address_set_port(&check->address, net_address_port(&conf->address));
}

/* Checks of many servers are spread over the first interval. */
static int start_check(struct worker *worker, struct server *server, unsigned number)
{
	uint64_t spread_us = (uint64_t)server->conf->inter_ms * 1000;

	server->home = worker;
	server->slowstart.on_expire = slowstart_step;
	if (!server->checked || server->conf->disabled)
		return 0;
	fill_check(server);
	server->check.on_result = check_result;
	server->check.on_change = check_change;
	server->seen.code = HEALTH_INI;
	return health_start(worker->loop, &server->check, &server->check_conf, true,
			    spread_us * (number % 16) / 16);
}

/* Servers are dealt to the threads in turn. */
static int for_own_servers(struct worker *worker,
			   int (*call)(struct worker *, struct server *, unsigned number))
{
	struct proxy *proxy = worker->proxy;
	unsigned number = 0;

	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		struct backend *backend = proxy->parts[i].backend;

		if (backend == NULL || backend->section->disabled)
			continue;
		for (unsigned j = 0; j < backend->server_count; j++, number++) {
			int error = 0;

			if (number % proxy->threads == worker->index)
				error = call(worker, &backend->servers[j], number);
			if (error < 0)
				return error;
		}
	}
	return 0;
}

int server_start_checks(struct worker *worker)
{
	return for_own_servers(worker, start_check);
}

static int stop_check(struct worker *worker, struct server *server, unsigned number)
{
	if (server->check.loop != NULL)
		health_stop(&server->check);
	return 0;
}

void server_stop_checks(struct worker *worker)
{
	for_own_servers(worker, stop_check);
}
