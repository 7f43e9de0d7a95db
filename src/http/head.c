/* SPDX-License-Identifier: Apache-2.0 */
/* http/head.c - see head.h. Line by line; the meaning of headers is in framing.c. */
#include "http/head.h"

#include <string.h>
#include <strings.h>

#include "http/framing.h"

/* tchar of RFC 9110, 5.6.2. */
static bool is_token_byte(unsigned char byte)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	if ((byte | 32) >= 'a' && (byte | 32) <= 'z')
		return true;
	if (byte >= '0' && byte <= '9')
		return true;
	return byte != '\0' && strchr(others, byte) != NULL;
}

static size_t token_len(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && is_token_byte((unsigned char)*at))
		at++;
	return (size_t)(at - from);
}

/* A byte a header's value or a target may hold: RFC 9110, 5.5 without obsolete controls. */
static bool is_text_byte(unsigned char byte)
{
	return (byte >= ' ' && byte != 127) || byte == '\t';
}

enum line_result {
	LINE_MORE,
	LINE_DONE,
	LINE_BAD,
};

/*
 * The line at `at` without its CR LF. Every byte that is there is looked at,
 * so that rubbish is refused before its line ends.
 */
static enum line_result take_line(const char *at, const char *end, struct slice *ret)
{
	const char *from = at;

	while (at < end && is_text_byte((unsigned char)*at))
		at++;
	if (at == end)
		return LINE_MORE;
	if (*at != '\r')
		return LINE_BAD;
	if (at + 1 == end)
		return LINE_MORE;
	if (at[1] != '\n')
		return LINE_BAD;
	*ret = (struct slice){ from, (size_t)(at - from) };
	return LINE_DONE;
}

/* "http://host:80/path": RFC 9112, 3.2.2. */
static bool split_absolute(struct http_request_head *head)
{
	const char *at = head->target.at, *end = at + head->target.len;
	size_t scheme = 0;

	while (at + scheme < end && (is_token_byte((unsigned char)at[scheme])))
		scheme++;
	if (scheme == 0 || (size_t)(end - at) < scheme + 3 || memcmp(at + scheme, "://", 3) != 0)
		return false;
	at += scheme + 3;

	const char *slash = at;
	while (slash < end && *slash != '/' && *slash != '?')
		slash++;
	if (slash == at)
		return false;
	head->form = HTTP_TARGET_ABSOLUTE;
	head->authority = (struct slice){ at, (size_t)(slash - at) };
	/* An empty path means "/"; one that begins with its query keeps it. */
	head->path = slash == end ? (struct slice){ "/", 1 } :
				    (struct slice){ slash, (size_t)(end - slash) };
	return true;
}

