/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/run.c - the proxy process: makes the workers, gives privileges up,
 * starts the threads and sees to it that they end. The main thread is worker 0
 * and takes the signals.
 */
#include "proxy/run.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proxy/ledger.h"
#include "proxy/log_receive.h"
#include "proxy/proxy.h"
#include "proxy/server.h"
#include "proxy/server_external.h"
#include "proxy/server_conn.h"
#include "proxy/server_name.h"
#include "proxy/stream.h"
#include "proxy/will.h"
#include "proxy/worker.h"

/* What only worker 0 has. */
struct process {
	struct proxy *proxy;
	struct loop_file parent;
	struct loop_timer grace;	/* until the listeners close */
	struct loop_timer hard_stop;
	bool soft_stopping;
	void *cli;			/* of args->cli_service */
};

/* A start that has failed may not have made them all. */
static void stop_all(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->threads; i++)
		if (proxy->workers[i].loop != NULL)
			worker_stop(&proxy->workers[i]);
}

static void log_sections(struct proxy *proxy, const char *what)
{
	struct worker *worker = &proxy->workers[0];

	for (const struct section *s = proxy->conf->sections; s != NULL; s = s->next)
		if (!s->disabled)
			log_printf(worker->log, &s->log, LOG_LEVEL_NOTICE, "Proxy %s %s.", s->name,
				   what);
}

static void close_all_listeners(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->threads; i++)
		worker_close_listeners(&proxy->workers[i]);
}

static void grace_over(struct loop *loop, struct loop_timer *timer)
{
	struct proxy *proxy = worker_of(loop)->proxy;

	proxy->stopping_since = loop_now(loop);
	atomic_store(&proxy->stopping, true);
	close_all_listeners(proxy);
}

static void hard_stop(struct loop *loop, struct loop_timer *timer)
{
	stop_all(worker_of(loop)->proxy);
}

static void arm_or_call(struct loop *loop, struct loop_timer *timer, uint32_t ms)
{
	struct moment when = moment_after(loop_now(loop), (uint64_t)ms * 1000);

	if (ms == 0 || loop_timer_arm(loop, timer, when) < 0)
		timer->on_expire(loop, timer);
}

/* The page speaks of the process that serves, not of one that drains behind it. */
static void set_page_state(struct proxy *proxy, enum page_proxy_state state)
{
	if (proxy_is_current(proxy))
		page_proxy_set_state(proxy->page, state);
}

static void soft_stop(struct loop *loop)
{
	struct proxy *proxy = worker_of(loop)->proxy;
	struct process *process = proxy->process;

	if (process->soft_stopping)
		return;
	process->soft_stopping = true;
	set_page_state(proxy, PAGE_PROXY_STOPPING);
	/* Who has the sockets answers on those of the runtime API, too. */
	if (process->cli != NULL && proxy->args->ledger != NULL &&
	    atomic_load(&proxy->args->ledger->page->exported) != 0)
		proxy->args->cli_service->hand_over(process->cli);
	log_sections(proxy, "stopping");
	if (proxy->conf->global.hard_stop_after_ms != 0)
		arm_or_call(loop, &process->hard_stop, proxy->conf->global.hard_stop_after_ms);
	arm_or_call(loop, &process->grace, proxy->conf->global.grace_ms);
}

static void hand_over(struct loop *loop)
{
	struct proxy *proxy = worker_of(loop)->proxy;

	if (proxy->process->soft_stopping)
		return;
	atomic_store(&proxy->handed_over, true);
	if (proxy->process->cli != NULL)
		proxy->args->cli_service->hand_over(proxy->process->cli);
	if (proxy->args->handed_over != NULL)
		proxy->args->handed_over();
	soft_stop(loop);
}

static void generation_changed(struct loop *loop)
{
	struct proxy *proxy = worker_of(loop)->proxy;

	if (!proxy_is_current(proxy)) {
		hand_over(loop);
		return;
	}
	workers_look_again(proxy);
	if (proxy->process->cli != NULL)
		proxy->args->cli_service->look_again(proxy->process->cli);
}

static void on_signal(struct loop *loop, int signal)
{
	struct proxy *proxy = worker_of(loop)->proxy;

	if (signal == SIGUSR1) {
		soft_stop(loop);
	} else if (signal == SIGUSR2) {
		generation_changed(loop);
	} else if (signal == SIGHUP) {
		will_write(proxy);
	} else {
		set_page_state(proxy, PAGE_PROXY_STOPPING);
		stop_all(proxy);
	}
}

/* Nobody would watch over us any more, nor start us again. */
static void parent_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	char bytes[64];
	ssize_t got = read(file->fd, bytes, sizeof(bytes));

	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	loop_file_remove(loop, file);
	stop_all(worker_of(loop)->proxy);
}

static int watch(struct process *process)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, 0 };
	struct proxy *proxy = process->proxy;
	struct loop *loop = proxy->workers[0].loop;

	process->parent.fd = -1;
	process->grace.on_expire = grace_over;
	process->hard_stop.on_expire = hard_stop;
	signal(SIGPIPE, SIG_IGN);

	int error = loop_signals(loop, signals, on_signal);
	if (error == 0 && proxy->args->parent_fd >= 0)
		error = loop_file_add_level(loop, &process->parent, proxy->args->parent_fd,
					    parent_ready);
	return error;
}

