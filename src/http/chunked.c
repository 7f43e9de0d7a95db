/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/chunked.c - see chunked.h.
 *
 * FIRST (SIZE)* [BLANK] [EXTENSION] SIZE_LF, then DATA DATA_CR DATA_LF and the
 * next chunk; after the chunk of size 0 lines of trailers, and an empty one.
 * Lines end in CR LF only, and trailers are as strict as headers: what other
 * parties understood differently would be a request of its own to them.
 */
#include "http/chunked.h"

#include "base/hex.h"
#include "base/macros.h"
#include "http/scan.h"

enum state {
	STATE_FIRST, /* digit of the size */
	STATE_SIZE,
	STATE_BLANK, /* behind the size (RFC 9112, 7.1.1: "bad" whitespace) */
	STATE_EXTENSION,
	STATE_SIZE_LF,
	STATE_DATA,
	STATE_DATA_CR,
	STATE_DATA_LF,
	STATE_TRAILER, /* at the beginning of a line */
	STATE_TRAILER_NAME,
	STATE_TRAILER_VALUE,
	STATE_TRAILER_LF,
	STATE_END_LF,
	STATE_DONE,
	STATE_BAD,
};

enum {
	LINE_MAX = 1024,      /* of a size and its extensions */
	TRAILERS_MAX = 16384, /* of them all */
};

static enum state take_size(struct http_chunked *chunked, char byte)
{
	int digit = hex_value(byte);

	if (digit < 0 || chunked->size > (uint64_t)INT64_MAX >> 4)
		return STATE_BAD;
	chunked->size = chunked->size << 4 | (unsigned)digit;
	return STATE_SIZE;
}

static enum state behind_size(char byte)
{
	if (byte == '\r')
		return STATE_SIZE_LF;
	if (byte == ';')
		return STATE_EXTENSION;
	return http_byte_is_blank(byte) ? STATE_BLANK : STATE_BAD;
}

static enum state begin_data(struct http_chunked *chunked)
{
	chunked->left = chunked->size;
	chunked->size = 0;
	chunked->line = 0;
	return chunked->left != 0 ? STATE_DATA : STATE_TRAILER;
}

/* One byte that is no data. */
static enum state next_state(struct http_chunked *chunked, char byte)
{
	switch ((enum state)chunked->state) {
	case STATE_FIRST:
		return take_size(chunked, byte);
	case STATE_SIZE:
		return hex_value(byte) >= 0 ? take_size(chunked, byte) : behind_size(byte);
	case STATE_BLANK:
		return behind_size(byte);
	case STATE_EXTENSION:
		return byte == '\r'                         ? STATE_SIZE_LF
		       : http_byte_is(byte, HTTP_BYTE_TEXT) ? STATE_EXTENSION
							    : STATE_BAD;
	case STATE_SIZE_LF:
		return byte == '\n' ? begin_data(chunked) : STATE_BAD;
	case STATE_DATA_CR:
		return byte == '\r' ? STATE_DATA_LF : STATE_BAD;
	case STATE_DATA_LF:
		chunked->line = 0;
		return byte == '\n' ? STATE_FIRST : STATE_BAD;
	case STATE_TRAILER:
		return byte == '\r'                          ? STATE_END_LF
		       : http_byte_is(byte, HTTP_BYTE_TOKEN) ? STATE_TRAILER_NAME
							     : STATE_BAD;
	case STATE_TRAILER_NAME:
		return byte == ':'                           ? STATE_TRAILER_VALUE
		       : http_byte_is(byte, HTTP_BYTE_TOKEN) ? STATE_TRAILER_NAME
							     : STATE_BAD;
	case STATE_TRAILER_VALUE:
		return byte == '\r'                         ? STATE_TRAILER_LF
		       : http_byte_is(byte, HTTP_BYTE_TEXT) ? STATE_TRAILER_VALUE
							    : STATE_BAD;
	case STATE_TRAILER_LF:
		return byte == '\n' ? STATE_TRAILER : STATE_BAD;
	case STATE_END_LF:
		return byte == '\n' ? STATE_DONE : STATE_BAD;
	case STATE_DATA:
	case STATE_DONE:
	case STATE_BAD:
		break;
	}
	return STATE_BAD;
}

static bool is_trailer(uint8_t state)
{
	return state >= STATE_TRAILER && state <= STATE_END_LF;
}

static void take_framing(struct http_chunked *chunked, char byte)
{
	chunked->line++;
	chunked->state = (uint8_t)next_state(chunked, byte);
	if (chunked->line > (is_trailer(chunked->state) ? TRAILERS_MAX : LINE_MAX))
		chunked->state = STATE_BAD;
}

enum http_chunked_result http_chunked_read(struct http_chunked *chunked, const char *bytes,
					   size_t len, size_t *ret_used,
					   void (*data)(void *context, struct slice piece),
					   void *context)
{
	size_t at = 0;

	while (at < len && chunked->state != STATE_DONE && chunked->state != STATE_BAD) {
		if (chunked->holds && chunked->state == STATE_TRAILER)
			break;
		if (chunked->state != STATE_DATA) {
			take_framing(chunked, bytes[at++]);
			continue;
		}

		size_t here = len - at < chunked->left ? len - at : (size_t)chunked->left;
		if (data != NULL && here != 0)
			data(context, (struct slice){ bytes + at, here });
		at += here;
		http_chunked_pass(chunked, here);
	}
	*ret_used = at;
	return chunked->state == STATE_DONE  ? HTTP_CHUNKED_DONE
	       : chunked->state == STATE_BAD ? HTTP_CHUNKED_BAD
					     : HTTP_CHUNKED_MORE;
}

enum http_chunked_result http_chunked_scan(struct http_chunked *chunked, const char *bytes,
					   size_t len, size_t *ret_used)
{
	return http_chunked_read(chunked, bytes, len, ret_used, NULL, NULL);
}

bool http_chunked_at_trailers(const struct http_chunked *chunked)
{
	return chunked->state == STATE_TRAILER;
}

void http_chunked_pass(struct http_chunked *chunked, uint64_t count)
{
	ASSERT(count <= chunked->left);
	chunked->left -= count;
	if (chunked->state == STATE_DATA && chunked->left == 0)
		chunked->state = STATE_DATA_CR;
}
