/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of the statistics: HAProxy's names in HAProxy's order, and the values in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/columns.h"
#include "base/strbuf.h"
#include "proxy/conf.h"

/* As HAProxy 2.6.12 prints it, to the end of its static columns. */
static const char titles[] =
	"# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,"
	"wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,"
	"lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,"
	"hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,"
	"cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,"
	"ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,"
	"check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,"
	"conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,"
	"srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,"
	"used_conn_cur,need_conn_est,uweight,agg_server_status,agg_server_check_status,"
	"agg_check_status,-,\n";

static const struct stats_column *column(const char *name)
{
	for (size_t i = 0; i < stats_column_count; i++)
		if (strcmp(stats_columns[i].doc.name, name) == 0)
			return &stats_columns[i];
	fail_msg("no column %s", name);
	return NULL;
}

static void titles_are_haproxys(void **state)
{
	struct stats_rows none = { .rows = NULL };
	struct strbuf text = STRBUF_EMPTY;

	stats_csv(&none, &text);
	assert_string_equal(text.text, titles);
	strbuf_free(&text);
	assert_int_equal(stats_column_count, 103);
}

static void every_row_is_complete(void **state)
{
	for (size_t i = 0; i < stats_column_count; i++) {
		const struct stats_column *c = &stats_columns[i];

		assert_true(c->doc.summary[strlen(c->doc.summary) - 1] == '.');
		assert_int_equal(strlen(c->tag), 3);
		assert_non_null(strchr("MSKCP", c->tag[0]));
		assert_non_null(strchr("AaCDGLMNOR", c->tag[1]));
		assert_non_null(strchr("CPSs", c->tag[2]));
		assert_true(c->kinds != 0 && c->kinds < 8);
	}
}

static void only_where_it_means_something(void **state)
{
	struct stats_row row;
	char buf[STATS_VALUE_TEXT];

	stats_row_init(&row, STATS_SERVER);
	row.n.request_errors = 7;
	assert_string_equal(stats_value(&row, column("ereq"), buf), "");
	assert_string_equal(stats_value(&row, column("stot"), buf), ""); /* not known */
	assert_string_equal(stats_value(&row, column("eint"), buf), "0");
	assert_string_equal(stats_value(&row, column("comp_in"), buf), "");
	assert_string_equal(stats_value(&row, column("qtime"), buf), "");
	row.kind = STATS_FRONTEND;
	assert_string_equal(stats_value(&row, column("ereq"), buf), "7");
	row.n.bytes_in = UINT64_MAX - 1;
	assert_string_equal(stats_value(&row, column("bin"), buf), "18446744073709551614");
}

static void lines_are_quoted_where_they_must(void **state)
{
	struct stats_row row;
	struct stats_rows rows = { &row, 1 };
	struct strbuf text = STRBUF_EMPTY;

	stats_row_init(&row, STATS_SERVER);
	row.proxy = "a,b";
	row.service = "say \"hi\"";
	strcpy(row.status, "UP 1/3");
	row.mode = "tcp";
	row.n.queue = 3;
	row.n.sessions = 2;
	stats_csv(&rows, &text);
	const char *line = strchr(text.text, '\n') + 1;
	assert_ptr_equal(strstr(line, "\"a,b\",\"say \"\"hi\"\"\",3,,2,,,,,"), line);
	assert_non_null(strstr(line, ",UP 1/3,"));
	assert_string_equal(line + strlen(line) - 3, "-,\n");
	strbuf_free(&text);
}

static void scopes(void **state)
{
	struct stats_scope web = { .proxy = "web" }, self = { .next = &web, .proxy = "." };
	struct stats_conf all = { .enabled = true }, some = { .scopes = &self };
	struct section stats = { .name = "stats" }, front = { .name = "web" }, other = { .name = "x" };
	struct stats_filter open = { .conf = &all, .self = &stats };
	struct stats_filter narrow = { .conf = &some, .self = &stats };

	assert_true(stats_in_scope(&open, &other));
	assert_true(stats_in_scope(&narrow, &stats));
	assert_true(stats_in_scope(&narrow, &front));
	assert_false(stats_in_scope(&narrow, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(titles_are_haproxys),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(only_where_it_means_something),
		cmocka_unit_test(lines_are_quoted_where_they_must),
		cmocka_unit_test(scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
