/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/rendezvous.h - `hash-type consistent`.
 *
 * Every pair of key and server has a number of its own, and the server with
 * the best number, weighed, wins the key (rendezvous hashing: Thaler and
 * Ravishankar; weighed as by Schindelhauer and Schomaker). So a server that
 * goes away gives up its own keys only, each to the next best; a weight may
 * change at any time and moves no more keys than it must; and all that without
 * a ring of points to keep: nothing to rebuild, nothing to lock.
 *
 * Numbers depend on the key and on lb_server.hash_id alone, so several
 * balancers with the same ids agree.
 */
#pragma once

#include "lb/algo.h"

/*
 * Claims the key's server among those open for work, accepted, below their
 * limits and within `factor` (see bound.h; 0: none). NULL: none is to be had.
 */
struct lb_server *lb_rendezvous_pick(struct lb_server *const *servers, size_t count, uint32_t hash,
				     uint32_t factor, const struct lb_request *request);
