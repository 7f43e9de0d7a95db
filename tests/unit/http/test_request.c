/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: what is read from good ones, and which are refused (RFC 9110, RFC 9112). */
#include "messages.h"

#define HOST "Host: h\r\n"

static enum http_parse parse(const char *text, size_t len, struct http_leniency leniency,
			     struct parsed **ret)
{
	*ret = parsed_begin();
	return http_request_parse(text, len, LIMIT, leniency, &(*ret)->message, &(*ret)->why,
				  &(*ret)->at);
}

static struct http_message *good(const char *text)
{
	struct parsed *parsed;

	if (parse(text, strlen(text), strict, &parsed) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	size_t head = parsed->message.len;
	/* Every beginning of a good head is incomplete, and nothing else. */
	for (size_t len = 0; len < head; len++)
		assert_int_equal(parse(text, len, strict, &parsed), HTTP_PARSE_MORE);
	assert_int_equal(parse(text, head, strict, &parsed), HTTP_PARSE_DONE);
	return &parsed->message;
}

static void reads_all_parts(void **state)
{
	const char *text =
		"GET /stats;csv?x=1 HTTP/1.1\r\nHost: a.example:80\r\n"
		"X-Empty:\r\nX-Blank: \r\nAccept: \t text/html;q=\"a,b\" \t\r\n\r\nGET /next";
	struct http_message *message = good(text);

	is(message->method, "GET");
	assert_int_equal(message->method_id, HTTP_GET);
	is(message->target, "/stats;csv?x=1");
	is(message->path, "/stats;csv?x=1");
	is(http_path(message), "/stats;csv");
	is(http_query(message), "x=1");
	is(message->authority, "a.example:80");
	assert_int_equal(message->form, HTTP_TARGET_ORIGIN);
	assert_int_equal(message->minor, 1);
	assert_false(message->response);
	assert_true(message->keep_alive);
	assert_false(message->upgrade);
	assert_false(message->expects_continue);
	assert_false(message->asks_close);
	assert_int_equal(message->body, HTTP_BODY_NONE);
	assert_int_equal(message->header_count, 4);
	is(message->headers[1].name, "X-Empty");
	is(message->headers[1].value, "");
	is(message->headers[2].value, "");
	is(message->headers[3].value, "text/html;q=\"a,b\"");
	assert_int_equal(message->len, strlen(text) - strlen("GET /next"));
	assert_ptr_equal(http_find_name(message, SLICE("ACCEPT"), NULL), &message->headers[3]);
	assert_null(http_find_name(message, SLICE("accept"), &message->headers[3]));
	assert_ptr_equal(http_find(message, HTTP_HOST, NULL), &message->headers[0]);
}

static void targets(void **state)
{
	static const struct {
		const char *line, *path, *authority;
		enum http_target_form form;
	} rows[] = {
		{ "GET http://h:80/p?q HTTP/1.1", "/p?q", "h:80", HTTP_TARGET_ABSOLUTE },
		{ "GET http://H/ HTTP/1.1", "/", "H", HTTP_TARGET_ABSOLUTE },
		{ "GET https://h:443/ HTTP/1.1", "/", "h:443", HTTP_TARGET_ABSOLUTE },
		{ "GET http://h:/x HTTP/1.1", "/x", "h:", HTTP_TARGET_ABSOLUTE },
		{ "GET http://h HTTP/1.1", "/", "h", HTTP_TARGET_ABSOLUTE },
		{ "OPTIONS * HTTP/1.1", "*", "h", HTTP_TARGET_ASTERISK },
		{ "CONNECT h:443 HTTP/1.1", "", "h:443", HTTP_TARGET_AUTHORITY },
		{ "GET //x/ HTTP/1.1", "//x/", "h", HTTP_TARGET_ORIGIN },
		{ "GET /\"<>\\^`{|}? HTTP/1.1", "/\"<>\\^`{|}?", "h", HTTP_TARGET_ORIGIN },
		{ "G!T /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1",
		  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "h", HTTP_TARGET_ORIGIN },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s\r\n" HOST "\r\n", rows[i].line);
		const struct http_message *message = good(text);
		is(message->path, rows[i].path);
		is(message->authority, rows[i].authority);
		assert_int_equal(message->form, rows[i].form);
	}
	is(good("GET http://h/x HTTP/1.0\r\n\r\n")->authority, "h");
	is(good("GET / HTTP/1.0\r\n\r\n")->authority, "");
}

static void hosts(void **state)
{
	static const struct {
		const char *host;
		bool good;
	} rows[] = {
		{ "", true },          { "a.example", true }, { "a.example:8080", true },
		{ "a:", true },        { "[::1]:80", true },  { "[::1]", true },
		{ "a_b-c~%41", true }, { "10.0.0.1", true },  { "a b", false },
		{ "a,b", false },      { "a/b", false },      { "a@b", false },
		{ "a:x", false },      { "a?b", false },      { "a#b", false },
		{ "a:1:2", false },    { "::1", false },      { ":80", false },
		{ "\xc3\xa4", false }, { "a\tb", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct parsed *parsed;
		char text[100];
		enum http_parse result;

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", rows[i].host);
		result = parse(text, strlen(text), strict, &parsed);
		if (result != (rows[i].good ? HTTP_PARSE_DONE : HTTP_PARSE_BAD))
			fail_msg("result %d for: %s", (int)result, text);
		assert_int_equal(parse(text, strlen(text), unsafe, &parsed), HTTP_PARSE_DONE);
		is(parsed->message.authority, rows[i].host);
	}
}

static void persistence(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", true },
		{ "GET / HTTP/1.2\r\n" HOST "\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: foo,\t Close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection:\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nProxy-Connection: Keep-Alive\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
		{ "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(good(rows[i].text)->keep_alive, rows[i].keep_alive);
}

static void bodies(void **state)
{
	struct http_message *message;

	message = good("POST / HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n");
	assert_int_equal(message->body, HTTP_BODY_LENGTH);
	assert_int_equal(message->body_length, 12);
	assert_true(http_message_has_body(message));
	message = good("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_int_equal(message->body, HTTP_BODY_LENGTH);
	assert_false(http_message_has_body(message));
	message = good("POST / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775807\r\n\r\n");
	assert_true(message->body_length == INT64_MAX);
	message = good("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n");
	assert_int_equal(message->body, HTTP_BODY_CHUNKED);
	/* RFC 9112, 6.3: said twice and equal, it is sent once */
	message = good("POST / HTTP/1.1\r\n" HOST
		       "Content-Length: 7 , 7,7\r\nContent-Length: 7\r\nX: y\r\n\r\n");
	assert_int_equal(message->body_length, 7);
	assert_int_equal(message->header_count, 3);
	is(message->headers[1].value, "7");
	is(message->headers[2].name, "X");
}

static void flags(void **state)
{
	static const struct {
		const char *line, *headers;
		bool upgrade, expects_continue;
	} rows[] = {
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", true, false },
		{ "GET / HTTP/1.1", "upgrade: foo\r\nconnection: x, upgrade\r\n", true, false },
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\n", false, false },
		{ "GET / HTTP/1.1", "Upgrade: websocket\r\n", false, false },
		/* RFC 9110, 7.8: not from 1.0; and h2c would pass the rules by */
		{ "GET / HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false, false },
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n", false, false },
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n", false,
		  false },
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n",
		  false, false },
		{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
		  false, false },
		{ "POST / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 1\r\n",
		  false, false },
		{ "POST / HTTP/1.1", "Expect: 100-Continue\r\nContent-Length: 1\r\n", false, true },
		{ "POST / HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n", false,
		  false },
		{ "POST / HTTP/1.1", "Expect: something\r\n", false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s\r\n" HOST "%s\r\n", rows[i].line, rows[i].headers);
		const struct http_message *message = good(text);
		assert_int_equal(message->upgrade, rows[i].upgrade);
		assert_int_equal(message->expects_continue, rows[i].expects_continue);
	}
}

/* RFC 9110, 7.6.1; what others have put there stays. */
static void named_headers_are_dropped(void **state)
{
	const struct http_message *message =
		good("GET / HTTP/1.1\r\n" HOST "Foo: 1\r\nConnection: foo, host, cookie\r\n"
		     "X-Forwarded-Proto: https\r\nCookie: a\r\nBAR: 2\r\n"
		     "Connection: bar, X-Forwarded-Proto, via\r\nVia: x\r\nBaz: 3\r\n\r\n");

	assert_int_equal(message->header_count, 7);
	assert_null(http_find_name(message, SLICE("foo"), NULL));
	assert_null(http_find_name(message, SLICE("bar"), NULL));
	assert_non_null(http_find_name(message, SLICE("baz"), NULL));
	assert_non_null(http_find_name(message, SLICE("x-forwarded-proto"), NULL));
}

/* {text, strictly, with option accept-unsafe-violations-in-http-request} */
static const struct refusal {
	const char *text;
	enum http_parse strictly, unsafely;
} refusals[] = {
	/* 2.2: lines end in CR LF, and nothing else ends them */
	{ "GET / HTTP/1.1\n" HOST "\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\nHost: h\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "\rX", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "\nGET / HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	/* 3: one space between the parts */
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET /  HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ " GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET /\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "G(T / HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	/* 2.3 */
	{ "GET / http/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.10\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / RTSP/1.0\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/x.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / /1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", HTTP_PARSE_VERSION, HTTP_PARSE_DONE },
	{ "GET / HTTP/0.9\r\n\r\n", HTTP_PARSE_VERSION, HTTP_PARSE_DONE },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	/* 3.2 */
	{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET a/b HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET http:///x HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET h:443 HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://h?q HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://u:p@h/x HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://other/ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://h:81/ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://h:443/ HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "CONNECT /x HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "CONNECT h HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "CONNECT h: HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "CONNECT x:443 HTTP/1.1\r\n" HOST "\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	/* 5.1, 5.2 */
	{ "GET / HTTP/1.1\r\nHost : h\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n Host: h\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb: c\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "X(): a\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X y: a\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X\xe4: a\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X\x01: a\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\x01z\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\x7fz\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X: 0123456789abcdef0123456789\x01z\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\xffz\r\n\r\n", HTTP_PARSE_DONE, HTTP_PARSE_DONE },
	/* 6 */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1 1\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 2\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1,\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1,,1\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
	  HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	  HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
	  HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 1\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	/* RFC 1945: no body of these */
	{ "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", HTTP_PARSE_BODY, HTTP_PARSE_BODY },
	{ "HEAD / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", HTTP_PARSE_BODY, HTTP_PARSE_BODY },
	{ "DELETE / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", HTTP_PARSE_BODY, HTTP_PARSE_BODY },
	{ "GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", HTTP_PARSE_DONE, HTTP_PARSE_DONE },
	{ "OPTIONS / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", HTTP_PARSE_DONE, HTTP_PARSE_DONE },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;x=1\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", HTTP_PARSE_BAD,
	  HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP_PARSE_CODING,
	  HTTP_PARSE_CODING },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: ,chunked,\r\n\r\n", HTTP_PARSE_CODING,
	  HTTP_PARSE_CODING },
	/* TLS to a plain port */
	{ "\x16\x03\x01\x02", HTTP_PARSE_BAD, HTTP_PARSE_BAD },
};

static void refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *row = &refusals[i];
		struct parsed *parsed;
		enum http_parse result = parse(row->text, strlen(row->text), strict, &parsed);

		if (result != row->strictly)
			fail_msg("result %d (%s) for: %s", (int)result, parsed->why, row->text);
		assert_true(parsed->at <= strlen(row->text));
		result = parse(row->text, strlen(row->text), unsafe, &parsed);
		if (result != row->unsafely)
			fail_msg("unsafe result %d (%s) for: %s", (int)result, parsed->why,
				 row->text);
	}
}

static void nul_is_refused(void **state)
{
	static const char value[] = "GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n";
	static const char name[] = "GET / HTTP/1.1\r\n" HOST "X\0y: b\r\n\r\n";
	struct parsed *parsed;

	assert_int_equal(parse(value, sizeof(value) - 1, strict, &parsed), HTTP_PARSE_BAD);
	assert_int_equal(parsed->at, strchr(value, 'a') - value + 1);
	assert_int_equal(parse(value, sizeof(value) - 1, unsafe, &parsed), HTTP_PARSE_BAD);
	assert_int_equal(parse(name, sizeof(name) - 1, strict, &parsed), HTTP_PARSE_BAD);
	assert_int_equal(parse(name, sizeof(name) - 1, unsafe, &parsed), HTTP_PARSE_BAD);
}

static void errors_say_where(void **state)
{
	struct parsed *parsed;
	const char *text = "GET / HTTP/1.1\r\n" HOST "X-Y z: 1\r\n\r\n";

	assert_int_equal(parse(text, strlen(text), strict, &parsed), HTTP_PARSE_BAD);
	assert_int_equal(parsed->at, strstr(text, " z") - text);
	assert_string_equal(parsed->why, "blank in or behind a header's name");
}

static void limits(void **state)
{
	static char text[2 * LIMIT];
	struct parsed *parsed;
	size_t len;

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	assert_int_equal(parse(text, LIMIT, strict, &parsed), HTTP_PARSE_URI_TOO_LONG);
	assert_int_equal(parse(text, LIMIT - 1, strict, &parsed), HTTP_PARSE_MORE);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	assert_int_equal(parse(text, LIMIT, strict, &parsed), HTTP_PARSE_TOO_LARGE);

	/* As HAProxy with tune.http.maxhdr 101: 100 are taken, and one place is left. */
	for (int count = HTTP_HEADERS_PRESET - 1; count <= HTTP_HEADERS_PRESET; count++) {
		len = (size_t)sprintf(text, "GET / HTTP/1.1\r\n" HOST);
		for (int i = 1; i < count; i++)
			len += (size_t)sprintf(text + len, "a: b\r\n");
		len += (size_t)sprintf(text + len, "\r\n");
		assert_int_equal(parse(text, len, strict, &parsed), count < HTTP_HEADERS_PRESET
									    ? HTTP_PARSE_DONE
									    : HTTP_PARSE_TOO_LARGE);
	}
	assert_int_equal(http_parse_status(HTTP_PARSE_TOO_LARGE), 431);
	assert_int_equal(http_parse_status(HTTP_PARSE_URI_TOO_LONG), 414);
	assert_int_equal(http_parse_status(HTTP_PARSE_VERSION), 505);
	assert_int_equal(http_parse_status(HTTP_PARSE_CODING), 422);
	assert_int_equal(http_parse_status(HTTP_PARSE_BAD), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_parts),
		cmocka_unit_test(targets),
		cmocka_unit_test(hosts),
		cmocka_unit_test(persistence),
		cmocka_unit_test(bodies),
		cmocka_unit_test(flags),
		cmocka_unit_test(named_headers_are_dropped),
		cmocka_unit_test(refused),
		cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
