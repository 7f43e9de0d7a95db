/* SPDX-License-Identifier: Apache-2.0 */
/* Changes lie over the process's environment and leave it alone. */
#include "fixture.h"

#include <stdlib.h>

static void test_changes(void **state)
{
	struct arena *arena = arena_new();
	struct conf_environment *environment = conf_environment_new(arena);

	setenv("RELEVO_TEST", "outer", 1);
	assert_string_equal(conf_environment_get(environment, "RELEVO_TEST"), "outer");
	conf_environment_set(environment, "RELEVO_TEST", "inner");
	conf_environment_set(environment, "RELEVO_TEST", "inner 2");
	assert_string_equal(conf_environment_get(environment, "RELEVO_TEST"), "inner 2");
	assert_string_equal(getenv("RELEVO_TEST"), "outer");
	conf_environment_unset(environment, "RELEVO_TEST");
	assert_null(conf_environment_get(environment, "RELEVO_TEST"));
	arena_free(arena);
}

static void test_keep(void **state)
{
	static const char *const kept[] = { "RELEVO_A", "RELEVO_NONE" };
	struct arena *arena = arena_new();
	struct conf_environment *environment = conf_environment_new(arena);

	setenv("RELEVO_A", "1", 1);
	setenv("RELEVO_B", "2", 1);
	conf_environment_set(environment, "RELEVO_C", "3");
	conf_environment_keep(environment, kept, 2);
	assert_string_equal(conf_environment_get(environment, "RELEVO_A"), "1");
	assert_null(conf_environment_get(environment, "RELEVO_B"));
	assert_null(conf_environment_get(environment, "RELEVO_C"));
	assert_null(conf_environment_get(environment, "RELEVO_NONE"));
	conf_environment_set(environment, "RELEVO_B", "4");
	assert_string_equal(conf_environment_get(environment, "RELEVO_B"), "4");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
