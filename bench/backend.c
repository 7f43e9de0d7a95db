/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend.c - the server behind the proxies that are compared (wire.h).
 *
 * Usage: backend ADDRESS PORT_SHORT PORT_PONG PORT_BULK PORT_BULK_UP PORT_HTTP PORT_LOG. One thread,
 * edge-triggered.
 * PORT_LOG is UDP: log lines are counted. A line on standard input is answered by "logged COUNT" on
 * standard output.
 */
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"

uint8_t pattern[PATTERN_PERIOD + CHUNK];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void peer_close(struct peer *peer)
{
	close(peer->fd);
	free(peer);
}

void turn_bits(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)~bytes[i];
}

/* Collects a request of `want` bytes; false until it is whole. *ret_over: the peer has gone. */
static bool request_whole(struct peer *peer, size_t want, bool *ret_over)
{
	*ret_over = false;
	while (peer->received < want) {
		ssize_t got = recv(peer->fd, peer->bytes + peer->received, want - peer->received, 0);

		if (got <= 0) {
			*ret_over = got == 0 || errno != EAGAIN;
			return false;
		}
		peer->received += (size_t)got;
	}
	return true;
}

/* Each handler returns whether the connection is over. */
static bool serve_short(struct peer *peer)
{
	bool over;

	if (!request_whole(peer, SHORT_SIZE, &over))
		return over;
	turn_bits(peer->bytes, SHORT_SIZE);
	send(peer->fd, peer->bytes, SHORT_SIZE, MSG_NOSIGNAL);
	return true;
}

static bool serve_pong(struct peer *peer)
{
	uint8_t bytes[4096];

	for (;;) {
		ssize_t got = recv(peer->fd, bytes, sizeof(bytes), 0);

		if (got <= 0)
			return got == 0 || errno != EAGAIN;
		turn_bits(bytes, (size_t)got);
		if (send(peer->fd, bytes, (size_t)got, MSG_NOSIGNAL) != got)
			return true;
		if ((size_t)got < sizeof(bytes))
			return false;
	}
}

static bool serve_bulk(struct peer *peer)
{
	bool over;

	if (!request_whole(peer, BULK_REQUEST, &over))
		return over;
	memcpy(&peer->asked, peer->bytes, sizeof(peer->asked));
	while (peer->sent < peer->asked) {
		size_t size = CHUNK;
		ssize_t sent;

		if (peer->asked - peer->sent < size)
			size = (size_t)(peer->asked - peer->sent);
		sent = send(peer->fd, pattern + peer->sent % PATTERN_PERIOD, size, MSG_NOSIGNAL);
		if (sent < 0)
			return errno != EAGAIN;
		peer->sent += (uint64_t)sent;
	}
	return true;
}

/* Checks what comes; one byte says that all of it was right. */
static bool serve_bulk_up(struct peer *peer)
{
	static uint8_t bytes[CHUNK];
	bool over;

	if (!request_whole(peer, BULK_REQUEST, &over))
		return over;
	memcpy(&peer->asked, peer->bytes, sizeof(peer->asked));
	while (peer->came < peer->asked) {
		ssize_t got = recv(peer->fd, bytes, sizeof(bytes), 0);

		if (got <= 0)
			return got == 0 || errno != EAGAIN;
		if (memcmp(bytes, pattern + peer->came % PATTERN_PERIOD, (size_t)got) != 0)
			return true;
		peer->came += (uint64_t)got;
	}
	send(peer->fd, &(uint8_t){1}, 1, MSG_NOSIGNAL);
	return true;
}

static unsigned long log_lines(int fd)
{
	uint8_t line[4096];
	unsigned long count = 0;

	while (recv(fd, line, sizeof(line), 0) > 0)
		count++;
	return count;
}

static bool (*const serve[KINDS])(struct peer *peer) = {
	[KIND_SHORT] = serve_short,
	[KIND_PONG] = serve_pong,
	[KIND_BULK] = serve_bulk,
	[KIND_BULK_UP] = serve_bulk_up,
	[KIND_HTTP] = serve_http,
};

static void peer_watch(int epoll_fd, struct peer *peer)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = peer};

	if (peer->kind == KIND_BULK || peer->kind == KIND_HTTP)
		event.events |= EPOLLOUT;
	if (peer->listening || peer->kind >= KINDS)
		event.events = EPOLLIN;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer->fd, &event) < 0)
		fail("epoll_ctl");
}

static struct peer *peer_new(int fd, enum kind kind)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		fail("calloc");
	peer->fd = fd;
	peer->kind = kind;
	return peer;
}

static void listener_accept(int epoll_fd, const struct peer *listener)
{
	int fd;

	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		peer_watch(epoll_fd, peer_new(fd, listener->kind));
	}
}

static void listener_open(int epoll_fd, const char *address, const char *port, enum kind kind)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address),
				 .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct peer *listener = peer_new(fd, kind);

	listener->listening = true;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4096) < 0)
		fail("backend: listen");
	peer_watch(epoll_fd, listener);
}

static void log_open(int epoll_fd, const char *address, const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address),
				 .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){16 << 20}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("backend: log");
	peer_watch(epoll_fd, peer_new(fd, KIND_LOG));
}

static void question_answer(struct peer *peer, unsigned long logged)
{
	char line[64];

	if (read(peer->fd, line, sizeof(line)) <= 0)
		exit(0);
	printf("logged %lu\n", logged);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long logged = 0;
	struct rlimit limit;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 3 + KINDS) {
		fprintf(stderr, "usage: backend ADDRESS PORT_SHORT PORT_PONG PORT_BULK PORT_BULK_UP PORT_HTTP "
				"PORT_LOG\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	pattern_fill(pattern, sizeof(pattern));
	for (int kind = 0; kind < KINDS; kind++)
		listener_open(epoll_fd, argv[1], argv[2 + kind], (enum kind)kind);
	log_open(epoll_fd, argv[1], argv[2 + KIND_LOG]);
	peer_watch(epoll_fd, peer_new(STDIN_FILENO, KIND_QUESTION));
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct epoll_event events[256];
		int count = epoll_wait(epoll_fd, events, 256, -1);

		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;

			if (peer->listening)
				listener_accept(epoll_fd, peer);
			else if (peer->kind == KIND_LOG)
				logged += log_lines(peer->fd);
			else if (peer->kind == KIND_QUESTION)
				question_answer(peer, logged);
			else if (serve[peer->kind](peer))
				peer_close(peer);
		}
	}
}
