/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes into a stats socket of level admin, as one connection after the
 * other: no crash, no leak, and the next one is served.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/cli.h"
#include "admin/form.h"
#include "admin/page.h"
#include "base/page.h"
#include "base/strbuf.h"
#include "diag/report.h"
#include "proxy/proxy.h"
#include "proxy/run.h"
#include "proxy/server.h"
#include "proxy/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] = "global\n"
			     "  stats socket abns@relevo-fuzz level admin\n"
			     "  stats maxconn 10000\n" /* those that wait stay a while */
			     "defaults\n"
			     "  mode http\n"
			     "  timeout client 5s\n"
			     "  timeout server 5s\n"
			     "  timeout connect 1s\n"
			     "listen web\n"
			     "  bind 127.0.0.1:20999\n"
			     "  acl bad src 10.0.0.0/8\n"
			     "  server a 127.0.0.1:1 cookie a\n"
			     "  server b 127.0.0.1:2 weight 5 backup\n"
			     "  server c 127.0.0.1:3 check inter 1h\n"
			     "backend fixed\n"
			     "  balance source\n"
			     "  server a 127.0.0.1:1\n"
			     "defaults named\n"
			     "  mode http\n"
			     "defaults bare\n"
			     "  timeout server 5s\n";

static struct proxy *proxy;
static struct proxy_args args;
static struct page *page;
static void *cli;
static int listen_fds[1] = { -1 }, cli_fd = -1;
static struct sockaddr_un address;

/* A name that no other run of this fuzzer has. */
static void open_socket(void)
{
	socklen_t len = sizeof(address);
	struct sockaddr_un any = { .sun_family = AF_UNIX };

	cli_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (cli_fd < 0 || bind(cli_fd, (struct sockaddr *)&any, sizeof(sa_family_t)) < 0 ||
	    listen(cli_fd, 16) < 0 || getsockname(cli_fd, (struct sockaddr *)&address, &len) < 0)
		abort();
}

static void start(void)
{
	struct diag_report *report = diag_report_new();

	page = page_map();
	args = (struct proxy_args){ .page = page, .threads = 1, .maxconn = 100,
				    .listen_fds = listen_fds };
	args.conf = proxy_conf_read_text("fuzz.cfg", config, sizeof(config) - 1, report);
	if (diag_count(report, DIAG_ERROR) != 0)
		abort();
	diag_report_free(report);
	proxy = proxy_new(&args);
	if (proxy == NULL)
		abort();
	proxy->workers = calloc(1, sizeof(*proxy->workers));
	if (worker_init(&proxy->workers[0], proxy, 0) < 0 ||
	    server_start_checks(&proxy->workers[0]) < 0)
		abort();
	open_socket();
	if (admin_cli_service.start(proxy, &cli_fd, &cli) < 0)
		abort();
}

/* Lets the loop work while there is something to say; returns how much was said. */
static size_t talk(const void *bytes, size_t size)
{
	struct loop *loop = proxy->workers[0].loop;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	static char answer[65536];
	size_t said = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(sa_family_t) + 6) < 0)
		abort();
	if (send(fd, bytes, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		abort();
	shutdown(fd, SHUT_WR);
	for (unsigned turn = 0; turn < 4000; turn++) {
		ssize_t got;

		loop_turn(loop, 0);
		got = recv(fd, answer, sizeof(answer), 0);
		if (got > 0)
			said += (size_t)got;
		else if (got == 0 || errno != EAGAIN)
			break;
	}
	close(fd);
	for (unsigned turn = 0; turn < 3; turn++)
		loop_turn(loop, 0);
	return said;
}

/* The same bytes as what the statistics page's form sends. */
static void send_form(const uint8_t *data, size_t size)
{
	static const struct net_endpoint client = { .family = AF_INET };
	const struct http_message message = { .header_count = 0 };
	const struct proxy_service_request request = {
		.proxy = proxy,
		.worker = &proxy->workers[0],
		.section = args.conf->sections,
		.page = page,
		.message = &message,
		.body = { (const char *)data, size },
		.body_complete = true,
		.client = &client,
		.may_change = true,
	};

	static const struct guard guard = { .ready = true };
	const struct form_asker asker = { .guard = &guard };
	const struct stats_view view = { .conf = &request.section->stats, .token = "" };
	struct strbuf html = STRBUF_EMPTY;
	struct form form;

	form_read(&request, &form);
	enum form_outcome outcome = form_check(&request, &form, &asker);
	if (outcome == FORM_DONE && form.action->own)
		abort(); /* without its token */
	if (form.action != NULL && form.action->own)
		guard_token(&guard, request.section->name, "", form.token);
	outcome = form_check(&request, &form, &asker);
	if (outcome != FORM_DONE)
		return;
	stats_page_confirm(&view, &form, &html);
	if (strstr(html.text, "<script>alert") != NULL)
		abort();
	strbuf_free(&html);
	if (form_apply(&request, &form, &asker) >= FORM_OUTCOMES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char question[] = "show cli level\n";

	if (proxy == NULL)
		start();
	talk(data, size > 16000 ? 16000 : size);
	send_form(data, size);
	if (talk(question, strlen(question)) != strlen("admin\n\n"))
		abort();
	return 0;
}
