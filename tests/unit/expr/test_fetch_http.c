/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/test_fetch_http.c - fetches of layer 7 on parsed messages.
 * The values are those that HAProxy 2.6 gives for the same bytes, but where a
 * comment says otherwise. Of several values the one that stands first is what
 * a fetch gives that asks once.
 */
#include "fetch_bench.h"

static void read_request(struct fetch_bench *bench, const char *text)
{
	const char *why = "";
	size_t at;

	bench->message = (struct http_message){ .headers = bench->headers,
						.header_max = HTTP_HEADERS_PRESET };
	if (http_request_parse(text, strlen(text), 65536, (struct http_leniency){ 0 },
			       &bench->message, &why, &at) != HTTP_PARSE_DONE)
		fail_msg("%s", why);
	bench->context.request = &bench->message;
}

static void check_request(const char *text, const struct fetch_row *rows, unsigned count)
{
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	read_request(&bench, text);
	fetch_bench_check(&bench, rows, count);
	fetch_bench_close(&bench);
}

static void test_first_line(void **state)
{
	static const struct fetch_row rows[] = {
		{ "method", "POST" },
		{ "path", "/p/q.html;j=5" },
		{ "pathq", "/p/q.html;j=5?b=&a=7x&c" },
		{ "query", "b=&a=7x&c" },
		{ "url", "/p/q.html;j=5?b=&a=7x&c" },
		{ "url_ip", "NONE" },
		{ "url_port", "NONE" },
		{ "base", "127.0.0.1:28801/p/q.html;j=5" },
		{ "baseq", "127.0.0.1:28801/p/q.html;j=5?b=&a=7x&c" },
		{ "base32", "789729236" },
		{ "url32", "2107360640" },
		{ "req.ver", "1.1" },
		{ "req_ver", "1.1" },
		{ "res.ver", "NONE" },
		{ "status", "NONE" },
		{ "urlp", "|7x" },
		{ "urlp(a)", "7x" },
		{ "urlp(b)", "" },
		{ "urlp(c)", "NONE" },
		{ "urlp(j,;)", "5?b=" },
		{ "url_param(a)", "7x" },
		{ "urlp_val(a)", "7" },
		{ "urlp(none)", "NONE" },
	};

	check_request("POST /p/q.html;j=5?b=&a=7x&c HTTP/1.1\r\nHost: 127.0.0.1:28801\r\n"
		      "Content-Length: 0\r\n\r\n", rows, ARRAY_LEN(rows));
}

static void test_parameters(void **state)
{
	static const struct fetch_row rows[] = {
		{ "urlp(a)", "7" },
		{ "urlp(a,;)", "5?b=1|7" },
		{ "urlp(e)", "9" },
		{ "urlp(a,|)", "NONE" },
		{ "urlp", "1|7|9" },
		{ "query", "b=1&a=7;e=9" },
	};
	static const struct fetch_row other_rows[] = {
		{ "urlp(a,;)", "7" },
		{ "urlp(e)", "9|a=8" },
		{ "urlp(a,|)", "8" },
		{ "base", "/p" },
		{ "req.ver", "1.0" },
	};

	check_request("GET /p;a=5?b=1&a=7;e=9 HTTP/1.1\r\nHost: h\r\n\r\n", rows, ARRAY_LEN(rows));
	check_request("GET /p?b=1;a=7&e=9|a=8 HTTP/1.0\r\n\r\n", other_rows,
		      ARRAY_LEN(other_rows));
}

