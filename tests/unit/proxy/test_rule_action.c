/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/proxy/test_rule_action.c - what each action does to a message. */
#include "rules.h"

#define REQUEST                                                                                    \
	"GET /a/b?q=1&p=2 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-Ab: 2\r\nAccept: a, b;q=1, c\r\n\r\n"

static void expect_head(const char *lines, const char *head)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, lines, REQUEST), RULE_NEXT);
	assert_string_equal(rules_head(&rules, false), head);
	rules_close(&rules);
}

/* The whole head is long: only the first line, or whether a line is there. */
static void expect_first(const char *lines, const char *request, const char *first)
{
	struct rules_case rules;

	if (rules_once(&rules, lines, request) != RULE_NEXT)
		fail_msg("%s: not RULE_NEXT", lines);
	*strchr((char *)rules_head(&rules, false), '\r') = '\0';
	assert_string_equal(rules.text, first);
	rules_close(&rules);
}

static void expect_line(const char *rule, const char *line, bool there)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, rule, REQUEST), RULE_NEXT);
	if ((strstr(rules_head(&rules, false), line) != NULL) != there)
		fail_msg("%s: '%s' %s in\n%s", rule, line, there ? "is not" : "is", rules.text);
	rules_close(&rules);
}

static void expect_response(const char *lines, const char *response, const char *head)
{
	struct rules_case rules;

	rules_open(&rules, lines);
	rules_message(&rules, false, REQUEST);
	rules_message(&rules, true, response);
	assert_int_equal(rules_at(&rules, RULES_HTTP_RESPONSE, 1), RULE_NEXT);
	assert_string_equal(rules_head(&rules, true), head);
	rules_close(&rules);
}

static void test_headers(void **state)
{
	expect_head(" http-request set-header X-A %[src]:%[path]\n http-request del-header Accept\n",
		    "GET /a/b?q=1&p=2 HTTP/1.1\r\nHost: h\r\nX-Ab: 2\r\nX-A: 192.0.2.1:/a/b\r\n\r\n");
	expect_line(" http-request add-header X-A 2\n", "X-A: 1\r\n", true);
	expect_line(" http-request add-header X-A 2\n", "X-A: 2\r\n", true);
}

static void test_del_header(void **state)
{
	expect_line(" http-request del-header x-a\n", "X-A:", false);
	expect_line(" http-request del-header x-a\n", "X-Ab:", true);
	expect_line(" http-request del-header x-a -m beg\n", "X-Ab:", false);
	expect_line(" http-request del-header -ab -m end\n", "X-Ab:", false);
	expect_line(" http-request del-header -ab -m end\n", "X-A:", true);
	expect_line(" http-request del-header ccep -m sub\n", "Accept:", false);
	expect_line(" http-request del-header ^x-.b$ -m reg\n", "X-Ab:", false);
	expect_line(" http-request del-header ^x-.b$ -m reg\n", "X-A:", true);
}

static void test_replace(void **state)
{
	expect_line(" http-request replace-header accept (.*),(.*) \\2;%[src]\n",
		    "Accept:  c;192.0.2.1\r\n", false);
	expect_line(" http-request replace-header accept ^a,.(.*)$ \\1;%[src]\n",
		    "Accept: b;q=1, c;192.0.2.1\r\n", true);
	expect_line(" http-request replace-value accept ^b(.*) z\\1\n", "Accept: a,z;q=1, c\r\n",
		    true);
	expect_line(" http-request replace-value accept ^x(.*) z\\1\n", "Accept: a, b;q=1, c\r\n",
		    true);
}

static void test_target(void **state)
{
	expect_first(" http-request set-path /x\n", REQUEST, "GET /x?q=1&p=2 HTTP/1.1");
	expect_first(" http-request set-query a=%[src_port]\n", REQUEST,
		     "GET /a/b?a=5000 HTTP/1.1");
	expect_first(" http-request set-pathq /y?z\n", REQUEST, "GET /y?z HTTP/1.1");
	expect_first(" http-request set-uri http://o/p\n", REQUEST, "GET http://o/p HTTP/1.1");
	expect_first(" http-request set-method PUT\n", REQUEST, "PUT /a/b?q=1&p=2 HTTP/1.1");
	expect_first(" http-request replace-path /a(.*) \\1/c\n", REQUEST,
		     "GET /b/c?q=1&p=2 HTTP/1.1");
	expect_first(" http-request replace-pathq /a(.*) \\1&c\n", REQUEST,
		     "GET /b?q=1&p=2&c HTTP/1.1");
	expect_first(" http-request replace-uri ^http://(.*) https://\\1\n",
		     "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "GET https://h/x HTTP/1.1");
	expect_first(" http-request replace-uri ^nope \\1\n", REQUEST, "GET /a/b?q=1&p=2 HTTP/1.1");
}

static void test_targets_that_cannot_be(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, " http-request set-path \"/a b\"\n", REQUEST),
			 RULE_ERROR);
	rules_close(&rules);
	assert_int_equal(rules_once(&rules, " http-request set-method \"G T\"\n", REQUEST),
			 RULE_ERROR);
	rules_close(&rules);
}

