/* SPDX-License-Identifier: Apache-2.0 */
/* Sections and lines find their rows, fields get their values, and what is wrong is explained. */
#include "fixture.h"
#include "small_grammar.h"

static struct small_conf conf;

static void read_conf(struct fixture *fixture, const char *text)
{
	struct conf_parse parse;

	fixture_open(fixture);
	conf = (struct small_conf){ 0 };
	fixture_read(fixture, text);
	parse = (struct conf_parse){
		.arena = fixture->arena,
		.report = fixture->report,
		.grammar = &small_grammar,
		.context = &conf,
	};
	conf_parse_lines(&parse, &fixture->lines);
}

/* Each error or warning without its place and source line, one a line. */
static void assert_findings(const char *text, const char *expected)
{
	struct fixture fixture;
	struct strbuf findings = STRBUF_EMPTY;
	char *at, *line;

	read_conf(&fixture, text);
	at = arena_strdup(fixture.arena, fixture_report(&fixture));
	while ((line = strsep(&at, "\n")) != NULL) {
		const char *hint = strstr(line, "^");

		if (strncmp(line, "t.cfg:", 6) == 0)
			strbuf_printf(&findings, "%s\n", line + 6);
		else if (hint != NULL && strchr(hint, ' ') != NULL)
			strbuf_printf(&findings, "\t%s\n", strchr(hint, ' ') + 1);
	}
	assert_string_equal(findings.text == NULL ? "" : findings.text, expected);
	strbuf_free(&findings);
	fixture_close(&fixture);
}

static void test_typed_fields(void **state)
{
	struct fixture fixture;

	read_conf(&fixture,
		  "global\n daemon\n user haproxy\n description 'a b'  c\n maxconn 7\n"
		  " tune.bufsize 32k\n nbproc 4\n"
		  "listen web\n mode http\n timeout client 5s\n option dontlognull\n log x\n");
	assert_string_equal(fixture_report(&fixture), "");
	assert_int_equal(conf.count, 2);
	const struct small_section *global = &conf.sections[0], *listen = &conf.sections[1];
	assert_true(global->daemon && global->closed && listen->closed);
	assert_string_equal(global->user, "haproxy");
	assert_string_equal(global->description, "a b c");
	assert_int_equal(global->maxconn, 7);
	assert_int_equal(global->bufsize, 32768);
	assert_string_equal(listen->name, "web");
	assert_int_equal(listen->mode, 2);
	assert_int_equal(listen->client, 5000);
	assert_true(listen->dontlognull);
	assert_int_equal(listen->logs, 1);
	assert_int_equal(listen->maxconn, 0);
	fixture_close(&fixture);
}

static void test_presets(void **state)
{
	struct fixture fixture;

	read_conf(&fixture, "global\nlisten l\n");
	assert_int_equal(conf.sections[0].maxconn, 2000);
	assert_int_equal(conf.sections[0].bufsize, 16384);
	assert_int_equal(conf.sections[0].mode, 0); /* not of this section */
	assert_int_equal(conf.sections[1].mode, 1);
	assert_true(conf.sections[1].splice);
	assert_int_equal(conf.sections[1].server.weight, 1);
	assert_int_equal(conf.sections[1].server.inter, 2000);
	fixture_close(&fixture);
}

static void test_no_and_default(void **state)
{
	struct fixture fixture;

	read_conf(&fixture,
		  "listen a\n option dontlognull\n no option dontlognull\n no log\n"
		  " no option splice\n"
		  "listen b\n no option splice\n default option splice\n"
		  " option dontlognull\n default option dontlognull\n option redispatch 3\n"
		  " no option redispatch\n");
	assert_string_equal(fixture_report(&fixture), "");
	assert_false(conf.sections[0].dontlognull);
	assert_false(conf.sections[0].splice);
	assert_int_equal(conf.sections[0].no_logs, 1);
	assert_true(conf.sections[1].splice);
	assert_false(conf.sections[1].dontlognull);
	assert_false(conf.sections[1].redispatch);
	assert_int_equal(conf.sections[1].redispatch_times, 3);
	fixture_close(&fixture);
	assert_findings("listen a\n no mode tcp\n",
			"2:2: error: 'no' cannot stand before 'mode' [wrong-words]\n");
}

static void test_old_spellings(void **state)
{
	struct fixture fixture;

	read_conf(&fixture, "listen a\n clitimeout 60000\n redispatch\n");
	assert_int_equal(conf.sections[0].client, 60000);
	assert_true(conf.sections[0].redispatch);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 0);
	fixture_close(&fixture);

	read_conf(&fixture, "listen a\n option redispatch\n no redispatch\n");
	assert_false(conf.sections[0].redispatch);
	fixture_close(&fixture);

	assert_findings("listen a\n\tclitimeout   \"60${NONE-000}\"\n",
			"2:2: warning: 'clitimeout' is an old form that HAProxy no longer takes "
			"[old-form]\n"
			"\twrite 'timeout client \"60${NONE-000}\"'\n");
	assert_findings("listen a\n no redispatch\n",
			"2:5: warning: 'redispatch' is an old form that HAProxy no longer takes "
			"[old-form]\n\twrite 'no option redispatch'\n");
	/* Errors in the values are at the values. */
	assert_findings("listen a\n clitimeout 5x y\n",
			"2:2: warning: 'clitimeout' is an old form that HAProxy no longer takes "
			"[old-form]\n\twrite 'timeout client 5x y'\n"
			"2:16: error: unexpected word 'y' [wrong-words]\n"
			"\tfor example 'timeout client 30s'\n");
}

