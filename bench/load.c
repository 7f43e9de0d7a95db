/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - loads a proxy for a while and prices it: the proxy's own CPU time,
 * user and system, over the operations done in the same span (wire.h).
 *
 * Usage: load KIND[:SHAPE] ADDRESS PORT CONNECTIONS WARM_MS RUN_MS BACKEND_PID PID[,PID...]
 *	load hold|hold_http ADDRESS PORT FIRST MORE
 *
 * KIND is short, pong, bulk, bulk_up, ramp, http or ws; SHAPE is load.h's, of http. The first form keeps that
 * many connections busy, each in turn, and prints one line of JSON. The second opens FIRST connections, each of
 * which does one round trip, says "held", waits for a line on standard input, opens MORE, says "held" again and
 * waits for the end of standard input. Any wrong, missing or superfluous byte is an error that ends the run with
 * status 1.
 */
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static const uint64_t BULK_SIZE = 512 << 20; /* bytes of one stream */

void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "wrong");
	exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		fail("clock of the proxy");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned power = 63 - (unsigned)__builtin_clzll(ns | STEPS);

	return (power - 5) * STEPS + (unsigned)(ns >> (power - 5));
}

static uint64_t bucket_ns(unsigned bucket)
{
	unsigned power = bucket / STEPS;

	return power > 1 ? (uint64_t)(bucket % STEPS + STEPS) << (power - 1) : bucket;
}

void note_operation(struct load *load, struct connection *connection)
{
	uint64_t now = now_ns();

	load->operations++;
	load->histogram[bucket_of(now - connection->begun)]++;
	connection->begun = now;
}

static double percentile_us(const struct load *load, double share)
{
	uint64_t wanted = (uint64_t)((double)load->operations * share), seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += load->histogram[i];
		if (seen > wanted)
			return (double)bucket_ns(i) / 1000;
	}
	return 0;
}

static void connection_open(struct load *load, struct connection *connection)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				    .data.ptr = connection};

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		fail("socket");
	*connection = (struct connection){.fd = connection->fd, .head = connection->head};
	connection->number = load->next_number++;
	connection->begun = now_ns();
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if ((connect(connection->fd, (struct sockaddr *)&load->target, sizeof(load->target)) < 0 &&
	     errno != EINPROGRESS) ||
	    epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) < 0)
		fail("connect");
}

void connection_again(struct load *load, struct connection *connection)
{
	close(connection->fd);
	connection_open(load, connection);
}

