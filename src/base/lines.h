/* SPDX-License-Identifier: Apache-2.0 */
/* base/lines.h - memory of whole cache lines, so that threads' shares do not meet. */
#pragma once

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 64 };

/* A zeroed array that starts on a line and ends with one, for free(); NULL: no memory. */
static inline void *lines_new(size_t count, size_t size)
{
	size_t bytes = (count * size + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	void *memory = aligned_alloc(LINE_BYTES, bytes == 0 ? LINE_BYTES : bytes);

	if (memory != NULL)
		memset(memory, 0, bytes);
	return memory;
}
