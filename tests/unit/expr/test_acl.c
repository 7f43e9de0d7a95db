/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/expr/test_acl.c - ACL lines and conditions, from text to verdict. */
#include "bench.h"
#include "expr/acl_private.h"

/* The verdict of a condition for a client at `ip`:`port` that came to 10.1.1.80:443. */
static bool verdict(struct bench *bench, const char *text, const char *ip, uint16_t port)
{
	struct acl_condition *parsed = condition(bench, text);

	bench->src = bench_endpoint(ip, port);
	assert_non_null(parsed);
	return acl_condition_true(parsed, &bench->context);
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
	struct acl_condition *parsed;

	bench_open(&bench);
	bench.src = bench_endpoint("192.0.2.1", 1);
	acl(&bench, "acl known src 10.0.0.0/8");
	parsed = condition(&bench, "if known");
	assert_false(acl_condition_true(parsed, &bench.context));
	acl(&bench, "acl known src 192.0.2.0/24");
	assert_true(acl_condition_true(parsed, &bench.context));
	assert_true(acl_condition_true(NULL, &bench.context));
	bench_close(&bench);
}

static void test_unix_client(void **state)
{
	struct bench bench;

	bench_open(&bench);
	bench.src = (struct net_endpoint){ .family = AF_UNIX };
	bench.dst = bench.src;
	assert_false(acl_condition_true(condition(&bench, "if { src 0.0.0.0/0 }"), &bench.context));
	assert_false(acl_condition_true(condition(&bench, "if { dst_port 0 }"), &bench.context));
	assert_false(acl_condition_true(condition(&bench, "if { src -m found }"), &bench.context));
	assert_true(acl_condition_true(condition(&bench, "if { always_true }"), &bench.context));
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
	bench_close(&bench);
	bench_open(&bench);
	assert_null(condition(&bench, line));
	assert_true(says(&bench, "cannot read"));
	bench_close(&bench);
}

/* Each as HAProxy 2.6 answered. */
static void test_methods(void **state)
{
	static const struct {
		const char *condition;
		bool holds;
	} rows[] = {
		{ "if { str(a) a }", true },
		{ "if { str(a) -m str A }", false },
		{ "if { str(a) -i A }", true },
		{ "if { str(a) -m str -i A }", true },
		{ "if { bytes -m str a }", true },
		{ "if { bytes -m len 1 }", true },
		{ "if { bytes -m len 3 }", false },
		{ "if { bytes -m bin 610062 }", true },
		{ "if { bytes -m bin 6100 }", false },
		{ "if { bytes -m sub b }", false },
		{ "if { str(127.0.0.1) -m ip 127.0.0.1 }", true },
		{ "if { src -m int 2130706433 }", true },
		{ "if { src -m bool }", true },
		{ "if { src -m len 9 }", true },
		{ "if { str(1) -m bool }", true },
		{ "if { str(1) -m int 1 }", true },
		{ "if { int(1) -m bin 0000000000000001 }", true },
		{ "if { int(5) -m ip 0.0.0.5 }", true },
		{ "if { int(5) -m str 5 }", true },
		{ "if { int(5) gt 1 lt 3 }", true },
		{ "if { int(5) gt 6 lt 10 }", true },
		{ "if { int(5) gt 6 lt 5 }", false },
		{ "if { int(-5) lt 0 }", true },
		{ "if { int(-5) -- -5 }", true },
		{ "if { int(5) -m found 3 }", true },
		{ "if { str(a) -- }", false },
		{ "if { always_true false }", true },
		{ "if { str(a) -m end a b }", true },
		{ "if { str() -m found }", true },
		{ "if { str() -m len 0 }", true },
		{ "if { str() -m str \"\" }", true },
		{ "if { str(/a/b) -m dir a/b }", true },
		{ "if { str(/a/b) -m dir / }", false },
		{ "if { str(/a/b) -m dir /a }", true },
		{ "if { str(/a/b) -m dir a/ }", true },
		{ "if { str(/ab) -m dir a }", false },
		{ "if { str(/A/b) -m dir -i a/ }", true },
		{ "if { str(a.b.c) -m dom b }", true },
		{ "if { str(a.b.c) -m dom . }", false },
		{ "if { str(a.b.c) -m dom .b. }", true },
		{ "if { str(a.b.c) -m reg ^a\\.b }", true },
		{ "if { str(a.b.c) -m reg ^A\\.b }", false },
		{ "if { str(a.b.c) -m reg -i ^A\\.b }", true },
		{ "if { int(5) -m reg 5 }", true },
		{ "if { str(abc) -m beg -i -- AB }", true },
		{ "if { str(-i) -- -i }", true },
		{ "if { str(a) -u 5 a }", true },
		{ "if { str(a) \"a b\" a }", true },
		{ "if { method GET }", true },
		{ "if { method get }", false },
		{ "if { method -m beg GE }", true },
		{ "if METH_GET", true },
		{ "if METH_POST", false },
		{ "if !! TRUE", true },
		{ "if TRUE or", true },
		{ "if or TRUE", true },
		{ "if FALSE || TRUE", true },
		{ "if !{ str(a) a }", false },
		{ "if TRUE { str(a) b } or { str(a) a }", true },
		{ "if { acl(TRUE) }", true },
		{ "if { acl(TRUE,!METH_POST) }", true },
		{ "if { acl(TRUE,METH_POST) }", false },
		{ "if { version(196609) 3.1 }", true },
		{ "if { version(196609) 3 }", false },
		{ "if { version(196609) 3:3.1 }", true },
		{ "if { path_beg /sta }", true },
		{ "if { path_beg -m end tic }", true },
		{ "if { path_beg,lower /sta }", false },
		{ "if { way /static }", true },
	};
	struct bench bench;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct acl_condition *parsed;

		bench_open(&bench);
		bench.context.body = SLICE("/static");
		print_message("%s\n", rows[i].condition);
		parsed = condition(&bench, rows[i].condition);
		assert_non_null(parsed);
		assert_int_equal(acl_condition_true(parsed, &bench.context), rows[i].holds);
		assert_int_equal(errors(&bench), 0);
		bench_close(&bench);
	}
}

