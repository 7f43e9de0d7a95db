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
#include "daemon/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "daemon/control.h"
#include "daemon/ctl.h"
#include "daemon/dump.h"
#include "daemon/limits.h"
#include "daemon/binds.h"
#include "daemon/process.h"
#include "daemon/reload.h"
#include "daemon/service.h"
#include "daemon/title.h"
#include "loop/loop.h"
#include "vrrp/script_once.h"

enum phase { STARTING, RUNNING, DRAINING, STOPPING };

enum {
	READY_POLL_US = 2000,
	QUICK_DEATH_US = 1000000,	/* the second life in a row shorter than this delays the next */
	FIRST_DELAY_US = 10000,
	LONGEST_DELAY_US = 1000000,
};

struct parent;

struct child {
	struct parent *parent;
	const struct process *process;
	pid_t pid;			/* 0: not running */
	struct moment started;
	unsigned quick_deaths;		/* in a row */
	struct loop_timer restart;
};

struct parent {
	const struct options *options;
	struct inheritance given;
	struct loop *loop;
	struct log *log;
	struct log_target event_targets[2];
	struct child child[PROCESS_COUNT];
	struct control control;
	struct loop_timer ready_poll, stop_deadline;
	enum phase phase;
	bool drain_asked;		/* SIGUSR1 while STARTING */
	unsigned stop_step;		/* index in stop_order */
	/* A reload of keepalived.conf: what follows once the old vrrp process has left. */
	struct reload reload;
	struct vrrp_conf *next_conf;	/* NULL: no reload goes on */
	int next_ends[2];
	struct vrrp_conf *conf_before, *conf_now; /* read by reloads, to be freed; or NULL */
	int background_fd;		/* -1: in the foreground */
	int exit_status;
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

static void event(struct parent *parent, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void event(struct parent *parent, enum log_level level, const char *format, ...)
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

static void event_lines(struct parent *parent, enum log_level level, const char *prefix,
			const char *lines)
{
	for (const char *end; lines != NULL && *lines != '\0'; lines = end) {
		end = strchrnul(lines, '\n');
		if (end != lines)
			event(parent, level, "%s%.*s", prefix, (int)(end - lines), lines);
		end += *end == '\n';
	}
}

static _Noreturn void be_child(struct child *child)
{
	struct parent *parent = child->parent;
	sigset_t none;

	title_set(child->process->title, child->process->comm);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(parent->given.life_write);
	if (parent->control.file.fd >= 0)
		close(parent->control.file.fd);
	if (parent->background_fd >= 0)
		close(parent->background_fd);
	log_close(parent->log);
	loop_free(parent->loop);
	exit(child->process->run(&parent->given));
}

static void start_child(struct child *child)
{
	struct parent *parent = child->parent;
	struct page *page = parent->given.page;

	if (child->process == &processes[PROCESS_VRRP])
		atomic_fetch_add(&page->vrrp_generation, 1);
	if (child->process == &processes[PROCESS_PROXY]) {
		atomic_fetch_add(&page->proxy.generation, 1);
		page_proxy_set_state(page, PAGE_PROXY_STARTING);
		if (parent->given.proxy_conf->sets_marks)
			event(parent, LOG_LEVEL_NOTICE,
			      "the proxy process keeps CAP_NET_ADMIN: rules set marks");
	}

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		be_child(child);
	if (pid < 0) {
		event(parent, LOG_LEVEL_ALERT, "cannot start the %s process: %s",
		      child->process->name, strerror(errno));
		if (loop_timer_arm(parent->loop, &child->restart,
				   moment_after(moment_now(), LONGEST_DELAY_US)) < 0)
			loop_stop(parent->loop);
		return;
	}
	child->pid = pid;
	child->started = moment_now();
}

static void on_restart(struct loop *loop, struct loop_timer *timer)
{
	struct child *child = container_of(timer, struct child, restart);

	if (child->parent->phase < STOPPING && child->pid == 0)
		start_child(child);
}

/* Sends the next process in line its signal, and passes over those that are gone. */
static void stop_next(struct parent *parent)
{
	for (; parent->stop_step < ARRAY_LEN(stop_order); parent->stop_step++) {
		const struct stop_step *step = &stop_order[parent->stop_step];
		struct child *child = &parent->child[step->id];

		if (child->pid == 0)
			continue;
		kill(child->pid, SIGTERM);
		if (loop_timer_arm(parent->loop, &parent->stop_deadline,
				   moment_after(moment_now(), step->patience_us)) < 0)
			kill(child->pid, SIGKILL);
		return;
	}
	loop_stop(parent->loop);
}

static void on_stop_deadline(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, stop_deadline);
	struct child *child = &parent->child[stop_order[parent->stop_step].id];

	event(parent, LOG_LEVEL_WARNING, "the %s process does not stop: killed",
	      child->process->name);
	kill(child->pid, SIGKILL);
}

static void stop(struct parent *parent, int exit_status)
{
	if (parent->phase == STOPPING)
		return;
	parent->phase = STOPPING;
	parent->exit_status = exit_status;
	atomic_store(&parent->given.page->stopping, 1);
	loop_timer_disarm(parent->loop, &parent->ready_poll);
	service_notify("STOPPING=1");
	stop_next(parent);
}

static void describe_end(int status, char *ret_text, size_t size)
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

