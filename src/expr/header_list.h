/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/header_list.h - headers as lengths and bytes, one after the other, as
 * req.hdrs_bin writes them (configuration manual 7.3.6): a list of texts, each
 * behind its size as a variable-length integer of SPOE (SPOE.txt, 3.1).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { HEADER_LIST_SIZE_MAX = 10 };

/* At most HEADER_LIST_SIZE_MAX bytes; returns the end. */
char *header_list_put_size(char *out, uint64_t size);

/*
 * Takes the text at the list's begin off it; *ret points into the list. False:
 * the list ends in the midst of it, or is empty; `list` is then not changed.
 */
bool header_list_take(struct slice *list, struct slice *ret);