/* Any of several values may match. */
static void test_several_values(void **state)
{
	struct bench bench;

	bench_open(&bench);
	bench.context.body = SLICE("one,two,three");
	assert_true(acl_condition_true(condition(&bench, "if { list one }"), &bench.context));
	assert_true(acl_condition_true(condition(&bench, "if { list three }"), &bench.context));
	assert_true(acl_condition_true(condition(&bench, "if { list,lower two }"), &bench.context));
	assert_false(acl_condition_true(condition(&bench, "if { list four }"), &bench.context));
	assert_true(acl_condition_true(condition(&bench, "if { list -m len 5 }"), &bench.context));
	bench.context.body = (struct slice){ NULL, 0 };
	assert_false(acl_condition_true(condition(&bench, "if { list -m found }"), &bench.context));
	bench_close(&bench);
}

/* Undecided only where it matters. */
static void test_later(void **state)
{
	static const struct {
		const char *condition;
		enum acl_result now, at_end;
	} rows[] = {
		{ "if { wait_end }", ACL_LATER, ACL_TRUE },
		{ "if !{ wait_end }", ACL_LATER, ACL_FALSE },
		{ "unless { wait_end }", ACL_LATER, ACL_FALSE },
		{ "if { wait_end } FALSE", ACL_FALSE, ACL_FALSE },
		{ "if FALSE { wait_end }", ACL_FALSE, ACL_FALSE },
		{ "if TRUE { wait_end }", ACL_LATER, ACL_TRUE },
		{ "if { wait_end } or TRUE", ACL_TRUE, ACL_TRUE },
		{ "if { wait_end } or FALSE", ACL_LATER, ACL_TRUE },
		{ "if FALSE or { wait_end }", ACL_LATER, ACL_TRUE },
		{ "if { length_now gt 2 }", ACL_TRUE, ACL_TRUE },
		{ "if { length_now gt 5 }", ACL_LATER, ACL_FALSE },
		{ "if !{ length_now gt 5 }", ACL_LATER, ACL_TRUE },
		{ "if { length_now,add(1) gt 5 }", ACL_LATER, ACL_FALSE },
		{ "if { acl(TRUE,WAIT_END) }", ACL_LATER, ACL_TRUE },
		{ "if WAIT_END", ACL_LATER, ACL_TRUE },
	};
	struct bench bench;

	bench_open(&bench);
	bench.context.request_bytes = SLICE("1234");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct acl_condition *parsed = condition(&bench, rows[i].condition);

		print_message("%s\n", rows[i].condition);
		bench.context.bytes_end = false;
		assert_int_equal(acl_condition_eval(parsed, &bench.context), rows[i].now);
		bench.context.bytes_end = true;
		assert_int_equal(acl_condition_eval(parsed, &bench.context), rows[i].at_end);
	}
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

