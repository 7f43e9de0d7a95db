/* SPDX-License-Identifier: Apache-2.0 */
/* The log's lines, byte by byte (configuration manual 8.2), of streams made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/captures.h"
#include "proxy/conf.h"
#include "proxy/reading.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum { DATE_S = 1233922371 }; /* 06/Feb/2009:12:12:51 */

/* A stream of 5007 ms with all that its line may ask for. */
struct bench {
	struct diag_report *report;
	struct proxy_conf *conf;
	struct worker worker;
	struct proxy proxy;
	struct frontend frontend;
	struct backend backend;
	struct server server;
	struct server_conf server_conf;
	struct bind_conf bind;
	struct listener listener;
	struct stream_end server_end;
	struct session session;
	struct stream_detour detour;
	struct stream stream;
	struct txn txn;
	char line[2048];
};

static struct moment before(const struct bench *bench, uint64_t ms)
{
	return (struct moment){ worker_now(&bench->worker).us - ms * 1000 };
}

static void bench_read(struct bench *bench, const char *front)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "global\n log 127.0.0.1:514 local0\n"
		 "frontend fnt\n bind 127.0.0.1:8012\n log global\n timeout client 5s\n %s\n"
		 "backend bck\n timeout connect 5s\n timeout server 5s\n server srv1 10.0.3.31:8000\n",
		 front);
	bench->report = diag_report_new();
	bench->conf = proxy_conf_read_text("test", text, strlen(text), bench->report);
	assert_int_equal(diag_count(bench->report, DIAG_ERROR), 0);
	bench->frontend.section = bench->conf->sections;
	bench->backend.section = bench->conf->sections->next;
	bench->server.conf = bench->backend.section->back.servers;
	bench->server.address = (struct net_address *)&bench->server.conf->address;
}

static void bench_join(struct bench *bench)
{
	bench->worker.loop = loop_new(&bench->worker);
	bench->worker.proxy = &bench->proxy;
	bench->worker.wall.local.second = bench->worker.wall.gmt.second = -1;
	bench->worker.wall.checked_us = worker_now(&bench->worker).us;
	bench->proxy.conf = bench->conf;
	bench->bind.id = 7;
	bench->listener = (struct listener){ .worker = &bench->worker, .frontend = &bench->frontend,
					     .conf = &bench->bind };
	bench->stream = (struct stream){
		.worker = &bench->worker,
		.listener = &bench->listener,
		.backend = &bench->backend,
		.target = &bench->server,
		.accepted = before(bench, 5007),
		.idle_from = before(bench, 5007),
		.src = { .family = AF_INET, .port = 33313, .ip = { 10, 0, 1, 2 } },
		.session = &bench->session,
		.http = bench->frontend.section->mode == PROXY_MODE_HTTP,
		.first = true,
	};
	bench->session = (struct session){
		.dst = { .family = AF_INET, .port = 8012, .ip = { 10, 0, 3, 31 } },
	};
	bench->server_end = (struct stream_end){ .file.fd = -1, .bytes = 212 };
	bench->stream.server = &bench->server_end;
	bench->worker.wall.offset_us =
		(uint64_t)DATE_S * 1000000 + 443000 - bench->stream.accepted.us;
}

/* A request: 10 ms to receive, 30 to connect, 69 to answer, 4898 of data. */
static void bench_request(struct bench *bench)
{
	struct txn *txn = &bench->txn;

	*txn = (struct txn){
		.stream = &bench->stream,
		.memory.pool = &bench->worker.bumps,
		.began = before(bench, 5007),
		.head_at = before(bench, 4997),
		.analysed_at = before(bench, 4997),
		.response_at = before(bench, 4898),
		.request_line = SLICE("GET http://h/in\"dex.html?a=1 HTTP/1.1"),
		.status = 200,
		.bytes_in = 100,
		.bytes_out = 2750,
		.log_level = -1,
	};
	bench->stream.connect_ms = 30;
	bench->stream.txn = txn;
}

static struct bench *bench_open(const char *front)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench_read(bench, front);
	bench_join(bench);
	return bench;
}

