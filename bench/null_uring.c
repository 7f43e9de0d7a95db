/* SPDX-License-Identifier: Apache-2.0 */
/*
 * null_uring.c - null.c's work done with io_uring: what that interface can gain at best.
 *
 * Usage: null_uring MODE:PORT:SERVER_PORT...		MODE is tcp or http; all on 127.0.0.1
 *
 * One thread, one ring, one system call for all that a turn submits and for the wait. Accepts and receives are
 * multishot; a receive takes a buffer of the ring of provided ones, and the bytes are sent from it; it goes back when
 * the send has completed. An end has one send in flight, further buffers wait in its queue. Its memory is free when
 * its last operation has completed. No splice: bulk is not what this is for; and one stream whose receiver is slow
 * may take all buffers. Mode http does what null.c does, with messages that come in one piece.
 */
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ROOM: behind what is received, for a header. */
enum { BUFFERS = 4096, BUFFER = 4096, ROOM = 64, NONE = -1 };

enum operation { ACCEPT, CONNECT, RECEIVE, SEND, UNHEARD };

struct service {
	int fd;
	bool http;
	struct sockaddr_in server;
	struct end *idle;		/* http: server connections, newest first */
};

struct end {
	_Alignas(16) int fd;		/* the low bits of its address name the operation; fd -1: closed */
	struct service *service;
	bool is_server, connected, ended, shut, released;
	unsigned in_flight;		/* operations */
	int out_first, out_last;	/* buffers to be sent to it; the first is being sent */
	struct end *peer;		/* NULL: none now */
	struct end *next;		/* in the pool, starved or dead */
};

struct buffer {
	uint32_t at, len;
	int next;
};

static struct io_uring ring;
static struct io_uring_buf_ring *offered;
static char *memory;
static struct buffer buffers[BUFFERS];
static struct end *starved;		/* their receive ended because no buffer was left */
static struct end *dead;		/* freed when nothing of this turn can name them */

