/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_forward.c - reads `log-forward` sections (configuration manual
 * 3.10): addresses that take syslog messages of others, by TCP or datagrams,
 * and the targets that they are sent on to. log_receive.c does it.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static struct log_forward *forward_of(void *section)
{
	return container_of((struct section *)section, struct log_forward, section);
}

static struct log_forward *forward_new(struct conf_parse *parse)
{
	struct log_forward *forward = arena_zalloc(parse->arena, sizeof(*forward));
	struct section *section = &forward->section;

	section->kind = SECTION_LOG_FORWARD;
	section->name = "";
	section->notes = arena_zalloc(parse->arena, sizeof(*section->notes));
	section->notes->last_bind = &section->front.binds;
	section->acls = acl_scope_new(parse->arena, NULL);
	conf_apply_presets(parse, CONF_LOG_FORWARD, section);
	return forward;
}

static void *forward_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct log_forward *forward = forward_new(parse);
	struct log_forward **last = &conf->log_forwards;

	if (line == NULL)
		return &forward->section;
	if (!conf_need_words(parse, line, 1, 1, 1, "log-forward <name>") ||
	    !name_valid(parse, &line->words[1], "log-forward"))
		return NULL;
	forward->section.name = line->words[1].text;
	forward->section.span = line->words[1].span;
	for (; *last != NULL; last = &(*last)->next)
		if (strcmp((*last)->section.name, forward->section.name) == 0)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate,
				 forward->section.span, NULL, "another log-forward is called '%s'",
				 forward->section.name);
	*last = forward;
	return &forward->section;
}

void log_forward_check(struct conf_parse *parse, struct log_forward *forward)
{
	const struct section *section = &forward->section;

	if (section->front.binds == NULL)
		diag_add(parse->report, DIAG_WARNING, &diag_missing, section->span,
			 "give it a 'bind' or 'dgram-bind' line",
			 "log-forward '%s' listens on no address", section->name);
	if (section->log.count == 0)
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, section->span,
			 "add 'log <address> <facility>'", "log-forward '%s' has no log server",
			 section->name);
	for (const struct bind_conf *bind = section->front.binds; bind != NULL; bind = bind->next)
		if (bind->accept_proxy && !bind->listener.datagrams)
			report_not_supported(parse, bind->span,
					     "accept-proxy of a log-forward section", NULL);
}

/* ---- the rows ---- */

static void forward_read_datagrams(struct conf_parse *parse, void *section,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct bind_conf model = { .listener.datagrams = true };

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     "dgram-bind <address>:<port>[-<port>][, ...] [options]"))
		return;
	bind_preset(&model);
	conf_parse_options(parse, proxy_bind_options, &model, line, at + 1, "bind option");
	model.listener.datagrams = true;
	bind_add(parse, section, &line->words[at], &model);
}

static void forward_read_dont_parse(struct conf_parse *parse, void *section,
				    const struct conf_line *line, unsigned at, bool no)
{
	if (conf_need_words(parse, line, at, 0, 0, "option dont-parse-log"))
		forward_of(section)->dont_parse = !no;
}

static void forward_read_by_newline(struct conf_parse *parse, void *section,
				    const struct conf_line *line, unsigned at, bool no)
{
	if (conf_need_words(parse, line, at, 0, 0, "option assume-rfc6587-ntf"))
		forward_of(section)->by_newline = !no;
}

static void forward_read_host(struct conf_parse *parse, void *section,
			      const struct conf_line *line, unsigned at, bool no)
{
	static const char *const names[] = {
		[LOG_HOST_KEEP] = "keep",
		[LOG_HOST_REPLACE] = "replace",
		[LOG_HOST_FILL] = "fill",
		[LOG_HOST_APPEND] = "append",
		NULL,
	};

	if (!conf_need_words(parse, line, at, 1, 1, "option host keep|replace|fill|append"))
		return;
	for (unsigned i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], line->words[at].text) == 0) {
			forward_of(section)->host = (enum log_forward_host)i;
			return;
		}
	conf_error_unknown(parse, &line->words[at], "argument", names);
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }
#define FIELD(member) .offset = offsetof(struct section, member)
#define WHERE .where = CONF_LOG_FORWARD

const struct conf_keyword proxy_keywords_log_forward[] = {
	{ DOC("backlog", "Connections the kernel may queue before they are accepted.", "backlog 100"),
	  WHERE, FIELD(front.backlog), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("dgram-bind", "Addresses that take messages as datagrams: UDP, or a Unix socket.",
	      "dgram-bind 127.0.0.1:1514"),
	  WHERE, .type = CONF_PARSE, .parse = forward_read_datagrams },
	{ DOC("maxconn", "TCP connections at one time; more wait in the kernel.", "maxconn 100"),
	  WHERE, FIELD(front.maxconn), .type = CONF_INT, .preset = "10", .min = 0, .max = INT32_MAX },
	{ DOC("option assume-rfc6587-ntf", "In TCP a newline ends each message, whatever it begins with.",
	      "option assume-rfc6587-ntf"),
	  WHERE, .type = CONF_PARSE, .may_no = true, .parse = forward_read_by_newline },
	{ DOC("option dont-parse-log", "Take the whole message as text, to be sent on by 'format raw'.",
	      "option dont-parse-log"),
	  WHERE, .type = CONF_PARSE, .may_no = true, .parse = forward_read_dont_parse },
	{ DOC("option host", "What becomes of the host name: keep it, replace it by the sender's address, fill that in where there is none, or append it.",
	      "option host fill"),
	  WHERE, .type = CONF_PARSE, .parse = forward_read_host },
	{ DOC("timeout client", "Longest silence of a TCP connection.", "timeout client 60s"),
	  WHERE, FIELD(front.timeout_client), .type = CONF_DURATION },
	CONF_KEYWORDS_END,
};

const struct conf_section proxy_section_log_forward = {
	.doc = { .name = "log-forward", .since = "0.3",
		 .summary = "Takes syslog messages of others and sends them on to its log servers.",
		 .example = "log-forward syslog" },
	.where = CONF_LOG_FORWARD,
	.open = forward_open,
};
