/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/text.h - where text ends: at a control byte, sixteen bytes at a time
 * where the processor can, else eight.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A tab is text, and so is what is beyond ASCII (RFC 9110, 5.5). */
static inline bool text_is_control(char byte)
{
	return ((unsigned char)byte < ' ' && byte != '\t') || byte == 127;
}

#if defined(__SSE2__)
/* A bit for each control byte. */
static inline unsigned text_mask(__m128i bytes)
{
	const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(31)), bytes);
	const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
	const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(127));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));
}
#endif

/* Whether one of eight bytes may be one: a tab, too. */
static inline bool text_may_end(const char *bytes)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t word, below_space, delete;

	memcpy(&word, bytes, sizeof(word));
	below_space = (word - ones * ' ') & ~word;
	delete = ((word ^ ones * 127) - ones) & ~(word ^ ones * 127);
	return ((below_space | delete) & ones * 128) != 0;
}

/* The first control byte, or `end`. */
static inline const char *text_end(const char *at, const char *end)
{
#if defined(__SSE2__)
	for (; end - at >= 16; at += 16) {
		unsigned mask = text_mask(_mm_loadu_si128((const __m128i *)(const void *)at));

		if (mask != 0)
			return at + __builtin_ctz(mask);
	}
#endif
	while (end - at >= 8 && !text_may_end(at))
		at += 8;
	while (at < end && !text_is_control(*at))
		at++;
	return at;
}
