/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/line_private.h - what line.c and line_clf.c share. */
#pragma once

#include "analyse/line.h"

/* The bytes up to the next space, which are taken off `rest` with it. */
struct slice line_field(struct slice *rest);

/*
 * Exactly `count` numbers with '/' between; a sign before each
 * may be '-', or '+', which says "so far".
 */
bool line_numbers(struct slice field, int64_t *ret, unsigned count);

/* Bounded; below 0 it is -1, or no count at all. */
int32_t line_milliseconds(int64_t value);
uint32_t line_count(int64_t value);

/* The '~' that says a frontend's connection came by TLS. */
void line_cut_tilde(struct slice *name);

/* "GET /path HTTP/1.1": its URL; `quoted`, with the quotes, when it has none. */
void line_read_request(struct slice request, struct slice quoted, struct analyse_line *line);

/* What follows the date and its space. Sets kind. */
void line_read_clf(struct slice rest, struct analyse_line *line);
