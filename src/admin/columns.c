/* SPDX-License-Identifier: Apache-2.0 */
/* admin/columns.c - see columns.h. */
#include "admin/columns.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"

enum {
	IN_F = 1 << STATS_FRONTEND,
	IN_B = 1 << STATS_BACKEND,
	IN_S = 1 << STATS_SERVER,
	IN_FB = IN_F | IN_B,
	IN_BS = IN_B | IN_S,
	IN_FBS = IN_F | IN_B | IN_S,
};

#define NOTHING	      .type = STATS_NOTHING
#define NUMBER(field) .type = STATS_NUMBER, .offset = offsetof(struct stats_row, n.field)
#define WIDE(field)   .type = STATS_WIDE, .offset = offsetof(struct stats_row, n.field)
#define TEXT(field)   .type = STATS_TEXT, .offset = offsetof(struct stats_row, field)
#define CHARS(field)  .type = STATS_CHARS, .offset = offsetof(struct stats_row, field)
#define COLUMN(title, measure, tags, rows, value, text)                                            \
	{                                                                                          \
		.doc = { .name = #title, .summary = text, .since = "0.1" }, .unit = measure,       \
		.tag = tags, .kinds = rows, value                                                  \
	},

const struct stats_column stats_columns[] = {
#include "admin/columns.def"
};

const size_t stats_column_count = ARRAY_LEN(stats_columns);

const char *stats_value(const struct stats_row *row, const struct stats_column *column,
			char buf[STATS_VALUE_TEXT])
{
	const void *field = (const char *)row + column->offset;
	const char *text = NULL;
	uint64_t number;

	if ((column->kinds & 1u << row->kind) == 0)
		return "";
	switch (column->type) {
	case STATS_NOTHING:
		break;
	case STATS_NUMBER:
	case STATS_WIDE:
		number = *(const uint64_t *)field;
		if (number == STATS_NONE)
			break;
		snprintf(buf, STATS_VALUE_TEXT, "%" PRIu64, number);
		return buf;
	case STATS_TEXT:
		text = *(const char *const *)field;
		break;
	case STATS_CHARS:
		text = field;
		break;
	}
	return text == NULL ? "" : text;
}

/* Quoted only where it must be, as the manual says. */
static void csv_text(struct strbuf *buf, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		strbuf_puts(buf, text);
		return;
	}
	strbuf_puts(buf, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"')
			strbuf_puts(buf, "\"");
		strbuf_add(buf, text, 1);
	}
	strbuf_puts(buf, "\"");
}

void stats_csv_titles(struct strbuf *ret_text)
{
	strbuf_puts(ret_text, "# ");
	for (size_t c = 0; c < stats_column_count; c++)
		strbuf_printf(ret_text, "%s,", stats_columns[c].doc.name);
	/* Behind this mark HAProxy lists what modules count; there are none here. */
	strbuf_puts(ret_text, "-,\n");
}

void stats_csv_row(const struct stats_row *row, struct strbuf *ret_text)
{
	char buf[STATS_VALUE_TEXT];

	for (size_t c = 0; c < stats_column_count; c++) {
		csv_text(ret_text, stats_value(row, &stats_columns[c], buf));
		strbuf_puts(ret_text, ",");
	}
	strbuf_puts(ret_text, "-,\n");
}

void stats_csv(const struct stats_rows *rows, struct strbuf *ret_text)
{
	stats_csv_titles(ret_text);
	for (size_t r = 0; r < rows->count; r++)
		stats_csv_row(&rows->rows[r], ret_text);
}