static void bench_close(struct bench *bench)
{
	bump_free(&bench->txn.memory);
	bump_free(&bench->worker.scratch);
	bump_pool_free(&bench->worker.bumps);
	loop_free(bench->worker.loop);
	proxy_conf_free(bench->conf);
	diag_report_free(bench->report);
	free(bench);
}

static const char *line_of(struct bench *bench)
{
	struct expr_context context = { .src = &bench->stream.src, .stream = &bench->stream,
					.memory = &bench->worker.scratch };
	struct out out = { .bytes = bench->line, .size = sizeof(bench->line) - 1 };

	bench->worker.scratch.pool = &bench->worker.bumps;
	format_write(bench->frontend.section->http.log_format, &context, &out);
	bench->line[out.len] = '\0';
	return bench->line;
}

static void assert_value(const char *format, const char *expected)
{
	char front[512];
	struct bench *bench;

	snprintf(front, sizeof(front), "mode http\n log-format \"%s\"", format);
	bench = bench_open(front);
	bench_request(bench);
	assert_string_equal(line_of(bench), expected);
	bench_close(bench);
}

static void test_tcp(void **state)
{
	struct bench *bench = bench_open("option tcplog");

	bench->stream.retries = 3;
	assert_string_equal(line_of(bench), "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 "
					    "0/0/5007 212 -- 0/0/0/0/3 0/0");
	bench_close(bench);
}

static void test_no_server(void **state)
{
	struct bench *bench = bench_open("option tcplog");

	bench->stream.target = NULL;
	bench->stream.server = NULL;
	bench->stream.queue_ms = bench->stream.connect_ms = -1;
	bench->stream.cause = 'P';
	bench->stream.phase = 'R';
	assert_string_equal(line_of(bench), "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt "
					    "bck/<NOSRV> -1/-1/5007 0 PR 0/0/0/0/0 0/0");
	bench_close(bench);
}

static void test_signs(void **state)
{
	struct bench *bench = bench_open("option tcplog\n option logasap");

	bench->stream.redispatched = true;
	bench->stream.retries = 3;
	bench->proxy.gate.load.now = 5;
	bench->frontend.gate.load.now = 4;
	bench->backend.load.now = 3;
	bench->server.lb.active = 2;
	bench->detour = (struct stream_detour){ .server_queue = 11, .backend_queue = 12 };
	bench->stream.detour = &bench->detour;
	bench->server_end.bytes = UINT64_MAX;
	assert_string_equal(line_of(bench),
			    "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/+5007 "
			    "+18446744073709551615 -- 5/4/3/2/+3 11/12");
	bench_close(bench);
}

static void test_unix_and_ipv6_clients(void **state)
{
	struct bench *bench = bench_open("option tcplog");

	bench->stream.src = (struct net_endpoint){ .family = AF_UNIX };
	assert_string_equal(line_of(bench), "unix:7 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 "
					    "212 -- 0/0/0/0/0 0/0");
	bench->stream.src = (struct net_endpoint){ .family = AF_INET6, .port = 1, .ip = { [15] = 1 } };
	assert_string_equal(line_of(bench), "::1:1 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 "
					    "212 -- 0/0/0/0/0 0/0");
	bench_close(bench);
}

static void test_accepted(void **state)
{
	struct bench *bench = bench_open("");

	assert_true(bench->frontend.section->http.log_at_accept);
	assert_string_equal(line_of(bench), "Connect from 10.0.1.2:33313 to 10.0.3.31:8012 (fnt/TCP)");
	bench_close(bench);
	bench = bench_open("mode http");
	assert_string_equal(line_of(bench), "Connect from 10.0.1.2:33313 to 10.0.3.31:8012 (fnt/HTTP)");
	bench_close(bench);
}

static void test_http(void **state)
{
	struct bench *bench = bench_open("mode http\n option httplog");

	bench_request(bench);
	bench->txn.cookie_request = 'V';
	bench->txn.cookie_response = 'N';
	assert_string_equal(line_of(bench),
			    "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 "
			    "10/0/30/69/5007 200 2750 - - --VN 0/0/0/0/0 0/0 "
			    "\"GET http://h/in#22dex.html?a=1 HTTP/1.1\"");
	bench_close(bench);
}

