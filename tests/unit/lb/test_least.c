/* SPDX-License-Identifier: Apache-2.0 */
/* leastconn, first and random: the algorithms that look at a server's load. */
#include "farm.h"

static void leastconn_fills_evenly_and_takes_turns_on_ties(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "leastconn", WEIGHTS(1, 1, 1));
	assert_string_equal(farm_picks(&farm, 6, text), "abcabc");
	lb_release(&farm.servers[1]);
	lb_release(&farm.servers[1]);
	assert_string_equal(farm_picks(&farm, 2, text), "bb");
	for (int i = 0; i < 2; i++) /* short streams: each ends before the next comes */
		for (size_t j = 0; j < 3; j++)
			lb_release(&farm.servers[j]);
	for (unsigned i = 0; i < 9; i++) {
		int id = farm_pick(&farm);

		assert_int_equal(id, (i + 2) % 3);
		lb_release(&farm.servers[id]);
	}
	farm_close(&farm);
}

static void leastconn_follows_weights_and_queues(void **state)
{
	struct farm farm = { 0 };

	farm_open(&farm, "leastconn", WEIGHTS(1, 2, 3));
	for (unsigned i = 0; i < 600; i++)
		assert_true(farm_pick(&farm) >= 0);
	assert_int_equal(farm.servers[0].active, 100);
	assert_int_equal(farm.servers[1].active, 200);
	assert_int_equal(farm.servers[2].active, 300);
	farm.servers[1].queued = farm.servers[2].queued = 100;
	assert_int_equal(farm_pick(&farm), 0);
	farm_set_weight(&farm, 0, 1);
	farm.servers[1].queued = 0;
	assert_int_equal(farm_pick(&farm), 1);
	farm_close(&farm);
}

/* An idle server ends the scan, unless a heavier one may have less load for it. */
static void leastconn_looks_past_idle_servers_for_heavier_ones(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "leastconn", WEIGHTS(1, 1, 2, 1));
	assert_int_equal(farm_pick(&farm), 2);
	farm_set_weight(&farm, 1, 4 * WEIGHT_SCALE);
	assert_int_equal(farm_pick(&farm), 1);
	farm_set_weight(&farm, 1, WEIGHT_SCALE);
	assert_string_equal(farm_picks(&farm, 3, text), "cda");
	farm_close(&farm);
}

static void leastconn_passes_over_what_it_may_not_take(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm_open(&farm, "leastconn", WEIGHTS(1, 1, 1, 0));
	farm_set_usable(&farm, 0, false);
	farm.refused = 1 << 1;
	farm.servers[2].limit = 2;
	assert_string_equal(farm_picks(&farm, 3, text), "cc-");
	farm_close(&farm);
}

static void first_fills_by_id(void **state)
{
	struct farm farm = { 0 };
	char text[16];

	farm.servers[0].limit = 2;
	farm.servers[1].limit = 3;
	farm_open(&farm, "first", WEIGHTS(1, 100, 1));
	assert_string_equal(farm_picks(&farm, 6, text), "aabbbc");
	lb_release(&farm.servers[0]);
	assert_string_equal(farm_picks(&farm, 2, text), "ac");
	farm.refused = 1 << 2;
	assert_int_equal(farm_pick(&farm), -1);
	farm_close(&farm);
}

static void first_minds_the_id_option(void **state)
{
	struct farm farm = { 0 };
	struct lb_conf conf = { 0 };
	void *self;
	char text[16];

	farm_open(&farm, "first", WEIGHTS(1, 1, 1));
	farm.servers[0].hash_id = 9;
	farm.servers[1].hash_id = 7;
	farm.servers[1].limit = 1;
	farm.servers[2].limit = 1;
	assert_int_equal(farm.algo->open(&conf, farm.pointers, farm.count, &self), 0);
	farm_close(&farm);
	farm.self = self;
	assert_string_equal(farm_picks(&farm, 3, text), "cba");
	farm_close(&farm);
}

static void count_random(struct farm *farm, unsigned picks)
{
	for (unsigned i = 0; i < picks; i++)
		assert_non_null(farm_pick_key(farm, NULL, 0, (uint64_t)i * 0x9e3779b97f4a7c15u));
}

static void one_draw_follows_the_weights(void **state)
{
	struct farm farm = { .conf.random_draws = 1 };

	farm_open(&farm, "random", WEIGHTS(1, 2, 3, 0));
	count_random(&farm, 60000);
	assert_in_range(farm.servers[0].active, 9500, 10500);
	assert_in_range(farm.servers[1].active, 19300, 20700);
	assert_in_range(farm.servers[2].active, 29000, 31000);
	assert_int_equal(farm.servers[3].active, 0);
	farm_close(&farm);
}

static void two_draws_are_fairer_than_one(void **state)
{
	uint32_t spread[2];

	for (uint32_t draws = 1; draws <= 2; draws++) {
		struct farm farm = { .conf.random_draws = draws };
		uint32_t min = UINT32_MAX, max = 0;

		farm_open(&farm, "random", WEIGHTS(1, 1, 1, 1, 1, 1, 1, 1));
		count_random(&farm, 8000);
		for (size_t i = 0; i < farm.count; i++) {
			min = farm.servers[i].active < min ? farm.servers[i].active : min;
			max = farm.servers[i].active > max ? farm.servers[i].active : max;
		}
		spread[draws - 1] = max - min;
		farm_close(&farm);
	}
	assert_true(spread[1] < 20);
	assert_true(spread[1] < spread[0]);
}

static void random_takes_what_is_left(void **state)
{
	struct farm farm = { 0 };

	farm_open(&farm, "random", WEIGHTS(200, 200, 1));
	farm.refused = 1 << 0 | 1 << 1;
	count_random(&farm, 100);
	assert_int_equal(farm.servers[2].active, 100);
	farm.servers[2].limit = 100;
	assert_int_equal(farm_pick(&farm), -1);
	farm_set_usable(&farm, 0, false);
	farm_set_usable(&farm, 1, false);
	farm_set_usable(&farm, 2, false);
	assert_int_equal(farm_pick(&farm), -1);
	farm_close(&farm);
}

static void random_keeps_within_the_balance_factor(void **state)
{
	struct farm farm = { .conf = { .random_draws = 1, .hash_balance_factor = 110 } };

	farm_open(&farm, "random", WEIGHTS(1, 1, 1, 1));
	for (unsigned total = 1; total <= 4000; total++) {
		count_random(&farm, 1);
		farm_pick_key(&farm, NULL, 0, total);
		for (size_t i = 0; i < farm.count; i++)
			assert_true(farm.servers[i].active * 400 <= 110 * 2 * total + 400);
	}
	farm_close(&farm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leastconn_fills_evenly_and_takes_turns_on_ties),
		cmocka_unit_test(leastconn_follows_weights_and_queues),
		cmocka_unit_test(leastconn_looks_past_idle_servers_for_heavier_ones),
		cmocka_unit_test(leastconn_passes_over_what_it_may_not_take),
		cmocka_unit_test(first_fills_by_id),
		cmocka_unit_test(first_minds_the_id_option),
		cmocka_unit_test(one_draw_follows_the_weights),
		cmocka_unit_test(two_draws_are_fairer_than_one),
		cmocka_unit_test(random_takes_what_is_left),
		cmocka_unit_test(random_keeps_within_the_balance_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
