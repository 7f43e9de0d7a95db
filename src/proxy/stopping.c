/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/stopping.c - see stopping.h. */
#include "proxy/stopping.h"

#include "proxy/stream.h"

/* One that has just had an answer may have its next request on the way. */
enum { STOPPING_IDLE_MS = 1000 };

static bool stopping_now(const struct stream *stream)
{
	return atomic_load_explicit(&stream->worker->proxy->stopping, memory_order_acquire);
}

static uint32_t stopping_spread_ms(const struct stream *stream)
{
	return stream->worker->proxy->conf->global.close_spread_ms;
}

bool stopping_ends(const struct stream *stream)
{
	uint32_t spread_ms = stopping_spread_ms(stream);
	uint64_t elapsed_us;

	if (!stopping_now(stream))
		return false;
	if (spread_ms == 0 || spread_ms == CLOSE_SPREAD_NEVER)
		return spread_ms == 0;
	/* The stop may have begun after the thread's clock was read. */
	if (moment_before(worker_now(stream->worker), stream->worker->proxy->stopping_since))
		return false;
	elapsed_us = moment_since(stream->worker->proxy->stopping_since, worker_now(stream->worker));
	return worker_random(stream->worker) % ((uint64_t)spread_ms * 1000) < elapsed_us;
}

/* The connection's own place in the time over which they are spread. */
static uint64_t stopping_place_us(const struct stream *stream, uint32_t spread_ms)
{
	uint64_t mixed = (uint64_t)(uintptr_t)stream * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return (mixed * spread_ms >> 32) * 1000;
}

struct moment stopping_idle_end(const struct stream *stream)
{
	struct moment soonest = moment_after(stream->idle_from, STOPPING_IDLE_MS * 1000);
	uint32_t spread_ms = stopping_spread_ms(stream);
	struct moment own;

	if (!stopping_now(stream) || spread_ms == CLOSE_SPREAD_NEVER)
		return MOMENT_NEVER;
	if (spread_ms == 0)
		return soonest;
	own = moment_after(stream->worker->proxy->stopping_since,
			   stopping_place_us(stream, spread_ms));
	return moment_before(own, soonest) ? soonest : own;
}
