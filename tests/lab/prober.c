/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober.c - the client that measures an outage.
 *
 * It opens a fresh connection every few milliseconds, whether the last ones
 * have ended or not, does one HTTP/1.0 request on each and writes what came of
 * it. Beside it one connection is held open to an echo server and used every
 * 20 ms. One line a result on standard output, times in ns of CLOCK_MONOTONIC:
 *
 *	R start end result server	result: ok refused reset closed timeout
 *					unreachable bad; server: body, or "-"
 *	H time up|lost|back		the held connection
 *
 * Usage: prober VIP PORT ECHO_PORT INTERVAL_US TIMEOUT_MS [SOURCE...]
 * Connections take the source addresses in turn. Ends at SIGTERM or when
 * standard output is closed. One thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	SLOTS = 4096,
	RESPONSE_MAX = 2048,
	HELD_US = 20000,
};

static const uint64_t HELD_SILENT_NS = 2000000000; /* no echo for this long: lost */

struct attempt {
	int fd;				/* -1: free */
	uint64_t start;
	bool sent;
	unsigned length;
	char response[RESPONSE_MAX];
};

struct held {
	int fd;				/* -1: not connected */
	bool connected;
	bool was_up;
	uint64_t sent_count, echoed_count;
	uint64_t last_echo;		/* or the moment the connection was begun */
};

struct prober {
	int epoll_fd, timer_fd, held_timer_fd;
	struct sockaddr_in target, echo;
	uint64_t timeout_ns;
	struct in_addr source[64];
	unsigned source_count, source_next;
	struct attempt attempt[SLOTS];
	unsigned oldest, newest;	/* slots in use are oldest..newest-1, modulo SLOTS */
	struct held held;
};

/* Tags of epoll events above the slots. */
enum { TAG_TIMER = SLOTS, TAG_HELD_TIMER, TAG_HELD };

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static const char *word_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ECONNRESET:
	case EPIPE:
		return "reset";
	case ETIMEDOUT:
		return "timeout";
	default:
		return "unreachable";
	}
}

static void attempt_end(struct attempt *attempt, const char *result, const char *server)
{
	close(attempt->fd);
	attempt->fd = -1;
	printf("R %llu %llu %s %s\n", (unsigned long long)attempt->start,
	       (unsigned long long)now_ns(), result, server);
}

static int open_toward(struct prober *prober, const struct sockaddr_in *target,
		       const struct in_addr *source, uint32_t tag)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				    .data.u32 = tag};

	if (fd < 0)
		return -errno;
	if (source) {
		struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = *source};

		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
			perror("prober: bind");
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if ((connect(fd, (const struct sockaddr *)target, sizeof(*target)) < 0 &&
	     errno != EINPROGRESS) ||
	    epoll_ctl(prober->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static void attempt_start(struct prober *prober)
{
	struct attempt *attempt = &prober->attempt[prober->newest % SLOTS];
	const struct in_addr *source = NULL;
	int fd;

	if (prober->newest - prober->oldest == SLOTS)
		return;
	if (prober->source_count)
		source = &prober->source[prober->source_next++ % prober->source_count];
	attempt->start = now_ns();
	attempt->sent = false;
	attempt->length = 0;
	fd = open_toward(prober, &prober->target, source, prober->newest % SLOTS);
	if (fd < 0) {
		printf("R %llu %llu %s -\n", (unsigned long long)attempt->start,
		       (unsigned long long)now_ns(), word_of(-fd));
		return;
	}
	attempt->fd = fd;
	prober->newest++;
}

/* The whole response came: right status, and a body that names the server. */
static void attempt_judge(struct attempt *attempt)
{
	char *body, *end;

	attempt->response[attempt->length] = 0;
	body = strstr(attempt->response, "\r\n\r\n");
	if (!body || strncmp(attempt->response, "HTTP/1.1 200 ", 13) != 0) {
		attempt_end(attempt, attempt->length ? "bad" : "closed", "-");
		return;
	}
	body += 4;
	end = body + strcspn(body, " \r\n");
	if (end == body || strcmp(end, "\n") != 0) {
		attempt_end(attempt, "bad", "-");
		return;
	}
	*end = 0;
	attempt_end(attempt, "ok", body);
}

static void attempt_read(struct attempt *attempt)
{
	for (;;) {
		ssize_t got = recv(attempt->fd, attempt->response + attempt->length,
				   RESPONSE_MAX - 1 - attempt->length, 0);

		if (got < 0 && errno == EAGAIN)
			return;
		if (got < 0) {
			attempt_end(attempt, word_of(errno), "-");
			return;
		}
		attempt->length += (unsigned)got;
		if (got == 0 || attempt->length == RESPONSE_MAX - 1) {
			attempt_judge(attempt);
			return;
		}
	}
}

static void attempt_event(struct attempt *attempt, uint32_t events)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: pair\r\n\r\n";

	if (attempt->fd < 0)
		return;
	if (!attempt->sent && (events & (EPOLLOUT | EPOLLERR))) {
		if (send(attempt->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN)
				attempt_end(attempt, word_of(errno), "-");
			return;
		}
		attempt->sent = true;
	}
	if (attempt->sent)
		attempt_read(attempt);
}

static void attempts_expire(struct prober *prober)
{
	uint64_t now = now_ns();

	while (prober->oldest != prober->newest) {
		struct attempt *attempt = &prober->attempt[prober->oldest % SLOTS];

		if (attempt->fd >= 0) {
			if (now - attempt->start < prober->timeout_ns)
				return;
			attempt_end(attempt, "timeout", "-");
		}
		prober->oldest++;
	}
}

static void held_lose(struct held *held)
{
	close(held->fd);
	held->fd = -1;
	if (held->connected)
		printf("H %llu lost\n", (unsigned long long)now_ns());
	held->connected = false;
}

/* Every tick: a message on the held connection, or a try to open it again. */
static void held_tick(struct prober *prober)
{
	struct held *held = &prober->held;
	uint64_t now = now_ns();

	if (held->fd < 0) {
		held->fd = open_toward(prober, &prober->echo,
				       prober->source_count ? &prober->source[0] : NULL, TAG_HELD);
		held->last_echo = now;
		held->sent_count = held->echoed_count = 0;
		return;
	}
	if (now - held->last_echo > (held->connected ? HELD_SILENT_NS : prober->timeout_ns)) {
		held_lose(held);
		return;
	}
	if (!held->connected)
		return;
	if (held->sent_count < held->echoed_count + 50 && send(held->fd, "x", 1, MSG_NOSIGNAL) == 1)
		held->sent_count++;
}

static void held_event(struct prober *prober, uint32_t events)
{
	struct held *held = &prober->held;
	char bytes[64];
	ssize_t got;

	if (held->fd < 0)
		return;
	if (!held->connected && (events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP))) {
		held->connected = true;
		send(held->fd, "x", 1, MSG_NOSIGNAL);
		held->sent_count = 1;
	}
	while ((got = recv(held->fd, bytes, sizeof(bytes), 0)) > 0) {
		if (held->echoed_count == 0)
			printf("H %llu %s\n", (unsigned long long)now_ns(),
			       held->was_up ? "back" : "up");
		held->was_up = true;
		held->echoed_count += (uint64_t)got;
		held->last_echo = now_ns();
	}
	if (got == 0 || errno != EAGAIN)
		held_lose(held);
}

