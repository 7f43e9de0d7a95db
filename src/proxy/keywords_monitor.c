/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_monitor.c - `monitor-net` and `mode health`, which HAProxy
 * had until 2.2: they do what they did, with a warning.
 */
#include "proxy/reading.h"

static void monitor_read_net(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	const struct http_except *network;

	if (!conf_need_words(parse, line, at, 1, 1, "monitor-net <address>[/<mask>]"))
		return;
	report_obsolete(parse, line->words[at - 1].span, "monitor-net",
			"'monitor-uri', or 'http-request return status 200 if { src ... }', "
			"takes its place");
	network = read_network(parse, &line->words[at]);
	if (network == NULL)
		return;
	if (network->network.storage.ss_family != AF_INET)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_address, line->words[at].span, NULL,
			 "'monitor-net' needs a network of IPv4");
	section->front.monitor_net = network;
}

void read_mode_health(struct conf_parse *parse, struct section *section,
		      const struct conf_word *word)
{
	report_obsolete(parse, word->span, "mode health",
			"'monitor-uri' in a mode http frontend takes its place");
	section->mode = PROXY_MODE_TCP;
	section->front.health = true;
	section->notes->mode_span = word->span;
	section->notes->mode_owner = section;
}

void monitor_resolve(struct section *section)
{
	struct frontend_conf *front = &section->front;
	bool http = front->health ? section->back.check.kind == CHECK_HTTP
				  : section->mode == PROXY_MODE_HTTP;

	if (http && (front->health || front->monitor_net != NULL))
		front->monitor_answer = "HTTP/1.0 200 OK\r\n\r\n";
	else if (front->health)
		front->monitor_answer = "OK\n";
	else if (front->monitor_net != NULL)
		front->monitor_answer = "";
}

const struct conf_keyword proxy_keywords_monitor[] = {
	{ .doc = { .name = "monitor-net", .since = "0.5",
		   .summary = "Old form: clients of this network are told that all is well, and no more.",
		   .example = "monitor-net 192.168.0.252/31" },
	  .where = CONF_DFL, .type = CONF_PARSE, .parse = monitor_read_net },
	CONF_KEYWORDS_END,
};
