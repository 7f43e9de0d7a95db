/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of messages share: parse a text, compare slices, write. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/out.h"
#include "http/message.h"

enum { LIMIT = 8192 };

static const struct http_leniency strict = { .unsafe = false }, unsafe = { .unsafe = true };

/* A message with a table of its own; the text may be freed by the caller only after it. */
struct parsed {
	struct http_message message;
	struct http_header headers[HTTP_HEADERS_PRESET];
	const char *why;
	size_t at;
};

static inline struct parsed *parsed_begin(void)
{
	static struct parsed parsed;

	memset(&parsed, 0xa5, sizeof(parsed)); /* the parser sets all that it promises */
	parsed.message.headers = parsed.headers;
	parsed.message.header_max = HTTP_HEADERS_PRESET;
	parsed.why = "more";
	parsed.at = 0;
	return &parsed;
}

static inline void is(struct slice slice, const char *text)
{
	if (!slice_is(slice, text))
		fail_msg("'%.*s' is not '%s'", (int)slice.len, slice.at, text);
}

/* What is written, NUL-ended. */
static inline const char *written(const struct http_message *message)
{
	static char bytes[2 * LIMIT];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) - 1 };

	http_message_write(message, &out);
	assert_false(out.cut);
	assert_true(out.len <= http_message_size(message));
	bytes[out.len] = '\0';
	return bytes;
}
