/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/worker.h - one thread of the proxy: its loop, its listeners, its
 * streams and the memory they share. Only its own thread touches it, but for
 * what says otherwise.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "base/bump.h"
#include "base/list.h"
#include "base/page.h"
#include "diag/log.h"
#include "health/check.h"
#include "loop/loop.h"
#include "net/pipe.h"
#include "proxy/buffer.h"
#include "proxy/proxy.h"
#include "proxy/slab.h"

struct regex_scratch;
struct server_conn;
struct stream;

/* One listening socket in one thread. */
struct listener {
	struct loop_file file;		/* fd -1 while paused or closed */
	struct worker *worker;
	struct frontend *frontend;
	const struct bind_conf *conf;
	struct gate *gate;		/* the bind line's */
	struct loop_timer pause;	/* after EMFILE and the like */
	int fd;				/* -1: none, or closed for good */
	unsigned burst;			/* connections to take in one wake-up */
	uint64_t last_turn;		/* of the loop, in which it was ready */
	bool paused;
	bool held;			/* its frontend is paused: nothing listens */
};

/* The wall clock as log lines print it, kept without system calls. */
struct wall_clock {
	uint64_t offset_us;		/* wall clock minus loop clock */
	uint64_t checked_us;		/* moment the offset was taken */
	struct wall_text {
		int64_t second;		/* of `text`; -1: none yet */
		char text[32];		/* "06/Feb/2009:12:12:51 +0100" */
	} local, gmt;			/* log_aliases_time.c */
};

struct worker {
	struct proxy *proxy;
	struct loop *loop;
	unsigned index;
	pthread_t thread;
	struct log *log;
	struct wall_clock wall;
	uint64_t random;
	uint32_t pid;			/* %pid; 0: not asked yet */
	const char *log_origin;		/* %OG, of the line that is written */

	struct listener *listeners;	/* of all binds: one each, or more after a reload */
	unsigned listener_count;
	struct list streams;		/* all that live */
	struct list idle_pools;		/* server_pool.node: those with an idle connection */
	struct list log_clients;	/* of log-forward sections: log_receive.h */
	struct slab stream_slab;
	struct slab detour_slab;	/* of streams that wait or try again */
	struct slab conn_slab, txn_slab, log_client_slab;
	struct bump_pool bumps;
	struct bump scratch;		/* for the length of one call: connection rules, logs */
	struct regex_scratch *regex;
	struct stream *dead;		/* to be freed at the end of the turn */
	struct server_conn *dead_conns;
	struct log_client *dead_log_clients;
	struct loop_deferred reap;
	bool reaping;
	struct buffer *receive;		/* what every recv goes into; empty between events */
	struct buffer_pool buffers;
	struct net_pipe_pool pipes;

	struct health_engine checks;
	struct loop_file external;	/* of the first: answers of programs */

	struct loop_hook before_sleep;
	struct loop_message resume;	/* any thread: a gate has opened */
	_Atomic bool resume_posted;
	struct loop_message settle;	/* any thread: frontends were paused or enabled */
	_Atomic bool settle_posted;
	struct loop_message open;	/* once: begin to accept */
	struct loop_message look;	/* any thread: somebody may wait (listeners_look_again) */
	_Atomic bool look_posted;
	struct loop_message shed;	/* any thread: descriptors run short (server_pools_shed) */
	_Atomic bool shed_posted;
	struct loop_message close;	/* any thread, once: close the listeners */
	struct loop_message stop;	/* any thread: end at once */
	_Atomic bool close_posted, stop_posted;
};

/* Makes all but the thread itself. 0 or negative errno. */
int worker_init(struct worker *worker, struct proxy *proxy, unsigned index) MUST_CHECK;
void worker_fini(struct worker *worker);

/* Opens what needs privileges: log sockets. */
void worker_prepare(struct worker *worker);

/* Runs the loop in the calling thread until worker_stop. */
int worker_run(struct worker *worker);

/* Once, when it is sure that all of them run: nobody accepts before. */
void workers_open_listeners(struct proxy *proxy);

/* Any thread. */
void worker_stop(struct worker *worker);	/* at once */
void worker_close_listeners(struct worker *worker); /* soft stop, or handed over */
void workers_look_again(struct proxy *proxy); /* who waits for a connection */
void workers_shed(struct worker *asker); /* the others: idle connections to servers */
void worker_reap_later(struct worker *worker); /* frees worker->dead* at the end of the turn */
void worker_end_if_idle(struct proxy *proxy); /* stops all when the last stream of a soft stop ended */
void workers_settle_listeners(struct proxy *proxy); /* as the frontends' states say */
void workers_resume(struct proxy *proxy, uint64_t threads); /* bits from gate_leave */

static inline struct worker *worker_of(const struct loop *loop)
{
	return loop_context(loop);
}

static inline struct moment worker_now(const struct worker *worker)
{
	return loop_now(worker->loop);
}

enum { WORKER_WALL_US = 1000000 }; /* how long the wall clock's offset is believed */

/* Asks the wall clock anew. */
void worker_wall_check(struct worker *worker);

/* Microseconds since 1970 of `when`, as log lines need it. */
static inline uint64_t worker_wall_us(struct worker *worker, struct moment when)
{
	const struct wall_clock *wall = &worker->wall;

	if (wall->checked_us == 0 || worker_now(worker).us - wall->checked_us > WORKER_WALL_US)
		worker_wall_check(worker);
	return when.us + wall->offset_us;
}

/* The next of the thread's random numbers (xorshift64*). */
static inline uint64_t worker_random(struct worker *worker)
{
	uint64_t x = worker->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	worker->random = x;
	return x * 0x2545f4914f6cdd1dULL;
}
