/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_timer.h - one lazy timer a stream: it is armed for the earliest
 * deadline there can be, and only when it rings does anybody compute which
 * deadline holds, so that activity costs nothing but the note of its moment.
 * Each side has its own: what it sends or takes counts for it alone, and with
 * `option independent-streams` only what it sends.
 */
#pragma once

#include "base/clock.h"

struct stream;

/* A timeout of 0 never comes. */
static inline struct moment timeout_after(struct moment from, uint32_t ms)
{
	return ms == 0 ? MOMENT_NEVER : moment_after(from, (uint64_t)ms * 1000);
}

/* When the stream's state times out as things are; MOMENT_NEVER: not at all. */
struct moment stream_deadline(const struct stream *stream);

/* Makes the timer ring no later than the state's deadline can be. */
void stream_watch(struct stream *stream);

/* The timer rang too early: arms it for the next look. */
void stream_watch_again(struct stream *stream);

/* The tunnel has been idle: blames the side that was waited for. */
void stream_idle_timeout(struct stream *stream);
