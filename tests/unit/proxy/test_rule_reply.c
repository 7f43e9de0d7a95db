/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/test_rule_reply.c - answers of our own, to the byte as
 * HAProxy 2.6.12 sends them: redirect, return, deny, tarpit, auth.
 */
#include <stdlib.h>
#include <unistd.h>

#include "rules.h"

#define REQUEST "GET /a/b?q=1 HTTP/1.1\r\nHost: h:81\r\nX-A: v\r\n\r\n"

static void expect_to(const char *lines, const char *request, enum rule_verdict verdict,
		      const char *termination, const char *reply)
{
	struct rules_case rules;

	if (rules_once(&rules, lines, request) != verdict)
		fail_msg("%s: another verdict", lines);
	assert_string_equal(rules_reply(&rules), reply);
	if (verdict != RULE_NEXT) {
		assert_int_equal(rules.txn.reply_cause, termination[0]);
		assert_int_equal(rules.txn.reply_phase, termination[1]);
	}
	rules_close(&rules);
}

static void expect(const char *lines, const char *termination, const char *reply)
{
	expect_to(lines, REQUEST, RULE_REPLY, termination, reply);
}

#define FOUND(location)                                                                            \
	"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: " location                           \
	"\r\ncache-control: no-cache\r\n"

static void test_redirect_location(void **state)
{
	expect(" http-request redirect location /x\n", "LR", FOUND("/x") "\r\n");
	expect(" http-request redirect location %[path]?z code 301\n", "LR",
	       "HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nlocation: /a/b?z\r\n\r\n");
	expect(" http-request redirect location /x code 307 set-cookie A=b\n", "LR",
	       "HTTP/1.1 307 Temporary Redirect\r\ncontent-length: 0\r\nlocation: /x\r\n"
	       "cache-control: no-cache\r\nset-cookie: A=b; path=/;\r\n\r\n");
	expect(" http-request redirect location /x code 308 clear-cookie A=\n", "LR",
	       "HTTP/1.1 308 Permanent Redirect\r\ncontent-length: 0\r\nlocation: /x\r\n"
	       "set-cookie: A=; path=/; Max-Age=0;\r\n\r\n");
	expect(" redirect location /%20 code 303\n", "LR",
	       "HTTP/1.1 303 See Other\r\ncontent-length: 0\r\nlocation: /%20\r\n"
	       "cache-control: no-cache\r\n\r\n");
}

/* What a client writes never splits the response in two. */
static void test_no_line_of_the_clients(void **state)
{
	static const char *const lines[] = {
		" http-request redirect location /%[url_param(q),url_dec]\n",
		" http-request redirect prefix http://%[url_param(q),url_dec]\n",
		" http-request return status 200 hdr X-A %[url_param(q),url_dec]\n",
		" http-request deny deny_status 403 hdr X-A %[url_param(q),url_dec]\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct rules_case rules;

		enum rule_verdict verdict = rules_once(
			&rules, lines[i],
			"GET /?q=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: h\r\n\r\n");
		if (verdict != RULE_ERROR && strstr(rules_reply(&rules), "\nSet-Cookie") != NULL)
			fail_msg("%s: verdict %d, %s", lines[i], verdict, rules_reply(&rules));
		rules_close(&rules);
	}
}

static void test_redirect_prefix(void **state)
{
	expect(" http-request redirect prefix http://h\n", "LR",
	       FOUND("http://h/a/b?q=1") "\r\n");
	expect(" http-request redirect prefix http://h drop-query append-slash\n", "LR",
	       FOUND("http://h/a/b/") "\r\n");
	expect(" http-request redirect prefix http://h append-slash\n", "LR",
	       FOUND("http://h/a/b?q=1/") "\r\n");
	expect(" http-request redirect prefix /\n", "LR", FOUND("/a/b?q=1") "\r\n");
}

static void test_redirect_scheme(void **state)
{
	expect(" http-request redirect scheme https\n", "LR", FOUND("https://h:81/a/b?q=1") "\r\n");
	expect_to(" http-request redirect scheme https\n", "GET /c HTTP/1.0\r\n\r\n", RULE_REPLY,
		  "LR", FOUND("https:///c") "\r\n");
}

static void test_redirect_to_nothing(void **state)
{
	expect(" http-request redirect location %[hdr(nope)]\n", "LR", FOUND("") "\r\n");
	expect_to(" http-request redirect location %[hdr(nope)] ignore-empty\n", REQUEST,
		  RULE_NEXT, NULL, "");
}

