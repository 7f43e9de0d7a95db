/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/run.c - the vrrp process: sets it up, and brings what happens outside
 * (proxy, interfaces, scripts, signals, the parent) to the instances.
 *
 * One thread with real-time priority and locked memory, which never forks and
 * never waits for anybody but the kernel.
 */
#include "vrrp/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl/monitor.h"
#include "vrrp/garp.h"
#include "vrrp/group.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"
#include "vrrp/successor.h"
#include "vrrp/track_page.h"
#include "vrrp/tune.h"

enum {
	RUN_IDLE_TICK_US = 250 * 1000, /* without a proxy to watch */
	RUN_NAME = 160,
};

void process_arm(struct vrrp_process *process, struct loop_timer *timer, struct moment when)
{
	if (when.us == UINT64_MAX)
		loop_timer_disarm(process->loop, timer);
	else if (loop_timer_arm(process->loop, timer, when) < 0)
		abort(); /* the parent starts us again; the addresses stay on meanwhile */
}

static void run_reassess(struct vrrp_process *process, const char *why)
{
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_reassess(&process->instances[i], why);
}

static void run_log(struct vrrp_process *process, enum log_level level, const char *what, int error)
{
	log_printf(process->log, process->args->log, level, "%s: %s", what, strerror(error));
}

/* ---- the proxy ---- */

static void run_watch(struct vrrp_process *process, uint64_t elapsed_us)
{
	enum watch_verdict before = process->proxy;

	process->proxy = watch_tick(&process->watch, &process->args->page->proxy, elapsed_us,
				    process->args->conf->proxy_fault_delay_us,
				    process->proxy_cause);
	if (process->proxy != before)
		run_reassess(process, NULL);
}

static void run_tick(struct loop *loop, struct loop_timer *timer)
{
	struct vrrp_process *process = container_of(timer, struct vrrp_process, tick);
	struct moment now = loop_now(loop);
	bool idle = atomic_load(&process->args->page->proxy.state) == PAGE_PROXY_NONE;

	if (process->starts.us != 0 && !moment_before(now, process->starts)) {
		process->starts = (struct moment){ 0 };
		run_reassess(process, NULL);
	}
	run_watch(process, moment_since(process->ticked, now));
	process->ticked = now;
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_tick(&process->instances[i], now);
	outbox_flush(&process->outbox);
	operator_tick(process, now);
	atomic_store(&process->args->page->witness, witness_page(process));
	process_arm(process, timer, moment_after(now, idle ? RUN_IDLE_TICK_US : WATCH_TICK_US));
}

/* ---- interfaces ---- */

static bool run_is_ours(const struct vrrp_process *process, const struct ip *ip)
{
	for (unsigned i = 0; i < process->instance_count; i++)
		if (instance_has_address(&process->instances[i], ip))
			return true;
	return false;
}

/* keepalived -a. An address of ours is renewed each second: that is no news. */
static void run_tell_address(struct vrrp_process *process, const struct nl_event *event, bool ours)
{
	const struct nl_link *link = links_by_index(&process->links, event->address.ifindex);
	bool gone = event->change == NL_ADDRESS_GONE;
	char text[IP_TEXT];

	if (!gone && (ours || links_have(&process->links, &event->address.ip)))
		return;
	log_printf(process->log, process->args->log, LOG_LEVEL_INFO, "address %s %s %s",
		   ip_text(&event->address.ip, text), gone ? "removed from" : "added to",
		   link != NULL ? link->name : "an interface");
}

static void run_changed(const struct nl_event *event, void *context)
{
	struct vrrp_process *process = context;
	bool ours = false;

	if (event->change == NL_ADDRESS_CHANGED || event->change == NL_ADDRESS_GONE)
		ours = run_is_ours(process, &event->address.ip);
	/* Static ones are renewed with each change: that must not count as the next. */
	if (event->change == NL_ADDRESS_CHANGED && links_know(&process->links, &event->address))
		ours = true;
	if (process->args->flags.tell_addresses &&
	    (event->change == NL_ADDRESS_CHANGED || event->change == NL_ADDRESS_GONE))
		run_tell_address(process, event, ours);
	if (!ours && event->change != NL_ROUTE_GONE && event->change != NL_RULE_GONE)
		process->stale_links = true;
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_gone(&process->instances[i], event);
	kernel_event(process, event);
}

