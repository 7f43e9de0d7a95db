/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_ask.c - see cli_ask.h. A question belongs to the main thread but
 * for the time between its two messages.
 */
#include "admin/cli_ask.h"

#include <errno.h>
#include <sys/socket.h>

#include "admin/cli_private.h"

static void ask_came_back(struct loop *loop, struct loop_message *message)
{
	struct cli_ask *ask = container_of(message, struct cli_ask, message);
	struct cli_run *run = ask->run;

	ask->answered = true;
	if (run == NULL) {
		cli_ask_free(ask);
		return;
	}
	run->asked--;
	if (run->asked == 0)
		cli_conn_work(cli_conn_of(run));
}

/* In the worker's thread. */
static void ask_deliver(struct loop *loop, struct loop_message *message)
{
	struct cli_ask *ask = container_of(message, struct cli_ask, message);

	ask->call(ask->worker, ask);
	message->deliver = ask_came_back;
	loop_post(ask->cli->worker->loop, message);
}

static void ask_no_patience(struct loop *loop, struct loop_timer *timer)
{
	struct cli_conn *conn = container_of(timer, struct cli_conn, patience);

	list_for_each(node, &conn->listener->cli->asks)
	{
		struct cli_ask *ask = container_of(node, struct cli_ask, node);

		if (ask->run == &conn->run && !ask->answered)
			ask->run = NULL;
	}
	conn->run.asked = 0;
	cli_conn_work(conn);
}

struct cli_ask *cli_ask(struct cli_run *run, struct worker *worker,
			void (*call)(struct worker *worker, struct cli_ask *ask),
			const void *about, const uint64_t number[4])
{
	struct cli_conn *conn = cli_conn_of(run);
	struct cli_ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->message.deliver = ask_deliver;
	ask->cli = run->cli;
	ask->run = run;
	ask->worker = worker;
	ask->call = call;
	ask->about = about;
	for (unsigned i = 0; number != NULL && i < ARRAY_LEN(ask->number); i++)
		ask->number[i] = number[i];
	list_append(&run->cli->asks, &ask->node);
	run->asked++;
	conn->patience.on_expire = ask_no_patience;
	if (loop_timer_arm(run->worker->loop, &conn->patience,
			   moment_after(worker_now(run->worker), CLI_PATIENCE_US)) < 0)
		conn->patience.on_expire = NULL; /* then the idle timer ends the wait */
	loop_post(worker->loop, &ask->message);
	return ask;
}

void cli_sleep(struct cli_run *run, uint32_t ms)
{
	struct cli_conn *conn = cli_conn_of(run);
	struct moment until = moment_after(worker_now(run->worker), (uint64_t)ms * 1000);
	uint64_t idle_us = (uint64_t)run->session->timeout_ms * 1000;

	conn->patience.on_expire = ask_no_patience;
	if (loop_timer_arm(run->worker->loop, &conn->patience, until) == 0 &&
	    loop_timer_arm(run->worker->loop, &conn->idle, moment_after(until, idle_us)) == 0)
		run->asked = 1;
}

bool cli_client_gone(struct cli_run *run)
{
	return send(cli_conn_of(run)->file.fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	       errno != EAGAIN;
}

int cli_ask_all(struct cli_run *run, void (*call)(struct worker *worker, struct cli_ask *ask),
		const void *about, const uint64_t number[4])
{
	for (unsigned i = 0; i < run->proxy->threads; i++)
		if (cli_ask(run, &run->proxy->workers[i], call, about, number) == NULL)
			return -ENOMEM;
	return 0;
}

struct cli_ask *cli_ask_take(struct cli_run *run)
{
	list_for_each(node, &run->cli->asks)
	{
		struct cli_ask *ask = container_of(node, struct cli_ask, node);

		if (ask->run == run && ask->answered)
			return ask;
	}
	return NULL;
}

void cli_ask_free(struct cli_ask *ask)
{
	list_remove(&ask->node);
	strbuf_free(&ask->text);
	free(ask);
}

void cli_ask_forget(struct cli_run *run)
{
	struct cli_conn *conn = cli_conn_of(run);

	loop_timer_disarm(run->worker->loop, &conn->patience);
	list_for_each_safe(node, &run->cli->asks)
	{
		struct cli_ask *ask = container_of(node, struct cli_ask, node);

		if (ask->run != run)
			continue;
		ask->run = NULL;
		if (ask->answered)
			cli_ask_free(ask);
	}
	run->asked = 0;
}
