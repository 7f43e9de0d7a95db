/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_converters.c - converters against what HAProxy makes
 * of the same expressions (converter_rows.h), and where they differ on
 * purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/regex.h"
#include "base/strbuf.h"
#include "diag/report.h"
#include "expr/expr.h"
#include "jwt_keys.h"

enum answer { ANSWER_GOT, ANSWER_NONE, ANSWER_REFUSED };

struct row {
	const char *expression; /* as in a file, quotes included */
	enum answer answer;
	const char *value;
	size_t len;
};

#define GOT(expression, value) { expression, ANSWER_GOT, value, sizeof(value) - 1 },
#define NONE(expression) { expression, ANSWER_NONE, NULL, 0 },
#define REFUSED(expression) { expression, ANSWER_REFUSED, NULL, 0 },

static const struct row as_haproxy[] = {
#include "converter_rows.h"
};

/* Where HAProxy 2.6 answers something nobody can want. */
static const struct row otherwise[] = {
	/* HAProxy: an argument that the manual demands may be missing, and is 0 or empty then */
	REFUSED("str(abc),ltrim")
	REFUSED("int(5),add")
	REFUSED("int(1700000000),utime")
	/* HAProxy: wraps around */
	GOT("int(-9223372036854775807),sub(1)", "-9223372036854775808")
	GOT("int(-9223372036854775807),sub(1),div(-1)", "9223372036854775807")
	GOT("int(-9223372036854775807),sub(1),neg", "9223372036854775807")
	/* HAProxy: a port of letters is a number all the same */
	GOT("str(a:b),port_only", "0")
	GOT("str(a:8b),port_only", "0")
	GOT("str(a:-5),port_only", "0")
	GOT("str(a:9999999999999),port_only", "4294967295")
	/* HAProxy: padding is decoded to one more byte */
	GOT("bin(51a5),base2", "0101000110100101")
	GOT("str(),base2", "")
	GOT("str(-_8=),ub64dec", "\373\377")
	GOT("str(aGVsbG8=),ub64dec", "hello")
	/* HAProxy: dates that no clock shows are those of the year 1141709097, or have five digits */
	GOT("int(-5),http_date", "Wed, 31 Dec 1969 23:59:55 GMT")
	GOT("int(-5),utime(%Y)", "1969")
	NONE("int(9223372036854775807),utime(%Y)")
	NONE("int(9223372036854775807),http_date(1)")
	NONE("int(253402300800),http_date")
	/* HAProxy: six digits of any number, and others are lost */
	GOT("'str(\"{\\\"f\\\":9007199254740991}\"),json_query($.f)'", "9007199254740991")
	GOT("'str(\"{\\\"f\\\":12345678}\"),json_query($.f)'", "12345678")
	GOT("'str(\"{\\\"f\\\":1.23456789012}\"),json_query($.f)'", "1.23457")
	/* HAProxy: letters outside of ASCII become one byte; "\/" is an error */
	GOT("'str(\"{\\\"f\\\":\\\"\\\\u00e9\\\"}\"),json_query($.f)'", "\303\251")
	GOT("'str(\"{\\\"f\\\":\\\"a\\\\/b\\\"}\"),json_query($.f)'", "a/b")
	/* HAProxy: what follows the value is not looked at */
	NONE("'str(\"{\\\"f\\\":\\\"x\\\"\"),json_query($.f)'")
	/* HAProxy: a path that is none finds nothing */
	REFUSED("'str(\"{\\\"f\\\":\\\"x\\\"}\"),json_query(f)'")
	REFUSED("'str(\"{\\\"f\\\":\\\"x\\\"}\"),json_query(\"$..f\")'")
	REFUSED("'str(\"{\\\"f\\\":\\\"x\\\"}\"),json_query(\"$[f]\")'")
	/* HAProxy: nothing, though its manual says this */
	GOT("str(eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZSJ9.xx),jwt_header_query", "{\"alg\":\"HS256\"}")
	GOT("str(eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZSJ9.xx),jwt_payload_query()", "{\"iss\":\"me\"}")
	GOT("str(" HS256_TOKEN "),jwt_verify(HS256,secret)", "1")
	GOT("str(" HS256_TOKEN "),jwt_verify(HS256,wrong)", "0")
	/* HAProxy: what is cut short is 0; nothing has the number 0 */
	NONE("bin(08),protobuf(1,int32)")
	REFUSED("bin(089601),protobuf(0)")
	REFUSED("bin(089601),protobuf(536870912)")
	/* later versions of HAProxy */
	GOT("str(abc),reverse", "cba")
	GOT("str(www.example.org),reverse_dom", "org.example.www")
	GOT("str(org),reverse_dom", "org")
	GOT("str(a=1&b=2),param(b)", "2")
	GOT("str(a=1&b),param(b)", "")
	NONE("str(a=1&b=2),param(c)")
	GOT("str(abc),has_ctl", "0")
	GOT("bin(6109),has_ctl", "1")
	GOT("bin(7f),has_ctl", "1")
	GOT("bin(01020304),le2dec(.,2)", "513.1027")
	GOT("int(1700000000123),ms_utime(%s)", "1700000000")
	GOT("int(1700000000123456),us_ltime(%Y)", "2023")
	GOT("str(abcdef),bytes(txn.three,2)", "de")
	GOT("str(for=127.0.0.1;proto=http),rfc7239_is_valid", "1")
	GOT("str(proto=custom),rfc7239_is_valid", "0")
	GOT("str(for=127.0.0.1;for=127.0.0.2),rfc7239_is_valid", "0")
	GOT("'str(\"for=1.2.3.4, for=_hidden;by=unknown\"),rfc7239_is_valid'", "1")
	GOT("'str(\"for=1.2.3.4, for\"),rfc7239_is_valid'", "0")
	GOT("'str(\"for=1.2.3.4;\"),rfc7239_is_valid'", "0")
	GOT("'str(\"for=1.2.3.4:80\"),rfc7239_is_valid'", "0")
	GOT("'str(for=\\\"[::1]:80\\\"),rfc7239_is_valid'", "1")
	GOT("'str(for=\\\"[::1\\\"),rfc7239_is_valid'", "0")
	GOT("'str(for=\\\"[::1]\\\";x=y),rfc7239_is_valid'", "1")
	GOT("str(),rfc7239_is_valid", "0")
	GOT("'str(For=\\\"[::1]:80\\\"),rfc7239_field(for)'", "[::1]:80")
	GOT("'str(proto=https;host=\\\"a.example:80\\\"),rfc7239_field(host)'", "a.example:80")
	NONE("str(proto=https),rfc7239_field(host)")
	NONE("str(proto=https;=),rfc7239_field(proto)")
	REFUSED("str(proto=https),rfc7239_field(port)")
	GOT("str([::1]:80),rfc7239_n2nn", "::1")
	GOT("str(1.2.3.4:80),rfc7239_n2nn,ipmask(8)", "1.0.0.0")
	GOT("str(_a.b:_c),rfc7239_n2nn", "_a.b")
	GOT("str(unknown),rfc7239_n2nn", "unknown")
	NONE("str(1.2.3.4:x),rfc7239_n2nn")
	GOT("str(_a.b:_c),rfc7239_n2np", "_c")
	GOT("str(1.2.3.4:80),rfc7239_n2np", "80")
	NONE("str(1.2.3.4),rfc7239_n2np")
	NONE("str(1.2.3.4:123456),rfc7239_n2np")
	NONE("str(abcdef),bytes(txn.no)")
	GOT("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag),aes_gcm_dec(128,txn.nonce,txn.k,txn.tag)",
	    "hello")
	GOT("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag,b25l),"
	    "aes_gcm_dec(128,txn.nonce,txn.k,txn.tag,b25l)", "hello")
	NONE("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag,b25l),"
	     "aes_gcm_dec(128,txn.nonce,txn.k,txn.tag,dHdv)")
	NONE("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag,txn.none)")
	REFUSED("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag,a)")
	GOT("str(hello),aes_gcm_enc(128,txn.nonce,txn.k,txn.tag),"
	    "aes_gcm_dec(128,txn.nonce,txn.k,txn.tag,)", "hello")
	/* HAProxy 3.4's; what openssl enc -aes-128-cbc gives */
	GOT("str(hello),aes_cbc_enc(128,c2l4dGVlbl9ieXRlc19vaw==,MDEyMzQ1Njc4OWFiY2RlZg==),hex",
	    "5064953C4D9A2C61C5A370AA962CF677")
	GOT("str(hello),aes_cbc_enc(128,txn.k,txn.k),aes_cbc_dec(128,txn.k,txn.k)", "hello")
	GOT("str(sixteen_bytes_ok),aes_cbc_enc(128,txn.k,txn.k),length", "32")
	GOT("str(),aes_cbc_enc(128,txn.k,txn.k),length", "16")
	NONE("str(sixteen_bytes_ok),aes_cbc_dec(128,txn.k,txn.k)")
	NONE("str(hello),aes_cbc_dec(128,txn.k,txn.k)")
	NONE("str(hello),aes_cbc_enc(128,txn.nonce,txn.k)")
	NONE("str(hello),aes_cbc_enc(256,txn.k,txn.k)")
	REFUSED("str(hello),aes_cbc_enc(127,txn.k,txn.k)")
	REFUSED("str(hello),aes_cbc_enc(128,a,txn.k)")
	REFUSED("str(hello),aes_cbc_enc(128,txn.k,txn.k,txn.k)")
};