static void fail(const char *what)
{
	fprintf(stderr, "null_uring: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- operations ---- */

static struct io_uring_sqe *entry(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	if (!sqe)
		fail("no room in the ring");
	return sqe;
}

/* The entry is prepared: its completion is told to `end`, which lives until then. */
static void begin(struct io_uring_sqe *sqe, struct end *end, enum operation operation)
{
	io_uring_sqe_set_data64(sqe, (uintptr_t)end | operation);
	end->in_flight++;
}

static void receive(struct end *end)
{
	struct io_uring_sqe *sqe = entry();

	io_uring_prep_recv_multishot(sqe, end->fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 0;
	begin(sqe, end, RECEIVE);
}

static void send_first(struct end *to)
{
	struct io_uring_sqe *sqe = entry();
	const struct buffer *buffer = &buffers[to->out_first];

	io_uring_prep_send(sqe, to->fd, memory + (size_t)to->out_first * BUFFER + buffer->at, buffer->len,
			   MSG_NOSIGNAL | MSG_WAITALL);
	begin(sqe, to, SEND);
}

static void end_release(struct end *end);

static void buffer_offer(int number)
{
	io_uring_buf_ring_add(offered, memory + (size_t)number * BUFFER, BUFFER - ROOM, (unsigned short)number,
			      io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(offered, 1);
	if (starved) {
		struct end *end = starved;

		starved = end->next;
		end->in_flight--;
		if (end->fd >= 0)
			receive(end);
		else
			end_release(end);
	}
}

static void buffer_send(struct end *to, int number)
{
	buffers[number].next = NONE;
	if (to->out_first != NONE) {
		buffers[to->out_last].next = number;
		to->out_last = number;
		return;
	}
	to->out_first = to->out_last = number;
	if (to->connected)
		send_first(to);
}

/* ---- ends ---- */

static struct end *end_new(int fd, struct service *service)
{
	struct end *end = aligned_alloc(_Alignof(struct end), sizeof(*end));

	if (!end)
		fail("memory");
	*end = (struct end){.fd = fd, .service = service, .out_first = NONE, .out_last = NONE};
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return end;
}

/* No operation can name it any more: it is freed at the end of the turn. */
static void end_release(struct end *end)
{
	if (end->fd >= 0 || end->in_flight != 0 || end->released)
		return;
	end->released = true;
	end->next = dead;
	dead = end;
}

static void free_dead(void)
{
	while (dead) {
		struct end *end = dead;

		dead = end->next;
		while (end->out_first != NONE) {
			int number = end->out_first;

			end->out_first = buffers[number].next;
			buffer_offer(number);
		}
		free(end);
	}
}

/* An operation in flight holds the socket, which close alone would not end. */
static void end_close(struct end *end)
{
	struct io_uring_sqe *sqe;

	if (end->fd < 0)
		return;
	if (end->in_flight != 0) {
		sqe = entry();
		io_uring_prep_cancel_fd(sqe, end->fd, IORING_ASYNC_CANCEL_ALL);
		io_uring_sqe_set_data64(sqe, UNHEARD);
	}
	sqe = entry();
	io_uring_prep_close(sqe, end->fd);
	io_uring_sqe_set_data64(sqe, UNHEARD);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	end->fd = -1;
	end_release(end);
}

static void pair_close(struct end *end)
{
	struct end *peer = end->peer;

	end_close(end);
	if (!peer)
		return;
	peer->peer = end->peer = NULL;
	end_close(peer);
}

static struct end *server_open(struct service *service)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct io_uring_sqe *sqe = entry();
	struct end *end;

	if (fd < 0)
		fail("socket");
	end = end_new(fd, service);
	end->is_server = true;
	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&service->server, sizeof(service->server));
	begin(sqe, end, CONNECT);
	return end;
}

/* ---- mode tcp ---- */

/* What `from` had to say has been sent to `to`: its end too. */
static void end_pass(struct end *from, struct end *to)
{
	if (!from->ended || to->out_first != NONE || to->shut || !to->connected)
		return;
	to->shut = true;
	if (to->ended)
		pair_close(from);
	else
		shutdown(to->fd, SHUT_WR);	/* the ring's own goes to a kernel thread */
}

/* ---- mode http ---- */

static void request_pass(struct end *client, int number)
{
	static const char line[] = "X-Forwarded-For: 127.0.0.1\r\n\r\n";
	struct service *service = client->service;
	struct buffer *buffer = &buffers[number];
	char *end = memory + (size_t)number * BUFFER + buffer->len;

	_Static_assert(sizeof(line) <= ROOM, "room for the header");
	if (buffer->len < 4 || memcmp(end - 4, "\r\n\r\n", 4) != 0 || client->peer)
		fail("a request in pieces");
	memcpy(end - 2, line, sizeof(line) - 1);
	buffer->len += sizeof(line) - 1 - 2;
	client->peer = service->idle ? service->idle : server_open(service);
	if (service->idle)
		service->idle = service->idle->next;
	client->peer->peer = client;
	buffer_send(client->peer, number);
}

static bool is_whole(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4), *length = memmem(bytes, len, "\r\nContent-Length: ", 18);

	return end && length && length < end &&
	       (size_t)(end + 4 - bytes) + strtoul(length + 18, NULL, 10) == len;
}

static void response_pass(struct end *server, int number)
{
	struct end *client = server->peer;

	if (!client || !is_whole(memory + (size_t)number * BUFFER, buffers[number].len))
		fail("a response in pieces");
	server->peer = client->peer = NULL;
	buffer_send(client, number);
	server->next = server->service->idle;
	server->service->idle = server;
}

/* ---- completions ---- */

static void accepted(struct end *listener, const struct io_uring_cqe *cqe)
{
	struct service *service = listener->service;
	struct end *client;

	if (cqe->res < 0 || !(cqe->flags & IORING_CQE_F_MORE)) {
		errno = -cqe->res;
		fail("accept");
	}
	client = end_new(cqe->res, service);
	client->connected = true;
	receive(client);
	if (service->http)
		return;
	client->peer = server_open(service);
	client->peer->peer = client;
}

static void connected(struct end *server, int result)
{
	if (server->fd < 0)
		return;
	if (result < 0) {
		pair_close(server);
		return;
	}
	server->connected = true;
	receive(server);
	if (server->out_first != NONE)
		send_first(server);
	else if (server->peer && !server->service->http)
		end_pass(server->peer, server);
}

static void receive_over(struct end *end, int result)
{
	if (end->fd < 0)
		return;
	if (result == -ENOBUFS) {
		end->in_flight++;
		end->next = starved;
		starved = end;
		return;
	}
	if (result > 0) {
		receive(end);
		return;
	}
	end->ended = true;
	if (result < 0 || !end->peer) {
		if (end->is_server && end->service->http)
			fail("a server that closes");
		pair_close(end);
	} else if (!end->service->http)
		end_pass(end, end->peer);
	else
		pair_close(end);
}

static void received(struct end *end, const struct io_uring_cqe *cqe)
{
	if (cqe->res > 0) {
		int number = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);

		buffers[number] = (struct buffer){.len = (uint32_t)cqe->res};
		if (end->fd < 0 || (!end->peer && !end->service->http))
			buffer_offer(number);
		else if (!end->service->http)
			buffer_send(end->peer, number);
		else if (end->is_server)
			response_pass(end, number);
		else
			request_pass(end, number);
	}
	if (!(cqe->flags & IORING_CQE_F_MORE))
		receive_over(end, cqe->res);
}

