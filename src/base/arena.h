/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.h - memory that is freed all at once.
 *
 * One arena a configuration generation. Every allocation is aligned for any
 * type. Running out of memory while configuration is read is a broken
 * invariant (the kernel overcommits), so these never return NULL.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */

/* Zeroed. A size of 0 gives a unique pointer. */
void *arena_zalloc(struct arena *arena, size_t size);

char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len); /* adds the NUL */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Makes room for one more element in a growing array that lives in the arena:
 * returns `array` or a doubled copy of it. Call it before each append with
 * the count of elements in use. The old copy stays until the arena is freed.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size);

/* array = arena_append(arena, array, &count): the new, zeroed last element. */
#define ARENA_APPEND(arena, array, count)                                                          \
	((array) = arena_grow((arena), (array), (count), sizeof(*(array))), &(array)[(count)++])

/* `release(object)` is called when the arena is freed, newest first: for what is not its memory. */
void arena_defer(struct arena *arena, void (*release)(void *object), void *object);
