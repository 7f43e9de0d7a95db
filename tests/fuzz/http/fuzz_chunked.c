/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunked bodies: the first byte is the size of the pieces they come in.
 * Scanning, reading and passing data by unseen agree, whatever the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct content {
	uint64_t len, sum;
};

static void collect(void *context, struct slice piece)
{
	struct content *content = context;

	if (piece.len == 0)
		abort();
	for (size_t i = 0; i < piece.len; i++)
		content->sum = content->sum * 31 + (unsigned char)piece.at[i];
	content->len += piece.len;
}

enum how { SCAN, READ, PASS };

static enum http_chunked_result run(const char *bytes, size_t len, size_t step, enum how how,
				    size_t *ret_used, struct content *content)
{
	struct http_chunked chunked = { .left = 0 };
	enum http_chunked_result result = HTTP_CHUNKED_MORE;

	for (*ret_used = 0; result == HTTP_CHUNKED_MORE && *ret_used < len;) {
		size_t here = len - *ret_used < step ? len - *ret_used : step, used;
		uint64_t left = http_chunked_data_left(&chunked);

		if (how == PASS && left != 0) {
			used = left < here ? (size_t)left : here;
			http_chunked_pass(&chunked, used);
			content->len += used;
		} else if (how == READ) {
			result = http_chunked_read(&chunked, bytes + *ret_used, here, &used,
						   collect, content);
		} else {
			result = http_chunked_scan(&chunked, bytes + *ret_used, here, &used);
		}
		if (used > here)
			abort();
		*ret_used += used;
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct content whole = { 0 }, pieces = { 0 }, passed = { 0 };
	size_t used, other;
	enum http_chunked_result result;

	if (size < 2)
		return 0;
	size--;
	result = run(bytes, size, size, READ, &used, &whole);
	if (run(bytes, size, 1 + data[0] % 40u, READ, &other, &pieces) != result || other != used ||
	    pieces.len != whole.len || pieces.sum != whole.sum)
		abort();
	if (run(bytes, size, 1 + data[0] % 7u, SCAN, &other, NULL) != result || other != used)
		abort();
	if (run(bytes, size, 1, PASS, &other, &passed) != result || other != used ||
	    passed.len > whole.len)
		abort();
	return 0;
}
