/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked coding (RFC 9112, 7.1): where it ends, whatever the pieces it comes in. */
#include "messages.h"

#include "http/chunked.h"

static void collect(void *context, struct slice piece)
{
	out_put(context, piece);
}

/* In pieces of `step` bytes; *ret_used in all. */
static enum http_chunked_result run(const char *text, size_t len, size_t step, struct out *out,
				    size_t *ret_used)
{
	enum http_chunked_result result = HTTP_CHUNKED_MORE;
	struct http_chunked chunked = { .left = 0 };

	for (*ret_used = 0; result == HTTP_CHUNKED_MORE && *ret_used < len;) {
		size_t here = len - *ret_used < step ? len - *ret_used : step, used;

		result = out != NULL ? http_chunked_read(&chunked, text + *ret_used, here, &used,
							 collect, out)
				     : http_chunked_scan(&chunked, text + *ret_used, here, &used);
		*ret_used += used;
		if (result == HTTP_CHUNKED_MORE)
			assert_int_equal(used, here);
	}
	return result;
}

static void good(void **state)
{
	static const struct {
		const char *text, *content;
	} rows[] = {
		{ "0\r\n\r\n", "" },
		{ "000\r\n\r\n", "" },
		{ "5\r\nhello\r\n0\r\n\r\n", "hello" },
		{ "A\r\n0123456789\r\n1;a=b;c=\"d e\"\r\nx\r\n0\r\n\r\n", "0123456789x" },
		{ "1 \t; x\r\n\r\r\n1\r\n\n\r\n0;x\r\n\r\n", "\r\n" },
		{ "1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n", "a" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200], content[100];
		size_t body = strlen(rows[i].text), len;

		len = (size_t)snprintf(text, sizeof(text), "%sGET / HTTP/1.1\r\n", rows[i].text);
		for (size_t step = 1; step <= len; step++) {
			struct out out = { .bytes = content, .size = sizeof(content) };
			size_t used;

			assert_int_equal(run(text, len, step, &out, &used), HTTP_CHUNKED_DONE);
			assert_int_equal(used, body);
			is(out_slice(&out), rows[i].content);
			assert_int_equal(run(text, len, step, NULL, &used), HTTP_CHUNKED_DONE);
			assert_int_equal(used, body);
			assert_int_equal(run(text, body - 1, step, NULL, &used), HTTP_CHUNKED_MORE);
		}
	}
}

static void bad(void **state)
{
	static const char *const rows[] = {
		"\r\n",
		"x\r\n",
		"-1\r\n",
		"0x1\r\n",
		" 1\r\n",
		"1\na\r\n",
		"1\r\nab\r\n",
		"1\r\na\n",
		"1\r\na\r\n\r\n",
		"1\rx",
		"1 1\r\n",
		"1;a\nb\r\n",
		"1;a\x01\r\n",
		"8000000000000000\r\n",
		"10000000000000000\r\n",
		"0\r\n\n",
		"0\r\n X: y\r\n",
		"0\r\nX : y\r\n",
		"0\r\nX\r\n",
		"0\r\n: y\r\n",
		"0\r\nX: y\n\r\n",
		"0\r\nX: \x7f\r\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t step = 1; step <= strlen(rows[i]); step++) {
			size_t used;

			if (run(rows[i], strlen(rows[i]), step, NULL, &used) != HTTP_CHUNKED_BAD)
				fail_msg("taken in steps of %zu: %s", step, rows[i]);
		}
}

static void lines_have_limits(void **state)
{
	static char text[40000];
	size_t used;

	memset(text, 'a', sizeof(text));
	memcpy(text, "1;", 2);
	assert_int_equal(run(text, 1000, 7, NULL, &used), HTTP_CHUNKED_MORE);
	assert_int_equal(run(text, 1100, 7, NULL, &used), HTTP_CHUNKED_BAD);
	memset(text, '0', sizeof(text));
	assert_int_equal(run(text, 1100, 7, NULL, &used), HTTP_CHUNKED_BAD);
	memset(text, 'a', sizeof(text));
	memcpy(text, "0\r\nX:", 5);
	assert_int_equal(run(text, 10000, 7, NULL, &used), HTTP_CHUNKED_MORE);
	assert_int_equal(run(text, sizeof(text), 7, NULL, &used), HTTP_CHUNKED_BAD);
}

static void data_may_pass_unread(void **state)
{
	struct http_chunked chunked = { .left = 0 };
	size_t used;

	assert_int_equal(http_chunked_scan(&chunked, "10", 2, &used), HTTP_CHUNKED_MORE);
	assert_int_equal(http_chunked_data_left(&chunked), 0); /* the size is not known yet */
	assert_int_equal(http_chunked_scan(&chunked, "0\r\nab", 5, &used), HTTP_CHUNKED_MORE);
	assert_int_equal(http_chunked_data_left(&chunked), 0x100 - 2);
	http_chunked_pass(&chunked, 0x100 - 3);
	assert_int_equal(http_chunked_data_left(&chunked), 1);
	http_chunked_pass(&chunked, 1);
	assert_int_equal(http_chunked_scan(&chunked, "\r\n0\r\n\r\nX", 8, &used),
			 HTTP_CHUNKED_DONE);
	assert_int_equal(used, 7);
	assert_int_equal(http_chunked_scan(&chunked, "X", 1, &used), HTTP_CHUNKED_DONE);
	assert_int_equal(used, 0);
}

/* What stands in front of trailers can be told from them, whatever the pieces. */
static void stops_before_trailers(void **state)
{
	static const char text[] = "3\r\nabc\r\n0;x\r\nX-Sum: 1\r\nX-More: 2\r\n\r\nGET";
	const size_t before = strlen("3\r\nabc\r\n0;x\r\n"), all = strlen(text) - 3;

	for (size_t step = 1; step <= before; step++) {
		struct http_chunked chunked = { .holds = true };
		size_t used, at = 0;

		while (at < before) {
			size_t here = before - at < step ? before - at : step;

			assert_false(http_chunked_at_trailers(&chunked));
			assert_int_equal(http_chunked_scan(&chunked, text + at, here, &used),
					 HTTP_CHUNKED_MORE);
			assert_int_equal(used, here);
			at += used;
		}
		assert_true(http_chunked_at_trailers(&chunked));
		assert_int_equal(http_chunked_scan(&chunked, text + at, all - at, &used),
				 HTTP_CHUNKED_MORE);
		assert_int_equal(used, 0);
		chunked.holds = false;
		assert_int_equal(http_chunked_scan(&chunked, text + at, sizeof(text) - 1 - at,
						   &used),
				 HTTP_CHUNKED_DONE);
		assert_int_equal(used, all - at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(lines_have_limits),
		cmocka_unit_test(data_may_pass_unread),
		cmocka_unit_test(stops_before_trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