static void test_targets(void **state)
{
	static const struct fetch_row asterisk[] = {
		{"method", "OPTIONS"},
		{"path", "NONE"},
		{"url", "*"},
		{"query", "NONE"},
		{"base", "127.0.0.1:28801"},
		{"base32", "3467678307"},
		{"url32", "3467678307"},
	};
	static const struct fetch_row absolute[] = {
		{ "url", "http://10.1.2.3:99/x?y&a=1" },
		{ "url_ip", "10.1.2.3" },
		{ "url_port", "99" },
		{ "path", "/x" },
		{ "urlp(a)", "1" },
		{ "base", "10.1.2.3:99/x" },
	};
	/* HAProxy does not see IPv6 addresses here. */
	static const struct fetch_row absolute6[] = {
		{ "url_ip", "::1" }, { "url_port", "80" }, { "query", "a" }, { "urlp", "NONE" },
	};
	static const struct fetch_row named[] = {
		{ "url_ip", "NONE" }, { "url_port", "NONE" }, { "base", "name/" },
	};

	check_request("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:28801\r\n\r\n", asterisk,
		      ARRAY_LEN(asterisk));
	check_request("GET http://10.1.2.3:99/x?y&a=1 HTTP/1.1\r\nHost: 10.1.2.3:99\r\n\r\n",
		      absolute, ARRAY_LEN(absolute));
	check_request("GET http://[::1]/x?a HTTP/1.1\r\nHost: [::1]\r\n\r\n", absolute6,
		      ARRAY_LEN(absolute6));
	check_request("GET http://name/ HTTP/1.1\r\nHost: name\r\n\r\n", named, ARRAY_LEN(named));
}

static void test_headers(void **state)
{
	static const struct fetch_row rows[] = {
		{ "req.hdr(x)", "|a|b||\"c,d\"|e" },
		{ "req.hdr(x,1)", "a" },
		{ "req.hdr(X,2)", "b" },
		{ "req.hdr(x,3)", "" },
		{ "req.hdr(x,4)", "\"c,d\"" },
		{ "req.hdr(x,-1)", "" },
		{ "req.hdr(x,-2)", "e" },
		{ "req.hdr(x,-6)", "a" },
		{ "req.hdr(x,-7)", "NONE" },
		{ "req.hdr(x,7)", "NONE" },
		{ "req.hdr(none)", "NONE" },
		{ "req.fhdr(x)", "|a, b ,,\"c,d\"|e" },
		{ "req.fhdr(x,1)", "a, b ,,\"c,d\"" },
		{ "req.fhdr(x,-2)", "e" },
		{ "req.hdr_cnt(x)", "6" },
		{ "req.fhdr_cnt(x)", "3" },
		{ "req.hdr_cnt(none)", "0" },
		{ "req.hdr_cnt", "10" },
		{ "req.fhdr_cnt", "6" },
		{ "hdr_cnt(x)", "6" },
		{ "hdr(x,1)", "a" },
		{ "hdr(Host)", "h" },
		{ "req.hdr(host)", "h" },
		{ "req.hdr_ip(ip)", "10.0.0.1" },
		{ "req.hdr_ip(x)", "NONE" },
		{ "req.hdr_val(n)", "-5|12" },
		{ "req.hdr_val(n,1)", "12" },
		{ "req.hdr_val(x,1)", "0" },
		{ "req.hdr_val(x,3)", "0" },
		{ "hdr_val(none)", "NONE" },
		{ "res.hdr(x)", "NONE" },
		{ "shdr(x)", "NONE" },
		{ "req.hdr(,1)", "REFUSED" },
		{ "req.hdr_names", "host,x,x,x,ip,n" },
		{ "req.hdr_names(;)", "host;x;x;x;ip;n" },
		{ "req.hdrs", "host: h\r\nx: a, b ,,\"c,d\"\r\nx: e\r\nx: \r\nip: 10.0.0.1:80\r\n"
			      "n: 12abc, -5\r\n\r\n" },
	};

	check_request("GET / HTTP/1.1\r\nHost: h\r\nX: a, b ,,\"c,d\"\r\nx: e\r\nX:\r\n"
		      "ip: 10.0.0.1:80\r\nn: 12abc, -5\r\n\r\n", rows, ARRAY_LEN(rows));
}

