/* SPDX-License-Identifier: Apache-2.0 */
/* source: the map, consistent hashing, bounded loads, and what becomes of refused clients. */
#include <arpa/inet.h>

#include <stdio.h>

#include "farm.h"
#include "lb/hash.h"

enum { CLIENTS = 20000 };

static int pick_client(struct farm *farm, uint32_t ip)
{
	uint32_t key = htonl(ip);
	struct lb_server *server = farm_pick_key(farm, &key, sizeof(key), 0);

	if (server == NULL)
		return -1;
	lb_release(server);
	return (int)server->id;
}

/* Where each of CLIENTS addresses goes, and how many to each server. */
static void pick_all(struct farm *farm, int8_t ret_where[CLIENTS], uint32_t ret_counts[FARM_MAX])
{
	memset(ret_counts, 0, FARM_MAX * sizeof(ret_counts[0]));
	for (uint32_t i = 0; i < CLIENTS; i++) {
		ret_where[i] = (int8_t)pick_client(farm, 0x0a000000 + i * 7);
		assert_true(ret_where[i] >= 0);
		ret_counts[ret_where[i]]++;
	}
}

/* Seen from haproxy 2.6.12 with three servers of one weight and clients 127.0.0.1 to .14. */
static void equal_servers_get_the_clients_haproxy_gives_them(void **state)
{
	static const char servers[] = "cabcabcabcabca";
	struct farm farm = { 0 };

	farm_open(&farm, "source", WEIGHTS(100, 100, 100));
	for (uint32_t i = 0; i < 14; i++)
		assert_int_equal('a' + pick_client(&farm, 0x7f000001 + i), servers[i]);
	farm_close(&farm);
}

static void an_avalanche_mixes_neighbours(void **state)
{
	static int8_t plain[CLIENTS], mixed[CLIENTS];
	static uint32_t counts[FARM_MAX];
	struct farm farm = { 0 };
	unsigned same = 0;

	farm_open(&farm, "source", WEIGHTS(1, 1, 1, 1));
	pick_all(&farm, plain, counts);
	farm_close(&farm);
	farm = (struct farm){ .conf.hash_avalanche = true };
	farm_open(&farm, "source", WEIGHTS(1, 1, 1, 1));
	pick_all(&farm, mixed, counts);
	for (size_t i = 0; i < CLIENTS; i++)
		same += plain[i] == mixed[i];
	assert_in_range(same, CLIENTS / 4 * 95 / 100, CLIENTS / 4 * 105 / 100);
	for (size_t i = 0; i < 4; i++)
		assert_in_range(counts[i], CLIENTS / 4 * 95 / 100, CLIENTS / 4 * 105 / 100);
	farm_close(&farm);
}

static void the_map_follows_the_weights_exactly(void **state)
{
	static uint32_t counts[FARM_MAX];
	struct farm farm = { 0 };

	farm_open(&farm, "source", WEIGHTS(10, 20, 30, 0));
	for (uint32_t i = 0; i < 6000; i++)
		counts[pick_client(&farm, i)]++;
	assert_int_equal(counts[0], 1000);
	assert_int_equal(counts[1], 2000);
	assert_int_equal(counts[2], 3000);
	farm_set_weight(&farm, 0, 1); /* slowstart has no say here */
	assert_int_equal(pick_client(&farm, 5), pick_client(&farm, 11));
	farm_set_weight(&farm, 2, 0);
	for (uint32_t i = 0; i < 6000; i++)
		assert_true(pick_client(&farm, i) < 2);
	farm_close(&farm);
}

static void refused_clients_spread_over_the_others_and_stay(void **state)
{
	static int8_t before[CLIENTS], after[CLIENTS], again[CLIENTS];
	static uint32_t counts[FARM_MAX], moved[FARM_MAX];

	for (enum lb_hash_type type = LB_HASH_MAP_BASED; type <= LB_HASH_CONSISTENT; type++) {
		struct farm farm = { .conf = { .hash_type = type, .hash_function = LB_HASH_NONE } };

		farm_open(&farm, "source", WEIGHTS(1, 1, 1, 1));
		pick_all(&farm, before, counts);
		farm.refused = 1 << 1;
		pick_all(&farm, after, counts);
		pick_all(&farm, again, counts);
		assert_memory_equal(after, again, sizeof(after));
		memset(moved, 0, sizeof(moved));
		for (size_t i = 0; i < CLIENTS; i++) {
			if (before[i] != 1)
				assert_int_equal(before[i], after[i]);
			else
				moved[after[i]]++;
		}
		assert_int_equal(moved[1], 0);
		for (size_t i = 0; i < 4; i++)
			if (i != 1)
				assert_in_range(moved[i], CLIENTS / 4 / 3 * 9 / 10,
						CLIENTS / 4 / 3 * 11 / 10);
		farm.refused = 0xf;
		assert_int_equal(pick_client(&farm, 1), -1);
		farm.refused = 0x7;
		for (uint32_t i = 0; i < 100; i++)
			assert_int_equal(pick_client(&farm, i), 3);
		farm_close(&farm);
	}
}