static void normalize(const char *how, const char *path, const char *normal)
{
	char line[200], request[200], first[200];

	snprintf(line, sizeof(line), " http-request normalize-uri %s\n", how);
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
	snprintf(first, sizeof(first), "GET %s HTTP/1.1", normal);
	expect_first(line, request, first);
}

/* As HAProxy 2.6.12 does. */
static void test_normalize(void **state)
{
	normalize("path-merge-slashes", "//", "/");
	normalize("path-merge-slashes", "/foo//bar?a//b", "/foo/bar?a//b");
	normalize("path-strip-dot", "/.", "/");
	normalize("path-strip-dot", "/./bar/", "/bar/");
	normalize("path-strip-dot", "/a/./a", "/a/a");
	normalize("path-strip-dot", "/.well-known/", "/.well-known/");
	normalize("path-strip-dotdot", "/foo/../", "/");
	normalize("path-strip-dotdot", "/foo/../bar/", "/bar/");
	normalize("path-strip-dotdot", "/foo/bar/../", "/foo/");
	normalize("path-strip-dotdot", "/../bar/", "/../bar/");
	normalize("path-strip-dotdot", "/bar/../../", "/../");
	normalize("path-strip-dotdot", "/foo//../", "/foo/");
	normalize("path-strip-dotdot", "/a/b/..", "/a/");
	normalize("path-strip-dotdot", "/..", "/../");
	normalize("path-strip-dotdot", "/a/../..", "/../");
	normalize("path-strip-dotdot", "/../..", "/../../");
	normalize("path-strip-dotdot", "//..", "/");
	normalize("path-strip-dotdot full", "/../bar/", "/bar/");
	normalize("path-strip-dotdot full", "/bar/../../", "/");
	normalize("path-strip-dotdot full", "/..", "/");
	normalize("percent-decode-unreserved", "/%61dmin", "/admin");
	normalize("percent-decode-unreserved", "/foo%3Fbar=baz", "/foo%3Fbar=baz");
	normalize("percent-decode-unreserved", "/%%36%36", "/%66");
	normalize("percent-decode-unreserved", "/%ZZ", "/%ZZ");
	normalize("percent-to-uppercase", "/%6f", "/%6F");
	normalize("percent-decode-unreserved", "/%%7e%%2F%%7", "/%~%%2F%%7");
	normalize("percent-to-uppercase", "/%zz", "/%zz");
	normalize("query-sort-by-name", "/?c=3&a=1&b=2", "/?a=1&b=2&c=3");
	normalize("query-sort-by-name", "/?b=1&&a=1", "/?&a=1&b=1");
	normalize("query-sort-by-name", "/?a=1&", "/?a=1");
	normalize("query-sort-by-name", "/?aaa=3&a=1&aa=2", "/?a=1&aa=2&aaa=3");
	normalize("query-sort-by-name", "/?a=3&b=4&a=1&b=5&a=2", "/?a=3&a=1&a=2&b=4&b=5");
}

static void test_normalize_strictly(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules,
				    " http-request normalize-uri percent-to-uppercase strict\n",
				    "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
			 RULE_REPLY);
	assert_non_null(strstr(rules_reply(&rules), "HTTP/1.1 400 "));
	rules_close(&rules);
}

static void test_variables(void **state)
{
	expect_line(" http-request set-var(txn.a) path\n"
		    " http-request set-header X-V %[var(txn.a)]\n", "X-V: /a/b\r\n", true);
	expect_line(" http-request set-var-fmt(req.a) %[src]-%[path]\n"
		    " http-request set-header X-V %[var(req.a)]\n", "X-V: 192.0.2.1-/a/b\r\n", true);
	expect_line(" http-request set-var(txn.a) int(1)\n http-request unset-var(txn.a)\n"
		    " http-request set-header X-V 1 if { var(txn.a) -m found }\n", "X-V:", false);
}

