/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/scripts.c - the scripts process: its loop, its socket to the vrrp
 * process, and its end.
 *
 *   RUNNING --SIGTERM or parent gone--> NOTIFYING --all is done, or 5 s--> MAILING --> exit
 *
 * A service manager, or a terminal, tells all processes to stop at once. What
 * the vrrp process has to say on its way is still waited for: the page shows
 * when each instance has stopped.
 *
 * Results are sent to the vrrp process as they change; what does not fit into
 * the socket is marked and sent when there is room, so that the last state of
 * each script always arrives. Thread: one.
 */
#include "vrrp/scripts.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macros.h"
#include "loop/loop.h"
#include "vrrp/mail.h"
#include "vrrp/script_check.h"
#include "vrrp/script_herald.h"
#include "vrrp/track_file.h"
#include "vrrp/track_process_watch.h"

enum {
	SCRIPTS_STOP_US = 5500000,	/* from the signal to the end, */
	SCRIPTS_MAIL_US = 500000,	/* of which this is left for mail at least */
	SCRIPTS_POLL_US = 20000,	/* how often the page is looked at */
	SCRIPTS_ALONE_US = 500000,	/* if nobody else is to stop by then, it is just us */
};

enum phase { RUNNING, NOTIFYING, MAILING };

struct scripts {
	const struct scripts_args *args;
	struct loop *loop;
	struct log *log;
	struct loop_file socket, parent;
	struct loop_hook hook;
	struct loop_timer deadline, poll;
	bool retired;			/* SIGUSR2: a successor has the mail */
	struct list running;		/* every command */
	struct checked {
		struct scripts *scripts;
		struct script_check check;
		bool unsent;
	} *checks;			/* by index of the script */
	struct script_herald *herald;
	struct track_process_watch *processes;
	struct track_files *files;
	struct mail_sender *mail;
	enum phase phase;
	struct moment stopped;		/* when NOTIFYING began */
	bool unsent;			/* of processes and files */
	bool last_poll;			/* all instances had stopped when it began */
	bool heard_all;			/* the vrrp process asks for nothing more */
};

