/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_fetch_bytes.c - fetches of layer 6: bytes, the hellos
 * of TLS (RFC 8446, 4.1), the cookie of RDP. Each is also asked after every
 * single byte: it may only wait until it knows.
 */
#include "fetch_bench.h"
#include "expr/tls_hello.h"

#define SNI "\x00\x00\x00\x10\x00\x0e\x00\x00\x0b" "example.org"
#define ALPN "\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1"
#define GROUPS "\x00\x0a\x00\x04\x00\x02\x00\x1d"
#define TICKET "\x00\x23\x00\x00"
#define RANDOM "0123456789abcdefghijklmnopqrstuv"
#define EXTENSIONS SNI ALPN GROUPS TICKET
enum { EXTENSIONS_LEN = 20 + 18 + 8 + 4, BODY_LEN = 2 + 32 + 1 + 4 + 2 + 2 + EXTENSIONS_LEN };
#define BODY                                                                                       \
	"\x03\x03" RANDOM "\x00" "\x00\x02\x13\x01" "\x01\x00" "\x00\x32" EXTENSIONS

static const char body[] = "\x01\x00\x00\x5d" BODY;
static const char hello[] = "\x16\x03\x01\x00\x61\x01\x00\x00\x5d" BODY;

_Static_assert(sizeof(body) - 1 == 4 + 0x5d, "the lengths above are right");
_Static_assert(EXTENSIONS_LEN == 0x32 && BODY_LEN == 0x5d, "the lengths above are right");

static const struct fetch_row hello_rows[] = {
	{ "req.ssl_hello_type", "1" }, { "req_ssl_hello_type", "1" },
	{ "req.ssl_sni", "example.org" }, { "req_ssl_sni", "example.org" },
	{ "req.ssl_alpn", "h2|http/1.1" }, { "req.ssl_ver", "196611" },
	{ "req_ssl_ver", "196611" }, { "req.ssl_ec_ext", "1" }, { "req.ssl_st_ext", "1" },
};

static void test_client_hello(void **state)
{
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = (struct slice){ hello, sizeof(hello) - 1 };
	fetch_bench_check(&bench, hello_rows, ARRAY_LEN(hello_rows));
	fetch_bench_close(&bench);
}

static void test_client_hello_comes_in_bytes(void **state)
{
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	for (size_t len = 0; len + 1 < sizeof(hello); len++) {
		bench.context.request_bytes = (struct slice){ hello, len };
		bench.context.bytes_end = false;
		assert_string_equal(fetch_bench_get(&bench, "req.ssl_sni"), "LATER");
		assert_string_equal(fetch_bench_get(&bench, "req.ssl_ver"),
				    len < 11 ? "LATER" : "196611");
		bench.context.bytes_end = true;
		assert_string_equal(fetch_bench_get(&bench, "req.ssl_hello_type"), "NONE");
	}
	fetch_bench_close(&bench);
}

/* RFC 8446, 5.1: a message may be cut into records, as here after every 7 bytes. */
static void test_client_hello_in_records(void **state)
{
	enum { PIECE = 7 };
	char records[2 * sizeof(body)];
	size_t len = 0;
	struct fetch_bench bench;

	for (size_t at = 0; at < sizeof(body) - 1; at += PIECE) {
		size_t left = sizeof(body) - 1 - at, piece = left < PIECE ? left : PIECE;

		memcpy(records + len, "\x16\x03\x01\x00", 4);
		records[len + 4] = (char)piece;
		memcpy(records + len + 5, body + at, piece);
		len += 5 + piece;
	}
	fetch_bench_open(&bench);
	bench.context.request_bytes = (struct slice){ records, len };
	fetch_bench_check(&bench, hello_rows, ARRAY_LEN(hello_rows));
	bench.context.request_bytes.len--;
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_sni"), "LATER");
	records[3 * (5 + PIECE)] = 0x17;
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_sni"), "NONE");
	fetch_bench_close(&bench);
}