static void test_variables_under_conditions(void **state)
{
	expect_line(" http-request set-var(txn.a) int(1)\n"
		    " http-request set-var(txn.a,ifnotset) int(2)\n"
		    " http-request set-header X-V %[var(txn.a)]\n", "X-V: 1\r\n", true);
	expect_line(" http-request set-var(txn.a,ifexists) int(2)\n"
		    " http-request set-header X-V 1 if { var(txn.a) -m found }\n", "X-V:", false);
	expect_line(" http-request set-var(txn.a) int(5)\n"
		    " http-request set-var(txn.a,ifgt) int(3)\n"
		    " http-request set-header X-V %[var(txn.a)]\n", "X-V: 3\r\n", true);
	expect_line(" http-request set-var(txn.a) int(5)\n"
		    " http-request set-var(txn.a,iflt,ifset) int(3)\n"
		    " http-request set-header X-V %[var(txn.a)]\n", "X-V: 5\r\n", true);
	expect_line(" http-request set-var(txn.a,ifnotempty) str()\n"
		    " http-request set-header X-V 1 if { var(txn.a) -m found }\n", "X-V:", false);
}

static void test_addresses(void **state)
{
	expect_line(" http-request set-src str(198.51.100.7)\n"
		    " http-request set-src-port int(7)\n"
		    " http-request set-dst-port int(8443)\n"
		    " http-request set-header X-V %[src]:%[src_port]:%[dst_port]\n",
		    "X-V: 198.51.100.7:7:8443\r\n", true);
}

static void test_log_and_timeouts(void **state)
{
	struct rules_case rules;

	rules_once(&rules, " http-request set-log-level err\n"
			   " http-request set-timeout client 5s\n"
			   " http-request disable-l7-retry\n", REQUEST);
	assert_int_equal(rules.txn.log_level, 3);
	assert_false(rules.txn.no_log);
	assert_int_equal(rules.txn.timeout_client, 5000);
	assert_true(rules.txn.no_l7_retry);
	rules_close(&rules);
	rules_once(&rules, " http-request set-log-level silent\n", REQUEST);
	assert_true(rules.txn.no_log);
	rules_close(&rules);
}

static void test_captures(void **state)
{
	struct rules_case rules;

	rules_once(&rules, " declare capture request len 3\n"
			   " http-request capture path len 2\n"
			   " http-request capture req.hdr(accept) id 0\n", REQUEST);
	assert_int_equal(rules.section->http.request_captures, 2);
	assert_true(slice_is(rules.txn.request_captures[1], "/a"));
	assert_true(slice_is(rules.txn.request_captures[0], "c"));
	rules_close(&rules);
}

#define OK "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 0\r\n\r\n"

static void test_responses(void **state)
{
	expect_response(" http-response set-status 503 reason \"Slow down\"\n"
			" http-response del-header server\n", OK,
			"HTTP/1.1 503 Slow down\r\nContent-Length: 0\r\n\r\n");
	expect_response(" http-response set-status 404\n", OK,
			"HTTP/1.1 404 Not Found\r\nServer: s\r\nContent-Length: 0\r\n\r\n");
	expect_response(" http-response replace-header Server s x%[status]\n", OK,
			"HTTP/1.1 200 OK\r\nServer: x200\r\nContent-Length: 0\r\n\r\n");
}

/* ---- reqrep and its kin ---- */

static void test_old_lines(void **state)
{
	expect_first(" reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /new/\\2\n", REQUEST,
		     "GET /new/b?q=1&p=2 HTTP/1.1");
	expect_first(" reqirep ^get\\ (.*) POST\\ \\1\n", REQUEST, "POST /a/b?q=1&p=2 HTTP/1.1");
	expect_line(" reqirep ^x-a:\\ (.*) X-B:\\ \\1\\1\n", "X-B: 11\r\n", true);
	expect_line(" reqirep ^x-a:\\ (.*) X-B:\\ \\1\\1\n", "X-A:", false);
	expect_line(" reqrep ^x-a:\\ (.*) X-B:\\ \\1\\1\n", "X-A: 1", true);
	expect_line(" reqidel ^x-a\n", "X-Ab:", false);
	expect_line(" reqdel ^X-A:\n", "X-Ab:", true);
	expect_line(" reqadd X-N:\\ 50%\\ off\n", "X-N: 50% off\r\n", true);
	expect_line(" reqadd X-N:\\ 1 if { path /b }\n", "X-N", false);
	/* What matches the request line is not tried on headers. */
	expect_line(" reqrep 1 GET\\ /z\\ HTTP/1.1\n", "X-A: 1\r\n", true);
}

