/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any request for the statistics. Beyond not crashing: a reply is one whole
 * answer, and without the password no input gets a 200.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin/stats.h"
#include "diag/report.h"
#include "proxy/proxy.h"
#include "proxy/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] = "listen stats\n"
			     "  bind 127.0.0.1:20999\n"
			     "  mode http\n"
			     "  stats uri /stats\n"
			     "  stats auth admin:a-password-that-no-mutation-finds\n"
			     "listen open\n"
			     "  bind 127.0.0.1:20998\n"
			     "  mode http\n"
			     "  stats uri /stats\n";

static struct proxy *proxy;
static struct proxy_args args;

static void start(void)
{
	struct diag_report *report = diag_report_new();

	args = (struct proxy_args){ .page = page_map(), .threads = 1, .maxconn = 100 };
	args.conf = proxy_conf_read_text("fuzz.cfg", config, sizeof(config) - 1, report);
	if (diag_count(report, DIAG_ERROR) != 0)
		abort();
	diag_report_free(report);
	proxy = proxy_new(&args);
	if (proxy == NULL)
		abort();
}

static void ask(const struct section *section, const struct http_message *message)
{
	struct proxy_service_request request = { .proxy = proxy, .section = section,
						 .page = args.page, .message = message };
	struct strbuf reply = STRBUF_EMPTY;

	if (!admin_stats_service.wants(section, message))
		return;
	admin_stats_service.handle(&request, &reply);
	if (strncmp(reply.text, "HTTP/1.1 ", 9) != 0 || strstr(reply.text, "\r\n\r\n") == NULL)
		abort();
	if (section->stats.users != NULL && reply.text[9] == '2')
		abort();
	strbuf_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message message = { .headers = headers, .header_max = HTTP_HEADERS_PRESET };
	const char *why;
	size_t at;

	if (proxy == NULL)
		start();
	if (http_request_parse((const char *)data, size, size, (struct http_leniency){ false },
			       &message, &why, &at) != HTTP_PARSE_DONE)
		return 0;
	for (const struct section *section = args.conf->sections; section != NULL;
	     section = section->next)
		ask(section, &message);
	return 0;
}
