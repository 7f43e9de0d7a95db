/* SPDX-License-Identifier: Apache-2.0 */
/* http/response.c - the status line (RFC 9112, 4), and a response's head as a whole. */
#include "http/parser.h"
#include "http/scan.h"

/* Three digits, from 100. */
static enum http_parse parse_status(struct http_parser *parser)
{
	const char *at = parser->at;
	unsigned status = 0;

	for (unsigned i = 0; i < 3; i++, at++) {
		if (at == parser->end)
			return HTTP_PARSE_MORE;
		if (*at < (i == 0 ? '1' : '0') || *at > '9')
			return http_parser_refuse(parser, at, "malformed status");
		status = status * 10 + (unsigned)(*at - '0');
	}
	parser->message->status = (uint16_t)status;
	parser->at = at;
	return HTTP_PARSE_DONE;
}

/* Blank and reason: both are missing from some servers' lines. */
static enum http_parse parse_reason(struct http_parser *parser)
{
	const char *at = parser->at, *end = http_scan_text(at, parser->end);

	if (at < end && *at != ' ')
		return http_parser_refuse(parser, at, "malformed status");
	parser->at = end;
	if (at < end)
		at++;
	parser->message->reason = (struct slice){ at, (size_t)(end - at) };
	return http_parse_line_end(parser);
}

static enum http_parse parse_head(struct http_parser *parser, enum http_method method)
{
	enum http_parse result = http_parse_version(parser);

	if (result != HTTP_PARSE_DONE)
		return result;
	if (parser->at == parser->end)
		return HTTP_PARSE_MORE;
	if (*parser->at != ' ')
		return http_parser_refuse(parser, parser->at, "malformed status line");
	parser->at++;
	result = parse_status(parser);
	if (result == HTTP_PARSE_DONE)
		result = parse_reason(parser);
	if (result == HTTP_PARSE_DONE)
		result = http_parse_fields(parser);
	return result == HTTP_PARSE_DONE ? http_framing_response(parser, method) : result;
}

enum http_parse http_response_parse(const char *bytes, size_t len, size_t limit,
				    struct http_leniency leniency, enum http_method method,
				    struct http_message *ret, const char **ret_why, size_t *ret_at)
{
	struct http_parser parser = {
		.at = bytes,
		.end = bytes + (len < limit ? len : limit),
		.unsafe = leniency.unsafe,
		.message = ret,
	};

	ret->response = true;
	ret->method_id = HTTP_METHOD_OTHER;
	ret->form = HTTP_TARGET_ORIGIN;
	ret->method = ret->target = ret->authority = ret->path = SLICE("");
	ret->body_length = 0;
	ret->expects_continue = ret->asks_close = false;
	return http_parse_finish(&parser, parse_head(&parser, method), bytes, len >= limit, ret_why,
				 ret_at);
}
