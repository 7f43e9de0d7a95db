/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/columns.h - the columns of the statistics, in HAProxy's order and by
 * its names (management manual 9.1), so that existing readers go on working.
 * One row of columns.def each; a column is never taken away or moved.
 */
#pragma once

#include "admin/row.h"
#include "base/doc.h"

struct strbuf;

enum stats_type {
	STATS_NOTHING,	/* HAProxy has it, relevo does not know it: always empty */
	STATS_NUMBER,	/* uint64_t; readers are told that 32 bits are enough */
	STATS_WIDE,	/* uint64_t */
	STATS_TEXT,	/* const char * */
	STATS_CHARS,	/* char[] */
};

struct stats_column {
	struct doc doc;
	const char *unit;	/* "B", "s", "ms", "%", or NULL */
	char tag[4];		/* origin, nature and scope (management manual 9.2): "MCP" */
	unsigned kinds;		/* bit 1 << enum stats_kind: rows that have it */
	enum stats_type type;
	size_t offset;		/* in struct stats_row */
};

extern const struct stats_column stats_columns[];
extern const size_t stats_column_count;

/* The value as text, in `buf` or the row; "" when there is none. */
enum { STATS_VALUE_TEXT = 24 };
const char *stats_value(const struct stats_row *row, const struct stats_column *column,
			char buf[STATS_VALUE_TEXT]);

/* The line of titles, and one of values. */
void stats_csv_titles(struct strbuf *ret_text);
void stats_csv_row(const struct stats_row *row, struct strbuf *ret_text);

/* The whole table. */
void stats_csv(const struct stats_rows *rows, struct strbuf *ret_text);
