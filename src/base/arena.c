/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.c - chunks of 16 kB in a chain; larger requests get their own. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

enum { CHUNK_SIZE = 16 * 1024 };

struct chunk {
	struct chunk *next;
	max_align_t memory[];
};

struct release { /* something to be freed with the arena */
	struct release *next;
	void (*call)(void *object);
	void *object;
};

struct arena {
	struct chunk *chunks; /* newest first */
	struct release *releases;
	char *free;
	size_t left;
};

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	ASSERT(arena != NULL);
	return arena;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct release *release = arena->releases; release != NULL; release = release->next)
		release->call(release->object);
	while (arena->chunks != NULL) {
		struct chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	free(arena);
}

static char *new_chunk(struct arena *arena, size_t size)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	ASSERT(chunk != NULL);
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return (char *)chunk->memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	ASSERT(size <= SIZE_MAX / 2);
	size = size == 0 ? align : (size + align - 1) / align * align;
	if (size > CHUNK_SIZE / 4)
		return new_chunk(arena, size);
	if (size > arena->left) {
		arena->free = new_chunk(arena, CHUNK_SIZE);
		arena->left = CHUNK_SIZE;
	}

	char *memory = arena->free;
	arena->free += size;
	arena->left -= size;
	return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_zalloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	ASSERT(len >= 0);

	char *text = arena_zalloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size)
{
	/* Capacity is the next power of two, so only at one does it have to grow. */
	if (count != 0 && (count & (count - 1)) != 0)
		return array;

	size_t capacity = count == 0 ? 1 : 2 * count;
	void *larger = arena_zalloc(arena, capacity * element_size);
	if (count != 0)
		memcpy(larger, array, count * element_size);
	return larger;
}

void arena_defer(struct arena *arena, void (*release)(void *object), void *object)
{
	struct release *entry = arena_zalloc(arena, sizeof(*entry));

	*entry = (struct release){ arena->releases, release, object };
	arena->releases = entry;
}
