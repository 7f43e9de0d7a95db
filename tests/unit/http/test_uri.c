/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies, queries, percent-encoding: rows as HAProxy 2.6 reads them. */
#include "messages.h"

#include "http/cookie.h"
#include "http/uri.h"

/* "name=value|name=value|" of all. */
static void cookies(void **state)
{
	static const struct {
		const char *list, *found;
	} rows[] = {
		{ "a=1; b=2", "a=1|b=2|" },
		{ "a=1,b=2", "a=1|b=2|" },
		{ "a=\"x;y,z\"; b=2", "a=\"x;y,z\"|b=2|" },
		{ "a=\"\\\";\"; b=2", "a=\"\\\";\"|b=2|" },
		{ "a = 1 ; b= 2 ", "a=1|b=2|" },
		{ "a; b=2", "b=2|" },
		{ "a=; b", "a=|" },
		{ "a=1=2;b=3", "a=1=2|b=3|" },
		{ ";;a=1;;b=2", "a=1|b=2|" },
		{ "=x; a=1", "=x|a=1|" },
		{ "a=\"x", "a=\"x|" },
		{ "a=1 2;\tb=3", "a=1 2|b=3|" },
		{ "a=x, y; b=2", "a=x|b=2|" },
		{ "$Version=1; b=2; $Path=/", "b=2|" },
		{ "", "" },
		{ " ,; ", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice list = slice_of(rows[i].list);
		struct http_cookie cookie;
		char bytes[200];
		struct out out = { .bytes = bytes, .size = sizeof(bytes) };

		while (http_cookie_next(&list, &cookie)) {
			out_put(&out, cookie.name);
			out_char(&out, '=');
			out_put(&out, cookie.value);
			out_char(&out, '|');
		}
		is(out_slice(&out), rows[i].found);
		assert_false(http_cookie_next(&list, &cookie));
	}
}

static void whole_cookies(void **state)
{
	struct slice list = SLICE("x=y; a = 1 ; b=2");
	struct http_cookie cookie;

	assert_true(http_cookie_next(&list, &cookie));
	is(cookie.whole, "x=y");
	assert_true(http_cookie_next(&list, &cookie));
	is(cookie.whole, "a = 1");
	assert_int_equal(cookie.attributes.len, 0);
}

static void set_cookies(void **state)
{
	static const struct {
		const char *value, *name, *content, *attributes;
	} rows[] = {
		{ "a=1; Path=/; HttpOnly", "a", "1", " Path=/; HttpOnly" },
		{ " a = 1 ", "a", "1", "" },
		{ "a=1,2;x", "a", "1,2", "x" },
		{ "a=;x", "a", "", "x" },
		{ "a=\"1;2\";x", "a", "\"1;2\"", "x" },
	};
	struct http_cookie cookie;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(http_set_cookie_read(slice_of(rows[i].value), &cookie));
		is(cookie.name, rows[i].name);
		is(cookie.value, rows[i].content);
		is(cookie.attributes, rows[i].attributes);
	}
	assert_false(http_set_cookie_read(SLICE("a; b=c"), &cookie));
	assert_false(http_set_cookie_read(SLICE(""), &cookie));
	assert_false(http_set_cookie_read((struct slice){ NULL, 0 }, &cookie));
}

static void parameters(void **state)
{
	static const struct {
		const char *query, *name, *value;
		bool ignore_case;
	} rows[] = {
		{ "a=1&b=2", "a", "1", false }, { "a=1;b=2", "b", "2", false },
		{ "a=1|b=2", "b", "2", false }, { "a&b=2", "a", "", false },
		{ "a=&b=2", "a", "", false },   { "&&a=1&&b=2", "b", "2", false },
		{ "A=1&a=2", "a", "2", false }, { "A=1&a=2", "a", "1", true },
		{ "a=1=2", "a", "1=2", false }, { "=1&a=2", "a", "2", false },
		{ "=1&a=2", "", "1", false },   { "a=1&a=2", "a", "1", false },
		{ "ab=1", "a", NULL, false },   { "", "a", NULL, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice value;
		bool found = http_param_find(slice_of(rows[i].query), '|', slice_of(rows[i].name),
					     rows[i].ignore_case, &value);

		assert_int_equal(found, rows[i].value != NULL);
		if (found)
			is(value, rows[i].value);
	}
}

static void decoding(void **state)
{
	static const struct {
		const char *text, *plain, *plus; /* NULL: broken */
	} rows[] = {
		{ "a%41b", "aAb", "aAb" }, { "a+b%2B%2b", "a+b++", "a b++" },
		{ "%", NULL, NULL },       { "%4", NULL, NULL },
		{ "%zz", NULL, NULL },     { "%c3%A4", "\xc3\xa4", "\xc3\xa4" },
		{ "%2541", "%41", "%41" }, { "", "", "" },
		{ "%20 ", "  ", "  " },    { "a%", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int plus = 0; plus < 2; plus++) {
			const char *expected = plus ? rows[i].plus : rows[i].plain;
			char bytes[50];
			struct out out = { .bytes = bytes, .size = sizeof(bytes) };

			assert_int_equal(http_uri_decode(slice_of(rows[i].text), plus, &out),
					 expected != NULL);
			if (expected != NULL)
				is(out_slice(&out), expected);
		}
}

static void encoding(void **state)
{
	char bytes[200], plain[50];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };
	struct out back = { .bytes = plain, .size = sizeof(plain) };

	http_uri_encode(SLICE("azAZ09-_.~*+ /?&=\xc3\xa4%"), &out);
	is(out_slice(&out), "azAZ09-_.~%2A%2B%20%2F%3F%26%3D%C3%A4%25");
	assert_true(http_uri_decode(out_slice(&out), false, &back));
	is(out_slice(&back), "azAZ09-_.~*+ /?&=\xc3\xa4%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies),     cmocka_unit_test(whole_cookies),
		cmocka_unit_test(set_cookies), cmocka_unit_test(parameters),
		cmocka_unit_test(decoding),    cmocka_unit_test(encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
