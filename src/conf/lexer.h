/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/lexer.h - one line cut into words (configuration manual 2.2, 2.3).
 * Inside the room; others use conf/line.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf/line.h"

enum {
	CONF_LONGEST_LINE = 1 << 20,	/* bytes, before and after expansion */
};

/* Where the lexer stands, and what its pseudo-variables say. */
struct conf_place {
	const struct diag_source *source;
	uint32_t line;
	const char *section;	/* .SECTION: its name, or its kind where it has none */
};

/* A span of the line at `place`: `at` bytes into it, `len` long. */
struct diag_span conf_place_span(const struct conf_place *place, size_t at, size_t len);

/*
 * Cuts `text` (without its line end) into words; *ret_line may have count 0.
 * Reports and returns false on malformed quotes, escapes or variables; the
 * words up to there are still returned, and what there is of the broken one,
 * which reaches to the end of the line. Nothing is reported when `quiet`.
 */
bool conf_lex(struct conf_reader *reader, const struct conf_place *place, const char *text,
	      size_t len, bool quiet, struct conf_line *ret_line);
