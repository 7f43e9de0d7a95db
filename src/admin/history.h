/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/history.h - the last five minutes of each frontend and backend, a
 * sample a second, for the curves of the console.
 *
 * A timer of the main thread takes them from counters that are there anyway,
 * so that they cost the data path nothing; any thread may read. About 7.5 KiB
 * for each frontend and backend, at most HISTORY_TRACKS of them, and only when
 * some section has `stats`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct history;
struct proxy;

enum {
	HISTORY_SECONDS = 300,
	HISTORY_TRACKS = 4096,
};

enum history_value {
	HISTORY_REQUESTS,	/* in this second; in mode tcp connections */
	HISTORY_ERRORS,		/* responses of 5xx, and requests or connections that failed */
	HISTORY_SESSIONS,	/* at its end */
	HISTORY_P50_US,		/* of latencies (proxy/latency.h); 0: no request */
	HISTORY_P95_US,
	HISTORY_P99_US,
	HISTORY_VALUES,
};

struct history_sample {
	uint32_t value[HISTORY_VALUES];
};

struct history_series {
	unsigned count;			/* samples, oldest first */
	uint64_t newest;		/* number of the last one, from 1 */
	struct history_sample samples[HISTORY_SECONDS];
};

/*
 * In the main thread, before it runs. 0, or -ENOMEM; *ret
 * stays NULL when no section has statistics.
 */
int history_start(struct proxy *proxy, struct history **ret);
void history_stop(struct history *history); /* or NULL */

/*
 * Copies what is kept of the frontend or the backend of section `index`.
 * False: none is kept. `history` may be NULL.
 */
bool history_series(const struct history *history, unsigned index, bool backend,
		    struct history_series *ret);
/*
 * The same, but only samples behind the one of number `after`; all if
 * there is none of it: it was another process's.
 */
bool history_series_after(const struct history *history, unsigned index, bool backend,
			  uint64_t after, struct history_series *ret);
/* How many samples there are of each; 0: none yet. */
uint64_t history_newest(const struct history *history);
