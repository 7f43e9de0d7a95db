/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/json_path.h - one value of a JSON text by its path, "$.user.tags[0]".
 *
 * A name may have dots with a backslash before them. Wildcards and filters of
 * RFC 9535 are not among what may be written here.
 */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

struct arena;
struct expr_context;
struct expr_sample;
struct json_path;

/* NULL: it cannot be read, and *ret_at is the byte where. */
const struct json_path *json_path_new(struct arena *arena, const char *text, size_t *ret_at);

/*
 * The value there: text for strings and numbers, a boolean for true and false.
 * `integer`: numbers are numbers, cut to whole ones. False: the text is no
 * JSON, has nothing there, or null, a list or an object.
 */
bool json_path_get(const struct json_path *path, struct expr_context *context, struct slice json,
		   bool integer, struct expr_sample *ret);
