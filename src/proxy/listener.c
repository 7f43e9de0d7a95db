/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/listener.c - see listener.h.
 *
 * Places in the gates are taken before accept, so that a connection over a
 * limit stays in the kernel's queue, where another thread or the next life of
 * this process finds it.
 */
#include "proxy/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/ledger.h"
#include "proxy/log_receive.h"
#include "proxy/monitor.h"
#include "proxy/run.h"
#include "proxy/server_conn.h"
#include "proxy/stream.h"

enum { PAUSE_US = 100000, PAUSE_LEAST_US = 1000, DEFAULT_MAX_ACCEPT = 64, LAST_ACCEPTS = 4096 };

static void listener_ready(struct loop *loop, struct loop_file *file, unsigned ready);

static void start(struct listener *listener)
{
	listener->paused = false;
	if (listener->fd < 0 || listener->file.fd >= 0 || listener->held)
		return;
	listener->burst = 1;
	if (loop_file_add_level(listener->worker->loop, &listener->file, listener->fd,
				listener->conf->listener.datagrams ? log_datagrams_ready
								   : listener_ready) < 0)
		listener->paused = true; /* tried again when a connection ends */
}

static void pause_listener(struct listener *listener)
{
	listener->paused = true;
	loop_file_remove(listener->worker->loop, &listener->file);
}

static void pause_over(struct loop *loop, struct loop_timer *timer)
{
	start(container_of(timer, struct listener, pause));
}

/* The process or the system is out of descriptors or memory: no use to ask again at once. */
static void pause_a_while(struct listener *listener)
{
	struct loop *loop = listener->worker->loop;
	struct moment when = moment_after(loop_now(loop), PAUSE_US);

	if (loop_timer_arm(loop, &listener->pause, when) == 0)
		pause_listener(listener);
}

/* What waits stays in the kernel's queue until the rate has fallen. */
static bool too_fast(struct listener *listener, const struct rate *rate, int64_t limit)
{
	struct loop *loop = listener->worker->loop;
	uint64_t pause_us;

	if (limit == 0 || rate_read(rate, loop_now(loop).us) < limit)
		return false;
	/* About as long as another one takes at that rate. */
	pause_us = 1000000 / (uint64_t)limit;
	pause_us = pause_us < PAUSE_LEAST_US ? PAUSE_LEAST_US : pause_us;
	if (loop_timer_arm(loop, &listener->pause,
			   moment_after(loop_now(loop), pause_us < PAUSE_US ? pause_us : PAUSE_US)) == 0)
		pause_listener(listener);
	return true;
}

/* rate-limit sessions, maxconnrate, maxsessrate */
static bool over_rates(struct listener *listener)
{
	const struct proxy *proxy = listener->worker->proxy;
	const struct frontend *frontend = listener->frontend;

	return too_fast(listener, &frontend->rate, frontend->section->front.session_rate) ||
	       too_fast(listener, &proxy->connection_rate, proxy->connection_rate_limit) ||
	       too_fast(listener, &proxy->rate, proxy->rate_limit);
}

/* True when the thread shall stop accepting: it will be woken. */
static bool must_wait(struct listener *listener, struct gate *gate)
{
	if (!gate_wait(gate, listener->worker->index))
		return false;
	pause_listener(listener);
	return true;
}

static void leave(struct listener *listener, struct gate *gate)
{
	uint64_t threads = gate_leave(gate);

	if (threads != 0)
		workers_resume(listener->worker->proxy, threads);
}

/* Takes a place everywhere; false: the listener is paused now, or shall try again. */
static bool enter_gates(struct listener *listener)
{
	struct gate *gates[] = { &listener->worker->proxy->gate, &listener->frontend->gate,
				 listener->gate };

	for (unsigned i = 0; i < ARRAY_LEN(gates); i++) {
		while (gates[i] != NULL && !gate_enter(gates[i])) {
			if (!must_wait(listener, gates[i]))
				continue;
			while (i-- > 0)
				leave(listener, gates[i]);
			return false;
		}
	}
	return true;
}

void listener_leave(struct listener *listener)
{
	struct proxy *proxy = listener->worker->proxy;

	if (listener->gate != NULL)
		leave(listener, listener->gate);
	leave(listener, &listener->frontend->gate);
	leave(listener, &proxy->gate);
	worker_end_if_idle(proxy);
}

