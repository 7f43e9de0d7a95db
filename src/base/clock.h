/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock.h - time types. Durations are uint64_t microseconds and carry
 * `_us` in their names, or uint32_t milliseconds with `_ms`.
 *
 * A struct of its own keeps moments from being mixed up with durations.
 */
#pragma once

#include <stdint.h>
#include <time.h>

/* A moment on CLOCK_MONOTONIC, the same for every process of the machine. */
struct moment {
	uint64_t us;
};

#define MOMENT_NEVER ((struct moment){ UINT64_MAX })

static inline struct moment moment_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct moment){ (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000 };
}

static inline struct moment moment_after(struct moment from, uint64_t us)
{
	return (struct moment){ from.us + us < from.us ? UINT64_MAX : from.us + us };
}

static inline int moment_before(struct moment a, struct moment b)
{
	return a.us < b.us;
}

/* Microseconds from `from` to `to`; 0 when `to` is not later. */
static inline uint64_t moment_since(struct moment from, struct moment to)
{
	return to.us > from.us ? to.us - from.us : 0;
}

/* Wall clock, microseconds since 1970; for log lines only. */
static inline uint64_t wall_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