static void test_old_order(void **state)
{
	expect_line(" reqadd X-N:\\ 1\n reqidel ^x-n\n", "X-N: 1\r\n", true);
}

static void test_old_decisions(void **state)
{
	struct rules_case rules;

	assert_int_equal(rules_once(&rules, " reqideny ^x-a:\\ 1\n", REQUEST), RULE_REPLY);
	assert_non_null(strstr(rules_reply(&rules), "HTTP/1.1 403 "));
	rules_close(&rules);
	assert_int_equal(rules_once(&rules, " reqallow ^GET\n reqdeny .\n", REQUEST), RULE_DONE);
	rules_close(&rules);
	assert_int_equal(rules_once(&rules, " reqtarpit ^GET\n", REQUEST), RULE_TARPIT);
	rules_close(&rules);
}

static void test_old_responses(void **state)
{
	expect_response(" rsprep ^HTTP/1.1\\ 200\\ .* HTTP/1.1\\ 404\\ gone\n rspidel ^server\n"
			" rspadd X-N:\\ 1\n", OK,
			"HTTP/1.1 404 gone\r\nContent-Length: 0\r\nX-N: 1\r\n\r\n");
}

static void says(const char *line, const char *modern)
{
	struct rules_case rules;

	rules_open(&rules, line);
	if (strstr(rules.said.text, modern) == NULL)
		fail_msg("no '%s' in\n%s", modern, rules.said.text);
	rules_close(&rules);
}

static void test_old_forms_are_told(void **state)
{
	says(" reqadd X-N:\\ a\\ b\n", "write 'http-request add-header X-N 'a b''");
	says(" reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /b/\\2\n",
	     "write 'http-request replace-uri ^/a/(.*) '/b/\\1''");
	says(" reqirep ^Host:\\ (.*) Host:\\ x.\\1\n",
	     "write 'http-request replace-header Host ^(.*) 'x.\\1''");
	says(" rspidel ^Server:.*\n", "write 'http-response del-header Server'");
	says(" reqideny ^User-Agent:\\ bad\n",
	     "write 'http-request deny if { req.hdr(User-Agent) -m reg -i ^bad }'");
	says(" reqdeny ^GET\\ /x\n", "'http-request deny' took its place");
}

/* ---- every row ---- */

static const char *section_for(const char *example)
{
	if (strncmp(example, "tcp-response", 12) == 0)
		return "backend other\n mode http\n";
	return "listen other\n mode http\n bind 127.0.0.1:81\n declare capture response len 4\n";
}

static void check_example(const struct rule_action *action)
{
	struct rules_case rules;
	char lines[500];

	assert_non_null(action->doc.summary);
	assert_int_equal(action->doc.summary[strlen(action->doc.summary) - 1], '.');
	assert_non_null(strstr(action->doc.example, action->doc.name));
	assert_int_not_equal(action->lists, 0);
	assert_non_null(action->run);
	snprintf(lines, sizeof(lines), "%s %s\n", section_for(action->doc.example),
		 action->doc.example);
	rules_open(&rules, lines);
	if (diag_count(rules.report, DIAG_ERROR) != 0)
		fail_msg("%s", rules.said.text);
	rules_close(&rules);
}

static void test_every_example(void **state)
{
	for (const struct rule_action *const *table = rule_actions; *table != NULL; table++)
		for (const struct rule_action *action = *table; action->doc.name != NULL; action++)
			check_example(action);
}

/* No two rows claim the same word in the same list. */
static void test_no_action_twice(void **state)
{
	for (const struct rule_action *const *a = rule_actions; *a != NULL; a++)
		for (const struct rule_action *x = *a; x->doc.name != NULL; x++)
			for (const struct rule_action *const *b = a; *b != NULL; b++)
				for (const struct rule_action *y = *b; y->doc.name != NULL; y++)
					if (x != y && strcmp(x->doc.name, y->doc.name) == 0)
						assert_int_equal(x->lists & y->lists, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_del_header),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_targets_that_cannot_be),
		cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_normalize_strictly),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_variables_under_conditions),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_log_and_timeouts),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_old_lines),
		cmocka_unit_test(test_old_order),
		cmocka_unit_test(test_old_decisions),
		cmocka_unit_test(test_old_responses),
		cmocka_unit_test(test_old_forms_are_told),
		cmocka_unit_test(test_every_example),
		cmocka_unit_test(test_no_action_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
