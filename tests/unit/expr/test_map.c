/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_map.c - files of keys and values: reading, looking, and
 * changing them while other threads look.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "bench.h"
#include "expr/map.h"

/* The value of `%s` in `expression` put for a file that holds `text`. */
static const char *mapped(const char *text, const char *expression)
{
	struct bench_file file = bench_file(text);
	static char kept[512];
	struct bench bench;
	char line[256];

	bench_open(&bench);
	snprintf(line, sizeof(line), expression, file.path);
	snprintf(kept, sizeof(kept), "%s", value(&bench, line));
	unlink(file.path);
	bench_close(&bench);
	return kept;
}

/* What HAProxy 2.6 gave for the same files. */
static void test_lookup(void **state)
{
	static const char keys[] = "k1 v1\nk2 v2\n";
	static const char networks[] = "10.0.0.0/8 net10\n127.0.0.0/8 loop\n127.0.0.1 me\n"
				       "127.0.0.1/16 mid\n2001:db8::/32 six\n";
	static const char expressions[] = "^/(st[a-z]+)/(.*)$ X\\2-\\1-\\0-\\\\-\\q\n^/s first\n";
	static const char prefixes[] = "/ root\n/static st\n/s s\n";
	static const char blanks[] = "# comment\na\nb 2x  \n  c\td e\t \n\n \n";

	assert_string_equal(mapped(keys, "str(k1),map(%s)"), "v1");
	assert_string_equal(mapped(keys, "str(k3),map(%s)"), "(none)");
	assert_string_equal(mapped(keys, "str(k3),map(%s,def)"), "def");
	assert_string_equal(mapped(keys, "str(K1),map_str(%s)"), "(none)");
	assert_string_equal(mapped(keys, "str(xk1),map_end(%s)"), "v1");
	assert_string_equal(mapped(keys, "str(xk1x),map_sub(%s)"), "v1");
	assert_string_equal(mapped(keys, "str(a.k1.x),map_dom(%s)"), "v1");
	assert_string_equal(mapped(keys, "str(a/k2/x),map_dir(%s)"), "v2");
	assert_string_equal(mapped(networks, "src,map_ip(%s)"), "me");
	assert_string_equal(mapped(networks, "src,map(%s)"), "me");
	assert_string_equal(mapped(networks, "str(127.0.1.1),map_ip(%s)"), "mid");
	assert_string_equal(mapped(networks, "str(127.1.1.1),map_ip(%s)"), "loop");
	assert_string_equal(mapped(networks, "str(2001:db8::1),map_ip(%s)"), "six");
	assert_string_equal(mapped(networks, "str(::ffff:10.1.1.1),map_ip(%s)"), "net10");
	assert_string_equal(mapped(networks, "str(192.0.2.1),map_ip(%s,none)"), "none");
	assert_string_equal(mapped(expressions, "str(/static/foo),map_regm(%s)"),
			    "Xfoo-static-/static/foo-\\-q");
	assert_string_equal(mapped(expressions, "str(/static/foo),map_reg(%s)"),
			    "X\\2-\\1-\\0-\\\\-\\q");
	assert_string_equal(mapped(expressions, "str(/sx/foo),map_regm(%s)"), "first");
	assert_string_equal(mapped("1:10 low\n5 five\n", "int(5),map_int(%s)"), "low");
	assert_string_equal(mapped(prefixes, "str(/static/foo),map_beg(%s)"), "st");
	assert_string_equal(mapped(prefixes, "str(/stat),map_beg(%s)"), "s");
	assert_string_equal(mapped(networks, "str(127.0.1.1),map_ip_key(%s)"), "127.0.0.1/16");
	assert_string_equal(mapped(prefixes, "str(/static/foo),map_beg_key(%s)"), "/static");
	assert_string_equal(mapped("1:10 low\n", "int(5),map_int_key(%s)"), "1:10");
	assert_string_equal(mapped("a 1\n", "str(b),map_str_key(%s,none)"), "none");
	assert_string_equal(mapped("1 5\n1 6\n", "str(1),map_str_int(%s),add(1)"), "6");
	assert_string_equal(mapped("1 5\n1 6\n", "str(x),map_str_int(%s,7)"), "7");
	assert_string_equal(mapped("a 10.0.0.1\n", "str(a),map_str_ip(%s),mask(8)"), "10.0.0.1");
	assert_string_equal(mapped(blanks, "str(a),map(%s)"), "");
	assert_string_equal(mapped(blanks, "str(b),map(%s)"), "2x");
	assert_string_equal(mapped(blanks, "str(c),map(%s)"), "d e");
	assert_string_equal(mapped("k v", "str(k),map(%s)"), "v");
	assert_string_equal(mapped("", "str(k),map(%s)"), "(none)");
	assert_string_equal(mapped("k v\r\n", "str(k),map(%s)"), "v");
}

