/* SPDX-License-Identifier: Apache-2.0 */
/*
 * null.c - a proxy that does nothing but proxy: the floor for those that are compared.
 *
 * Usage: null MODE:PORT:SERVER_PORT...		MODE is tcp or http; all on 127.0.0.1
 *
 * One thread; every socket is registered once, edge-triggered; what was received is sent at once from the same
 * buffer. No timeouts, rules, logs or counters. Mode tcp splices what comes in full reads. Mode http adds
 * X-Forwarded-For and keeps a pool of server connections, newest first; it knows messages that come in one
 * piece, as the small ones of load.c do, and ends with a message when one does not.
 */
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 65536, PIPE = 1 << 20, BIG_READS = 2, ROUNDS = 16 };

struct service {
	int fd;
	bool http;
	struct sockaddr_in server;
	struct end *idle;		/* http: server connections, newest first */
};

struct end {
	int fd;				/* -1: closed */
	struct service *service;
	bool listening, is_server;
	bool can_read, can_write, hung_up, ended, shut;
	uint8_t big_reads;
	struct end *peer;		/* NULL: none now */
	struct end *next;		/* in the pool, or dead */
	/* received from this end, and not sent to the other */
	char *held;
	size_t held_at, held_len;
	int pipe[2];
	size_t piped;
	bool splices;
};

static int epoll_fd;
static char buffer[BUFFER];
static struct end *dead;		/* freed when no event of this turn can name them */

static void fail(const char *what)
{
	fprintf(stderr, "null: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct end *end_new(int fd, struct service *service)
{
	struct end *end = calloc(1, sizeof(*end));
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = end};

	if (!end)
		fail("memory");
	*end = (struct end){.fd = fd, .service = service};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll_ctl");
	return end;
}

static void end_close(struct end *end)
{
	if (end->fd < 0)
		return;
	close(end->fd);
	end->fd = -1;
	if (end->splices) {
		close(end->pipe[0]);
		close(end->pipe[1]);
	}
	free(end->held);
	end->next = dead;
	dead = end;
}

static void pair_close(struct end *end)
{
	if (end->peer)
		end_close(end->peer);
	end_close(end);
}

static struct end *server_open(struct service *service)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct end *end;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connect(fd, (struct sockaddr *)&service->server, sizeof(service->server)) < 0 && errno != EINPROGRESS)
		fail("connect");
	end = end_new(fd, service);
	end->is_server = true;
	return end;
}

static void held_add(struct end *end, const char *bytes, size_t len)
{
	end->held = malloc(len);
	if (!end->held)
		fail("memory");
	memcpy(end->held, bytes, len);
	end->held_at = 0;
	end->held_len = len;
}

/* Sends; what does not go is held by `from`. False: broken, or blocked. */
static bool pass(struct end *from, struct end *to, const char *bytes, size_t len)
{
	ssize_t sent = to->can_write ? send(to->fd, bytes, len, MSG_NOSIGNAL) : 0;

	if (sent == (ssize_t)len)
		return true;
	if (sent < 0 && errno != EAGAIN) {
		pair_close(from);
		return false;
	}
	to->can_write = false;
	held_add(from, bytes + (sent > 0 ? sent : 0), len - (size_t)(sent > 0 ? sent : 0));
	return false;
}

static bool held_pass(struct end *from, struct end *to)
{
	char *held = from->held;
	size_t at = from->held_at, len = from->held_len;
	bool done;

	if (!held)
		return true;
	if (!to->can_write)
		return false;
	from->held = NULL;
	done = pass(from, to, held + at, len);
	free(held);
	return done;
}

/* ---- mode tcp ---- */

