/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/line.h - one log line, put together by appending: no format is
 * interpreted on the data path. What does not fit is cut.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LINE_MAX = 1024 };

struct line {
	size_t len;
	char text[LINE_MAX];
};

static inline void line_char(struct line *line, char c)
{
	if (line->len < LINE_MAX)
		line->text[line->len++] = c;
}

static inline void line_bytes(struct line *line, const char *bytes, size_t len)
{
	if (len > LINE_MAX - line->len)
		len = LINE_MAX - line->len;
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

static inline void line_text(struct line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}

static inline void line_number(struct line *line, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	line_bytes(line, digits + at, sizeof(digits) - at);
}

static inline void line_signed(struct line *line, int64_t number)
{
	if (number < 0)
		line_char(line, '-');
	line_number(line, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* "007": the last `width` digits, with leading zeros. */
static inline void line_padded(struct line *line, uint32_t number, unsigned width)
{
	char digits[10];

	for (unsigned i = width; i-- > 0; number /= 10)
		digits[i] = (char)('0' + number % 10);
	line_bytes(line, digits, width);
}
