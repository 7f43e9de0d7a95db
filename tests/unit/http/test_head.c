/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads: what is read from good ones, and which are refused (RFC 9112). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/framing.h"
#include "http/head.h"

enum { LIMIT = 8192 };

static enum http_head_result parse(const char *text, struct http_request_head *head)
{
	const char *why;

	return http_head_parse(text, strlen(text), LIMIT, head, &why);
}

static void good(const char *text, struct http_request_head *head)
{
	const char *why = "more";

	if (http_head_parse(text, strlen(text), LIMIT, head, &why) != HTTP_HEAD_DONE)
		fail_msg("refused (%s): %s", why, text);
	/* Every beginning of a good head is incomplete, and nothing else. */
	for (size_t len = 0; len < head->len; len++) {
		static struct http_request_head scratch;

		assert_int_equal(http_head_parse(text, len, LIMIT, &scratch, &why), HTTP_HEAD_MORE);
	}
}

static void slice(struct slice slice, const char *text)
{
	if (!slice_is(slice, text))
		fail_msg("'%.*s' is not '%s'", (int)slice.len, slice.at, text);
}

static void reads_all_parts(void **state)
{
	static struct http_request_head head;
	const char *text = "GET /stats;csv?x=1 HTTP/1.1\r\nHost: a.example:80\r\n"
			   "X-Empty:\r\nAccept: \t text/html \t\r\n\r\nGET /next";

	good(text, &head);
	slice(head.method, "GET");
	slice(head.target, "/stats;csv?x=1");
	slice(head.path, "/stats;csv?x=1");
	slice(head.authority, "a.example:80");
	assert_int_equal(head.form, HTTP_TARGET_ORIGIN);
	assert_int_equal(head.minor, 1);
	assert_true(head.keep_alive);
	assert_int_equal(head.body, HTTP_BODY_NONE);
	assert_int_equal(head.header_count, 3);
	slice(head.headers[1].name, "X-Empty");
	slice(head.headers[1].value, "");
	slice(head.headers[2].value, "text/html");
	assert_int_equal(head.len, strlen(text) - strlen("GET /next"));
	assert_ptr_equal(http_head_find(&head, "ACCEPT", NULL), &head.headers[2]);
	assert_null(http_head_find(&head, "accept", &head.headers[2]));
}

static void targets(void **state)
{
	static const struct {
		const char *line, *path, *authority;
		enum http_target_form form;
	} rows[] = {
		{ "GET http://b.example:8080/p?q HTTP/1.1", "/p?q", "b.example:8080",
		  HTTP_TARGET_ABSOLUTE },
		{ "GET http://b.example HTTP/1.1", "/", "b.example", HTTP_TARGET_ABSOLUTE },
		{ "GET http://b.example?q HTTP/1.1", "?q", "b.example", HTTP_TARGET_ABSOLUTE },
		{ "OPTIONS * HTTP/1.1", "*", "h", HTTP_TARGET_ASTERISK },
		{ "CONNECT b.example:443 HTTP/1.1", "", "b.example:443", HTTP_TARGET_AUTHORITY },
		{ "GET //x/ HTTP/1.1", "//x/", "h", HTTP_TARGET_ORIGIN },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct http_request_head head;
		char text[200];

		snprintf(text, sizeof(text), "%s\r\nHost: h\r\n\r\n", rows[i].line);
		good(text, &head);
		slice(head.path, rows[i].path);
		slice(head.authority, rows[i].authority);
		assert_int_equal(head.form, rows[i].form);
	}
}

static void persistence(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true },
		{ "GET / HTTP/1.2\r\nHost: h\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: foo,\t Close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: x\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
		{ "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct http_request_head head;

		good(rows[i].text, &head);
		assert_int_equal(head.keep_alive, rows[i].keep_alive);
	}
}

