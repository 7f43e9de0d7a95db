/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/turns.h - taking turns by weight: the core of roundrobin and static-rr,
 * and what hashing falls back to when a request has no key.
 *
 * Virtual time: a server of weight w is due every SCALE / w. The server that
 * is due first is taken, and one compare-and-swap of the time it was taken at
 * is the claim, so over all threads the turns are exact. The distance to the
 * next turn follows from the weight of the moment: a change of weight works at
 * once and needs no bookkeeping. A server that could not be taken for a while
 * rejoins about where the others are instead of making up for it.
 */
#pragma once

#include "lb/algo.h"

struct turns; /* opaque */

/* `fixed`: the configured weights are used, whatever `weight` becomes (but for 0). */
int turns_open(struct lb_server *const *servers, size_t count, bool fixed,
	       struct turns **ret_turns) MUST_CHECK;
void turns_close(struct turns *turns);
struct lb_server *turns_pick(struct turns *turns, const struct lb_request *request);
void turns_changed(struct turns *turns, struct lb_server *server);
