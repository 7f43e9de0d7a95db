/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/test_keywords.c - walks every row of haproxy.cfg: each has
 * prose, its example parses, and its preset is in range and what the struct
 * begins with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "lb/algo.h"
#include "proxy/log_aliases.h"
#include "proxy/reading.h"

static bool ends_sentence(const char *text)
{
	size_t len = strlen(text);

	return len > 1 && text[len - 1] == '.';
}

static void check_prose(const struct doc *doc)
{
	print_message("%s\n", doc->name);
	assert_non_null(doc->summary);
	assert_true(ends_sentence(doc->summary));
	assert_non_null(doc->example);
	assert_non_null(doc->since);
	/* The example uses the word. */
	assert_non_null(strstr(doc->example, doc->name));
}

static void wrap(char *text, size_t size, unsigned where, const char *line)
{
	static const struct {
		unsigned where;
		const char *opening;
	} places[] = {
		{ CONF_LISTEN, "listen here\n mode tcp\n bind 127.0.0.1:8001\n" },
		{ CONF_FRONTEND, "frontend here\n mode tcp\n bind 127.0.0.1:8001\n" },
		{ CONF_BACKEND, "backend here\n mode tcp\n" },
		{ CONF_DEFAULTS, "defaults here\n mode tcp\n" },
		{ CONF_GLOBAL, "global\n" },
		{ CONF_USERLIST, "userlist here\n" },
		{ CONF_HTTP_ERRORS, "http-errors here\n" },
		{ CONF_RING, "ring here\n" },
		{ CONF_LOG_PROFILE, "log-profile here\n" },
		{ CONF_LOG_FORWARD, "log-forward here\n" },
		{ CONF_RESOLVERS, "resolvers here\n" },
		{ CONF_MAILERS, "mailers here\n" },
		{ CONF_HEALTHCHECK, "healthcheck here\n type tcp-check\n" },
	};
	unsigned i = 0;

	while ((places[i].where & where) == 0)
		i++;
	snprintf(text, size,
		 "defaults first\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n"
		 "listen main\n bind 127.0.0.1:8000\n server one 127.0.0.1:80 check\n"
		 "backend web\nhttp-errors site\n errorfile 503 /dev/null\n"
		 "resolvers dns\n nameserver ns 127.0.0.1:53\n"
		 "healthcheck web\n type httpchk\n"
		 "%s %s\n", places[i].opening, line);
}

/* Reads the line where it may stand, and returns the number of errors. */
static unsigned parse_example(unsigned where, const char *line, struct strbuf *ret_said)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf;
	char text[2048];
	unsigned errors;

	wrap(text, sizeof(text), where, line);
	conf = proxy_conf_read_text("example.cfg", text, strlen(text), report);
	errors = diag_count(report, DIAG_ERROR);
	diag_report_render(report, ret_said);
	proxy_conf_free(conf);
	diag_report_free(report);
	return errors;
}

/* Reads the line as a section of its own. */
static unsigned parse_section(const char *line, struct strbuf *ret_said)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf;
	char text[2048];
	unsigned errors;

	snprintf(text, sizeof(text), "listen main\n bind 127.0.0.1:8000\ndefaults base\n%s\n", line);
	conf = proxy_conf_read_text("example.cfg", text, strlen(text), report);
	errors = diag_count(report, DIAG_ERROR);
	diag_report_render(report, ret_said);
	proxy_conf_free(conf);
	diag_report_free(report);
	return errors;
}

/* A row for a word that is known and refused says so in its prose. */
static bool refused(const struct conf_keyword *row)
{
	return row->type == CONF_NOT_YET || (strncmp(row->doc.summary, "Removed from HAProxy", 20) == 0 &&
					     strstr(row->doc.summary, "mode http") == NULL) ||
	       strncmp(row->doc.summary, "Removed;", 8) == 0;
}

static void check_row(const struct conf_keyword *row, unsigned where)
{
	struct strbuf said = STRBUF_EMPTY;
	unsigned errors;

	check_prose(&row->doc);
	errors = parse_example(where, row->doc.example, &said);
	if (strcmp(row->doc.name, "namespace") == 0) /* this machine need not have it */
		errors -= strstr(said.text, "there is no network namespace 'blue'") != NULL;
	if (refused(row) ? errors != 1 || strstr(said.text, "is not supported") == NULL : errors != 0)
		fail_msg("%u errors in '%s':\n%s", errors, row->doc.example, said.text);
	if (row->modern != NULL)
		assert_non_null(strstr(said.text, row->modern));
	assert_true(row->min <= row->max);
	strbuf_free(&said);
}

