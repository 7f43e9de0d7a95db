/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/base64.c - see base64.h.
 *
 * Written here: libcrypto's decoder skips blanks and knows no form for URLs,
 * and that of the C library would bring libresolv along.
 */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char digit_of(uint32_t value, bool url)
{
	if (url && value >= 62)
		return value == 62 ? '-' : '_';
	return alphabet[value];
}

/* -1: not in the alphabet. */
static int value_of(char digit, bool url)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == (url ? '-' : '+'))
		return 62;
	return digit == (url ? '_' : '/') ? 63 : -1;
}

void base64_encode(struct slice bytes, bool url, struct out *out)
{
	while (bytes.len > 0) {
		size_t part = bytes.len < 3 ? bytes.len : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < part ? (uint8_t)bytes.at[i] : 0);
		for (size_t i = 0; i < part + 1; i++)
			out_char(out, digit_of(bits >> (18 - 6 * i) & 63, url));
		for (size_t i = part + 1; i < 4 && !url; i++)
			out_char(out, '=');
		bytes = slice_skip(bytes, part);
	}
}

/* Takes the padding off; false when it is not what the length asks for. */
static bool without_padding(struct slice *text, bool url)
{
	size_t pad = 0;

	while (pad < 2 && pad < text->len && text->at[text->len - 1 - pad] == '=')
		pad++;
	if ((!url || pad != 0) && text->len % 4 != 0)
		return false;
	text->len -= pad;
	return text->len % 4 != 1;
}

bool base64_decode(struct slice text, bool url, struct out *out)
{
	uint32_t bits = 0;
	unsigned kept = 0;

	if (!without_padding(&text, url))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = value_of(text.at[i], url);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		kept += 6;
		if (kept >= 8) {
			kept -= 8;
			out_char(out, (char)(bits >> kept));
		}
	}
	return !out->cut;
}
