/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/test_fetches.c - every row of fetches: its prose, and its
 * example as a line of haproxy.cfg; the names in their arguments; passwords.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <crypt.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "conf/keyword.h"
#include "proxy/fetches.h"
#include "proxy/reading.h"
#include "proxy/userlist.h"

static const char before[] =
	"defaults\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n"
	"userlist admins\n group operators\n user tiger insecure-password scott groups operators\n"
	"backend app\n mode http\n server web1 127.0.0.1:80\n"
	"backend acme\n mode tcp\n server web1 127.0.0.1:80\n"
	"backend ecc\n mode tcp\n server web1 127.0.0.1:80\n"
	"backend shop\n mode tcp\n server web1 127.0.0.1:80\n";

/* How many errors the line gives in a listen section; all that was said is in *ret_said. */
static unsigned read_line(const char *mode, const char *line, struct strbuf *ret_said)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf;
	char text[4096];
	unsigned errors;

	snprintf(text, sizeof(text),
		 "%slisten main\n mode %s\n bind 127.0.0.1:8000\n server web1 127.0.0.1:80\n %s\n",
		 before, mode, line);
	conf = proxy_conf_read_text("example.cfg", text, strlen(text), report);
	errors = diag_count(report, DIAG_ERROR);
	diag_report_render(report, ret_said);
	proxy_conf_free(conf);
	diag_report_free(report);
	return errors;
}

static bool is_of_tcp(const struct expr_fetch *row)
{
	return strncmp(row->doc.example, "tcp-", 4) == 0 ||
	       (strncmp(row->doc.example, "use_backend", 11) == 0);
}

static void test_every_example(void **state)
{
	for (const struct expr_fetch *const *table = proxy_language.fetches; *table != NULL;
	     table++) {
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++) {
			struct strbuf said = STRBUF_EMPTY;

			print_message("%s\n", row->doc.name);
			assert_non_null(strstr(row->doc.example, row->doc.name));
			assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
			assert_ptr_equal(expr_fetch_find(&proxy_language, slice_of(row->doc.name)),
					 row);
			if (read_line(is_of_tcp(row) ? "tcp" : "http", row->doc.example, &said) !=
			    0)
				fail_msg("'%s':\n%s", row->doc.example, said.text);
			strbuf_free(&said);
		}
	}
}

/* Those of maps name a file. */
static void test_every_converter(void **state)
{
	char folder[] = "/tmp/relevo-converters-XXXXXX";

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	fclose(fopen("sites.map", "w"));
	for (const struct expr_converter *const *table = proxy_language.converters; *table != NULL;
	     table++) {
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++) {
			struct strbuf said = STRBUF_EMPTY;

			print_message("%s\n", row->doc.name);
			assert_ptr_equal(
				expr_converter_find(&proxy_language, slice_of(row->doc.name)), row);
			if (read_line("http", row->doc.example, &said) != 0)
				fail_msg("'%s':\n%s", row->doc.example, said.text);
			strbuf_free(&said);
		}
	}
	unlink("sites.map");
	rmdir(folder);
}

/* Each fetch and each converter stands in the printed reference. */
static void test_reference(void **state)
{
	char *text = NULL, wanted[100];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	expr_language_print(&proxy_language, out);
	fclose(out);
	for (const struct expr_fetch *const *table = proxy_language.fetches; *table != NULL;
	     table++)
		for (const struct expr_fetch *row = *table; row->doc.name != NULL; row++) {
			snprintf(wanted, sizeof(wanted), "- **`%s%s`** %s", row->doc.name,
				 row->args[0].kind == EXPR_ARG_NONE ? "" : "(", row->doc.summary);
			if (row->args[0].kind != EXPR_ARG_NONE)
				*strchr(wanted + 5, '(') = '\0';
			assert_non_null(strstr(text, wanted));
		}
	for (const struct expr_converter *const *table = proxy_language.converters; *table != NULL;
	     table++)
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++) {
			snprintf(wanted, sizeof(wanted), "- **`%s", row->doc.name);
			assert_non_null(strstr(text, wanted));
		}
	free(text);
}

