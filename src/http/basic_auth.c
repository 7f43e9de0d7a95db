/* SPDX-License-Identifier: Apache-2.0 */
/* http/basic_auth.c - see basic_auth.h. */
#include "http/basic_auth.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"

bool http_basic_auth_decode(struct slice value, struct http_credentials *ret)
{
	struct slice encoded = value;
	struct out decoded = { .bytes = ret->bytes, .size = sizeof(ret->bytes) };
	const char *colon;

	if (value.len < 6 || strncasecmp(value.at, "Basic ", 6) != 0)
		return false;
	for (encoded.at += 6, encoded.len -= 6; encoded.len > 0 && *encoded.at == ' ';) {
		encoded.at++;
		encoded.len--;
	}
	if (!base64_decode(encoded, false, &decoded))
		return false;
	colon = memchr(ret->bytes, ':', decoded.len);
	if (colon == NULL)
		return false;
	ret->user = (struct slice){ ret->bytes, (size_t)(colon - ret->bytes) };
	ret->password = (struct slice){ colon + 1,
					     (size_t)(ret->bytes + decoded.len - (colon + 1)) };
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