static void a_map_without_a_server_leaves_it_out(void **state)
{
	static uint32_t counts[FARM_MAX];
	static int8_t where[CLIENTS], back[CLIENTS];
	struct farm farm = { 0 };

	farm_open(&farm, "source", WEIGHTS(1, 1, 1));
	pick_all(&farm, where, counts);
	farm_set_usable(&farm, 0, false);
	pick_all(&farm, back, counts);
	assert_int_equal(counts[0], 0);
	assert_int_equal(counts[1], CLIENTS / 2);
	farm_set_usable(&farm, 0, true);
	pick_all(&farm, back, counts);
	assert_memory_equal(where, back, sizeof(where));
	for (size_t i = 0; i < 3; i++)
		farm_set_usable(&farm, i, false);
	assert_int_equal(pick_client(&farm, 1), -1);
	farm_close(&farm);
}

static void consistent_hashing_moves_only_what_it_must(void **state)
{
	static int8_t all[CLIENTS], less[CLIENTS], heavier[CLIENTS];
	static uint32_t counts[FARM_MAX];
	struct farm farm = { .conf = { .hash_type = LB_HASH_CONSISTENT,
				       .hash_function = LB_HASH_NONE } };

	farm_open(&farm, "source", WEIGHTS(1, 2, 3, 4));
	pick_all(&farm, all, counts);
	for (size_t i = 0; i < 4; i++)
		assert_in_range(counts[i], (i + 1) * 2000 * 95 / 100, (i + 1) * 2000 * 105 / 100);

	farm_set_usable(&farm, 2, false);
	pick_all(&farm, less, counts);
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_int_not_equal(less[i], 2);
		if (all[i] != 2)
			assert_int_equal(all[i], less[i]);
	}
	farm_set_usable(&farm, 2, true);
	farm_set_weight(&farm, 0, 2 * WEIGHT_SCALE);
	pick_all(&farm, heavier, counts);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (heavier[i] != 0)
			assert_int_equal(all[i], heavier[i]);
	}
	assert_in_range(counts[0], CLIENTS * 2 / 11 * 95 / 100, CLIENTS * 2 / 11 * 105 / 100);
	farm_close(&farm);
}

static void consistent_hashing_depends_on_ids_not_places(void **state)
{
	struct farm one = { .conf.hash_type = LB_HASH_CONSISTENT };
	struct farm two = { .conf.hash_type = LB_HASH_CONSISTENT };

	farm_open(&one, "source", WEIGHTS(1, 1, 1));
	farm_open(&two, "source", WEIGHTS(1, 1, 1));
	for (size_t i = 0; i < 3; i++)
		two.servers[i].hash_id = one.servers[2 - i].hash_id;
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(pick_client(&one, i), 2 - pick_client(&two, i));
	farm_close(&one);
	farm_close(&two);
}

static void a_bound_keeps_one_client_from_filling_one_server(void **state)
{
	struct farm farm = { .conf = { .hash_type = LB_HASH_CONSISTENT,
				       .hash_function = LB_HASH_NONE,
				       .hash_balance_factor = 150 } };
	uint32_t max = 0;

	farm_open(&farm, "source", WEIGHTS(1, 1, 1, 1));
	for (unsigned i = 0; i < 400; i++)
		assert_non_null(farm_pick_key(&farm, "\1\2\3\4", 4, 0));
	for (size_t i = 0; i < 4; i++)
		max = farm.servers[i].active > max ? farm.servers[i].active : max;
	assert_in_range(max, 149, 151);
	farm_close(&farm);
}

static void limits_send_clients_elsewhere(void **state)
{
	struct farm farm = { 0 };

	farm_open(&farm, "source", WEIGHTS(1, 1));
	farm.servers[0].limit = 1;
	for (unsigned i = 0; i < 5; i++)
		assert_non_null(farm_pick_key(&farm, "\0\0\0\0", 4, 0));
	assert_int_equal(farm.servers[0].active, 1);
	assert_int_equal(farm.servers[1].active, 4);
	farm_close(&farm);
}

