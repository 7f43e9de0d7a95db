/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/events.h - the newest events of a process in memory: what the
 * converter `debug` says where it names no other place (management manual 9.3
 * "show events", the sink "buf0").
 *
 * Any thread adds, and the runtime API reads. One lock, which nobody takes
 * who does not debug; when there is no room, the oldest give way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum { EVENTS_SIZE = 1 << 20, EVENTS_TEXT_MAX = 1 << 14 };

struct events;

struct events *events_new(void); /* NULL: no memory */
void events_free(struct events *events);

/* What is beyond EVENTS_TEXT_MAX is cut. */
void events_add(struct events *events, uint64_t wall_us, struct slice text);

/* All there are, for events_take; .at is the caller's to free, NULL: no memory. */
struct slice events_copy(struct events *events);
/* The oldest of a copy is taken off it; *ret_text points into it. False: there is none. */
bool events_take(struct slice *copy, uint64_t *ret_wall_us, struct slice *ret_text);
