/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/history.c - see history.h.
 *
 * A ring is a little longer than what readers take, so that the sample being
 * written is none of those; a reader that is stopped for seconds sees newer
 * ones in place of its oldest, which harms nobody.
 */
#include "admin/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/latency.h"
#include "proxy/proxy.h"
#include "proxy/worker.h"

enum { RING = HISTORY_SECONDS + 4, SECOND_US = 1000000 };

struct track {
	struct frontend *frontend;	/* one of the two */
	struct backend *backend;
	/* The counters at the last sample; main thread. */
	uint64_t requests, errors;
	uint32_t latencies[LATENCY_BUCKETS];
	_Atomic uint64_t samples;	/* taken so far */
	_Atomic uint32_t ring[RING][HISTORY_VALUES];
};

struct history {
	struct proxy *proxy;
	struct loop_timer timer;
	unsigned sections;
	unsigned count;
	unsigned *track_of;		/* [2 * sections]: one more than the track; 0: none */
	struct track tracks[];
};

/* ---- taking them ---- */

/* `clear counters all` takes them back to 0. */
static uint32_t grown(uint64_t *last, uint64_t now)
{
	uint64_t by = now < *last ? now : now - *last;

	*last = now;
	return by > UINT32_MAX ? UINT32_MAX : (uint32_t)by;
}

static void take_frontend(struct track *track, uint32_t value[HISTORY_VALUES])
{
	const struct frontend *frontend = track->frontend;
	bool http = frontend->section->mode == PROXY_MODE_HTTP;
	uint64_t errors = frontend_total(frontend, COUNT_REQUEST_ERRORS);

	if (http)
		errors += frontend_total(frontend, COUNT_RESPONSES_5XX);
	value[HISTORY_REQUESTS] = grown(
		&track->requests, frontend_total(frontend, http ? COUNT_REQUESTS : COUNT_SESSIONS));
	value[HISTORY_ERRORS] = grown(&track->errors, errors);
	value[HISTORY_SESSIONS] = gate_now(&frontend->gate);
}

static void take_backend(struct track *track, uint32_t value[HISTORY_VALUES])
{
	const struct backend *backend = track->backend;
	uint64_t errors;

	if (backend->section->mode == PROXY_MODE_HTTP)
		errors = backend_total(backend, COUNT_RESPONSES_5XX);
	else
		errors = backend_total(backend, COUNT_CONNECT_ERRORS) +
			 backend_total(backend, COUNT_RESPONSE_ERRORS);
	value[HISTORY_REQUESTS] = grown(&track->requests, backend_total(backend, COUNT_SESSIONS));
	value[HISTORY_ERRORS] = grown(&track->errors, errors);
	value[HISTORY_SESSIONS] = atomic_load_explicit(&backend->load.now, memory_order_relaxed);
}

static void take_latencies(struct track *track, const struct latency *shares, unsigned threads,
			   uint32_t value[HISTORY_VALUES])
{
	uint32_t now[LATENCY_BUCKETS], last_second[LATENCY_BUCKETS];

	latency_total(shares, threads, now);
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		last_second[i] = now[i] - track->latencies[i];
	memcpy(track->latencies, now, sizeof(now));
	value[HISTORY_P50_US] = latency_percentile(last_second, 50);
	value[HISTORY_P95_US] = latency_percentile(last_second, 95);
	value[HISTORY_P99_US] = latency_percentile(last_second, 99);
}

static void take_sample(const struct history *history, struct track *track)
{
	uint64_t number = atomic_load_explicit(&track->samples, memory_order_relaxed);
	uint32_t value[HISTORY_VALUES];

	if (track->frontend != NULL)
		take_frontend(track, value);
	else
		take_backend(track, value);
	take_latencies(track,
		       track->frontend != NULL ? track->frontend->latency : track->backend->latency,
		       history->proxy->threads, value);
	for (unsigned i = 0; i < HISTORY_VALUES; i++)
		atomic_store_explicit(&track->ring[number % RING][i], value[i],
				      memory_order_relaxed);
	atomic_store_explicit(&track->samples, number + 1, memory_order_release);
}

static void arm(struct history *history, struct moment when)
{
	/* Curves that end are the lesser evil without memory. */
	(void)!loop_timer_arm(history->proxy->workers[0].loop, &history->timer, when);
}