static void test_addresses_in_headers(void **state)
{
	static const struct fetch_row rows[] = {
		{ "req.hdr_ip(a)", "::1" },
		{ "req.hdr_ip(b)", "NONE" },
		{ "req.hdr_ip(c)", "::ffff:1.2.3.4" },
		{ "req.hdr_ip(d)", "NONE" },
		{ "req.hdr_ip(e)", "1.2.3.4" },
		{ "req.hdr_ip(f)", "NONE" },
		{ "req.hdr_ip(g)", "NONE" },
		{ "req.hdr_ip(h)", "1.2.3.4|9.9.9.9" },
		{ "hdr_ip(h,1)", "9.9.9.9" },
		{ "hdr_ip(h,2)", "NONE" },
	};

	check_request("GET / HTTP/1.1\r\nHost: h\r\na: ::1\r\nb: \"[::1]\"\r\nc: ::ffff:1.2.3.4\r\n"
		      "d: 1.2.3.4:99999\r\ne: 1.2.3.4 \r\nf: 1.2.3\r\ng: 1.2.3.4:\r\n"
		      "h: 9.9.9.9, unknown, 1.2.3.4\r\n\r\n", rows, ARRAY_LEN(rows));
}

static void test_cookies(void **state)
{
	static const struct fetch_row rows[] = {
		{ "req.cook(a)", "3|1|" },
		{ "req.cook(b)", "2" },
		{ "req.cook", "1|2|77z||3" },
		{ "cook(a)", "3|1|" },
		{ "cookie(a)", "3|1|" },
		{ "req.cook_cnt", "5" },
		{ "req.cook_cnt(a)", "3" },
		{ "cook_cnt(none)", "0" },
		{ "req.cook_val(v)", "77" },
		{ "req.cook(A)", "NONE" },
		{ "res.cook(a)", "NONE" },
	};

	check_request("GET / HTTP/1.1\r\nHost: h\r\nCookie: a=1 ; b=2; v=77z\r\nCookie: a=\r\n"
		      "Cookie: a=3\r\n\r\n", rows, ARRAY_LEN(rows));
}

