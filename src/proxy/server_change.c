/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_change.c - servers that go down, come up or take no new load:
 * what follows (queues, streams, slowstart), and what the log says of it.
 *
 * A server's slowstart timer runs in the thread it is at home.
 */
#include <errno.h>
#include <string.h>

#include "proxy/queue.h"
#include "proxy/server.h"
#include "proxy/server_admin.h"
#include "proxy/server_track.h"
#include "proxy/stream.h"

enum { SLOWSTART_STEP_US = 100000 };

struct server_change {
	bool up, stopping, was_stopping;
	bool was_available;	/* the backend had a usable server */
	const char *why;	/* "" when a line of the check has told it already; " via b/s"; ", changed from CLI" */
};

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

void server_end_streams(const struct server *server, char cause)
{
	sweep_all(server->backend, server, cause);
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

void server_slowstart_settle(struct server *server)
{
	struct loop *loop = server->home->loop;

	if (server->state == SERVER_UP && server->conf->slowstart_ms != 0)
		slowstart_step(loop, &server->slowstart);
	else
		loop_timer_disarm(loop, &server->slowstart);
}

void server_slowstart_init(struct server *server)
{
	server->slowstart.on_expire = slowstart_step;
}

/* ---- a change ---- */

static void change_log(struct worker *worker, const struct server *server,
		       const struct server_change *change)
{
	const struct backend *backend = server->backend;
	const struct section *section = backend->section;
	bool up = change->up;
	enum log_level level = up || change->was_stopping || server_drains(server)
				       ? LOG_LEVEL_NOTICE
				       : LOG_LEVEL_ALERT;
	const char *what = !up ? "DOWN" : change->stopping ? "stopping" : "UP";
	char counts[96];

	snprintf(counts, sizeof(counts),
		 up ? "%u sessions requeued, %u total in queue"
		    : "%u sessions active, 0 requeued, %u remaining in queue",
		 up ? 0 : atomic_load(&server->lb.active), atomic_load(&server->queue.len));
	alert_log(backend->proxy, worker->log, section, level, level,
		   "%sServer %s/%s is %s%s%s. %u active and %u backup servers %s.%s %s.",
		   server->conf->backup ? "Backup " : "", section->name, server->conf->name, what,
		   strchr(" ,", change->why[0]) != NULL ? "" : ", reason: ",
		   change->why, backend->usable_active, backend->usable_backup, up ? "online" : "left",
		   backend->usable_active == 0 && backend->usable_backup != 0
			   ? " Running on backup."
			   : "",
		   counts);
	if (server_drains(server))
		log_printf(worker->log, &section->log, LOG_LEVEL_NOTICE,
			   "%sServer %s/%s remains in forced drain mode.",
			   server->conf->backup ? "Backup " : "", section->name,
			   server->conf->name);
	if (change->was_available && backend->usable_active + backend->usable_backup == 0)
		log_printf(worker->log, &section->log, LOG_LEVEL_EMERG,
			   "%s %s has no server available!",
			   section_accepts(section) ? "proxy" : "backend", section->name);
}

/* False: nothing changes. Another thread may just have put it into maintenance. */
static bool change_state(struct server *server, struct server_change *change, uint64_t now_us)
{
	struct backend *backend = server->backend;

	pthread_mutex_lock(&backend->lock);
	bool was_serving = server->state == SERVER_UP;
	if (server->state == SERVER_MAINT ||
	    (was_serving == change->up && server->stopping == change->stopping)) {
		pthread_mutex_unlock(&backend->lock);
		return false;
	}
	bool was_up = backend->usable_active + backend->usable_backup != 0;
	change->was_available = was_up;
	if (change->up && !was_serving)
		atomic_fetch_add(&server->down_us, now_us - server->changed_us);
	else if (!change->up)
		atomic_fetch_add(&server->downs, 1);
	server->state = change->up ? SERVER_UP : SERVER_DOWN;
	server->stopping = change->stopping;
	server->changed_us = now_us;
	if (change->up && !change->stopping && server->conf->slowstart_ms != 0)
		server->lb.weight = 1;
	backend_regroup(backend);
	backend_note_change(backend, was_up, now_us);
	pthread_mutex_unlock(&backend->lock);
	return true;
}

/* What waits for it and what it serves, after it went. */
static void change_went_down(struct server *server)
{
	queue_send_away(server);
	if (server->conf->shutdown_sessions_when_down)
		server_end_streams(server, 'D');
}

static void change_came_up(struct worker *worker, struct server *server, bool was_on_backup)
{
	atomic_store(&server->refusals, 0);
	if (server->conf->slowstart_ms != 0)
		slowstart_step(worker->loop, &server->slowstart);
	if (was_on_backup && !server->conf->backup &&
	    server->conf->shutdown_backup_sessions_when_up)
		sweep_all(server->backend, NULL, 'U');
	queue_serve(server);
}

void server_mark(struct worker *worker, struct server *server, bool up, bool stopping,
		 const char *why)
{
	struct server_change change = { .up = up, .stopping = stopping, .why = why,
					.was_stopping = server->stopping };
	bool was_on_backup = server->backend->usable_active == 0;

	if (!change_state(server, &change, worker_now(worker).us))
		return;
	change_log(worker, server, &change);
	server_track_tell(server);
	if (!up)
		change_went_down(server);
	else if (!stopping)
		change_came_up(worker, server, was_on_backup);
	else
		queue_send_away(server);
}
