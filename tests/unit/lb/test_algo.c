/* SPDX-License-Identifier: Apache-2.0 */
/* The table of algorithms: rows are whole, names are found, arguments are read. */
#include "farm.h"

#include <stdio.h>

#include "base/arena.h"
#include "diag/report.h"

static void every_row_is_whole(void **state)
{
	for (const struct lb_algo *const *row = lb_algos; *row != NULL; row++) {
		const struct doc *doc = &(*row)->doc;
		char word[64];

		assert_non_null(doc->summary);
		assert_int_equal(doc->summary[strlen(doc->summary) - 1], '.');
		assert_memory_equal(doc->example, "balance ", 8);
		assert_int_equal(sscanf(doc->example, "balance %63s", word), 1);
		assert_ptr_equal(lb_algo_find(word), *row);
		assert_ptr_equal(lb_algo_find(doc->name), *row);
		assert_true(row[1] == NULL || strcmp(doc->name, row[1]->doc.name) < 0);
	}
}

static void only_whole_names_are_found(void **state)
{
	assert_null(lb_algo_find("leastcon"));
	assert_null(lb_algo_find("leastconns"));
	assert_null(lb_algo_find("roundrobin(2)"));
	assert_null(lb_algo_find(""));
	assert_ptr_equal(lb_algo_find("random(3)"), &lb_random);
}

static unsigned parse_random(const char *word, struct lb_conf *conf)
{
	struct arena *arena = arena_new();
	struct diag_report *report = diag_report_new();
	struct conf_word words[] = { { .text = "balance" }, { .text = word }, { .text = "" } };
	const struct conf_line line = { .words = words, .count = 2 };
	struct conf_parse parse = { .arena = arena, .report = report };
	unsigned errors;

	assert_int_equal(lb_random.parse(&parse, conf, &line, 2), 0);
	errors = diag_count(report, DIAG_ERROR);
	diag_report_free(report);
	arena_free(arena);
	return errors;
}

static void random_reads_its_draws(void **state)
{
	static const char *const bad[] = { "random(", "random()", "random(0)", "random(x)",
					   "random(2", "random(2)x", "random(2x)", "random(-1)",
					   "random(99999999999999999999999999999999999999)" };
	struct lb_conf conf = { 0 };

	assert_int_equal(parse_random("random", &conf), 0);
	assert_int_equal(conf.random_draws, 2);
	assert_int_equal(parse_random("random(7)", &conf), 0);
	assert_int_equal(conf.random_draws, 7);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (parse_random(bad[i], &conf) != 1)
			fail_msg("%s is accepted", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(only_whole_names_are_found),
		cmocka_unit_test(random_reads_its_draws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
