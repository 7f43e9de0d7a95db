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
	struct strbuf text;
};

static void read_head(const char *request, struct http_header *headers,
		      struct http_message *ret_message)
{
	const char *why;
	size_t at;

	*ret_message = (struct http_message){ .headers = headers,
					      .header_max = HTTP_HEADERS_PRESET };
	assert_int_equal(http_request_parse(request, strlen(request), 8192,
					    (struct http_leniency){ false }, ret_message, &why,
					    &at),
			 HTTP_PARSE_DONE);
}

static struct reply ask(void **state, const char *request)
{
	struct world *world = *state;
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message message;
	struct reply reply = { .text = STRBUF_EMPTY };

	read_head(request, headers, &message);
	admin_stats_service.handle(
		&(struct proxy_service_request){ .proxy = world->proxy,
						 .section = world->conf->sections,
						 .page = world->page, .message = &message },
		&reply.text);
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
	struct reply reply = ask(state, "GET /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n");

	begins(&reply, "HTTP/1.1 200 OK\r\n");
	assert_non_null(strstr(body_of(&reply), "<meta http-equiv=refresh content=5>"));
	assert_null(strstr(reply.text.text, "\r\nconnection:"));
	assert_non_null(strstr(body_of(&reply), "<h3>web</h3>"));
	strbuf_free(&reply.text);

	reply = ask(state, "GET /stats;csv;norefresh HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n");
	begins(&reply, "HTTP/1.1 200 OK\r\n");
	assert_null(strstr(reply.text.text, "refresh:"));
	assert_non_null(strstr(body_of(&reply), "\nweb,w2,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,"));
	assert_non_null(strstr(body_of(&reply), "\nweb,FRONTEND,,,0,0,100,0,"));
	strbuf_free(&reply.text);

	reply = ask(state, "GET /stats;csv;no-maint HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n");
	assert_null(strstr(body_of(&reply), "\nweb,w2,"));
	assert_non_null(strstr(body_of(&reply), "\nweb,w1,"));
	strbuf_free(&reply.text);
}

static void refusals(void **state)
{
	static const struct {
		const char *request, *line;
	} rows[] = {
		{ "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 401 Unauthorized\r\n" },
		{ "GET /stats;csv HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n\r\n",
		  "HTTP/1.1 401 Unauthorized\r\n" },
		{ "DELETE /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "\r\n",
		  "HTTP/1.1 405 Method Not Allowed\r\n" },
		{ "POST /stats HTTP/1.1\r\nHost: h\r\n" AUTHORIZED "Content-Length: 4\r\n\r\nab",
		  "HTTP/1.1 405 Method Not Allowed\r\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = ask(state, rows[i].request);

		begins(&reply, rows[i].line);
		body_of(&reply);
		strbuf_free(&reply.text);
	}
}

/* Only what `stats uri` names; a longer path is somebody else's. */
static void wants_its_own(void **state)
{
	static const struct {
		const char *request;
		bool wanted;
	} rows[] = {
		{ "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n", true },
		{ "GET /stats;csv HTTP/1.1\r\nHost: h\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", false },
		{ "GET /statsx HTTP/1.1\r\nHost: h\r\n\r\n", false },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header headers[HTTP_HEADERS_PRESET];
		struct http_message message;

		read_head(rows[i].request, headers, &message);
		assert_int_equal(admin_stats_service.wants(world->conf->sections, &message),
				 rows[i].wanted);
	}
}

/* A realm of any bytes stays within its quotes. */
static void realm_is_quoted(void **state)
{
	struct reply reply = ask(state, "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n");

	assert_non_null(strstr(reply.text.text,
			       "\r\nwww-authenticate: Basic realm=\"a\\\"b\\\\c\?\?d\", "));
	strbuf_free(&reply.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_and_table),  cmocka_unit_test(refusals),
		cmocka_unit_test(realm_is_quoted), cmocka_unit_test(wants_its_own),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