static int timer_every(int epoll_fd, uint64_t us, uint32_t tag)
{
	struct itimerspec spec = {.it_value.tv_nsec = 1};
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	spec.it_interval.tv_sec = (time_t)(us / 1000000);
	spec.it_interval.tv_nsec = (long)(us % 1000000 * 1000);
	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("prober: timer");
		exit(1);
	}
	return fd;
}

static uint64_t timer_read(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) < 0)
		return 0;
	return count;
}

static void dispatch(struct prober *prober, const struct epoll_event *event)
{
	switch (event->data.u32) {
	case TAG_TIMER:
		if (timer_read(prober->timer_fd))
			attempt_start(prober);
		attempts_expire(prober);
		fflush(stdout);
		break;
	case TAG_HELD_TIMER:
		timer_read(prober->held_timer_fd);
		held_tick(prober);
		break;
	case TAG_HELD:
		held_event(prober, event->events);
		break;
	default:
		attempt_event(&prober->attempt[event->data.u32], event->events);
	}
}

static void run(struct prober *prober)
{
	struct epoll_event events[64];

	while (!stopping && !ferror(stdout)) {
		int count = epoll_wait(prober->epoll_fd, events, 64, 1000);

		for (int i = 0; i < count; i++)
			dispatch(prober, &events[i]);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct prober prober = {.held.fd = -1};

	if (argc < 6 || argc - 6 > 64) {
		fprintf(stderr,
			"usage: prober VIP PORT ECHO_PORT INTERVAL_US TIMEOUT_MS [SOURCE...]\n");
		return 2;
	}
	prober.target.sin_family = prober.echo.sin_family = AF_INET;
	prober.target.sin_addr.s_addr = prober.echo.sin_addr.s_addr = inet_addr(argv[1]);
	prober.target.sin_port = htons((uint16_t)atoi(argv[2]));
	prober.echo.sin_port = htons((uint16_t)atoi(argv[3]));
	prober.timeout_ns = strtoull(argv[5], NULL, 10) * 1000000;
	for (int i = 6; i < argc; i++)
		prober.source[prober.source_count++].s_addr = inet_addr(argv[i]);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	prober.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	prober.timer_fd = timer_every(prober.epoll_fd, strtoull(argv[4], NULL, 10), TAG_TIMER);
	prober.held_timer_fd = timer_every(prober.epoll_fd, HELD_US, TAG_HELD_TIMER);
	run(&prober);
	return 0;
}
