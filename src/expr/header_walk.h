/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/header_walk.h - the values of a header, over all its lines: whole, or
 * split at commas as `hdr` fetches do (configuration manual 7.3.6).
 *
 * Other than http_list_next it gives empty elements too, since occurrences
 * are counted with them.
 */
#pragma once

#include "expr/sample.h"

struct header_walk { /* only `message`, `name`, `id` and `whole` are set to begin */
	const struct http_message *message;
	struct slice name;	/* empty: every header */
	enum http_header_id id;	/* of `name` */
	bool whole;
	bool inside;		/* `rest` holds another value of header `at` - 1 */
	unsigned at;		/* the next header to look at */
	struct slice rest;
};

bool header_walk_next(struct header_walk *walk, struct slice *ret_value);

unsigned header_walk_count(struct header_walk walk);

/* The one at `occurrence`: 1 is the first, -1 the last. */
bool header_walk_at(struct header_walk walk, int64_t occurrence, struct slice *ret_value);

/*
 * All, one a call: the last (what a fetch gives that asks once), then the
 * others from the first on. False: there are none.
 */
bool header_walk_step(struct header_walk walk, struct expr_cursor *cursor,
		      struct slice *ret_value);
