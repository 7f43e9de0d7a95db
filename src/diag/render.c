/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/render.c - see render.h. A source line is first cut into cells (which
 * bytes, how wide), so that the caret and the cutting of long lines count
 * what the eye sees.
 */
#include "diag/render.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"

enum {
	TAB_WIDTH = 8,
	LINE_CELLS = 100,	/* of a source line that are shown */
	BEFORE_CARET = 40,	/* cells kept before the caret of a line that is cut */
	LONGEST_LINE = 1 << 16,	/* bytes looked at; beyond, only the message is shown */
};

/* Format and direction characters would let a file show other than what it is. */
static bool deceives(uint32_t point)
{
	return point < 0xa0 || (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
	       point == 0xfeff || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff;
}

/* Length of the valid, harmless UTF-8 sequence of two bytes or more at `bytes`, or 0. */
static size_t utf8_len(const unsigned char *bytes, size_t left)
{
	size_t len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	uint32_t point = bytes[0] & (0xffu >> (len + 1));
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || left < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	return point < smallest[len] || deceives(point) ? 0 : len;
}

/*
 * Appends the character at `bytes` (nothing when `buf` is NULL), which is to
 * stand at `cell`. Returns its bytes; *ret_cells is its width.
 */
static size_t render_character(struct strbuf *buf, const char *bytes, size_t left, size_t cell,
			       size_t *ret_cells)
{
	unsigned char first = (unsigned char)bytes[0];
	size_t len = first >= 0x80 ? utf8_len((const unsigned char *)bytes, left) : 0;

	*ret_cells = first == '\t' ? TAB_WIDTH - cell % TAB_WIDTH : 1;
	if (buf == NULL)
		return len == 0 ? 1 : len;
	if (first == '\t')
		strbuf_printf(buf, "%*s", (int)*ret_cells, "");
	else if (len != 0)
		strbuf_add(buf, bytes, len);
	else
		strbuf_add(buf, first >= 0x20 && first < 0x7f ? bytes : ".", 1);
	return len == 0 ? 1 : len;
}

void diag_render_text(struct strbuf *buf, const char *bytes, size_t len, size_t max_cells)
{
	for (size_t at = 0, cell = 0; at < len; cell++) {
		size_t cells;

		if (cell == max_cells) {
			strbuf_puts(buf, "...");
			return;
		}
		if (bytes[at] == '\t' || bytes[at] == '\n') {
			strbuf_puts(buf, bytes[at] == '\t' ? "\\t" : "\\n");
			at++;
			continue;
		}
		at += render_character(buf, bytes + at, len - at, cell, &cells);
	}
}

/* The bytes of the span's line, without its end. False when there are none to show. */
static bool find_line(const struct diag_span *span, const char **ret_text, size_t *ret_len)
{
	const char *text = span->source->text;
	const char *end = text == NULL ? NULL : text + span->source->len;

	if (text == NULL || span->line == 0)
		return false;
	for (uint32_t line = 1; line < span->line; line++) {
		text = memchr(text, '\n', (size_t)(end - text));
		if (text == NULL)
			return false;
		text++;
	}

	const char *newline = memchr(text, '\n', (size_t)(end - text));
	*ret_text = text;
	*ret_len = (size_t)((newline == NULL ? end : newline) - text);
	if (*ret_len != 0 && text[*ret_len - 1] == '\r')
		--*ret_len;
	return *ret_len <= LONGEST_LINE;
}

/* Cells before byte `stop` of the line; a stop beyond the end counts as so many more. */
static size_t cells_before(const char *text, size_t len, size_t stop)
{
	size_t cell = 0, at = 0;

	while (at < len && at < stop) {
		size_t cells;

		at += render_character(NULL, text + at, len - at, cell, &cells);
		cell += cells;
	}
	return cell + (stop > len ? 1 : 0);
}

/* The cells first..last-1 of the line; characters that lie across an edge become spaces. */
static void render_cells(struct strbuf *buf, const char *text, size_t len, size_t first,
			 size_t last)
{
	for (size_t at = 0, cell = 0; at < len && cell < last;) {
		size_t cells;
		size_t bytes = render_character(NULL, text + at, len - at, cell, &cells);

		if (cell >= first && cell + cells <= last)
			render_character(buf, text + at, len - at, cell, &cells);
		else if (cell + cells > first)
			strbuf_printf(buf, "%*s",
				      (int)((cell + cells < last ? cell + cells : last) -
					    (cell > first ? cell : first)),
				      "");
		at += bytes;
		cell += cells;
	}
}

static void render_source_line(struct strbuf *buf, const struct diag_entry *entry, const char *text,
			       size_t len)
{
	const struct diag_span *span = &entry->span;
	size_t caret_at = span->column == 0 ? 0 : span->column - 1;
	size_t caret = cells_before(text, len, caret_at);
	size_t caret_end = cells_before(text, len, caret_at + (span->len == 0 ? 1 : span->len));
	size_t width = cells_before(text, len, len);
	size_t first = width > LINE_CELLS && caret > BEFORE_CARET ? caret - BEFORE_CARET : 0;
	size_t last = width > first + LINE_CELLS ? first + LINE_CELLS : width;

	strbuf_printf(buf, "%5u | %s", span->line, first != 0 ? "..." : "");
	render_cells(buf, text, len, first, last);
	strbuf_puts(buf, last < width ? "...\n" : "\n");
	if (span->column == 0)
		return;

	if (caret_end <= caret)
		caret_end = caret + 1;
	if (caret_end > last && caret < last)
		caret_end = last;
	strbuf_printf(buf, "      | %*s^", (int)(caret - first + (first != 0 ? 3 : 0)), "");
	for (size_t cell = caret + 1; cell < caret_end; cell++)
		strbuf_puts(buf, "~");
}

static void render_place(struct strbuf *buf, const struct diag_span *span)
{
	if (span->source == NULL)
		return;
	diag_render_text(buf, span->source->name, strlen(span->source->name), LINE_CELLS);
	if (span->line != 0)
		strbuf_printf(buf, ":%u", span->line);
	if (span->line != 0 && span->column != 0)
		strbuf_printf(buf, ":%u", span->column);
	strbuf_puts(buf, ": ");
}

void diag_render_entry(struct strbuf *buf, const struct diag_entry *entry, enum diag_level level)
{
	static const char *const names[] = { "note", "warning", "error" };
	const char *text;
	size_t len;

	render_place(buf, &entry->span);
	strbuf_printf(buf, "%s: %s [%s]\n", names[level], entry->text, entry->kind->doc.name);
	bool caret = false;
	if (entry->span.source != NULL && find_line(&entry->span, &text, &len)) {
		render_source_line(buf, entry, text, len);
		caret = entry->span.column != 0;
	}
	if (entry->hint != NULL)
		strbuf_printf(buf, caret ? " %s\n" : "      | %s\n", entry->hint);
	else if (caret)
		strbuf_puts(buf, "\n");
}
