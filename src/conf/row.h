/* SPDX-License-Identifier: Apache-2.0 */
/* conf/row.h - one line, or one option, given to its row. Inside the room. */
#pragma once

#include "conf/keyword.h"

enum conf_prefix { CONF_PLAIN, CONF_NO, CONF_DEFAULT }; /* what stood before the row's name */

/* words[at..] are the arguments. Rows with .modern are not for here. */
void conf_row_parse(struct conf_parse *parse, const struct conf_keyword *row, void *section,
		    const struct conf_line *line, unsigned at, enum conf_prefix prefix);

/* conf_need_words with the row's example as the hint. */
bool conf_row_need_words(struct conf_parse *parse, const struct conf_keyword *row,
			 const struct conf_line *line, unsigned at, unsigned min, unsigned max);
