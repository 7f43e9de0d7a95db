/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/out.h - text put together by appending to bytes of a fixed size: log
 * lines, header values. No format is interpreted. What does not fit is cut,
 * and `cut` says so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct out {
	char *bytes;
	size_t len, size;
	bool cut;
};

static inline struct slice out_slice(const struct out *out)
{
	return (struct slice){ out->bytes, out->len };
}

static inline void out_char(struct out *out, char c)
{
	if (out->len < out->size)
		out->bytes[out->len++] = c;
	else
		out->cut = true;
}

static inline void out_bytes(struct out *out, const char *bytes, size_t len)
{
	if (len > out->size - out->len) {
		len = out->size - out->len;
		out->cut = true;
	}
	if (len != 0)
		memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

static inline void out_put(struct out *out, struct slice bytes)
{
	out_bytes(out, bytes.at, bytes.len);
}

static inline void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

static inline void out_number(struct out *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	if (number < 10) {
		out_char(out, (char)('0' + number));
		return;
	}
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	out_bytes(out, digits + at, sizeof(digits) - at);
}

static inline void out_signed(struct out *out, int64_t number)
{
	if (number < 0)
		out_char(out, '-');
	out_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* "007": the last `width` digits (at most 10), with leading zeros. */
static inline void out_padded(struct out *out, uint32_t number, unsigned width)
{
	char digits[10];

	for (unsigned i = width; i-- > 0; number /= 10)
		digits[i] = (char)('0' + number % 10);
	out_bytes(out, digits, width);
}
