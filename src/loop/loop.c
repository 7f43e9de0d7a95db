/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop/loop.c - see loop.h.
 *
 * What keeps a turn cheap: files are registered once and never modified; the
 * clock is read once; nothing is allocated (the timer heap grows to its working
 * size); the eventfd is edge-triggered, so it is never read, and it is written
 * only for a loop that sleeps.
 *
 * Invariant of the batch: an entry whose file has been removed has a NULL
 * pointer. The kernel reports a file at most once a batch, so a file that is
 * removed by its own callback needs no search.
 *
 * Invariant of the wake-up: `asleep` is set before the last look at the inbox,
 * and a poster looks at `asleep` after its push (all sequentially consistent),
 * so at least one of the two sees the other.
 */
#include "loop/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { BATCH = 256 };

struct loop {
	struct loop_view view;		/* first: loop.h looks at it */
	int epoll_fd;
	bool stopped;
	bool coarse;			/* the kernel has no epoll_pwait2 */
	int batch_at, batch_count;	/* batch[batch_at] is being told */
	uint64_t heartbeat_us;
	int batch_max;
	struct heap timers;
	struct list again;		/* for the next turn */
	struct list again_now;		/* for this turn */
	struct list hooks;
	struct loop_deferred *deferred, **deferred_tail;
	struct loop_file signal_file, wake_file;
	void (*on_signal)(struct loop *loop, int signal);
	struct loop_counters counters;
	struct epoll_event batch[BATCH];
	/* Other threads write these: a cache line of their own. */
	_Alignas(64) _Atomic(struct loop_message *) inbox; /* last in, first out */
	_Atomic bool asleep;
};

_Static_assert(offsetof(struct loop, view) == 0, "loop_now and loop_context look there");

const struct loop_counters *loop_counters(const struct loop *loop)
{
	return &loop->counters;
}

void loop_set_heartbeat(struct loop *loop, uint64_t us)
{
	loop->heartbeat_us = us;
}

void loop_set_batch(struct loop *loop, unsigned events)
{
	ASSERT(events > 0);
	loop->batch_max = events < BATCH ? (int)events : BATCH;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

/* ---- files ---- */

static int loop_register(struct loop *loop, struct loop_file *file, int fd, uint32_t events,
			 void (*on_ready)(struct loop *, struct loop_file *, unsigned))
{
	struct epoll_event event = { .events = events, .data.ptr = file };

	file->fd = -1;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	file->fd = fd;
	file->queued = false;
	file->level = (events & EPOLLET) == 0;
	file->on_ready = on_ready;
	return 0;
}

int loop_file_add(struct loop *loop, struct loop_file *file, int fd,
		  void (*on_ready)(struct loop *, struct loop_file *, unsigned))
{
	return loop_register(loop, file, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_ready);
}

int loop_file_add_level(struct loop *loop, struct loop_file *file, int fd,
			void (*on_ready)(struct loop *, struct loop_file *, unsigned))
{
	return loop_register(loop, file, fd, EPOLLIN | EPOLLEXCLUSIVE, on_ready);
}

/* Drops what the rest of the batch and the again-queue hold of `file`. */
static void loop_forget(struct loop *loop, struct loop_file *file)
{
	if (file->queued) {
		file->queued = false;
		list_remove(&file->again);
	}
	file->fd = -1;
	if (loop->batch_at < loop->batch_count && loop->batch[loop->batch_at].data.ptr == file)
		return;
	for (int i = loop->batch_at + 1; i < loop->batch_count; i++) {
		if (loop->batch[i].data.ptr == file) {
			loop->batch[i].data.ptr = NULL;
			return;
		}
	}
}

void loop_file_remove(struct loop *loop, struct loop_file *file)
{
	if (file->fd < 0)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, file->fd, NULL);
	loop_forget(loop, file);
}

void loop_file_close(struct loop *loop, struct loop_file *file)
{
	int fd = file->fd;

	if (fd < 0)
		return;
	/* A listener is shared with the parent: close alone would leave it in the epoll set. */
	if (file->level)
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	loop_forget(loop, file);
	close(fd);
}

void loop_file_again(struct loop *loop, struct loop_file *file)
{
	if (file->queued || file->fd < 0)
		return;
	file->queued = true;
	list_append(&loop->again, &file->again);
}

static unsigned loop_ready_bits(uint32_t events)
{
	unsigned ready = 0;

	if (events & EPOLLIN)
		ready |= LOOP_IN;
	if (events & EPOLLOUT)
		ready |= LOOP_OUT;
	if (events & (EPOLLRDHUP | EPOLLHUP))
		ready |= LOOP_HUP;
	if (events & EPOLLERR)
		ready |= LOOP_ERROR;
	return ready;
}

