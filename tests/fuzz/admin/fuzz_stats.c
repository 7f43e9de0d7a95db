/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anything sent to the statistics' port, in two pieces. Beyond not crashing:
 * a reply is one whole answer with its length, and without the password no
 * input gets a 200.
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

static void ask(const struct section *section, const char *bytes, size_t len, bool at_end)
{
	struct proxy_service_request request = { .proxy = proxy, .section = section,
						 .page = args.page, .bytes = bytes, .len = len,
						 .at_end = at_end };
	struct strbuf reply = STRBUF_EMPTY;
	size_t consumed = 0;
	enum proxy_service_result result =
		admin_stats_service.handle(&request, &reply, &consumed);

	if (consumed > len || (result == PROXY_SERVICE_REPLY && consumed == 0))
		abort();
	if ((result == PROXY_SERVICE_MORE) != (reply.len == 0) && !(at_end && len == 0))
		abort();
	if (reply.len != 0 && (strncmp(reply.text, "HTTP/1.1 ", 9) != 0 ||
			       strstr(reply.text, "\r\n\r\n") == NULL))
		abort();
	if (reply.len != 0 && section->stats.users != NULL && reply.text[9] == '2')
		abort();
	strbuf_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;

	if (proxy == NULL)
		start();
	for (const struct section *section = args.conf->sections; section != NULL;
	     section = section->next) {
		ask(section, bytes, size / 2, false);
		ask(section, bytes, size, true);
	}
	return 0;
}