static void splice_begin(struct end *from)
{
	if (pipe2(from->pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		return;
	fcntl(from->pipe[1], F_SETPIPE_SZ, PIPE);
	from->splices = true;
}

/* False: nothing more can be done now. */
static bool splice_pass(struct end *from, struct end *to)
{
	ssize_t got, sent;

	if (from->piped == 0) {
		got = splice(from->fd, NULL, from->pipe[1], NULL, PIPE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
		if (got == 0)
			from->ended = true;
		if (got < 0)
			from->can_read = false;
		if (got <= 0)
			return false;
		from->piped = (size_t)got;
	}
	if (!to->can_write)
		return false;
	sent = splice(from->pipe[0], NULL, to->fd, NULL, from->piped, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (sent < 0)
		to->can_write = false;
	else
		from->piped -= (size_t)sent;
	return sent > 0;
}

static bool copy_pass(struct end *from, struct end *to)
{
	ssize_t got = recv(from->fd, buffer, sizeof(buffer), 0);

	if (got == 0)
		from->ended = true;
	if (got < 0) {
		from->can_read = false;
		if (errno != EAGAIN)
			pair_close(from);
	}
	if (got <= 0)
		return false;
	if (got == BUFFER) {
		if (++from->big_reads == BIG_READS)
			splice_begin(from);
	} else {
		from->big_reads = 0;
		from->can_read = from->hung_up;
	}
	return pass(from, to, buffer, (size_t)got);
}

/* One direction; true when it has more to do at once. */
static bool direction(struct end *from, struct end *to)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (from->fd < 0 || !held_pass(from, to))
			return false;
		if (!from->ended && (from->can_read || from->piped != 0)) {
			if (from->splices ? splice_pass(from, to) : copy_pass(from, to))
				continue;
			if (from->fd < 0)
				return false;
		}
		if (from->ended && !from->held && from->piped == 0 && !to->shut) {
			to->shut = true;
			if (to->ended)
				pair_close(from);
			else
				shutdown(to->fd, SHUT_WR);
		}
		return false;
	}
	return true;
}

static void tunnel(struct end *end)
{
	bool more = true;

	/* A stream that could fill all of the turn is served in portions of ROUNDS; the other direction between. */
	while (more && end->fd >= 0) {
		more = direction(end, end->peer);
		if (end->fd >= 0)
			more |= direction(end->peer, end);
	}
}

/* ---- mode http ---- */

static void request_pass(struct end *client)
{
	static const char line[] = "X-Forwarded-For: 127.0.0.1\r\n\r\n";
	struct service *service = client->service;
	ssize_t got = recv(client->fd, buffer, sizeof(buffer) - sizeof(line), 0);

	client->can_read = false;
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			pair_close(client);
		return;
	}
	if (got < 4 || memcmp(buffer + got - 4, "\r\n\r\n", 4) != 0 || client->peer)
		fail("a request in pieces");
	memcpy(buffer + got - 2, line, sizeof(line) - 1);
	client->peer = service->idle ? service->idle : server_open(service);
	if (service->idle)
		service->idle = service->idle->next;
	client->peer->peer = client;
	pass(client, client->peer, buffer, (size_t)got - 2 + sizeof(line) - 1);
}

static bool is_whole(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4), *length = memmem(bytes, len, "\r\nContent-Length: ", 18);

	return end && length && length < end &&
	       (size_t)(end + 4 - bytes) + strtoul(length + 18, NULL, 10) == len;
}

static void response_pass(struct end *server)
{
	struct end *client = server->peer;
	ssize_t got = recv(server->fd, buffer, sizeof(buffer), 0);

	server->can_read = false;
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0 || !is_whole(buffer, (size_t)got))
		fail("a response in pieces");
	server->peer = client->peer = NULL;
	if (send(client->fd, buffer, (size_t)got, MSG_NOSIGNAL) != got)
		fail("a client that does not read");
	server->next = server->service->idle;
	server->service->idle = server;
}

static void exchange(struct end *end)
{
	if (end->is_server && end->peer && !held_pass(end->peer, end))
		return;
	if (!end->can_read)
		return;
	if (!end->is_server)
		request_pass(end);
	else if (end->peer)
		response_pass(end);
	else if (end->hung_up)
		fail("a server that closes");
}

/* ---- events ---- */

static void accept_all(struct end *listener)
{
	struct service *service = listener->service;
	int fd;

	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct end *client = end_new(fd, service);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		client->can_write = true;
		if (service->http)
			continue;
		client->peer = server_open(service);
		client->peer->peer = client;
	}
}

static void event_take(struct end *end, uint32_t events)
{
	if (end->fd < 0)
		return;
	if (end->listening) {
		accept_all(end);
		return;
	}
	if (events & (EPOLLERR | EPOLLHUP) && !end->service->http) {
		if (events & EPOLLERR) {
			pair_close(end);
			return;
		}
	}
	end->can_read |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
	end->can_write |= (events & EPOLLOUT) != 0;
	end->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
	if (end->service->http)
		exchange(end);
	else
		tunnel(end);
}

static void listen_on(const char *text)
{
	struct service *service = calloc(1, sizeof(*service));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char mode[8];
	unsigned port, server;
	struct end *listener;

	if (!service || sscanf(text, "%7[a-z]:%u:%u", mode, &port, &server) != 3)
		fail(text);
	service->http = strcmp(mode, "http") == 0;
	at.sin_port = htons((uint16_t)server);
	service->server = at;
	at.sin_port = htons((uint16_t)port);
	service->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(service->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(service->fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(service->fd, 4096) < 0)
		fail("listen");
	listener = end_new(service->fd, service);
	listener->listening = true;
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 1; i < argc; i++)
		listen_on(argv[i]);
	for (;;) {
		struct epoll_event events[256];
		int count = epoll_wait(epoll_fd, events, 256, -1);

		for (int i = 0; i < count; i++)
			event_take(events[i].data.ptr, events[i].events);
		while (dead) {
			struct end *end = dead;

			dead = end->next;
			free(end);
		}
	}
}
