/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/condition.h - what follows `.if`, `.elif` and -cc (configuration
 * manual 2.4):
 *
 *   or   := and { "||" and }
 *   and  := term { "&&" term }
 *   term := "!" term | "(" or ")" | integer | predicate [ "(" argument { "," argument } ")" ]
 *
 * An empty condition is false. Spaces may stand around every element, but
 * inside an argument they belong to it.
 */
#pragma once

#include <stdbool.h>

#include "base/doc.h"
#include "conf/line.h"

/* One row a predicate. */
struct conf_predicate {
	struct doc doc;
	unsigned arguments;	/* how many it takes; a single one may be left out and is "" then */
	/* 1, 0, or -EINVAL when an argument cannot be read. */
	int (*holds)(const struct conf_reader *reader, const char *const *arguments);
};

extern const struct conf_predicate conf_predicates[]; /* ends in .doc.name NULL */

/* What the manual says about `.if` and the other directives; NULL past the last. */
const struct doc *conf_directive_doc(unsigned index);

/* words[at..] joined by spaces. Reports what is malformed and returns false. */
bool conf_condition(struct conf_reader *reader, const struct conf_line *line, unsigned at,
		    bool *ret_holds);

/* The same for the argument of -cc. */
bool conf_condition_text(struct conf_reader *reader, const char *text, bool *ret_holds);
