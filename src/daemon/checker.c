/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/checker.c - see checker.h. One thread, one loop. */
#include "daemon/checker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/alert_mail.h"
#include "proxy/server_external.h"
#include "vrrp/script_child.h"

enum { CHECKER_RUNNING_MAX = 4096, CHECKER_VARIABLES = 13, CHECKER_TEXT = 512,
       CHECKER_GRACE_MS = 50 };

struct checker {
	const struct checker_args *args;
	struct loop *loop;
	struct loop_file file, parent;
	struct list running;
	unsigned count;
	struct alert_mails *mails;
};

struct checker_job {
	struct script_child child;
	struct checker *checker;
	struct external_message message;
};

/* What a program is told, as text; the variables last while it is started. */
struct checker_words {
	char proxy_address[NET_ADDRESS_TEXT], proxy_port[16];
	char server_address[NET_ADDRESS_TEXT], server_port[16];
	char variable[CHECKER_VARIABLES][CHECKER_TEXT];
	const char *environment[CHECKER_VARIABLES + 1];
	unsigned count;
};

static void checker_answer(struct checker_job *job, int status)
{
	struct external_message answer = job->message;

	answer.status = status;
	send(job->checker->args->socket, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void checker_ended(struct script_child *child, int status)
{
	struct checker_job *job = container_of(child, struct checker_job, child);

	checker_answer(job, status);
	job->checker->count--;
	free(job);
}

/* ---- what it is told ---- */

static void checker_split(const struct net_address *address, char *ret_host, char *ret_port)
{
	struct net_address host = *address;

	snprintf(ret_port, 16, "%s", "NOT_USED");
	if (address->storage.ss_family != AF_UNIX) {
		net_address_set_port(&host, 0);
		snprintf(ret_port, 16, "%u", net_address_port(address));
	}
	net_address_text(&host, ret_host);
}

static void checker_variable(struct checker_words *words, const char *name, const char *value)
{
	char *text = words->variable[words->count];

	snprintf(text, CHECKER_TEXT, "%s=%s", name, strcmp(value, "NOT_USED") == 0 ? "" : value);
	words->environment[words->count++] = text;
}

static void checker_number(struct checker_words *words, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	checker_variable(words, name, text);
}

static void checker_fill(const struct server_conf *server, const struct external_message *message,
			 struct checker_words *words)
{
	const struct section *section = server->backend;
	const struct bind_conf *bind = section_accepts(section) ? section->front.binds : NULL;
	const char *path = section->back.check.path;

	snprintf(words->proxy_address, sizeof(words->proxy_address), "%s", "NOT_USED");
	snprintf(words->proxy_port, sizeof(words->proxy_port), "%s", "NOT_USED");
	if (bind != NULL)
		checker_split(&bind->listener.address, words->proxy_address, words->proxy_port);
	checker_split(&server->address, words->server_address, words->server_port);
	checker_variable(words, "HAPROXY_PROXY_ADDR", words->proxy_address);
	checker_number(words, "HAPROXY_PROXY_ID", section->id);
	checker_variable(words, "HAPROXY_PROXY_NAME", section->name);
	checker_variable(words, "HAPROXY_PROXY_PORT", words->proxy_port);
	checker_variable(words, "HAPROXY_SERVER_ADDR", words->server_address);
	checker_number(words, "HAPROXY_SERVER_CURCONN", message->sessions);
	checker_number(words, "HAPROXY_SERVER_ID", server->id);
	checker_number(words, "HAPROXY_SERVER_MAXCONN", server->maxconn);
	checker_variable(words, "HAPROXY_SERVER_NAME", server->name);
	checker_variable(words, "HAPROXY_SERVER_PORT", words->server_port);
	checker_variable(words, "HAPROXY_SERVER_SSL", "0");
	checker_variable(words, "HAPROXY_SERVER_PROTO",
			 section->mode == PROXY_MODE_HTTP ? "h1" : "tcp");
	checker_variable(words, "PATH", path != NULL ? path : "/usr/bin:/bin:/usr/sbin:/sbin");
}

/* ---- questions ---- */

static const struct server_conf *checker_find(const struct proxy_conf *conf,
					      const struct external_message *message)
{
	for (const struct section *section = conf->sections; section != NULL;
	     section = section->next) {
		if (section->index != message->section || !section_connects(section) ||
		    section->back.check.kind != CHECK_EXTERNAL)
			continue;
		for (const struct server_conf *server = section->back.servers; server != NULL;
		     server = server->next)
			if (server->index == message->server)
				return server;
	}
	return NULL;
}

static int checker_start(struct checker_job *job, const struct server_conf *server)
{
	struct checker_words words = { .count = 0 };
	const char *const extra[] = { words.proxy_address, words.proxy_port, words.server_address,
				      words.server_port, NULL };
	const char *path = server->backend->back.check.command;
	char *argv[] = { (char *)path, NULL };
	const struct vrrp_command command = { .argv = argv, .path = path, .uid = geteuid(),
					      .gid = getegid() };

	checker_fill(server, &job->message, &words);
	job->child.environment = words.environment;
	job->child.on_end = checker_ended;
	/* The proxy is the one to say that it is late. */
	return script_child_start(&job->child, job->checker->loop, &job->checker->running, &command,
				  extra,
				  ((uint64_t)job->message.timeout_ms + CHECKER_GRACE_MS) * 1000);
}

static void checker_take(struct checker *checker, const struct external_message *message)
{
	const struct server_conf *server = checker_find(checker->args->conf, message);
	struct checker_job *job;

	if (server == NULL || checker->count >= CHECKER_RUNNING_MAX)
		return;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return;
	job->checker = checker;
	job->message = *message;
	if (checker_start(job, server) == 0)
		checker->count++;
	else
		free(job); /* the proxy takes it for too late */
}

static void checker_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct checker *checker = container_of(file, struct checker, file);
	union {
		struct external_message check;
		struct alert_message alert;
	} message;
	ssize_t len;

	_Static_assert(sizeof(message.check) != sizeof(message.alert), "told apart by their size");
	while ((len = recv(file->fd, &message, sizeof(message), MSG_DONTWAIT)) > 0) {
		if (len == sizeof(message.check))
			checker_take(checker, &message.check);
		else if (len == sizeof(message.alert))
			alert_mails_take(checker->mails, &message.alert);
	}
}

/* ---- the process ---- */

static void checker_on_signal(struct loop *loop, int number)
{
	struct checker *checker = loop_context(loop);

	if (number == SIGCHLD)
		script_children_reap(&checker->running);
	else if (number == SIGTERM)
		loop_stop(loop);
}

static void checker_parent_gone(struct loop *loop, struct loop_file *file, unsigned ready)
{
	loop_stop(loop);
}

static int checker_open(struct checker *checker, const struct checker_args *args)
{
	/* The parent says with SIGTERM when it is over; the others are the group's. */
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, 0 };
	int error;

	*checker = (struct checker){ .args = args, .file.fd = -1, .parent.fd = -1 };
	list_init(&checker->running);
	checker->loop = loop_new(checker);
	if (checker->loop == NULL)
		return -ENOMEM;
	checker->mails = alert_mails_open(checker->loop, args->conf);
	if (checker->mails == NULL)
		return -ENOMEM;
	error = loop_signals(checker->loop, signals, checker_on_signal);
	if (error == 0)
		error = loop_file_add_level(checker->loop, &checker->file, args->socket,
					    checker_ready);
	if (error == 0)
		error = loop_file_add_level(checker->loop, &checker->parent, args->parent_fd,
					    checker_parent_gone);
	return error;
}

static void checker_close(struct checker *checker)
{
	list_for_each_safe(node, &checker->running) {
		struct script_child *child = container_of(node, struct script_child, node);

		kill(-child->pid, SIGKILL);
		loop_timer_disarm(checker->loop, &child->timer);
		list_remove(node);
		free(container_of(child, struct checker_job, child));
	}
	alert_mails_close(checker->mails);
	loop_free(checker->loop);
}

int checker_run(const struct checker_args *args)
{
	struct checker checker;
	int error = checker_open(&checker, args);

	if (error == 0)
		error = args->ready_to_confine(args->confine_context);
	if (error == 0)
		error = loop_run(checker.loop);
	if (checker.loop != NULL)
		checker_close(&checker);
	return error < 0;
}
