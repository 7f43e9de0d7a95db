/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads pick from one instance: shares stay exact, limits hold, and
 * changes meanwhile do no harm. Run it under TSan too.
 */
#include <pthread.h>

#include "farm.h"

enum { THREADS = 4, PICKS = 6000 };

struct picker {
	pthread_t thread;
	struct farm *farm;
	unsigned number, picked, failed;
	bool release;
	_Atomic uint32_t *over;		/* counts a server seen beyond its limit */
};

static void *pick_many(void *arg)
{
	struct picker *picker = arg;

	for (unsigned i = 0; i < PICKS; i++) {
		uint32_t key = picker->number * 1000003 + i;
		const struct lb_request request = { .key = &key, .key_len = sizeof(key),
						    .random = key * 0x9e3779b97f4a7c15u };
		struct lb_server *server = picker->farm->algo->pick(picker->farm->self, &request);

		if (server == NULL) {
			picker->failed++;
			continue;
		}
		picker->picked++;
		if (server->limit != 0 && server->active > server->limit)
			atomic_fetch_add(picker->over, 1);
		if (picker->release)
			lb_release(server);
	}
	return NULL;
}

static void run_pickers(struct farm *farm, bool release, bool change, struct picker *pickers,
			_Atomic uint32_t *over)
{
	memset(pickers, 0, THREADS * sizeof(pickers[0]));
	for (unsigned i = 0; i < THREADS; i++) {
		pickers[i].farm = farm;
		pickers[i].number = i;
		pickers[i].release = release;
		pickers[i].over = over;
		assert_int_equal(pthread_create(&pickers[i].thread, NULL, pick_many, &pickers[i]), 0);
	}
	for (unsigned i = 0; change && i < 300; i++) {
		farm_set_usable(farm, 1 + i % 2, i / 2 % 2 != 0);
		farm_set_weight(farm, 3, (1 + i % 20) * WEIGHT_SCALE);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(pickers[i].thread, NULL), 0);
}

static void shares_are_exact_over_all_threads(void **state)
{
	static const char *const algos[] = { "roundrobin", "static-rr", "leastconn" };
	struct picker pickers[THREADS];
	_Atomic uint32_t over = 0;

	for (size_t row = 0; row < ARRAY_LEN(algos); row++) {
		struct farm farm = { 0 };

		farm_open(&farm, algos[row], WEIGHTS(1, 2, 3, 4, 5, 0));
		run_pickers(&farm, false, false, pickers, &over);
		for (uint32_t i = 0; i < 5; i++)
			assert_in_range(farm.servers[i].active, THREADS * PICKS / 15 * (i + 1) - 1,
					THREADS * PICKS / 15 * (i + 1) + 1);
		farm_close(&farm);
	}
}

static void every_algorithm_survives_changes_and_counts_right(void **state)
{
	struct picker pickers[THREADS];
	_Atomic uint32_t over = 0;

	for (const struct lb_algo *const *row = lb_algos; *row != NULL; row++) {
		for (unsigned variant = 0; variant < 3; variant++) {
			struct farm farm = { .conf = {
				.hash_type = variant > 0 ? LB_HASH_CONSISTENT : LB_HASH_MAP_BASED,
				.hash_balance_factor = variant > 1 ? 150 : 0,
			} };

			farm_open(&farm, (*row)->doc.name, WEIGHTS(4, 4, 4, 10));
			run_pickers(&farm, true, true, pickers, &over);
			for (unsigned i = 0; i < THREADS; i++)
				assert_int_equal(pickers[i].picked, PICKS);
			for (size_t i = 0; i < farm.count; i++)
				assert_int_equal(farm.servers[i].active, 0);
			farm_close(&farm);
		}
	}
}

static void limits_hold_exactly(void **state)
{
	struct picker pickers[THREADS];
	_Atomic uint32_t over = 0;

	for (const struct lb_algo *const *row = lb_algos; *row != NULL; row++) {
		struct farm farm = { 0 };

		for (size_t i = 0; i < 3; i++)
			farm.servers[i].limit = 10 + (uint32_t)i;
		farm_open(&farm, (*row)->doc.name, WEIGHTS(1, 1, 1));
		run_pickers(&farm, false, false, pickers, &over);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(farm.servers[i].active, 10 + i);
		for (size_t i = 0; i < 3; i++)
			farm.servers[i].active = 0;
		for (size_t i = 0; i < 3; i++)
			farm.servers[i].limit = 1;
		run_pickers(&farm, true, false, pickers, &over);
		farm_close(&farm);
	}
	assert_int_equal(over, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_exact_over_all_threads),
		cmocka_unit_test(every_algorithm_survives_changes_and_counts_right),
		cmocka_unit_test(limits_hold_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