/* Nothing came that could be read as a request. */
static void test_bad_request(void **state)
{
	struct bench *bench = bench_open("mode http\n option httplog\n capture request header A len 9");

	bench->stream.backend = NULL;
	bench->stream.target = NULL;
	bench->stream.server = NULL;
	bench->stream.queue_ms = bench->stream.connect_ms = -1;
	bench->stream.cause = 'C';
	bench->stream.phase = 'R';
	assert_string_equal(line_of(bench), "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt "
					    "fnt/<NOSRV> -1/-1/-1/-1/5007 -1 0 - - CR-- 0/0/0/0/0 "
					    "0/0 \"<BADREQ>\"");
	bench_close(bench);
}

static void test_captures(void **state)
{
	struct bench *bench =
		bench_open("mode http\n option httplog\n capture request header Host len 6\n"
			   " declare capture request len 4\n capture response header Via len 9\n");

	bench_request(bench);
	assert_true(capture_set(&bench->txn, false, 0, SLICE("www.{x}")));
	assert_true(capture_set(&bench->txn, false, 1, SLICE("a|b")));
	assert_false(capture_set(&bench->txn, false, 2, SLICE("none")));
	assert_non_null(strstr(line_of(bench), " 0/0 {www.#7Bx|a#7Cb} {} \"GET "));
	bench_close(bench);
}

static void test_clf(void **state)
{
	struct bench *bench = bench_open("mode http\n option httplog clf\n"
					 " capture request header A len 9\n"
					 " capture request header B len 9\n");

	bench_request(bench);
	bench->txn.request_line = SLICE("GET / HTTP/1.1");
	assert_true(capture_set(&bench->txn, false, 1, SLICE("x y")));
	assert_string_equal(line_of(bench),
			    "10.0.1.2 - - [06/Feb/2009:12:12:51 +0000] \"GET / HTTP/1.1\" 200 2750 "
			    "\"\" \"\" 33313 443 \"fnt\" \"bck\" \"srv1\" 10 0 30 69 5007 ---- 0 0 0 0 "
			    "0 0 0 \"\" \"\" \"\" \"x y\" ");
	bench_close(bench);
}

static void test_values(void **state)
{
	assert_value("%HM|%HU|%HP|%HPO|%HQ|%HV", "GET|http://h/in#22dex.html?a=1|http://h/in#22dex.html|"
						 "/in#22dex.html|?a=1|HTTP/1.1");
	assert_value("%{+X}o %ci:%cp_%fi:%fp_%Ts", "0A000102:8221_0A00031F:1F4C_498C2943");
	assert_value("%si:%sp %bi:%bp", "10.0.3.31:8000 -:-");
	assert_value("%Th/%Ti/%TR/%Tq/%Tw/%Tc/%Tr/%Td/%Ta/%Tt/%Tu",
		     "0/0/10/10/0/30/69/4898/5007/5007/5007");
	assert_value("%T|%Tl|%tr|%trg|%trl|%ms", "06/Feb/2009:12:12:51 +0000|06/Feb/2009:12:12:51 +0000|"
						 "06/Feb/2009:12:12:51.443|06/Feb/2009:12:12:51 +0000|"
						 "06/Feb/2009:12:12:51 +0000|443");
	assert_value("%{+X}rt %{+X}rt %rt", "0000 0000 0");
	assert_value("%U %B %ST %ID", "100 2750 200 -");
	assert_value("%{+Q}o %b %s %f %CC %ts", "\"bck\" \"srv1\" \"fnt\" \"\" --");
}

/* A later request on the connection counts from the end of the last one. */
static void test_second_request(void **state)
{
	struct bench *bench = bench_open("mode http\n log-format \"%t %Th/%Ti/%TR/%Tq/%Ta/%Tt/%Tu\"");

	bench_request(bench);
	bench->stream.first = false;
	bench->stream.idle_from = before(bench, 3000);
	bench->txn.began = before(bench, 1000);
	bench->txn.head_at = bench->txn.analysed_at = before(bench, 990);
	assert_string_equal(line_of(bench), "06/Feb/2009:12:12:53.450 0/2000/10/2010/1000/3000/1000");
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_unix_and_ipv6_clients),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_bad_request),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_clf),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_second_request),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("proxy/log_line", tests, NULL, NULL);
}