static void test_every_row(void **state)
{
	for (const struct conf_keyword *const *table = proxy_keyword_tables; *table != NULL; table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			assert_int_not_equal(row->where, 0);
			assert_int_equal(row->where & row->ignored_in, 0);
			check_row(row, row->where);
		}
	}
}

/* Where a row may stand in several sections its example parses in each. */
static void test_every_place(void **state)
{
	static const unsigned places[] = { CONF_FRONTEND, CONF_BACKEND, CONF_DEFAULTS };

	for (const struct conf_keyword *const *table = proxy_keyword_tables; *table != NULL; table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			for (unsigned i = 0; i < 3; i++)
				if (row->where & places[i])
					check_row(row, places[i]);
		}
	}
}

static void test_every_option(void **state)
{
	for (const struct conf_keyword *row = proxy_bind_options; row->doc.name != NULL; row++)
		check_row(row, CONF_LISTEN);
	for (const struct conf_keyword *row = proxy_server_options; row->doc.name != NULL; row++)
		check_row(row, CONF_LISTEN);
}

static void test_every_section(void **state)
{
	for (const struct conf_section *const *row = proxy_sections; *row != NULL; row++) {
		struct strbuf said = STRBUF_EMPTY;
		char line[128];
		unsigned errors;

		check_prose(&(*row)->doc);
		snprintf(line, sizeof(line), "%s", (*row)->doc.example);
		errors = parse_section(line, &said);
		if (errors != ((*row)->where == 0 ? 1 : 0))
			fail_msg("%u errors in '%s':\n%s", errors, (*row)->doc.example, said.text);
		if ((*row)->where == 0)
			assert_non_null(strstr(said.text, "is not supported yet"));
		strbuf_free(&said);
	}
}

static void test_every_algorithm(void **state)
{
	for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++) {
		struct strbuf said = STRBUF_EMPTY;

		check_prose(&(*algo)->doc);
		if (parse_example(CONF_LISTEN, (*algo)->doc.example, &said) != 0)
			fail_msg("%s", said.text);
		strbuf_free(&said);
	}
}

/* Each %alias of log-format strings, where it may stand: in mode http. */
static void test_every_alias(void **state)
{
	for (const struct format_alias *const *table = proxy_log_alias_tables; *table != NULL; table++) {
		for (const struct format_alias *alias = *table; alias->doc.name != NULL; alias++) {
			struct strbuf said = STRBUF_EMPTY;
			char line[128];

			check_prose(&alias->doc);
			assert_non_null(alias->write);
			snprintf(line, sizeof(line), "mode http\n %s", alias->doc.example);
			if (parse_example(CONF_LISTEN, line, &said) != 0)
				fail_msg("%s", said.text);
			strbuf_free(&said);
		}
	}
}

static void test_no_alias_twice(void **state)
{
	for (const struct format_alias *const *a = proxy_log_alias_tables; *a != NULL; a++)
		for (const struct format_alias *x = *a; x->doc.name != NULL; x++)
			for (const struct format_alias *const *b = a; *b != NULL; b++)
				for (const struct format_alias *y = b == a ? x + 1 : *b;
				     y->doc.name != NULL; y++)
					assert_string_not_equal(x->doc.name, y->doc.name);
}

static bool has_field(const struct conf_keyword *row)
{
	return row->type == CONF_FLAG || row->type == CONF_INT || row->type == CONF_SIZE ||
	       row->type == CONF_DURATION || row->type == CONF_STRING || row->type == CONF_TEXT ||
	       row->type == CONF_CHOICE;
}