static void refuses(const char *line, const char *why)
{
	struct strbuf said = STRBUF_EMPTY;
	unsigned errors = read_line("http", line, &said);

	if (errors != 1 || strstr(said.text, why) == NULL)
		fail_msg("%u errors in '%s':\n%s", errors, line, said.text);
	strbuf_free(&said);
}

static void accepts(const char *line)
{
	struct strbuf said = STRBUF_EMPTY;

	if (read_line("http", line, &said) != 0)
		fail_msg("'%s':\n%s", line, said.text);
	strbuf_free(&said);
}

static void test_names(void **state)
{
	refuses("acl a be_conn(nobody) gt 1", "there is no backend or listen section 'nobody'");
	refuses("acl a fe_conn(app) gt 1", "there is no frontend or listen section 'app'");
	refuses("acl a srv_is_up(app/web2)", "there is no server 'app/web2'");
	refuses("acl a srv_is_up(none/web1)", "there is no server 'none/web1'");
	refuses("acl a srv_is_up(web2)", "there is no server 'web2'");
	refuses("acl a http_auth(nobody)", "there is no userlist 'nobody'");
	refuses("http-request set-header a %[nbsrv(nobody)]", "section 'nobody'");
	refuses("http-request set-header a %[capture.req.hdr(-1)]", "numbered from 0");
	refuses("http-request set-header a %[fc_rtt(h)]", "no unit of time");
	accepts("acl a be_conn gt 1");
	accepts("acl a be_conn(main) gt 1");
	accepts("acl a fe_conn(main) gt 1");
	accepts("acl a srv_is_up(main/web1)");
	accepts("acl a srv_is_up(web1)");
	/* further down in the file */
	accepts("acl a nbsrv(later) gt 1\nbackend later\n mode http\n server s 127.0.0.1:80");
	accepts("acl a http_auth(late)\nuserlist late\n user u insecure-password p");
}

static struct slice text(const char *of)
{
	return slice_of(of);
}

/* The last is an example of SHA-256 in "Unix crypt using SHA-256 and SHA-512" by Ulrich Drepper. */
static void test_passwords(void **state)
{
	static const char *const groups[] = { "g1", "g2", NULL };
	struct userlist_user cat = {
		.name = "cat",
		.password = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
	};
	struct userlist_user dog = { .next = &cat, .name = "dog" };
	struct userlist_user tiger = { .next = &dog, .name = "tiger", .password = "scott",
				       .plain = true, .groups = groups };
	struct userlist list = { .name = "list", .users = &tiger };

	assert_true(userlist_check(&list, text("tiger"), text("scott"), NULL));
	assert_true(userlist_check(&list, text("tiger"), text("scott"), "g2"));
	assert_false(userlist_check(&list, text("tiger"), text("scott"), "g3"));
	assert_false(userlist_check(&list, text("tiger"), text("Scott"), NULL));
	assert_false(userlist_check(&list, text("tiger"), text(""), NULL));
	assert_false(userlist_check(&list, text("Tiger"), text("scott"), NULL));
	assert_false(userlist_check(&list, text("dog"), text(""), NULL));
	assert_true(userlist_check(&list, text("cat"), text("Hello world!"), NULL));
	assert_false(userlist_check(&list, text("cat"), text("Hello world?"), NULL));
	assert_false(
		userlist_check(&list, text("cat"), (struct slice){"Hello world!\0x", 14}, NULL));
	assert_false(userlist_check(&list, text("cat"), text("Hello world!"), "g1"));
	cat.password = "no hash";
	assert_false(userlist_check(&list, text("cat"), text("no hash"), NULL));
	assert_false(userlist_check(&list, text("cat"), text("*0"), NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_example),
		cmocka_unit_test(test_every_converter),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
