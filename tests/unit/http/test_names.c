/* SPDX-License-Identifier: Apache-2.0 */
/* Names, lists, and the replies of our own. */
#include "messages.h"

#include "http/reply.h"

static void header_names(void **state)
{
	static const struct {
		const char *name;
		enum http_header_id id;
	} rows[] = {
		{ "Accept-Encoding", HTTP_ACCEPT_ENCODING },
		{ "AUTHORIZATION", HTTP_AUTHORIZATION },
		{ "cache-control", HTTP_CACHE_CONTROL },
		{ "Connection", HTTP_CONNECTION },
		{ "Content-Length", HTTP_CONTENT_LENGTH },
		{ "Content-Type", HTTP_CONTENT_TYPE },
		{ "Cookie", HTTP_COOKIE },
		{ "Expect", HTTP_EXPECT },
		{ "Host", HTTP_HOST },
		{ "Keep-Alive", HTTP_KEEP_ALIVE },
		{ "Proxy-Authorization", HTTP_PROXY_AUTHORIZATION },
		{ "Proxy-Connection", HTTP_PROXY_CONNECTION },
		{ "Referer", HTTP_REFERER },
		{ "Set-Cookie", HTTP_SET_COOKIE },
		{ "TE", HTTP_TE },
		{ "Transfer-Encoding", HTTP_TRANSFER_ENCODING },
		{ "Upgrade", HTTP_UPGRADE },
		{ "User-Agent", HTTP_USER_AGENT },
		{ "X-Forwarded-For", HTTP_X_FORWARDED_FOR },
		{ "", HTTP_OTHER },
		{ "X-Forwarded-Fox", HTTP_OTHER },
		{ "Content_Length", HTTP_OTHER },
		{ "Content-Lengtx", HTTP_OTHER },
		{ "Connextion", HTTP_OTHER },
		{ "hosu", HTTP_OTHER },
		{ "tf", HTTP_OTHER },
		{ "Transfer-encodinG", HTTP_TRANSFER_ENCODING },
		{ "Transfer-Encodinx", HTTP_OTHER },
		{ "Proxy-Authorixation", HTTP_OTHER },
	};
	bool seen[HTTP_HEADER_IDS] = { false };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum http_header_id id = http_header_id_of(slice_of(rows[i].name));

		if (id != rows[i].id)
			fail_msg("%s is %d", rows[i].name, (int)id);
		seen[id] = true;
	}
	for (size_t id = 0; id < HTTP_HEADER_IDS; id++)
		assert_true(seen[id]);
}

static void methods(void **state)
{
	for (int id = HTTP_OPTIONS; id <= HTTP_CONNECT; id++)
		assert_int_equal(http_method_of(slice_of(http_method_name((enum http_method)id))),
				 id);
	assert_int_equal(http_method_of(SLICE("get")), HTTP_METHOD_OTHER);
	assert_int_equal(http_method_of(SLICE("PATCH")), HTTP_METHOD_OTHER);
	assert_string_equal(http_method_name(HTTP_METHOD_OTHER), "");
	assert_string_equal(http_reason(404), "Not Found");
	assert_string_equal(http_reason(299), "Unknown");
}

static void lists(void **state)
{
	struct slice list = SLICE(", a ,,\tb c\t, \"x,\\\"y\" ;z,"), element;

	assert_true(http_list_next(&list, &element));
	is(element, "a");
	assert_true(http_list_next(&list, &element));
	is(element, "b c");
	assert_true(http_list_next(&list, &element));
	is(element, "\"x,\\\"y\" ;z");
	assert_false(http_list_next(&list, &element));
	assert_false(http_list_next(&list, &element));
	list = SLICE("\"open, b");
	assert_true(http_list_next(&list, &element));
	is(element, "\"open, b");
	assert_false(http_list_next(&list, &element));
	assert_true(http_list_has(SLICE("a, Close"), "close"));
	assert_false(http_list_has(SLICE("closed, \"x,close\""), "close"));
	assert_false(http_list_has(SLICE(""), "close"));
}

static void replies(void **state)
{
	size_t count = 0;

	for (; http_reply_statuses[count] != 0; count++) {
		struct slice reply = http_reply_builtin(http_reply_statuses[count]);
		struct parsed *parsed = parsed_begin();

		assert_int_equal(http_response_parse(reply.at, reply.len, LIMIT, strict, HTTP_GET,
						     &parsed->message, &parsed->why, &parsed->at),
				 HTTP_PARSE_DONE);
		assert_int_equal(parsed->message.status, http_reply_statuses[count]);
		assert_int_equal(parsed->message.body, HTTP_BODY_LENGTH);
		if (parsed->message.body_length != reply.len - parsed->message.len)
			fail_msg("content-length of %u should be %zu", http_reply_statuses[count],
				 reply.len - parsed->message.len);
		assert_int_equal(parsed->message.keep_alive,
				 http_find(&parsed->message, HTTP_CONNECTION, NULL) == NULL);
	}
	assert_int_equal(count, 22);
	assert_null(http_reply_builtin(418).at);
	is(http_reply_builtin(503),
	   "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: no-cache\r\n"
	   "content-type: text/html\r\n\r\n<html><body><h1>503 Service Unavailable</h1>\n"
	   "No server is available to handle this request.\n</body></html>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_names),
		cmocka_unit_test(methods),
		cmocka_unit_test(lists),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
