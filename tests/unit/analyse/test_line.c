/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as HAProxy 2.6 and relevo wrote them, after prefixes as syslog servers and pipes do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/line.h"
#include "base/macros.h"

#define HTTP                                                                                       \
	"10.0.1.2:33317 [06/Feb/2009:12:14:14.655] www~ static/s1 10/1/30/69/+109 200 +2750 - - "  \
	"sDVN 1/1/1/1/+2 3/4 {a b|c} {d} \"GET /i?q HTTP/1.1\""
#define TCP "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 cD 0/0/0/0/3 0/7"
#define CLF                                                                                        \
	"127.0.0.1 - - [23/Nov/2026:12:50:28 +0000] \"GET /y HTTP/1.1\" 503 217 \"\" \"\" 55574 990 " \
	"\"clf\" \"b\" \"s1\" 1 2 -1 -1 3005 SC-- 1 1 0 0 3 5 6 \"\" \"\" \"127.0.0.1:19600\" \"\""
#define CLF_TCP                                                                                    \
	"127.0.0.1 - - [23/Nov/2026:12:50:48 +0000] \"TCP \" 000 12 \"\" \"\" 37624 342 \"t\" \"tb\" " \
	"\"t1\" 0 4 -1 3000 0 SC-- 1 1 0 0 3 0 0 \"\" \"\" "

static void is(struct slice slice, const char *text)
{
	assert_int_equal(slice.len, strlen(text));
	assert_memory_equal(slice.at, text, slice.len);
}

static void parse(const char *text, struct analyse_line *line)
{
	analyse_line_parse(slice_of(text), 0, line);
}

static void http(void **state)
{
	struct analyse_line line;

	parse(HTTP, &line);
	assert_int_equal(line.kind, LINE_HTTP);
	is(line.source, "10.0.1.2");
	is(line.date, "06/Feb/2009:12:14:14.655");
	is(line.frontend, "www");
	is(line.server, "static/s1");
	assert_int_equal(line.request, 10);
	assert_int_equal(line.queue, 1);
	assert_int_equal(line.connect, 30);
	assert_int_equal(line.response, 69);
	assert_int_equal(line.total, 109);
	assert_int_equal(line.status, 200);
	assert_int_equal(line.bytes, 2750);
	assert_memory_equal(line.termination, "sDVN", 4);
	assert_int_equal(line.retries, 2);
	assert_int_equal(line.server_queue, 3);
	assert_int_equal(line.backend_queue, 4);
	is(line.url, "/i?q");
	is(analyse_line_capture(&line, 1, 1), "a b");
	is(analyse_line_capture(&line, 1, 2), "c");
	is(analyse_line_capture(&line, 2, 1), "d");
	is(analyse_line_capture(&line, 1, 3), "");
	is(analyse_line_capture(&line, 3, 1), "");
}

static void tcp(void **state)
{
	struct analyse_line line;

	parse(TCP, &line);
	assert_int_equal(line.kind, LINE_TCP);
	is(line.server, "bck/srv1");
	assert_int_equal(line.total, 5007);
	assert_int_equal(line.response, -1);
	assert_int_equal(line.status, 0);
	assert_int_equal(line.bytes, 212);
	assert_memory_equal(line.termination, "cD--", 4);
	assert_int_equal(line.retries, 3);
	assert_int_equal(line.backend_queue, 7);
}

static void clf(void **state)
{
	struct analyse_line line;

	parse(CLF, &line);
	assert_int_equal(line.kind, LINE_HTTP);
	is(line.source, "127.0.0.1");
	is(line.frontend, "clf");
	is(line.server, "b/s1");
	is(line.url, "/y");
	assert_int_equal(line.status, 503);
	assert_int_equal(line.queue, 2);
	assert_int_equal(line.response, -1);
	assert_int_equal(line.total, 3005);
	assert_int_equal(line.retries, 3);
	assert_int_equal(line.server_queue, 5);
	parse(CLF_TCP, &line);
	assert_int_equal(line.kind, LINE_TCP);
	is(line.server, "tb/t1");
	assert_int_equal(line.queue, 4);
	assert_int_equal(line.total, 3000);
	assert_int_equal(line.status, 0);
	assert_int_equal(line.bytes, 12);
}

