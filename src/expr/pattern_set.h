/* SPDX-License-Identifier: Apache-2.0 */
/* expr/pattern_set.h - the inside of a set, for pattern.c and pattern_match.c. */
#pragma once

#include "expr/pattern.h"

struct expr_patterns {
	enum expr_method method;
	bool any;
	struct arena *arena;
	struct expr_pattern *first, *last;	/* all */
	struct expr_pattern *loose, *loose_last;/* those that cannot be hashed, in order */
	struct expr_pattern **buckets;		/* NULL: there are only few */
	size_t bucket_count;			/* a power of two */
	size_t count, hashed;
	uint32_t order;
	uint32_t lengths4[33], lengths6[129];	/* IP: how many hashed have so many bits */
};