static const char *const prelude[] = {
	"str(hello),set-var(txn.s)",
	"int(7),set-var(txn.n)",
	"int(3),set-var(txn.three)",
	"str(7),set-var(txn.sn)",
	"int(0),set-var(txn.z)",
	"bin(0102ff),set-var(txn.b)",
	"src,set-var(txn.ip)",
	"str(),set-var(txn.e)",
	"bool(true),set-var(txn.t)",
	"int(-9223372036854775808),set-var(txn.min)",
	"str(c2VjcmV0),set-var(txn.key)",
	"str(Zm9vb2Zvb29mb29wZm9vbw==),set-var(txn.k)",
	"str(b25jZW9uY2VvbmNl),set-var(txn.nonce)",
	"str(ES256),set-var(txn.algorithm)",
};

static const struct expr_fetch *const fetches[] = { expr_fetches_constant, expr_fetches_address,
						    expr_fetches_var, NULL };
static const struct expr_converter *const converters[] = {
	expr_converters_text,	expr_converters_part,	 expr_converters_regex, expr_converters_host,
	expr_converters_var,	expr_converters_number,	 expr_converters_address,
	expr_converters_code,	expr_converters_hash,	 expr_converters_time,	expr_converters_json,
	expr_converters_crypto, expr_converters_forwarded, expr_converters_protobuf, NULL,
};
static const struct expr_language language = { .fetches = fetches, .converters = converters };
static const struct conf_grammar grammar = { .language = &language };