static void test_unknown_words(void **state)
{
	assert_findings("global\n usr x\n",
			"2:2: error: unknown word 'usr' in a 'global' section [unknown-word]\n"
			"\tdid you mean 'user'?\n");
	assert_findings("listen a\n option dontlognul\n",
			"2:9: error: unknown word 'dontlognul' after 'option' [unknown-word]\n"
			"\tdid you mean 'dontlognull'?\n");
	assert_findings("listen a\n option\n",
			"2:8: error: 'option' needs another word after it [wrong-words]\n");
	assert_findings("listen a\n no option frobnicate\n",
			"2:12: error: unknown word 'frobnicate' after 'option' [unknown-word]\n");
	assert_findings("listem a\n mode tcp\n",
			"1:1: error: 'listem' stands before any section [wrong-place]\n"
			"\teach file begins with a section such as 'global' or 'defaults'\n");
	/* The lines that follow are then checked as those of the section that was meant. */
	assert_findings("global\nlistem a\n mode tcp\n mode htp\n",
			"2:1: error: unknown word 'listem' in a 'global' section [unknown-word]\n"
			"\tdid you mean 'listen'?\n"
			"4:7: error: unknown mode 'htp' [bad-value]\n"
			"\tdid you mean 'http'?\n");
	assert_findings("global\n no\n",
			"2:2: error: unknown word 'no' in a 'global' section [unknown-word]\n");
}

static void test_not_supported_yet(void **state)
{
	assert_findings("global\n chroot /\n tune.lua.maxmem 5\n",
			"2:2: error: 'chroot' is not supported yet [not-supported]\n"
			"3:2: error: 'tune.lua.maxmem' is not supported yet [not-supported]\n");
	assert_findings("listen a\n timeout tarpit 5s\n http-request deny\n option httplog\n",
			"2:2: error: 'timeout tarpit' is not supported yet [not-supported]\n"
			"3:2: error: 'http-request' is not supported yet [not-supported]\n"
			"4:2: error: 'option httplog' is not supported yet [not-supported]\n");
	/* Sections: in the grammar or only known; their lines are passed over. */
	assert_findings("program x\n command y\npeers p\n peer x y\nglobal\n usr x\n",
			"1:1: error: section 'program' is not supported yet [not-supported]\n"
			"3:1: error: section 'peers' is not supported yet [not-supported]\n"
			"6:2: error: unknown word 'usr' in a 'global' section [unknown-word]\n"
			"\tdid you mean 'user'?\n");
}

static void test_wrong_sections(void **state)
{
	assert_findings(
		"frontend a\n server x y\n",
		"2:2: error: 'server' is not allowed in a 'frontend' section [wrong-place]\n"
		"\tit belongs in 'listen' and 'backend'\n");
	assert_findings("backend a\n timeout client 5s\n maxconn 4\n",
			"2:2: warning: 'timeout client' has no effect in a 'backend' section "
			"[no-effect]\n\tit belongs in 'defaults', 'frontend' and 'listen'\n"
			"3:2: warning: 'maxconn' has no effect in a 'backend' section [no-effect]\n"
			"\tit belongs in 'global', 'defaults', 'frontend' and 'listen'\n");
	/* Known of a proxy, and a row of `global` only: the proxy's is meant. */
	assert_findings(
		"listen a\n description x\n external-check command y\n",
		"2:2: error: 'description' is not supported yet [not-supported]\n"
		"3:2: error: 'external-check command' is not supported yet [not-supported]\n");
	assert_findings(
		"listen a\n daemon\n nbthread 4\nglobal\n acl x y\n",
		"2:2: error: 'daemon' is not allowed in a 'listen' section [wrong-place]\n"
		"\tit belongs in 'global'\n"
		"3:2: error: 'nbthread' is not allowed in a 'listen' section [wrong-place]\n"
		"\tit belongs in 'global'\n"
		"5:2: error: 'acl' is not allowed in a 'global' section [wrong-place]\n"
		"\tit belongs in a proxy's section\n");
}

