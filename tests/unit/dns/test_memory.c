/* SPDX-License-Identifier: Apache-2.0 */
/* Records over several answers: `hold obsolete`. */
#include "dns_lab.h"

#include "dns/memory.h"

enum { HOLD_US = 1000 };

static struct dns_answer answer;

static void take(struct dns_memory *memory, uint64_t now_us, unsigned count, const char *const *ips)
{
	answer.count = count;
	for (unsigned i = 0; i < count; i++)
		answer.records[i] = lab_record(ips[i]);
	assert_int_equal(dns_memory_take(memory, &answer, HOLD_US, (struct moment){ now_us }), 0);
}

static void test_unseen_stay_for_a_while(void **state)
{
	const char *const first[] = { "10.0.0.1", "10.0.0.2" }, *const second[] = { "10.0.0.2", "10.0.0.3" };
	struct dns_memory memory = { 0 };

	take(&memory, 10000, 2, first);
	take(&memory, 10999, 2, second);
	assert_int_equal(memory.count, 3);
	assert_string_equal(lab_text(&memory.records[0].where), "10.0.0.1");
	assert_string_equal(lab_text(&memory.records[2].where), "10.0.0.3");
	take(&memory, 11000, 2, second);
	assert_int_equal(memory.count, 2);
	assert_string_equal(lab_text(&memory.records[0].where), "10.0.0.2");
	take(&memory, 12500, 0, NULL);
	assert_int_equal(memory.count, 0);
	dns_memory_clear(&memory);
}

static void test_without_hold_the_answer_is_all(void **state)
{
	struct dns_memory memory = { 0 };

	answer.count = 1;
	for (unsigned i = 0; i < 3; i++) {
		answer.records[0] = lab_record(i == 1 ? "10.0.0.1" : "10.0.0.2");
		assert_int_equal(dns_memory_take(&memory, &answer, 0, (struct moment){ 100 + i }), 0);
		assert_int_equal(memory.count, 1);
		assert_true(net_endpoint_same_ip(&memory.records[0].where, &answer.records[0].where));
	}
	dns_memory_clear(&memory);
}

static void test_services_are_target_and_port(void **state)
{
	struct dns_memory memory = { 0 };

	answer.count = 2;
	answer.records[0] = lab_service("a.test", 80, 1);
	answer.records[1] = lab_service("a.test", 81, 1);
	assert_int_equal(dns_memory_take(&memory, &answer, HOLD_US, (struct moment){ 5 }), 0);
	assert_int_equal(memory.count, 2);
	answer.count = 1;
	answer.records[0].weight = 9;
	answer.records[0].where = lab_ip("10.0.0.1");
	answer.records[0].where.port = 80;
	assert_int_equal(dns_memory_take(&memory, &answer, HOLD_US, (struct moment){ 6 }), 0);
	assert_int_equal(memory.count, 2);
	assert_int_equal(memory.records[0].weight, 9);
	assert_string_equal(lab_text(&memory.records[0].where), "10.0.0.1");
	dns_memory_clear(&memory);
}

/* A name server that gives others each time fills no memory. */
static void test_bounded(void **state)
{
	struct dns_memory memory = { 0 };

	for (unsigned i = 0; i < 10 * DNS_RECORDS_MAX; i++) {
		answer.count = 1;
		answer.records[0] = lab_service("a.test", (uint16_t)i, 1);
		assert_int_equal(dns_memory_take(&memory, &answer, HOLD_US, (struct moment){ 5 }), 0);
	}
	assert_int_equal(memory.count, 2 * DNS_RECORDS_MAX);
	dns_memory_clear(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseen_stay_for_a_while),
		cmocka_unit_test(test_without_hold_the_answer_is_all),
		cmocka_unit_test(test_services_are_target_and_port),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
