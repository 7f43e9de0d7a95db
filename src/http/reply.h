/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/reply.h - answers of our own: the built-in message of each status, as
 * users of HAProxy know them.
 */
#pragma once

#include "base/slice.h"

/* Statuses that have a built-in reply (configuration manual "errorfile"): 200 400 401 403 404 405
 * 407 408 410 413 421 422 425 429 500 501 502 503 504, and 414 431 505. */
extern const unsigned http_reply_statuses[]; /* ends in 0 */

/*
 * A whole HTTP/1.1 message with head and body, or {NULL, 0} for a status
 * without one. It lives for ever.
 */
struct slice http_reply_builtin(unsigned status);
