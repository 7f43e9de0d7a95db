/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/cookie.c - see cookie.h. Cookies end at ';' or ',' (RFC 2965 allowed
 * both, and HAProxy takes both), but not within quotes; names that begin with
 * '$' are attributes of the one before, and no cookies.
 */
#include "http/cookie.h"

#include "http/scan.h"

static bool is_separator(char byte)
{
	return byte == ';' || byte == ',';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && http_byte_is_blank(*at))
		at++;
	return at;
}

static struct slice trimmed(const char *at, const char *end)
{
	while (end > at && http_byte_is_blank(end[-1]))
		end--;
	return (struct slice){ at, (size_t)(end - at) };
}

/* Where the value ends; `comma`: a comma ends it, too. */
static const char *value_end(const char *at, const char *end, bool comma)
{
	bool quoted = false;

	for (; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\\' && quoted && at + 1 < end)
			at++;
		else if (!quoted && (*at == ';' || (comma && *at == ',')))
			break;
	}
	return at;
}

/* "name=value" at `at`, without blanks around both; false: there is no '='. */
static bool read_pair(const char *at, const char *end, bool comma, struct http_cookie *ret,
		      const char **ret_end)
{
	const char *equals = at, *value;

	while (equals < end && *equals != '=' && *equals != ';' && !(comma && *equals == ','))
		equals++;
	*ret_end = equals;
	if (equals == end || *equals != '=')
		return false;
	ret->name = trimmed(at, equals);
	value = skip_blanks(equals + 1, end);
	*ret_end = value_end(value, end, comma);
	ret->value = trimmed(value, *ret_end);
	ret->whole = (struct slice){ at, (size_t)(ret->value.at + ret->value.len - at) };
	ret->attributes = (struct slice){ *ret_end, 0 };
	return true;
}

bool http_cookie_next(struct slice *list, struct http_cookie *ret)
{
	const char *at = list->at, *end;
	bool found = false;

	if (list->len == 0)
		return false;
	end = at + list->len;
	while (!found && at < end) {
		if (is_separator(*at) || http_byte_is_blank(*at)) {
			at++;
			continue;
		}
		found = read_pair(at, end, true, ret, &at) &&
			(ret->name.len == 0 || ret->name.at[0] != '$');
	}
	*list = (struct slice){ at, (size_t)(end - at) };
	return found;
}

bool http_set_cookie_read(struct slice value, struct http_cookie *ret)
{
	const char *at = value.at, *end, *stop;

	if (value.len == 0)
		return false;
	end = at + value.len;
	at = skip_blanks(at, end);
	if (!read_pair(at, end, false, ret, &stop))
		return false;
	if (stop < end)
		ret->attributes = (struct slice){ stop + 1, (size_t)(end - stop - 1) };
	return true;
}
