/* SPDX-License-Identifier: Apache-2.0 */
/* Options after an address, as on `bind` and `server` lines. */
#include "fixture.h"
#include "small_grammar.h"

static unsigned read_options(struct fixture *fixture, struct small_server *server, const char *text)
{
	struct conf_parse parse;

	fixture_open(fixture);
	fixture_read(fixture, text);
	parse = (struct conf_parse){ .arena = fixture->arena, .report = fixture->report };
	*server = (struct small_server){ 0 };
	conf_apply_option_presets(&parse, small_server_rows, server);
	return conf_parse_options(&parse, small_server_rows, server, &fixture->lines.lines[0], 1,
				  "server option");
}

static void test_each_type(void **state)
{
	struct fixture fixture;
	struct small_server server;

	assert_int_equal(read_options(&fixture, &server,
				      "x check weight 10 inter 1m tag t pair a b skipped z backup "
				      "pair c d rest e 'f g'\n"),
			 9);
	assert_string_equal(fixture_report(&fixture), "");
	assert_true(server.check && server.backup);
	assert_int_equal(server.weight, 10);
	assert_int_equal(server.inter, 60000);
	assert_string_equal(server.cookie, "t");
	assert_int_equal(server.pair_words, 4);
	assert_string_equal(server.rest, "e f g");
	fixture_close(&fixture);
}

static void test_none(void **state)
{
	struct fixture fixture;
	struct small_server server;

	assert_int_equal(read_options(&fixture, &server, "x\n"), 0);
	assert_int_equal(server.weight, 1);
	assert_int_equal(server.inter, 2000);
	fixture_close(&fixture);
}

static void test_no_prefix(void **state)
{
	struct fixture fixture;
	struct small_server server;

	read_options(&fixture, &server, "x check no-check\n");
	assert_string_equal(fixture_report(&fixture), "");
	assert_false(server.check);
	fixture_close(&fixture);
	read_options(&fixture, &server, "x no-backup\n");
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
	fixture_close(&fixture);
}

static void assert_reports(const char *text, const char *expected)
{
	struct fixture fixture;
	struct small_server server;

	read_options(&fixture, &server, text);
	assert_string_equal(fixture_report(&fixture), expected);
	fixture_close(&fixture);
}

static void test_findings(void **state)
{
	/* After a word that is not understood, all up to the next option is its value. */
	assert_reports("x chek 5 weight 300 cookie c1 later y backup weight\n",
		       "t.cfg:1:3: error: unknown server option 'chek' [unknown-word]\n"
		       "    1 | x chek 5 weight 300 cookie c1 later y backup weight\n"
		       "      |   ^~~~ did you mean 'check'?\n"
		       "t.cfg:1:17: error: '300' is above the maximum of 256 [bad-number]\n"
		       "    1 | x chek 5 weight 300 cookie c1 later y backup weight\n"
		       "      |                 ^~~\n"
		       "t.cfg:1:21: error: server option 'cookie' is not supported yet "
		       "[not-supported]\n"
		       "    1 | x chek 5 weight 300 cookie c1 later y backup weight\n"
		       "      |                     ^~~~~~\n"
		       "t.cfg:1:31: error: server option 'later' is not supported yet "
		       "[not-supported]\n"
		       "    1 | x chek 5 weight 300 cookie c1 later y backup weight\n"
		       "      |                               ^~~~~\n"
		       "t.cfg:1:52: error: more words are needed after 'weight' [wrong-words]\n"
		       "    1 | x chek 5 weight 300 cookie c1 later y backup weight\n"
		       "      |                                                    ^ for example "
		       "'weight 10'\n");
	assert_reports("x share 7\n",
		       "t.cfg:1:3: warning: 'share' is an old form that HAProxy no longer takes "
		       "[old-form]\n"
		       "    1 | x share 7\n"
		       "      |   ^~~~~ write 'weight 7'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_prefix),
		cmocka_unit_test(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
