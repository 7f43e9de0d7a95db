/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/text.h - samples as text, and comparing text (configuration manual
 * 7.1.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "expr/pattern.h"

struct expr_text {
	const char *text; /* not NUL-ended when it comes from a sample */
	size_t len;
	bool ignore_case; /* of a pattern */
};

enum { EXPR_TEXT_MAX = 64 };

/* The sample as text; numbers and addresses are written into `buf`. */
struct expr_text expr_sample_text(const struct expr_sample *sample, char buf[EXPR_TEXT_MAX]);

bool expr_text_match(enum expr_method method, const struct expr_text *value,
		     const struct expr_text *pattern);
