/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/run.h - `relevo log`: the lines of some files through a filter into
 * one output. One thread, from start to end; nothing outlives the call.
 */
#pragma once

#include <stdio.h>

#include "analyse/flags.h"
#include "analyse/tally.h"

enum {
	ANALYSE_STATUSES = 1001, /* -1 to 999 */
	ANALYSE_TIMES = 5,	 /* request, queue, connect, response,
				  * total; or what the output says */
};

struct analyse_accept {
	uint32_t day_ms, count;
};

/* What has been counted so far: each output uses what it needs. */
struct analyse_run {
	const struct analyse_flags *flags;
	FILE *out;
	uint64_t lines, printed, broken;	 /* in, out, errors */
	uint64_t http, tcp, refused, other;
	uint64_t bytes, errors;
	int64_t first, last;			 /* dates, seconds; 0: none yet */
	uint64_t statuses[ANALYSE_STATUSES];	 /* index: status + 1 */
	struct histogram times[ANALYSE_TIMES];
	struct tally names, servers, terminations; /* URLs, or what the output counts */
	struct analyse_accept *accepts;
	size_t accept_count, accept_room;
};

/* An output: how a line that passed is counted, and what is printed in the end. */
struct analyse_output {
	void (*start)(struct analyse_run *run);	/* or NULL */
	/* NULL: lines need not be taken apart unless a filter wants it. */
	void (*take)(struct analyse_run *run, const struct analyse_line *line, struct slice text);
	void (*finish)(struct analyse_run *run); /* or NULL */
	tally_measure *measure;			 /* the sorting key of tables of URLs */
	bool stops;				 /* -m ends the reading */
};

/* Room for one more row under -m; counts it. */
bool analyse_row(struct analyse_run *run);

/* argv[0] is "log". Returns the exit status; messages go to stderr. */
int analyse_main(int argc, char **argv);
