/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/test_persist.c - persistence cookies of parsed messages: rows of
 * what comes in, what servers and clients get to see, and the states in the log
 * line. All were seen from haproxy 2.6.12 unless a comment says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bump.h"
#include "base/out.h"
#include "http/message.h"
#include "proxy/persist.h"
#include "proxy/persist_date.h"

enum { NOW = 1795436513 };

/* Servers: a and b are up, d is down. */
static enum persist_found find(void *context, struct slice name)
{
	if (slice_is(name, "sd"))
		return PERSIST_DOWN;
	return slice_is(name, "sa") || slice_is(name, "sb") ? PERSIST_VALID : PERSIST_NONE;
}

struct exchange {
	struct bump_pool pool;
	struct bump memory;
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message message;
	char text[2048], written[2048];
};

static void begin(struct exchange *it, const char *first_line, const char *headers)
{
	const char *why = "";
	size_t at = 0;
	bool response = strncmp(first_line, "HTTP/", 5) == 0;
	enum http_parse result;

	memset(it, 0, sizeof(*it));
	it->memory.pool = &it->pool;
	it->message.headers = it->headers;
	it->message.header_max = HTTP_HEADERS_PRESET;
	snprintf(it->text, sizeof(it->text), "%s\r\n%s\r\n", first_line, headers);
	if (response)
		result = http_response_parse(it->text, strlen(it->text), sizeof(it->text),
					     (struct http_leniency){ false }, HTTP_GET, &it->message,
					     &why, &at);
	else
		result = http_request_parse(it->text, strlen(it->text), sizeof(it->text),
					    (struct http_leniency){ false }, &it->message, &why, &at);
	if (result != HTTP_PARSE_DONE)
		fail_msg("%s: %s", it->text, why);
}

static void end(struct exchange *it)
{
	bump_free(&it->memory);
	bump_pool_free(&it->pool);
}

/* The values of all headers of this id, joined by " | ". */
static const char *values(struct exchange *it, enum http_header_id id)
{
	struct out out = { it->written, 0, sizeof(it->written) - 1, false };

	for (unsigned i = 0; i < it->message.header_count; i++) {
		if (it->headers[i].id != id)
			continue;
		if (out.len != 0)
			out_text(&out, " | ");
		out_put(&out, it->headers[i].value);
	}
	it->written[out.len] = '\0';
	return it->written;
}

#define INSERT	 { .name = "S", .mode = HTTP_COOKIE_INSERT }
#define INDIRECT { .name = "S", .mode = HTTP_COOKIE_INSERT, .indirect = true }
#define PRESERVE { .name = "S", .mode = HTTP_COOKIE_INSERT, .preserve = true }
#define POSTONLY { .name = "S", .mode = HTTP_COOKIE_INSERT, .postonly = true }
#define REWRITE	 { .name = "S", .mode = HTTP_COOKIE_REWRITE }
#define PREFIX	 { .name = "S", .mode = HTTP_COOKIE_PREFIX }
#define PASSIVE	 { .name = "S", .mode = HTTP_COOKIE_PASSIVE }

