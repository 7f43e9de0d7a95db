/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/parser.h - what request.c and response.c share while a head is read.
 * Private to the room.
 *
 * Every function that reads returns HTTP_PARSE_DONE when the next may go on;
 * else `at` is where it stopped and `why` says what is wrong.
 */
#pragma once

#include "http/message.h"

enum { /* tokens of Connection */
	HTTP_TOKEN_CLOSE = 1 << 0,
	HTTP_TOKEN_KEEP_ALIVE = 1 << 1,
	HTTP_TOKEN_UPGRADE = 1 << 2,
	HTTP_TOKEN_OTHER = 1 << 3,	/* the name of a header, mostly */
};

struct http_parser {
	const char *at, *end;
	bool unsafe;
	struct http_message *message;
	const char *why;
	/* framing as met so far */
	bool has_host, has_length, has_coding;
	bool can_upgrade;		/* an Upgrade header that we pass on */
	bool must_not_upgrade;		/* one that we do not, which none beside it makes better */
	unsigned tokens;		/* of all Connection headers */
	struct slice host;
};

static inline enum http_parse http_parser_refuse(struct http_parser *parser, const char *at,
						 const char *why)
{
	parser->at = at;
	parser->why = why;
	return HTTP_PARSE_BAD;
}

/* Anything but a CR LF that is there. http/fields.c */
enum http_parse http_parse_odd_line_end(struct http_parser *parser);

/* CR LF at `at`; `unsafe` also a bare LF. */
static inline enum http_parse http_parse_line_end(struct http_parser *parser)
{
	if (parser->end - parser->at < 2 || parser->at[0] != '\r' || parser->at[1] != '\n')
		return http_parse_odd_line_end(parser);
	parser->at += 2;
	return HTTP_PARSE_DONE;
}

/* "HTTP/1.1"; `unsafe` also others. http/request.c */
enum http_parse http_parse_version(struct http_parser *parser);
/* The parser's result as the caller's: too large when `is_full`. http/request.c */
enum http_parse http_parse_finish(struct http_parser *parser, enum http_parse result,
				  const char *bytes, bool is_full, const char **ret_why,
				  size_t *ret_at);
/* All headers and the empty line. http/fields.c */
enum http_parse http_parse_fields(struct http_parser *parser);

/* The newest header of the table, when it says something about framing. May take it off again.
 * http/framing.c */
enum http_parse http_framing_field(struct http_parser *parser, struct http_header *header);
/* What all headers together say. */
enum http_parse http_framing_request(struct http_parser *parser);
enum http_parse http_framing_response(struct http_parser *parser, enum http_method method);

/* Digits only. http/framing.c */
bool http_read_length(struct slice text, uint64_t *ret);

/* http/connection.c: the tokens of one Connection header's value. */
unsigned http_connection_tokens(struct slice value);
/* Whether an Upgrade header's value may be passed on: "h2c" would hide requests from the rules. */
bool http_upgrade_passes(struct slice value);
/* Removes the headers that Connection names (RFC 9110, 7.6.1). */
void http_connection_drop_named(struct http_message *message);

/* http/target.c: form, authority and path of message->target. */
bool http_target_split(struct http_message *message, bool unsafe);
/* Whether two authorities mean the same host and port; an absent port is the scheme's. */
bool http_authority_same(const struct http_message *message, struct slice host);
/* Whether it may stand in Host (RFC 9110, 7.2). */
bool http_host_valid(struct slice host);
