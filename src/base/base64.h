/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/base64.h - base64, and its form for URLs and file names (RFC 4648, 4
 * and 5). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "base/slice.h"

/* `url`: the alphabet for URLs, without padding. */
void base64_encode(struct slice bytes, bool url, struct out *out);
/* Bytes that base64_encode writes at most for `len`. */
static inline size_t base64_encoded_size(size_t len)
{
	return (len + 2) / 3 * 4;
}

/*
 * Appends the bytes; bits left over at the end may have any value. False: not
 * base64, or it did not fit. Without `url` the padding must be there; with
 * it, it may be. Nothing but the alphabet is allowed: no blanks.
 */
bool base64_decode(struct slice text, bool url, struct out *out);