static void loop_tell_files(struct loop *loop, int count)
{
	loop->batch_count = count;
	for (loop->batch_at = 0; loop->batch_at < loop->batch_count; loop->batch_at++) {
		struct epoll_event *event = &loop->batch[loop->batch_at];
		struct loop_file *file = event->data.ptr;

		if (file == NULL)
			continue;
		if (file->queued) {
			file->queued = false;
			list_remove(&file->again);
		}
		loop->counters.events++;
		file->on_ready(loop, file, loop_ready_bits(event->events));
	}
	loop->batch_at = loop->batch_count = 0;
}

static void loop_tell_again(struct loop *loop)
{
	struct list *node;

	while ((node = list_pop(&loop->again_now)) != NULL) {
		struct loop_file *file = container_of(node, struct loop_file, again);

		file->queued = false;
		file->on_ready(loop, file, 0);
	}
}

/* ---- timers ---- */

static bool timer_before(const struct heap_node *a, const struct heap_node *b)
{
	return moment_before(container_of(a, struct loop_timer, node)->when,
			     container_of(b, struct loop_timer, node)->when);
}

int loop_timer_arm(struct loop *loop, struct loop_timer *timer, struct moment when)
{
	timer->when = when;
	if (when.us == UINT64_MAX) {
		heap_remove(&loop->timers, &timer->node);
		return 0;
	}
	return heap_place(&loop->timers, &timer->node);
}

void loop_timer_disarm(struct loop *loop, struct loop_timer *timer)
{
	heap_remove(&loop->timers, &timer->node);
}

static void loop_expire(struct loop *loop)
{
	/* Bounded: a timer that arms itself for the past comes in the next turn. */
	for (size_t left = loop->timers.count; left > 0; left--) {
		struct heap_node *top = heap_top(&loop->timers);

		if (top == NULL)
			return;
		struct loop_timer *timer = container_of(top, struct loop_timer, node);
		if (moment_before(loop->view.now, timer->when))
			return;
		heap_remove(&loop->timers, top);
		loop->counters.timers++;
		timer->on_expire(loop, timer);
	}
}

/* ---- messages ---- */

void loop_wake(struct loop *loop)
{
	const uint64_t one = 1;
	int saved = errno;

	/* Cannot fail but for 2^64 wake-ups; and then the loop is awake. */
	if (write(loop->wake_file.fd, &one, sizeof(one)) < 0)
		errno = saved;
}

void loop_post(struct loop *loop, struct loop_message *message)
{
	struct loop_message *first = atomic_load_explicit(&loop->inbox, memory_order_relaxed);

	do
		message->next = first;
	while (!atomic_compare_exchange_weak(&loop->inbox, &first, message));
	/* Who finds the inbox empty wakes the loop; who finds it awake need not. */
	if (first == NULL && atomic_load(&loop->asleep) && atomic_exchange(&loop->asleep, false))
		loop_wake(loop);
}

static void loop_deliver(struct loop *loop)
{
	struct loop_message *message, *in_order = NULL;

	if (atomic_load_explicit(&loop->inbox, memory_order_relaxed) == NULL)
		return;
	message = atomic_exchange(&loop->inbox, NULL);
	while (message != NULL) {
		struct loop_message *next = message->next;

		message->next = in_order;
		in_order = message;
		message = next;
	}
	while ((message = in_order) != NULL) {
		in_order = message->next;
		loop->counters.messages++;
		message->deliver(loop, message);
	}
}

/* The wake-up itself is all: the inbox is looked at in every turn. */
static void loop_woken(struct loop *loop, struct loop_file *file, unsigned ready)
{
}

/* ---- deferred calls and hooks ---- */

void loop_defer(struct loop *loop, struct loop_deferred *deferred,
		void (*call)(struct loop *, struct loop_deferred *))
{
	deferred->call = call;
	deferred->next = NULL;
	*loop->deferred_tail = deferred;
	loop->deferred_tail = &deferred->next;
}

static void loop_run_deferred(struct loop *loop)
{
	struct loop_deferred *deferred;

	while ((deferred = loop->deferred) != NULL) {
		loop->deferred = deferred->next;
		if (loop->deferred == NULL)
			loop->deferred_tail = &loop->deferred;
		deferred->call(loop, deferred);
	}
}

void loop_hook_add(struct loop *loop, struct loop_hook *hook,
		   void (*call)(struct loop *, struct loop_hook *))
{
	hook->call = call;
	list_append(&loop->hooks, &hook->node);
}

/* ---- signals ---- */