static const struct {
	struct http_cookie_conf conf;
	const char *headers, *seen;
	bool ignore;
	char found;
} requests[] = {
	{ INSERT, "", "", false, 'N' },
	{ INSERT, "Cookie: S=sb\r\n", "S=sb", false, 'V' },
	{ INSERT, "Cookie: S=zz\r\n", "S=zz", false, 'I' },
	{ INSERT, "Cookie: S=sd\r\n", "S=sd", false, 'D' },
	{ INSERT, "Cookie: S=\r\n", "S=", false, 'I' },
	{ INSERT, "Cookie: s=sb\r\n", "s=sb", false, 'N' },
	{ INSERT, "Cookie: S=\"sb\"\r\n", "S=\"sb\"", false, 'I' },
	{ INSERT, "Cookie: S=sb; S=sa\r\n", "S=sb; S=sa", false, 'V' },
	{ INSERT, "Cookie: S=sb\r\n", "S=sb", true, 'U' },
	{ INSERT, "Cookie: T=sb\r\n", "T=sb", true, 'N' },
	{ PASSIVE, "Cookie: S=sb\r\n", "S=sb", false, 'V' },
	{ REWRITE, "Cookie: x=1; S=sb; y=2\r\n", "x=1; S=sb; y=2", false, 'V' },
	{ INDIRECT, "Cookie: S=sb\r\n", "", false, 'V' },
	{ INDIRECT, "Cookie: S=sb\r\n", "", true, 'U' },
	{ INDIRECT, "Cookie: x=1; S=sb; y=2\r\n", "x=1; y=2", false, 'V' },
	{ INDIRECT, "Cookie: a=1;S=sb;y=2\r\n", "a=1; y=2", false, 'V' },
	{ INDIRECT, "Cookie: a=1; S=sb\r\n", "a=1", false, 'V' },
	{ INDIRECT, "Cookie: S=sb; a=1\r\n", "a=1", false, 'V' },
	{ INDIRECT, "Cookie: a=1;  S = sb ;b=2\r\n", "a=1; b=2", false, 'V' },
	{ INDIRECT, "Cookie: b=\"x;S=sa\"; S=sb\r\n", "b=\"x;S=sa\"", false, 'V' },
	{ INDIRECT, "Cookie: S=sb; S=sb; b=1\r\n", "b=1", false, 'V' },
	{ INDIRECT, "Cookie: S=zz; S=sb\r\n", "", false, 'V' },
	{ INDIRECT, "Cookie: S=sd; S=zz\r\n", "", false, 'D' },
	{ INDIRECT, "Cookie: S=sb=x\r\n", "", false, 'I' },
	{ INDIRECT, "Cookie: a=1\r\nCookie: S=sb\r\n", "a=1", false, 'V' },
	{ INDIRECT, "Cookie: S=sb\r\nX: y\r\nCookie: S=sa\r\n", "", false, 'V' },
	{ INDIRECT, "Cookie: S=sb;\r\n", "", false, 'V' },
	{ PREFIX, "Cookie: S=sb~123\r\n", "S=123", false, 'V' },
	{ PREFIX, "Cookie: S=123\r\n", "S=123", false, 'I' },
	{ PREFIX, "Cookie: S=zz~123\r\n", "S=123", false, 'I' },
	{ PREFIX, "Cookie: S=sd~123\r\n", "S=123", false, 'D' },
	{ PREFIX, "Cookie: S=sb~\r\n", "S=", false, 'V' },
	{ PREFIX, "Cookie: S=~1\r\n", "S=1", false, 'I' },
	{ PREFIX, "Cookie: S=sb\r\n", "S=sb", false, 'V' },
	{ PREFIX, "Cookie: a=1; S=sb~1~2; c=3\r\n", "a=1; S=1~2; c=3", false, 'V' },
	{ PREFIX, "Cookie: S=sb~1\r\n", "S=1", true, 'U' },
};

static void test_requests(void **state)
{
	const struct persist_names names = { find, NULL };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct exchange it;
		struct persist_dates dates;
		enum persist_found found;

		char headers[512];
		snprintf(headers, sizeof(headers), "Host: h\r\n%s", requests[i].headers);
		begin(&it, "GET / HTTP/1.1", headers);
		assert_true(persist_cookie_read(&it.message, &requests[i].conf, &names,
						requests[i].ignore, NOW, &it.memory, &found, &dates));
		if (found != (enum persist_found)requests[i].found ||
		    strcmp(values(&it, HTTP_COOKIE), requests[i].seen) != 0)
			fail_msg("%zu: %s: %c, '%s'", i, requests[i].headers, found, it.written);
		end(&it);
	}
}

/* Digits of NOW and of moments around it. */
#define NOW_DIGITS "awQv4"	/* rounded down; the next unit is the one that is written */
#define NEXT_DIGITS "awQv5"

