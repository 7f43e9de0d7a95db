/* SPDX-License-Identifier: Apache-2.0 */
/* expr/rdp.c - see rdp.h. */
#include "expr/rdp.h"

enum {
	TPKT_HEADER = 4,	/* RFC 1006, 6: version 3, reserved, length over all */
	X224_REQUEST = 7,	/* ITU-T X.224, 13.3: length, 0xe0, two references, class */
	RDP_START = TPKT_HEADER + X224_REQUEST,
};

/* The fixed bytes; those of the two lengths are looked at by themselves. */
static bool rdp_begins(struct slice bytes)
{
	static const int fixed[RDP_START] = { 3, 0, -1, -1, -1, 0xe0, 0, 0, 0, 0, 0 };

	for (size_t i = 0; i < RDP_START && i < bytes.len; i++)
		if (fixed[i] >= 0 && (unsigned char)bytes.at[i] != fixed[i])
			return false;
	return true;
}

/* "Cookie: NAME=VALUE" up to CR LF. */
static enum rdp_result rdp_line(struct slice line, struct slice name, struct slice *ret_value)
{
	static const char field[] = "Cookie: ";
	const char *equals;
	struct slice found;

	if (line.len < sizeof(field) - 1 || memcmp(line.at, field, sizeof(field) - 1) != 0)
		return RDP_NONE;
	line = slice_skip(line, sizeof(field) - 1);
	equals = line.len > 0 ? memchr(line.at, '=', line.len) : NULL;
	if (equals == NULL)
		return RDP_NONE;
	found = (struct slice){ line.at, (size_t)(equals - line.at) };
	if (name.len > 0 && !slice_equal_nocase(found, name))
		return RDP_NONE;
	*ret_value = slice_skip(line, found.len + 1);
	return RDP_COOKIE;
}

enum rdp_result rdp_cookie_read(struct slice bytes, struct slice name, struct slice *ret_value)
{
	struct slice text;
	const char *end;
	size_t len;

	if (!rdp_begins(bytes))
		return RDP_NONE;
	if (bytes.len < RDP_START)
		return RDP_MORE;
	len = (size_t)(unsigned char)bytes.at[2] << 8 | (unsigned char)bytes.at[3];
	if (len < RDP_START || (unsigned char)bytes.at[4] + TPKT_HEADER + 1u != len)
		return RDP_NONE;
	text = slice_skip(bytes, RDP_START);
	if (text.len > len - RDP_START)
		text.len = len - RDP_START;
	end = text.len > 0 ? memchr(text.at, '\r', text.len) : NULL;
	if (end == NULL)
		return bytes.len < len ? RDP_MORE : RDP_NONE;
	text.len = (size_t)(end - text.at);
	return rdp_line(text, name, ret_value);
}