/* Thousands of entries of every hashed kind. */
static void test_many(void **state)
{
	struct strbuf text = STRBUF_EMPTY;

	for (unsigned i = 0; i < 5000; i++)
		strbuf_printf(&text, "10.%u.%u.0/24 n%u\n", i >> 8 & 255, i & 255, i);
	strbuf_printf(&text, "10.0.0.0/8 all\n10.1.1.1 one\n");
	assert_string_equal(mapped(text.text, "str(10.1.1.1),map_ip(%s)"), "one");
	assert_string_equal(mapped(text.text, "str(10.1.1.2),map_ip(%s)"), "n257");
	assert_string_equal(mapped(text.text, "str(10.200.1.2),map_ip(%s)"), "all");
	assert_string_equal(mapped(text.text, "str(11.0.0.1),map_ip(%s)"), "(none)");
	assert_string_equal(mapped(text.text, "str(10.1.1.0/24),map_str(%s)"), "n257");
	strbuf_free(&text);
	for (unsigned i = 0; i < 5000; i++)
		strbuf_printf(&text, "%u n%u\n", 2 * i, i);
	strbuf_printf(&text, "100:200 range\n");
	assert_string_equal(mapped(text.text, "int(150),map_int(%s)"), "n75");
	assert_string_equal(mapped(text.text, "int(151),map_int(%s)"), "range");
	assert_string_equal(mapped(text.text, "int(9998),map_int(%s)"), "n4999");
	strbuf_free(&text);
}

static void refused(const char *text, const char *form, const char *message)
{
	struct bench_file file = bench_file(text);
	struct bench bench;
	char line[256];

	bench_open(&bench);
	snprintf(line, sizeof(line), form, file.path);
	assert_null(expression(&bench, line));
	assert_true(says(&bench, message));
	unlink(file.path);
	bench_close(&bench);
}

static void test_errors(void **state)
{
	refused("a 1\nb 2x\n", "str(a),map_str_int(%s)", ":2: error: value '2x' is no integer");
	refused("a 1\n", "str(a),map_str_ip(%s)", "value '1' is no IP address");
	refused("a 1\n", "str(a),map_str_int(%s,7x)", "'7x' is not a whole number");
	refused("\n  1.2.3.4.5 x\n", "src,map_ip(%s)",
		":2:3: error: '1.2.3.4.5' is not a valid IPv4 or IPv6 address");
	refused("a( x\n", "str(a),map_reg(%s)", "is no regular expression: missing closing");
	refused("a x\n", "int(1),map_int(%s)", "'a' is not a number");
	refused("", "str(a),map(%s.none)", "cannot read '/tmp/");
	refused("", "str(a),map%.0s", "'map' needs <file> as argument 1");
}

/* --- changes --- */

static struct slice text_of(const char *text)
{
	return slice_of(text);
}

static void test_changes(void **state)
{
	struct bench_file file = bench_file("10.0.0.0/8 ten\nk v\nk w\n");
	struct bench bench;
	struct expr_map *map;
	char line[128], acl_line[128];

	bench_open(&bench);
	snprintf(line, sizeof(line), "str(k),map(%s)", file.path);
	snprintf(acl_line, sizeof(acl_line), "if { str(k) -M -f %s }", file.path);
	map = expr_map_find(&bench.parse, file.path);
	assert_string_equal(value(&bench, line), "v");
	assert_int_equal(expr_map_set(map, text_of("k"), text_of("new")), 0);
	assert_string_equal(value(&bench, line), "new");
	assert_int_equal(expr_map_add(map, text_of("k")), 0);
	assert_string_equal(value(&bench, line), "new");
	assert_int_equal(expr_map_delete(map, text_of("k")), 0);
	assert_string_equal(value(&bench, line), "(none)");
	assert_false(acl_condition_true(condition(&bench, acl_line), &bench.context));
	assert_int_equal(expr_map_delete(map, text_of("k")), -ENOENT);
	assert_int_equal(expr_map_add(map, text_of("k")), 0);
	assert_string_equal(value(&bench, line), "");
	assert_true(acl_condition_true(condition(&bench, acl_line), &bench.context));
	for (unsigned i = 0; i < 1000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%u", i);
		assert_int_equal(expr_map_set(map, text_of(key), text_of(key)), 0);
		if (i % 2 == 0)
			assert_int_equal(expr_map_delete(map, text_of(key)), 0);
	}
	snprintf(line, sizeof(line), "str(key501),map(%s)", file.path);
	assert_string_equal(value(&bench, line), "key501");
	snprintf(line, sizeof(line), "str(key500),map(%s)", file.path);
	assert_string_equal(value(&bench, line), "(none)");
	expr_map_clear(map);
	snprintf(line, sizeof(line), "str(key501),map(%s)", file.path);
	assert_string_equal(value(&bench, line), "(none)");
	unlink(file.path);
	bench_close(&bench);
}

