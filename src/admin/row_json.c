/* SPDX-License-Identifier: Apache-2.0 */
/* admin/row_json.c - see row_json.h. */
#include "admin/row_json.h"

#include <stdlib.h>
#include <string.h>

bool stats_row_field(const struct stats_row *row, size_t column, struct field *ret,
		     char buf[STATS_VALUE_TEXT])
{
	const struct stats_column *from = &stats_columns[column];
	bool number = from->type == STATS_NUMBER || from->type == STATS_WIDE;
	const char *text = stats_value(row, from, buf);

	*ret = (struct field){ .position = (unsigned)column, .name = from->doc.name,
			       .summary = from->doc.summary, .text = text };
	memcpy(ret->tag, from->tag, sizeof(ret->tag));
	ret->type = from->type == STATS_WIDE ? FIELD_U64 : number ? FIELD_U32 : FIELD_TEXT;
	if (number)
		ret->number = strtoull(text, NULL, 10);
	return *text != '\0';
}

void stats_row_json(const struct stats_row *row, struct strbuf *out)
{
	static const char *const names[] = { [STATS_FRONTEND] = "Frontend",
					     [STATS_BACKEND] = "Backend",
					     [STATS_SERVER] = "Server" };
	char buf[STATS_VALUE_TEXT], more[96];
	const char *comma = "";
	struct field field;

	snprintf(more, sizeof(more), "\"objType\":\"%s\",\"proxyId\":%u,\"id\":%u,",
		 names[row->kind], (unsigned)row->n.proxy_id, (unsigned)row->n.service_id);
	strbuf_puts(out, "[");
	for (size_t c = 0; c < stats_column_count; c++)
		if (stats_row_field(row, c, &field, buf)) {
			strbuf_puts(out, comma);
			field_json(&field, more, out);
			comma = ",";
		}
	strbuf_puts(out, "]");
}

void stats_json(const struct stats_rows *rows, struct strbuf *out)
{
	strbuf_puts(out, "[");
	for (size_t i = 0; i < rows->count; i++) {
		strbuf_puts(out, i == 0 ? "" : ",");
		stats_row_json(&rows->rows[i], out);
	}
	strbuf_puts(out, "]\n");
}