static void test_place(void **state)
{
	static const struct expr_place place = { .what = "'tcp-request' rules",
						 .have = EXPR_HAVE_CLIENT };
	struct bench bench;
	struct conf_line line;
	struct acl_condition *parsed;

	bench_open(&bench);
	bench.context.body = SLICE("/x");
	acl(&bench, "acl both src 10.0.0.0/8");
	acl(&bench, "acl both path /x");
	line = bench_line(&bench, "if both or !{ path /x }");
	parsed = acl_condition_parse(&bench.parse, bench.scope, &place, &line, 0);
	assert_non_null(parsed);
	assert_int_equal(diag_count(bench.report, DIAG_WARNING), 2);
	assert_true(says(&bench, "ACL 'both' never matches: 'path' needs the request's head, which "
				 "is not there in 'tcp-request' rules"));
	assert_true(says(&bench, "this test never matches"));
	/* The second group: its test is false there, though the path is known. */
	assert_true(acl_condition_true(parsed, &bench.context));
	line = bench_line(&bench, "if both");
	parsed = acl_condition_parse(&bench.parse, bench.scope, &place, &line, 0);
	assert_false(acl_condition_true(parsed, &bench.context));
	bench_close(&bench);
}

/* Conditions give back what they took. */
static void test_no_memory_kept(void **state)
{
	struct bench bench;
	struct acl_condition *parsed;
	char *before;

	bench_open(&bench);
	parsed = condition(&bench, "if { src,lower,lower -m reg ^1 } { int(5) -m str 5 }");
	bump_alloc(&bench.memory, 1);
	before = bench.memory.at;
	for (int i = 0; i < 1000; i++)
		assert_true(acl_condition_true(parsed, &bench.context));
	assert_ptr_equal(bench.memory.at, before);
	bench_close(&bench);
}

/* But not the request that a test has read, since the next one looks at it. */
static void test_request_kept(void **state)
{
	struct bench bench;
	struct acl_condition *parsed;

	bench_open(&bench);
	bench.context.request_bytes = SLICE("/path");
	parsed = condition(&bench, "if { request -m beg / } { str(X),lower x } { request -m end th }");
	assert_true(acl_condition_true(parsed, &bench.context));
	memset(bump_alloc(&bench.memory, 500), 'Z', 500);
	assert_true(acl_condition_true(parsed, &bench.context));
	bench_close(&bench);
}