/* Networks and expressions can come and go as well; what cannot be a pattern is refused. */
static void test_changes_by_method(void **state)
{
	struct bench_file file = bench_file("10.0.0.0/8 ten\n");
	struct bench_file other = bench_file("^a(.*)$ x\n");
	struct bench bench;
	struct expr_map *map;
	char line[128];

	bench_open(&bench);
	snprintf(line, sizeof(line), "str(10.1.1.1),map_ip(%s)", file.path);
	map = expr_map_find(&bench.parse, file.path);
	assert_string_equal(value(&bench, line), "ten");
	assert_int_equal(expr_map_set(map, text_of("10.1.0.0/16"), text_of("sixteen")), 0);
	assert_string_equal(value(&bench, line), "sixteen");
	assert_int_equal(expr_map_set(map, text_of("localhost"), text_of("x")), -EINVAL);
	assert_int_equal(expr_map_delete(map, text_of("10.1.0.0/16")), 0);
	assert_string_equal(value(&bench, line), "ten");
	snprintf(line, sizeof(line), "str(abc),map_regm(%s)", other.path);
	map = expr_map_find(&bench.parse, other.path);
	assert_string_equal(value(&bench, line), "x");
	assert_int_equal(expr_map_set(map, text_of("^a(.*)$"), text_of("<\\1>")), 0);
	assert_string_equal(value(&bench, line), "<bc>");
	assert_int_equal(expr_map_add(map, text_of("^b")), 0);
	assert_int_equal(expr_map_add(map, text_of("(")), -EINVAL);
	assert_int_equal(expr_map_delete(map, text_of("^a(.*)$")), 0);
	assert_string_equal(value(&bench, line), "(none)");
	unlink(file.path);
	unlink(other.path);
	bench_close(&bench);
}

struct looker {
	const struct expr *expr;
	_Atomic unsigned long seen;
	_Atomic bool stop;
};

static void *look(void *object)
{
	struct looker *looker = object;
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool };
	struct expr_context context = { .memory = &memory };
	struct bump_mark mark = bump_mark(&memory);

	while (!looker->stop) {
		struct expr_sample sample = { 0 };

		if (expr_get(looker->expr, &context, &sample) == EXPR_GOT)
			looker->seen += sample.value.text.len == 3;
		bump_reset(&memory, mark);
	}
	bump_free(&memory);
	bump_pool_free(&pool);
	return NULL;
}

static void test_threads(void **state)
{
	struct bench_file file = bench_file("k old\n");
	struct bench bench;
	struct looker looker = { 0 };
	struct expr_map *map;
	char line[128];
	pthread_t thread;

	bench_open(&bench);
	snprintf(line, sizeof(line), "str(k),map(%s)", file.path);
	looker.expr = expression(&bench, line);
	map = expr_map_find(&bench.parse, file.path);
	assert_int_equal(pthread_create(&thread, NULL, look, &looker), 0);
	for (int i = 0; i < 2000; i++) {
		expr_map_set(map, text_of("k"), i % 2 == 0 ? text_of("new") : text_of("old"));
		if (i % 5 == 0)
			expr_map_delete(map, text_of("k"));
	}
	while (looker.seen == 0) /* it is there now, however late the other begins to look */
		sched_yield();
	looker.stop = true;
	pthread_join(thread, NULL);
	unlink(file.path);
	bench_close(&bench);
}

/* Every example parses, beside a file of its name. */
static void test_rows(void **state)
{
	char place[] = "/tmp/relevo-maps-XXXXXX";
	FILE *file;

	assert_non_null(mkdtemp(place));
	assert_int_equal(chdir(place), 0);
	file = fopen("sites.map", "w");
	assert_non_null(file);
	fclose(file);
	for (const struct expr_converter *row = expr_converters_map; row->doc.name != NULL; row++) {
		struct bench bench;
		const char *begin = strstr(row->doc.example, "%[") + 2;
		struct conf_word word = { .text = begin };
		size_t end;

		bench_open(&bench);
		assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
		assert_non_null(strstr(row->doc.example, row->doc.name));
		assert_non_null(expr_parse(&bench.parse, NULL, &word, 0, "]", &end));
		bench_close(&bench);
	}
	unlink("sites.map");
	assert_int_equal(chdir("/"), 0);
	rmdir(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),	cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),	cmocka_unit_test(test_changes),
		cmocka_unit_test(test_changes_by_method), cmocka_unit_test(test_threads),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