static const struct {
	uint32_t maxidle, maxlife;
	const char *value;
	char found;
	bool update;
} dates_rows[] = {
	{ 1000, 0, "sb|" NOW_DIGITS, 'V', true },
	{ 1000, 0, "sb", 'V', true },
	{ 1000, 0, "sb|awQvf|awQvf", 'V', true },
	{ 1000, 0, "sb|awQoE|awQv4", 'E', true },	/* 1712 s ago */
	{ 1000, 0, "sb|awQ98", 'V', false },		/* an hour ahead: clocks differ */
	{ 1000, 0, "sb|awWPc", 'E', true },		/* 25 hours */
	{ 1000, 0, "sb|x", 'V', true },
	{ 1000, 0, "sb|" NOW_DIGITS "|", 'V', true },
	{ 1000, 0, "sb||" NOW_DIGITS, 'V', true },
	{ 1000, 0, "zz|" NOW_DIGITS "|" NOW_DIGITS, 'I', true },
	{ 1000, 0, "sd|" NOW_DIGITS, 'D', true },
	{ 1000, 0, "sb|*****", 'V', true },
	{ 0, 1000, "sb|" NOW_DIGITS, 'V', true },
	{ 0, 1000, "sb|awQv4|awQoE", 'O', true },
	{ 0, 1000, "sb|awQoE|awQv4", 'V', true },
	{ 0, 1000, "sb|awWPc|awQv4", 'V', false },
	{ 0, 1000, "sb||awQv4", 'V', false },
	{ 1000, 1000, "sb|awQoE|awQoE", 'O', true },
	{ 1000, 1000, "sb|awQoE|awQv4", 'E', true },
	{ 1000, 1000, "sb||awQv4", 'V', true },
	{ 1000, 500, "sb|" NEXT_DIGITS "|" NEXT_DIGITS, 'V', false },
	{ 0, 0, "sb|" NOW_DIGITS, 'V', true },
	{ 0, 0, "sb", 'V', false },
	{ 0, 0, "sb|awQ98", 'V', false },
	{ 0, 0, "sb|x", 'V', false },
	{ 0, 0, "sb||awQv4", 'V', true },
};

static void test_dates(void **state)
{
	const struct persist_names names = { find, NULL };

	for (size_t i = 0; i < sizeof(dates_rows) / sizeof(dates_rows[0]); i++) {
		const struct http_cookie_conf conf = { .name = "S", .mode = HTTP_COOKIE_INSERT,
						       .maxidle_s = dates_rows[i].maxidle,
						       .maxlife_s = dates_rows[i].maxlife };
		struct persist_answer answer = { .server = "sb", .wall_s = NOW };
		enum persist_done done;
		struct exchange it;
		char headers[512];

		snprintf(headers, sizeof(headers), "Host: h\r\nCookie: S=%s\r\n",
			 dates_rows[i].value);
		begin(&it, "GET / HTTP/1.1", headers);
		assert_true(persist_cookie_read(&it.message, &conf, &names, false, NOW, &it.memory,
						&answer.found, &answer.dates));
		end(&it);
		begin(&it, "HTTP/1.1 200 OK", "Content-Length: 0\r\n");
		assert_true(persist_cookie_write(&it.message, &conf, &answer, &it.memory, &done));
		if (answer.found != (enum persist_found)dates_rows[i].found ||
		    (done != PERSIST_NOTHING) != dates_rows[i].update ||
		    (done == PERSIST_UPDATED) != (answer.found == PERSIST_VALID && dates_rows[i].update))
			fail_msg("%zu: %s: %c%c", i, dates_rows[i].value, answer.found, done);
		end(&it);
	}
}

static void test_date_digits(void **state)
{
	char bytes[8];
	struct out out = { bytes, 0, sizeof(bytes), false };

	assert_int_equal(persist_date_read(SLICE(NOW_DIGITS)), NOW / 4);
	assert_int_equal(persist_date(NOW), NOW / 4 + 1);
	assert_int_equal(persist_date(NOW / 4 * 4), NOW / 4);
	persist_date_write(&out, NOW / 4);
	assert_memory_equal(bytes, NOW_DIGITS, 5);
	assert_int_equal(persist_date_read(SLICE("awQv")), 0);
	assert_int_equal(persist_date_read(SLICE("awQv-")), 0);
	assert_int_equal(persist_date_read(SLICE("/////")), 0x3fffffff);
}

