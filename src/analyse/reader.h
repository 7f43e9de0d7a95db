/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/reader.h - the lines of a file, in large reads and without a copy of any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/slice.h"

struct reader {
	int fd; /* borrowed */
	char *bytes;
	size_t room, begin, end;
	bool at_end;
};

/* -ENOMEM. */
MUST_CHECK int reader_init(struct reader *reader, int fd);
void reader_free(struct reader *reader);

/*
 * 1 and the next line without its end ("\n", "\r\n" or the file's), 0 after
 * the last, or a negative errno of read(2), or -ENOMEM for a line that no
 * memory holds. The line is good until the next call.
 */
MUST_CHECK int reader_next(struct reader *reader, struct slice *ret_line);
