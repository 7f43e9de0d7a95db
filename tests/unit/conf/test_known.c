/* SPDX-License-Identifier: Apache-2.0 */
/* The list of words HAProxy has: sorted, unique, found. */
#include "fixture.h"

#include "conf/known.h"

static void test_sorted_and_unique(void **state)
{
	static const struct {
		enum conf_known_class class;
		const char *name;
	} rows[] = {
#define KNOWN(id, text) { CONF_KNOWN_##id, text },
#include "conf/known_haproxy.def"
#undef KNOWN
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (i != 0 && (rows[i - 1].class > rows[i].class ||
			       (rows[i - 1].class == rows[i].class &&
				strcmp(rows[i - 1].name, rows[i].name) >= 0)))
			fail_msg("'%s' before '%s'", rows[i - 1].name, rows[i].name);
		if (!conf_known_elsewhere(rows[i].class, rows[i].name))
			fail_msg("'%s' is not found", rows[i].name);
	}
}

static void test_lookup(void **state)
{
	assert_true(conf_known_elsewhere(CONF_KNOWN_PROXY, "timeout tarpit"));
	assert_true(conf_known_elsewhere(CONF_KNOWN_PROXY, "reqrep"));
	assert_true(conf_known_elsewhere(CONF_KNOWN_BIND, "ssl"));
	assert_true(conf_known_elsewhere(CONF_KNOWN_SERVER, "cookie"));
	assert_true(conf_known_elsewhere(CONF_KNOWN_SECTION, "peers"));
	assert_false(conf_known_elsewhere(CONF_KNOWN_SECTION, "ssl"));
	assert_false(conf_known_elsewhere(CONF_KNOWN_BIND, "sssl"));
	assert_false(conf_known_elsewhere(CONF_KNOWN_SERVICE, "zzz"));
	assert_false(conf_known_elsewhere(CONF_KNOWN_ACTION_HTTP_AFTER_RESPONSE, ""));
}

static void test_classes(void **state)
{
	assert_int_equal(conf_known_class_find("server option"), CONF_KNOWN_SERVER);
	assert_int_equal(conf_known_class_find("balance algorithm"), CONF_KNOWN_BALANCE);
	assert_int_equal(conf_known_class_find("hat"), -1);
	for (int class = 0; class < CONF_KNOWN_COUNT; class++) {
		size_t count;
		const char *const *names = conf_known_names((enum conf_known_class)class, &count);

		assert_true(count > 0);
		assert_true(conf_known_elsewhere((enum conf_known_class)class, names[0]));
		assert_true(conf_known_elsewhere((enum conf_known_class)class, names[count - 1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
