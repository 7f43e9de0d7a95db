/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/framing.c - where a message ends, and whether another may follow
 * (RFC 9112, 3.2, 6 and 9). What two parties could understand differently is
 * refused in a request; in a response the sender's connection is not used
 * again.
 */
#include "http/parser.h"
#include "http/scan.h"

static enum http_parse refuse(struct http_parser *parser, const char *why)
{
	return http_parser_refuse(parser, parser->at, why);
}

static enum http_parse take_host(struct http_parser *parser, struct http_header *header)
{
	if (parser->message->response)
		return HTTP_PARSE_DONE;
	if (parser->has_host)
		return refuse(parser, "more than one Host");
	if (!parser->unsafe && !http_host_valid(header->value))
		return refuse(parser, "malformed Host");
	parser->has_host = true;
	parser->host = header->value;
	return HTTP_PARSE_DONE;
}

bool http_read_length(struct slice text, uint64_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(unsigned char)text.at[i] - '0';

		if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret = number;
	return text.len != 0;
}

/* "7", or "7, 7" as some senders repeat it (RFC 9112, 6.3): then *value is cut to one. */
static bool read_length_list(struct slice *value, uint64_t *ret)
{
	const char *comma = memchr(value->at, ',', value->len);
	struct slice rest, first = *value;

	if (comma == NULL)
		return http_read_length(*value, ret);
	first.len = (size_t)(comma - value->at);
	rest = slice_skip(*value, first.len + 1);
	while (rest.len != 0 && http_byte_is_blank(rest.at[0]))
		rest = slice_skip(rest, 1);
	while (first.len != 0 && http_byte_is_blank(first.at[first.len - 1]))
		first.len--;

	uint64_t other;
	if (!http_read_length(first, ret) || !read_length_list(&rest, &other) || other != *ret)
		return false;
	*value = first;
	return true;
}

static enum http_parse take_length(struct http_parser *parser, struct http_header *header)
{
	struct http_message *message = parser->message;
	uint64_t length;

	if (!read_length_list(&header->value, &length))
		return refuse(parser, "malformed Content-Length");
	if (parser->has_length && length != message->body_length)
		return refuse(parser, "Content-Length contradicts itself");
	if (parser->has_length) /* said twice: sent once */
		message->header_count--;
	parser->has_length = true;
	message->body_length = length;
	return HTTP_PARSE_DONE;
}

/* Only "chunked", once. Others would have to be known, and chunked to be the last. */
static enum http_parse take_coding(struct http_parser *parser, const struct http_header *header)
{
	struct slice list = header->value, element;
	bool chunked = false, other = false;

	if (parser->has_coding)
		return refuse(parser, "more than one Transfer-Encoding");
	while (http_list_next(&list, &element)) {
		if (chunked)
			return refuse(parser, "chunked is not the last transfer coding");
		chunked = slice_is_nocase(element, "chunked");
		other |= !chunked;
	}
	if (!chunked)
		return refuse(parser, "transfer codings that do not end in chunked");
	parser->has_coding = true;
	if (!other && header->value.len == strlen("chunked"))
		return HTTP_PARSE_DONE;
	parser->why = "transfer coding that is not known";
	return HTTP_PARSE_CODING;
}

enum http_parse http_framing_field(struct http_parser *parser, struct http_header *header)
{
	switch (header->id) {
	case HTTP_HOST:
		return take_host(parser, header);
	case HTTP_CONTENT_LENGTH:
		return take_length(parser, header);
	case HTTP_TRANSFER_ENCODING:
		return take_coding(parser, header);
	case HTTP_CONNECTION:
		parser->tokens |= http_connection_tokens(header->value);
		break;
	case HTTP_UPGRADE:
		parser->can_upgrade |= http_upgrade_passes(header->value);
		parser->must_not_upgrade |= !http_upgrade_passes(header->value);
		break;
	case HTTP_EXPECT:
		parser->message->expects_continue |= slice_is_nocase(header->value, "100-continue");
		break;
	default:
		break;
	}
	return HTTP_PARSE_DONE;
}

static bool is_persistent(const struct http_parser *parser)
{
	if ((parser->tokens & HTTP_TOKEN_CLOSE) != 0)
		return false;
	return parser->message->minor != 0 || (parser->tokens & HTTP_TOKEN_KEEP_ALIVE) != 0;
}

