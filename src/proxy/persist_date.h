/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/persist_date.h - moments in cookies, as HAProxy writes them: units of
 * four seconds since 1970, 30 bits, five digits of base 64 (A-Z a-z 0-9 + /).
 */
#pragma once

#include <stdint.h>

#include "base/out.h"
#include "base/slice.h"

enum { PERSIST_UNIT_S = 4, PERSIST_DATE_LEN = 5 };

static const char persist_date_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Rounded up: a date is never before what it tells of. */
static inline uint32_t persist_date(uint64_t wall_s)
{
	return (uint32_t)((wall_s + PERSIST_UNIT_S - 1) / PERSIST_UNIT_S) & 0x3fffffff;
}

/* The date that `text` begins with; 0: none. */
static inline uint32_t persist_date_read(struct slice text)
{
	uint32_t date = 0;

	if (text.len < PERSIST_DATE_LEN)
		return 0;
	for (unsigned i = 0; i < PERSIST_DATE_LEN; i++) {
		const char *digit = memchr(persist_date_digits, text.at[i], 64);

		if (digit == NULL)
			return 0;
		date = date << 6 | (uint32_t)(digit - persist_date_digits);
	}
	return date;
}

static inline void persist_date_write(struct out *out, uint32_t date)
{
	for (unsigned i = PERSIST_DATE_LEN; i-- > 0;)
		out_char(out, persist_date_digits[date >> (6 * i) & 63]);
}