static void test_return(void **state)
{
	expect(" http-request return\n", "LR", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
	expect(" http-request return status 204\n", "LR", "HTTP/1.1 204 No Content\r\n\r\n");
	expect(" http-request return status 404 content-type text/plain string hello hdr X-A b\n",
	       "LR", "HTTP/1.1 404 Not Found\r\nX-A: b\r\ncontent-length: 5\r\n"
	       "content-type: text/plain\r\n\r\nhello");
	expect(" http-request return content-type text/plain lf-string \"%[path] %[src]\""
	       " hdr x-v \"%[req.hdr(x-a)]\"\n", "LR",
	       "HTTP/1.1 200 OK\r\nx-v: v\r\ncontent-length: 14\r\n"
	       "content-type: text/plain\r\n\r\n/a/b 192.0.2.1");
}

static void test_return_files(void **state)
{
	char path[] = "/tmp/test_rule_reply.XXXXXX";
	char line[200];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "at %[path]\n", 11), 11);
	close(fd);
	snprintf(line, sizeof(line), " http-request return content-type a/b file %s\n", path);
	expect(line, "LR", "HTTP/1.1 200 OK\r\ncontent-length: 11\r\ncontent-type: a/b\r\n\r\n"
	       "at %[path]\n");
	snprintf(line, sizeof(line), " http-request return content-type a/b lf-file %s\n", path);
	expect(line, "LR", "HTTP/1.1 200 OK\r\ncontent-length: 8\r\ncontent-type: a/b\r\n\r\n"
	       "at /a/b\n");
	unlink(path);
}

static void expect_status(const char *lines, enum rule_verdict verdict, const char *termination,
			  const char *first)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, lines, REQUEST), verdict);
	if (strncmp(rules_reply(&rules), first, strlen(first)) != 0)
		fail_msg("%s: %s", lines, rules.text);
	assert_int_equal(rules.txn.reply_cause, termination[0]);
	assert_int_equal(rules.txn.reply_phase, termination[1]);
	rules_close(&rules);
}

static void test_deny(void **state)
{
	expect_status(" http-request deny\n", RULE_REPLY, "PR",
		      "HTTP/1.1 403 Forbidden\r\ncontent-length: 93\r\n");
	expect_status(" http-request deny deny_status 429\n", RULE_REPLY, "PR",
		      "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 117\r\n");
	expect(" http-request deny status 404\n", "PR",
	       "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
	expect(" http-request deny hdr X-A b\n", "PR",
	       "HTTP/1.1 403 Forbidden\r\nX-A: b\r\ncontent-length: 0\r\n\r\n");
	expect_status(" http-request tarpit\n", RULE_TARPIT, "PT", "HTTP/1.1 500 ");
	expect_status(" http-request tarpit deny_status 429\n", RULE_TARPIT, "PT", "HTTP/1.1 429 ");
}

static void test_auth(void **state)
{
	expect_status(" http-request auth\n", RULE_REPLY, "LR", "HTTP/1.1 401 Unauthorized\r\n");
}

static void test_auth_asks_for_a_realm(void **state)
{
	struct rules_case rules;

	rules_once(&rules, " http-request auth realm My\\ Realm\n", REQUEST);
	assert_non_null(strstr(rules_reply(&rules),
			       "\r\nwww-authenticate: Basic realm=\"My Realm\"\r\n\r\n<html>"));
	rules_close(&rules);
	rules_once(&rules, " option http-use-proxy-header\n http-request auth\n",
		   "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(strncmp(rules_reply(&rules), "HTTP/1.1 407 ", 13), 0);
	assert_non_null(strstr(rules.text, "\r\nproxy-authenticate: Basic realm=\"web\"\r\n\r\n"));
	rules_close(&rules);
}

static void test_responses(void **state)
{
	struct rules_case rules;

	rules_open(&rules, " http-response deny\n");
	rules_message(&rules, true, "HTTP/1.1 200 OK\r\n\r\n");
	assert_int_equal(rules_at(&rules, RULES_HTTP_RESPONSE, 1), RULE_REPLY);
	assert_int_equal(strncmp(rules_reply(&rules), "HTTP/1.1 502 Bad Gateway\r\n", 26), 0);
	assert_int_equal(rules.txn.reply_cause, 'P');
	assert_int_equal(rules.txn.reply_phase, 'H');
	rules_close(&rules);
}

static void refused(const char *line, const char *why)
{
	struct rules_case rules;

	rules_open(&rules, line);
	assert_int_not_equal(diag_count(rules.report, DIAG_ERROR), 0);
	if (strstr(rules.said.text, why) == NULL)
		fail_msg("no '%s' in\n%s", why, rules.said.text);
	rules_close(&rules);
}

static void test_what_is_refused(void **state)
{
	refused(" http-request return string x\n", "the body has no type");
	refused(" http-request return status 199\n", "199");
	refused(" http-request return content-type a string x file y\n",
		"'string' and 'file' exclude each other");
	refused(" http-request deny deny_status 418\n", "no default message for status 418");
	refused(" http-request return errorfiles nope\n", "no http-errors section");
	refused(" http-request return foo\n", "'if' or 'unless'");
	refused(" http-request redirect code 302\n", "the redirect has no target");
	refused(" http-request redirect location / code 304\n", "redirect code");
	refused(" http-request redirect foo\n", "word of a redirect");
	refused(" http-response redirect prefix /\n", "which a response rule no longer has");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirect_location),
		cmocka_unit_test(test_no_line_of_the_clients),
		cmocka_unit_test(test_redirect_prefix),
		cmocka_unit_test(test_redirect_scheme),
		cmocka_unit_test(test_redirect_to_nothing),
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_return_files),
		cmocka_unit_test(test_deny),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_auth_asks_for_a_realm),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