static bool split_target(struct http_request_head *head)
{
	const struct slice target = head->target;

	if (slice_is(head->method, "CONNECT")) {
		head->form = HTTP_TARGET_AUTHORITY;
		head->authority = target;
		head->path = (struct slice){ "", 0 };
		return memchr(target.at, ':', target.len) != NULL &&
		       memchr(target.at, '/', target.len) == NULL;
	}
	if (target.at[0] == '/') {
		head->form = HTTP_TARGET_ORIGIN;
		head->path = target;
		return true;
	}
	if (slice_is(target, "*")) {
		head->form = HTTP_TARGET_ASTERISK;
		head->path = target;
		return slice_is(head->method, "OPTIONS");
	}
	return split_absolute(head);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* "HTTP/1.1" is all that may be left of the line (RFC 9112, 2.3). */
static enum http_head_result parse_version(const char *at, const char *end,
					   struct http_request_head *ret)
{
	if (end - at != 8 || memcmp(at, "HTTP/", 5) != 0 || !is_digit(at[5]) || at[6] != '.' ||
	    !is_digit(at[7]))
		return HTTP_HEAD_BAD;
	if (at[5] != '1')
		return HTTP_HEAD_VERSION;
	ret->minor = at[7] != '0';
	return HTTP_HEAD_DONE;
}

static enum http_head_result parse_request_line(struct slice line,
						struct http_request_head *ret, const char **ret_why)
{
	const char *at = line.at, *end = at + line.len;
	enum http_head_result result;

	*ret_why = "malformed method";
	ret->method = (struct slice){ at, token_len(at, end) };
	at += ret->method.len;
	if (ret->method.len == 0 || at == end || *at++ != ' ')
		return HTTP_HEAD_BAD;

	*ret_why = "malformed request target";
	ret->target.at = at;
	/* Not even printable bytes beyond ASCII, and no fragment (RFC 9112, 3.2). */
	while (at < end && *at > ' ' && *at != '#')
		at++;
	ret->target.len = (size_t)(at - ret->target.at);
	if (ret->target.len == 0 || at == end || *at++ != ' ')
		return HTTP_HEAD_BAD;

	*ret_why = "malformed or unknown HTTP version";
	result = parse_version(at, end, ret);
	if (result != HTTP_HEAD_DONE)
		return result;

	*ret_why = "malformed request target";
	return split_target(ret) ? HTTP_HEAD_DONE : HTTP_HEAD_BAD;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static bool parse_header(struct slice line, struct http_header *ret)
{
	const char *at = line.at, *end = at + line.len;

	/* A line that begins with a blank was a continuation once (obs-fold): no token. */
	ret->name = (struct slice){ at, token_len(at, end) };
	at += ret->name.len;
	if (ret->name.len == 0 || at == end || *at++ != ':')
		return false;
	while (at < end && is_blank(*at))
		at++;
	while (end > at && is_blank(end[-1]))
		end--;
	ret->value = (struct slice){ at, (size_t)(end - at) };
	return true;
}

/* The lines after the first, to the empty one. */
static enum http_head_result parse_headers(const char *at, const char *end,
					   struct http_request_head *ret, const char **ret_end,
					   const char **ret_why)
{
	struct slice line;

	ret->header_count = 0;
	for (;; at = line.at + line.len + 2) {
		enum line_result result = take_line(at, end, &line);

		*ret_why = "malformed header line";
		if (result == LINE_BAD)
			return HTTP_HEAD_BAD;
		if (result == LINE_MORE)
			return HTTP_HEAD_MORE;
		if (line.len == 0) {
			*ret_end = at + 2;
			return HTTP_HEAD_DONE;
		}
		if (ret->header_count == HTTP_HEADERS_MAX) {
			*ret_why = "too many headers";
			return HTTP_HEAD_TOO_LARGE;
		}
		if (!parse_header(line, &ret->headers[ret->header_count++]))
			return HTTP_HEAD_BAD;
	}
}

static enum http_head_result parse_all(const char *at, const char *end,
				       struct http_request_head *ret, const char **ret_end,
				       const char **ret_why)
{
	struct slice line;
	enum http_head_result result;

	if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
		at += 2;
	else if (end - at == 1 && at[0] == '\r')
		return HTTP_HEAD_MORE;
	switch (take_line(at, end, &line)) {
	case LINE_BAD:
		*ret_why = "control byte or bare CR or LF in the request line";
		return HTTP_HEAD_BAD;
	case LINE_MORE:
		*ret_end = NULL; /* not even the first line */
		return HTTP_HEAD_MORE;
	case LINE_DONE:
		break;
	}
	result = parse_request_line(line, ret, ret_why);
	if (result != HTTP_HEAD_DONE)
		return result;
	*ret_end = line.at + line.len + 2;
	result = parse_headers(*ret_end, end, ret, ret_end, ret_why);
	return result == HTTP_HEAD_DONE ? http_framing_find(ret, ret_why) : result;
}

enum http_head_result http_head_parse(const char *bytes, size_t len, size_t limit,
				      struct http_request_head *ret, const char **ret_why)
{
	const char *head_end = NULL;
	enum http_head_result result =
		parse_all(bytes, bytes + (len < limit ? len : limit), ret, &head_end, ret_why);

	if (result == HTTP_HEAD_DONE) {
		ret->len = (size_t)(head_end - bytes);
	} else if (result == HTTP_HEAD_MORE && len >= limit) {
		*ret_why = "the head is too large";
		result = head_end == NULL ? HTTP_HEAD_URI_TOO_LONG : HTTP_HEAD_TOO_LARGE;
	}
	return result;
}

unsigned http_head_status(enum http_head_result result)
{
	switch (result) {
	case HTTP_HEAD_URI_TOO_LONG:
		return 414;
	case HTTP_HEAD_TOO_LARGE:
		return 431;
	case HTTP_HEAD_VERSION:
		return 505;
	case HTTP_HEAD_CODING:
		return 501;
	case HTTP_HEAD_BAD:
	case HTTP_HEAD_MORE: /* and its sender has gone */
	case HTTP_HEAD_DONE:
		break;
	}
	return 400;
}

const struct http_header *http_head_find(const struct http_request_head *head, const char *name,
					 const struct http_header *after)
{
	const struct http_header *end = head->headers + head->header_count;

	for (const struct http_header *at = after == NULL ? head->headers : after + 1; at < end; at++)
		if (slice_is_nocase(at->name, name))
			return at;
	return NULL;
}