/* A file that is read, and a stream it is evaluated for. */
struct bench {
	struct arena *arena;
	struct diag_report *report;
	struct conf_parse parse;
	struct conf_reader reader;
	struct bump_pool pool;
	struct bump memory, values;
	struct regex_scratch *regex;
	struct net_endpoint src;
	struct expr_context context;
};

static void bench_open(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->report = diag_report_new();
	bench->parse = (struct conf_parse){ .arena = bench->arena, .report = bench->report,
					    .grammar = &grammar };
	bench->reader = (struct conf_reader){ .arena = bench->arena, .report = bench->report,
					      .version = "2.6.0" };
	bench->memory.pool = bench->values.pool = &bench->pool;
	bench->regex = regex_scratch_new();
	bench->src = (struct net_endpoint){ .family = AF_INET, .port = 1234, .ip = { 127, 0, 0, 1 } };
	bench->context = (struct expr_context){ .src = &bench->src, .memory = &bench->memory,
						.regex = bench->regex };
	for (unsigned i = 0; i < EXPR_SCOPES; i++)
		bench->context.vars[i] = expr_vars_new(&bench->values);
}

static void bench_close(struct bench *bench)
{
	bump_free(&bench->memory);
	bump_free(&bench->values);
	bump_pool_free(&bench->pool);
	regex_scratch_free(bench->regex);
	diag_report_free(bench->report);
	arena_free(bench->arena);
}

/* NULL: refused, and something was reported. */
static struct expr *bench_read(struct bench *bench, const char *text)
{
	struct conf_lines lines = { 0 };
	struct expr *expr;
	size_t end;

	conf_read_text(&bench->reader, "test", arena_strdup(bench->arena, text), strlen(text), &lines);
	assert_int_equal(lines.count, 1);
	expr = expr_parse(&bench->parse, NULL, &lines.lines[0].words[0], 0, NULL, &end);
	if (expr == NULL)
		assert_int_not_equal(diag_count(bench->report, DIAG_ERROR), 0);
	return expr;
}

static void print_report(const struct bench *bench)
{
	struct strbuf text = { 0 };

	diag_report_render(bench->report, &text);
	print_error("%s", text.text != NULL ? text.text : "");
	strbuf_free(&text);
}

static void bench_prepare(struct bench *bench)
{
	for (unsigned i = 0; i < ARRAY_LEN(prelude); i++) {
		struct expr *expr = bench_read(bench, prelude[i]);
		struct expr_sample sample = { 0 };

		if (expr == NULL)
			print_report(bench);
		assert_non_null(expr);
		assert_int_equal(expr_get(expr, &bench->context, &sample), EXPR_GOT);
	}
}

