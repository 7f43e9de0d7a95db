/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent.c - see parent.h.
 *
 *   STARTING --all serve--> RUNNING --SIGTERM, SIGINT--> STOPPING --all gone--> exit
 *                              \-----SIGUSR1--> DRAINING --proxy ended--> STOPPING
 *
 * A child that dies while RUNNING is started again at once; the listening
 * sockets, the page and the socket between vrrp and scripts are the parent's
 * and outlive it. Children end in the order of stop_order: first the address
 * moves, then the proxy ends, then the scripts that were asked for.
 */
#include "daemon/parent_private.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ctl.h"
#include "daemon/dump.h"
#include "daemon/service.h"
#include "daemon/title.h"
#include "vrrp/script_once.h"

enum {
	READY_POLL_US = 2000,
	QUICK_DEATH_US = 1000000,	/* the second life in a row shorter
					 * than this delays the next */
	FIRST_DELAY_US = 10000,
	LONGEST_DELAY_US = 1000000,
};

static const struct stop_step {
	enum process_id id;
	uint64_t patience_us;		/* before SIGKILL */
} stop_order[] = {
	{ PROCESS_VRRP, 3000000 },
	{ PROCESS_PROXY, 2000000 },
	{ PROCESS_CHECKER, 2000000 },
	{ PROCESS_SCRIPTS, 6000000 },
};

void parent_event(struct parent *parent, enum log_level level, const char *format, ...)
{
	struct strbuf text = STRBUF_EMPTY;
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	if (!text.failed) {
		page_event_add(parent->given.page, text.text);
		log_send(parent->log, &parent->given.event_log, level, text.text, text.len);
		log_flush(parent->log);
	}
	strbuf_free(&text);
}

void parent_event_lines(struct parent *parent, enum log_level level, const char *prefix,
			const char *lines)
{
	for (const char *end; lines != NULL && *lines != '\0'; lines = end) {
		end = strchrnul(lines, '\n');
		if (end != lines)
			parent_event(parent, level, "%s%.*s", prefix, (int)(end - lines), lines);
		end += *end == '\n';
	}
}

static void leave_askers(const struct reload_asker *asker)
{
	for (; asker != NULL; asker = asker->next)
		if (asker->fd >= 0)
			close(asker->fd);
}

static void leave_veterans(const struct parent *parent)
{
	list_for_each(node, &parent->veterans) {
		const struct veteran *veteran = container_of(node, struct veteran, node);

		if (veteran->master_end >= 0)
			close(veteran->master_end);
	}
}

static _Noreturn void be_child(struct child *child)
{
	struct parent *parent = child->parent;
	sigset_t none;

	title_set(child->process->title, child->process->comm);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTTOU, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	close(parent->given.life_write);
	if (parent->control.file.fd >= 0)
		close(parent->control.file.fd);
	if (parent->background_fd >= 0)
		close(parent->background_fd);
	master_leave(&parent->master);
	leave_veterans(parent);
	leave_askers(parent->reloading.askers);
	leave_askers(parent->reloading.waiting);
	if (parent->upgrade.yield_fd >= 0)
		close(parent->upgrade.yield_fd);
	if (parent->yield.file.fd >= 0)
		close(parent->yield.file.fd);
	if (child->given != &parent->given)
		process_leave_out(&parent->given);
	else if (parent->reloading.busy)
		process_leave_out(&parent->reloading.given);
	log_close(parent->log);
	loop_free(parent->loop);
	exit(child->process->run(child->given));
}

static void prepare_proxy(struct child *child)
{
	struct inheritance *given = child->given;
	struct ledger_page *ledger = given->ledger->page;

	/* Of a reload the page speaks when it serves: until then another one does. */
	if (given == &child->parent->given) {
		given->generation = atomic_fetch_add(&given->page->proxy.generation, 1) + 1;
		page_proxy_set_state(given->page, PAGE_PROXY_STARTING);
	}
	atomic_store(&ledger->state, LEDGER_STARTING);
	atomic_store(&ledger->accepting, 1);
	ledger->failure[0] = '\0';
	if (given->proxy_conf->sets_marks)
		parent_event(child->parent, LOG_LEVEL_NOTICE,
			     "the proxy process keeps CAP_NET_ADMIN: rules set marks");
}

