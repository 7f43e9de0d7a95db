/* SPDX-License-Identifier: Apache-2.0 */
/* base/macros.h - the few macros every room uses. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* The struct that `ptr` is the `member` of. */
#define container_of(ptr, type, member)                                                            \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A programmer's error: checked in every build, never for bad input. */
#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0)) {                                           \
			fprintf(stderr, "relevo: %s:%d: %s: broken invariant: %s\n", __FILE__,     \
				__LINE__, __func__, #condition);                                   \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))
#define MUST_CHECK                 __attribute__((warn_unused_result))