	/* Started before it is told: each moment without the proxy is one without service. */
	if (delay_us == 0 ||
	    loop_timer_arm(parent->loop, &child->restart, moment_after(now, delay_us)) < 0)
		start_child(child);
	describe_end(status, end, sizeof(end));
	event(parent, LOG_LEVEL_ALERT, "the %s process died (%s); started again %s",
	      child->process->name, end, delay_us == 0 ? "at once" : "after a pause");
}

/*
 * The second half of a reload. The scripts process that still runs ends by
 * itself when its last notify script has; the new one has a socket of its own.
 */
static void reload_finish(struct parent *parent)
{
	struct inheritance *given = &parent->given;

	vrrp_conf_free(parent->conf_before);
	parent->conf_before = parent->conf_now;
	given->vrrp_before = given->vrrp_conf;
	given->vrrp_conf = parent->conf_now = parent->next_conf;
	parent->next_conf = NULL;
	close(given->scripts_ends[0]);
	close(given->scripts_ends[1]);
	memcpy(given->scripts_ends, parent->next_ends, sizeof(given->scripts_ends));
	start_child(&parent->child[PROCESS_VRRP]);
	start_child(&parent->child[PROCESS_SCRIPTS]);
	event(parent, LOG_LEVEL_NOTICE, "reload: keepalived.conf is in effect");
}

static bool reload_begin(struct parent *parent, struct strbuf *ret_text)
{
	struct child *vrrp = &parent->child[PROCESS_VRRP], *scripts = &parent->child[PROCESS_SCRIPTS];

	if (parent->phase != RUNNING || parent->next_conf != NULL || vrrp->pid == 0) {
		strbuf_puts(ret_text, "not now: relevo is starting, stopping or reloading\n");
		return false;
	}
	parent->next_conf = reload_read(&parent->reload, ret_text);
	if (parent->next_conf == NULL)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       parent->next_ends) < 0) {
		strbuf_printf(ret_text, "socketpair: %s\n", strerror(errno));
		vrrp_conf_free(parent->next_conf);
		parent->next_conf = NULL;
		return false;
	}
	kill(vrrp->pid, SIGUSR2);
	if (scripts->pid != 0)
		kill(scripts->pid, SIGUSR2);
	scripts->pid = 0;
	loop_timer_disarm(parent->loop, &scripts->restart);
	return true;
}

