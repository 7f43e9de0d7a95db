/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/map_admin.h - files of patterns as an operator sees and changes them
 * (management manual 9.3: "show map", "add acl", "prepare map", ...).
 *
 * A file has a current version, which rules look into, and any number that are
 * being prepared, which nobody sees until one of them is committed: then it
 * takes the current one's place at once. Preparing belongs to one thread (the
 * runtime API's); the current version is locked as in map.h.
 */
#pragma once

#include "expr/map.h"

enum expr_map_kind { EXPR_MAP, EXPR_ACL };

/* Of all files, oldest first; NULL after the last. `maps`: conf_parse.maps. */
struct expr_map *expr_map_at(struct expr_map *maps, unsigned number);
const char *expr_map_name(const struct expr_map *map);
bool expr_map_is(const struct expr_map *map, enum expr_map_kind kind);	/* it is used so */

/* From now on readers of all of them take the lock; before there are threads. */
void expr_maps_may_change(struct expr_map *maps);

struct expr_map_view {
	unsigned number;
	unsigned current, next;		/* versions */
	size_t entries;
};
void expr_map_look(struct expr_map *map, enum expr_map_kind kind, struct expr_map_view *ret);

/* One entry; texts last until the next change. `id` names it in commands. */
struct expr_map_entry {
	const void *id;
	struct slice key, value;
};

/* A walk in pieces, during which the version may change. Zero-initialised. */
struct expr_map_cursor {
	const void *at;
	uint64_t changes;
	uint32_t order;
	bool begun;
};

/*
 * Calls `take` for entries of the version (0: the current) until it returns
 * false or there are no more: then false is returned. `take` must not change the map.
 */
bool expr_map_walk(struct expr_map *map, enum expr_map_kind kind, unsigned version,
		   struct expr_map_cursor *cursor,
		   bool (*take)(void *context, const struct expr_map_entry *entry), void *context);

/* version 0: the current. -EINVAL with why[] a phrase, -ESRCH: no such version. */
int expr_map_insert(struct expr_map *map, unsigned version, struct slice key, struct slice value,
		    char why[EXPR_WHY]);
/* By key, or by `id` when it is not NULL. -ENOENT, -ENOMEM. */
int expr_map_change(struct expr_map *map, const void *id, struct slice key, struct slice value);
int expr_map_remove(struct expr_map *map, const void *id, struct slice key);
int expr_map_empty(struct expr_map *map, unsigned version);	/* -ESRCH */

/* The number of a new, empty version; 0: no memory. */
unsigned expr_map_prepare(struct expr_map *map);
/* -ESRCH: never prepared, or older than the current. */
int expr_map_commit(struct expr_map *map, unsigned version);

/* Where the configuration names it: the number-th form of that kind, oldest first. False: no more. */
bool expr_map_used(const struct expr_map *map, enum expr_map_kind kind, unsigned number,
		   struct diag_span *ret);

/*
 * What matches the text in that form: ret_found->id NULL when nothing does.
 * *ret_method, *ret_ignore_case: how it was compared. False: no such form.
 */
bool expr_map_try(struct expr_map *map, enum expr_map_kind kind, unsigned number,
		  struct slice text, struct expr_context *context,
		  struct expr_map_entry *ret_found, enum expr_method *ret_method,
		  bool *ret_ignore_case);