static void sent(struct end *to, int result)
{
	int number = to->out_first;
	struct buffer *buffer = &buffers[number];

	if (to->fd < 0)
		return;
	if (result < 0) {
		pair_close(to);
		return;
	}
	buffer->at += (uint32_t)result;
	buffer->len -= (uint32_t)result;
	if (buffer->len == 0) {
		to->out_first = buffer->next;
		buffer_offer(number);
	}
	if (to->out_first != NONE)
		send_first(to);
	else if (to->peer && !to->service->http)
		end_pass(to->peer, to);
}

static void completed(const struct io_uring_cqe *cqe)
{
	struct end *end = (struct end *)(uintptr_t)(cqe->user_data & ~(uint64_t)15);
	enum operation operation = cqe->user_data & 15;

	if (operation == UNHEARD)
		return;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		end->in_flight--;
	if (operation == ACCEPT)
		accepted(end, cqe);
	else if (operation == CONNECT)
		connected(end, cqe->res);
	else if (operation == RECEIVE)
		received(end, cqe);
	else
		sent(end, cqe->res);
	end_release(end);
}

/* ---- start ---- */

static void listen_on(const char *text)
{
	struct service *service = calloc(1, sizeof(*service));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char mode[8];
	unsigned port, server;
	struct io_uring_sqe *sqe = entry();

	if (!service || sscanf(text, "%7[a-z]:%u:%u", mode, &port, &server) != 3)
		fail(text);
	service->http = strcmp(mode, "http") == 0;
	at.sin_port = htons((uint16_t)server);
	service->server = at;
	at.sin_port = htons((uint16_t)port);
	service->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(service->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(service->fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(service->fd, 4096) < 0)
		fail("listen");
	io_uring_prep_multishot_accept(sqe, service->fd, NULL, NULL, SOCK_CLOEXEC);
	begin(sqe, end_new(service->fd, service), ACCEPT);
}

static void ring_open(void)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
			 IORING_SETUP_CQSIZE,
		.cq_entries = 16384,
	};
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS};
	int error = io_uring_queue_init_params(4096, &ring, &params);

	errno = -error;
	if (error < 0)
		fail("io_uring");
	io_uring_register_ring_fd(&ring);
	if (posix_memalign((void **)&offered, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0 ||
	    posix_memalign((void **)&memory, 4096, (size_t)BUFFERS * BUFFER) != 0)
		fail("memory");
	reg.ring_addr = (uintptr_t)offered;
	io_uring_buf_ring_init(offered);
	if (io_uring_register_buf_ring(&ring, &reg, 0) < 0)
		fail("provided buffers");
	for (int i = 0; i < BUFFERS; i++)
		buffer_offer(i);
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	ring_open();
	for (int i = 1; i < argc; i++)
		listen_on(argv[i]);
	for (;;) {
		struct io_uring_cqe *cqe;
		unsigned head, count = 0;

		if (io_uring_submit_and_wait(&ring, 1) < 0 && errno != EINTR)
			fail("wait");
		io_uring_for_each_cqe(&ring, head, cqe) {
			completed(cqe);
			count++;
		}
		io_uring_cq_advance(&ring, count);
		free_dead();
	}
}