/* True if the new file takes effect; *ret_text says what was found in it. */
static bool reload(struct parent *parent, struct strbuf *ret_text)
{
	bool done = false;

	if (parent->reload.file == NULL)
		strbuf_puts(ret_text, "haproxy.cfg cannot be reloaded yet: restart instead\n");
	else
		done = reload_begin(parent, ret_text);
	if (!done)
		event_lines(parent, LOG_LEVEL_ALERT, "reload refused: ", ret_text->text);
	else if (parent->given.proxy_conf != NULL)
		event(parent, LOG_LEVEL_WARNING,
		      "reload: only keepalived.conf is read anew, haproxy.cfg stays as it was");
	return done;
}

static bool on_reload(struct control *control, struct strbuf *ret_text)
{
	return reload(container_of(control, struct parent, control), ret_text);
}

static void reload_by_signal(struct parent *parent)
{
	struct strbuf text = STRBUF_EMPTY;

	reload(parent, &text);
	strbuf_free(&text);
}

static void on_child_end(struct child *child, int status)
{
	struct parent *parent = child->parent;
	bool is_proxy = child->process == &processes[PROCESS_PROXY];

	child->pid = 0;
	if (is_proxy) {
		atomic_store(&parent->given.page->proxy.exit_status, status);
		page_proxy_set_state(parent->given.page, PAGE_PROXY_DEAD);
	}
	switch (parent->phase) {
	case STARTING: {
		char end[64];

		describe_end(status, end, sizeof(end));
		event(parent, LOG_LEVEL_ALERT, "the %s process ended while starting (%s)",
		      child->process->name, end);
		stop(parent, 1);
		break;
	}
	case RUNNING:
		if (parent->next_conf != NULL && child->process == &processes[PROCESS_VRRP])
			reload_finish(parent);
		else
			restart(child, status);
		break;
	case DRAINING:
		if (is_proxy)
			stop(parent, 0);
		else
			restart(child, status);
		break;
	case STOPPING:
		if (stop_order[parent->stop_step].id == child - parent->child)
			loop_timer_disarm(parent->loop, &parent->stop_deadline);
		stop_next(parent);
		break;
	}
}

static void reap(struct parent *parent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
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
	if (proxy->pid == 0) {
		stop(parent, 0);
		return;
	}
	event(parent, LOG_LEVEL_NOTICE, "soft stop: no new connections, streams may finish");
	parent->phase = DRAINING;
	page_proxy_set_state(parent->given.page, PAGE_PROXY_STOPPING);
	kill(proxy->pid, SIGUSR1);
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
		event(parent, LOG_LEVEL_NOTICE, "stopping (%s)", strsignal(signal));
		stop(parent, 0);
		break;
	case SIGUSR1:
		drain(parent);
		break;
	case SIGHUP:
	case SIGUSR2:
		reload_by_signal(parent);
		break;
	default: /* those of Keepalived's dumps, not under its name */
		break;
	}
}

static bool all_serve(const struct parent *parent)
{
	const struct inheritance *given = &parent->given;
	struct page *page = given->page;

	if (given->proxy_conf != NULL && atomic_load(&page->proxy.state) != PAGE_PROXY_SERVING)
		return false;
	for (unsigned i = 0; given->vrrp_conf != NULL && i < given->vrrp_conf->instance_count; i++) {
		if (!atomic_load(&page->instance[i].used))
			return false;
	}
	return true;
}

static void on_ready_poll(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, ready_poll);

	if (!all_serve(parent)) {
		if (loop_timer_arm(loop, timer, moment_after(loop_now(loop), READY_POLL_US)) < 0)
			stop(parent, 1);
		return;
	}
	parent->phase = RUNNING;
	service_notify("READY=1");
	if (parent->background_fd >= 0) {
		service_detach(service_open_null());
		service_ready(parent->background_fd);
		parent->background_fd = -1;
	}
	if (parent->drain_asked)
		drain(parent);
}

