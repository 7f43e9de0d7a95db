/* SPDX-License-Identifier: Apache-2.0 */
/* admin/row_json.h - a row of the statistics as `show stat json` has it (management manual 9.2). */
#pragma once

#include <stdbool.h>

#include "admin/columns.h"
#include "admin/field.h"

/* The value of a column. False: the row has none. */
bool stats_row_field(const struct stats_row *row, size_t column, struct field *ret,
		     char buf[STATS_VALUE_TEXT]);

/* An array of objects, one a value. */
void stats_row_json(const struct stats_row *row, struct strbuf *out);

/* The whole: an array of rows. */
void stats_json(const struct stats_rows *rows, struct strbuf *out);
