/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lb/map.h - `hash-type map-based`: a table in which each server that is open
 * for work stands as often as its configured weight says (divided by what all
 * weights have in common), spread evenly. A key's place is its hash modulo the
 * table's size.
 *
 * Readers take no lock: the table is changed in place under a version number,
 * and a reader that meets a change looks again.
 */
#pragma once

#include "lb/algo.h"

struct lb_map; /* opaque */

int lb_map_open(struct lb_server *const *servers, size_t count, struct lb_map **ret_map) MUST_CHECK;
void lb_map_close(struct lb_map *map);
/* After a change of `usable` or `weight` from or to 0; one caller at a time. */
void lb_map_rebuild(struct lb_map *map);

/*
 * Claims the key's server. When that is refused (`accept`, its limit) the hash
 * is hashed on, so that the keys of one refused server spread over all others,
 * and the same key always goes to the same of them. NULL: none is to be had.
 */
struct lb_server *lb_map_pick(struct lb_map *map, uint32_t hash, const struct lb_request *request);
