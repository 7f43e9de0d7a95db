/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/worker.c - see worker.h. */
#include "proxy/worker.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/regex.h"
#include "proxy/ledger.h"
#include "proxy/listener.h"
#include "proxy/log_receive.h"
#include "proxy/run.h"
#include "proxy/server.h"
#include "proxy/server_conn.h"
#include "proxy/txn.h"

enum {
	RECEIVE_BYTES = 64 * 1024,
	PIPES_PER_THREAD = 128,
	HEARTBEAT_US = 40000,
};

/* Every turn ends here: progress is stamped, log lines leave. */
static void before_sleep(struct loop *loop, struct loop_hook *hook)
{
	struct worker *worker = container_of(hook, struct worker, before_sleep);

	if (proxy_is_current(worker->proxy))
		atomic_store_explicit(&worker->proxy->page->proxy.thread[worker->index].stamp_us,
				      worker_now(worker).us, memory_order_relaxed);
	log_flush(worker->log);
}

static void resume(struct loop *loop, struct loop_message *message)
{
	struct worker *worker = container_of(message, struct worker, resume);

	atomic_store(&worker->resume_posted, false);
	listeners_resume(worker);
}

static void settle(struct loop *loop, struct loop_message *message)
{
	struct worker *worker = container_of(message, struct worker, settle);

	atomic_store(&worker->settle_posted, false);
	listeners_settle(worker);
}

void workers_settle_listeners(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->threads; i++)
		if (!atomic_exchange(&proxy->workers[i].settle_posted, true))
			loop_post(proxy->workers[i].loop, &proxy->workers[i].settle);
}

static void look_again(struct loop *loop, struct loop_message *message)
{
	struct worker *worker = container_of(message, struct worker, look);

	atomic_store(&worker->look_posted, false);
	listeners_look_again(worker);
}

static void shed(struct loop *loop, struct loop_message *message)
{
	struct worker *worker = container_of(message, struct worker, shed);

	atomic_store(&worker->shed_posted, false);
	server_pools_shed(worker);
}

void workers_shed(struct worker *asker)
{
	struct proxy *proxy = asker->proxy;

	for (unsigned i = 0; i < proxy->threads; i++)
		if (i != asker->index && !atomic_exchange(&proxy->workers[i].shed_posted, true))
			loop_post(proxy->workers[i].loop, &proxy->workers[i].shed);
}

static void open_listeners(struct loop *loop, struct loop_message *message)
{
	listeners_open(container_of(message, struct worker, open));
}

void workers_open_listeners(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->threads; i++)
		loop_post(proxy->workers[i].loop, &proxy->workers[i].open);
}

void workers_look_again(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->threads; i++)
		if (!atomic_exchange(&proxy->workers[i].look_posted, true))
			loop_post(proxy->workers[i].loop, &proxy->workers[i].look);
}

static void close_listeners(struct loop *loop, struct loop_message *message)
{
	struct worker *worker = container_of(message, struct worker, close);

	struct proxy *proxy = worker->proxy;

	if (proxy->handed_over) {
		listeners_hand_over(worker);
		server_stop_checks(worker);
	} else {
		listeners_retire(worker);
	}
	streams_close_idle(worker);
	log_clients_close(worker);
	if (atomic_fetch_sub(&proxy->listening, 1) == 1 && proxy->args->ledger != NULL)
		atomic_store(&proxy->args->ledger->page->accepting, 0);
	worker_end_if_idle(proxy);
}

static void stop(struct loop *loop, struct loop_message *message)
{
	listeners_close(container_of(message, struct worker, stop));
	loop_stop(loop);
}

static unsigned pipe_share(const struct proxy *proxy)
{
	if (proxy->conf->global.no_splice)
		return 0;
	if (proxy->conf->global.maxpipes > 0)
		return (unsigned)((proxy->conf->global.maxpipes + proxy->threads - 1) /
				  proxy->threads);
	return PIPES_PER_THREAD;
}

static int make_memory(struct worker *worker)
{
	const struct proxy_global *global = &worker->proxy->conf->global;
	uint32_t large = global->bufsize > RECEIVE_BYTES ? (uint32_t)global->bufsize
							 : RECEIVE_BYTES;

	slab_init(&worker->stream_slab, sizeof(struct stream));
	slab_init(&worker->detour_slab, sizeof(struct stream_detour));
	slab_init(&worker->conn_slab, sizeof(struct server_conn));
	slab_init(&worker->txn_slab, txn_size(global->maxhdr));
	slab_init(&worker->log_client_slab, sizeof(struct log_client));
	/* Heads of both directions as they came and as they are sent, a body that is looked at or kept. */
	worker->bumps.limit = 8 * (size_t)large;
	worker->scratch.pool = &worker->bumps;
	worker->regex = regex_scratch_new();
	buffer_pool_init(&worker->buffers, large);
	worker->receive = buffer_get(&worker->buffers, large);
	health_engine_init(&worker->checks);
	worker->checks.loop = worker->loop;
	worker->checks.bumps = &worker->bumps;
	worker->checks.regex = worker->regex;
	worker->checks.process_vars = worker->proxy->vars;
	worker->checks.bufsize = global->bufsize;
	worker->checks.limit = (unsigned)global->max_checks;
	net_pipe_pool_init(&worker->pipes, global->pipesize != 0 ? global->pipesize : 1 << 20,
			   pipe_share(worker->proxy));
	return worker->receive == NULL || worker->regex == NULL ? -ENOMEM : 0;
}

