/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/expr/test_acl.c - ACL lines and conditions, from text to verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "expr/acl.h"
#include "expr/fetch.h"
#include "expr/pattern.h"

/* A scope, filled line by line. */
struct bench {
	struct arena *arena;
	struct diag_report *report;
	struct conf_parse parse;
	struct conf_reader reader;
	struct acl_scope *scope;
};

static void bench_open(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->report = diag_report_new();
	bench->parse = (struct conf_parse){ .arena = bench->arena, .report = bench->report };
	bench->reader = (struct conf_reader){ .arena = bench->arena, .report = bench->report,
					      .version = "2.9.0" };
	bench->scope = acl_scope_new(bench->arena, NULL);
}

static void bench_close(struct bench *bench)
{
	diag_report_free(bench->report);
	arena_free(bench->arena);
}

static struct conf_line bench_line(struct bench *bench, const char *text)
{
	struct conf_lines lines = { 0 };

	conf_read_text(&bench->reader, "test", text, strlen(text), &lines);
	assert_int_equal(lines.count, 1);
	return lines.lines[0];
}

static void acl(struct bench *bench, const char *text)
{
	struct conf_line line = bench_line(bench, text);

	acl_parse(&bench->parse, bench->scope, &line, 1);
}

static struct acl_condition *condition(struct bench *bench, const char *text)
{
	struct conf_line line = bench_line(bench, text);

	return acl_condition_parse(&bench->parse, bench->scope, &line, 0);
}

static struct net_endpoint endpoint(const char *ip, uint16_t port)
{
	struct net_endpoint result = { .port = port };

	result.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(result.family, ip, result.ip), 1);
	return result;
}

/* The verdict of a condition for a client at `ip`:`port` that came to 10.1.1.80:443. */
static bool verdict(struct bench *bench, const char *text, const char *ip, uint16_t port)
{
	struct net_endpoint src = endpoint(ip, port);
	struct net_endpoint dst = endpoint("10.1.1.80", 443);
	struct expr_context context = { .src = &src, .dst = &dst };
	struct acl_condition *parsed = condition(bench, text);

	assert_non_null(parsed);
	return acl_condition_true(parsed, &context);
}

static unsigned errors(const struct bench *bench)
{
	return diag_count(bench->report, DIAG_ERROR);
}

static bool says(const struct bench *bench, const char *text)
{
	struct strbuf out = STRBUF_EMPTY;
	bool found;

	diag_report_render(bench->report, &out);
	found = out.text != NULL && strstr(out.text, text) != NULL;
	if (!found)
		print_message("no '%s' in:\n%s", text, out.text != NULL ? out.text : "");
	strbuf_free(&out);
	return found;
}

