/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics as a service: requests as clients send them, replies as they get them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/stats.h"
#include "diag/report.h"
#include "proxy/proxy.h"
#include "proxy/run.h"

static const char config[] = "defaults\n"
			     "  timeout client 5s\n"
			     "  timeout server 5s\n"
			     "  timeout connect 1s\n"
			     "listen stats\n"
			     "  bind 127.0.0.1:20999\n"
			     "  mode http\n"
			     "  stats enable\n"
			     "  stats uri /stats\n"
			     "  stats realm HAProxy\\ Statistics\n"
			     "  stats auth admin:PASSWORD\n"
			     "  stats refresh 5\n"
			     "listen web\n"
			     "  bind 127.0.0.1:20998\n"
			     "  mode tcp\n"
			     "  balance source\n"
			     "  server w1 127.0.0.1:80 maxconn 60\n"
			     "  server w2 127.0.0.1:81 disabled weight 5\n";

#define AUTHORIZED "Authorization: Basic YWRtaW46UEFTU1dPUkQ=\r\n"

struct world {
	struct proxy_conf *conf;
	struct page *page;
	struct proxy_args args;
	struct proxy *proxy;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct diag_report *report = diag_report_new();

	world->conf = proxy_conf_read_text("test.cfg", config, strlen(config), report);
	if (diag_count(report, DIAG_ERROR) != 0)
		return -1;
	diag_report_free(report);
	world->conf->sections->stats.realm = "a\"b\\c\r\nd";
	world->page = page_map();
	world->args = (struct proxy_args){ .conf = world->conf, .page = world->page, .threads = 2,
					   .maxconn = 100 };
	world->proxy = proxy_new(&world->args);
	*state = world;
	return world->proxy == NULL;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	proxy_free(world->proxy);
	page_unmap(world->page);
	proxy_conf_free(world->conf);
	free(world);
	return 0;
}

struct reply {
	enum proxy_service_result result;
	struct strbuf text;
	size_t consumed;
};

static struct reply ask(void **state, const char *request, bool at_end)
{
	struct world *world = *state;
	struct proxy_service_request given = {
		.proxy = world->proxy, .section = world->conf->sections, .page = world->page,
		.bytes = request, .len = strlen(request), .at_end = at_end,
	};
	struct reply reply = { .text = STRBUF_EMPTY };

	reply.result = admin_stats_service.handle(&given, &reply.text, &reply.consumed);
	assert_true(reply.consumed <= given.len);
	return reply;
}

/* Content-Length is that of the body that is there. */
static const char *body_of(const struct reply *reply)
{
	const char *body = strstr(reply->text.text, "\r\n\r\n") + 4;
	const char *length = strstr(reply->text.text, "content-length: ");

	assert_non_null(length);
	assert_int_equal(strtoul(length + 16, NULL, 10), strlen(body));
	return body;
}

static void begins(const struct reply *reply, const char *line)
{
	if (strncmp(reply->text.text, line, strlen(line)) != 0)
		fail_msg("'%.60s' is not '%s'", reply->text.text, line);
}

static void page_and_table(void **state)
{
	struct reply reply = ask(state, "GET /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", false);

	begins(&reply, "HTTP/1.1 200 OK\r\n");
	assert_int_equal(reply.result, PROXY_SERVICE_REPLY);
	assert_non_null(strstr(reply.text.text, "\r\nrefresh: 5\r\n"));
	assert_null(strstr(reply.text.text, "\r\nconnection:"));
	assert_non_null(strstr(body_of(&reply), "<h3>web<small>"));
	strbuf_free(&reply.text);

	reply = ask(state, "GET /stats;csv;norefresh HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", false);
	begins(&reply, "HTTP/1.1 200 OK\r\n");
	assert_null(strstr(reply.text.text, "refresh:"));
	assert_non_null(strstr(body_of(&reply), "\nweb,w2,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,"));
	assert_non_null(strstr(body_of(&reply), "\nweb,FRONTEND,,,0,0,100,0,"));
	strbuf_free(&reply.text);

	reply = ask(state, "GET /stats;csv;no-maint HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", false);
	assert_null(strstr(body_of(&reply), "\nweb,w2,"));
	assert_non_null(strstr(body_of(&reply), "\nweb,w1,"));
	strbuf_free(&reply.text);
}

