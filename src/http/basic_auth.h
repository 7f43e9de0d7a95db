/* SPDX-License-Identifier: Apache-2.0 */
/* http/basic_auth.h - the Basic authentication scheme (RFC 7617). Pure. */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

enum {
	HTTP_CREDENTIALS_MAX = 512, /* bytes of "user:password", decoded */
};

struct http_credentials {
	char bytes[HTTP_CREDENTIALS_MAX];
	struct slice user, password; /* in `bytes` */
};

/*
 * Decodes the value of an Authorization header. False when it is of another
 * scheme or malformed.
 */
bool http_basic_auth_decode(struct slice value, struct http_credentials *ret);

/* Compares in a time that does not tell where they differ. */
bool http_secret_is(struct slice given, const char *expected);
