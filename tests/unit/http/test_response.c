/* SPDX-License-Identifier: Apache-2.0 */
/* Responses: status lines, and what body follows (RFC 9112, 4 and 6.3). */
#include "messages.h"

static enum http_parse parse(const char *text, size_t len, enum http_method method,
			     struct http_leniency leniency, struct parsed **ret)
{
	*ret = parsed_begin();
	return http_response_parse(text, len, LIMIT, leniency, method, &(*ret)->message,
				   &(*ret)->why, &(*ret)->at);
}

static struct http_message *good(const char *text, enum http_method method)
{
	struct parsed *parsed;

	if (parse(text, strlen(text), method, strict, &parsed) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	size_t head = parsed->message.len;
	for (size_t len = 0; len < head; len++)
		assert_int_equal(parse(text, len, method, strict, &parsed), HTTP_PARSE_MORE);
	assert_int_equal(parse(text, head, method, strict, &parsed), HTTP_PARSE_DONE);
	return &parsed->message;
}

static void status_lines(void **state)
{
	static const struct {
		const char *line;
		unsigned status;
		const char *reason;
		unsigned minor;
	} rows[] = {
		{ "HTTP/1.1 200 OK", 200, "OK", 1 },
		{ "HTTP/1.0 404 Not  Found ", 404, "Not  Found ", 0 },
		{ "HTTP/1.1 200 ", 200, "", 1 },
		{ "HTTP/1.1 200", 200, "", 1 },
		{ "HTTP/1.2 999 \xc3\xa4", 999, "\xc3\xa4", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[100];

		snprintf(text, sizeof(text), "%s\r\nContent-Length: 2\r\n\r\n", rows[i].line);
		const struct http_message *message = good(text, HTTP_GET);
		assert_true(message->response);
		assert_int_equal(message->status, rows[i].status);
		is(message->reason, rows[i].reason);
		assert_int_equal(message->minor, rows[i].minor);
	}
}

#define LENGTH  "Content-Length: 2\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define UPGRADE "Connection: upgrade\r\nUpgrade: foo\r\n"

static void bodies(void **state)
{
	static const struct {
		enum http_method method;
		const char *line, *headers;
		enum http_body body;
		bool keep_alive;
		unsigned left; /* headers */
	} rows[] = {
		{ HTTP_GET, "HTTP/1.1 200 OK", LENGTH, HTTP_BODY_LENGTH, true, 1 },
		{ HTTP_GET, "HTTP/1.1 200 OK", LENGTH LENGTH, HTTP_BODY_LENGTH, true, 1 },
		{ HTTP_GET, "HTTP/1.1 200 OK", CHUNKED, HTTP_BODY_CHUNKED, true, 1 },
		{ HTTP_GET, "HTTP/1.1 200 OK", "", HTTP_BODY_CLOSE, false, 0 },
		{ HTTP_GET, "HTTP/1.0 200 OK", "", HTTP_BODY_CLOSE, false, 0 },
		{ HTTP_GET, "HTTP/1.0 200 OK", LENGTH, HTTP_BODY_LENGTH, false, 1 },
		{ HTTP_GET, "HTTP/1.0 200 OK", LENGTH "Connection: keep-alive\r\n",
		  HTTP_BODY_LENGTH, true, 2 },
		{ HTTP_GET, "HTTP/1.1 200 OK", LENGTH "Connection: close\r\n", HTTP_BODY_LENGTH,
		  false, 2 },
		/* 6.1: chunked counts, and the connection is not used again */
		{ HTTP_GET, "HTTP/1.1 200 OK", LENGTH CHUNKED, HTTP_BODY_CHUNKED, false, 1 },
		{ HTTP_GET, "HTTP/1.0 200 OK", CHUNKED "Connection: keep-alive\r\n",
		  HTTP_BODY_CHUNKED, false, 2 },
		{ HTTP_HEAD, "HTTP/1.1 200 OK", LENGTH, HTTP_BODY_NONE, true, 1 },
		{ HTTP_HEAD, "HTTP/1.1 200 OK", CHUNKED, HTTP_BODY_NONE, true, 1 },
		{ HTTP_HEAD, "HTTP/1.1 200 OK", "", HTTP_BODY_NONE, true, 0 },
		{ HTTP_GET, "HTTP/1.1 304 Not Modified", LENGTH, HTTP_BODY_NONE, true, 1 },
		{ HTTP_GET, "HTTP/1.1 204 No", LENGTH, HTTP_BODY_NONE, true, 0 },
		{ HTTP_GET, "HTTP/1.1 204 No", CHUNKED, HTTP_BODY_NONE, true, 0 },
		{ HTTP_GET, "HTTP/1.1 100 Continue", "", HTTP_BODY_NONE, true, 0 },
		{ HTTP_GET, "HTTP/1.1 103 Early Hints", LENGTH "Link: x\r\n", HTTP_BODY_NONE, true,
		  1 },
		{ HTTP_GET, "HTTP/1.1 101 Switching", UPGRADE, HTTP_BODY_TUNNEL, false, 2 },
		{ HTTP_GET, "HTTP/1.1 426 Upgrade", LENGTH UPGRADE, HTTP_BODY_LENGTH, true, 3 },
		{ HTTP_CONNECT, "HTTP/1.1 200 OK", LENGTH, HTTP_BODY_TUNNEL, false, 0 },
		{ HTTP_CONNECT, "HTTP/1.1 299 OK", CHUNKED, HTTP_BODY_TUNNEL, false, 0 },
		{ HTTP_CONNECT, "HTTP/1.1 403 No", LENGTH, HTTP_BODY_LENGTH, true, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s\r\n%s\r\n", rows[i].line, rows[i].headers);
		const struct http_message *message = good(text, rows[i].method);
		if (message->body != rows[i].body || message->keep_alive != rows[i].keep_alive ||
		    message->header_count != rows[i].left)
			fail_msg("body %d, keep_alive %d, %u headers: %s", (int)message->body,
				 message->keep_alive, message->header_count, text);
		assert_int_equal(message->upgrade, strstr(text, "foo") != NULL);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		enum http_parse strictly, unsafely;
	} rows[] = {
		{ "HTTP/1.10 200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
		{ "RTSP/1.0 200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
		{ "HTTP/2.0 200 OK\r\n\r\n", HTTP_PARSE_VERSION, HTTP_PARSE_DONE },
		{ "http/1.1 200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "ICY 200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 20 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 2000 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 099 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 20x OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1  200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 O\x01K\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\n\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
		{ "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\r\nX y: y\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
		{ "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\r\nX: y\x01\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		  HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", HTTP_PARSE_BAD,
		  HTTP_PARSE_BAD },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", HTTP_PARSE_CODING,
		  HTTP_PARSE_CODING },
		{ "HTTP/1.1 101 Sw\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
		{ "HTTP/1.1 101 Sw\r\nUpgrade: foo\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = rows[i].text;
		struct parsed *parsed;
		enum http_parse result = parse(text, strlen(text), HTTP_GET, strict, &parsed);

		if (result != rows[i].strictly)
			fail_msg("result %d (%s) for: %s", (int)result, parsed->why, text);
		result = parse(text, strlen(text), HTTP_GET, unsafe, &parsed);
		if (result != rows[i].unsafely)
			fail_msg("unsafe result %d (%s) for: %s", (int)result, parsed->why, text);
	}
}

static void limits(void **state)
{
	static char text[LIMIT];
	struct parsed *parsed;

	memset(text, 'a', sizeof(text));
	memcpy(text, "HTTP/1.1 200 ", 13);
	assert_int_equal(parse(text, LIMIT - 1, HTTP_GET, strict, &parsed), HTTP_PARSE_MORE);
	assert_int_equal(parse(text, LIMIT, HTTP_GET, strict, &parsed), HTTP_PARSE_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_lines),
		cmocka_unit_test(bodies),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