static const struct {
	struct http_cookie_conf conf;
	const char *server;
	char found;
	const char *headers, *set;
	char done;
	bool post;
} responses[] = {
	{ INSERT, "sa", 'N', "", "S=sa; path=/", 'I', false },
	{ INSERT, "sa", 'I', "", "S=sa; path=/", 'I', false },
	{ INSERT, "sa", 'D', "", "S=sa; path=/", 'I', false },
	{ INSERT, "sa", 'V', "", "", 'N', false },
	{ INSERT, "sa", 'N', "Set-Cookie: S=own; path=/\r\n", "S=sa; path=/", 'I', false },
	{ INSERT, "sa", 'V', "Set-Cookie: S=own; path=/\r\n", "", 'D', false },
	{ INSERT, "sa", 'V', "Set-Cookie: T=1\r\n", "T=1", 'N', false },
	{ INSERT, "sa", 'N', "Set-Cookie: T=1\r\n", "T=1 | S=sa; path=/", 'I', false },
	{ INSERT, "sa", 'N', "Set-Cookie: S=x\r\nSet-Cookie: T=1\r\nSet-Cookie: S=y\r\n",
	  "T=1 | S=sa; path=/", 'I', false },
	{ INSERT, NULL, 'N', "", "S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", 'I', false },
	{ INSERT, NULL, 'I', "Set-Cookie: S=x\r\n", "S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/",
	  'I', false },
	{ PRESERVE, "sa", 'N', "Set-Cookie: S=own; path=/\r\n", "S=own; path=/", 'P', false },
	{ PRESERVE, "sa", 'V', "Set-Cookie: S=own; path=/\r\n", "S=own; path=/", 'P', false },
	{ PRESERVE, "sa", 'N', "Set-Cookie: T=1\r\n", "T=1 | S=sa; path=/", 'I', false },
	{ POSTONLY, "sa", 'N', "", "", 'N', false },
	{ POSTONLY, "sa", 'N', "", "S=sa; path=/", 'I', true },
	{ POSTONLY, "sa", 'N', "Set-Cookie: S=own\r\n", "", 'D', false },
	{ REWRITE, "sa", 'N', "", "", 'N', false },
	{ REWRITE, "sa", 'N', "Set-Cookie: S=own; path=/\r\n", "S=sa; path=/", 'R', false },
	{ REWRITE, "sb", 'V', "Set-Cookie: S=own\r\n", "S=sb", 'R', false },
	{ REWRITE, "sa", 'N', "Set-Cookie: S=x\r\nSet-Cookie: S=y\r\n", "S=sa | S=sa", 'R', false },
	{ REWRITE, NULL, 'N', "Set-Cookie: S=x\r\n", "S=x", 'P', false },
	{ PREFIX, "sa", 'N', "Set-Cookie: S=abc; path=/\r\n", "S=sa~abc; path=/", 'R', false },
	{ PREFIX, "sa", 'N', "Set-Cookie: S=\"abc\"; path=/\r\n", "S=sa~\"abc\"; path=/", 'R', false },
	{ PREFIX, "sa", 'N', "Set-Cookie: S=; path=/\r\n", "S=sa~; path=/", 'R', false },
	{ PREFIX, NULL, 'N', "Set-Cookie: S=x\r\n", "S=x", 'P', false },
	{ { .name = "S", .mode = HTTP_COOKIE_PREFIX, .indirect = true }, "sa", 'V',
	  "Set-Cookie: S=abc\r\n", "", 'D', false },
	{ { .name = "S", .mode = HTTP_COOKIE_PREFIX, .indirect = true }, "sa", 'N',
	  "Set-Cookie: S=abc\r\n", "S=sa~abc", 'R', false },
	{ { .name = "S", .mode = HTTP_COOKIE_PASSIVE, .indirect = true }, "sa", 'N',
	  "Set-Cookie: S=own\r\n", "S=own", 'P', false },
	{ { .name = "S", .mode = HTTP_COOKIE_PASSIVE, .indirect = true }, "sa", 'V',
	  "Set-Cookie: S=own\r\n", "", 'D', false },
	{ { .name = "S", .mode = HTTP_COOKIE_INSERT, .httponly = true, .secure = true,
	    .domains = "; domain=.a.b; domain=c.d", .attributes = "; X=y" }, "sa", 'N', "",
	  "S=sa; path=/; domain=.a.b; domain=c.d; HttpOnly; Secure; X=y", 'I', false },
};