static void scripts_say(struct scripts *scripts, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* A line of the log, and an event for `relevo why`. */
static void scripts_say(struct scripts *scripts, enum log_level level, const char *format, ...)
{
	char text[280];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_event_add(scripts->args->page, text);
	if (scripts->args->log != NULL)
		log_send(scripts->log, scripts->args->log, level, text, strlen(text));
}

/* --- results to the vrrp process --- */

static void scripts_send_result(struct checked *checked)
{
	const struct script_check *check = &checked->check;
	struct scripts_message message = {
		.kind = SCRIPTS_RESULT,
		.index = check->conf->index,
		.up = check->count.state == SCRIPT_UP,
		.status = check->status,
	};

	if (check->count.state == SCRIPT_UNKNOWN)
		return;
	checked->unsent = send(checked->scripts->args->socket, &message, sizeof(message),
			       MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
}

static void scripts_send_unsent(struct scripts *scripts, bool all)
{
	for (unsigned i = 0; i < scripts->args->conf->script_count; i++)
		if (all || scripts->checks[i].unsent)
			scripts_send_result(&scripts->checks[i]);
}

/* What does not fit now is sent with all the others when there is room. */
static void scripts_send(struct scripts *scripts, const struct scripts_message *message)
{
	if (send(scripts->args->socket, message, sizeof(*message), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		scripts->unsent = true;
}

static void scripts_on_process(void *context, const struct track_process *track)
{
	scripts_send(context, &(const struct scripts_message){
				      .kind = SCRIPTS_PROCESS, .index = track->conf->index,
				      .up = track->up, .status = (int32_t)track->count });
}

static void scripts_on_file(void *context, const struct vrrp_file_conf *file, int value)
{
	scripts_send(context, &(const struct scripts_message){
				      .kind = SCRIPTS_FILE, .index = file->index,
				      .status = value });
}

static void scripts_repeat(struct scripts *scripts)
{
	scripts->unsent = false;
	track_process_watch_repeat(scripts->processes);
	track_files_repeat(scripts->files);
}

static const char *scripts_why(const struct script_check *check, char buf[SCRIPT_STATUS_TEXT])
{
	if (check->status == SCRIPT_COULD_NOT_RUN)
		return "it could not be started";
	if (check->status != SCRIPT_TIMED_OUT)
		return script_status_text(check->status, buf);
	snprintf(buf, SCRIPT_STATUS_TEXT, "no end after %.3g s",
		 (double)check->conf->timeout_us / 1e6);
	return buf;
}

static void scripts_on_change(struct script_check *check)
{
	struct checked *checked = container_of(check, struct checked, check);
	char why[SCRIPT_STATUS_TEXT];

	if (check->count.state == SCRIPT_UP)
		scripts_say(checked->scripts, LOG_LEVEL_INFO, "script '%s' succeeds",
			    check->conf->name);
	else
		scripts_say(checked->scripts, LOG_LEVEL_NOTICE, "script '%s' failed: %s",
			    check->conf->name, scripts_why(check, why));
	scripts_send_result(checked);
}

/* --- what is still to be done --- */

/* Whether the vrrp process has still something to say. */
static bool scripts_vrrp_is_stopping(const struct scripts *scripts)
{
	const struct page *page = scripts->args->page;

	if (atomic_load(&page->stopping) == 0 &&
	    moment_since(scripts->stopped, moment_now()) > SCRIPTS_ALONE_US)
		return false;
	for (unsigned i = 0; i < scripts->args->conf->instance_count && i < PAGE_INSTANCES; i++)
		if (atomic_load(&page->instance[i].used) != 0 &&
		    atomic_load(&page->instance[i].state) != PAGE_VRRP_STOPPED)
			return true;
	return false;
}

/* True when nothing runs or waits: commands of checks too, which have been told to end. */
static bool scripts_is_idle(const struct scripts *scripts)
{
	return script_herald_is_idle(scripts->herald) && list_empty(&scripts->running);
}

/* --- messages from the vrrp process --- */

static void scripts_message(struct scripts *scripts, const struct scripts_message *message)
{
	switch (message->kind) {
	case SCRIPTS_QUERY:
		scripts_send_unsent(scripts, true);
		scripts_repeat(scripts);
		break;
	case SCRIPTS_MAIL:
		mail_wake(scripts->mail);
		break;
	default:
		script_herald_message(scripts->herald, message);
	}
}

static void scripts_read_socket(struct scripts *scripts)
{
	struct scripts_message message;
	ssize_t got;

	while ((got = recv(scripts->args->socket, &message, sizeof(message), MSG_DONTWAIT)) > 0 ||
	       (got < 0 && errno == EINTR))
		if (got == sizeof(message))
			scripts_message(scripts, &message);
	if (got == 0) /* the other end is closed everywhere: there is nobody left to tell */
		loop_file_remove(scripts->loop, &scripts->socket);
}

static void scripts_on_socket(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct scripts *scripts = container_of(file, struct scripts, socket);

	if ((ready & LOOP_OUT) != 0) {
		scripts_send_unsent(scripts, false);
		if (scripts->unsent)
			scripts_repeat(scripts);
	}
	if ((ready & ~(unsigned)LOOP_OUT) != 0)
		scripts_read_socket(scripts);
}

/* --- the end --- */

static void scripts_next_phase(struct scripts *scripts);

static void scripts_on_deadline(struct loop *loop, struct loop_timer *timer)
{
	scripts_next_phase(container_of(timer, struct scripts, deadline));
}

static void scripts_set_deadline(struct scripts *scripts, uint64_t reserve_us)
{
	uint64_t us = scripts->args->stop_us != 0 ? scripts->args->stop_us : SCRIPTS_STOP_US;

	us = us > reserve_us ? us - reserve_us : 0;
	if (loop_timer_arm(scripts->loop, &scripts->deadline,
			   moment_after(scripts->stopped, us)) < 0)
		loop_stop(scripts->loop);
}

static void scripts_next_phase(struct scripts *scripts)
{
	if (moment_before(moment_now(), scripts->deadline.when) &&
	    (scripts->phase != NOTIFYING || !scripts->heard_all || !scripts_is_idle(scripts)))
		return;
	if (scripts->phase == MAILING || scripts->retired) {
		loop_stop(scripts->loop);
		return;
	}
	scripts->phase = MAILING;
	scripts_set_deadline(scripts, 0);
	mail_finish(scripts->mail);
}

static void scripts_on_mail_finished(void *context)
{
	struct scripts *scripts = context;

	loop_stop(scripts->loop);
}

/* Looks once more after all have stopped: the page says so just before the message is sent. */
static void scripts_on_poll(struct loop *loop, struct loop_timer *timer)
{
	struct scripts *scripts = container_of(timer, struct scripts, poll);
	bool again = scripts_vrrp_is_stopping(scripts) || !scripts->last_poll;

	scripts->last_poll = !scripts_vrrp_is_stopping(scripts);
	scripts_read_socket(scripts);
	if (again && loop_timer_arm(loop, timer, moment_after(moment_now(), SCRIPTS_POLL_US)) == 0)
		return;
	scripts->heard_all = true;
	scripts_next_phase(scripts);
}

static void scripts_stop(struct scripts *scripts)
{
	if (scripts->phase != RUNNING)
		return;
	scripts->phase = NOTIFYING;
	scripts->stopped = moment_now();
	for (unsigned i = 0; i < scripts->args->conf->script_count; i++)
		script_check_stop(&scripts->checks[i].check);
	scripts_set_deadline(scripts, SCRIPTS_MAIL_US);
	scripts_on_poll(scripts->loop, &scripts->poll);
}

static void scripts_reap(struct scripts *scripts)
{
	script_children_reap(&scripts->running);
	script_herald_reap(scripts->herald);
}

static void scripts_on_signal(struct loop *loop, int number)
{
	struct scripts *scripts = loop_context(loop);

	if (number == SIGCHLD)
		scripts_reap(scripts);
	else
		scripts_stop(scripts);
	scripts->retired |= number == SIGUSR2;
	if (scripts->phase != RUNNING)
		scripts_next_phase(scripts);
}

static void scripts_on_parent(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct scripts *scripts = container_of(file, struct scripts, parent);
	char byte;
	ssize_t got = read(file->fd, &byte, 1);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		loop_file_remove(loop, file);
		scripts_stop(scripts);
		scripts_next_phase(scripts);
	}
}

/* --- the beginning --- */

static void scripts_before_sleep(struct loop *loop, struct loop_hook *hook)
{
	log_flush(container_of(hook, struct scripts, hook)->log);
}

static void scripts_say_text(void *context, enum log_level level, const char *text)
{
	scripts_say(context, level, "%s", text);
}

static int scripts_watch(struct scripts *scripts)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR2, 0 };
	int error = loop_signals(scripts->loop, signals, scripts_on_signal);

	/* SIGHUP and SIGUSR1 are the parent's business. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (error == 0)
		error = loop_file_add(scripts->loop, &scripts->socket, scripts->args->socket,
				      scripts_on_socket);
	if (error == 0)
		error = loop_file_add_level(scripts->loop, &scripts->parent,
					    scripts->args->parent_fd, scripts_on_parent);
	return error;
}

static bool scripts_open_parts(struct scripts *scripts)
{
	const struct vrrp_conf *conf = scripts->args->conf;

	scripts->herald = script_herald_open(&(struct script_herald_args){
		.scripts = scripts->args, .loop = scripts->loop, .running = &scripts->running,
		.say = scripts_say_text, .context = scripts });
	scripts->processes = track_process_watch_open(&(struct track_process_watch_args){
		.loop = scripts->loop, .conf = conf, .on_news = scripts_on_process,
		.say = scripts_say_text, .context = scripts });
	scripts->files = track_files_open(&(struct track_files_args){
		.loop = scripts->loop, .conf = conf, .on_value = scripts_on_file,
		.say = scripts_say_text, .context = scripts });
	return scripts->herald != NULL && scripts->processes != NULL && scripts->files != NULL;
}

static void scripts_start(struct scripts *scripts)
{
	const struct vrrp_conf *conf = scripts->args->conf;

	for (struct vrrp_script_conf *s = conf->scripts; s != NULL; s = s->next) {
		struct checked *checked = &scripts->checks[s->index];

		checked->scripts = scripts;
		script_check_start(&checked->check, scripts->loop, &scripts->running, s,
				   scripts_on_change);
	}
	/* What an earlier scripts process left: messages, mail. */
	scripts_send_unsent(scripts, true);
	scripts_read_socket(scripts);
	mail_wake(scripts->mail);
}

static bool scripts_open(struct scripts *scripts, const struct scripts_args *args)
{
	*scripts = (struct scripts){
		.args = args,
		.loop = loop_new(scripts),
		.log = log_open("relevo", getpid()),
		.checks = calloc(args->conf->script_count + 1, sizeof(*scripts->checks)),
		.deadline.on_expire = scripts_on_deadline,
		.poll.on_expire = scripts_on_poll,
	};
	list_init(&scripts->running);
	if (scripts->loop == NULL || scripts->log == NULL || scripts->checks == NULL)
		return false;
	if (args->log != NULL)
		log_prepare(scripts->log, args->log);
	loop_hook_add(scripts->loop, &scripts->hook, scripts_before_sleep);
	scripts->mail = mail_open(&(struct mail_sender_args){
		.loop = scripts->loop, .conf = args->conf, .page = args->page,
		.say = scripts_say_text, .on_finished = scripts_on_mail_finished,
		.context = scripts,
	});
	return scripts->mail != NULL && scripts_watch(scripts) == 0 && scripts_open_parts(scripts);
}

/* The process ends next: what is freed here is freed for those who look for leaks. */
static void scripts_close(struct scripts *scripts)
{
	mail_close(scripts->mail);
	track_process_watch_close(scripts->processes);
	track_files_close(scripts->files);
	script_herald_close(scripts->herald, scripts->retired);
	if (scripts->log != NULL)
		log_close(scripts->log);
	if (scripts->loop != NULL)
		loop_free(scripts->loop);
	free(scripts->checks);
}

int scripts_run(const struct scripts_args *args)
{
	struct scripts scripts;
	int status = 1;

	if (scripts_open(&scripts, args)) {
		scripts_start(&scripts);
		status = loop_run(scripts.loop) < 0 ? 1 : 0;
	}
	scripts_close(&scripts);
	return status;
}
