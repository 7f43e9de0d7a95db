/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/watch.h - does the proxy serve? Judged from the page: its state, and
 * the progress stamps of its threads.
 *
 * Pure: the caller ticks it and says how much time went by. A tick that comes
 * late counts as at most two, so that a machine that stood still as a whole
 * does not blame its proxy. What the page holds may be hostile: it is only
 * compared, and used as an index after a check.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/page.h"

enum {
	WATCH_TICK_US = 50 * 1000,
	WATCH_CAUSE = 160,
};

enum watch_verdict {
	WATCH_FINE,
	WATCH_WAITING,	/* it has not served yet, and has time left to */
	WATCH_FAULT,
};

struct watch {
	bool served;		/* since this process began */
	uint64_t down_us;	/* not serving for so long */
	uint32_t generation;	/* that the stamps are of */
	struct {
		uint64_t stamp_us;
		uint64_t stalled_us;
	} thread[PAGE_THREADS];
};

/*
 * One tick after `elapsed_us`. `limit_us` is how long the proxy may make no
 * progress. With WATCH_FAULT `ret_cause` says why, for people.
 */
enum watch_verdict watch_tick(struct watch *watch, struct page_proxy *proxy, uint64_t elapsed_us,
			      uint64_t limit_us, char ret_cause[WATCH_CAUSE]);
