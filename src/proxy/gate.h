/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/gate.h - a limit on connections, exact over all threads (maxconn of
 * the process, of a frontend, of a bind line).
 *
 * A thread that finds the gate full stops accepting and leaves its bit; who
 * leaves a full gate gets the bits of the threads to wake.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "proxy/counters.h"

struct gate {
	struct load load;
	_Atomic uint32_t limit;	/* 0: none */
	_Atomic uint64_t waiting; /* bit i: thread i is to be woken when a place is free */
};

/* Takes a place; false when there is none. */
bool gate_enter(struct gate *gate);

/*
 * Asks to be woken. Returns false when a place was freed meanwhile, so that
 * nobody will: try again.
 */
bool gate_wait(struct gate *gate, unsigned thread);

/* From now on; who is above it stays. Returns the threads to wake. */
uint64_t gate_set_limit(struct gate *gate, uint32_t limit);

/* Gives the place back; returns the threads to wake, usually 0. */
uint64_t gate_leave(struct gate *gate);

static inline uint32_t gate_now(const struct gate *gate)
{
	return atomic_load_explicit(&gate->load.now, memory_order_relaxed);
}