static void test_addresses(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_true(verdict(&bench, "if { src 10.0.0.0/8 }", "10.9.8.7", 1));
	assert_false(verdict(&bench, "if { src 10.0.0.0/8 }", "11.0.0.1", 1));
	assert_true(verdict(&bench, "if { src 192.0.2.1 192.0.2.9 }", "192.0.2.9", 1));
	assert_true(verdict(&bench, "if { src 0.0.0.0/0 }", "203.0.113.5", 1));
	assert_true(verdict(&bench, "if { src 10.0.0.0/255.0.0.0 }", "10.1.1.1", 1));
	/* A mask with holes. */
	assert_true(verdict(&bench, "if { src 10.0.5.0/255.0.255.0 }", "10.77.5.3", 1));
	assert_false(verdict(&bench, "if { src 10.0.5.0/255.0.255.0 }", "10.77.6.3", 1));
	/* Octets left out (manual 7.1.6): 192.168.1 is 192.168.0.1. */
	assert_true(verdict(&bench, "if { src 192.168.1 }", "192.168.0.1", 1));
	assert_true(verdict(&bench, "if { src 10.12/8 }", "10.200.0.1", 1));
	assert_true(verdict(&bench, "if { src 2001:db8::/32 }", "2001:db8:5::1", 1));
	assert_false(verdict(&bench, "if { src 2001:db8::/32 }", "2001:db9::1", 1));
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

/* Both families together: manual 7.1.6, the last list. */
static void test_mixed_families(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_true(verdict(&bench, "if { src 10.0.0.0/8 }", "::ffff:10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src 10.0.0.0/8 }", "::10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src 10.0.0.0/8 }", "2002:0a01:0203::1", 1));
	assert_false(verdict(&bench, "if { src 10.0.0.0/8 }", "2001:db8::a01:203", 1));
	assert_true(verdict(&bench, "if { src ::ffff:10.0.0.0/104 }", "10.1.2.3", 1));
	assert_false(verdict(&bench, "if { src ::ffff:10.0.0.0/104 }", "11.1.2.3", 1));
	bench_close(&bench);
}

static void test_numbers(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_true(verdict(&bench, "if { src_port 1024:65535 }", "10.0.0.1", 5000));
	assert_true(verdict(&bench, "if { src_port :1023 }", "10.0.0.1", 1023));
	assert_false(verdict(&bench, "if { src_port :1023 }", "10.0.0.1", 1024));
	assert_true(verdict(&bench, "if { src_port 1024: }", "10.0.0.1", 1024));
	assert_true(verdict(&bench, "if { src_port lt 10 }", "10.0.0.1", 9));
	assert_false(verdict(&bench, "if { src_port lt 10 }", "10.0.0.1", 10));
	assert_true(verdict(&bench, "if { src_port le 10 }", "10.0.0.1", 10));
	assert_true(verdict(&bench, "if { src_port ge 10 }", "10.0.0.1", 10));
	assert_false(verdict(&bench, "if { src_port gt 10 }", "10.0.0.1", 10));
	assert_true(verdict(&bench, "if { src_port eq 1 2 3 }", "10.0.0.1", 3));
	assert_true(verdict(&bench, "if { dst_port 80 443 }", "10.0.0.1", 1));
	assert_false(verdict(&bench, "if { dst_port 80 8443 }", "10.0.0.1", 1));
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

static void test_text_methods(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_true(verdict(&bench, "if { src -m str 10.1.2.3 }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m beg 10.1. }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m end .3 }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m sub .1.2. }", "10.1.2.3", 1));
	assert_false(verdict(&bench, "if { src -m sub .3.2. }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m dom 1.2 }", "10.1.2.3", 1));
	assert_false(verdict(&bench, "if { src -m dom 0.1 }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m len 8 }", "10.1.2.3", 1));
	assert_true(verdict(&bench, "if { src -m str -i 2001:DB8::1 }", "2001:db8::1", 1));
	assert_false(verdict(&bench, "if { src -m str 2001:DB8::1 }", "2001:db8::1", 1));
	assert_true(verdict(&bench, "if { src -m found }", "10.1.2.3", 1));
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

static void test_logic(void **state)
{
	struct bench bench;

	bench_open(&bench);
	acl(&bench, "acl inside src 10.0.0.0/8");
	acl(&bench, "acl low src_port lt 1024");
	assert_true(verdict(&bench, "if inside low", "10.0.0.1", 80));
	assert_false(verdict(&bench, "if inside low", "10.0.0.1", 8080));
	assert_true(verdict(&bench, "if inside !low", "10.0.0.1", 8080));
	assert_true(verdict(&bench, "if inside ! low", "10.0.0.1", 8080));
	assert_true(verdict(&bench, "if !inside or low", "10.0.0.1", 80));
	assert_true(verdict(&bench, "if !inside || low", "11.0.0.1", 8080));
	assert_false(verdict(&bench, "if !inside or low inside", "10.0.0.1", 8080));
	assert_true(verdict(&bench, "unless inside", "11.0.0.1", 8080));
	assert_false(verdict(&bench, "unless inside", "10.0.0.1", 8080));
	assert_true(verdict(&bench, "if TRUE !FALSE", "10.0.0.1", 1));
	assert_true(verdict(&bench, "if LOCALHOST", "127.9.9.9", 1));
	assert_false(verdict(&bench, "if LOCALHOST", "10.0.0.1", 1));
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

/* Lines of one name add up, also those below the condition. */
static void test_lines_add_up(void **state)
{
	struct bench bench;
	struct net_endpoint src = endpoint("192.0.2.1", 1);
	struct expr_context context = { .src = &src, .dst = &src };
	struct acl_condition *parsed;

	bench_open(&bench);
	acl(&bench, "acl known src 10.0.0.0/8");
	parsed = condition(&bench, "if known");
	assert_false(acl_condition_true(parsed, &context));
	acl(&bench, "acl known src 192.0.2.0/24");
	assert_true(acl_condition_true(parsed, &context));
	assert_true(acl_condition_true(NULL, &context));
	bench_close(&bench);
}

static void test_unix_client(void **state)
{
	struct bench bench;
	struct net_endpoint src = { .family = AF_UNIX };
	struct expr_context context = { .src = &src };

	bench_open(&bench);
	assert_false(acl_condition_true(condition(&bench, "if { src 0.0.0.0/0 }"), &context));
	assert_false(acl_condition_true(condition(&bench, "if { dst_port 0 }"), &context));
	assert_false(acl_condition_true(condition(&bench, "if { src -m found }"), &context));
	assert_true(acl_condition_true(condition(&bench, "if { always_true }"), &context));
	bench_close(&bench);
}

static void test_file(void **state)
{
	char path[] = "/tmp/relevo-acl-XXXXXX";
	static const char text[] = "# comment\n\n  10.0.0.0/8\r\n192.0.2.1\n";
	struct bench bench;
	char line[128];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	bench_open(&bench);
	snprintf(line, sizeof(line), "if { src -f %s 203.0.113.1 }", path);
	assert_true(verdict(&bench, line, "10.5.5.5", 1));
	assert_true(verdict(&bench, line, "192.0.2.1", 1));
	assert_true(verdict(&bench, line, "203.0.113.1", 1));
	assert_false(verdict(&bench, line, "192.0.2.2", 1));
	assert_int_equal(errors(&bench), 0);
	unlink(path);
	assert_null(condition(&bench, line));
	assert_true(says(&bench, "cannot read"));
	bench_close(&bench);
}

/* A hundred thousand networks are found by search, and give the same answers as a scan. */
static void test_many(void **state)
{
	struct arena *arena = arena_new();
	struct expr_patterns *patterns = expr_patterns_new(arena, EXPR_IP);
	struct expr_pattern_flags flags = { .no_names = true };
	const char *why;

	for (unsigned i = 0; i < 100000; i += 2) {
		char text[32];

		snprintf(text, sizeof(text), "10.%u.%u.%u/32", i >> 16 & 255, i >> 8 & 255, i & 255);
		assert_true(expr_patterns_add(patterns, text, &flags, &why));
	}
	expr_patterns_close(patterns);
	for (unsigned i = 0; i < 100010; i++) {
		struct expr_sample sample = { .type = EXPR_ADDRESS };

		sample.value.address = (struct net_endpoint){
			.family = AF_INET, .ip = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
		assert_int_equal(expr_patterns_match(patterns, &sample), i < 100000 && i % 2 == 0);
	}
	arena_free(arena);
}

static void test_errors(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{ "if { src 1.2.3.4/33 }", "'1.2.3.4/33' is not an IPv4 or IPv6 address" },
		{ "if { src ::1/129 }", "is not an IPv4 or IPv6 address" },
		{ "if { src -n nowhere }", "is not an IPv4 or IPv6 address" },
		{ "if { dst_port 1.2 }", "'1.2' is not a number" },
		{ "if { dst_port 10:5 }", "'10:5' is not a range of numbers" },
		{ "if { dst_port : }", "is not a range" },
		{ "if { dst_port 0x50 }", "is not a number" },
		{ "if { dst_port 99999999999999999999 }", "is not a number" },
		{ "if { dst_port -5 }", "write '--' before values" },
		{ "if { src -m foo 1 }", "unknown matching method 'foo'" },
		{ "if { src -m reg ^10 }", "'-m reg' is not supported yet" },
		{ "if { src -m int 5 }", "'-m int' cannot be applied to 'src'" },
		{ "if { src -m }", "'-m' needs a value" },
		{ "if { scr 10.0.0.1 }", "did you mean 'src'?" },
		{ "if { path_beg /x }", "'path_beg' is not supported yet" },
		{ "if { hdr(host) x }", "'hdr' is not supported yet" },
		{ "if { src,ipmask(24) 10.0.0.0 }", "converters ('ipmask(24)') are not supported yet" },
		{ "if { src(5) 10.0.0.0 }", "'src' takes no argument" },
		{ "if { src 10.0.0.1", "has no '}'" },
		{ "if { }", "needs something to look at" },
		{ "if inside", "no ACL is called 'inside'" },
		{ "if HTTP", "ACL 'HTTP' is not supported yet" },
		{ "if LOCALHOS", "did you mean 'LOCALHOST'?" },
		{ "when TRUE", "'if' or 'unless' must stand before a condition" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct bench bench;

		bench_open(&bench);
		print_message("%s\n", wrong[i].line);
		assert_null(condition(&bench, wrong[i].line));
		assert_int_equal(errors(&bench), 1);
		assert_true(says(&bench, wrong[i].says));
		bench_close(&bench);
	}
}

static void test_acl_errors(void **state)
{
	struct bench bench;

	bench_open(&bench);
	acl(&bench, "acl or src 10.0.0.1");
	acl(&bench, "acl in!side src 10.0.0.1");
	acl(&bench, "acl lonely");
	assert_int_equal(errors(&bench), 3);
	acl(&bench, "acl nothing src");
	assert_int_equal(diag_count(bench.report, DIAG_WARNING), 1);
	acl(&bench, "acl nothing src --");
	acl(&bench, "acl present src -m found");
	assert_int_equal(diag_count(bench.report, DIAG_WARNING), 1);
	bench_close(&bench);
}

/* Every row has prose, and its example does what it says: it parses. */
static void test_rows(void **state)
{
	for (const struct expr_fetch *fetch = expr_fetches; fetch->doc.name != NULL; fetch++) {
		struct bench bench;

		bench_open(&bench);
		assert_non_null(fetch->doc.since);
		assert_int_equal(fetch->doc.summary[strlen(fetch->doc.summary) - 1], '.');
		assert_non_null(strstr(fetch->doc.example, fetch->doc.name));
		acl(&bench, fetch->doc.example);
		assert_int_equal(errors(&bench), 0);
		assert_int_equal(diag_count(bench.report, DIAG_WARNING), 0);
		bench_close(&bench);
	}
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++) {
		struct bench bench;

		bench_open(&bench);
		assert_non_null(strstr(row->doc.example, row->doc.name));
		acl(&bench, row->doc.example);
		assert_int_equal(errors(&bench), row->method == EXPR_METHOD_LATER ? 1 : 0);
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),   cmocka_unit_test(test_mixed_families),
		cmocka_unit_test(test_numbers),	    cmocka_unit_test(test_text_methods),
		cmocka_unit_test(test_logic),	    cmocka_unit_test(test_lines_add_up),
		cmocka_unit_test(test_unix_client), cmocka_unit_test(test_file),
		cmocka_unit_test(test_many),	    cmocka_unit_test(test_errors),
		cmocka_unit_test(test_acl_errors),  cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("expr/acl", tests, NULL, NULL);
}
