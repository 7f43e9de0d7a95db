/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/proxy/test_rule.c - the order of rules, verdicts, and waiting. */
#include "rules.h"

#define GET "GET /a?q=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n"

static void expect(const char *lines, enum rule_verdict verdict, const char *head)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, lines, GET), verdict);
	assert_string_equal(rules_head(&rules, false), head);
	rules_close(&rules);
}

#define HEAD(more) "GET /a?q=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n" more "\r\n"

static void test_rules_run_in_order(void **state)
{
	expect(" http-request add-header X-B 1\n http-request add-header X-C 2\n", RULE_NEXT,
	       HEAD("X-B: 1\r\nX-C: 2\r\n"));
}

static void test_conditions(void **state)
{
	expect(" http-request add-header X-B 1 if { path /b }\n"
	       " http-request add-header X-C 1 unless { path /b }\n",
	       RULE_NEXT, HEAD("X-C: 1\r\n"));
}

static void test_allow_ends_the_list(void **state)
{
	expect(" http-request allow if { path /a }\n http-request add-header X-B 1\n", RULE_DONE,
	       HEAD(""));
}

static void test_allow_does_not_end_other_parts(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules,
				    " http-request allow if { path /a }\n"
				    " http-request deny\n"
				    " redirect location /late if { path /a }\n", GET),
			 RULE_REPLY);
	assert_non_null(strstr(rules_reply(&rules), "location: /late\r\n"));
	rules_close(&rules);
}

static void test_a_redirect_line_comes_last(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules,
				    " redirect location /late\n"
				    " http-request add-header X-B 1\n", GET),
			 RULE_REPLY);
	assert_string_equal(rules_head(&rules, false), HEAD("X-B: 1\r\n"));
	assert_non_null(strstr(rules.said.text, "runs before the rule in line"));
	rules_close(&rules);
}

static void test_block_comes_first(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules,
				    " http-request allow\n"
				    " block if { path /a }\n", GET),
			 RULE_REPLY);
	assert_non_null(strstr(rules.said.text, "write 'http-request deny if { path /a }'"));
	rules_close(&rules);
}

static void test_an_unreachable_rule_is_told(void **state)
{
	struct rules_case rules;

	rules_open(&rules, " http-request deny\n http-request add-header X-B 1\n");
	assert_int_equal(diag_count(rules.report, DIAG_WARNING), 1);
	assert_non_null(strstr(rules.said.text, "this rule is never reached: 'deny' in line 8"));
	rules_close(&rules);
}

static void test_reject_and_drop(void **state)
{
	expect(" http-request reject\n", RULE_REJECT, HEAD(""));
	expect(" http-request silent-drop\n", RULE_DROP, HEAD(""));
}

/* The table has room for 20 headers, one of them ours: the edit that does not fit fails. */
static void fill_headers(struct rules_case *rules, const char *lines)
{
	char request[RULES_TEXT] = "GET / HTTP/1.1\r\nHost: h\r\n";

	for (unsigned i = 0; i < RULES_HEADERS - 2; i++)
		strcat(request, "X-A: 1\r\n");
	strcat(request, "\r\n");
	rules_open(rules, lines);
	rules_message(rules, false, request);
}

static void test_strict_mode(void **state)
{
	struct rules_case rules;

	fill_headers(&rules, " http-request add-header X-B 1\n");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1), RULE_ERROR);
	rules_close(&rules);
	fill_headers(&rules, " http-request strict-mode off\n http-request add-header X-B 1\n");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1), RULE_NEXT);
	assert_true(rules.txn.run.lenient);
	rules_close(&rules);
}

static void test_strict_mode_ends_with_the_list(void **state)
{
	struct rules_case rules;

	fill_headers(&rules, " http-request add-header X-B 1\n http-request strict-mode off\n");
	rules.txn.run.lenient = true; /* of a list before */
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1), RULE_ERROR);
	rules_close(&rules);
}