static void accepted(struct listener *listener, int fd, const struct sockaddr *from)
{
	struct frontend *frontend = listener->frontend;
	struct counters *counters = &frontend->counters[listener->worker->index];
	uint64_t now_us = worker_now(listener->worker).us;

	count_one(counters, COUNT_CONNECTIONS);
	rate_count(&frontend->connection_rate, now_us);
	rate_count(&frontend->proxy->connection_rate, now_us);
	if (frontend->section->front.monitor_answer != NULL &&
	    monitor_serve(&frontend->section->front, fd, from)) {
		listener_leave(listener);
		return;
	}
	if (frontend->section->front.tcp_smart_accept)
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){ 0 }, sizeof(int));
	if (frontend->section->kind == SECTION_LOG_FORWARD)
		log_client_accept(listener, fd, from);
	else
		stream_accept(listener, fd, from);
}

/* Accepts one connection: 1, or 0 when there is none or the listener pauses. */
static int accept_one(struct listener *listener)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);

	if (!enter_gates(listener))
		return 0;
	server_conn_make_room(listener->worker, 0);
	from.ss_family = AF_UNSPEC;
	int fd = accept4(listener->fd, (struct sockaddr *)&from, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		accepted(listener, fd, (struct sockaddr *)&from);
		return 1;
	}

	int error = errno;
	listener_leave(listener);
	if (error == EAGAIN)
		return 0;
	if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
		pause_a_while(listener);
		return 0;
	}
	return 1; /* that connection is gone, the next may be there */
}

static unsigned max_accept(const struct worker *worker)
{
	int64_t limit = worker->proxy->conf->global.maxaccept;

	return limit > 0 ? (unsigned)limit : DEFAULT_MAX_ACCEPT;
}

/*
 * One connection a wake-up, so that a lone one costs no accept that says
 * EAGAIN; more when the loop finds others waiting turn after turn.
 */
static void listener_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct listener *listener = container_of(file, struct listener, file);
	uint64_t turn = loop_counters(loop)->turns;
	unsigned limit = max_accept(listener->worker);
	unsigned taken = 0;

	if (turn != listener->last_turn + 1)
		listener->burst = 1;
	listener->last_turn = turn;
	while (taken < listener->burst && file->fd >= 0 && !over_rates(listener) &&
	       accept_one(listener) != 0)
		taken++;
	if (taken == listener->burst)
		listener->burst = 2 * taken < limit ? 2 * taken : limit;
	else
		listener->burst = taken > 1 ? taken : 1;
}

/* The threads that a bind line names, as bits; those beyond the last begin at the first again. */
static uint64_t own_threads(const struct bind_conf *conf, unsigned threads)
{
	uint64_t all = threads < 64 ? (UINT64_C(1) << threads) - 1 : UINT64_MAX;
	uint64_t own = conf->threads & all;

	if (conf->threads == 0 || conf->threads == UINT64_MAX)
		return all;
	for (uint64_t rest = conf->threads & ~all; rest != 0; rest &= rest - 1)
		own |= UINT64_C(1) << ((unsigned)__builtin_ctzll(rest) % threads);
	return own;
}

/*
 * The sockets of a bind are dealt to its threads; there may be more of them than threads, and each
 * must have somebody who takes what the kernel gives it. Without `to` they are counted.
 */
static unsigned add_sockets(struct worker *worker, unsigned bind, struct listener *to)
{
	const struct proxy_args *args = worker->proxy->args;
	unsigned width = args->listen_width != 0 ? args->listen_width : args->threads;
	uint64_t own = own_threads(args->conf->binds[bind], args->threads);
	uint64_t below = own & ((UINT64_C(1) << worker->index) - 1);
	unsigned owners = (unsigned)__builtin_popcountll(own);
	unsigned count = 0;

	if ((own >> worker->index & 1) == 0)
		return 0;
	for (unsigned i = (unsigned)__builtin_popcountll(below); i < width; i += owners) {
		struct listener *listener = &to[count];

		if (i >= args->threads && args->listen_fds[bind * width + i] < 0)
			continue;
		if (to == NULL) {
			count++;
			continue;
		}
		listener->worker = worker;
		listener->conf = args->conf->binds[bind];
		listener->frontend = proxy_frontend(worker->proxy, listener->conf->frontend);
		if (listener->conf->maxconn > 0 || args->conf->counts_binds)
			listener->gate = &worker->proxy->bind_gates[bind];
		listener->fd = args->listen_fds[bind * width + i];
		listener->file.fd = -1;
		listener->pause.on_expire = pause_over;
		count++;
	}
	return count;
}

int listeners_init(struct worker *worker)
{
	const struct proxy_args *args = worker->proxy->args;
	unsigned count = 0;

	for (unsigned i = 0; i < args->conf->bind_count; i++)
		count += add_sockets(worker, i, NULL);
	worker->listeners = calloc((size_t)count + 1, sizeof(struct listener));
	if (worker->listeners == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < args->conf->bind_count; i++)
		worker->listener_count +=
			add_sockets(worker, i, &worker->listeners[worker->listener_count]);
	return 0;
}