/* One that cannot be started is tried again, unless a reload is to be refused instead. */
void parent_start_child(struct child *child)
{
	struct parent *parent = child->parent;
	struct page *page = parent->given.page;

	if (child->process == &processes[PROCESS_VRRP])
		atomic_fetch_add(&page->vrrp_generation, 1);
	if (child->process == &processes[PROCESS_PROXY])
		prepare_proxy(child);

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		be_child(child);
	if (pid < 0) {
		parent_event(parent, LOG_LEVEL_ALERT, "cannot start the %s process: %s",
		      child->process->name, strerror(errno));
		if (child->given == &parent->given &&
		    loop_timer_arm(parent->loop, &child->restart,
				   moment_after(moment_now(), LONGEST_DELAY_US)) < 0)
			loop_stop(parent->loop);
		return;
	}
	child->pid = pid;
	child->started = moment_now();
	parent_keepalived_child(child);
}

static void on_restart(struct loop *loop, struct loop_timer *timer)
{
	struct child *child = container_of(timer, struct child, restart);

	if (child->parent->phase < STOPPING && child->pid == 0)
		parent_start_child(child);
	parent_reload_if_asked(child->parent);
}

/* The processes of earlier configurations end with the proxy. */
static bool runs_still(const struct parent *parent, enum process_id id)
{
	return parent->child[id].pid != 0 ||
	       (id == PROCESS_PROXY && !list_empty(&parent->veterans));
}

static void signal_step(struct parent *parent, enum process_id id, int signal)
{
	if (parent->child[id].pid != 0)
		kill(parent->child[id].pid, signal);
	if (id == PROCESS_PROXY)
		parent_veterans_signal(parent, signal);
}

/* Sends the next process in line its signal, and passes over those that are gone. */
static void stop_next(struct parent *parent)
{
	for (; parent->stop_step < ARRAY_LEN(stop_order); parent->stop_step++) {
		const struct stop_step *step = &stop_order[parent->stop_step];

		if (!runs_still(parent, step->id))
			continue;
		signal_step(parent, step->id, SIGTERM);
		if (loop_timer_arm(parent->loop, &parent->stop_deadline,
				   moment_after(moment_now(), step->patience_us)) < 0)
			signal_step(parent, step->id, SIGKILL);
		return;
	}
	loop_stop(parent->loop);
}

static void on_stop_deadline(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, stop_deadline);
	enum process_id id = stop_order[parent->stop_step].id;

	parent_event(parent, LOG_LEVEL_WARNING, "the %s process does not stop: killed",
	      processes[id].name);
	signal_step(parent, id, SIGKILL);
}

static void stop(struct parent *parent, int exit_status)
{
	if (parent->phase == STOPPING)
		return;
	parent->phase = STOPPING;
	parent_reload_cancel(parent);
	parent->exit_status = exit_status;
	atomic_store(&parent->given.page->stopping, 1);
	loop_timer_disarm(parent->loop, &parent->ready_poll);
	service_notify("STOPPING=1");
	stop_next(parent);
}