static bool same_value(const struct row *row, const struct expr_sample *sample)
{
	char bytes[1024];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };

	if (sample->type == EXPR_STRING || sample->type == EXPR_BINARY)
		out_put(&out, sample->value.text);
	else
		expr_sample_write(sample, &out);
	if (slice_equal(out_slice(&out), (struct slice){ row->value, row->len }))
		return true;
	print_error("%s gave '%.*s'\n", row->expression, (int)out.len, out.bytes);
	return false;
}

static bool answers(struct bench *bench, const struct row *row)
{
	struct expr *expr = bench_read(bench, row->expression);
	struct expr_sample sample = { 0 };
	bool got;

	if (expr == NULL || row->answer == ANSWER_REFUSED) {
		if (expr == NULL && row->answer == ANSWER_REFUSED)
			return true;
		print_error("%s was %s\n", row->expression, expr == NULL ? "refused" : "taken");
		print_report(bench);
		return false;
	}
	got = expr_get(expr, &bench->context, &sample) == EXPR_GOT;
	if (got != (row->answer == ANSWER_GOT)) {
		print_error("%s gave %s\n", row->expression, got ? "a value" : "nothing");
		return false;
	}
	if (got && expr_type_of(expr) != EXPR_ANY)
		assert_int_equal(sample.type, expr_type_of(expr));
	return !got || same_value(row, &sample);
}

static void check_rows(const struct row *rows, size_t count)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct bench bench;

		bench_open(&bench);
		bench_prepare(&bench);
		wrong += !answers(&bench, &rows[i]);
		bench_close(&bench);
	}
	assert_int_equal(wrong, 0);
}

/* Each row has its prose, an example that names it, and a name of its own. */
static void test_rows(void **state)
{
	for (const struct expr_converter *const *table = converters; *table != NULL; table++) {
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++) {
			struct slice name = slice_of(row->doc.name);

			assert_ptr_equal(expr_converter_find(&language, name), row);
			assert_non_null(row->run);
			assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
			assert_non_null(strstr(row->doc.example, row->doc.name));
			assert_true(strcmp(row->doc.since, "0.2") == 0 ||
				    strcmp(row->doc.since, "0.3") == 0 ||
				    strcmp(row->doc.since, "0.5") == 0);
		}
	}
}

static void test_as_haproxy(void **state)
{
	check_rows(as_haproxy, ARRAY_LEN(as_haproxy));
}

static void test_otherwise(void **state)
{
	check_rows(otherwise, ARRAY_LEN(otherwise));
}

static const struct {
	const char *token, *algorithm, *key; /* the key: PEM, for a file */
	const char *verdict;
} tokens[] = {
	{ RS256_TOKEN, "RS256", RSA_KEY, "1" },
	{ RS256_TOKEN, "RS512", RSA_KEY, "0" },
	{ RS256_TOKEN, "ES256", RSA_KEY, "0" },
	{ RS256_TOKEN, "RS256", EC_KEY, "0" },
	{ ES256_TOKEN, "ES256", EC_KEY, "1" },
	{ ES256_TOKEN, "ES256", EC_CERTIFICATE, "1" },
	{ ES256_TOKEN, "ES384", EC_KEY, "0" },
	{ ES256_TOKEN, "ES256", RSA_KEY, "0" },
	{ HS256_TOKEN, "ES256", EC_KEY, "0" },
	{ HS256_TOKEN "*", "ES256", EC_KEY, "-3" },
	{ ES256_TOKEN, "txn.algorithm", EC_KEY, "1" },
	{ ES256_TOKEN, "ES256", "no key", "-5" },
};

/* Signatures that are checked with a key from a file. */
static void test_jwt_keys(void **state)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < ARRAY_LEN(tokens); i++) {
		char path[] = "/tmp/relevo-key-XXXXXX", text[1024];
		struct row row = { text, ANSWER_GOT, tokens[i].verdict, strlen(tokens[i].verdict) };
		int fd = mkstemp(path);
		struct bench bench;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, tokens[i].key, strlen(tokens[i].key)),
				 strlen(tokens[i].key));
		close(fd);
		snprintf(text, sizeof(text), "str(%s),jwt_verify(%s,%s)", tokens[i].token,
			 tokens[i].algorithm, path);
		bench_open(&bench);
		bench_prepare(&bench);
		wrong += !answers(&bench, &row);
		bench_close(&bench);
		unlink(path);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_as_haproxy),
		cmocka_unit_test(test_otherwise),
		cmocka_unit_test(test_jwt_keys),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
