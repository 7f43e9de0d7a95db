/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_external.c - see server_external.h. */
#include "proxy/server_external.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proxy/run.h"
#include "proxy/worker.h"

/* An answer on its way to the server's home. */
struct external_answer {
	struct loop_message message;
	struct server *server;
	uint32_t ticket;
	int status;
};

static void external_deliver(struct loop *loop, struct loop_message *message)
{
	struct external_answer *answer = container_of(message, struct external_answer, message);

	health_program_ended(&answer->server->check, answer->ticket, answer->status);
	free(answer);
}

/* By its place in the files; NULL: it has been deleted. */
static struct server *external_server(const struct backend *backend, uint32_t index)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (set->at[i]->conf->index == index)
			return set->at[i];
	return NULL;
}

static void external_pass_on(struct proxy *proxy, const struct external_message *message)
{
	struct backend *backend = message->section < proxy->conf->section_count
					  ? proxy->parts[message->section].backend
					  : NULL;
	struct external_answer *answer;

	struct server *server = backend != NULL ? external_server(backend, message->server) : NULL;

	if (server == NULL)
		return;
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return; /* it counts as too late */
	answer->message.deliver = external_deliver;
	answer->server = server;
	answer->ticket = message->ticket;
	answer->status = message->status;
	loop_post(answer->server->home->loop, &answer->message);
}

static void external_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct worker *worker = worker_of(loop);
	struct external_message message;

	while (recv(file->fd, &message, sizeof(message), MSG_DONTWAIT) == sizeof(message))
		external_pass_on(worker->proxy, &message);
}

int server_external_open(struct worker *worker, int fd)
{
	worker->external.fd = -1;
	if (fd < 0)
		return 0;
	return loop_file_add_level(worker->loop, &worker->external, fd, external_ready);
}

bool server_external_ask(struct health_check *check, uint32_t ticket, uint32_t timeout_ms)
{
	const struct server *server = container_of(check, struct server, check);
	const struct proxy *proxy = server->backend->proxy;
	const struct external_message message = {
		.section = server->backend->section->index,
		.server = server->conf->index,
		.ticket = ticket,
		.timeout_ms = timeout_ms,
		.sessions = atomic_load_explicit(&server->lb.active, memory_order_relaxed),
	};

	return proxy->args->checker_fd >= 0 &&
	       send(proxy->args->checker_fd, &message, sizeof(message),
		    MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(message);
}
