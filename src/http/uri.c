/* SPDX-License-Identifier: Apache-2.0 */
/* http/uri.c - see uri.h. */
#include "http/uri.h"

#include "base/hex.h"
#include "http/scan.h"

/* '&' and ';' always separate, as in HAProxy. */
static bool is_separator(char byte, char separator)
{
	return byte == '&' || byte == ';' || byte == separator;
}

bool http_param_next(struct slice *query, char separator, struct slice *ret_name,
		     struct slice *ret_value)
{
	const char *at = query->at, *end, *stop, *equals;

	if (query->len == 0)
		return false;
	end = at + query->len;
	while (at < end && is_separator(*at, separator))
		at++;
	for (stop = at; stop < end && !is_separator(*stop, separator);)
		stop++;
	*query = (struct slice){ stop, (size_t)(end - stop) };
	if (at == stop)
		return false;
	equals = memchr(at, '=', (size_t)(stop - at));
	*ret_name = (struct slice){ at, (size_t)((equals != NULL ? equals : stop) - at) };
	at = equals != NULL ? equals + 1 : stop;
	*ret_value = (struct slice){ at, (size_t)(stop - at) };
	return true;
}

bool http_param_find(struct slice query, char separator, struct slice name, bool ignore_case,
		     struct slice *ret_value)
{
	struct slice found, value;

	while (http_param_next(&query, separator, &found, &value)) {
		if (!(ignore_case ? slice_equal_nocase(found, name) : slice_equal(found, name)))
			continue;
		*ret_value = value;
		return true;
	}
	return false;
}

bool http_uri_decode(struct slice text, bool plus, struct out *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.at[i];

		if (byte == '%') {
			int high = text.len - i > 2 ? hex_value(text.at[i + 1]) : -1;
			int low = text.len - i > 2 ? hex_value(text.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			byte = (char)(high << 4 | low);
			i += 2;
		}
		out_char(out, plus && text.at[i] == '+' && byte == '+' ? ' ' : byte);
	}
	return true;
}

void http_uri_encode(struct slice text, struct out *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (http_byte_is((char)byte, HTTP_BYTE_UNRESERVED)) {
			out_char(out, (char)byte);
			continue;
		}
		out_char(out, '%');
		out_char(out, digits[byte >> 4]);
		out_char(out, digits[byte & 15]);
	}
}