static void head_has_no_body(void **state)
{
	struct reply get = ask(state, "GET /stats;csv HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", false);
	struct reply head = ask(state, "HEAD /stats;csv HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", false);
	size_t head_len = (size_t)(body_of(&get) - get.text.text);

	assert_int_equal(head.text.len, head_len);
	assert_memory_equal(head.text.text, get.text.text, head_len);
	strbuf_free(&get.text);
	strbuf_free(&head.text);
}

static void refusals(void **state)
{
	static const struct {
		const char *request, *line;
		enum proxy_service_result result;
	} rows[] = {
		{ "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 401 Unauthorized\r\n",
		  PROXY_SERVICE_REPLY },
		{ "GET /stats;csv HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n\r\n",
		  "HTTP/1.1 401 Unauthorized\r\n", PROXY_SERVICE_REPLY },
		{ "GET / HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n", "HTTP/1.1 404 Not Found\r\n",
		  PROXY_SERVICE_REPLY },
		{ "GET /statsx HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n",
		  "HTTP/1.1 404 Not Found\r\n", PROXY_SERVICE_REPLY },
		{ "DELETE /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n",
		  "HTTP/1.1 405 Method Not Allowed\r\n", PROXY_SERVICE_REPLY },
		{ "POST /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "Content-Length: 4\r\n\r\nab",
		  "HTTP/1.1 405 Method Not Allowed\r\n", PROXY_SERVICE_CLOSE },
		{ "GET /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		  "HTTP/1.1 200 OK\r\n", PROXY_SERVICE_CLOSE },
		{ "GET /stats\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", PROXY_SERVICE_CLOSE },
		{ "GET /stats HTTP/3.0\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported\r\n",
		  PROXY_SERVICE_CLOSE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = ask(state, rows[i].request, false);

		begins(&reply, rows[i].line);
		assert_int_equal(reply.result, rows[i].result);
		if (reply.result == PROXY_SERVICE_CLOSE)
			assert_non_null(strstr(reply.text.text, "\r\nconnection: close\r\n"));
		body_of(&reply);
		strbuf_free(&reply.text);
	}
}

/* A realm of any bytes stays within its quotes. */
static void realm_is_quoted(void **state)
{
	struct reply reply = ask(state, "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n", false);

	assert_non_null(strstr(reply.text.text,
			       "\r\nwww-authenticate: Basic realm=\"a\\\"b\\\\c\?\?d\", "));
	strbuf_free(&reply.text);
}

static void persistence(void **state)
{
	static const struct {
		const char *request;
		enum proxy_service_result result;
		const char *header; /* or NULL */
	} rows[] = {
		{ "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", PROXY_SERVICE_REPLY, NULL },
		{ "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", PROXY_SERVICE_CLOSE,
		  "\r\nconnection: close\r\n" },
		{ "GET /x HTTP/1.0\r\n\r\n", PROXY_SERVICE_CLOSE, "\r\nconnection: close\r\n" },
		{ "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", PROXY_SERVICE_REPLY,
		  "\r\nconnection: keep-alive\r\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = ask(state, rows[i].request, false);

		assert_int_equal(reply.result, rows[i].result);
		if (rows[i].header == NULL)
			assert_null(strstr(reply.text.text, "\r\nconnection:"));
		else
			assert_non_null(strstr(reply.text.text, rows[i].header));
		strbuf_free(&reply.text);
	}
}

static void pieces_and_pipelines(void **state)
{
	const char *two = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n";
	struct reply reply = ask(state, two, false);

	assert_int_equal(reply.result, PROXY_SERVICE_REPLY);
	assert_int_equal(reply.consumed, strstr(two, "GET /b") - two);
	strbuf_free(&reply.text);

	reply = ask(state, strstr(two, "GET /b"), false);
	assert_int_equal(reply.result, PROXY_SERVICE_MORE);
	assert_int_equal(reply.text.len, 0);
	assert_int_equal(reply.consumed, 0);

	reply = ask(state, strstr(two, "GET /b"), true); /* and its sender has gone */
	assert_int_equal(reply.result, PROXY_SERVICE_CLOSE);
	begins(&reply, "HTTP/1.1 400 ");
	strbuf_free(&reply.text);

	reply = ask(state, "", true);
	assert_int_equal(reply.result, PROXY_SERVICE_CLOSE);
	assert_int_equal(reply.text.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_and_table), cmocka_unit_test(head_has_no_body),
		cmocka_unit_test(refusals),	  cmocka_unit_test(realm_is_quoted),
		cmocka_unit_test(persistence),	  cmocka_unit_test(pieces_and_pipelines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
