/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/filter.h - which lines of traffic are looked at: halog's input filters. */
#pragma once

#include "analyse/line.h"

struct filter_range {
	bool given;
	int64_t from, to; /* both included */
};

struct filter {
	bool http, errors, no_errors, queued, server_queued, invert;
	struct filter_range status, no_status;	/* -hs, -HS */
	struct filter_range date;		/* seconds since 1970 */
	int64_t response_from, response_below;	/* ms; 0: not given */
	const char *termination, *no_termination; /* two characters, or NULL */
};

/* Some filter is set: every line must be taken apart. */
bool filter_is_set(const struct filter *filter);

/*
 * All filters let the line through, or, with `invert`, not all.
 * The line is no LINE_OTHER or _BROKEN.
 */
bool filter_passes(const struct filter *filter, const struct analyse_line *line);

/* A status of 5xx, or none although one was due: what -e looks for. */
bool filter_is_error(const struct analyse_line *line);
