/* SPDX-License-Identifier: Apache-2.0 */
/* Basic authentication (RFC 7617). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "http/basic_auth.h"

static bool decode(const char *value, struct http_credentials *ret)
{
	return http_basic_auth_decode((struct slice){ value, strlen(value) }, ret);
}

static void good(void **state)
{
	static struct http_credentials got;

	assert_true(decode("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &got)); /* RFC 7617, 2 */
	assert_true(slice_is(got.user, "Aladdin"));
	assert_true(slice_is(got.password, "open sesame"));
	assert_true(decode("bAsIc   YWRtaW46YTpi", &got)); /* a colon in the password */
	assert_true(slice_is(got.user, "admin"));
	assert_true(slice_is(got.password, "a:b"));
	assert_true(decode("Basic Og==", &got));
	assert_int_equal(got.user.len + got.password.len, 0);
}

static void malformed(void **state)
{
	static const char *const rows[] = {
		"",
		"Basic",
		"Basic ",
		"Basic QWxhZGRpbg==" /* no colon */,
		"Bearer QTpC",
		"BasicQTpC",
		"Basic QTpC=",
		"Basic QTp",
		"Basic QT pC",
		"Basic QTpC QTpC",
		"Basic Q*pC",
	};
	static struct http_credentials got;
	static char longest[4000] = "Basic ";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (decode(rows[i], &got))
			fail_msg("taken: %s", rows[i]);
	memset(longest + 6, 'O', sizeof(longest) - 7);
	assert_false(decode(longest, &got));
}

/* The longest that fits exactly. */
static void full_size(void **state)
{
	static struct http_credentials got;
	static char value[6 + 684 + 1] = "Basic Ojo6";

	for (size_t i = 10; i < 6 + 680; i += 4)
		memcpy(value + i, "Ojo6", 4);
	memcpy(value + 6 + 680, "Ojo=", 4);
	assert_true(decode(value, &got));
	assert_int_equal(got.user.len + 1 + got.password.len, 512);
}

static void secrets(void **state)
{
	struct slice given = { "secret", 6 };

	assert_true(http_secret_is(given, "secret"));
	assert_false(http_secret_is(given, "secreT"));
	assert_false(http_secret_is(given, "secretsecret"));
	assert_false(http_secret_is(given, "sec"));
	assert_false(http_secret_is(given, ""));
	assert_false(http_secret_is((struct slice){ "aa", 2 }, "a"));
	assert_false(http_secret_is((struct slice){ "", 0 }, "a"));
	assert_true(http_secret_is((struct slice){ "", 0 }, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(malformed),
		cmocka_unit_test(full_size),
		cmocka_unit_test(secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