static void test_body(void **state)
{
	static const struct fetch_row rows[] = {
		{ "req.body", "x=1&a=9;b&a=2" },
		{ "req.body_len", "13" },
		{ "req.body_size", "20" },
		{ "req.body_param", "1|9;b|2" },
		{ "req.body_param(a)", "9;b|2" },
		{ "req.body_param(c)", "NONE" },
	};
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	read_request(&bench, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n");
	bench.context.body = SLICE("x=1&a=9;b&a=2");
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	fetch_bench_close(&bench);
}

static void test_response(void **state)
{
	static const struct fetch_row rows[] = {
		{ "status", "302" },
		{ "res.ver", "1.1" },
		{ "resp_ver", "1.1" },
		{ "res.hdr(Location)", "/x" },
		{ "shdr(location)", "/x" },
		{ "hdr(location)", "/x" },
		{ "res.cook", "1|2" },
		{ "res.cook(b)", "2" },
		{ "scook(a)", "1" },
		{ "scook_cnt", "2" },
		{ "cookie(a)", "1" },
		{ "res.hdr_val(Age)", "12" },
		{ "res.body_size", "5" },
		{ "res.hdr_names", "location,set-cookie,set-cookie,age,content-length" },
		{ "method", "NONE" },
	};
	static const char text[] =
		"HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=1; path=/\r\n"
		"Set-Cookie: b=2\r\nAge: 12\r\nContent-Length: 5\r\n\r\n";
	struct fetch_bench bench;
	const char *why = "";
	size_t at;

	fetch_bench_open(&bench);
	bench.context.bytes_end = true;
	bench.message = (struct http_message){ .headers = bench.headers,
					       .header_max = HTTP_HEADERS_PRESET };
	if (http_response_parse(text, sizeof(text) - 1, 65536, (struct http_leniency){ 0 },
				HTTP_GET, &bench.message, &why, &at) != HTTP_PARSE_DONE)
		fail_msg("%s", why);
	bench.context.response = &bench.message;
	fetch_bench_check(&bench, rows, ARRAY_LEN(rows));
	fetch_bench_close(&bench);
}

/* As HAProxy writes them for a response with these two headers. */
static void test_headers_in_bytes(void **state)
{
	static const char expected[] = "\x0e" "content-length" "\x01" "2" "\x0c" "content-type"
				       "\xf0\x06" ;
	char text[600];
	struct fetch_bench bench;
	struct expr_sample sample = { 0 };
	int len =
		snprintf(text, sizeof(text),
			 "POST / HTTP/1.0\r\nContent-Length: 2\r\nContent-Type: %0336d\r\n\r\n", 7);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	fetch_bench_open(&bench);
	read_request(&bench, text);
	assert_int_equal(
		expr_get(fetch_bench_read(&bench, "req.hdrs_bin"), &bench.context, &sample),
		EXPR_GOT);
	assert_int_equal(sample.type, EXPR_BINARY);
	assert_int_equal(sample.value.text.len, sizeof(expected) - 1 + 336 + 2);
	assert_memory_equal(sample.value.text.at, expected, sizeof(expected) - 1);
	assert_memory_equal(sample.value.text.at + sample.value.text.len - 3, "7\0\0", 3);
	fetch_bench_close(&bench);
}

static void test_with_source(void **state)
{
	struct fetch_bench bench;
	struct expr_sample sample = { 0 };

	fetch_bench_open(&bench);
	read_request(&bench, "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:28801\r\n\r\n");
	assert_int_equal(expr_get(fetch_bench_read(&bench, "base32+src"), &bench.context, &sample),
			 EXPR_GOT);
	assert_int_equal(sample.value.text.len, 8);
	assert_memory_equal(sample.value.text.at, "\xce\xb0\x92\x63\x7f\0\0\x01", 8);
	bench.context.src = &bench.dst;
	sample = (struct expr_sample){ 0 };
	assert_int_equal(expr_get(fetch_bench_read(&bench, "url32+src"), &bench.context, &sample),
			 EXPR_GOT);
	assert_int_equal(sample.value.text.len, 20);
	fetch_bench_close(&bench);
}

/* A header of thousands of values is walked once, not once for each. */
static void test_many_values(void **state)
{
	enum { VALUES = 8000 };
	char *text = malloc(VALUES * 4 + 100);
	int len = sprintf(text, "GET / HTTP/1.1\r\nHost: h\r\nCookie: ");
	struct fetch_bench bench;
	struct expr_sample sample = { 0 };
	struct expr *expr;
	unsigned count = 1;

	for (unsigned i = 0; i < VALUES; i++)
		len += sprintf(text + len, "a=;,");
	sprintf(text + len, "\r\n\r\n");
	fetch_bench_open(&bench);
	read_request(&bench, text);
	expr = fetch_bench_read(&bench, "req.hdr(cookie)");
	assert_int_equal(expr_get(expr, &bench.context, &sample), EXPR_GOT);
	for (; sample.cursor.more; count++)
		assert_int_equal(expr_get(expr, &bench.context, &sample), EXPR_GOT);
	assert_int_equal(count, VALUES + 1);
	fetch_bench_close(&bench);
	free(text);
}

/* In mode tcp nobody has parsed the request. */
static void test_unparsed(void **state)
{
	static const char text[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
	struct fetch_bench bench;

	fetch_bench_open(&bench);
	bench.context.request_bytes = (struct slice){ text, sizeof(text) - 2 };
	assert_string_equal(fetch_bench_get(&bench, "path"), "LATER");
	assert_string_equal(fetch_bench_get(&bench, "req.proto_http"), "LATER");
	bench.context.bytes_end = true;
	assert_string_equal(fetch_bench_get(&bench, "path"), "NONE");
	assert_string_equal(fetch_bench_get(&bench, "req.proto_http"), "NONE");
	bench.context.bytes_end = false;
	bench.context.request_bytes.len++;
	assert_string_equal(fetch_bench_get(&bench, "req.proto_http"), "1");
	assert_string_equal(fetch_bench_get(&bench, "hdr(host)"), "h");
	assert_string_equal(fetch_bench_get(&bench, "path"), "/x");
	bench.context.request = NULL;
	bench.context.request_bytes = SLICE("SSH-2.0-OpenSSH_9.2\r\n");
	assert_string_equal(fetch_bench_get(&bench, "req_proto_http"), "NONE");
	fetch_bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_line),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_addresses_in_headers),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_headers_in_bytes),
		cmocka_unit_test(test_with_source),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_unparsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