static void message_send(struct connection *connection, size_t size)
{
	uint8_t bytes[SHORT_SIZE];

	message_fill(bytes, size, connection->number, false);
	errno = 0;
	if (send(connection->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
		fail("send");
	connection->sent = true;
}

/*
 * Receives what there is of an answer of `size` bytes and compares it. 1: it is
 * whole, 0: not yet; end of file in it is an error.
 */
static int message_receive(struct connection *connection, size_t size)
{
	uint8_t bytes[SHORT_SIZE + 1], expected[SHORT_SIZE];
	ssize_t got;

	errno = 0;
	got = recv(connection->fd, bytes, size + 1 - connection->received, 0);
	if (got < 0 && errno == EAGAIN)
		return 0;
	message_fill(expected, size, connection->number, true);
	if (got <= 0 || connection->received + (uint64_t)got > size ||
	    memcmp(bytes, expected + connection->received, (size_t)got) != 0)
		fail("answer");
	connection->received += (uint64_t)got;
	return connection->received == size;
}

static void short_writable(struct load *load, struct connection *connection)
{
	message_send(connection, SHORT_SIZE);
}

static void short_readable(struct load *load, struct connection *connection)
{
	uint8_t more;
	ssize_t got;

	while (connection->received < SHORT_SIZE)
		if (!message_receive(connection, SHORT_SIZE) && errno == EAGAIN)
			return;
	errno = 0;
	got = recv(connection->fd, &more, 1, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got != 0)
		fail("end of connection");
	note_operation(load, connection);
	load->bytes += 2 * SHORT_SIZE;
	connection_again(load, connection);
}

static void pong_writable(struct load *load, struct connection *connection)
{
	connection->begun = now_ns();
	message_send(connection, PONG_SIZE);
}

static void pong_readable(struct load *load, struct connection *connection)
{
	if (!message_receive(connection, PONG_SIZE))
		return;
	note_operation(load, connection);
	load->bytes += 2 * PONG_SIZE;
	connection->received = 0;
	connection->number = load->next_number++;
	message_send(connection, PONG_SIZE);
}

static void watch_level(struct load *load, struct connection *connection, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = connection};

	epoll_ctl(load->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
}

/* From here on level-triggered, so that one read a turn serves the streams evenly. */
static void bulk_writable(struct load *load, struct connection *connection)
{
	watch_level(load, connection, EPOLLIN);
	errno = 0;
	if (send(connection->fd, &BULK_SIZE, BULK_REQUEST, MSG_NOSIGNAL) != BULK_REQUEST)
		fail("send");
	connection->sent = true;
}

static void bulk_readable(struct load *load, struct connection *connection)
{
	ssize_t got;

	errno = 0;
	got = recv(connection->fd, load->buffer, CHUNK, 0);
	if (got < 0 || connection->received + (uint64_t)got > BULK_SIZE ||
	    (got == 0 && connection->received != BULK_SIZE) ||
	    memcmp(load->buffer, load->pattern + connection->received % PATTERN_PERIOD, (size_t)got) != 0)
		fail("bulk");
	connection->received += (uint64_t)got;
	load->bytes += (uint64_t)got;
	if (got == 0) {
		note_operation(load, connection);
		connection_again(load, connection);
	}
}

/* Sends the pattern, level-triggered; the server's answer says that it was right. */
static void bulk_up_writable(struct load *load, struct connection *connection)
{
	ssize_t sent;

	errno = 0;
	if (connection->received == 0)
		watch_level(load, connection, EPOLLIN | EPOLLOUT);
	if (connection->received == 0 &&
	    send(connection->fd, &BULK_SIZE, BULK_REQUEST, MSG_NOSIGNAL | MSG_MORE) != BULK_REQUEST)
		fail("send");
	for (unsigned i = 0; i < 4 && connection->received < BULK_SIZE; i++) {
		uint64_t left = BULK_SIZE - connection->received;

		sent = send(connection->fd, load->pattern + connection->received % PATTERN_PERIOD,
			    left < CHUNK ? (size_t)left : CHUNK, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0)
			fail("bulk");
		connection->received += (uint64_t)sent;
		load->bytes += (uint64_t)sent;
	}
	connection->sent = connection->received == BULK_SIZE;
	if (connection->sent)
		watch_level(load, connection, EPOLLIN);
}

static void bulk_up_readable(struct load *load, struct connection *connection)
{
	uint8_t byte = 0;

	errno = 0;
	if (recv(connection->fd, &byte, 1, 0) != 1 || byte != 1 || !connection->sent)
		fail("bulk up");
	note_operation(load, connection);
	connection_again(load, connection);
}

/* What opening a connection costs when it is kept: one answer, then the client resets it. */
static void ramp_readable(struct load *load, struct connection *connection)
{
	const struct linger reset = {.l_onoff = 1};

	if (!message_receive(connection, PONG_SIZE))
		return;
	note_operation(load, connection);
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	connection_again(load, connection);
}

/* A connection that has had its answer is left as it is. */
static void hold_readable(struct load *load, struct connection *connection)
{
	if (message_receive(connection, PONG_SIZE))
		load->operations++;
}

static const struct kind kinds[] = {
	{"short", short_writable, short_readable, false},
	{"pong", pong_writable, pong_readable, false},
	{"ramp", pong_writable, ramp_readable, false},
	{"bulk", bulk_writable, bulk_readable, false},
	{"bulk_up", bulk_up_writable, bulk_up_readable, false},
	{"http", http_writable, http_readable, false},
	{"ws", ws_writable, ws_readable, false},
	{"hold", pong_writable, hold_readable, true},
	{"hold_http", http_writable, hold_http_readable, true},
};

static void load_turn(struct load *load, int timeout_ms)
{
	struct epoll_event events[256];
	int count = epoll_wait(load->epoll_fd, events, 256, timeout_ms);

	errno = count == 0 ? ETIMEDOUT : 0;
	if (count <= 0)
		fail("no answer");
	for (int i = 0; i < count; i++) {
		struct connection *connection = events[i].data.ptr;

		if (events[i].events & EPOLLERR) {
			socklen_t size = sizeof(errno);

			getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &errno, &size);
			fail("connection");
		}
		if (!connection->sent && (events[i].events & EPOLLOUT))
			load->kind->writable(load, connection);
		else if (events[i].events & (EPOLLIN | EPOLLRDHUP))
			load->kind->readable(load, connection);
	}
}

static void load_until(struct load *load, uint64_t end)
{
	while (now_ns() < end)
		load_turn(load, 5000);
}

static uint64_t proxy_cpu_ns(const struct load *load)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < load->clock_count; i++)
		total += clock_ns(load->clock[i]);
	return total;
}

