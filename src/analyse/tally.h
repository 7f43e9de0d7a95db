/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/tally.h - one row for each URL, server, address or code, found by
 * its name. Names are copied. Without memory the program ends.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "analyse/histogram.h"
#include "base/slice.h"

enum { TALLY_CLASSES = 6 }; /* statuses by hundreds; the first is all that is none of 1xx to 5xx */

struct tally_row {
	struct slice name;
	uint64_t count, errors;
	uint64_t good;			/* those that `good_time` sums up */
	uint64_t time, good_time, connect_time; /* ms */
	uint64_t bytes;
	uint64_t classes[TALLY_CLASSES];
	struct histogram times;		/* empty unless the caller fills it */
};

struct tally {
	struct tally_row **rows;	/* in order of first use */
	size_t count;
	/* private */
	size_t room;
	uint32_t *slots;		/* index into rows, from 1; 0: free */
	size_t mask;
	struct arena *memory;
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* The row of that name, made if there is none; it stays where it is. */
struct tally_row *tally_row(struct tally *tally, struct slice name);

/*
 * Sorts the rows in place, largest first where `measure` tells them apart,
 * else by name backwards, which is the order of halog's tables. A NULL measure
 * leaves the name. No tally_row() afterwards.
 */
typedef uint64_t tally_measure(const struct tally_row *row);
void tally_sort(struct tally *tally, tally_measure *measure);

/* By name, forwards. */
void tally_sort_names(struct tally *tally);
