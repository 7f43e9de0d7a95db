/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/basic_auth.c - see basic_auth.h.
 *
 * Base64 is decoded here: libcrypto belongs to the vrrp process alone
 * (LAYERS), and the C library's b64_pton would bring libresolv into the proxy
 * and skips blanks, which RFC 7617 does not allow.
 */
#include "http/basic_auth.h"

#include <string.h>
#include <strings.h>

/* The value of one base64 digit (RFC 4648, 4), or -1. */
static int base64_digit(char digit)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = digit == '\0' ? NULL : strchr(digits, digit);

	return found == NULL ? -1 : (int)(found - digits);
}

/* Decodes whole quads, padded; returns the number of bytes, or -1. */
static int base64_decode(struct slice from, char *to, size_t size)
{
	size_t pad = 0, len;
	uint32_t bits = 0;

	while (pad < 2 && pad < from.len && from.at[from.len - 1 - pad] == '=')
		pad++;
	len = from.len / 4 * 3 - pad;
	if (from.len == 0 || from.len % 4 != 0 || len > size)
		return -1;
	for (size_t i = 0; i < from.len; i++) {
		int digit = i < from.len - pad ? base64_digit(from.at[i]) : 0;

		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
		for (size_t byte = i / 4 * 3; i % 4 == 3 && byte < len && byte < i / 4 * 3 + 3; byte++)
			to[byte] = (char)(bits >> (16 - byte % 3 * 8));
	}
	return (int)len;
}

bool http_basic_auth_decode(struct slice value, struct http_credentials *ret)
{
	struct slice encoded = value;
	const char *colon;
	int decoded;

	if (value.len < 6 || strncasecmp(value.at, "Basic ", 6) != 0)
		return false;
	for (encoded.at += 6, encoded.len -= 6; encoded.len > 0 && *encoded.at == ' ';) {
		encoded.at++;
		encoded.len--;
	}
	decoded = base64_decode(encoded, ret->bytes, sizeof(ret->bytes));
	if (decoded < 0)
		return false;
	colon = memchr(ret->bytes, ':', (size_t)decoded);
	if (colon == NULL)
		return false;
	ret->user = (struct slice){ ret->bytes, (size_t)(colon - ret->bytes) };
	ret->password = (struct slice){ colon + 1,
					     (size_t)(ret->bytes + decoded - (colon + 1)) };
	return true;
}

bool http_secret_is(struct slice given, const char *expected)
{
	size_t len = strlen(expected);
	volatile unsigned char differ = given.len != len;

	/* As many turns as the given text has: its length is the sender's own. */
	for (size_t i = 0; i < given.len; i++)
		differ |= (unsigned char)(given.at[i] ^ expected[len == 0 ? 0 : i % len]);
	return differ == 0;
}
