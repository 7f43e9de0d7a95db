/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/cookie.h - Cookie and Set-Cookie values, read as browsers and servers
 * write them (RFC 6265).
 */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

struct http_cookie {
	struct slice name, value;	/* value: without the quotes' removal: as it stands */
	struct slice whole;		/* "name=value", without blanks and separators around it */
	struct slice attributes;	/* Set-Cookie: what follows the first ';', else empty */
};

/* The next of a Cookie header's; moves *list behind it. False at the end. */
bool http_cookie_next(struct slice *list, struct http_cookie *ret);
/* A Set-Cookie header's. */
bool http_set_cookie_read(struct slice value, struct http_cookie *ret);
