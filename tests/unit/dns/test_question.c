/* SPDX-License-Identifier: Apache-2.0 */
/* When a name is asked for, on a clock of the test's. Times are those that HAProxy 2.6 showed. */
#include "dns_lab.h"

#include "dns/question.h"

static const struct dns_conf conf = {
	.nameserver_count = 2,
	.timeout_resolve_ms = 1000,
	.timeout_retry_ms = 300,
	.retries = 3,
	.hold_nx_ms = 2000,
	.hold_refused_ms = 3000,
	.hold_timeout_ms = 4000,
	.hold_other_ms = 5000,
};
static const struct dns_conf alone = {
	.nameserver_count = 1, .timeout_resolve_ms = 1000, .timeout_retry_ms = 300, .retries = 1,
};

static struct dns_question question;
static struct moment now;

static struct moment at(uint64_t ms)
{
	now.us = ms * 1000;
	return now;
}

static void begin(const struct dns_conf *with, bool service, int prefer)
{
	dns_question_init(&question, with, "App.Test", service, prefer, at(0));
	assert_string_equal(question.asked.name, "app.test");
	assert_int_equal(question.due.us, 0);
}

static enum dns_step expire(uint64_t ms)
{
	assert_int_equal(question.due.us, ms * 1000);
	return dns_question_expire(&question, at(ms));
}

static enum dns_step say(enum dns_status status)
{
	return dns_question_answer(&question, question.round, status, now);
}

static void test_first_valid_answer_ends_it(void **state)
{
	begin(&conf, false, AF_INET);
	assert_int_equal(expire(0), DNS_STEP_ASK);
	assert_int_equal(question.asked.type, DNS_A);
	at(10);
	unsigned round = question.round;
	assert_int_equal(say(DNS_VALID), DNS_STEP_DONE);
	assert_int_equal(question.status, DNS_VALID);
	/* The second server is late. */
	assert_true(dns_question_is_late(&question, round));
	assert_int_equal(dns_question_answer(&question, round, DNS_NX, now), DNS_STEP_WAIT);
	assert_int_equal(question.status, DNS_VALID);
	assert_int_equal(expire(1010), DNS_STEP_ASK);
}

static void test_a_fast_wrong_server_waits_for_the_slow_right_one(void **state)
{
	begin(&conf, false, AF_INET);
	expire(0);
	assert_int_equal(say(DNS_NX), DNS_STEP_WAIT);
	assert_int_equal(say(DNS_VALID), DNS_STEP_DONE);
	assert_int_equal(question.status, DNS_VALID);
}

static void test_the_other_family_is_asked_when_all_failed(void **state)
{
	begin(&conf, false, AF_INET6);
	expire(0);
	assert_int_equal(question.asked.type, DNS_AAAA);
	assert_int_equal(say(DNS_NX), DNS_STEP_WAIT);
	assert_int_equal(say(DNS_OTHER), DNS_STEP_ASK);
	assert_int_equal(question.asked.type, DNS_A);
	assert_int_equal(say(DNS_VALID), DNS_STEP_DONE);
}

static void test_failures_are_retried_at_the_pace_of_retry(void **state)
{
	begin(&conf, false, AF_INET6);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(expire(300 * i), DNS_STEP_ASK);
		assert_int_equal(question.asked.type, DNS_AAAA);
		say(DNS_NX);
		assert_int_equal(say(DNS_NX), DNS_STEP_ASK);
		assert_int_equal(question.asked.type, DNS_A);
		say(DNS_NX);
		/* The last error is the one that counts; at the third try it is told at once. */
		assert_int_equal(say(DNS_REFUSED), i < 2 ? DNS_STEP_WAIT : DNS_STEP_DONE);
	}
	assert_int_equal(question.status, DNS_REFUSED);
	assert_int_equal(question.due.us, 1600 * 1000);
}

static void test_silence_is_asked_again_for_the_same(void **state)
{
	begin(&conf, false, AF_INET6);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(expire(300 * i), DNS_STEP_ASK);
		assert_int_equal(question.asked.type, DNS_AAAA);
	}
	assert_int_equal(expire(900), DNS_STEP_DONE);
	assert_int_equal(question.status, DNS_TIMEOUT);
	assert_int_equal(expire(1900), DNS_STEP_ASK);
}

static void test_one_failed_and_one_is_silent(void **state)
{
	begin(&conf, false, AF_INET);
	expire(0);
	assert_int_equal(say(DNS_NX), DNS_STEP_WAIT);
	assert_int_equal(expire(300), DNS_STEP_ASK);
	assert_int_equal(question.asked.type, DNS_AAAA);
}

static void test_services_have_no_other_family(void **state)
{
	begin(&alone, true, AF_INET6);
	expire(0);
	assert_int_equal(question.asked.type, DNS_SRV);
	assert_int_equal(say(DNS_NX), DNS_STEP_DONE);
	assert_int_equal(question.status, DNS_NX);
}

/* A slow name server is one that answers. */
static void test_a_late_answer_is_good_while_it_is_asked(void **state)
{
	begin(&conf, false, AF_INET);
	expire(0);
	unsigned round = question.round;
	expire(300);
	at(400);
	assert_int_equal(dns_question_answer(&question, round, DNS_NX, now), DNS_STEP_WAIT);
	assert_int_equal(dns_question_answer(&question, round, DNS_VALID, now), DNS_STEP_DONE);
}

static void test_more_answers_than_servers(void **state)
{
	begin(&conf, true, AF_INET);
	expire(0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(say(DNS_NX), DNS_STEP_WAIT);
	assert_int_equal(expire(300), DNS_STEP_ASK);
}

static void test_holds(void **state)
{
	static const struct {
		enum dns_status status;
		uint64_t hold_ms;
	} rows[] = { { DNS_NX, 2000 }, { DNS_REFUSED, 3000 }, { DNS_TIMEOUT, 4000 }, { DNS_OTHER, 5000 } };

	for (unsigned i = 0; i < 4; i++) {
		begin(&conf, false, AF_INET);
		assert_true(dns_question_held(&question, at(1000000))); /* nothing failed yet */
		expire(0);
		at(100);
		say(DNS_VALID);
		question.status = rows[i].status;
		assert_true(dns_question_held(&question, at(100 + rows[i].hold_ms - 1)));
		assert_false(dns_question_held(&question, at(100 + rows[i].hold_ms)));
	}
	/* Before the first answer the beginning counts. */
	begin(&conf, false, AF_INET);
	question.status = DNS_NX;
	assert_true(dns_question_held(&question, at(1999)));
	assert_false(dns_question_held(&question, at(2000)));
}

static void test_hasten(void **state)
{
	begin(&conf, false, AF_INET);
	expire(0);
	dns_question_hasten(&question, at(5));
	assert_int_equal(question.due.us, 300000); /* it is on its way */
	say(DNS_VALID);
	dns_question_hasten(&question, at(50));
	assert_int_equal(question.due.us, 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_valid_answer_ends_it),
		cmocka_unit_test(test_a_fast_wrong_server_waits_for_the_slow_right_one),
		cmocka_unit_test(test_the_other_family_is_asked_when_all_failed),
		cmocka_unit_test(test_failures_are_retried_at_the_pace_of_retry),
		cmocka_unit_test(test_silence_is_asked_again_for_the_same),
		cmocka_unit_test(test_one_failed_and_one_is_silent),
		cmocka_unit_test(test_services_have_no_other_family),
		cmocka_unit_test(test_a_late_answer_is_good_while_it_is_asked),
		cmocka_unit_test(test_more_answers_than_servers),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_hasten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
