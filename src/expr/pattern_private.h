/* SPDX-License-Identifier: Apache-2.0 */
/* expr/pattern_private.h - one pattern: read, compared, hashed; for pattern*.c only. */
#pragma once

#include "expr/pattern.h"

/*
 * Text to one pattern, or to several where a host name has several addresses
 * (joined by ->next). NULL: why[] says what it is not.
 */
struct expr_pattern *expr_pattern_read(enum expr_method method, struct arena *arena,
				       struct slice text, struct slice value,
				       const struct expr_pattern_flags *flags, char why[EXPR_WHY]);
/* With copies of both; NULL: no memory. */
struct expr_pattern *expr_pattern_new(struct slice text, struct slice value);
void expr_pattern_free(struct expr_pattern *pattern);

/* Digits with an optional minus up to `end`. */
bool expr_pattern_number(const char *text, const char *end, int64_t *ret);
/* Reads the pattern's text; `names`: host names are resolved. NULL, or what it is not. */
const char *expr_pattern_set_address(struct expr_pattern *pattern, bool names);

/* The same value written in two ways; only of hashed ones. */
bool expr_pattern_same(enum expr_method method, const struct expr_pattern *a,
		       const struct expr_pattern *b);

uint32_t expr_hash_text(struct slice text); /* the same for upper and lower case */
uint32_t expr_hash_number(int64_t number);
uint32_t expr_hash_bytes(struct slice bytes);
/* `ip` has `bits` bits, and 0 behind them. */
uint32_t expr_hash_network(unsigned family, unsigned bits, const uint8_t *ip);