static void second_over(struct loop *loop, struct loop_timer *timer)
{
	struct history *history = container_of(timer, struct history, timer);
	struct moment next = moment_after(timer->when, SECOND_US);

	for (unsigned i = 0; i < history->count; i++)
		take_sample(history, &history->tracks[i]);
	/* Stopped for longer than a second: go on from now, without making it up. */
	if (moment_before(next, loop_now(loop)))
		next = moment_after(loop_now(loop), SECOND_US);
	arm(history, next);
}

/* ---- beginning and end ---- */

static bool anybody_looks(const struct proxy *proxy)
{
	for (const struct section *s = proxy->conf->sections; s != NULL; s = s->next)
		if (s->stats.enabled)
			return true;
	return false;
}

static void add_track(struct history *history, unsigned at, struct frontend *frontend,
		      struct backend *backend)
{
	if ((frontend == NULL && backend == NULL) || history->count == HISTORY_TRACKS)
		return;
	struct track *track = &history->tracks[history->count];
	uint32_t earlier[HISTORY_VALUES];

	track->frontend = frontend;
	track->backend = backend;
	/* What processes before a reload have counted is no news. */
	if (frontend != NULL)
		take_frontend(track, earlier);
	else
		take_backend(track, earlier);
	history->track_of[at] = ++history->count;
}

int history_start(struct proxy *proxy, struct history **ret)
{
	unsigned sections = proxy->conf->section_count;
	size_t most = 2 * (size_t)sections < HISTORY_TRACKS ? 2 * (size_t)sections : HISTORY_TRACKS;

	if (!anybody_looks(proxy))
		return 0;
	struct history *history = calloc(1, sizeof(*history) + most * sizeof(struct track));
	unsigned *track_of = calloc(2 * (size_t)sections, sizeof(*track_of));
	if (history == NULL || track_of == NULL) {
		free(history);
		free(track_of);
		return -ENOMEM;
	}
	history->proxy = proxy;
	history->sections = sections;
	history->track_of = track_of;
	history->timer.on_expire = second_over;
	for (unsigned i = 0; i < sections; i++) {
		add_track(history, 2 * i, proxy->parts[i].frontend, NULL);
		add_track(history, 2 * i + 1, NULL, proxy->parts[i].backend);
	}
	arm(history, moment_after(moment_now(), SECOND_US));
	*ret = history;
	return 0;
}

void history_stop(struct history *history)
{
	if (history == NULL)
		return;
	loop_timer_disarm(history->proxy->workers[0].loop, &history->timer);
	free(history->track_of);
	free(history);
}

/* ---- reading ---- */

static const struct track *track_find(const struct history *history, unsigned index, bool backend)
{
	if (history == NULL || index >= history->sections)
		return NULL;
	unsigned track = history->track_of[2 * index + backend];
	return track == 0 ? NULL : &history->tracks[track - 1];
}

static void copy_sample(const struct track *track, uint64_t number, struct history_sample *ret)
{
	for (unsigned i = 0; i < HISTORY_VALUES; i++)
		ret->value[i] = atomic_load_explicit(&track->ring[number % RING][i],
						     memory_order_relaxed);
}

bool history_series_after(const struct history *history, unsigned index, bool backend,
			  uint64_t after, struct history_series *ret)
{
	const struct track *track = track_find(history, index, backend);
	uint64_t count;

	if (track == NULL)
		return false;
	ret->newest = atomic_load_explicit(&track->samples, memory_order_acquire);
	count = after <= ret->newest ? ret->newest - after : ret->newest;
	ret->count = count < HISTORY_SECONDS ? (unsigned)count : HISTORY_SECONDS;
	for (unsigned i = 0; i < ret->count; i++)
		copy_sample(track, ret->newest - ret->count + i, &ret->samples[i]);
	return true;
}

bool history_series(const struct history *history, unsigned index, bool backend,
		    struct history_series *ret)
{
	return history_series_after(history, index, backend, 0, ret);
}

uint64_t history_newest(const struct history *history)
{
	return history == NULL || history->count == 0 ?
		       0 :
		       atomic_load_explicit(&history->tracks[0].samples, memory_order_acquire);
}