static void prefixes(void **state)
{
	static const char *const rows[] = {
		"",
		"<134>Feb  6 12:14:14 haproxy[14389]: ",
		"Feb  6 12:14:14 localhost haproxy[14389]: ",
		"2009-02-06T12:14:14.655+01:00 host haproxy[14389] ",
		"<134>1 2009-02-06T12:14:14Z host haproxy 14389 - [x@1 a=\"b\"] ",
		"<134>1 2009-02-06T12:14:14Z host haproxy 14389 - - \xef\xbb\xbf",
		"[pod] [web-1] ",
	};
	static const char *const lines[] = { HTTP, TCP, CLF };
	static const int kinds[] = { LINE_HTTP, LINE_TCP, LINE_HTTP };
	char text[1024];
	struct analyse_line line;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t j = 0; j < ARRAY_LEN(lines); j++) {
			snprintf(text, sizeof(text), "%s%s", rows[i], lines[j]);
			parse(text, &line);
			assert_int_equal(line.kind, kinds[j]);
			is(line.source, j == 2 ? "127.0.0.1" : "10.0.1.2");
		}
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		enum analyse_line_kind kind;
	} rows[] = {
		{ "", LINE_OTHER },
		{ "Server b/s1 is DOWN, reason: Layer4 timeout.", LINE_OTHER },
		{ "Connect from 127.0.0.1:42264 to 127.0.0.1:19603 (no/TCP)", LINE_OTHER },
		{ "[06/Feb/2009:12:14:14.655] www static/s1 1/1/1/1/1 200 1", LINE_OTHER },
		{ "1:1 [06/Feb/2009:12:14:14.655] fe/1: Timeout during SSL handshake", LINE_REFUSED },
		{ "1:1 [06/Feb/2009:12:14:14.655] www static/s1 1/1/1/1/1 200", LINE_BROKEN },
		{ "1:1 [06/Feb/2009:12:14:14.655] www static 1/1/1/1/1 200 5 - - ---- ", LINE_BROKEN },
		{ "1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/1 200 5 - - ---- 1/1/1/1/1 0/0 \"GET /\"",
		  LINE_BROKEN },
		{ "1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/1/1 200 5 - - --- 1/1/1/1/1 0/0 \"GET /\"",
		  LINE_BROKEN },
		{ "1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/1/1 200 5 - - ---- 1/1/1/1/1 0/0",
		  LINE_BROKEN },
		{ "1:1 [06/Feb/2009:12:14:14.655] w s/s 1/1/1/1/1 200 5 - - ---- 1/1/1/1/1 0/0 \"<BADREQ>\"",
		  LINE_HTTP },
		{ "1 - - [23/Nov/2026:12:50:28 +0000] \"GET / HTTP/1.1\" 200 5", LINE_BROKEN },
	};
	struct analyse_line line;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		parse(rows[i].text, &line);
		assert_int_equal(line.kind, rows[i].kind);
	}
	parse(rows[4].text, &line);
	is(line.frontend, "fe/1");
	is(line.reason, "Timeout during SSL handshake");
	parse(rows[10].text, &line);
	is(line.url, "\"<BADREQ>\"");
}

static void addresses(void **state)
{
	struct analyse_line line;

	parse("2001:db8::1:443 [06/Feb/2009:12:14:14.655] fe/1: no", &line);
	is(line.source, "2001:db8::1");
	parse("unix:1 [06/Feb/2009:12:14:14.655] fe/1: no", &line);
	is(line.source, "unix");
}

static void dates(void **state)
{
	struct analyse_line line;

	parse(TCP, &line);
	assert_int_equal(analyse_line_seconds(&line), 1233922371); /* date -u +%s */
	assert_int_equal(analyse_line_day_ms(&line), 43971443);
	parse(CLF, &line);
	assert_int_equal(analyse_line_seconds(&line), 1795438228);
	assert_int_equal(analyse_line_day_ms(&line), 46228000);
	parse("1:1 [29/Feb/2000:00:00:00.000] fe/1: no", &line);
	assert_int_equal(analyse_line_seconds(&line), 951782400);
	parse("1:1 [01/Jan/1970:00:00:01.000] fe/1: no", &line);
	assert_int_equal(analyse_line_seconds(&line), 1);
}

static void skipping(void **state)
{
	static const char text[] = "x [01/Jan/1970:00:00:01.000] y " TCP;
	struct analyse_line line;

	analyse_line_parse(slice_of(text), 3, &line);
	assert_int_equal(line.kind, LINE_TCP);
	analyse_line_parse(slice_of(text), 0, &line);
	assert_int_equal(line.kind, LINE_BROKEN);
	analyse_line_parse(slice_of(text), 100, &line);
	assert_int_equal(line.kind, LINE_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http),	 cmocka_unit_test(tcp),	      cmocka_unit_test(clf),
		cmocka_unit_test(kinds), cmocka_unit_test(prefixes),  cmocka_unit_test(dates),
		cmocka_unit_test(skipping), cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