static void test_values_and_counts(void **state)
{
	assert_findings("global\n maxconn 0\n maxconn\n maxconn 5 6\n daemon on\n tune.bufsize 5\n"
			" tune.bufsize 2m\n nbproc\n",
			"2:10: error: '0' is below the minimum of 1 [bad-number]\n"
			"3:9: error: more words are needed after 'maxconn' [wrong-words]\n"
			"\tfor example 'maxconn 20000'\n"
			"4:12: error: unexpected word '6' [wrong-words]\n"
			"\tfor example 'maxconn 20000'\n"
			"5:9: error: unexpected word 'on' [wrong-words]\n"
			"\tfor example 'daemon'\n"
			"6:15: error: '5' is below the minimum of 1024 [bad-number]\n"
			"7:15: error: '2m' is above the maximum of 1048576 [bad-number]\n"
			"8:8: error: more words are needed after 'nbproc' [wrong-words]\n"
			"\tfor example 'nbproc 1'\n");
	assert_findings("listen a\n timeout client 2h\n mode tpc\n log\n log a b c d\n",
			"2:17: error: '2h' is above the maximum of 1h [bad-number]\n"
			"3:7: error: unknown mode 'tpc' [bad-value]\n"
			"\tdid you mean 'tcp'?\n"
			"4:5: error: more words are needed after 'log' [wrong-words]\n"
			"\texpected 'log <target> [<facility> [<level>]]'\n"
			"5:12: error: unexpected word 'd' [wrong-words]\n"
			"\texpected 'log <target> [<facility> [<level>]]'\n");
}

/* The same name in two tables: the row of the section counts. */
static void test_rows_of_one_name(void **state)
{
	assert_findings("global\n maxconn 5000000\nlisten a\n maxconn 5000000\n",
			"4:10: error: '5000000' is above the maximum of 1000000 [bad-number]\n");
}

static void test_refused_sections_are_still_checked(void **state)
{
	struct fixture fixture;

	assert_findings("listen !x\n mode tpc\nlisten y\n",
			"1:8: error: a bad name [bad-value]\n"
			"2:7: error: unknown mode 'tpc' [bad-value]\n\tdid you mean 'tcp'?\n");
	read_conf(&fixture, "listen !x\n mode http\nlisten y\n");
	assert_int_equal(conf.count, 1);
	assert_string_equal(conf.sections[0].name, "y");
	assert_int_equal(conf.sections[0].mode, 1);
	fixture_close(&fixture);
}

static void test_section_ends_with_its_file(void **state)
{
	struct fixture fixture;
	struct conf_parse parse;

	fixture_open(&fixture);
	conf = (struct small_conf){ 0 };
	fixture_read(&fixture, "global\n daemon\n");
	fixture_read(&fixture, " user x\n user y\nglobal\n user z\n");
	parse = (struct conf_parse){ .arena = fixture.arena, .report = fixture.report,
				     .grammar = &small_grammar, .context = &conf };
	conf_parse_lines(&parse, &fixture.lines);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1); /* said once */
	assert_memory_equal(fixture_report(&fixture), "t.cfg:1:2: error: 'user' stands before", 38);
	assert_int_equal(conf.count, 2);
	assert_null(conf.sections[0].user);
	assert_string_equal(conf.sections[1].user, "z");
	fixture_close(&fixture);
}

static void test_notes_about_ignored_words(void **state)
{
	struct fixture fixture;
	struct conf_parse parse;

	fixture_open(&fixture);
	fixture_read(&fixture, "global\n nbproc 1\n");
	parse = (struct conf_parse){ .arena = fixture.arena, .report = fixture.report,
				     .grammar = &small_grammar, .context = &conf, .verbose = true };
	conf_parse_lines(&parse, &fixture.lines);
	assert_int_equal(diag_count(fixture.report, DIAG_NOTE), 1);
	fixture_close(&fixture);
}

static void test_examples_parse(void **state)
{
	for (const struct conf_section *const *section = small_sections; *section != NULL;
	     section++) {
		for (const struct conf_keyword *const *table = small_tables; *table != NULL;
		     table++) {
			for (const struct conf_keyword *row = *table; row->doc.name != NULL;
			     row++) {
				struct fixture fixture;
				char text[200];

				if (((*section)->where & row->where) == 0 ||
				    row->type == CONF_NOT_YET)
					continue;
				snprintf(text, sizeof(text), "%s x\n %s\n", (*section)->doc.name,
					 row->doc.example);
				read_conf(&fixture, text);
				if (diag_count(fixture.report, DIAG_ERROR) != 0)
					fail_msg("%s", fixture_report(&fixture));
				fixture_close(&fixture);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed_fields),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_no_and_default),
		cmocka_unit_test(test_old_spellings),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_not_supported_yet),
		cmocka_unit_test(test_wrong_sections),
		cmocka_unit_test(test_values_and_counts),
		cmocka_unit_test(test_rows_of_one_name),
		cmocka_unit_test(test_refused_sections_are_still_checked),
		cmocka_unit_test(test_section_ends_with_its_file),
		cmocka_unit_test(test_notes_about_ignored_words),
		cmocka_unit_test(test_examples_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
