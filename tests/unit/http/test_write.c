/* SPDX-License-Identifier: Apache-2.0 */
/* Heads written again: unedited, moved, and with the headers of the next connection. */
#include "messages.h"

static struct http_message *request(const char *text)
{
	struct parsed *parsed = parsed_begin();

	if (http_request_parse(text, strlen(text), LIMIT, strict, &parsed->message, &parsed->why,
			       &parsed->at) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	return &parsed->message;
}

static struct http_message *response(const char *text)
{
	struct parsed *parsed = parsed_begin();

	if (http_response_parse(text, strlen(text), LIMIT, strict, HTTP_GET, &parsed->message,
				&parsed->why, &parsed->at) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	return &parsed->message;
}

static void as_received(void **state)
{
	static const char *const texts[] = {
		"GET /x HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nX-Empty: \r\nX: y\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
		"GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_string_equal(written(request(texts[i])), texts[i]);
	assert_string_equal(written(response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")),
			    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
}

static void put_in_order(void **state)
{
	assert_string_equal(
		written(request("GET / HTTP/1.9\r\nHost:h\r\nA:  b\r\nC: d \r\nE: f\r\n\r\n")),
		"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nC: d\r\nE: f\r\n\r\n");
	assert_string_equal(
		written(request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n"
				"A: b\r\nContent-Length: 1\r\nC: d\r\n\r\n")),
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nA: b\r\nC: d\r\n\r\n");
	assert_string_equal(written(response("HTTP/1.0 200\r\nA: b\r\n\r\n")),
			    "HTTP/1.1 200 \r\nA: b\r\n\r\n");
}

static void cut_when_it_does_not_fit(void **state)
{
	const struct http_message *message = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	char bytes[20];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };

	http_message_write(message, &out);
	assert_true(out.cut);
	assert_int_equal(out.len, sizeof(bytes));
}

static void moves_with_its_buffer(void **state)
{
	const char *text = "GET http://h/p?q HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
	static char from[200], to[200];
	struct parsed *parsed = parsed_begin();

	strcpy(from, text);
	assert_int_equal(http_request_parse(from, strlen(from), LIMIT, strict, &parsed->message,
					    &parsed->why, &parsed->at),
			 HTTP_PARSE_DONE);
	assert_true(http_header_add(&parsed->message, SLICE("Own"), SLICE("memory")));
	memcpy(to + 3, from, strlen(text));
	http_message_rebase(&parsed->message, from, strlen(text), to + 3);
	memset(from, '#', sizeof(from));
	assert_string_equal(written(&parsed->message),
			    "GET http://h/p?q HTTP/1.1\r\nHost: h\r\nA: b\r\nOwn: memory\r\n\r\n");
	is(parsed->message.authority, "h");
	is(http_query(&parsed->message), "q");
}

static void request_connection(void **state)
{
	static const struct {
		const char *headers;
		bool keep_alive;
		unsigned minor;
		const char *expected;
	} rows[] = {
		{ "", true, 1, "" },
		{ "", false, 1, "Connection: close\r\n" },
		{ "", true, 0, "Connection: keep-alive\r\n" },
		{ "Connection: close\r\nA: b\r\n", true, 1, "A: b\r\n" },
		{ "A: b\r\nConnection: keep-alive\r\nC: d\r\n", true, 1, "A: b\r\nC: d\r\n" },
		{ "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n", true, 1, "" },
		{ "Connection: foo\r\nFoo: bar\r\n", true, 1, "" },
		/* upgrades */
		{ "Connection: Upgrade, foo\r\nUpgrade: websocket\r\n", true, 1,
		  "Upgrade: websocket\r\nConnection: Upgrade\r\n" },
		{ "Connection: Upgrade\r\nUpgrade: websocket\r\n", false, 1,
		  "Upgrade: websocket\r\nConnection: Upgrade\r\n" },
		{ "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", true, 1,
		  "HTTP2-Settings: x\r\n" },
		{ "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
		  true, 1, "" },
		{ "Upgrade: websocket\r\n", true, 1, "" },
		/* RFC 9110, 10.1.4: trailers are forwarded, other codings are not */
		{ "TE: trailers\r\nConnection: TE\r\n", true, 1,
		  "TE: trailers\r\nConnection: TE\r\n" },
		{ "TE: gzip, trailers;q=1\r\n", true, 1, "" },
		{ "TE: gzip, trailers\r\n", false, 1, "TE: trailers\r\nConnection: TE, close\r\n" },
		{ "TE: gzip\r\nConnection: TE\r\n", true, 1, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[300], expected[300];

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n",
			 rows[i].headers);
		snprintf(expected, sizeof(expected), "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n",
			 rows[i].expected);
		struct http_message *message = request(text);
		for (int twice = 0; twice < 2; twice++) { /* a retry writes it again */
			http_message_set_connection(message, rows[i].keep_alive,
						    (uint8_t)rows[i].minor);
			assert_string_equal(written(message), expected);
		}
	}
}

static void response_connection(void **state)
{
	struct http_message *message;

	message = response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n"
			   "Keep-Alive: timeout=5\r\n\r\n");
	assert_false(message->keep_alive);
	http_message_set_connection(message, true, 0);
	assert_string_equal(written(message), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
					      "Connection: keep-alive\r\n\r\n");
	message = response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: Upgrade\r\n"
			   "Upgrade: h2,h2c\r\nTE: trailers\r\n\r\n");
	http_message_set_connection(message, false, 0);
	assert_string_equal(written(message), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
					      "Connection: close\r\n\r\n");
	message = response("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n");
	http_message_set_connection(message, false, 1);
	assert_string_equal(written(message),
			    "HTTP/1.1 101 Go\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n");
	message = response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
	assert_true(http_header_set(message, SLICE("Connection"), SLICE("close")));
	assert_true(message->asks_close);
	http_message_set_connection(message, true, 1);
	assert_string_equal(written(message), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
					      "Connection: close\r\n\r\n");
}

static void room_for_connection_is_kept(void **state)
{
	struct http_message *message = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

	while (http_header_add(message, SLICE("A"), SLICE("b")))
		continue;
	assert_int_equal(message->header_count, HTTP_HEADERS_PRESET - 1);
	http_message_set_connection(message, false, 1);
	assert_int_equal(message->header_count, HTTP_HEADERS_PRESET);
	assert_non_null(strstr(written(message), "Connection: close\r\n\r\n"));
}

static void dates(void **state)
{
	static const struct {
		int64_t at;
		const char *text;
	} rows[] = {
		{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" }, /* RFC 9110, 5.6.7 */
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
		{ 1709251199, "Thu, 29 Feb 2024 23:59:59 GMT" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char bytes[40];
		struct out out = { .bytes = bytes, .size = sizeof(bytes) };

		http_date(&out, rows[i].at);
		is(out_slice(&out), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_received),
		cmocka_unit_test(put_in_order),
		cmocka_unit_test(cut_when_it_does_not_fit),
		cmocka_unit_test(moves_with_its_buffer),
		cmocka_unit_test(request_connection),
		cmocka_unit_test(response_connection),
		cmocka_unit_test(room_for_connection_is_kept),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