int worker_init(struct worker *worker, struct proxy *proxy, unsigned index)
{
	worker->proxy = proxy;
	worker->index = index;
	worker->random = wall_now_us() * 2654435761u + index * 40503u + 1;
	worker->wall.local.second = worker->wall.gmt.second = -1;
	worker->resume.deliver = resume;
	worker->settle.deliver = settle;
	worker->open.deliver = open_listeners;
	worker->look.deliver = look_again;
	worker->shed.deliver = shed;
	worker->close.deliver = close_listeners;
	worker->stop.deliver = stop;
	list_init(&worker->streams);
	list_init(&worker->idle_pools);
	list_init(&worker->log_clients);
	server_pools_open(worker);
	worker->loop = loop_new(worker);
	worker->log = log_open("haproxy", getpid());
	if (worker->loop == NULL || worker->log == NULL)
		return -ENOMEM;
	loop_set_heartbeat(worker->loop, HEARTBEAT_US);
	loop_set_batch(worker->loop, (unsigned)proxy->conf->global.maxpollevents);
	loop_hook_add(worker->loop, &worker->before_sleep, before_sleep);

	int error = make_memory(worker);
	if (error == 0)
		error = listeners_init(worker);
	return error;
}

void worker_fini(struct worker *worker)
{
	listeners_fini(worker);
	net_pipe_pool_fini(&worker->pipes);
	free(worker->receive);
	buffer_pool_fini(&worker->buffers);
	slab_fini(&worker->stream_slab);
	slab_fini(&worker->detour_slab);
	slab_fini(&worker->conn_slab);
	slab_fini(&worker->txn_slab);
	slab_fini(&worker->log_client_slab);
	health_engine_fini(&worker->checks);
	bump_free(&worker->scratch);
	bump_pool_free(&worker->bumps);
	regex_scratch_free(worker->regex);
	if (worker->log != NULL)
		log_close(worker->log);
	loop_free(worker->loop);
}

void worker_prepare(struct worker *worker)
{
	log_prepare(worker->log, &worker->proxy->conf->global.log);
	for (const struct section *s = worker->proxy->conf->sections; s != NULL; s = s->next)
		log_prepare(worker->log, &s->log);
	/* Those of backends that may be added. */
	for (const struct backend_model *m = worker->proxy->conf->models; m != NULL; m = m->next)
		for (unsigned mode = 0; mode < ARRAY_LEN(m->of); mode++)
			log_prepare(worker->log, &m->of[mode].section->log);
	for (const struct log_forward *f = worker->proxy->conf->log_forwards; f != NULL; f = f->next)
		log_prepare(worker->log, &f->section.log);
}

int worker_run(struct worker *worker)
{
	return loop_run(worker->loop);
}

void worker_stop(struct worker *worker)
{
	if (!atomic_exchange(&worker->stop_posted, true))
		loop_post(worker->loop, &worker->stop);
}

void worker_end_if_idle(struct proxy *proxy)
{
	if (!atomic_load_explicit(&proxy->stopping, memory_order_relaxed))
		return;
	if (proxy->args->ledger != NULL)
		atomic_store(&proxy->args->ledger->page->connections, gate_now(&proxy->gate));
	if (gate_now(&proxy->gate) != 0 || atomic_load(&proxy->listening) != 0)
		return;
	for (unsigned i = 0; i < proxy->threads; i++)
		worker_stop(&proxy->workers[i]);
}

void worker_close_listeners(struct worker *worker)
{
	if (!atomic_exchange(&worker->close_posted, true))
		loop_post(worker->loop, &worker->close);
}

void workers_resume(struct proxy *proxy, uint64_t threads)
{
	for (unsigned i = 0; threads != 0; i++, threads >>= 1) {
		struct worker *worker = &proxy->workers[i];

		if ((threads & 1) != 0 && !atomic_exchange(&worker->resume_posted, true))
			loop_post(worker->loop, &worker->resume);
	}
}

static void reap(struct loop *loop, struct loop_deferred *deferred)
{
	struct worker *worker = container_of(deferred, struct worker, reap);

	while (worker->dead != NULL) {
		struct stream *stream = worker->dead;

		worker->dead = stream->next_dead;
		slab_put(&worker->stream_slab, stream);
	}
	while (worker->dead_conns != NULL) {
		struct server_conn *conn = worker->dead_conns;

		worker->dead_conns = conn->next_dead;
		slab_put(&worker->conn_slab, conn);
	}
	while (worker->dead_log_clients != NULL) {
		struct log_client *client = worker->dead_log_clients;

		worker->dead_log_clients = client->next_dead;
		slab_put(&worker->log_client_slab, client);
	}
	worker->reaping = false;
}

void worker_reap_later(struct worker *worker)
{
	if (worker->reaping)
		return;
	worker->reaping = true;
	loop_defer(worker->loop, &worker->reap, reap);
}

void worker_wall_check(struct worker *worker)
{
	worker->wall.offset_us = wall_now_us() - moment_now().us;
	worker->wall.checked_us = worker_now(worker).us;
}