static void run_links(struct vrrp_process *process)
{
	int error = links_read(&process->links, process->nl);

	process->stale_links = false;
	if (error < 0)
		run_log(process, LOG_LEVEL_ERR, "cannot list interfaces", -error);
	carriers_look(process);
	kernel_check(process);
	run_reassess(process, "an interface changed");
}

static void run_monitor(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct vrrp_process *process = container_of(file, struct vrrp_process, monitor_file);

	if (nl_monitor_read(process->monitor, run_changed, process) < 0)
		process->stale_links = true;
	if (process->stale_links)
		run_links(process);
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_restore(&process->instances[i]);
}

/* ---- scripts ---- */

static void run_result(struct vrrp_process *process, const struct scripts_message *message)
{
	char why[TRACK_CAUSE];

	if (track_results_take(&process->tracks, process->args->conf, message, why))
		run_reassess(process, why);
}

static void run_scripts(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct vrrp_process *process = container_of(file, struct vrrp_process, scripts_file);
	struct scripts_message message;

	for (;;) {
		ssize_t len = recv(file->fd, &message, sizeof(message), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break;
		if ((size_t)len == sizeof(message))
			run_result(process, &message);
	}
	outbox_flush(&process->outbox);
}

/* ---- the end ---- */

static void run_stop(struct vrrp_process *process, const char *cause)
{
	if (process->stopping)
		return;
	process->stopping = true;
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_stop(&process->instances[i], cause);
	outbox_flush(&process->outbox);
	loop_stop(process->loop);
}

static void run_signal(struct loop *loop, int signal)
{
	if (signal == SIGTERM)
		run_stop(loop_context(loop), "stopping");
	else if (signal == SIGUSR2) /* a successor goes on from what the page says */
		loop_stop(loop);
}

static void run_parent(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct vrrp_process *process = container_of(file, struct vrrp_process, parent_file);
	char byte;
	ssize_t len = read(file->fd, &byte, 1);

	if (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	loop_file_remove(loop, file);
	run_stop(process, "the parent process is gone");
}

/* ---- setting up ---- */

static void run_hook(struct loop *loop, struct loop_hook *hook)
{
	log_flush(container_of(hook, struct vrrp_process, hook)->log);
}

static void run_untuned(void *context, const char *what, int error)
{
	run_log(context, LOG_LEVEL_INFO, what, error);
}

static int run_open_kernel(struct vrrp_process *process)
{
	process->nl = nl_open(NL_NOTHING);
	process->monitor = nl_open(kernel_groups(process->args->conf));
	if (process->nl == NULL || process->monitor == NULL)
		return -errno;
	process->garp_fd = garp_open();
	if (process->garp_fd < 0)
		return process->garp_fd;
	int error = loop_file_add(process->loop, &process->monitor_file, nl_fd(process->monitor),
				  run_monitor);
	if (error == 0)
		error = links_read(&process->links, process->nl);
	if (error == 0)
		error = carriers_open(process);
	if (error == 0)
		kernel_start(process);
	return error;
}

static int run_open_files(struct vrrp_process *process)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, 0 };
	const struct vrrp_args *args = process->args;
	int error = loop_signals(process->loop, signals, run_signal);

	outbox_init(&process->outbox, args->scripts_socket);
	if (error == 0 && args->scripts_socket >= 0)
		error = loop_file_add(process->loop, &process->scripts_file, args->scripts_socket,
				      run_scripts);
	if (error == 0 && args->parent_fd >= 0)
		error = loop_file_add_level(process->loop, &process->parent_file, args->parent_fd,
					    run_parent);
	return error;
}

/* The instance's place on the page: that of a former process, or a free one. */
static struct page_instance *run_place(struct page *page, const char *name)
{
	struct page_instance *free_place = NULL;

	for (unsigned i = PAGE_INSTANCES; i-- != 0;) {
		struct page_instance *place = &page->instance[i];

		if (atomic_load(&place->used) == 0)
			free_place = place;
		else if (strcmp(place->name, name) == 0)
			return place;
	}
	if (free_place == NULL)
		return NULL;
	snprintf(free_place->name, sizeof(free_place->name), "%s", name);
	atomic_store(&page->turns[free_place - page->instance].count, 0);
	atomic_store(&free_place->used, 1);
	return free_place;
}