void parent_describe_end(int status, char *ret_text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(ret_text, size, "signal %d, %s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(ret_text, size, "exit status %d", WEXITSTATUS(status));
}

/* A crash on start must not become a busy loop. */
static uint64_t restart_delay_us(struct child *child, struct moment now)
{
	uint64_t delay_us = FIRST_DELAY_US;

	if (moment_since(child->started, now) >= QUICK_DEATH_US)
		child->quick_deaths = 0;
	else
		child->quick_deaths++;
	if (child->quick_deaths < 2)
		return 0;
	for (unsigned i = 2; i < child->quick_deaths && delay_us < LONGEST_DELAY_US; i++)
		delay_us *= 2;
	return delay_us < LONGEST_DELAY_US ? delay_us : LONGEST_DELAY_US;
}

static void restart(struct child *child, int status)
{
	struct parent *parent = child->parent;
	struct moment now = moment_now();
	uint64_t delay_us = restart_delay_us(child, now);
	char end[64];

	if (parent->options->no_respawn) {
		parent_describe_end(status, end, sizeof(end));
		parent_event(parent, LOG_LEVEL_ALERT,
			     "the %s process died (%s): stopping, as -R asks",
			     child->process->name, end);
		stop(parent, 1);
		return;
	}
	/* Started before it is told: each moment without the proxy is one without service. */
	if (delay_us == 0 ||
	    loop_timer_arm(parent->loop, &child->restart, moment_after(now, delay_us)) < 0)
		parent_start_child(child);
	parent_describe_end(status, end, sizeof(end));
	if (child->process == &processes[PROCESS_PROXY])
		atomic_fetch_add(&parent->given.page->proxy.restarts, 1);
	parent_event(parent, LOG_LEVEL_ALERT, "the %s process died (%s); started again %s",
	      child->process->name, end, delay_us == 0 ? "at once" : "after a pause");
}

static bool proxy_serves(const struct parent *parent)
{
	return parent->given.proxy_conf == NULL ||
	       atomic_load(&parent->given.page->proxy.state) == PAGE_PROXY_SERVING;
}

static bool all_serve(const struct parent *parent)
{
	const struct inheritance *given = &parent->given;
	struct page *page = given->page;

	if (!proxy_serves(parent) || parent->upgrade.step != UPGRADE_NONE)
		return false;
	for (unsigned i = 0; given->vrrp_conf != NULL && i < given->vrrp_conf->instance_count;
	     i++) {
		if (!atomic_load(&page->instance[i].used))
			return false;
	}
	return true;
}

static void drain(struct parent *parent);

void parent_look_ready(struct parent *parent)
{
	if (parent->phase != STARTING || !all_serve(parent))
		return;
	parent->phase = RUNNING;
	loop_timer_disarm(parent->loop, &parent->ready_poll);
	parent_upgrade_ready(parent);
	service_notify("READY=1");
	if (parent->background_fd >= 0) {
		service_detach(service_open_null());
		service_ready(parent->background_fd);
		parent->background_fd = -1;
	}
	parent_keepalived_ready(parent);
	if (parent->drain_asked)
		drain(parent);
	parent_reload_if_asked(parent);
}

static void on_child_end(struct child *child, int status)
{
	struct parent *parent = child->parent;
	bool is_proxy = child->process == &processes[PROCESS_PROXY];

	parent_look_ready(parent); /* it may have served before the poll came by */
	child->pid = 0;
	if (is_proxy) {
		atomic_store(&parent->given.page->proxy.exit_status, status);
		page_proxy_set_state(parent->given.page, PAGE_PROXY_DEAD);
	}
	switch (parent->phase) {
	case STARTING: {
		char end[64];

		parent_describe_end(status, end, sizeof(end));
		parent_event(parent, LOG_LEVEL_ALERT, "the %s process ended while starting (%s)",
		      child->process->name, end);
		stop(parent, 1);
		break;
	}
	case RUNNING:
		if (child->process == &processes[PROCESS_VRRP] && parent_yield_left(parent))
			break;
		if (parent->next_conf != NULL && child->process == &processes[PROCESS_VRRP])
			parent_vrrp_finish(parent);
		/* no other one is on its way */
		else if (!is_proxy || parent->reloading.proxy.pid == 0)
			restart(child, status);
		break;
	case DRAINING:
		if (!is_proxy)
			restart(child, status);
		else if (list_empty(&parent->veterans))
			stop(parent, 0);
		break;
	case STOPPING:
		if (stop_order[parent->stop_step].id == child - parent->child)
			loop_timer_disarm(parent->loop, &parent->stop_deadline);
		stop_next(parent);
		break;
	}
}

/* Who waits for the proxy processes to end waits for those of earlier configurations, too. */
static void on_veteran_end(struct parent *parent)
{
	if (!list_empty(&parent->veterans))
		return;
	if (parent->phase == DRAINING && parent->child[PROCESS_PROXY].pid == 0)
		stop(parent, 0);
	else if (parent->phase == STOPPING && parent->child[PROCESS_PROXY].pid == 0)
		stop_next(parent);
}

static void reap(struct parent *parent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (parent_reload_ended(parent, pid, status))
			continue;
		if (parent_veterans_ended(parent, pid, status)) {
			on_veteran_end(parent);
			continue;
		}
		for (unsigned i = 0; i < PROCESS_COUNT; i++) {
			if (parent->child[i].pid == pid)
				on_child_end(&parent->child[i], status);
		}
	}
}