/* What is wrong from the first byte that shows it is nothing to wait for. */
static void test_not_a_hello(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
#define BYTES(text) { text, sizeof(text) - 1 }
		BYTES("G"),
		BYTES("\x17"),
		BYTES("\x16\x02"),
		BYTES("\x16\x03\x01\x00\x00"),
		BYTES("\x16\x03\x01\x40\x01"),
		BYTES("\x16\x03\x01\x00\x63\x04"),		/* another message */
		BYTES("\x16\x03\x01\x00\x63\x01\x02\x00\x00"),	/* of 128 kB */
		BYTES("\x16\x03\x01\x00\x06\x01\x00\x00\x02\x04\x03"), /* major version 4 */
		BYTES("\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03"), /* too short */
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		bench.context.request_bytes = (struct slice){ rows[i].bytes, rows[i].len };
		assert_string_equal(fetch_bench_get(&bench, "req.ssl_hello_type"), "NONE");
	}
	fetch_bench_close(&bench);
}

static void test_few_extensions(void **state)
{
	static const char plain[] = "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01" RANDOM "\x00"
				    "\x00\x02\x00\x2f\x01\x00";
	static const struct fetch_row rows[] = {
		{ "req.ssl_hello_type", "1" }, { "req.ssl_sni", "NONE" },
		{ "req.ssl_alpn", "NONE" },    { "req.ssl_ver", "196609" },
		{ "req.ssl_ec_ext", "NONE" },  { "req.ssl_st_ext", "0" },
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = (struct slice){ plain, sizeof(plain) - 1 };
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	fetch_bench_close(&bench);
}

/* RFC 5246, E.2: the hello of SSL 2.0 offers the version of a later one. */
static void test_ssl2_hello(void **state)
{
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = SLICE("\x80\x2e\x01\x03\x01");
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_ver"), "196609");
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_hello_type"), "NONE");
	bench.context.request_bytes = SLICE("\x80\x2e\x01\x03");
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_ver"), "LATER");
	bench.context.request_bytes = SLICE("\x80\x2e\x04");
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_ver"), "NONE");
	fetch_bench_close(&bench);
}

static void test_server_hello(void **state)
{
	static const char server[] = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00"
				     "\x00\x2f\x00";
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.response_bytes = (struct slice){ server, sizeof(server) - 1 };
	assert_string_equal(fetch_bench_get(&bench, "res.ssl_hello_type"), "2");
	assert_string_equal(fetch_bench_get(&bench, "rep_ssl_hello_type"), "2");
	bench.context.response_bytes.len--;
	assert_string_equal(fetch_bench_get(&bench, "res.ssl_hello_type"), "LATER");
	bench.context.request_bytes = (struct slice){ server, sizeof(server) - 1 };
	assert_string_equal(fetch_bench_get(&bench, "req.ssl_hello_type"), "NONE");
	fetch_bench_close(&bench);
}

/* [MS-RDPBCGR] 2.2.1.1 */
static void test_rdp(void **state)
{
	static const char rdp[] = "\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00"
				  "Cookie: mstshash=user1\r\n\x01\x00\x08\x00\x03\x00\x00\x00";
	static const struct fetch_row rows[] = {
		{"req.rdp_cookie", "user1"},       {"req.rdp_cookie(MSTSHASH)", "user1"},
		{"rdp_cookie(mstshash)", "user1"}, {"req.rdp_cookie(msts)", "NONE"},
		{"req.rdp_cookie_cnt", "1"},       {"req.rdp_cookie_cnt(mstshash)", "1"},
		{"rdp_cookie_cnt(other)", "0"},    {"req_rdp_cookie", "REFUSED"},
		{"req.ssl_hello_type", "NONE"},
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = (struct slice){ rdp, sizeof(rdp) - 1 };
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	for (size_t len = 0; len < sizeof("xxxxxxxxxxxCookie: mstshash=user1") - 1; len++) {
		bench.context.request_bytes.len = len;
		assert_string_equal(fetch_bench_get(&bench, "req.rdp_cookie"), "LATER");
		assert_string_equal(fetch_bench_get(&bench, "req.rdp_cookie_cnt"), "LATER");
	}
	bench.context.bytes_end = true;
	assert_string_equal(fetch_bench_get(&bench, "req.rdp_cookie_cnt"), "0");
	bench.context.bytes_end = false;
	bench.context.request_bytes = SLICE("\x03\x00\x00\x2b\x26\xe1");
	assert_string_equal(fetch_bench_get(&bench, "req.rdp_cookie"), "NONE");
	fetch_bench_close(&bench);
}

static void test_payload(void **state)
{
	static const struct fetch_row rows[] = {
		{ "req.len", "10" },
		{ "req_len", "10" },
		{ "req.payload(0,3)", "\3ab" },
		{ "req.payload(1,3)", "abc" },
		{ "req.payload(4,0)", "\002XYZ__" },
		{ "req.payload(9,2)", "LATER" },
		{ "req.payload(10,0)", "LATER" },
		{ "req.payload(-1,2)", "REFUSED" },
		{ "payload(1,3)", "abc" },
		{ "req.payload_lv(0,1)", "abc" },
		{ "req.payload_lv(4,1)", "XY" },
		{ "req.payload_lv(4,1,+1)", "YZ" },
		{ "req.payload_lv(4,1,1)", "ab" },
		{ "req.payload_lv(4,1,-2)", "c\2" },
		{ "req.payload_lv(4,1,-9)", "NONE" },
		{ "req.payload_lv(4,1,x)", "REFUSED" },
		{ "req.payload_lv(4,0)", "REFUSED" },
		{ "req.payload_lv(9,4)", "LATER" },
		{ "payload_lv(0,1)", "abc" },
		{ "req.payload_lv(1,1)", "LATER" },
		{ "res.len", "0" },
		{ "res.payload(0,1)", "LATER" },
		{ "wait_end", "LATER" },
	};
	static const struct fetch_row end_rows[] = {
		{ "req.payload(9,2)", "NONE" }, { "req.payload(10,0)", "NONE" },
		{ "wait_end", "1" },		{ "req.payload_lv(1,1)", "NONE" },
		{ "req.len", "10" },
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = SLICE("\003abc\002XYZ__");
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	bench.context.bytes_end = true;
	fetch_bench_check(&bench, end_rows, ARRAY_LEN(end_rows));
	bench.context.response_bytes = SLICE("response");
	assert_string_equal(fetch_bench_get(&bench, "payload(0,3)"), "res");
	assert_string_equal(fetch_bench_get(&bench, "res.payload(3,0)"), "ponse");
	fetch_bench_close(&bench);
}

static bool may_change(struct fetch_bench *bench, const char *text)
{
	struct expr_sample sample = { 0 };

	assert_int_equal(expr_get(fetch_bench_read(bench, text), &bench->context, &sample),
			 EXPR_GOT);
	return sample.may_change;
}

static void test_may_change(void **state)
{
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = SLICE("abc");
	assert_true(may_change(&bench, "req.len"));
	assert_true(may_change(&bench, "req.payload(0,0)"));
	assert_false(may_change(&bench, "req.payload(0,2)"));
	bench.context.bytes_end = true;
	assert_false(may_change(&bench, "req.len"));
	assert_false(may_change(&bench, "req.payload(0,0)"));
	fetch_bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_hello),
		cmocka_unit_test(test_client_hello_comes_in_bytes),
		cmocka_unit_test(test_client_hello_in_records),
		cmocka_unit_test(test_not_a_hello),
		cmocka_unit_test(test_few_extensions),
		cmocka_unit_test(test_ssl2_hello),
		cmocka_unit_test(test_server_hello),
		cmocka_unit_test(test_rdp),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
