/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop/loop.h - the event engine: one loop a thread, edge-triggered epoll.
 *
 * The caller embeds struct loop_file, loop_timer and loop_message in its own
 * objects. Memory of an object that had a file in the loop may be reused only
 * from a loop_defer callback or later (end of the turn): callers further up
 * the stack may still hold it. A removed file may be added again at once, with
 * the same or another fd: no event of its earlier life reaches it.
 *
 * One turn: sleep; read the clock once; files; messages; timers; deferred
 * calls; the before-sleep hooks. Nothing here is thread-safe except
 * loop_post and loop_wake.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/heap.h"
#include "base/list.h"

struct loop;

/* The beginning of every loop: what each callback asks for, without a call. */
struct loop_view {
	struct moment now;
	void *context;
};

/* What a file is ready for; sticky until the owner has used it up. */
enum loop_ready {
	LOOP_IN = 1 << 0,
	LOOP_OUT = 1 << 1,
	LOOP_HUP = 1 << 2,	/* peer closed its side (RDHUP or HUP) */
	LOOP_ERROR = 1 << 3,
};

struct loop_file {
	int fd;				/* -1: not in a loop */
	bool queued;			/* loop_file_again is pending */
	bool level;			/* added by loop_file_add_level */
	/* `ready` holds what epoll said in this turn (enum loop_ready bits). */
	void (*on_ready)(struct loop *loop, struct loop_file *file, unsigned ready);
	struct list again;
};

struct loop_timer {
	struct heap_node node;		/* pos 0: not armed */
	struct moment when;
	void (*on_expire)(struct loop *loop, struct loop_timer *timer);
};

struct loop_message {
	struct loop_message *next;
	void (*deliver)(struct loop *loop, struct loop_message *message);
};

struct loop_deferred {
	struct loop_deferred *next;
	void (*call)(struct loop *loop, struct loop_deferred *deferred);
};

struct loop_hook { /* called once a turn, before the loop sleeps */
	struct list node;
	void (*call)(struct loop *loop, struct loop_hook *hook);
};

/* NULL with errno set. `context` is what loop_context returns: the thread's own struct. */
struct loop *loop_new(void *context);
void loop_free(struct loop *loop);

/* Runs turns until loop_stop; loop_turn runs one and sleeps at most `max_sleep_us`. */
int loop_run(struct loop *loop);
int loop_turn(struct loop *loop, uint64_t max_sleep_us);
void loop_stop(struct loop *loop);

/* A turn comes at least this often even when nothing happens (progress stamps); 0: never. */
void loop_set_heartbeat(struct loop *loop, uint64_t us);

/* At most this many events are taken from the kernel at once; 1..256, default 256. */
void loop_set_batch(struct loop *loop, unsigned events);

/* The moment of this wake-up: no system call. */
static inline struct moment loop_now(const struct loop *loop)
{
	return ((const struct loop_view *)loop)->now;
}

static inline void *loop_context(const struct loop *loop)
{
	return ((const struct loop_view *)loop)->context;
}

/*
 * Registers edge-triggered for everything (IN|OUT|RDHUP). Readiness is told
 * once per edge: read until EAGAIN or a short read. 0 or negative errno.
 */
int loop_file_add(struct loop *loop, struct loop_file *file, int fd,
		  void (*on_ready)(struct loop *, struct loop_file *, unsigned)) MUST_CHECK;
/*
 * The same for a listener or an eventfd: level-triggered, IN only. Of several
 * loops (threads, processes) that wait for one listener only one is woken.
 */
int loop_file_add_level(struct loop *loop, struct loop_file *file, int fd,
			void (*on_ready)(struct loop *, struct loop_file *, unsigned)) MUST_CHECK;
/* Forgets the file; later events of this batch are dropped. The fd stays open. */
void loop_file_remove(struct loop *loop, struct loop_file *file);
/*
 * Forgets and closes: saves the epoll_ctl. The fd of an edge-triggered file
 * must not have been duplicated (dup, fork); that of a level-triggered one may.
 */
void loop_file_close(struct loop *loop, struct loop_file *file);
/*
 * Calls on_ready (ready 0) again in the next turn, without sleeping before it.
 * When an event comes first it is that call, with the event's bits.
 */
void loop_file_again(struct loop *loop, struct loop_file *file);

/* (Re)arms; MOMENT_NEVER disarms. 0 or -ENOMEM, which only an unarmed timer can meet. */
int loop_timer_arm(struct loop *loop, struct loop_timer *timer, struct moment when) MUST_CHECK;
void loop_timer_disarm(struct loop *loop, struct loop_timer *timer); /* no-op if not armed */

/*
 * Any thread: `message` is delivered in the loop's thread, in the order of the
 * posts; the loop keeps it until then. Messages still on their way at
 * loop_free stay their owners'.
 */
void loop_post(struct loop *loop, struct loop_message *message);
void loop_wake(struct loop *loop); /* async-signal-safe too */

/* Called at the end of this turn, in order; those deferred by such a call too. */
void loop_defer(struct loop *loop, struct loop_deferred *deferred,
		void (*call)(struct loop *, struct loop_deferred *));

void loop_hook_add(struct loop *loop, struct loop_hook *hook,
		   void (*call)(struct loop *, struct loop_hook *));

/*
 * Signals by signalfd: `signals` (NULL-ended list is 0-ended) are blocked in
 * the calling thread and delivered to `on_signal`. One set a loop.
 */
int loop_signals(struct loop *loop, const int *signals,
		 void (*on_signal)(struct loop *, int signal)) MUST_CHECK;

/* Counters for tests, bench and `show activity`. */
struct loop_counters {
	uint64_t turns, events, timers, messages;
};
const struct loop_counters *loop_counters(const struct loop *loop);
