/* SPDX-License-Identifier: Apache-2.0 */
/* http/request.c - the request line (RFC 9112, 3), and a request's head as a whole. */
#include "http/parser.h"
#include "http/scan.h"

static enum http_parse parse_method(struct http_parser *parser)
{
	struct http_message *message = parser->message;
	const char *from = parser->at, *at = http_scan_short(from, parser->end, HTTP_BYTE_TOKEN);

	if (at == parser->end)
		return HTTP_PARSE_MORE;
	if (at == from || *at != ' ')
		return http_parser_refuse(parser, at, "malformed method");
	message->method = (struct slice){ from, (size_t)(at - from) };
	message->method_id = http_method_of(message->method);
	parser->at = at + 1;
	return HTTP_PARSE_DONE;
}

/* Leniency takes fragments and bytes beyond ASCII. */
static const char *scan_target(const struct http_parser *parser)
{
	const char *at = http_scan_target(parser->at, parser->end);

	while (parser->unsafe && at < parser->end && (*at == '#' || (unsigned char)*at > 127))
		at = http_scan_target(at + 1, parser->end);
	return at;
}

static enum http_parse parse_target(struct http_parser *parser)
{
	struct http_message *message = parser->message;
	const char *from = parser->at, *at = scan_target(parser);

	if (at == parser->end)
		return HTTP_PARSE_MORE;
	if (at == from || *at != ' ')
		return http_parser_refuse(parser, at, "malformed request target");
	message->target = (struct slice){ from, (size_t)(at - from) };
	if (!http_target_split(message, parser->unsafe))
		return http_parser_refuse(parser, from, "malformed request target");
	parser->at = at + 1;
	return HTTP_PARSE_DONE;
}

/* "RTSP/1.0", "HTTP/1.10": all that leniency takes. `at` is behind it then. */
static enum http_parse parse_version_unsafe(struct http_parser *parser)
{
	const char *from = parser->at, *end = parser->end, *at = from, *major, *minor;

	while (at < end && *at >= 'A' && *at <= 'Z')
		at++;
	major = at + 1;
	if (at < end && (at == from || *at != '/'))
		return http_parser_refuse(parser, at, "malformed protocol version");
	for (at = at < end ? major : end; at < end && http_byte_is_digit(*at);)
		at++;
	if (at < end && (at == major || *at != '.'))
		return http_parser_refuse(parser, at, "malformed protocol version");
	minor = at + 1;
	for (at = at < end ? minor : end; at < end && http_byte_is_digit(*at);)
		at++;
	if (at == end)
		return HTTP_PARSE_MORE;
	if (at == minor)
		return http_parser_refuse(parser, at, "malformed protocol version");
	parser->message->minor = *major > '1' || (*major == '1' && *minor != '0');
	parser->at = at;
	return HTTP_PARSE_DONE;
}

/* RFC 9112, 2.3. What is here already must be its beginning. */
enum http_parse http_parse_version(struct http_parser *parser)
{
	static const char shape[] = "HTTP/0.0"; /* 0: any digit */
	const char *at = parser->at;
	size_t here = (size_t)(parser->end - at);

	if (here >= 8 && memcmp(at, "HTTP/1.", 7) == 0 && http_byte_is_digit(at[7])) {
		parser->message->minor = at[7] != '0';
		parser->at = at + 8;
		if (!parser->unsafe || here == 8 || !http_byte_is_digit(at[8]))
			return HTTP_PARSE_DONE;
	}
	parser->at = at;
	if (parser->unsafe)
		return parse_version_unsafe(parser);
	for (size_t i = 0; i < here && i < strlen(shape); i++)
		if (shape[i] == '0' ? !http_byte_is_digit(at[i]) : at[i] != shape[i])
			return http_parser_refuse(parser, at + i, "malformed HTTP version");
	if (here < 8)
		return HTTP_PARSE_MORE;
	parser->why = "HTTP version that is not known";
	return HTTP_PARSE_VERSION;
}

static enum http_parse parse_head(struct http_parser *parser, bool *ret_line_read)
{
	enum http_parse result = HTTP_PARSE_DONE;

	/* One empty line before a request is skipped (RFC 9112, 2.2). */
	if (parser->at < parser->end && (*parser->at == '\r' || *parser->at == '\n'))
		result = http_parse_line_end(parser);
	if (result == HTTP_PARSE_DONE)
		result = parse_method(parser);
	if (result == HTTP_PARSE_DONE)
		result = parse_target(parser);
	if (result == HTTP_PARSE_DONE)
		result = http_parse_version(parser);
	if (result == HTTP_PARSE_DONE)
		result = http_parse_line_end(parser);
	if (result != HTTP_PARSE_DONE)
		return result;
	*ret_line_read = true;
	result = http_parse_fields(parser);
	return result == HTTP_PARSE_DONE ? http_framing_request(parser) : result;
}

/*
 * RFC 1945 knows no body of these: a recipient that does not look for one takes it for the
 * next request.
 */
static enum http_parse check_old_body(struct http_parser *parser)
{
	const struct http_message *message = parser->message;
	bool bodiless = message->method_id == HTTP_GET || message->method_id == HTTP_HEAD ||
			message->method_id == HTTP_DELETE;

	if (message->minor != 0 || !bodiless || !http_message_has_body(message))
		return HTTP_PARSE_DONE;
	parser->why = "a body that HTTP/1.0 does not have with this method";
	return HTTP_PARSE_BODY;
}

enum http_parse http_parse_finish(struct http_parser *parser, enum http_parse result,
				  const char *bytes, bool is_full, const char **ret_why,
				  size_t *ret_at)
{
	parser->message->len = (size_t)(parser->at - bytes);
	if (result == HTTP_PARSE_MORE && is_full) {
		parser->why = "the head is too large";
		result = HTTP_PARSE_TOO_LARGE;
	}
	if (result != HTTP_PARSE_DONE && result != HTTP_PARSE_MORE) {
		*ret_why = parser->why;
		*ret_at = parser->message->len;
	}
	return result;
}

enum http_parse http_request_parse(const char *bytes, size_t len, size_t limit,
				   struct http_leniency leniency, struct http_message *ret,
				   const char **ret_why, size_t *ret_at)
{
	struct http_parser parser = {
		.at = bytes,
		.end = bytes + (len < limit ? len : limit),
		.unsafe = leniency.unsafe,
		.message = ret,
		.host = SLICE(""),
	};
	bool line_read = false;
	enum http_parse result;

	ret->response = false;
	ret->status = 0;
	ret->reason = SLICE("");
	ret->body_length = 0;
	ret->expects_continue = ret->asks_close = false;
	result = parse_head(&parser, &line_read);
	if (result == HTTP_PARSE_DONE && !leniency.any_body)
		result = check_old_body(&parser);
	result = http_parse_finish(&parser, result, bytes, len >= limit, ret_why, ret_at);
	return result == HTTP_PARSE_TOO_LARGE && !line_read ? HTTP_PARSE_URI_TOO_LONG : result;
}

unsigned http_parse_status(enum http_parse result)
{
	switch (result) {
	case HTTP_PARSE_BODY:
		return 413;
	case HTTP_PARSE_URI_TOO_LONG:
		return 414;
	case HTTP_PARSE_TOO_LARGE:
		return 431;
	case HTTP_PARSE_VERSION:
		return 505;
	case HTTP_PARSE_CODING:
		return 422;
	case HTTP_PARSE_BAD:
	case HTTP_PARSE_MORE: /* and its sender has gone */
	case HTTP_PARSE_DONE:
		break;
	}
	return 400;
}
