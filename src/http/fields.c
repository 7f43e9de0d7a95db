/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/fields.c - the lines between the first and the empty one. Each byte is
 * looked at once; each header is classified, and what concerns framing is
 * handled as it is met.
 */
#include "http/parser.h"
#include "http/scan.h"

enum {
	FRAMING_IDS = 1 << HTTP_CONNECTION | 1 << HTTP_CONTENT_LENGTH | 1 << HTTP_EXPECT |
		      1 << HTTP_HOST | 1 << HTTP_TRANSFER_ENCODING | 1 << HTTP_UPGRADE,
};

enum http_parse http_parse_odd_line_end(struct http_parser *parser)
{
	const char *at = parser->at;

	if (at == parser->end)
		return HTTP_PARSE_MORE;
	if (*at == '\n' && parser->unsafe) {
		parser->at = at + 1;
		return HTTP_PARSE_DONE;
	}
	if (*at != '\r')
		return http_parser_refuse(parser, at,
					  "control byte, or a line that ends without CR");
	if (at + 1 == parser->end)
		return HTTP_PARSE_MORE;
	if (at[1] != '\n')
		return http_parser_refuse(parser, at, "CR without LF");
	parser->at = at + 2;
	return HTTP_PARSE_DONE;
}

/* Leniency takes any visible byte, and blanks within. */
static const char *scan_unsafe_name(const char *at, const char *end)
{
	while (at < end && *at != ':' && *at != 127 &&
	       ((unsigned char)*at > ' ' || http_byte_is_blank(*at)))
		at++;
	return at;
}

/* `at` is behind a token that no colon follows. */
static enum http_parse parse_odd_name(struct http_parser *parser, const char *at, struct slice *ret)
{
	const char *from = parser->at;

	if (parser->unsafe && at != from)
		at = scan_unsafe_name(at, parser->end);
	if (at == parser->end)
		return HTTP_PARSE_MORE;
	if (at == from && http_byte_is_blank(*at))
		return http_parser_refuse(parser, at, "folded line, or a blank before a header");
	if (http_byte_is_blank(*at) || (*at == ':' && at != from && http_byte_is_blank(at[-1])))
		return http_parser_refuse(parser, at, "blank in or behind a header's name");
	if (at == from || *at != ':')
		return http_parser_refuse(parser, at, "malformed header name");
	*ret = (struct slice){ from, (size_t)(at - from) };
	parser->at = at + 1;
	return HTTP_PARSE_DONE;
}

static enum http_parse parse_name(struct http_parser *parser, struct slice *ret)
{
	const char *from = parser->at, *at = http_scan_name(from, parser->end);

	if (at == from || at == parser->end || *at != ':')
		return parse_odd_name(parser, at, ret);
	*ret = (struct slice){ from, (size_t)(at - from) };
	parser->at = at + 1;
	return HTTP_PARSE_DONE;
}

static const char *scan_value(const struct http_parser *parser, const char *at)
{
	at = http_scan_text(at, parser->end);
	while (__builtin_expect(parser->unsafe, false) && at < parser->end && *at != '\0' &&
	       *at != '\r' && *at != '\n')
		at = http_scan_text(at + 1, parser->end);
	return at;
}

static enum http_parse parse_value(struct http_parser *parser, struct slice *ret)
{
	const char *from = parser->at, *end;
	enum http_parse result;

	while (from < parser->end && http_byte_is_blank(*from))
		from++;
	end = scan_value(parser, from);
	parser->at = end;
	result = http_parse_line_end(parser);
	if (result != HTTP_PARSE_DONE)
		return result;
	while (end > from && http_byte_is_blank(end[-1]))
		end--;
	*ret = (struct slice){ from, (size_t)(end - from) };
	return HTTP_PARSE_DONE;
}

static enum http_parse parse_field(struct http_parser *parser)
{
	struct http_message *message = parser->message;
	struct http_header *header = &message->headers[message->header_count];
	struct slice value;
	enum http_parse result;

	/* The last place is kept for the Connection header that we may add. */
	if (message->header_count + 1 >= message->header_max) {
		parser->why = "too many headers";
		return HTTP_PARSE_TOO_LARGE;
	}
	result = parse_name(parser, &header->name);
	if (result == HTTP_PARSE_DONE)
		result = parse_value(parser, &header->value);
	if (result != HTTP_PARSE_DONE)
		return result;
	header->id = http_header_id_of(header->name);
	message->ids |= 1U << header->id;
	message->header_count++;
	if ((FRAMING_IDS >> header->id & 1) == 0)
		return HTTP_PARSE_DONE;
	value = header->value;
	result = http_framing_field(parser, header);
	if (result != HTTP_PARSE_DONE)
		parser->at = value.at;
	return result;
}

enum http_parse http_parse_fields(struct http_parser *parser)
{
	enum http_parse result;

	parser->message->header_count = 0;
	parser->message->ids = 0;
	do {
		if (parser->at == parser->end)
			return HTTP_PARSE_MORE;
		if (*parser->at == '\r' || *parser->at == '\n')
			return http_parse_line_end(parser);
		result = parse_field(parser);
	} while (result == HTTP_PARSE_DONE);
	return result;
}
