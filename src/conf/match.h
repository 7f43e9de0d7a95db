/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/match.h - which row a line means, and what to say when it means none.
 * Inside the room.
 */
#pragma once

#include "conf/keyword.h"

#define CONF_ANYWHERE (~0u) /* as `where`: rows of options, which name no section, too */

/*
 * How many of words[at..] the name of a row takes, 0 when it is not there.
 * A name of several words matches word by word.
 */
unsigned conf_match_name(const char *name, const struct conf_line *line, unsigned at);

/* The row of `table` with the longest name at words[at] in one of `where`, or NULL. */
const struct conf_keyword *conf_match_table(const struct conf_keyword *table, unsigned where,
					    const struct conf_line *line, unsigned at,
					    unsigned *ret_words);

/* The same over all tables of the grammar. */
const struct conf_keyword *conf_match(const struct conf_grammar *grammar, unsigned where,
				      const struct conf_line *line, unsigned at,
				      unsigned *ret_words);

/*
 * Reports what words[at..] are, given that no row matches them in this section.
 * Returns the section that they probably meant to begin, or NULL.
 */
const struct conf_section *conf_match_failed(struct conf_parse *parse, const struct conf_line *line,
					     unsigned at);
