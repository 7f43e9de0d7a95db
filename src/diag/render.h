/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/render.h - one diagnostic as text, inside the room only.
 *
 * A cell is what one character takes on a terminal: tabs are spread to
 * multiples of 8, valid UTF-8 stays as it is, and every other byte that is
 * not printable becomes '.'.
 */
#pragma once

#include <stddef.h>

#include "diag/report.h"

struct strbuf;

struct diag_entry {
	enum diag_level level;
	const struct diag_kind *kind;
	struct diag_span span;
	const char *text, *hint;	/* printable; hint may be NULL */
	size_t source_rank;		/* set before sorting */
};

/* Appends `bytes`, cut with "..." after `max_cells`. */
void diag_render_text(struct strbuf *buf, const char *bytes, size_t len, size_t max_cells);

/* Appends the message line, and the source line with its caret where there is one. */
void diag_render_entry(struct strbuf *buf, const struct diag_entry *entry, enum diag_level level);
