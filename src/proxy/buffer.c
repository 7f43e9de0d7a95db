/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/buffer.c - see buffer.h. */
#include "proxy/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

enum { KEPT = 64 };

void buffer_pool_init(struct buffer_pool *pool, uint32_t large_size)
{
	*pool = (struct buffer_pool){
		.large_size = large_size > BUFFER_SMALL ? large_size : 2 * BUFFER_SMALL,
	};
}

static void free_all(struct buffer *buffer)
{
	while (buffer != NULL) {
		struct buffer *next = buffer->next;

		free(buffer);
		buffer = next;
	}
}

void buffer_pool_fini(struct buffer_pool *pool)
{
	free_all(pool->small);
	free_all(pool->large);
}

struct buffer *buffer_get(struct buffer_pool *pool, uint32_t need)
{
	bool small = need <= BUFFER_SMALL;
	struct buffer **first = small ? &pool->small : &pool->large;
	struct buffer *buffer = *first;

	if (buffer != NULL) {
		unpoison(buffer->bytes, buffer->size);
		*first = buffer->next;
		*(small ? &pool->small_count : &pool->large_count) -= 1;
	} else {
		uint32_t size = small ? BUFFER_SMALL : pool->large_size;

		buffer = malloc(sizeof(*buffer) + size);
		if (buffer == NULL)
			return NULL;
		buffer->size = size;
	}
	buffer->start = buffer->end = 0;
	return buffer;
}

void buffer_put(struct buffer_pool *pool, struct buffer *buffer)
{
	bool small = buffer->size == BUFFER_SMALL;
	struct buffer **first = small ? &pool->small : &pool->large;
	unsigned *count = small ? &pool->small_count : &pool->large_count;

	if (*count >= KEPT) {
		free(buffer);
		return;
	}
	*count += 1;
	buffer->next = *first;
	*first = buffer;
	poison(buffer->bytes, buffer->size);
}

struct buffer *buffer_keep(struct buffer_pool *pool, struct buffer **receive)
{
	struct buffer *full = *receive;
	uint32_t used = buffer_used(full);
	struct buffer *other = buffer_get(pool, used <= BUFFER_SMALL ? used : pool->large_size);

	if (other == NULL)
		return NULL;
	if (used > BUFFER_SMALL) {
		*receive = other;
		return full;
	}
	memcpy(other->bytes, full->bytes + full->start, used);
	other->end = used;
	full->start = full->end = 0;
	return other;
}
