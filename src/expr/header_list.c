/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/header_list.c - the variable-length integers of SPOE: a byte below 240,
 * else four bits and then seven a byte. They come from rules, where a client
 * may have sent them: a size beyond what is there is none.
 */
#include "expr/header_list.h"

char *header_list_put_size(char *out, uint64_t size)
{
	if (size < 240) {
		*out++ = (char)size;
		return out;
	}
	*out++ = (char)(size | 240);
	for (size = (size - 240) >> 4; size >= 128; size = (size - 128) >> 7)
		*out++ = (char)(size | 128);
	*out++ = (char)size;
	return out;
}

static bool list_take_size(struct slice *list, uint64_t *ret)
{
	enum { SHIFT_MAX = 39 }; /* longer ones are beyond any list here */
	uint8_t byte;
	uint64_t size;

	if (list->len == 0)
		return false;
	byte = (uint8_t)*list->at;
	*list = slice_skip(*list, 1);
	size = byte;
	if (byte >= 240) {
		for (unsigned shift = 4;; shift += 7) {
			if (list->len == 0 || shift > SHIFT_MAX)
				return false;
			byte = (uint8_t)*list->at;
			*list = slice_skip(*list, 1);
			size += (uint64_t)byte << shift;
			if (byte < 128)
				break;
		}
	}
	*ret = size;
	return true;
}

bool header_list_take(struct slice *list, struct slice *ret)
{
	struct slice rest = *list;
	uint64_t size;

	if (!list_take_size(&rest, &size) || size > rest.len)
		return false;
	*ret = (struct slice){ rest.at, (size_t)size };
	*list = slice_skip(rest, (size_t)size);
	return true;
}