static void test_responses(void **state)
{
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		const struct persist_answer answer = {
			.server = responses[i].server, .wall_s = NOW,
			.found = (enum persist_found)responses[i].found, .post = responses[i].post,
		};
		enum persist_done done;
		struct exchange it;
		char headers[512];

		snprintf(headers, sizeof(headers), "Content-Length: 0\r\n%s", responses[i].headers);
		begin(&it, "HTTP/1.1 200 OK", headers);
		assert_true(persist_cookie_write(&it.message, &responses[i].conf, &answer,
						 &it.memory, &done));
		if (done != (enum persist_done)responses[i].done ||
		    strcmp(values(&it, HTTP_SET_COOKIE), responses[i].set) != 0)
			fail_msg("%zu: '%s': %c, '%s'", i, responses[i].headers, done, it.written);
		end(&it);
	}
}

static const struct {
	const char *request, *response, *headers;
	bool cacheable, with_cookies;
} caches[] = {
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=10\r\n", true, true },
	{ "HEAD / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=10\r\n", true, true },
	{ "POST / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=10\r\n", false, false },
	{ "PUT / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=10\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "ETag: \"x\"\r\n", true, true },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Last-Modified: x\r\n", true, true },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Expires: x\r\n", true, true },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: public\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=0\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: s-maxage=0\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "Cache-Control: max-age=10, private\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "ETag: x\r\nPragma: no-cache\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "ETag: x\r\nCache-Control: no-store\r\n", false, false },
	/* RFC 9111, 5.2.2.4: the rest may be kept; not tried with haproxy. */
	{ "GET / HTTP/1.1", "HTTP/1.1 200 OK", "ETag: x\r\nCache-Control: no-cache=\"Set-Cookie\"\r\n",
	  true, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 404 x", "Cache-Control: max-age=10\r\n", true, true },
	{ "GET / HTTP/1.1", "HTTP/1.1 302 x", "Cache-Control: max-age=10\r\n", false, false },
	{ "GET / HTTP/1.1", "HTTP/1.1 500 x", "Cache-Control: max-age=10\r\n", false, false },
};

static void test_caches(void **state)
{
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		struct exchange request, response;
		char headers[512];
		bool with_cookies, cacheable;

		snprintf(headers, sizeof(headers), "Content-Length: 0\r\n%s", caches[i].headers);
		begin(&request, caches[i].request, "Host: h\r\nContent-Length: 0\r\n");
		begin(&response, caches[i].response, headers);
		cacheable = persist_cacheable(&request.message, &response.message, &with_cookies);
		if (cacheable != caches[i].cacheable || with_cookies != caches[i].with_cookies)
			fail_msg("%zu: %s", i, caches[i].headers);
		end(&request);
		end(&response);
	}
}

static void test_nocache(void **state)
{
	const struct http_cookie_conf conf = { .name = "S", .mode = HTTP_COOKIE_INSERT,
					       .nocache = true };
	struct persist_answer answer = { .server = "sa", .found = PERSIST_NONE, .cacheable = true };
	enum persist_done done;
	struct exchange it;

	begin(&it, "HTTP/1.1 200 OK", "Content-Length: 0\r\nCache-Control: max-age=1\r\n");
	assert_true(persist_cookie_write(&it.message, &conf, &answer, &it.memory, &done));
	assert_string_equal(values(&it, HTTP_CACHE_CONTROL), "max-age=1 | private");
	end(&it);
	answer.cacheable = false;
	begin(&it, "HTTP/1.1 200 OK", "Content-Length: 0\r\n");
	assert_true(persist_cookie_write(&it.message, &conf, &answer, &it.memory, &done));
	assert_string_equal(values(&it, HTTP_CACHE_CONTROL), "");
	end(&it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),  cmocka_unit_test(test_dates),
		cmocka_unit_test(test_date_digits), cmocka_unit_test(test_responses),
		cmocka_unit_test(test_caches),	  cmocka_unit_test(test_nocache),
	};

	return cmocka_run_group_tests_name("proxy/persist", tests, NULL, NULL);
}