static void clocks_find(struct load *load, char *pids)
{
	for (char *pid = strtok(pids, ","); pid; pid = strtok(NULL, ",")) {
		if (load->clock_count == PIDS_MAX)
			fail("too many processes");
		errno = clock_getcpuclockid(atoi(pid), &load->clock[load->clock_count++]);
		if (errno)
			fail(pid);
	}
}

static void connections_open(struct load *load, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		connection_open(load, &load->connection[i]);
}

/* Of both ends: this program's and the server's. */
static uint64_t ends_cpu_ns(const struct load *load)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) + clock_ns(load->backend_clock);
}

static void run_timed(struct load *load, uint64_t warm_ms, uint64_t run_ms)
{
	uint64_t begin, end, cpu, ends;

	connections_open(load, 0, load->count);
	load_until(load, now_ns() + warm_ms * 1000000);
	load->operations = load->bytes = 0;
	memset(load->histogram, 0, BUCKETS * sizeof(*load->histogram));
	begin = now_ns();
	cpu = proxy_cpu_ns(load);
	ends = ends_cpu_ns(load);
	load_until(load, begin + run_ms * 1000000);
	cpu = proxy_cpu_ns(load) - cpu;
	ends = ends_cpu_ns(load) - ends;
	end = now_ns();
	printf("{\"operations\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"cpu_ns\": %llu, \"ends_ns\": %llu, "
	       "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f}\n",
	       (unsigned long long)load->operations, (unsigned long long)load->bytes,
	       (double)(end - begin) / 1e9, (unsigned long long)cpu, (unsigned long long)ends,
	       percentile_us(load, 0.5), percentile_us(load, 0.99), percentile_us(load, 0.999));
}

/* In steps of 100, so that no listen queue overflows. */
static void hold_up_to(struct load *load, unsigned from, unsigned to)
{
	while (from < to) {
		unsigned step = to - from < 100 ? to - from : 100;

		connections_open(load, from, from + step);
		from += step;
		while (load->operations < from)
			load_turn(load, 10000);
	}
	puts("held");
	fflush(stdout);
	while (getchar() != '\n' && !feof(stdin))
		;
}

static const struct kind *kind_find(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len && strncmp(name, kinds[i].name, len) == 0)
			return &kinds[i];
	return NULL;
}

static int usage(void)
{
	fprintf(stderr, "usage: load KIND[:SHAPE] ADDRESS PORT CONNECTIONS WARM_MS RUN_MS BACKEND_PID PIDS\n"
			"       load hold|hold_http ADDRESS PORT FIRST MORE\n");
	return 2;
}

int main(int argc, char **argv)
{
	static uint64_t histogram[BUCKETS];
	static uint8_t buffer[CHUNK], pattern[PATTERN_PERIOD + CHUNK];
	struct load load = {.histogram = histogram, .buffer = buffer, .pattern = pattern};
	struct rlimit limit;
	unsigned first, more;

	load.kind = argc > 1 ? kind_find(argv[1]) : NULL;
	if (!load.kind || argc != (load.kind->held ? 6 : 9))
		return usage();
	shape_read(&load.shape, strchr(argv[1], ':') ? strchr(argv[1], ':') + 1 : "");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	pattern_fill(pattern, sizeof(pattern));
	load.target = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(argv[2]),
					   .sin_port = htons((uint16_t)atoi(argv[3]))};
	load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	first = (unsigned)atoi(argv[4]);
	more = load.kind->held ? (unsigned)atoi(argv[5]) : 0;
	load.count = first + more;
	load.connection = calloc(load.count, sizeof(*load.connection));
	if (!load.connection)
		fail("memory");
	if (load.kind->held) {
		hold_up_to(&load, 0, first);
		hold_up_to(&load, first, first + more);
		return 0;
	}
	errno = clock_getcpuclockid(atoi(argv[7]), &load.backend_clock);
	if (errno)
		fail("clock of the server");
	clocks_find(&load, argv[8]);
	run_timed(&load, strtoull(argv[5], NULL, 10), strtoull(argv[6], NULL, 10));
	return 0;
}
