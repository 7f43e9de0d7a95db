/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/reader.c - see reader.h. */
#include "analyse/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOM_FIRST = 256 * 1024 }; /* what fits the second level's cache */

int reader_init(struct reader *reader, int fd)
{
	*reader = (struct reader){ .fd = fd, .room = ROOM_FIRST, .bytes = malloc(ROOM_FIRST) };
	return reader->bytes != NULL ? 0 : -ENOMEM;
}

void reader_free(struct reader *reader)
{
	free(reader->bytes);
	reader->bytes = NULL;
}

/* Moves the begun line to the front, in twice the room when it fills all. */
static int make_room(struct reader *reader)
{
	if (reader->begin > 0) {
		memmove(reader->bytes, reader->bytes + reader->begin, reader->end - reader->begin);
		reader->end -= reader->begin;
		reader->begin = 0;
	}
	if (reader->end < reader->room)
		return 0;

	char *bytes = realloc(reader->bytes, 2 * reader->room);
	if (bytes == NULL)
		return -ENOMEM;
	reader->bytes = bytes;
	reader->room *= 2;
	return 0;
}

static int read_more(struct reader *reader)
{
	int r = make_room(reader);

	if (r < 0)
		return r;
	ssize_t len;
	do {
		len = read(reader->fd, reader->bytes + reader->end, reader->room - reader->end);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	reader->at_end = len == 0;
	reader->end += (size_t)len;
	return 0;
}

static int give(struct reader *reader, size_t len, size_t ending, struct slice *ret)
{
	*ret = (struct slice){ reader->bytes + reader->begin, len };
	reader->begin += len + ending;
	if (ret->len != 0 && ret->at[ret->len - 1] == '\r')
		ret->len--;
	return 1;
}

int reader_next(struct reader *reader, struct slice *ret_line)
{
	size_t looked = 0;

	for (;;) {
		size_t len = reader->end - reader->begin;
		const char *begin = reader->bytes + reader->begin;
		const char *newline = memchr(begin + looked, '\n', len - looked);

		if (newline != NULL)
			return give(reader, (size_t)(newline - begin), 1, ret_line);
		if (reader->at_end)
			return len != 0 ? give(reader, len, 0, ret_line) : 0;
		looked = len;
		int r = read_more(reader);
		if (r < 0)
			return r;
	}
}
