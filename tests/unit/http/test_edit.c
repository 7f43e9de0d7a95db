/* SPDX-License-Identifier: Apache-2.0 */
/* What rules do to messages, and that they cannot break them. */
#include "messages.h"

#include "base/bump.h"

#define HOST "Host: h\r\n"

static struct http_message *request(const char *text)
{
	struct parsed *parsed = parsed_begin();

	if (http_request_parse(text, strlen(text), LIMIT, strict, &parsed->message, &parsed->why,
			       &parsed->at) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	return &parsed->message;
}

static struct http_message *response(const char *text, enum http_method method)
{
	struct parsed *parsed = parsed_begin();

	if (http_response_parse(text, strlen(text), LIMIT, strict, method, &parsed->message,
				&parsed->why, &parsed->at) != HTTP_PARSE_DONE)
		fail_msg("refused (%s at %zu): %s", parsed->why, parsed->at, text);
	return &parsed->message;
}

static void headers(void **state)
{
	struct http_message *message =
		request("GET / HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\na: 3\r\nCookie: x\r\n\r\n");
	struct http_header *header;

	assert_true(http_header_add(message, SLICE("a"), SLICE(" 4\t")));
	assert_int_equal(message->headers[5].id, HTTP_OTHER);
	assert_true(http_header_set(message, SLICE("A"), SLICE("5")));
	assert_true(http_header_set(message, SLICE("User-Agent"), SLICE("")));
	assert_int_equal(message->headers[4].id, HTTP_USER_AGENT);
	header = http_find_name(message, SLICE("b"), NULL);
	assert_true(http_header_change(message, header, SLICE("6")));
	assert_string_equal(written(message), "GET / HTTP/1.1\r\n" HOST
					      "A: 5\r\nB: 6\r\nCookie: x\r\nUser-Agent: \r\n\r\n");
	http_header_remove(message, header);
	assert_int_equal(http_header_remove_all(message, SLICE("COOKIE")), 1);
	assert_int_equal(http_header_remove_all(message, SLICE("cookie")), 0);
	assert_string_equal(written(message),
			    "GET / HTTP/1.1\r\n" HOST "A: 5\r\nUser-Agent: \r\n\r\n");
	assert_true(http_header_add(message, SLICE("a"), SLICE("7")));
	assert_int_equal(http_header_remove_all(message, SLICE("A")), 2);
}

/* A value taken from another header of the same buffer must not be mistaken for a line. */
static void values_from_elsewhere(void **state)
{
	struct http_message *message =
		request("GET / HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\nC: 3\r\n\r\n");

	assert_true(http_header_change(message, &message->headers[1], message->headers[2].value));
	assert_true(http_header_change(message, &message->headers[3], message->headers[1].value));
	assert_string_equal(written(message),
			    "GET / HTTP/1.1\r\n" HOST "A: 2\r\nB: 2\r\nC: 2\r\n\r\n");
}

static void what_may_not_be_sent(void **state)
{
	static const struct slice names[] = { SLICE_CONST(""),     SLICE_CONST("a b"),
					      SLICE_CONST("a:"),   SLICE_CONST("a\r\nb"),
					      SLICE_CONST("\xe4"), SLICE_CONST("a\0") };
	static const struct slice values[] = { SLICE_CONST("a\r\nb: c"), SLICE_CONST("a\nb"),
					       SLICE_CONST("a\0b"), SLICE_CONST("a\x7f"),
					       SLICE_CONST("0123456789abcdef\r") };
	struct http_message *message = request("GET / HTTP/1.1\r\n" HOST "A: 1\r\n\r\n");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_false(http_name_valid(names[i]));
		assert_false(http_header_add(message, names[i], SLICE("x")));
		assert_false(http_header_set(message, names[i], SLICE("x")));
	}
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		assert_false(http_value_valid(values[i]));
		assert_false(http_header_add(message, SLICE("B"), values[i]));
		assert_false(http_header_set(message, SLICE("A"), values[i]));
		assert_false(http_header_change(message, &message->headers[1], values[i]));
	}
	assert_true(http_value_valid(SLICE("\xc3\xa4\t ")));
	assert_string_equal(written(message), "GET / HTTP/1.1\r\n" HOST "A: 1\r\n\r\n");
}

