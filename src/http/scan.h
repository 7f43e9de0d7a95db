/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/scan.h - where bytes of a class end, sixteen at a time. Private to the
 * room. The classes are those of RFC 9110, 5.5 and 5.6.2, and RFC 3986.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/slice.h"
#include "base/text.h"

enum {
	HTTP_BYTE_TOKEN = 1 << 0,	/* tchar: names of headers, methods */
	HTTP_BYTE_TEXT = 1 << 1,	/* a header's value: no control but a tab */
	HTTP_BYTE_TARGET = 1 << 2,	/* visible ASCII without '#' */
	HTTP_BYTE_HOST = 1 << 3,	/* reg-name, IP literals, ':'; no ',', which makes lists */
	HTTP_BYTE_UNRESERVED = 1 << 4,	/* RFC 3986, 2.3 */
};

extern const uint8_t http_byte_classes[256];

static inline bool http_byte_is(char byte, unsigned classes)
{
	return (http_byte_classes[(unsigned char)byte] & classes) != 0;
}

static inline bool http_byte_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static inline bool http_byte_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Whether all bytes are of the class. */
static inline bool http_bytes_are(struct slice bytes, unsigned class)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (!http_byte_is(bytes.at[i], class))
			return false;
	return true;
}

/* The first byte that is none of the class, or `end`. For short texts. */
static inline const char *http_scan_short(const char *at, const char *end, unsigned class)
{
	while (at < end && http_byte_is(*at, class))
		at++;
	return at;
}

#if defined(__SSE2__)
/* Of those in a name all but letters, digits and '-' are rare: a bit for them, too. */
static inline unsigned http_mask_name(__m128i bytes)
{
	const __m128i letter =
		_mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(' ')), _mm_set1_epi8('a'));
	const __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
	const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
	const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
	const __m128i is_dash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
	const __m128i is_name = _mm_or_si128(_mm_or_si128(is_letter, is_digit), is_dash);

	return (unsigned)_mm_movemask_epi8(is_name) ^ 0xffff;
}

static inline unsigned http_mask_target(__m128i bytes)
{
	const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ')), bytes);
	const __m128i high = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(127)), bytes);
	const __m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, high), hash));
}

#endif

/* The first byte that may not be in a header's value, or `end`. */
static inline const char *http_scan_text(const char *at, const char *end)
{
	return text_end(at, end);
}

/* The first byte that may not be in a header's name, or `end`. */
static inline const char *http_scan_name(const char *at, const char *end)
{
#if defined(__SSE2__)
	while (end - at >= 16) {
		unsigned mask = http_mask_name(_mm_loadu_si128((const __m128i *)(const void *)at));

		if (mask == 0) {
			at += 16;
			continue;
		}
		at += __builtin_ctz(mask);
		if (!http_byte_is(*at, HTTP_BYTE_TOKEN))
			return at;
		at++;
	}
#endif
	return http_scan_short(at, end, HTTP_BYTE_TOKEN);
}

/* The first byte that may not be in a request's target, or `end`. */
static inline const char *http_scan_target(const char *at, const char *end)
{
#if defined(__SSE2__)
	for (; end - at >= 16; at += 16) {
		unsigned mask =
			http_mask_target(_mm_loadu_si128((const __m128i *)(const void *)at));

		if (mask != 0)
			return at + __builtin_ctz(mask);
	}
#endif
	return http_scan_short(at, end, HTTP_BYTE_TARGET);
}
