/* SPDX-License-Identifier: Apache-2.0 */
/* base/strbuf.c - see strbuf.h. */
#include "base/strbuf.h"

#include <string.h>

void strbuf_free(struct strbuf *buf)
{
	free(buf->text);
	*buf = STRBUF_EMPTY;
}

static bool reserve(struct strbuf *buf, size_t more)
{
	if (buf->failed)
		return false;
	if (buf->len + more + 1 <= buf->capacity)
		return true;

	size_t capacity = buf->capacity == 0 ? 256 : buf->capacity;
	while (capacity < buf->len + more + 1)
		capacity *= 2;
	char *text = realloc(buf->text, capacity);
	if (text == NULL) {
		buf->failed = true;
		return false;
	}
	buf->text = text;
	buf->capacity = capacity;
	return true;
}

void strbuf_add(struct strbuf *buf, const char *bytes, size_t len)
{
	if (!reserve(buf, len))
		return;
	if (len != 0)
		memcpy(buf->text + buf->len, bytes, len);
	buf->len += len;
	buf->text[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_json(struct strbuf *buf, const char *text)
{
	strbuf_puts(buf, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_printf(buf, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			strbuf_printf(buf, "\\u%04x", (unsigned char)*text);
		else
			strbuf_add(buf, text, 1);
	}
	strbuf_puts(buf, "\"");
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	ASSERT(len >= 0);
	if (reserve(buf, (size_t)len)) {
		vsnprintf(buf->text + buf->len, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(buf, format, args);
	va_end(args);
}