static void framing_stays(void **state)
{
	const struct slice length = SLICE("content-length"), coding = SLICE("transfer-encoding");
	struct http_message *message;

	message = request("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n");
	assert_false(http_header_set(message, length, SLICE("5")));
	assert_false(http_header_add(message, length, SLICE("3")));
	assert_false(http_header_add(message, coding, SLICE("chunked")));
	assert_true(http_header_set(message, length, SLICE("3")));
	assert_int_equal(http_header_remove_all(message, length), 1);
	assert_string_equal(written(message),
			    "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n");
	assert_true(http_header_add(message, length, SLICE("3")));

	message = request("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	assert_false(http_header_set(message, coding, SLICE("gzip, chunked")));
	assert_false(http_header_add(message, length, SLICE("3")));
	http_header_remove(message, http_find(message, HTTP_TRANSFER_ENCODING, NULL));
	assert_string_equal(written(message),
			    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");

	message = request("GET / HTTP/1.1\r\n" HOST "\r\n");
	assert_false(http_header_add(message, length, SLICE("3")));
	assert_false(http_header_add(message, coding, SLICE("chunked")));
	assert_true(http_header_add(message, length, SLICE("0")));

	message = response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", HTTP_HEAD);
	assert_true(http_header_set(message, length, SLICE("5")));
	assert_int_equal(http_header_remove_all(message, length), 1);
	assert_string_equal(written(message), "HTTP/1.1 200 OK\r\n\r\n");
	message = response("HTTP/1.1 204 No\r\n\r\n", HTTP_GET);
	assert_false(http_header_add(message, length, SLICE("0")));
	message = response("HTTP/1.1 200 OK\r\n\r\n", HTTP_GET);
	assert_false(http_header_add(message, length, SLICE("5")));
}

static void flags_follow(void **state)
{
	struct http_message *message;

	message = request("GET / HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: foo\r\n\r\n");
	assert_true(message->upgrade);
	http_header_remove_all(message, SLICE("upgrade"));
	assert_false(message->upgrade);
	assert_true(http_header_set(message, SLICE("Upgrade"), SLICE("websocket")));
	assert_true(message->upgrade);
	assert_true(http_header_set(message, SLICE("Connection"), SLICE("close")));
	assert_false(message->upgrade);
	assert_true(message->asks_close);

	message = request("POST / HTTP/1.1\r\n" HOST
			  "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n");
	assert_true(message->expects_continue);
	http_header_remove_all(message, SLICE("Expect"));
	assert_false(message->expects_continue);

	message = request("GET / HTTP/1.1\r\n" HOST "\r\n");
	assert_true(http_header_set(message, SLICE("host"), SLICE("other:80")));
	is(message->authority, "other:80");
	assert_false(http_header_set(message, SLICE("host"), SLICE("a b")));
	assert_false(http_header_add(message, SLICE("host"), SLICE("b")));
	assert_int_equal(http_header_remove_all(message, SLICE("HOST")), 1);
	is(message->authority, "");

	message = request("GET http://h/x?y HTTP/1.1\r\n" HOST "\r\n");
	assert_true(http_header_set(message, SLICE("Host"), SLICE("other")));
	assert_string_equal(written(message),
			    "GET http://other/x?y HTTP/1.1\r\nHost: other\r\n\r\n");
}

enum edit { PATH, PATHQ, QUERY, TARGET };

/* As HAProxy 2.6 writes them; it also writes what cannot be parsed, we do not. */
static void targets(void **state)
{
	static const struct {
		const char *line;
		enum edit edit;
		const char *value;
		const char *expected; /* NULL: refused */
	} rows[] = {
		{ "GET /a?q HTTP/1.1", PATH, "/b", "GET /b?q HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", PATH, "/b", "GET /b HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a? HTTP/1.1", PATH, "b", "GET /b? HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", PATH, "", "GET / HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", PATH, "/b c", NULL },
		{ "GET /a HTTP/1.1", PATH, "/b\r\nX: y", NULL },
		{ "GET http://h/a?q HTTP/1.1", PATH, "/b",
		  "GET http://h/b?q HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a?q HTTP/1.1", PATHQ, "/b?c", "GET /b?c HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a?q HTTP/1.1", PATHQ, "/b", "GET /b HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a?q HTTP/1.1", QUERY, "r?s", "GET /a?r?s HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", QUERY, "?r", "GET /a?r HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a?q HTTP/1.1", QUERY, "", "GET /a? HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", QUERY, "a b", NULL },
		{ "OPTIONS * HTTP/1.1", PATH, "/b", NULL },
		{ "CONNECT h:443 HTTP/1.1", PATH, "/b", NULL },
		{ "CONNECT h:443 HTTP/1.1", TARGET, "/b", NULL },
		{ "GET /a HTTP/1.1", TARGET, "http://z:8/n",
		  "GET http://z:8/n HTTP/1.1\r\nHost: z:8\r\n\r\n" },
		{ "GET http://h/a HTTP/1.1", TARGET, "/n?o",
		  "GET /n?o HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ "GET /a HTTP/1.1", TARGET, "n", NULL },
		{ "GET /a HTTP/1.1", TARGET, "", NULL },
		{ "GET /a HTTP/1.1", TARGET, "/ HTTP/1.1\r\n\r\nGET /", NULL },
	};
	static struct bump_pool pool;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static bool (*const edits[])(struct http_message *, struct bump *, struct slice) = {
			[PATH] = http_set_path,
			[PATHQ] = http_set_pathq,
			[QUERY] = http_set_query,
			[TARGET] = http_set_target,
		};
		struct bump memory = { .pool = &pool };
		char text[200];

		snprintf(text, sizeof(text), "%s\r\n" HOST "\r\n", rows[i].line);
		struct http_message *message = request(text);
		assert_int_equal(edits[rows[i].edit](message, &memory, slice_of(rows[i].value)),
				 rows[i].expected != NULL);
		assert_string_equal(written(message),
				    rows[i].expected != NULL ? rows[i].expected : text);
		bump_free(&memory);
	}
	bump_pool_free(&pool);
}

static void methods(void **state)
{
	struct http_message *message = request("GET / HTTP/1.1\r\n" HOST "\r\n");

	assert_true(http_set_method(message, SLICE("POST")));
	assert_int_equal(message->method_id, HTTP_POST);
	assert_false(http_set_method(message, SLICE("CONNECT")));
	assert_false(http_set_method(message, SLICE("B D")));
	assert_true(http_set_method(message, SLICE("PURGE")));
	assert_string_equal(written(message), "PURGE / HTTP/1.1\r\n" HOST "\r\n");
	assert_false(http_set_method(request("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), SLICE("GET")));
}

static void statuses(void **state)
{
	struct http_message *message =
		response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", HTTP_GET);

	assert_true(http_set_status(message, 404, (struct slice){ NULL, 0 }));
	assert_string_equal(written(message),
			    "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n");
	assert_true(http_set_status(message, 599, SLICE("Own words")));
	assert_string_equal(written(message),
			    "HTTP/1.1 599 Own words\r\nContent-Length: 3\r\n\r\n");
	assert_false(http_set_status(message, 204, SLICE("")));
	assert_false(http_set_status(message, 100, SLICE("")));
	assert_false(http_set_status(message, 99, SLICE("")));
	assert_false(http_set_status(message, 200, SLICE("a\r\nb")));

	message = response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_GET);
	assert_true(http_set_status(message, 204, (struct slice){ NULL, 0 }));
	assert_string_equal(written(message), "HTTP/1.1 204 No Content\r\n\r\n");
	/* what had no content must not end with the connection */
	message = response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", HTTP_GET);
	assert_true(http_set_status(message, 200, (struct slice){ NULL, 0 }));
	assert_string_equal(written(message), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void made_here(void **state)
{
	struct http_header table[8];
	struct http_message message = { .response = true,
					.minor = 1,
					.status = 302,
					.reason = slice_of(http_reason(302)),
					.body = HTTP_BODY_LENGTH,
					.headers = table,
					.header_max = ARRAY_LEN(table) };

	assert_true(http_header_add(&message, SLICE("location"), SLICE("/x")));
	http_message_set_connection(&message, true, 1);
	assert_string_equal(written(&message),
			    "HTTP/1.1 302 Found\r\nlocation: /x\r\nContent-Length: 0\r\n\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(values_from_elsewhere),
		cmocka_unit_test(what_may_not_be_sent),
		cmocka_unit_test(framing_stays),
		cmocka_unit_test(flags_follow),
		cmocka_unit_test(targets),
		cmocka_unit_test(methods),
		cmocka_unit_test(statuses),
		cmocka_unit_test(made_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
