/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/ip.h"

static struct ip ip(const char *text)
{
	struct ip ret;

	assert_true(ip_parse(text, &ret));
	return ret;
}

static void test_text(void **state)
{
	static const char *const texts[] = { "10.1.1.80", "2001:db8::1", "fe80::1", "::" };
	char buf[IP_TEXT];

	(void)state;
	assert_string_equal(ip_text(&(struct ip){ .family = 0 }, buf), "-");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ip parsed = ip(texts[i]);

		assert_string_equal(ip_text(&parsed, buf), texts[i]);
	}
}

static void test_refuses(void **state)
{
	static const char *const texts[] = { "", "10.1.1", "10.1.1.1/24", "1:2", "host", "::g" };
	struct ip unused;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(ip_parse(texts[i], &unused));
}

static void test_order(void **state)
{
	struct ip a = ip("10.1.1.9"), b = ip("10.1.1.10"), c = ip("fe80::1"), d = ip("2001::1");

	(void)state;
	assert_true(ip_compare(&a, &b) < 0);
	assert_true(ip_compare(&b, &c) < 0);
	assert_true(ip_compare(&d, &c) < 0);
	assert_int_equal(ip_compare(&c, &c), 0);
	assert_true(ip_equal(&c, &c));
	assert_false(ip_equal(&c, &d));
	assert_true(ip_is_link_local(&c));
	assert_false(ip_is_link_local(&d));
	assert_false(ip_is_link_local(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
