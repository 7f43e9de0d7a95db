/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/strbuf.h - text that grows: reports, pages, tables. Not for the data
 * path. Running out of memory is remembered in `failed`, and the text so far
 * stays valid.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct strbuf {
	char *text; /* NUL-ended; NULL while empty */
	size_t len, capacity;
	bool failed;
};

#define STRBUF_EMPTY ((struct strbuf){ 0 })

void strbuf_free(struct strbuf *buf); /* leaves it empty and usable */
void strbuf_add(struct strbuf *buf, const char *bytes, size_t len);
void strbuf_puts(struct strbuf *buf, const char *text);
/* As a string of JSON (RFC 8259, 7), with its quotes. Bytes are taken for UTF-8. */
void strbuf_json(struct strbuf *buf, const char *text);
void strbuf_printf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);