/* SIGUSR1: listeners close, streams finish; the address moves at once. */
static void drain(struct parent *parent)
{
	struct child *proxy = &parent->child[PROCESS_PROXY];

	parent->drain_asked = parent->phase == STARTING;
	if (parent->phase != RUNNING)
		return;
	parent->phase = DRAINING;
	parent_reload_cancel(parent);
	if (proxy->pid == 0 && list_empty(&parent->veterans)) {
		stop(parent, 0);
		return;
	}
	parent_event(parent, LOG_LEVEL_NOTICE, "soft stop: no new connections, streams may finish");
	page_proxy_set_state(parent->given.page, PAGE_PROXY_STOPPING);
	/* Those that another program listens on, too, it may close for good. */
	if (parent->given.ledger != NULL && atomic_load(&parent->given.ledger->page->exported) != 0)
		binds_close(&parent->given.binds);
	if (proxy->pid != 0)
		kill(proxy->pid, SIGUSR1);
}

/*
 * As HAProxy's: a process ends by the signal, a master with 0, or 130 of SIGINT
 * (management manual 4). relevo and keepalived end with 0.
 */
static int status_of_signal(const struct parent *parent, int signal)
{
	const struct options *options = parent->options;

	if (options->manner != OPTIONS_HAPROXY)
		return 0;
	if (!options->master_worker && !options->systemd &&
	    !parent->given.proxy_conf->global.master_worker)
		return PARENT_SIGNAL + signal;
	return signal == SIGINT ? 128 + SIGINT : 0;
}

static void on_signal(struct loop *loop, int signal)
{
	struct parent *parent = loop_context(loop);

	if (parent->options->manner == OPTIONS_KEEPALIVED &&
	    parent->given.vrrp_conf != NULL &&
	    dump_on_signal(parent->given.page, parent->given.vrrp_conf, signal))
		return;
	switch (signal) {
	case SIGCHLD:
		reap(parent);
		break;
	case SIGTERM:
	case SIGINT:
		parent_event(parent, LOG_LEVEL_NOTICE, "stopping (%s)", strsignal(signal));
		stop(parent, status_of_signal(parent, signal));
		break;
	case SIGUSR1:
		drain(parent);
		break;
	case SIGQUIT:
		parent_event(parent, LOG_LEVEL_NOTICE,
			     "SIGQUIT: 'show pools' of the runtime API tells of memory");
		break;
	case SIGHUP:
	case SIGUSR2:
		parent_reload_by_signal(parent);
		break;
	default: /* those of Keepalived's dumps, not under its name */
		break;
	}
}

static void on_ready_poll(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, ready_poll);

	if (proxy_serves(parent))
		parent_upgrade_serves(parent);
	parent_look_ready(parent);
	if (parent->phase == STARTING &&
	    loop_timer_arm(loop, timer, moment_after(loop_now(loop), READY_POLL_US)) < 0)
		stop(parent, 1);
}

static int go_to_background(struct parent *parent)
{
	const char *pidfile = parent->options->pidfile;

	if (parent->background_fd >= 0) { /* wanted */
		int fd = service_background();

		if (fd < 0)
			return fd;
		parent->background_fd = fd;
		parent->given.in_background = true;
	}
	if (pidfile == NULL && parent->given.proxy_conf != NULL)
		pidfile = parent->given.proxy_conf->global.pidfile;

	int r = pidfile != NULL ? service_write_pidfile(pidfile) : 0;
	if (r < 0)
		fprintf(stderr, "relevo: cannot write the pid file %s: %s\n", pidfile,
			strerror(-r));
	return 0;
}

