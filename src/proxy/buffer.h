/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/buffer.h - pooled buffers of one thread, in two sizes: what a stream
 * could not send yet waits in one; an idle stream has none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	struct buffer *next;		/* in the pool */
	uint32_t start, end;		/* the bytes in it */
	uint32_t size;
	uint8_t bytes[];
};

struct buffer_pool {
	struct buffer *small, *large;	/* free ones */
	unsigned small_count, large_count;
	uint32_t large_size;
};

enum { BUFFER_SMALL = 8 * 1024 };

void buffer_pool_init(struct buffer_pool *pool, uint32_t large_size);
void buffer_pool_fini(struct buffer_pool *pool);

/* An empty one that takes `need` bytes (at most the large size), or NULL. */
struct buffer *buffer_get(struct buffer_pool *pool, uint32_t need);
void buffer_put(struct buffer_pool *pool, struct buffer *buffer);

static inline void buffer_clear(struct buffer *buffer)
{
	buffer->start = buffer->end = 0;
}

static inline uint32_t buffer_used(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

/*
 * Keeps what `*receive` holds: copied when it is little, else the buffer
 * itself is taken and *receive is a fresh one. NULL: out of memory, and
 * *receive is unchanged.
 */
struct buffer *buffer_keep(struct buffer_pool *pool, struct buffer **receive);