static void bodies(void **state)
{
	static struct http_request_head head;

	good("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n", &head);
	assert_int_equal(head.body, HTTP_BODY_LENGTH);
	assert_int_equal(head.body_length, 12);
	good("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7, 7\r\nContent-Length: 7\r\n\r\n", &head);
	assert_int_equal(head.body_length, 7);
	good("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n", &head);
	assert_true(head.body_length == UINT64_MAX);
	good("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n", &head);
	assert_int_equal(head.body, HTTP_BODY_CHUNKED);
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		enum http_head_result result;
	} rows[] = {
		/* 2.2: lines end in CR LF, and nothing else ends them */
		{ "GET / HTTP/1.1\nHost: h\n\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", HTTP_HEAD_BAD },
		{ "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "\nGET", HTTP_HEAD_BAD },
		/* 3: one space between the parts */
		{ "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ " GET / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET /\r\n\r\n", HTTP_HEAD_BAD },
		{ "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		/* 2.3 */
		{ "GET / http/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.10\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/2.0\r\nHost: h\r\n\r\n", HTTP_HEAD_VERSION },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_HEAD_VERSION },
		/* 3.2 */
		{ "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET a/b HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET * HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "CONNECT /x HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HTTP_HEAD_BAD },
		/* 5.1, 5.2 */
		{ "GET / HTTP/1.1\r\nHost : h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\n Host: h\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01z\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nX: a\x7fz\r\n\r\n", HTTP_HEAD_BAD },
		/* 6 */
		{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n",
		  HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		  HTTP_HEAD_BAD },
		{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
		  HTTP_HEAD_BAD },
		{ "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		  HTTP_HEAD_CODING },
		{ "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", HTTP_HEAD_BAD },
		/* TLS to a plain port */
		{ "\x16\x03\x01\x02", HTTP_HEAD_BAD },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct http_request_head head;

		if (parse(rows[i].text, &head) != rows[i].result)
			fail_msg("result %d for: %s", (int)parse(rows[i].text, &head), rows[i].text);
	}
}

static void nul_is_refused(void **state)
{
	static struct http_request_head head;
	static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n";
	const char *why;

	assert_int_equal(http_head_parse(text, sizeof(text) - 1, LIMIT, &head, &why), HTTP_HEAD_BAD);
}

static void limits(void **state)
{
	static struct http_request_head head;
	static char text[2 * LIMIT];
	const char *why;
	size_t len;

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	assert_int_equal(http_head_parse(text, LIMIT, LIMIT, &head, &why), HTTP_HEAD_URI_TOO_LONG);
	assert_int_equal(http_head_parse(text, LIMIT - 1, LIMIT, &head, &why), HTTP_HEAD_MORE);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	assert_int_equal(http_head_parse(text, LIMIT, LIMIT, &head, &why), HTTP_HEAD_TOO_LARGE);

	len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: h\r\n");
	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		len += (size_t)sprintf(text + len, "a: b\r\n");
	len += (size_t)sprintf(text + len, "\r\n");
	assert_int_equal(http_head_parse(text, len, LIMIT, &head, &why), HTTP_HEAD_TOO_LARGE);
	assert_int_equal(http_head_status(HTTP_HEAD_TOO_LARGE), 431);
	assert_int_equal(http_head_status(HTTP_HEAD_URI_TOO_LONG), 414);
	assert_int_equal(http_head_status(HTTP_HEAD_VERSION), 505);
	assert_int_equal(http_head_status(HTTP_HEAD_CODING), 501);
	assert_int_equal(http_head_status(HTTP_HEAD_BAD), 400);
}

static void lists(void **state)
{
	struct slice list = { ", a ,,\tb c\t,", 12 }, element;

	assert_true(http_list_next(&list, &element));
	slice(element, "a");
	assert_true(http_list_next(&list, &element));
	slice(element, "b c");
	assert_false(http_list_next(&list, &element));
	assert_false(http_list_next(&list, &element));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_parts), cmocka_unit_test(targets),
		cmocka_unit_test(persistence),	   cmocka_unit_test(bodies),
		cmocka_unit_test(refused),	   cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(limits),	   cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