/* What stands before the rule that waits is asked again, too: its bytes were missing as well. */
static void test_content_rules_wait_for_bytes(void **state)
{
	struct rules_case rules;
	struct expr_sample path = { 0 };

	rules_open(&rules, " tcp-request inspect-delay 5s\n"
			   " tcp-request content set-var(txn.path) path\n"
			   " tcp-request content accept if { path /a }\n"
			   " tcp-request content reject\n");
	assert_int_equal(rules_at(&rules, RULES_REQUEST_CONTENT, 1), RULE_WAIT);
	assert_false(expr_var_get(&rules.context, rules.conf->names, &path));
	assert_int_equal(rules_at(&rules, RULES_REQUEST_CONTENT, 2), RULE_WAIT);
	rules_message(&rules, false, GET);
	assert_int_equal(rules_at(&rules, RULES_REQUEST_CONTENT, 3), RULE_DONE);
	assert_null(rules.txn.run.at);
	assert_true(expr_var_get(&rules.context, rules.conf->names, &path));
	assert_true(slice_is(path.value.text, "/a"));
	rules_close(&rules);
}

static void test_wait_for_body(void **state)
{
	struct rules_case rules;

	rules_open(&rules, " http-request wait-for-body time 1s at-least 3\n"
			   " http-request add-header X-B 1\n");
	assert_true(rules.conf->looks_at_bodies);
	rules_message(&rules, false, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1000), RULE_WAIT);
	assert_int_equal(rules.txn.run.wait_until.us, 1001000);
	rules.txn.body = SLICE("ab");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 2000), RULE_WAIT);
	rules.txn.body = SLICE("abc");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 3000), RULE_NEXT);
	assert_non_null(strstr(rules_head(&rules, false), "X-B: 1"));
	rules_close(&rules);
}

static void test_wait_for_body_in_vain(void **state)
{
	struct rules_case rules;

	rules_open(&rules, " http-request wait-for-body time 1s\n");
	rules_message(&rules, false, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1000), RULE_WAIT);
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 1001000), RULE_REPLY);
	assert_non_null(strstr(rules_reply(&rules), "408"));
	assert_int_equal(rules.txn.reply_cause, 'c');
	rules_close(&rules);
}

static void test_wait_for_no_body(void **state)
{
	expect(" http-request wait-for-body time 1s\n", RULE_NEXT, HEAD(""));
}

/* The condition is asked once: it may be another when the time is over. */
static void test_pause(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules,
				    " http-request pause 10ms if { req.hdr(x-a) 1 }\n"
				    " http-request add-header X-B 1\n", GET),
			 RULE_WAIT);
	assert_int_equal(rules.txn.run.wait_until.us, 10001);
	http_header_remove_all(&rules.txn.request, SLICE("X-A"));
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 10000), RULE_WAIT);
	assert_int_equal(rules_at(&rules, RULES_HTTP_REQUEST, 10001), RULE_NEXT);
	assert_non_null(strstr(rules_head(&rules, false), "X-B: 1"));
	rules_close(&rules);
}

static void test_defaults_come_first(void **state)
{
	struct rules_case rules;
	const struct section *second;

	rules_open(&rules, "defaults named\n mode http\n http-request add-header X-D 1\n"
			   "frontend two from named\n http-request add-header X-B 1\n"
			   "frontend three from named\n http-request add-header X-C 1\n");
	second = rules.section->next;
	rules.section = second;
	rules_message(&rules, false, GET);
	rules_at(&rules, RULES_HTTP_REQUEST, 1);
	assert_string_equal(rules_head(&rules, false), HEAD("X-D: 1\r\nX-B: 1\r\n"));
	rules_close(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_run_in_order),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_allow_ends_the_list),
		cmocka_unit_test(test_allow_does_not_end_other_parts),
		cmocka_unit_test(test_a_redirect_line_comes_last),
		cmocka_unit_test(test_block_comes_first),
		cmocka_unit_test(test_an_unreachable_rule_is_told),
		cmocka_unit_test(test_reject_and_drop),
		cmocka_unit_test(test_strict_mode),
		cmocka_unit_test(test_strict_mode_ends_with_the_list),
		cmocka_unit_test(test_content_rules_wait_for_bytes),
		cmocka_unit_test(test_wait_for_body),
		cmocka_unit_test(test_wait_for_body_in_vain),
		cmocka_unit_test(test_wait_for_no_body),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_defaults_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
