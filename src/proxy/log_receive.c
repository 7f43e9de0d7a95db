/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_receive.c - see log_receive.h. Bytes are read into the worker's
 * receive buffer; only the beginning of a message that has not come whole is
 * kept by the connection. A connection whose framing is broken is closed,
 * since nobody knows where its next message begins (RFC 6587, 3.4).
 */
#include "proxy/log_receive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag/log_message.h"
#include "proxy/listener.h"
#include "proxy/worker.h"

enum {
	READS_A_TURN = 16,	/* so that one sender does not keep the thread */
	DATAGRAMS_A_TURN = 64,
	HOST_MAX = 255 + 1 + NET_TEXT,
};

static const struct log_forward *forward_of(const struct listener *listener)
{
	return container_of(listener->conf->frontend, struct log_forward, section);
}

/* option host; `text` has HOST_MAX bytes of room for the new one. */
static struct slice host_of(const struct log_forward *forward, struct slice given,
			    const struct net_endpoint *src, char *text)
{
	char address[NET_TEXT];
	int len;

	if (forward->host == LOG_HOST_KEEP || (forward->host == LOG_HOST_FILL && given.len != 0) ||
	    (src->family != AF_INET && src->family != AF_INET6))
		return given;
	net_endpoint_text(src, address);
	if (forward->host == LOG_HOST_APPEND && given.len != 0)
		len = snprintf(text, HOST_MAX, "%.*s,%s", given.len < 255 ? (int)given.len : 255,
			       given.at, address);
	else
		len = snprintf(text, HOST_MAX, "%s", address);
	return (struct slice){ text, (size_t)len };
}

static void relay(const struct listener *listener, struct slice bytes,
		  const struct net_endpoint *src)
{
	const struct log_forward *forward = forward_of(listener);
	struct log_message message;
	char host[HOST_MAX];

	if (forward->dont_parse)
		log_message_take(bytes, &message);
	else
		log_message_read(bytes, &message);
	message.host = host_of(forward, message.host, src, host);
	log_relay(listener->worker->log, &forward->section.log, &message);
}

/* ---- datagrams ---- */

void log_datagrams_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct listener *listener = container_of(file, struct listener, file);
	struct buffer *receive = listener->worker->receive;

	for (unsigned i = 0; i < DATAGRAMS_A_TURN; i++) {
		struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
		socklen_t len = sizeof(from);
		struct net_endpoint src;
		ssize_t got = recvfrom(listener->fd, receive->bytes, receive->size, MSG_DONTWAIT,
				       (struct sockaddr *)&from, &len);

		if (got < 0)
			return;
		net_endpoint_from_sockaddr(&src, (struct sockaddr *)&from);
		relay(listener, (struct slice){ (const char *)receive->bytes, (size_t)got }, &src);
	}
}

/* ---- connections ---- */

static void client_close(struct log_client *client)
{
	struct listener *listener = client->listener;
	struct worker *worker = listener->worker;

	loop_timer_disarm(worker->loop, &client->timer);
	loop_file_close(worker->loop, &client->file);
	if (client->held != NULL)
		buffer_put(&worker->buffers, client->held);
	list_remove(&client->node);
	client->next_dead = worker->dead_log_clients;
	worker->dead_log_clients = client;
	worker_reap_later(worker);
	listener_leave(listener);
}

static void client_timeout(struct loop *loop, struct loop_timer *timer)
{
	client_close(container_of(timer, struct log_client, timer));
}

static bool client_arm(struct log_client *client)
{
	struct worker *worker = client->listener->worker;
	uint32_t ms = forward_of(client->listener)->section.front.timeout_client;

	return ms == 0 || loop_timer_arm(worker->loop, &client->timer,
					 moment_after(worker_now(worker), (uint64_t)ms * 1000)) == 0;
}

/* Sends on what has come whole; false: the framing is broken. */
static bool client_take(struct log_client *client, struct buffer *input)
{
	const struct listener *listener = client->listener;
	size_t max = listener->worker->proxy->conf->global.bufsize;
	struct slice message;
	size_t taken;

	for (;;) {
		struct slice bytes = { (const char *)input->bytes + input->start,
				       buffer_used(input) };

		switch (log_frame_next(bytes, forward_of(listener)->by_newline, max, &message,
				       &taken)) {
		case LOG_FRAME_MORE:
			return true;
		case LOG_FRAME_BAD:
			return false;
		case LOG_FRAME_MESSAGE:
			break;
		}
		relay(listener, message, &client->src);
		input->start += (uint32_t)taken;
	}
}

static void to_front(struct buffer *buffer)
{
	uint32_t used = buffer_used(buffer);

	memmove(buffer->bytes, buffer->bytes + buffer->start, used);
	buffer->start = 0;
	buffer->end = used;
}

/* One recv; false: the connection is over. *ret_more: there may be further bytes. */
static bool client_read(struct log_client *client, struct buffer *input, bool *ret_more)
{
	uint32_t room = input->size - input->end;
	ssize_t got = recv(client->file.fd, input->bytes + input->end, room, MSG_DONTWAIT);

	*ret_more = got == (ssize_t)room || (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	input->end += (uint32_t)got;
	if (got == 0 || !client_take(client, input))
		return false;
	to_front(input);
	return true;
}

/* What was held goes in front of what comes. */
static void take_held(struct log_client *client, struct buffer *input)
{
	if (client->held == NULL)
		return;
	input->end = buffer_used(client->held);
	memcpy(input->bytes, client->held->bytes + client->held->start, input->end);
	buffer_put(&client->listener->worker->buffers, client->held);
	client->held = NULL;
}

static bool keep_rest(struct log_client *client, struct buffer *input)
{
	uint32_t used = buffer_used(input);

	if (used == 0)
		return true;
	client->held = buffer_get(&client->listener->worker->buffers, used);
	if (client->held == NULL)
		return false;
	memcpy(client->held->bytes, input->bytes, used);
	client->held->end = used;
	return true;
}

static void client_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct log_client *client = container_of(file, struct log_client, file);
	struct buffer *input = client->listener->worker->receive;
	bool open = true, more = true;

	client->hung_up |= (ready & (LOOP_HUP | LOOP_ERROR)) != 0;
	take_held(client, input);
	for (unsigned i = 0; open && more && i < READS_A_TURN; i++) {
		open = client_read(client, input, &more);
		more |= client->hung_up; /* to the end of file */
	}
	open = open && keep_rest(client, input) && client_arm(client);
	buffer_clear(input);
	if (!open)
		client_close(client);
	else if (more)
		loop_file_again(loop, file);
}

void log_client_accept(struct listener *listener, int fd, const struct sockaddr *from)
{
	struct worker *worker = listener->worker;
	struct log_client *client = slab_get(&worker->log_client_slab);

	if (client == NULL) {
		close(fd);
		listener_leave(listener);
		return;
	}
	*client = (struct log_client){
		.listener = listener,
		.file.fd = -1,
		.timer.on_expire = client_timeout,
	};
	net_endpoint_from_sockaddr(&client->src, from);
	list_append(&worker->log_clients, &client->node);
	if (loop_file_add(worker->loop, &client->file, fd, client_ready) < 0) {
		close(fd);
		client_close(client);
	} else if (!client_arm(client)) {
		client_close(client);
	}
}

void log_clients_close(struct worker *worker)
{
	while (!list_empty(&worker->log_clients))
		client_close(container_of(worker->log_clients.next, struct log_client, node));
}