static void loop_read_signals(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct signalfd_siginfo infos[8];
	ssize_t len = read(file->fd, infos, sizeof(infos));

	for (ssize_t i = 0; i < len / (ssize_t)sizeof(infos[0]); i++)
		loop->on_signal(loop, (int)infos[i].ssi_signo);
}

int loop_signals(struct loop *loop, const int *signals, void (*on_signal)(struct loop *, int))
{
	sigset_t set;
	int fd, error;

	ASSERT(loop->signal_file.fd < 0);
	sigemptyset(&set);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	error = -pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (error == 0)
		error = loop_file_add_level(loop, &loop->signal_file, fd, loop_read_signals);
	if (error < 0) {
		close(fd);
		return error;
	}
	loop->on_signal = on_signal;
	return 0;
}

/* ---- turns ---- */

static uint64_t loop_sleep_us(const struct loop *loop, uint64_t max_us)
{
	const struct heap_node *top = heap_top(&loop->timers);
	uint64_t us = max_us;

	if (!list_empty(&loop->again) || loop->deferred != NULL)
		return 0;
	if (loop->heartbeat_us != 0 && loop->heartbeat_us < us)
		us = loop->heartbeat_us;
	if (top != NULL) {
		uint64_t due = moment_since(loop->view.now,
					    container_of(top, struct loop_timer, node)->when);

		if (due < us)
			us = due;
	}
	return us;
}

static int loop_wait(struct loop *loop, uint64_t us)
{
	if (loop->coarse) {
		uint64_t ms = us / 1000 + (us % 1000 != 0);

		return epoll_wait(loop->epoll_fd, loop->batch, loop->batch_max,
				  us == UINT64_MAX ? -1 : ms > INT32_MAX ? INT32_MAX : (int)ms);
	}
	const struct timespec timeout = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };
	return epoll_pwait2(loop->epoll_fd, loop->batch, loop->batch_max, us == UINT64_MAX ? NULL : &timeout,
			    NULL);
}

int loop_turn(struct loop *loop, uint64_t max_sleep_us)
{
	uint64_t us = loop_sleep_us(loop, max_sleep_us);
	int count;

	if (us > 0) {
		atomic_store(&loop->asleep, true);
		if (atomic_load(&loop->inbox) != NULL)
			us = 0;
	}
	count = loop_wait(loop, us);
	atomic_store_explicit(&loop->asleep, false, memory_order_relaxed);
	if (count < 0) {
		if (errno != EINTR)
			return -errno;
		count = 0;
	}
	loop->view.now = moment_now();
	loop->counters.turns++;
	if (!list_empty(&loop->again)) {
		list_insert_between(&loop->again_now, loop->again.prev, loop->again.next);
		list_init(&loop->again);
	}
	loop_tell_files(loop, count);
	loop_tell_again(loop);
	loop_deliver(loop);
	loop_expire(loop);
	loop_run_deferred(loop);
	list_for_each_safe(node, &loop->hooks)
	{
		struct loop_hook *hook = container_of(node, struct loop_hook, node);

		hook->call(loop, hook);
	}
	return 0;
}

int loop_run(struct loop *loop)
{
	int error = 0;

	while (!loop->stopped && error == 0)
		error = loop_turn(loop, UINT64_MAX);
	loop->stopped = false;
	return error;
}

/* ---- life ---- */

static int loop_open(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.ptr = &loop->wake_file };

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->coarse = epoll_pwait2(loop->epoll_fd, loop->batch, 1, &(struct timespec){ 0, 0 },
				    NULL) < 0;
	loop->wake_file.on_ready = loop_woken;
	loop->wake_file.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_file.fd < 0)
		return -errno;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_file.fd, &event) < 0)
		return -errno;
	return 0;
}

struct loop *loop_new(void *context)
{
	struct loop *loop = aligned_alloc(_Alignof(struct loop), sizeof(struct loop));
	int error;

	if (loop == NULL)
		return NULL;
	*loop = (struct loop){
		.epoll_fd = -1,
		.batch_max = BATCH,
		.view = { .now = moment_now(), .context = context },
		.signal_file = { .fd = -1 },
		.wake_file = { .fd = -1 },
	};
	heap_init(&loop->timers, timer_before);
	list_init(&loop->again);
	list_init(&loop->again_now);
	list_init(&loop->hooks);
	loop->deferred_tail = &loop->deferred;
	error = loop_open(loop);
	if (error < 0) {
		loop_free(loop);
		errno = -error;
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->signal_file.fd >= 0)
		close(loop->signal_file.fd);
	if (loop->wake_file.fd >= 0)
		close(loop->wake_file.fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	heap_fini(&loop->timers);
	free(loop);
}
