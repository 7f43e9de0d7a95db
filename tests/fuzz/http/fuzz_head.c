/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request heads from anybody. Beyond not crashing: slices lie within the
 * input, more bytes never change a finished head, and a head never gets from
 * refused to good by what follows.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/basic_auth.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 4096 };

static const char *start, *end;

static void inside(struct slice slice)
{
	if (slice.len != 0 && slice.at[0] == '/' && slice.len == 1)
		return; /* the path that an absolute target left out */
	if (slice.len != 0 && (slice.at < start || slice.at + slice.len > end))
		abort();
}

static void check_done(const struct http_request_head *head)
{
	static struct http_credentials credentials;
	const struct http_header *header;

	end = start + head->len;
	inside(head->method);
	inside(head->target);
	inside(head->authority);
	inside(head->path);
	for (unsigned i = 0; i < head->header_count; i++) {
		inside(head->headers[i].name);
		inside(head->headers[i].value);
	}
	if (memcmp(end - 4, "\r\n\r\n", 4) != 0)
		abort();
	header = http_head_find(head, "authorization", NULL);
	if (header != NULL)
		http_basic_auth_decode(header->value, &credentials);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_request_head head, part;
	const char *why = NULL;
	enum http_head_result result, shorter;

	start = (const char *)data;
	result = http_head_parse(start, size, LIMIT, &head, &why);
	if (result == HTTP_HEAD_DONE) {
		if (head.len > size || head.len > LIMIT)
			abort();
		check_done(&head);
		if (http_head_parse(start, head.len, LIMIT, &part, &why) != HTTP_HEAD_DONE ||
		    part.len != head.len)
			abort();
	} else if (result != HTTP_HEAD_MORE && why == NULL) {
		abort();
	}
	shorter = http_head_parse(start, size / 2, LIMIT, &part, &why);
	if (shorter != HTTP_HEAD_MORE && shorter != result)
		abort();
	return 0;
}
