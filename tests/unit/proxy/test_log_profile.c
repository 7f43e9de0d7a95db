/* SPDX-License-Identifier: Apache-2.0 */
/* Which `on` line of a log-profile counts at a step, and what `log-steps` says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/conf.h"
#include "proxy/log_profile.h"

struct bench {
	struct diag_report *report;
	struct proxy_conf *conf;
	const struct log_profile *profile;
};

static void bench_read(struct bench *bench, const char *text)
{
	bench->report = diag_report_new();
	bench->conf = proxy_conf_read_text("test", text, strlen(text), bench->report);
	assert_int_equal(diag_count(bench->report, DIAG_ERROR), 0);
	bench->profile = bench->conf->sections->log.targets[0].profile;
}

static void bench_free(struct bench *bench)
{
	proxy_conf_free(bench->conf);
	diag_report_free(bench->report);
}

#define FRONT "frontend f\n bind :8000\n mode http\n timeout client 1s\n"

static void test_closest_step(void **state)
{
	struct bench bench;
	const struct log_overrides *all;

	bench_read(&bench, FRONT " log 127.0.0.1 profile p local0\n option httplog\n"
				 "log-profile p\n log-tag t\n on close format a\n on error drop\n"
				 " on http-req sd b\n on any format c\n on close sd d\n");
	assert_string_equal(bench.profile->tag, "t");
	all = log_overrides_of(bench.profile);
	assert_ptr_equal(log_profile_on(bench.profile, LOG_STEP_CLOSE, false), &all->on[LOG_STEP_CLOSE]);
	assert_ptr_equal(log_profile_on(bench.profile, LOG_STEP_CLOSE, true), &all->on[LOG_STEP_ERROR]);
	assert_ptr_equal(log_profile_on(bench.profile, LOG_STEP_CONNECT, false), &all->on[LOG_STEP_ANY]);
	assert_ptr_equal(log_profile_on(bench.profile, LOG_STEP_RULE + RULES_HTTP_REQUEST, false),
			 &all->on[LOG_STEP_RULE + RULES_HTTP_REQUEST]);
	assert_true(all->on[LOG_STEP_ERROR].drop);
	/* Two lines of one step add up. */
	assert_non_null(all->on[LOG_STEP_CLOSE].format);
	assert_non_null(all->on[LOG_STEP_CLOSE].structured);
	assert_true(bench.conf->sections->log.profiled);
	bench_free(&bench);
}

static void test_nothing_said(void **state)
{
	struct bench bench;

	bench_read(&bench, FRONT " log 127.0.0.1 profile p local0\n option httplog\n"
				 "log-profile p\n on close drop\n");
	assert_null(log_profile_on(bench.profile, LOG_STEP_CONNECT, false));
	assert_non_null(log_profile_on(bench.profile, LOG_STEP_CLOSE, true));
	assert_null(log_profile_on(NULL, LOG_STEP_CLOSE, false));
	bench_free(&bench);
}

static void test_steps(void **state)
{
	static const struct {
		const char *line;
		unsigned steps;
	} rows[] = {
		{ "", 0 },
		{ " log-steps accept,close\n", 1 << LOG_STEP_ACCEPT | 1 << LOG_STEP_CLOSE },
		{ " log-steps all\n", (1 << LOG_STEP_ANY) - 1 },
		{ " log-steps any\n no log-steps\n", 0 },
		{ " log-steps accept\n log-steps error\n", 1 << LOG_STEP_ERROR },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		char text[256] = FRONT " log 127.0.0.1 local0\n";

		bench_read(&bench, strcat(text, rows[i].line));
		assert_int_equal(bench.conf->sections->http.log_steps, rows[i].steps);
		bench_free(&bench);
	}
}

static void test_origins(void **state)
{
	assert_string_equal(log_step_origin(LOG_STEP_CLOSE), "txn_close");
	assert_string_equal(log_step_origin(LOG_STEP_RULE + RULES_RESPONSE_CONTENT), "tcp-res-cont");
	for (unsigned i = 0; i < LOG_STEPS; i++)
		assert_non_null(log_step_origin((enum log_step)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closest_step),
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
