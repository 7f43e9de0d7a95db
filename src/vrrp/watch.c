/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/watch.c - see watch.h. */
#include "vrrp/watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { WATCH_FIRST_START_US = 10 * 1000 * 1000 }; /* nothing can be given up before it */

/* The longest stall over all threads that run, and whose it is. */
static uint64_t watch_threads(struct watch *watch, struct page_proxy *proxy, uint64_t elapsed_us,
			      unsigned *ret_thread)
{
	uint32_t threads = atomic_load(&proxy->threads);
	uint64_t longest = 0;

	for (unsigned i = 0; i < threads && i < PAGE_THREADS; i++) {
		uint64_t stamp = atomic_load(&proxy->thread[i].stamp_us);

		if (stamp == 0 || stamp != watch->thread[i].stamp_us)
			watch->thread[i].stalled_us = 0;
		else
			watch->thread[i].stalled_us += elapsed_us;
		watch->thread[i].stamp_us = stamp;
		if (watch->thread[i].stalled_us > longest) {
			longest = watch->thread[i].stalled_us;
			*ret_thread = i;
		}
	}
	return longest;
}

static void watch_say_down(struct page_proxy *proxy, bool served, uint64_t limit_us, char *ret)
{
	unsigned limit_ms = (unsigned)(limit_us / 1000);
	int status = atomic_load(&proxy->exit_status);

	if (!served && atomic_load(&proxy->generation) <= 1)
		snprintf(ret, WATCH_CAUSE, "proxy did not begin to serve within %u s",
			 WATCH_FIRST_START_US / 1000000);
	else if (WIFSIGNALED(status))
		snprintf(ret, WATCH_CAUSE,
			 "proxy process died (signal %d) and did not serve again within %u ms",
			 WTERMSIG(status), limit_ms);
	else
		snprintf(ret, WATCH_CAUSE,
			 "proxy process ended (status %d) and did not serve again within %u ms",
			 WEXITSTATUS(status), limit_ms);
}

static enum watch_verdict watch_down(struct watch *watch, struct page_proxy *proxy,
				     uint64_t elapsed_us, uint64_t limit_us, char *ret_cause)
{
	bool first = !watch->served && atomic_load(&proxy->generation) <= 1;

	watch->down_us += elapsed_us;
	if (watch->down_us <= (first ? WATCH_FIRST_START_US : limit_us))
		return watch->served ? WATCH_FINE : WATCH_WAITING;
	watch_say_down(proxy, watch->served, limit_us, ret_cause);
	return WATCH_FAULT;
}

static enum watch_verdict watch_serving(struct watch *watch, struct page_proxy *proxy,
					uint64_t elapsed_us, uint64_t limit_us, char *ret_cause)
{
	unsigned thread = 0;
	uint64_t stalled = watch_threads(watch, proxy, elapsed_us, &thread);

	watch->served = true;
	watch->down_us = 0;
	if (stalled <= limit_us)
		return WATCH_FINE;
	snprintf(ret_cause, WATCH_CAUSE, "proxy thread %u made no progress for %lu ms", thread + 1,
		 (unsigned long)(stalled / 1000));
	return WATCH_FAULT;
}

enum watch_verdict watch_tick(struct watch *watch, struct page_proxy *proxy, uint64_t elapsed_us,
			      uint64_t limit_us, char ret_cause[WATCH_CAUSE])
{
	uint32_t generation = atomic_load(&proxy->generation);

	if (elapsed_us > 2 * WATCH_TICK_US)
		elapsed_us = 2 * WATCH_TICK_US;
	if (generation != watch->generation) {
		memset(watch->thread, 0, sizeof(watch->thread));
		watch->generation = generation;
	}
	switch (atomic_load(&proxy->state)) {
	case PAGE_PROXY_NONE: return WATCH_FINE;
	case PAGE_PROXY_SERVING:
		return watch_serving(watch, proxy, elapsed_us, limit_us, ret_cause);
	case PAGE_PROXY_STOPPING:
		snprintf(ret_cause, WATCH_CAUSE, "proxy was told to stop");
		return WATCH_FAULT;
	default: return watch_down(watch, proxy, elapsed_us, limit_us, ret_cause);
	}
}
