/* SPDX-License-Identifier: Apache-2.0 */
/* base/bump.c - see bump.h. */
#include "base/bump.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/poison.h"

enum { POOL_KEEPS = 1024 };

struct bump_block {
	struct bump_block *next; /* older, or free */
	char *end;
	alignas(max_align_t) char bytes[];
};

static struct bump_block *take_block(struct bump *bump, size_t size)
{
	struct bump_block *block = bump->pool->free;

	if (size <= BUMP_BLOCK - sizeof(*block)) {
		size = BUMP_BLOCK - sizeof(*block);
		if (block != NULL) {
			bump->pool->free = block->next;
			bump->pool->count--;
			return block;
		}
	}
	block = malloc(sizeof(*block) + size);
	if (block != NULL)
		block->end = block->bytes + size;
	return block;
}

static void give_block(struct bump_pool *pool, struct bump_block *block)
{
	if (block->end - (char *)block != BUMP_BLOCK || pool->count >= POOL_KEEPS) {
		free(block);
		return;
	}
	poison(block->bytes, (size_t)(block->end - block->bytes));
	block->next = pool->free;
	pool->free = block;
	pool->count++;
}

static size_t limit_of(const struct bump *bump)
{
	return bump->pool->limit > BUMP_LIMIT ? bump->pool->limit : BUMP_LIMIT;
}

static bool more(struct bump *bump, size_t size)
{
	struct bump_block *block;

	if (size > limit_of(bump) || bump->taken > limit_of(bump) - size)
		return false;
	block = take_block(bump, size);
	if (block == NULL)
		return false;
	block->next = bump->block;
	bump->block = block;
	bump->at = block->bytes;
	bump->end = block->end;
	poison(block->bytes, (size_t)(block->end - block->bytes));
	bump->taken += (size_t)(block->end - block->bytes);
	return true;
}

static size_t rounded(size_t size)
{
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

void *bump_alloc(struct bump *bump, size_t size)
{
	char *at;

	if (size > PTRDIFF_MAX)
		return NULL;
	size = rounded(size);
	if (size > (size_t)(bump->end - bump->at) && !more(bump, size))
		return NULL;
	if (bump->block == NULL && !more(bump, size))
		return NULL;
	at = bump->at;
	unpoison(at, size);
	bump->at += size;
	return at;
}

struct slice bump_copy(struct bump *bump, struct slice bytes)
{
	char *copy = bump_alloc(bump, bytes.len + 1);

	if (copy == NULL)
		return (struct slice){ NULL, 0 };
	if (bytes.len != 0)
		memcpy(copy, bytes.at, bytes.len);
	copy[bytes.len] = '\0';
	return (struct slice){ copy, bytes.len };
}

char *bump_room(struct bump *bump, size_t min, size_t *ret_size)
{
	if (bump->block == NULL || (size_t)(bump->end - bump->at) < min)
		if (!more(bump, min))
			return NULL;
	*ret_size = (size_t)(bump->end - bump->at);
	unpoison(bump->at, *ret_size);
	return bump->at;
}

void bump_commit(struct bump *bump, size_t used)
{
	size_t room = (size_t)(bump->end - bump->at);

	ASSERT(used <= room);
	used = rounded(used);
	bump->at += used < room ? used : room;
	poison(bump->at, (size_t)(bump->end - bump->at));
}

struct bump_mark bump_mark(const struct bump *bump)
{
	return (struct bump_mark){ bump->block, bump->at };
}

void bump_reset(struct bump *bump, struct bump_mark mark)
{
	while (bump->block != mark.block) {
		struct bump_block *block = bump->block;

		bump->block = block->next;
		bump->taken -= (size_t)(block->end - block->bytes);
		give_block(bump->pool, block);
	}
	bump->at = mark.at;
	bump->end = mark.block != NULL ? mark.block->end : NULL;
	if (mark.block != NULL)
		poison(bump->at, (size_t)(bump->end - bump->at));
}

void bump_free(struct bump *bump)
{
	bump_reset(bump, (struct bump_mark){ NULL, NULL });
}

void bump_pool_free(struct bump_pool *pool)
{
	while (pool->free != NULL) {
		struct bump_block *block = pool->free;

		pool->free = block->next;
		free(block);
	}
	pool->count = 0;
}
