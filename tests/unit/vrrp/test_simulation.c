/* SPDX-License-Identifier: Apache-2.0 */
/* A short run of the simulator: what it does and checks is in tests/sim/rules.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/groups.h"

enum { SEEDS = 20000, GROUP_SEEDS = 2000 };

static void test_seeds(void **state)
{
	struct world *world = malloc(sizeof(*world));
	struct scenario_figures figures = { 0 };

	assert_non_null(world);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		if (!scenario_run(world, seed, NULL, &figures))
			fail_msg("seed %lu: %s: make sim SEED=%lu", (unsigned long)seed,
				 world->failure, (unsigned long)seed);
	free(world);
	/* Or the disturbances disturb nothing. */
	assert_true(figures.contests > SEEDS / 3);
	assert_true(figures.gaps > SEEDS / 2);
	assert_true(figures.hand_overs > SEEDS / 20);
	assert_true(figures.fail_overs > SEEDS / 50);
}

static void test_groups(void **state)
{
	struct groups *groups = malloc(sizeof(*groups));
	struct scenario_figures figures = { 0 };
	const char *failure = "";

	assert_non_null(groups);
	for (uint64_t seed = 1; seed <= GROUP_SEEDS; seed++)
		if (!groups_run(groups, seed, NULL, &figures, &failure))
			fail_msg("seed %lu of groups: %s: make sim GROUPS=1 SEED=%lu",
				 (unsigned long)seed, failure, (unsigned long)seed);
	free(groups);
	assert_true(figures.group_contests > GROUP_SEEDS / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds),
					    cmocka_unit_test(test_groups) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
