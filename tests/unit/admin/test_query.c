/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the statistics, their options, and who may see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/query.h"
#include "proxy/conf.h"

static bool parse(const char *path, const char *uri, struct stats_query *query)
{
	struct stats_conf conf = { .enabled = true, .uri = uri };

	return stats_query_parse((struct slice){ path, strlen(path) }, &conf, query);
}

static void addresses(void **state)
{
	static const struct {
		const char *uri, *path;
		bool taken;
	} rows[] = {
		{ "/stats", "/stats", true },	    { "/stats", "/stats/", true },
		{ "/stats", "/stats?x", true },	    { "/stats", "/stats;csv", true },
		{ "/stats", "/statsfoo", false },   { "/stats", "/stat", false },
		{ "/stats", "/", false },	    { "/stats", "", false },
		{ "/stats", "/Stats", false },	    { "/stats", "/x/stats", false },
		{ "/", "/", true },		    { "/", "/;csv", true },
		{ "/", "/favicon.ico", false },	    { NULL, "/haproxy?stats", true },
		{ NULL, "/haproxy?stats;up", true }, { NULL, "/haproxy", false },
	};
	struct stats_query query;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (parse(rows[i].path, rows[i].uri, &query) != rows[i].taken)
			fail_msg("'%s' under '%s'", rows[i].path, rows[i].uri);
}

static void options(void **state)
{
	struct stats_query query;

	assert_true(parse("/s;csv;norefresh", "/s", &query));
	assert_true(query.csv && query.no_refresh && !query.up_only && !query.no_maintenance);
	assert_true(parse("/s?;up&no-maint", "/s", &query));
	assert_true(!query.csv && !query.no_refresh && query.up_only && query.no_maintenance);
	assert_true(parse("/s;csvx;;xup;", "/s", &query));
	assert_true(!query.csv && !query.up_only);
	assert_true(parse("/s;events;after=1234;scope=web", "/s", &query));
	assert_true(query.events && query.after == 1234);
	assert_string_equal(query.scope, "web");
	assert_true(parse("/s;json;after=99999999999999999999999;scope=", "/s", &query));
	assert_true(query.json && !query.events);
	assert_string_equal(query.scope, "");
	assert_true(parse("/s;scope=0123456789012345678901234567890123456789012345678901234567890123", "/s",
			  &query)); /* longer than any: not taken */
	assert_string_equal(query.scope, "");
}

static bool admits(const struct stats_conf *conf, const char *value)
{
	struct http_header header = { .value = { value, strlen(value) } };

	return stats_admits(conf, &header);
}

static void users(void **state)
{
	struct stats_user second = { .name = "b", .password = "" };
	struct stats_user first = { .next = &second, .name = "admin", .password = "PASSWORD" };
	struct stats_conf open = { .enabled = true }, closed = { .users = &first };

	assert_true(stats_admits(&open, NULL));
	assert_false(stats_admits(&closed, NULL));
	assert_true(admits(&closed, "Basic YWRtaW46UEFTU1dPUkQ="));  /* admin:PASSWORD */
	assert_false(admits(&closed, "Basic YWRtaW46cGFzc3dvcmQ=")); /* admin:password */
	assert_false(admits(&closed, "Basic YWRtaW46"));	     /* admin: */
	assert_true(admits(&closed, "Basic Yjo="));		     /* b: */
	assert_false(admits(&closed, "Basic YjpQQVNTV09SRA=="));     /* b:PASSWORD */
	assert_false(admits(&closed, "Basic Og=="));		     /* : */
	assert_false(admits(&closed, "Bearer YWRtaW46UEFTU1dPUkQ="));
	assert_false(admits(&closed, "Basic ????"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(options),
		cmocka_unit_test(users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
