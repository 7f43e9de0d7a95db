/* SPDX-License-Identifier: Apache-2.0 */
/* admin/guard.c - see guard.h. */
#include "admin/guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/hex.h"
#include "http/basic_auth.h"
#include "proxy/conf.h"

int guard_init(struct guard *guard)
{
	digest_prepare();
	if (getrandom(guard->key, sizeof(guard->key), 0) != sizeof(guard->key))
		return -errno;
	guard->ready = true;
	return 0;
}

/* "https://host:1/path" is of "host:1". */
static bool is_of_host(struct slice address, struct slice host)
{
	struct slice rest = address;

	for (size_t i = 0; i + 3 <= address.len; i++)
		if (memcmp(address.at + i, "://", 3) == 0) {
			rest = slice_skip(address, i + 3);
			break;
		}
	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] == '/' || rest.at[i] == '?') {
			rest.len = i;
			break;
		}
	return slice_equal_nocase(rest, host);
}

bool guard_is_foreign(const struct http_message *message)
{
	const struct http_header *site = http_find_name(message, SLICE("Sec-Fetch-Site"), NULL);
	const struct http_header *from = http_find_name(message, SLICE("Origin"), NULL);
	const struct http_header *host = http_find(message, HTTP_HOST, NULL);

	if (site != NULL)
		return !slice_is_nocase(site->value, "same-origin") &&
		       !slice_is_nocase(site->value, "none");
	if (from == NULL)
		from = http_find_name(message, SLICE("Referer"), NULL);
	return from != NULL && (host == NULL || !is_of_host(from->value, host->value));
}

void guard_user(const struct stats_conf *conf, const struct http_message *message,
		char ret[GUARD_USER])
{
	const struct http_header *authorization = http_find(message, HTTP_AUTHORIZATION, NULL);
	struct http_credentials given;
	size_t len = 0;

	ret[0] = '\0';
	if (conf->users == NULL || authorization == NULL ||
	    !http_basic_auth_decode(authorization->value, &given))
		return;
	for (; len < given.user.len && len + 1 < GUARD_USER; len++) {
		unsigned char byte = (unsigned char)given.user.at[len];

		ret[len] = byte > ' ' && byte < 127 && byte != '\'' ? (char)byte : '?';
	}
	ret[len] = '\0';
	explicit_bzero(&given, sizeof(given));
}

void guard_token(const struct guard *guard, const char *section, const char *user,
		 char ret[GUARD_TOKEN])
{
	uint8_t code[DIGEST_MAX];
	char text[512];
	struct out out = { .bytes = ret, .size = GUARD_TOKEN - 1 };
	/* Names of sections have no blanks. */
	int len = snprintf(text, sizeof(text), "%s %s", section, user);
	size_t code_len = 0;

	if (guard->ready && len > 0 && (size_t)len < sizeof(text))
		code_len = digest_hmac("sha256",
				       (struct slice){ (const char *)guard->key,
						       sizeof(guard->key) },
				       (struct slice){ text, (size_t)len }, code);
	for (size_t i = 0; i < code_len && i < 32; i++)
		hex_write(&out, code[i]);
	ret[out.len] = '\0';
}

bool guard_token_is(const struct guard *guard, const char *section, const char *user,
		    const char *token)
{
	char right[GUARD_TOKEN];

	guard_token(guard, section, user, right);
	return right[0] != '\0' && strlen(token) == strlen(right) &&
	       digest_same(token, right, strlen(right));
}