static bool has_upgrade(const struct http_parser *parser)
{
	return parser->can_upgrade && !parser->must_not_upgrade &&
	       (parser->tokens & HTTP_TOKEN_UPGRADE) != 0 &&
	       parser->message->minor != 0;
}

/* RFC 9112, 3.2: one Host, and what it says is what the target says. */
static enum http_parse check_host(struct http_parser *parser)
{
	struct http_message *message = parser->message;
	bool in_target =
		message->form == HTTP_TARGET_ABSOLUTE || message->form == HTTP_TARGET_AUTHORITY;

	if (!parser->has_host && message->minor != 0 && !parser->unsafe)
		return refuse(parser, "no Host");
	if (!in_target)
		message->authority = parser->host;
	else if (parser->has_host && !parser->unsafe && !http_authority_same(message, parser->host))
		return http_parser_refuse(parser, parser->host.at, "Host is not the target's");
	return HTTP_PARSE_DONE;
}

static enum http_parse check_request_body(struct http_parser *parser)
{
	struct http_message *message = parser->message;

	if (parser->has_coding && parser->has_length)
		return refuse(parser, "both Content-Length and Transfer-Encoding");
	if (parser->has_coding && message->minor == 0)
		return refuse(parser, "Transfer-Encoding in HTTP/1.0");
	message->body = parser->has_coding   ? HTTP_BODY_CHUNKED
			: parser->has_length ? HTTP_BODY_LENGTH
					     : HTTP_BODY_NONE;
	if (message->method_id == HTTP_CONNECT && http_message_has_body(message))
		return refuse(parser, "CONNECT with a body");
	return HTTP_PARSE_DONE;
}

enum http_parse http_framing_request(struct http_parser *parser)
{
	struct http_message *message = parser->message;
	enum http_parse result = check_host(parser);

	if (result == HTTP_PARSE_DONE)
		result = check_request_body(parser);
	if (result != HTTP_PARSE_DONE)
		return result;
	message->keep_alive = is_persistent(parser);
	message->upgrade = has_upgrade(parser) && !http_message_has_body(message);
	message->expects_continue &= message->minor != 0;
	if ((parser->tokens & HTTP_TOKEN_OTHER) != 0)
		http_connection_drop_named(message);
	return HTTP_PARSE_DONE;
}

static void drop(struct http_message *message, enum http_header_id id)
{
	struct http_header *header = http_find(message, id, NULL);

	if (header != NULL)
		http_header_remove(message, header);
}

/* RFC 9112, 6.3. Headers that say what is not so are dropped (RFC 9110, 8.6; RFC 9112, 6.1). */
static enum http_body response_body(struct http_parser *parser, enum http_method method)
{
	struct http_message *message = parser->message;
	unsigned status = message->status;
	bool tunnel = status == 101 || (method == HTTP_CONNECT && status / 100 == 2);

	if (tunnel || status / 100 == 1 || status == 204) {
		drop(message, HTTP_CONTENT_LENGTH);
		drop(message, HTTP_TRANSFER_ENCODING);
		return tunnel ? HTTP_BODY_TUNNEL : HTTP_BODY_NONE;
	}
	if (parser->has_coding && parser->has_length)
		drop(message, HTTP_CONTENT_LENGTH);
	if (status == 304 || method == HTTP_HEAD)
		return HTTP_BODY_NONE;
	if (parser->has_coding)
		return HTTP_BODY_CHUNKED;
	return parser->has_length ? HTTP_BODY_LENGTH : HTTP_BODY_CLOSE;
}

enum http_parse http_framing_response(struct http_parser *parser, enum http_method method)
{
	struct http_message *message = parser->message;
	bool doubtful = parser->has_coding && (parser->has_length || message->minor == 0);

	message->upgrade = has_upgrade(parser);
	if (message->status == 101 && !message->upgrade)
		return refuse(parser, "101 without an upgrade");
	message->body = response_body(parser, method);
	message->expects_continue = false;
	message->keep_alive = is_persistent(parser) && !doubtful &&
			      message->body != HTTP_BODY_CLOSE && message->body != HTTP_BODY_TUNNEL;
	if ((parser->tokens & HTTP_TOKEN_OTHER) != 0)
		http_connection_drop_named(message);
	return HTTP_PARSE_DONE;
}
