/* SPDX-License-Identifier: Apache-2.0 */
/* http/uri.h - queries and percent-encoding (RFC 3986). */
#pragma once

#include <stdbool.h>

#include "base/out.h"
#include "base/slice.h"

/* The next "name=value" of a query; '&', ';' and `separator` separate. */
bool http_param_next(struct slice *query, char separator, struct slice *ret_name,
		     struct slice *ret_value);

/* The value of parameter `name`; false: there is none. */
bool http_param_find(struct slice query, char separator, struct slice name, bool ignore_case,
		     struct slice *ret_value);

/* Percent-decoding; `plus`: '+' means a blank. False: a broken escape. */
bool http_uri_decode(struct slice text, bool plus, struct out *out);
/* Encodes all but unreserved bytes. */
void http_uri_encode(struct slice text, struct out *out);