/* Events go to the `log` lines of haproxy.cfg's global section, else to /dev/log. */
static void choose_event_log(struct parent *parent, bool in_foreground)
{
	struct log_conf *log = &parent->given.event_log;
	const struct proxy_conf *conf = parent->given.proxy_conf;
	struct log_target *fallback = &parent->event_targets[0];
	struct sockaddr_un *address = (struct sockaddr_un *)(void *)&fallback->address;

	if (conf != NULL && conf->global.log.count > 0) {
		*log = conf->global.log;
		return;
	}
	*fallback = (struct log_target){ .kind = LOG_TO_UNIX, .format = LOG_FORMAT_LOCAL,
					 .facility = 3 /* daemon */, .length = 1024,
					 .max_level = LOG_LEVEL_DEBUG,
					 .address_len = sizeof(*address) };
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	*log = (struct log_conf){ .targets = parent->event_targets, .count = 1 };
	if (in_foreground) {
		parent->event_targets[1] = (struct log_target){
			.kind = LOG_TO_FD, .fd = STDERR_FILENO, .format = LOG_FORMAT_RAW,
			.max_level = LOG_LEVEL_DEBUG, .length = 1024 };
		log->count = 2;
	}
}

/* uid and gid of the proxy, by number or by name. */
static int resolve_user(struct inheritance *given, struct diag_report *report)
{
	const struct proxy_global *global = &given->proxy_conf->global;
	const struct diag_span nowhere = { 0 };

	given->uid = global->uid >= 0 ? (uid_t)global->uid : getuid();
	given->gid = global->gid >= 0 ? (gid_t)global->gid : getgid();
	if (global->user != NULL) {
		const struct passwd *user = getpwnam(global->user);

		if (user == NULL) {
			diag_add(report, DIAG_ERROR, &diag_unresolved, nowhere, NULL,
				 "user '%s' does not exist", global->user);
			return -ENOENT;
		}
		given->uid = user->pw_uid;
		if (global->group == NULL && global->gid < 0)
			given->gid = user->pw_gid;
	}
	if (global->group != NULL) {
		const struct group *group = getgrnam(global->group);

		if (group == NULL) {
			diag_add(report, DIAG_ERROR, &diag_unresolved, nowhere, NULL,
				 "group '%s' does not exist", global->group);
			return -ENOENT;
		}
		given->gid = group->gr_gid;
	}
	given->change_user = given->uid != getuid() || given->gid != getgid();
	return 0;
}

static int open_proxy_needs(struct parent *parent, struct diag_report *report)
{
	struct inheritance *given = &parent->given;
	int r = resolve_user(given, report);

	if (r < 0)
		return r;
	r = limits_apply(given->proxy_conf, parent->options->maxconn, report, &given->limits);
	if (r < 0)
		return r;
	given->listen_fds = binds_open(given->proxy_conf, given->limits.threads, report);
	if (given->listen_fds == NULL)
		return -EADDRINUSE;
	given->cli_fds = binds_open_cli(given->proxy_conf, report);
	return given->cli_fds == NULL ? -EADDRINUSE : 0;
}

static int open_everything(struct parent *parent, struct diag_report *report)
{
	const struct diag_span nowhere = { 0 };
	struct inheritance *given = &parent->given;
	int life[2];

	given->page = page_map();
	if (given->page == NULL || pipe2(life, O_CLOEXEC | O_NONBLOCK) < 0) {
		diag_add(report, DIAG_ERROR, &diag_cannot_read, nowhere, NULL,
			 "cannot map shared memory: %s", strerror(errno));
		return -errno;
	}
	given->life_read = life[0];
	given->life_write = life[1];
	if (given->vrrp_conf != NULL &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       given->scripts_ends) < 0)
		return -errno;
	if (given->proxy_conf != NULL && given->proxy_conf->runs_programs &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       given->checker_ends) < 0)
		return -errno;
	return given->proxy_conf != NULL ? open_proxy_needs(parent, report) : 0;
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

static bool wants_background(const struct options *options, const struct proxy_conf *conf)
{
	if (options->foreground || options->debug || options->systemd)
		return false;
	return options->background || options->manner == OPTIONS_KEEPALIVED ||
	       (conf != NULL && conf->global.daemon);
}