static int make_workers(struct proxy *proxy)
{
	size_t bytes = proxy->threads * sizeof(struct worker);

	proxy->workers = calloc(1, bytes);
	if (proxy->workers == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < proxy->threads; i++) {
		int error = worker_init(&proxy->workers[i], proxy, i);

		if (error == 0)
			error = server_start_checks(&proxy->workers[i]);
		if (error < 0)
			return error;
		worker_prepare(&proxy->workers[i]);
	}
	return 0;
}

/* Best effort, as with HAProxy: a CPU that is not there is left out by the kernel. */
static void run_on_its_cpus(const struct worker *worker)
{
	uint64_t cpus = worker->proxy->conf->global.cpu_map[worker->index];
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < 64; cpu++)
		if ((cpus >> cpu & 1) != 0)
			CPU_SET(cpu, &set);
	if (cpus != 0)
		(void)sched_setaffinity(0, sizeof(set), &set);
}

static void *thread_main(void *argument)
{
	run_on_its_cpus(argument);
	worker_run(argument);
	return NULL;
}

static int start_threads(struct proxy *proxy)
{
	for (unsigned i = 1; i < proxy->threads; i++) {
		int error = pthread_create(&proxy->workers[i].thread, NULL, thread_main,
					   &proxy->workers[i]);

		if (error != 0)
			return -error;
		proxy->started_threads = i;
	}
	return 0;
}

static void end_workers(struct proxy *proxy)
{
	stop_all(proxy);
	for (unsigned i = 1; i <= proxy->started_threads; i++)
		pthread_join(proxy->workers[i].thread, NULL);
	if (proxy->process->cli != NULL)
		proxy->args->cli_service->stop(proxy->process->cli);
	names_stop(proxy);
	for (unsigned i = 0; i < proxy->threads; i++) {
		struct worker *worker = &proxy->workers[i];

		if (worker->loop == NULL)
			continue;
		streams_close(worker);
		log_clients_close(worker);
		server_pools_close(worker);
		server_stop_checks(worker);
	}
	if (proxy->http_service != NULL)
		proxy->args->http_service->stop(proxy->http_service);
	for (unsigned i = 0; i < proxy->threads; i++)
		worker_fini(&proxy->workers[i]);
	free(proxy->workers);
}

static int start_cli(struct proxy *proxy, struct process *process)
{
	const struct proxy_args *args = proxy->args;

	if (args->cli_service == NULL ||
	    ((args->cli_fds == NULL || proxy->conf->global.cli == NULL) && args->master_fd <= 0))
		return 0;
	return args->cli_service->start(proxy, args->cli_fds, &process->cli);
}

static int start_http_service(struct proxy *proxy)
{
	const struct proxy_service *service = proxy->args->http_service;

	return service == NULL || service->start == NULL ?
		       0 :
		       service->start(proxy, &proxy->http_service);
}

/* Of another generation that begins, the parent tells the page. */
static void say_serving(struct proxy *proxy)
{
	if (proxy_is_current(proxy)) {
		atomic_store(&proxy->page->proxy.threads, proxy->threads);
		page_proxy_set_state(proxy->page, PAGE_PROXY_SERVING);
	}
	if (proxy->args->ledger != NULL)
		atomic_store(&proxy->args->ledger->page->state, LEDGER_SERVING);
}

static int serve(struct proxy *proxy, struct process *process)
{
	int error = watch(process);

	if (error == 0)
		error = server_external_open(&proxy->workers[0], proxy->args->checker_fd);
	if (error == 0)
		error = names_start(&proxy->workers[0]);
	if (error == 0)
		error = start_cli(proxy, process);
	if (error == 0)
		error = start_http_service(proxy);
	if (error == 0 && proxy->args->ready_to_confine != NULL)
		error = proxy->args->ready_to_confine(proxy->args->confine_context);
	if (error == 0)
		error = start_threads(proxy);
	if (error < 0)
		return error;
	log_sections(proxy, "started");
	run_on_its_cpus(&proxy->workers[0]);
	workers_open_listeners(proxy);
	say_serving(proxy);
	return worker_run(&proxy->workers[0]);
}

int proxy_run(const struct proxy_args *args)
{
	struct proxy *proxy = proxy_new(args);
	struct process process = { .proxy = proxy };

	if (proxy == NULL) {
		perror("relevo: proxy");
		return 1;
	}
	proxy->process = &process;
	proxy->listening = args->threads;
	int error = make_workers(proxy);
	if (error == 0)
		error = serve(proxy, &process);
	if (error < 0)
		fprintf(stderr, "relevo: proxy: %s\n", strerrordesc_np(-error));
	if (error < 0 && args->ledger != NULL && args->ledger->page->failure[0] == '\0')
		ledger_fail(args->ledger, "proxy", strerrordesc_np(-error));
	if (proxy->workers != NULL)
		end_workers(proxy);
	proxy_free(proxy);
	return error < 0 ? 1 : 0;
}