/* The preset, written into a file, is taken: it is in range and of the row's type. */
static void test_presets_parse(void **state)
{
	for (const struct conf_keyword *const *table = proxy_keyword_tables; *table != NULL; table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			struct strbuf said = STRBUF_EMPTY;
			char line[128];

			if (row->preset == NULL || row->type == CONF_FLAG)
				continue;
			snprintf(line, sizeof(line), "%s %s", row->doc.name, row->preset);
			if (parse_example(row->where, line, &said) != 0)
				fail_msg("%s:\n%s", line, said.text);
			strbuf_free(&said);
		}
	}
	for (const struct conf_keyword *row = proxy_server_options; row->doc.name != NULL; row++) {
		struct strbuf said = STRBUF_EMPTY;
		char line[128];

		if (row->preset == NULL)
			continue;
		snprintf(line, sizeof(line), "server s 127.0.0.1:80 %s %s", row->doc.name, row->preset);
		if (parse_example(CONF_LISTEN, line, &said) != 0)
			fail_msg("%s:\n%s", line, said.text);
		strbuf_free(&said);
	}
}

/* A section without any word has what the rows promise. */
static void test_presets_hold(void **state)
{
	static const char text[] = "defaults\nlisten web\n bind :8000\n server s 127.0.0.1:80\n";
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf = proxy_conf_read_text("t", text, strlen(text), report);
	const struct section *web = conf->sections;
	const struct server_conf *server = web->back.servers;

	assert_int_equal(diag_count(report, DIAG_ERROR), 0);
	assert_int_equal(conf->global.bufsize, 16384);
	assert_int_equal(conf->global.pipesize, 1 << 20);
	assert_int_equal(conf->global.maxaccept, 4);
	assert_int_equal(conf->global.maxpollevents, 200);
	assert_int_equal(conf->global.spread_checks, 0);
	assert_int_equal(web->mode, PROXY_MODE_TCP);
	assert_int_equal(web->back.retries, 3);
	assert_false(web->back.redispatch);
	assert_int_equal(web->back.redispatch_interval, -1);
	assert_string_equal(web->back.lb.algo->doc.name, "roundrobin");
	assert_int_equal(web->back.lb.hash_type, LB_HASH_MAP_BASED);
	assert_int_equal(web->back.lb.hash_function, LB_HASH_SDBM);
	assert_false(web->back.lb.hash_avalanche);
	assert_int_equal(web->back.lb.hash_balance_factor, 0);
	assert_string_equal(web->stats.uri, "/haproxy?stats");
	assert_int_equal(server->weight, 1);
	assert_int_equal(server->inter_ms, 2000);
	assert_int_equal(server->fastinter_ms, 0);
	assert_int_equal(server->rise, 2);
	assert_int_equal(server->fall, 3);
	assert_int_equal(server->error_limit, 10);
	assert_int_equal(server->on_error, SERVER_ON_ERROR_FAIL_CHECK);
	assert_int_equal(web->front.binds->listener.unix_uid, -1);
	proxy_conf_free(conf);
	diag_report_free(report);
}

/* No two rows claim the same word in the same section. */
static void test_no_row_twice(void **state)
{
	for (const struct conf_keyword *const *a = proxy_keyword_tables; *a != NULL; a++)
		for (const struct conf_keyword *x = *a; x->doc.name != NULL; x++)
			for (const struct conf_keyword *const *b = a; *b != NULL; b++)
				for (const struct conf_keyword *y = b == a ? x + 1 : *b; y->doc.name != NULL; y++)
					if ((x->where & y->where) != 0 && strcmp(x->doc.name, y->doc.name) == 0)
						fail_msg("'%s' has two rows", x->doc.name);
}

/* Rows that write a field write one that is inside the section's struct. */
static void test_offsets(void **state)
{
	for (const struct conf_keyword *const *table = proxy_keyword_tables; *table != NULL; table++) {
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++) {
			if (!has_field(row))
				continue;
			assert_true(row->offset < (row->where == CONF_GLOBAL ? sizeof(struct proxy_global)
									      : sizeof(struct section)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),	cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_every_option),	cmocka_unit_test(test_every_section),
		cmocka_unit_test(test_every_algorithm),
		cmocka_unit_test(test_every_alias),	cmocka_unit_test(test_no_alias_twice),
		cmocka_unit_test(test_presets_parse),
		cmocka_unit_test(test_presets_hold),	cmocka_unit_test(test_no_row_twice),
		cmocka_unit_test(test_offsets),
	};

	return cmocka_run_group_tests_name("proxy/keywords", tests, NULL, NULL);
}