static void open_control(struct parent *parent)
{
	const char *path = parent->options->control;
	int r = control_open(&parent->control, parent->loop, path, parent->given.page);

	parent->control.on_reload = on_reload;
	parent->control.cli = ctl_socket(parent->given.proxy_conf);
	if (r < 0)
		event(parent, LOG_LEVEL_WARNING,
		      "cannot listen at %s: %s; 'relevo why' needs a --control PATH of its own", path,
		      strerror(-r));
}

static void start_all(struct parent *parent)
{
	for (unsigned i = 0; i < PROCESS_COUNT; i++) {
		struct child *child = &parent->child[i];

		*child = (struct child){ .parent = parent, .process = &processes[i],
					 .restart.on_expire = on_restart };
		if (processes[i].wanted(&parent->given))
			start_child(child);
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
	event(parent, LOG_LEVEL_INFO, "running %s %s", word, command->argv[0]);
	r = script_once(command, timeout_us, why);
	if (r != 0)
		event(parent, LOG_LEVEL_WARNING, "%s %s: %s", word, command->argv[0],
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
	const struct vrrp_conf *conf = parent->given.vrrp_conf;
	int r;
	const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP,
				dump_signal("JSON"), dump_signal("STATS_CLEAR"), 0 };

	title_set("relevo: parent", "relevo");
	if (conf != NULL && conf->umask >= 0)
		umask((mode_t)conf->umask);
	if (loop_signals(parent->loop, signals, on_signal) < 0)
		return 1;
	run_startup_script(parent);
	start_all(parent);
	parent->ready_poll.on_expire = on_ready_poll;
	parent->stop_deadline.on_expire = on_stop_deadline;
	if (loop_timer_arm(parent->loop, &parent->ready_poll, moment_now()) < 0)
		return 1;
	r = loop_run(parent->loop);
	run_shutdown_script(parent);
	return r < 0 ? 1 : parent->exit_status;
}

int parent_serve(struct parent *parent)
{
	if (go_to_background(parent) < 0)
		return 1;
	parent->loop = loop_new(parent);
	parent->log = log_open("relevo", (int)getpid());
	if (parent->loop == NULL || parent->log == NULL)
		return 1;
	log_prepare(parent->log, &parent->given.event_log);
	open_control(parent);
	return serve(parent);
}

struct parent *parent_open(const struct options *options, const struct proxy_conf *proxy_conf,
			   const struct vrrp_conf *vrrp_conf, struct diag_report *report)
{
	struct parent *parent = calloc(1, sizeof(*parent));

	ASSERT(parent != NULL);
	*parent = (struct parent){
		.options = options,
		.given = { .proxy_conf = proxy_conf, .vrrp_conf = vrrp_conf,
			   .life_read = -1, .life_write = -1, .scripts_ends = { -1, -1 },
			   .checker_ends = { -1, -1 } },
		.control.file.fd = -1,
		.background_fd = wants_background(options, proxy_conf) ? 0 : -1,
	};
	reload_init(&parent->reload, options);
	signal(SIGPIPE, SIG_IGN);
	choose_event_log(parent, parent->background_fd < 0 && !options->quiet);
	if (open_everything(parent, report) < 0) {
		parent_free(parent);
		return NULL;
	}
	return parent;
}

void parent_free(struct parent *parent)
{
	struct inheritance *given;

	if (parent == NULL)
		return;
	given = &parent->given;
	if (parent->loop != NULL) {
		control_close(&parent->control, parent->loop);
		loop_free(parent->loop);
	}
	if (parent->log != NULL)
		log_close(parent->log);
	if (given->proxy_conf != NULL) {
		binds_close(given->listen_fds, given->proxy_conf, given->limits.threads);
		binds_close_cli(given->cli_fds, given->proxy_conf);
	}
	if (given->page != NULL)
		page_unmap(given->page);
	reload_free(&parent->reload);
	vrrp_conf_free(parent->conf_before);
	vrrp_conf_free(parent->conf_now);
	vrrp_conf_free(parent->next_conf);
	free(parent);
}
