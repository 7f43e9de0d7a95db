/* SPDX-License-Identifier: Apache-2.0 */
/* expr/text.h - comparing text (configuration manual 7.1.3). */
#pragma once

#include <stdbool.h>

#include "base/slice.h"
#include "expr/pattern.h"

/* `method` is TEXT, BEGIN, END, SUBSTRING, DIRECTORY or DOMAIN. */
bool expr_text_match(enum expr_method method, struct slice value, struct slice pattern,
		     bool ignore_case);