static void clients_without_an_address_take_turns(void **state)
{
	struct farm farm = { 0 };
	char text[8];

	farm_open(&farm, "source", WEIGHTS(1, 1));
	assert_string_equal(farm_picks(&farm, 4, text), "abab");
	farm_close(&farm);
}

static void ip6_clients_are_told_apart(void **state)
{
	uint32_t counts[4] = { 0 };
	struct farm farm = { 0 };
	uint8_t ip[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	farm_open(&farm, "source", WEIGHTS(1, 1, 1, 1));
	for (unsigned i = 0; i < 256; i++) {
		ip[15] = (uint8_t)i;
		counts[farm_pick_key(&farm, ip, 16, 0)->id]++;
	}
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(counts[i], 64);
	farm_close(&farm);
}

static void hash_functions_give_their_known_values(void **state)
{
	assert_int_equal(lb_hash(LB_HASH_CRC32, "123456789", 9), 0xcbf43926);
	assert_int_equal(lb_hash(LB_HASH_DJB2, "", 0), 5381);
	assert_int_equal(lb_hash(LB_HASH_DJB2, "a", 1), 177670);
	assert_int_equal(lb_hash(LB_HASH_SDBM, "a", 1), 97);
	assert_int_equal(lb_hash(LB_HASH_SDBM, "ab", 2), 97u * 65599 + 98);
	assert_int_equal(lb_hash(LB_HASH_NONE, "ab", 2), lb_hash(LB_HASH_SDBM, "ab", 2));
	assert_int_not_equal(lb_hash(LB_HASH_WT6, "ab", 2), lb_hash(LB_HASH_WT6, "ba", 2));
	assert_int_equal(lb_hash_source("\1\2\3\4", 4), 0x01020304);
}

/* Seen from haproxy 2.6.12: `balance uri` over three equal servers, requests for /0/x/y0, /1/x/y7, ... */
static void keys_of_text_go_where_haproxy_sends_them(void **state)
{
	static const struct {
		enum lb_hash_function function;
		bool avalanche;
		const char *servers;
	} rows[] = {
		{ LB_HASH_NONE, false, "ACBACCBACBACBACA" },
		{ LB_HASH_SDBM, true, "CBCAACBBCABBBCBB" },
		{ LB_HASH_DJB2, false, "ABCCACCACCCACCAB" },
		{ LB_HASH_CRC32, false, "BCCCBBBACAAAACCA" },
	};

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct farm farm = { .conf = { .algo = &lb_uri, .hash_function = rows[row].function,
					       .hash_avalanche = rows[row].avalanche } };

		farm_open(&farm, "uri", WEIGHTS(100, 100, 100));
		for (int i = 0; rows[row].servers[i] != '\0'; i++) {
			char key[32];
			struct lb_server *server;

			snprintf(key, sizeof(key), "/%d/x/y%d", i, 7 * i);
			server = farm_pick_key(&farm, key, strlen(key), 0);
			assert_int_equal('A' + (int)server->id, rows[row].servers[i]);
			lb_release(server);
		}
		farm_close(&farm);
	}
}

/* Every algorithm that hashes takes turns without a key. */
static void requests_without_a_key_take_turns(void **state)
{
	for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++) {
		struct farm farm = { .conf = { .algo = *algo } };
		char picks[8];

		if ((*algo)->key == LB_KEY_NONE)
			continue;
		farm_open(&farm, (*algo)->doc.name, WEIGHTS(1, 1, 1));
		assert_string_equal(farm_picks(&farm, 6, picks), "abcabc");
		farm_close(&farm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_servers_get_the_clients_haproxy_gives_them),
		cmocka_unit_test(an_avalanche_mixes_neighbours),
		cmocka_unit_test(the_map_follows_the_weights_exactly),
		cmocka_unit_test(refused_clients_spread_over_the_others_and_stay),
		cmocka_unit_test(a_map_without_a_server_leaves_it_out),
		cmocka_unit_test(consistent_hashing_moves_only_what_it_must),
		cmocka_unit_test(consistent_hashing_depends_on_ids_not_places),
		cmocka_unit_test(a_bound_keeps_one_client_from_filling_one_server),
		cmocka_unit_test(limits_send_clients_elsewhere),
		cmocka_unit_test(clients_without_an_address_take_turns),
		cmocka_unit_test(ip6_clients_are_told_apart),
		cmocka_unit_test(hash_functions_give_their_known_values),
		cmocka_unit_test(keys_of_text_go_where_haproxy_sends_them),
		cmocka_unit_test(requests_without_a_key_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
