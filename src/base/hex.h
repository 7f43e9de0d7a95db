/* SPDX-License-Identifier: Apache-2.0 */
/* base/hex.h - hexadecimal digits. */
#pragma once

#include <stdint.h>

#include "base/out.h"

/* -1: no digit. */
static inline int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Two digits, in upper case. */
static inline void hex_write(struct out *out, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	out_char(out, digits[byte >> 4]);
	out_char(out, digits[byte & 15]);
}
