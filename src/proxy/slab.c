/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/slab.c - see slab.h. */
#include "proxy/slab.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/poison.h"

enum { CHUNK_BYTES = 64 * 1024, CACHE_LINE = 64, ALIGNMENT = 16 };

struct slab_object {
	struct slab_object *next;
};

struct slab_chunk {
	struct slab_chunk *next;
};

void slab_init(struct slab *slab, size_t size)
{
	slab->size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	slab->free = NULL;
	slab->chunks = NULL;
	slab->allocated = slab->spare = 0;
}

void slab_fini(struct slab *slab)
{
	while (slab->chunks != NULL) {
		struct slab_chunk *chunk = slab->chunks;

		slab->chunks = chunk->next;
		free(chunk);
	}
	slab->free = NULL;
}

/* Whatever the size: a transaction with a large table of headers may be more than a usual chunk. */
static size_t chunk_bytes(const struct slab *slab)
{
	/* A multiple of the alignment, as aligned_alloc wants it (the sanitizers see to that). */
	size_t bytes = (slab->size + 2 * CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;

	return bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
}

static void grow(struct slab *slab)
{
	char *memory = aligned_alloc(CACHE_LINE, chunk_bytes(slab));

	if (memory == NULL)
		return;
	struct slab_chunk *chunk = (struct slab_chunk *)(void *)memory;
	chunk->next = slab->chunks;
	slab->chunks = chunk;

	/* Handed out from the low end: the last put is the first got. */
	size_t count = (chunk_bytes(slab) - CACHE_LINE) / slab->size;
	slab->allocated += count;
	for (size_t i = count; i > 0; i--)
		slab_put(slab, memory + CACHE_LINE + (i - 1) * slab->size);
}

void *slab_get(struct slab *slab)
{
	if (slab->free == NULL)
		grow(slab);

	struct slab_object *object = slab->free;
	if (object == NULL)
		return NULL;
	unpoison(object, slab->size);
	slab->free = object->next;
	slab->spare--;
	return object;
}

void slab_put(struct slab *slab, void *pointer)
{
	struct slab_object *object = pointer;

	object->next = slab->free;
	slab->free = object;
	slab->spare++;
	poison(object, slab->size);
}
