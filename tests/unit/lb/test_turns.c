/* SPDX-License-Identifier: Apache-2.0 */
/* roundrobin and static-rr: exact shares, smooth order, changes while they run. */
#include "farm.h"

static void equal_servers_take_turns_in_order(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "roundrobin", WEIGHTS(1, 1, 1));
	assert_string_equal(farm_picks(&farm, 9, text), "abcabcabc");
	assert_int_equal(farm.servers[0].active, 3);
	farm_close(&farm);
}

static void shares_are_exact_in_every_cycle(void **state)
{
	static const int weights[][6] = {
		{ 1, 2, 3, -1 }, { 5, 1, 1, -1 }, { 100, 100, 50, -1 }, { 256, 1, -1 },
		{ 7, 3, 0, 2, -1 },
	};
	static const char *const algos[] = { "roundrobin", "static-rr" };

	for (size_t row = 0; row < 2 * ARRAY_LEN(weights); row++) {
		const int *weight = weights[row / 2];
		struct farm farm = { 0 };
		uint32_t sum = 0;

		farm_open(&farm, algos[row % 2], weight);
		for (size_t i = 0; i < farm.count; i++)
			sum += farm.servers[i].uweight;
		for (uint32_t cycle = 1; cycle <= 20; cycle++) {
			for (uint32_t i = 0; i < sum; i++)
				assert_true(farm_pick(&farm) >= 0);
			for (size_t i = 0; i < farm.count; i++)
				assert_int_equal(farm.servers[i].active,
						 cycle * farm.servers[i].uweight);
		}
		farm_close(&farm);
	}
}

static void turns_are_spread(void **state)
{
	struct farm farm = { 0 };
	char text[32];

	farm_open(&farm, "roundrobin", WEIGHTS(4, 2, 2));
	farm_picks(&farm, 24, text);
	assert_null(strstr(text, "aaa"));
	assert_null(strstr(text, "bb"));
	assert_null(strstr(text, "cc"));
	farm_close(&farm);
}

static void a_new_weight_works_at_once(void **state)
{
	struct farm farm = { 0 };
	char text[64];

	farm_open(&farm, "roundrobin", WEIGHTS(10, 10));
	farm_set_weight(&farm, 1, 1);		/* slowstart's first step: 1/160 */
	farm_picks(&farm, 40, text);
	assert_true(farm.servers[1].active <= 1);
	farm_set_weight(&farm, 1, 10 * WEIGHT_SCALE);
	assert_non_null(strstr(farm_picks(&farm, 8, text), "baba"));
	farm_set_weight(&farm, 1, 30 * WEIGHT_SCALE);
	farm.servers[0].active = farm.servers[1].active = 0;
	farm_picks(&farm, 40, text);
	assert_in_range(farm.servers[1].active, 29, 31);
	farm_close(&farm);
}

static void static_rr_keeps_its_weights_but_for_zero(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "static-rr", WEIGHTS(1, 1));
	farm_set_weight(&farm, 1, 100 * WEIGHT_SCALE);
	assert_string_equal(farm_picks(&farm, 6, text), "ababab");
	farm_set_weight(&farm, 1, 0);
	assert_string_equal(farm_picks(&farm, 3, text), "aaa");
	farm_close(&farm);
}

static void a_server_that_returns_does_not_make_up_for_its_absence(void **state)
{
	struct farm farm = { 0 };
	char text[2048];

	farm_open(&farm, "roundrobin", WEIGHTS(1, 1, 1));
	farm_set_usable(&farm, 1, false);
	farm_picks(&farm, 1000, text);
	assert_null(strchr(text, 'b'));
	farm_set_usable(&farm, 1, true);
	farm_picks(&farm, 9, text);
	assert_null(strstr(text, "bbb"));
	farm.servers[1].active = 0;
	farm_picks(&farm, 30, text);
	assert_in_range(farm.servers[1].active, 10, 10);

	/* Nor does one that was full. */
	farm.servers[2].limit = farm.servers[2].active;
	assert_null(strchr(farm_picks(&farm, 1000, text), 'c'));
	farm.servers[2].limit = 0;
	assert_null(strstr(farm_picks(&farm, 9, text), "ccc"));
	farm_close(&farm);
}

static void refused_and_full_servers_are_passed_over(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "roundrobin", WEIGHTS(1, 1, 1));
	farm.refused = 1 << 0;
	farm.servers[1].limit = 2;
	assert_string_equal(farm_picks(&farm, 6, text), "bcbccc");
	farm.refused = 1 << 0 | 1 << 2;
	assert_int_equal(farm_pick(&farm), -1);
	lb_release(&farm.servers[1]);
	assert_int_equal(farm_pick(&farm), 1);
	farm_close(&farm);
}

static void an_empty_farm_has_no_server(void **state)
{
	struct farm farm = { 0 };

	farm_open(&farm, "roundrobin", WEIGHTS(0));
	assert_int_equal(farm_pick(&farm), -1);
	farm_close(&farm);
	farm = (struct farm){ 0 };
	farm_open(&farm, "roundrobin", (const int[]){ -1 });
	assert_int_equal(farm_pick(&farm), -1);
	farm_close(&farm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_servers_take_turns_in_order),
		cmocka_unit_test(shares_are_exact_in_every_cycle),
		cmocka_unit_test(turns_are_spread),
		cmocka_unit_test(a_new_weight_works_at_once),
		cmocka_unit_test(static_rr_keeps_its_weights_but_for_zero),
		cmocka_unit_test(a_server_that_returns_does_not_make_up_for_its_absence),
		cmocka_unit_test(refused_and_full_servers_are_passed_over),
		cmocka_unit_test(an_empty_farm_has_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
