/* SPDX-License-Identifier: Apache-2.0 */
/* Curves as SVG, and the percentiles they show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/curve.h"
#include "proxy/latency.h"

static void scales(void **state)
{
	static const uint32_t rows[][2] = { { 0, 1 },	  { 1, 1 },	{ 3, 5 },     { 5, 5 },
					    { 6, 10 },	  { 10, 10 },	{ 11, 20 },   { 201, 500 },
					    { 501, 1000 }, { UINT32_MAX, UINT32_MAX } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(stats_curve_scale(rows[i][0]), rows[i][1]);
}

static void latencies(void **state)
{
	static const struct {
		uint32_t us;
		const char *text;
	} rows[] = { { 1, "1\u202f\u00b5s" },	   { 999, "999\u202f\u00b5s" }, { 1000, "1.0\u202fms" },
		     { 9949, "9.9\u202fms" },	   { 12345, "12\u202fms" },
		     { 1500000, "1.5\u202fs" } };
	struct strbuf text = STRBUF_EMPTY;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		stats_latency(&text, rows[i].us);
		assert_string_equal(text.text, rows[i].text);
		strbuf_free(&text);
	}
}

/* The values are the coordinates; latencies have gaps. */
static void paths(void **state)
{
	static struct history_series series = { .count = 6, .newest = 6 };
	static const uint32_t requests[] = { 3, 3, 3, 3, 10, 0 }, p50[] = { 0, 500, 700, 0, 0, 900 };
	struct strbuf html = STRBUF_EMPTY;

	for (int i = 0; i < 6; i++) {
		series.samples[i].value[HISTORY_REQUESTS] = requests[i];
		series.samples[i].value[HISTORY_P50_US] = p50[i];
	}
	stats_curves(&series, 7, NULL, &html);
	assert_non_null(strstr(html.text, "<path class=q0 id=r7 d=\"M293 0V-3l1 0 3 0 1 -7 1 10h2V0\"/>"));
	assert_non_null(strstr(html.text, "<path class=q0 d=\"M295 -500l0 0 1 -200M299 -900l0 0\"/>"));
	assert_non_null(strstr(html.text, "viewBox=\"0 -10.60 299 10.60\""));
	strbuf_free(&html);

	series.count = 0;
	stats_curves(&series, 7, NULL, &html);
	assert_non_null(strstr(html.text, "<path class=q0 id=r7 d=\"\"/>"));
	strbuf_free(&html);
}

/* Buckets follow each other without a gap, and a percentile is near the truth. */
static void percentiles(void **state)
{
	static struct latency share[2];
	uint32_t counts[LATENCY_BUCKETS];

	for (uint64_t us = 1; us < 1u << 20; us++) {
		unsigned bucket = latency_bucket(us);

		assert_true(bucket == latency_bucket(us + 1) || bucket + 1 == latency_bucket(us + 1));
	}
	assert_int_equal(latency_bucket(0), 0);
	assert_int_equal(latency_bucket(UINT64_MAX - 16), LATENCY_BUCKETS - 1);
	for (uint64_t us = 1; us <= 10000; us++)
		latency_count(&share[us % 2], latency_bucket(us * 10));
	latency_total(share, 2, counts);
	for (unsigned percent = 5; percent <= 95; percent += 5) {
		double got = latency_percentile(counts, percent), truth = percent * 1000.0;

		if (got < truth * 0.9 || got > truth * 1.1)
			fail_msg("%u%%: %g", percent, got);
	}
	memset(counts, 0, sizeof(counts));
	assert_int_equal(latency_percentile(counts, 50), 0);
	counts[0] = 1;
	assert_int_not_equal(latency_percentile(counts, 50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales),
		cmocka_unit_test(latencies),
		cmocka_unit_test(paths),
		cmocka_unit_test(percentiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
