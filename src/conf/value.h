/* SPDX-License-Identifier: Apache-2.0 */
/* conf/value.h - words as typed values, with the bounds of a row. Inside the room. */
#pragma once

#include "conf/keyword.h"

/*
 * Stores the value that words[at..] are for `row` at its offset of `object`.
 * False after a report; the field is then untouched. Only for the types that
 * have a field.
 */
bool conf_store(struct conf_parse *parse, const struct conf_keyword *row, void *object,
		const struct conf_line *line, unsigned at);

/* "1..65535", "at least 0" or NULL: what the row's bounds allow, as the user would write it. */
const char *conf_range_text(struct arena *arena, const struct conf_keyword *row);