void parent_open_control(struct parent *parent)
{
	const char *path = parent->control_path;
	int r = control_open(&parent->control, parent->loop, path, parent->given.page);

	parent->control.on_reload = parent_on_reload;
	parent->control.on_yield = parent_on_yield;
	parent->control.on_diff = parent_on_diff;
	parent->control.cli = ctl_socket(parent->given.proxy_conf);
	if (r < 0)
		parent_event(parent, LOG_LEVEL_WARNING,
		      "cannot listen at %s: %s; 'relevo why' needs a --control PATH of its own",
		      path,
		      strerror(-r));
}

static void start_all(struct parent *parent)
{
	for (unsigned i = 0; i < PROCESS_COUNT; i++) {
		struct child *child = &parent->child[i];

		*child = (struct child){ .parent = parent, .process = &processes[i],
					 .given = &parent->given,
					 .restart.on_expire = on_restart };
		if (processes[i].wanted(&parent->given) && !parent_upgrade_holds(parent, i))
			parent_start_child(child);
	}
}

/* startup_script and shutdown_script: before anything starts, and when all has ended. */
static void run_script(struct parent *parent, const char *word, const struct vrrp_command *command,
		       uint64_t timeout_us)
{
	char why[SCRIPT_STATUS_TEXT];
	int r;

	if (command->argv == NULL)
		return;
	parent_event(parent, LOG_LEVEL_INFO, "running %s %s", word, command->argv[0]);
	r = script_once(command, timeout_us, why);
	if (r != 0)
		parent_event(parent, LOG_LEVEL_WARNING, "%s %s: %s", word, command->argv[0],
		      r < 0 ? strerror(-r) : why);
}

static void run_startup_script(struct parent *parent)
{
	const struct vrrp_conf *conf = parent->given.vrrp_conf;

	if (conf != NULL)
		run_script(parent, "startup_script", &conf->startup_script,
			   conf->startup_timeout_us);
}

static void run_shutdown_script(struct parent *parent)
{
	const struct vrrp_conf *conf = parent->given.vrrp_conf;

	if (conf != NULL)
		run_script(parent, "shutdown_script", &conf->shutdown_script,
			   conf->shutdown_timeout_us);
}

static int serve(struct parent *parent)
{
	int r;
	/* SIGQUIT is the last, for HAProxy's manner alone. */
	const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP,
				dump_signal("JSON"), dump_signal("STATS_CLEAR"),
				parent->options->manner == OPTIONS_HAPROXY ? SIGQUIT : 0, 0 };

	title_set("relevo: parent", "relevo");
	parent_keepalived_prepare(parent);
	if (loop_signals(parent->loop, signals, on_signal) < 0)
		return 1;
	run_startup_script(parent);
	start_all(parent);
	parent_keepalived_start(parent);
	parent_wish_start(parent);
	parent->ready_poll.on_expire = on_ready_poll;
	parent->stop_deadline.on_expire = on_stop_deadline;
	if (loop_timer_arm(parent->loop, &parent->ready_poll, moment_now()) < 0)
		return 1;
	r = loop_run(parent->loop);
	parent_keepalived_stop(parent);
	run_shutdown_script(parent);
	return r < 0 ? 1 : parent->exit_status;
}

void parent_open_log(struct parent *parent)
{
	if (parent->log != NULL)
		log_close(parent->log);
	parent->log = log_open("relevo", (int)getpid());
	ASSERT(parent->log != NULL);
	log_prepare(parent->log, &parent->given.event_log);
}

int parent_serve(struct parent *parent)
{
	if (go_to_background(parent) < 0)
		return 1;
	parent->loop = loop_new(parent);
	if (parent->loop == NULL)
		return 1;
	parent_open_log(parent);
	parent->started = moment_now();
	if (master_serve(&parent->master, parent, parent->loop) < 0)
		return 1;
	if (parent->options->old_count == 0) /* else the older one still has the path */
		parent_open_control(parent);
	return serve(parent);
}