/* A path cannot be shut and opened again. */
static bool may_shut(const struct listener *listener)
{
	return listener->conf->listener.address.storage.ss_family != AF_UNIX &&
	       !listener->conf->listener.datagrams;
}

/* An earlier life of this process may have ended while it had shut them. */
static void listen_again(struct listener *listener)
{
	if (listener->fd >= 0 && may_shut(listener))
		listen(listener->fd, listener->conf->listener.backlog);
}

void listeners_open(struct worker *worker)
{
	for (unsigned i = 0; i < worker->listener_count; i++) {
		listen_again(&worker->listeners[i]);
		start(&worker->listeners[i]);
	}
}

void listeners_resume(struct worker *worker)
{
	for (unsigned i = 0; i < worker->listener_count; i++)
		if (worker->listeners[i].paused)
			start(&worker->listeners[i]);
}

static void forget(struct listener *listener)
{
	struct loop *loop = listener->worker->loop;

	loop_timer_disarm(loop, &listener->pause);
	loop_file_remove(loop, &listener->file);
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	listener->paused = false;
}

void listeners_close(struct worker *worker)
{
	for (unsigned i = 0; i < worker->listener_count; i++)
		forget(&worker->listeners[i]);
}

/* Who has been told it is connected is served. */
static void take_last(struct listener *listener)
{
	for (unsigned left = LAST_ACCEPTS; left > 0 && listener->file.fd >= 0; left--)
		if (accept_one(listener) == 0)
			break;
}

/*
 * Another program listens on the same socket. The kernel wakes one of us for a
 * connection: once nobody wakes us any more, what we were woken for is ours.
 */
static void part(struct listener *listener)
{
	bool listens = listener->file.fd >= 0;

	loop_file_remove(listener->worker->loop, &listener->file);
	for (unsigned left = LAST_ACCEPTS; listens && left > 0; left--)
		if (accept_one(listener) == 0)
			break;
	forget(listener);
}

/* Then the address refuses. */
static void retire(struct listener *listener)
{
	if (listener->conf->listener.datagrams) {
		forget(listener);
		return;
	}
	take_last(listener);
	if (listener->fd >= 0)
		shutdown(listener->fd, SHUT_RD);
	forget(listener);
}

/* What cannot be shut lets connections wait until it is enabled. */
static void hold(struct listener *listener)
{
	if (may_shut(listener)) {
		take_last(listener);
		shutdown(listener->fd, SHUT_RD);
	}
	listener->held = true;
	listener->paused = false;
	loop_timer_disarm(listener->worker->loop, &listener->pause);
	loop_file_remove(listener->worker->loop, &listener->file);
}

static void settle_one(struct listener *listener)
{
	switch ((enum frontend_state)atomic_load(&listener->frontend->state)) {
	case FRONTEND_OPEN:
		if (!listener->held)
			break;
		listener->held = false;
		listen_again(listener);
		start(listener);
		break;
	case FRONTEND_PAUSED:
		if (!listener->held && listener->fd >= 0)
			hold(listener);
		break;
	case FRONTEND_STOPPED:
		if (listener->fd >= 0)
			retire(listener);
		break;
	}
}

void listeners_settle(struct worker *worker)
{
	for (unsigned i = 0; i < worker->listener_count; i++)
		settle_one(&worker->listeners[i]);
}

void listeners_retire(struct worker *worker)
{
	const struct ledger *ledger = worker->proxy->args->ledger;
	bool exported = ledger != NULL && atomic_load(&ledger->page->exported) != 0;

	for (unsigned i = 0; i < worker->listener_count; i++) {
		struct listener *listener = &worker->listeners[i];

		if (exported && !listener->conf->listener.datagrams)
			part(listener);
		else
			retire(listener);
	}
}

void listeners_hand_over(struct worker *worker)
{
	const struct ledger *ledger = worker->proxy->args->ledger;

	for (unsigned i = 0; i < worker->listener_count; i++) {
		struct listener *listener = &worker->listeners[i];

		if (ledger != NULL && ledger_is_kept(ledger, listener->conf->index))
			forget(listener);
		else
			retire(listener);
	}
}

void listeners_look_again(struct worker *worker)
{
	for (unsigned i = 0; i < worker->listener_count; i++) {
		struct listener *listener = &worker->listeners[i];

		if (listener->file.fd < 0)
			continue;
		loop_file_remove(worker->loop, &listener->file);
		start(listener);
	}
}

void listeners_fini(struct worker *worker)
{
	if (worker->listeners != NULL && worker->loop != NULL)
		listeners_close(worker);
	free(worker->listeners);
	worker->listeners = NULL;
}
