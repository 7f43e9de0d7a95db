/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies, queries and percent-encoding: what is found lies within the text, and walks end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "http/cookie.h"
#include "http/message.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice whole;

static void inside(struct slice slice)
{
	if (slice.at < whole.at || slice.at + slice.len > whole.at + whole.len)
		abort();
}

static void inside_cookie(const struct http_cookie *cookie)
{
	inside(cookie->name);
	inside(cookie->value);
	inside(cookie->whole);
	inside(cookie->attributes);
	if (cookie->whole.len < cookie->name.len + 1 + cookie->value.len)
		abort();
}

static void walk(void)
{
	struct slice rest = whole, name, value, found;
	struct http_cookie cookie;

	while (http_cookie_next(&rest, &cookie))
		inside_cookie(&cookie);
	if (rest.len != 0)
		abort();
	if (http_set_cookie_read(whole, &cookie))
		inside_cookie(&cookie);
	for (rest = whole; http_param_next(&rest, '&', &name, &value);) {
		inside(name);
		inside(value);
		if (!http_param_find(whole, '&', name, true, &found))
			abort();
	}
	for (rest = whole; http_list_next(&rest, &value);) {
		inside(value);
		if (value.len == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char encoded[3 * 65536], decoded[65536];
	struct out to = { .bytes = encoded, .size = sizeof(encoded) };
	struct out back = { .bytes = decoded, .size = sizeof(decoded) };

	if (size > sizeof(decoded))
		return 0;
	whole = (struct slice){ (const char *)data, size };
	walk();
	http_uri_decode(whole, true, &back);
	back.len = 0;
	http_uri_encode(whole, &to);
	if (to.cut || !http_uri_decode(out_slice(&to), true, &back) ||
	    !slice_equal(out_slice(&back), whole))
		abort();
	return 0;
}
