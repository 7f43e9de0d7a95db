/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/bump.h - memory of one transaction: taken in pieces, given back all at
 * once or down to a mark. Its blocks come from a pool of the thread, so that a
 * request costs no malloc. A bump is zero-initialised but for `pool` and holds
 * nothing until the first allocation.
 *
 * Unlike the arena it serves clients: it has a limit and may return NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum {
	BUMP_BLOCK = 4096,	/* bytes of a pooled block */
	BUMP_LIMIT = 256 * 1024, /* bytes one bump may take in all, unless its pool says more */
};

struct bump_block;

struct bump_pool { /* of one thread; zero-initialised */
	struct bump_block *free;
	unsigned count;
	size_t limit;		/* above BUMP_LIMIT: instead of it */
};

struct bump {
	struct bump_pool *pool;
	struct bump_block *block;	/* newest */
	char *at, *end;			/* what is left of it */
	size_t taken;			/* bytes of all blocks */
};

struct bump_mark {
	struct bump_block *block;
	char *at;
};

/* Aligned for any type, not zeroed. NULL: no memory, or beyond the limit. */
void *bump_alloc(struct bump *bump, size_t size);
/* Copies; adds a NUL that is not counted. `at` NULL when there is no memory. */
struct slice bump_copy(struct bump *bump, struct slice bytes);

/*
 * The room that is left at the end, for text whose length is not known yet:
 * at least `min` bytes (NULL: no memory); bump_commit takes `used` of them.
 */
char *bump_room(struct bump *bump, size_t min, size_t *ret_size);
void bump_commit(struct bump *bump, size_t used);

struct bump_mark bump_mark(const struct bump *bump);
void bump_reset(struct bump *bump, struct bump_mark mark); /* back to the mark */
void bump_free(struct bump *bump); /* back to empty */
void bump_pool_free(struct bump_pool *pool);
