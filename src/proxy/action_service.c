/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_service.c - use-service: an answer of something within this process (service.h). */
#include <string.h>

#include "proxy/action.h"
#include "proxy/run.h"
#include "proxy/stream.h"

static unsigned service_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	static const char *const names[] = { "prometheus-exporter", NULL };

	if (!action_need(parse, rule, line, at, 1, "<service>"))
		return 0;
	if (strcmp(line->words[at + 1].text, names[0]) != 0) {
		conf_error_unknown(parse, &line->words[at + 1], "service", names);
		return 0;
	}
	return at + 2;
}

static enum rule_verdict service_run(const struct rule *rule, struct rule_run *run)
{
	const struct proxy *proxy = run->stream->worker->proxy;
	const struct proxy_service *service = proxy->args->metrics_service;
	const struct proxy_service_request request = {
		.proxy = proxy,
		.section = run->section,
		.page = proxy->page,
		.message = &run->txn->request,
	};
	struct strbuf *reply = &run->txn->service_reply;

	if (service == NULL)
		return RULE_ERROR;
	service->handle(&request, reply);
	if (reply->len == 0)
		return RULE_ERROR;
	txn_reply(run->txn, (struct slice){ reply->text, reply->len }, 'L', 'R');
	return RULE_REPLY;
}

const struct rule_action rule_actions_service[] = {
	{ .doc = { .name = "use-service", .since = "0.3",
		   .summary = "Answer with what a service of this process has to say.",
		   .example = "http-request use-service prometheus-exporter if { path /metrics }" },
	  .lists = IN_REQUEST, .final = true, .parse = service_read,
	  .run = service_run },
	{ .doc = { .name = NULL } },
};