static int run_open_instances(struct vrrp_process *process)
{
	const struct vrrp_conf *conf = process->args->conf;
	struct page *page = process->args->page;

	process->instances = calloc(conf->instance_count + 1, sizeof(*process->instances));
	if (process->instances == NULL || track_results_init(&process->tracks, conf) < 0)
		return -ENOMEM;
	for (const struct vrrp_instance_conf *instance = conf->instances; instance != NULL;
	     instance = instance->next) {
		struct page_instance *place = run_place(page, instance->name);

		if (place == NULL)
			return -E2BIG;
		struct vrrp_instance *made = &process->instances[process->instance_count++];

		instance_init(made, process, instance, place);
		if (lease_init(&made->lease, instance) < 0)
			return -ENOMEM;
	}
	track_page_open(process);
	int error = groups_open(process);
	return error == 0 ? bfd_run_open(process) : error;
}

/* How long after its start a freshly started process leaves elections alone. */
static uint64_t run_delay(const struct vrrp_process *process)
{
	const struct vrrp_conf *conf = process->args->conf;
	struct timespec boot = { 0 };
	uint64_t delay = conf->startup_delay_us, up;

	if (atomic_load(&process->args->page->vrrp_generation) > 1)
		return 0;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	up = (uint64_t)boot.tv_sec * 1000000 + (uint64_t)boot.tv_nsec / 1000;
	if (up < conf->delay_after_boot_us && conf->delay_after_boot_us - up > delay)
		delay = conf->delay_after_boot_us - up;
	return delay;
}

static void run_start(struct vrrp_process *process)
{
	const struct scripts_message query = { .kind = SCRIPTS_QUERY };

	process->watch.served = atomic_load(&process->args->page->vrrp_generation) > 1;
	process->proxy = watch_tick(&process->watch, &process->args->page->proxy, 0,
				    process->args->conf->proxy_fault_delay_us,
				    process->proxy_cause);
	if (process->args->scripts_socket >= 0)
		outbox_put(&process->outbox, &query);
	successor_clean(process);
	process->starts = moment_after(loop_now(process->loop), run_delay(process));
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_start(&process->instances[i]);
	witness_open(process);
	process->ticked = loop_now(process->loop);
	process->tick.on_expire = run_tick;
	process_arm(process, &process->tick, moment_after(process->ticked, WATCH_TICK_US));
}

static void run_close(struct vrrp_process *process)
{
	bfd_run_close(process);
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_close(&process->instances[i]);
	if (process->loop != NULL) {
		peering_close(process);
		witness_close(process);
	}
	announce_close(process);
	if (process->garp_fd >= 0)
		close(process->garp_fd);
	kernel_stop(process);
	carriers_close(process);
	links_free(&process->links);
	nl_close(process->nl);
	nl_close(process->monitor);
	groups_close(process);
	free(process->instances);
	track_results_free(&process->tracks);
	if (process->loop != NULL)
		loop_free(process->loop);
	if (process->log != NULL)
		log_close(process->log);
}

/* Several keepaliveds of one machine tell themselves apart (net_namespace, instance). */
static struct log *run_open_log(const struct vrrp_conf *conf)
{
	char name[RUN_NAME];

	snprintf(name, sizeof(name), "Keepalived_vrrp%s%s%s%s",
		 conf->net_namespace != NULL ? "_" : "",
		 conf->net_namespace != NULL ? conf->net_namespace : "",
		 conf->instance_name != NULL ? "_" : "",
		 conf->instance_name != NULL ? conf->instance_name : "");
	return log_open(name, getpid());
}

static int run_open(struct vrrp_process *process)
{
	process->log = run_open_log(process->args->conf);
	process->loop = loop_new(process);
	if (process->log == NULL || process->loop == NULL)
		return -ENOMEM;
	log_prepare(process->log, process->args->log);
	loop_hook_add(process->loop, &process->hook, run_hook);
	int error = run_open_kernel(process);
	if (error == 0)
		error = run_open_files(process);
	if (error == 0)
		peering_open(process);
	if (error == 0)
		error = run_open_instances(process);
	return error;
}

int vrrp_run(const struct vrrp_args *args)
{
	struct vrrp_process process = { .args = args, .garp_fd = -1, .carriers.fd = -1 };
	int error = run_open(&process);

	if (error == 0) {
		tune_process(process.args->conf, run_untuned, &process);
		run_start(&process);
		if (args->ready_to_confine != NULL)
			error = args->ready_to_confine(args->confine_context);
	}
	if (error == 0)
		error = loop_run(process.loop);
	if (error < 0 && process.log != NULL)
		run_log(&process, LOG_LEVEL_CRIT, "the vrrp process cannot go on", -error);
	run_close(&process);
	return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
