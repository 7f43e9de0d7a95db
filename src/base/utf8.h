/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.h - UTF-8 read letter by letter (RFC 3629). Pure. */
#pragma once

#include <stdint.h>

#include "base/slice.h"

enum utf8_result {
	UTF8_GOOD,
	UTF8_OVERLONG,	/* in more bytes than needed; the letter is known all the same */
	UTF8_WRONG,	/* no sequence, or no letter: surrogates, U+FFFE, U+FFFF, above U+10FFFF */
};

/*
 * Takes a letter off the text, which is not empty. Of a wrong sequence the
 * bytes that could have belonged to it are taken, at least one.
 */
static inline enum utf8_result utf8_next(struct slice *text, uint32_t *ret_letter)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = (uint8_t)*text->at;
	unsigned more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3, read = 0;
	uint32_t letter = more == 0 ? first : first & (0x3fu >> more);

	*text = slice_skip(*text, 1);
	if ((first >= 0x80 && first < 0xc0) || first >= 0xf8)
		return UTF8_WRONG;
	for (; read < more && text->len != 0 && ((uint8_t)*text->at & 0xc0) == 0x80; read++) {
		letter = letter << 6 | ((uint8_t)*text->at & 0x3f);
		*text = slice_skip(*text, 1);
	}
	if (read < more || letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000) ||
	    letter == 0xfffe || letter == 0xffff)
		return UTF8_WRONG;
	*ret_letter = letter;
	return letter < least[more] ? UTF8_OVERLONG : UTF8_GOOD;
}
