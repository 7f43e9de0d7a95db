/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/counters.h - what the statistics count.
 *
 * Each thread has a cache line of its own and is the only one to write it, so
 * that counting costs an ordinary add; readers in any thread take the sum.
 * What must be exact while it changes (who is connected now) is an atomic
 * shared by all threads: struct load and struct rate.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum counter {
	COUNT_SESSIONS,		/* stot */
	COUNT_CONNECTIONS,	/* conn_tot: accepted, before any rule */
	COUNT_BYTES_IN,		/* bin: from clients */
	COUNT_BYTES_OUT,	/* bout: to clients */
	COUNT_DENIED_CONNECTIONS, /* dcon */
	COUNT_DENIED_SESSIONS,	/* dses */
	COUNT_DENIED_REQUESTS,	/* dreq */
	COUNT_DENIED_RESPONSES,	/* dresp */
	COUNT_REQUEST_ERRORS,	/* ereq */
	COUNT_CONNECT_ERRORS,	/* econ */
	COUNT_RESPONSE_ERRORS,	/* eresp */
	COUNT_RETRIES,		/* wretr */
	COUNT_REDISPATCHES,	/* wredis */
	COUNT_CLIENT_ABORTS,	/* cli_abrt */
	COUNT_SERVER_ABORTS,	/* srv_abrt */
	COUNT_CHOSEN,		/* lbtot: times the balance algorithm has chosen it */
	COUNT_CONNECTS,		/* connect: attempts to a server */
	COUNT_REUSES,		/* reuse: requests on a connection that was there */
	COUNT_REQUESTS,		/* req_tot */
	COUNT_RESPONSES_OTHER,	/* hrsp_other; the next five follow in order */
	COUNT_RESPONSES_1XX,
	COUNT_RESPONSES_2XX,
	COUNT_RESPONSES_3XX,
	COUNT_RESPONSES_4XX,
	COUNT_RESPONSES_5XX,
	COUNT_INTERCEPTED,	/* intercepted: answered by us on purpose */
	COUNTERS,
};

/* One thread's share. */
struct counters {
	_Alignas(64) _Atomic uint64_t value[COUNTERS];
};

/* Adds in the owning thread: no locked instruction, since nobody else writes. */
static inline void count_add(struct counters *counters, enum counter which, uint64_t amount)
{
	uint64_t old = atomic_load_explicit(&counters->value[which], memory_order_relaxed);

	atomic_store_explicit(&counters->value[which], old + amount, memory_order_relaxed);
}

static inline void count_one(struct counters *counters, enum counter which)
{
	count_add(counters, which, 1);
}

/* The sum over `threads` shares. */
uint64_t count_total(const struct counters *shares, unsigned threads, enum counter which);

/* How many there are now and were at most, over all threads. */
struct load {
	_Atomic uint32_t now, max;
};

uint32_t load_enter(struct load *load); /* returns the number now */
void load_leave(struct load *load);
void load_raise_max(struct load *load, uint32_t now);

/* Events a second, over all threads: the running second and the one before. */
struct rate {
	_Atomic uint64_t running;	/* second << 32 | events in it */
	_Atomic uint32_t previous;	/* events in the second before */
	_Atomic uint32_t max;
};

/* `now_us` is any clock that does not go back, the same for all calls. */
void rate_count(struct rate *rate, uint64_t now_us);
uint32_t rate_read(const struct rate *rate, uint64_t now_us); /* the last whole second's */
