/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format_encode.c - bytes that must not stand as they are: each becomes
 * a few others, in place, from the back to the front. Nearly all text needs
 * nothing, which one look at a table per byte finds out.
 */
#include "expr/format_private.h"

#include "base/macros.h"

enum { CODE_MAX = 6 };

static const char hex_digits[] = "0123456789ABCDEF";

/* What one byte becomes; 1..CODE_MAX bytes. */
struct encode_rule {
	unsigned (*code)(unsigned char byte, unsigned bytes, char ret[CODE_MAX]);
	unsigned bytes;
};

enum {
	CONTROL = FORMAT_HASH_LINE | FORMAT_PERCENT_CONTROL,
};

/* The sets of enum format_bytes that a byte is in. */
__extension__ static const uint8_t encode_sets[256] = {
	[0 ... 8] = CONTROL,
	['\t'] = FORMAT_HASH_LINE,
	[10 ... 31] = CONTROL,
	['"'] = FORMAT_HASH_LINE | FORMAT_BACKSLASH,
	['#'] = FORMAT_HASH_LINE,
	['\\'] = FORMAT_BACKSLASH,
	[']'] = FORMAT_BACKSLASH,
	['{' ... '}'] = FORMAT_HASH_HEADER,
	[127] = CONTROL,
	[128 ... 255] = FORMAT_HASH_LINE,
};

static unsigned encode_log(unsigned char byte, unsigned bytes, char ret[CODE_MAX])
{
	unsigned sets = encode_sets[byte] & bytes;

	if (sets & (FORMAT_HASH_LINE | FORMAT_HASH_HEADER | FORMAT_PERCENT_CONTROL)) {
		ret[0] = sets & FORMAT_PERCENT_CONTROL ? '%' : '#';
		ret[1] = hex_digits[byte >> 4];
		ret[2] = hex_digits[byte & 15];
		return 3;
	}
	ret[0] = '\\';
	ret[sets != 0] = (char)byte;
	return sets != 0 ? 2 : 1;
}

static unsigned encode_hex(unsigned char byte, unsigned bytes, char ret[CODE_MAX])
{
	ret[0] = hex_digits[byte >> 4];
	ret[1] = hex_digits[byte & 15];
	return 2;
}

/* RFC 8259, 7. bytes: not 0 when what is beyond ASCII is no UTF-8. */
static unsigned encode_json(unsigned char byte, unsigned bytes, char ret[CODE_MAX])
{
	static const char controls[32] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
					   ['\r'] = 'r' };

	ret[0] = '\\';
	ret[1] = (char)byte;
	if (byte == '"' || byte == '\\')
		return 2;
	if (byte < sizeof(controls) && controls[byte] != 0) {
		ret[1] = controls[byte];
		return 2;
	}
	if (byte < ' ' || byte == 127 || (byte > 127 && bytes != 0)) {
		memcpy(ret + 1, "u00", 3);
		ret[4] = hex_digits[byte >> 4];
		ret[5] = hex_digits[byte & 15];
		return 6;
	}
	ret[0] = (char)byte;
	return 1;
}

static void encode_expand(struct out *out, size_t from, const struct encode_rule *rule)
{
	char code[CODE_MAX];
	size_t need = from, end = from;

	for (; end < out->len; end++) {
		size_t len = rule->code((unsigned char)out->bytes[end], rule->bytes, code);

		if (need + len > out->size) {
			out->cut = true;
			break;
		}
		need += len;
	}
	out->len = need;
	while (end > from && need > end) {
		size_t len = rule->code((unsigned char)out->bytes[--end], rule->bytes, code);

		need -= len;
		memcpy(out->bytes + need, code, len);
	}
	ASSERT(need == end);
}

void format_encode(struct out *out, size_t from, unsigned bytes)
{
	for (size_t i = from; i < out->len; i++) {
		if (encode_sets[(unsigned char)out->bytes[i]] & bytes) {
			encode_expand(out, i, &(struct encode_rule){ encode_log, bytes });
			return;
		}
	}
}

/* Length of the UTF-8 sequence at `text` (RFC 3629, 4), 0: it is none. */
static size_t utf8_sequence(const unsigned char *text, size_t len)
{
	size_t more = text[0] < 0x80 ? 0 : text[0] < 0xc2 ? 4 : text[0] < 0xe0 ? 1
		      : text[0] < 0xf0 ? 2 : text[0] < 0xf5 ? 3 : 4;

	if (more >= len || more == 4)
		return 0;
	for (size_t i = 1; i <= more; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return more + 1;
}

static bool utf8_valid(const char *text, size_t len)
{
	size_t step;

	for (size_t at = 0; at < len; at += step) {
		step = utf8_sequence((const unsigned char *)text + at, len - at);
		if (step == 0)
			return false;
	}
	return true;
}

void format_encode_json(struct out *out, size_t from)
{
	bool valid = utf8_valid(out->bytes + from, out->len - from);

	encode_expand(out, from, &(struct encode_rule){ encode_json, !valid });
}

void format_encode_hex(struct out *out, size_t from)
{
	encode_expand(out, from, &(struct encode_rule){ encode_hex, 0 });
}

void format_insert(struct out *out, size_t at, const char *bytes, size_t len)
{
	size_t behind = out->len - at;
	size_t room = out->size - at;

	if (len > room)
		len = room;
	if (behind > room - len) {
		behind = room - len;
		out->cut = true;
	}
	memmove(out->bytes + at + len, out->bytes + at, behind);
	memcpy(out->bytes + at, bytes, len);
	out->len = at + len + behind;
}