/* Sets of every hashed kind give the same answers as one test of each pattern. */
static void test_many(void **state)
{
	struct arena *arena = arena_new();
	struct expr_patterns *networks = expr_patterns_new(arena, EXPR_IP, true);
	struct expr_patterns *numbers = expr_patterns_new(arena, EXPR_INTEGER, true);
	struct expr_patterns *texts = expr_patterns_new(arena, EXPR_TEXT, true);
	struct expr_pattern_flags flags = { .no_names = true, .ignore_case = true };
	char why[EXPR_WHY], text[32];

	for (unsigned i = 0; i < 100000; i += 2) {
		snprintf(text, sizeof(text), "10.%u.%u.%u/32", i >> 16 & 255, i >> 8 & 255, i & 255);
		assert_true(expr_patterns_add(networks, slice_of(text), (struct slice){ 0 }, &flags, why));
		snprintf(text, sizeof(text), "%u", i);
		assert_true(expr_patterns_add(numbers, slice_of(text), (struct slice){ 0 }, &flags, why));
		snprintf(text, sizeof(text), "Name-%u", i);
		assert_true(expr_patterns_add(texts, slice_of(text), (struct slice){ 0 }, &flags, why));
	}
	for (unsigned i = 0; i < 100010; i++) {
		struct expr_sample sample = { .type = EXPR_ADDRESS };
		bool in = i < 100000 && i % 2 == 0;

		sample.value.address = (struct expr_address){
			.family = 4, .ip = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
		assert_int_equal(expr_patterns_match(networks, &sample, NULL, NULL) != NULL, in);
		sample.value.integer = i;
		assert_int_equal(expr_patterns_match(numbers, &sample, NULL, NULL) != NULL, in);
		snprintf(text, sizeof(text), "nAME-%u", i);
		sample.value.text = slice_of(text);
		assert_int_equal(expr_patterns_match(texts, &sample, NULL, NULL) != NULL, in);
	}
	arena_free(arena);
}

static void test_errors(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{ "if { src 1.2.3.4/33 }", "'1.2.3.4/33' is not a valid IPv4 or IPv6 address" },
		{ "if { src ::1/129 }", "is not a valid IPv4 or IPv6 address" },
		{ "if { src -n nowhere }", "is not a valid IPv4 or IPv6 address" },
		{ "if { dst_port 1.2 }", "'1.2' is not a number" },
		{ "if { dst_port 10:5 }", "'10:5' is not a range of numbers" },
		{ "if { dst_port : }", "is not a range" },
		{ "if { dst_port 0x50 }", "is not a number" },
		{ "if { dst_port 99999999999999999999 }", "is not a number" },
		{ "if { dst_port -5 }", "write '--' before values" },
		{ "if { dst_port -ii }", "'-ii' is no flag of an ACL" },
		{ "if { bytes a }", "how 'bytes' is compared must be said with '-m'" },
		{ "if { var(txn.x) a }", "how 'var(txn.x)' is compared must be said with '-m'" },
		{ "if { bytes -m ip 10.0.0.1 }", "'-m ip' cannot be applied to 'bytes'" },
		{ "if { src -m bin 616 }", "an odd number of hexadecimal digits" },
		{ "if { src -m bin zz }", "not made of hexadecimal digits" },
		{ "if { src -m reg a( }", "'a(' is no regular expression: missing closing" },
		{ "if { src -u x 10.0.0.1 }", "'x' is not a whole number" },
		{ "if { version(1) 3.x }", "'3.x' is not a number" },
		{ "if { path,path x }", "unknown converter 'path'" },
		{ "if { src -m foo 1 }", "unknown matching method 'foo'" },
		{ "if { src -m }", "'-m' needs a value" },
		{ "if { src_prot 10 }", "did you mean 'src_port'?" },
		{ "if { hdr(host) x }", "sample fetch 'hdr' is not supported yet" },
		{ "if { src,ipmask(24) 10.0.0.0 }", "converter 'ipmask' is not supported yet" },
		{ "if { src(5) 10.0.0.0 }", "'src' takes no argument" },
		{ "if { src 10.0.0.1", "has no '}'" },
		{ "if { }", "needs something to look at" },
		{ "if inside", "no ACL is called 'inside'" },
		{ "if HTTP", "sample fetch 'req.proto_http' is not supported yet" },
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
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++) {
		struct bench bench;
		char word[32];

		bench_open(&bench);
		assert_non_null(row->doc.since);
		assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
		snprintf(word, sizeof(word), "-m %s", row->doc.name);
		assert_non_null(strstr(row->doc.example, word));
		acl(&bench, row->doc.example);
		assert_int_equal(errors(&bench), 0);
		bench_close(&bench);
	}
	for (const struct acl_predefined *row = acl_predefined; row->doc.name != NULL; row++) {
		assert_non_null(strstr(row->doc.example, row->doc.name));
		assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),   cmocka_unit_test(test_mixed_families),
		cmocka_unit_test(test_numbers),	    cmocka_unit_test(test_text_methods),
		cmocka_unit_test(test_logic),	    cmocka_unit_test(test_lines_add_up),
		cmocka_unit_test(test_unix_client), cmocka_unit_test(test_file),
		cmocka_unit_test(test_many), cmocka_unit_test(test_methods),
		cmocka_unit_test(test_several_values), cmocka_unit_test(test_later),
		cmocka_unit_test(test_place), cmocka_unit_test(test_no_memory_kept),
		cmocka_unit_test(test_request_kept),	    cmocka_unit_test(test_errors),
		cmocka_unit_test(test_acl_errors),  cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("expr/acl", tests, NULL, NULL);
}
