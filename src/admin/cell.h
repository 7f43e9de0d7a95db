/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cell.h - the columns of the console's tables: a number that counts and,
 * smaller below it, what goes with it ("3", "most 9 of 60"). The page writes
 * them as HTML, the events as JSON; both have the same texts from here.
 *
 * The texts need no escaping in either: digits, words and narrow spaces.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stats_row;
struct strbuf;

struct cell_out {
	struct strbuf *buf;
	const char *split, *end;	/* around what is smaller */
	bool split_done;		/* the writer's */
};

struct stats_cell {
	const char *title, *hint;
	bool kept;			/* shown on narrow screens even when zero */
	bool bar;			/* with a bar against the limit */
	/* Writes the cell; returns the number that counts, or STATS_NONE: it is empty. */
	uint64_t (*write)(const struct stats_row *row, struct cell_out *out);
};

extern const struct stats_cell stats_cells[];
extern const size_t stats_cell_count;

/* The cell with its smaller part ended; as .write. */
uint64_t stats_cell_write(const struct stats_cell *cell, const struct stats_row *row,
			  struct cell_out *out);

/* How full it is: sessions of their limit in percent; STATS_NONE: there is no limit. */
uint64_t stats_row_percent(const struct stats_row *row);
