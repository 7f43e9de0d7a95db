/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_old.c - words that HAProxy once had and took away. Where a
 * modern form exists here they are translated with a warning that names it;
 * otherwise a warning says what took their place.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"
#include "proxy/rule.h"

/* `dispatch ADDRESS:PORT`: a backend of one nameless server. */
static void old_read_dispatch(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct section *section = object;
	const struct conf_word *word = &line->words[at];
	struct conf_word name = {.text = "dispatch", .span = line->words[at - 1].span};
	struct server_conf *server;

	if (!conf_need_words(parse, line, at, 1, 1, "dispatch <address>:<port>"))
		return;
	report_old_form(parse, name.span, "dispatch",
			arena_printf(parse->arena, "server dispatch %s", word->text));
	server = server_add(parse, section, &name);
	if (!server_read_address(parse, server, word))
		return;
	section->notes->dispatch = true;
	if (net_address_port(&server->address) == 0 && server->address.storage.ss_family != AF_UNIX)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_address, word->span, NULL,
			 "'dispatch' needs a port");
}

/* `bind-process`: there is one process, and its threads serve everything. */
static void old_read_bind_process(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	uint64_t processes;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "bind-process { all | <processes> }"))
		return;
	for (unsigned i = at; i < line->count; i++) {
		if (!read_thread_set(line->words[i].text, &processes) ||
		    strchr(line->words[i].text, '/') != NULL) {
			diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[i].span,
				 NULL, "'%s' names no processes", line->words[i].text);
			return;
		}
	}
	report_obsolete(parse, line->words[at - 1].span, "bind-process",
			"there is one process, whose threads all serve this section: remove the "
			"line, or write 'thread' on 'bind' lines");
}

static void old_read_grace(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	uint32_t *grace_ms = &reading_conf(parse)->global.grace_ms;
	uint32_t ms;

	if (!conf_need_words(parse, line, at, 1, 1, "grace <time>") ||
	    !conf_read_duration(parse, &line->words[at], &ms))
		return;
	report_obsolete(parse, line->words[at - 1].span, "grace",
			"all addresses stay open for the longest one: write it in 'global'");
	if (ms > *grace_ms)
		*grace_ms = ms;
}

/* `tcp-request accept|reject`, of a time when there was one list of rules. */
static void old_read_connection(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct rule *rule = rule_parse(parse, section, RULES_CONNECTION, line, at - 1);

	report_old_form(parse, line->words[at - 1].span,
			arena_printf(parse->arena, "tcp-request %s", line->words[at - 1].text),
			arena_printf(parse->arena, "tcp-request connection %s",
				     conf_line_text(parse, line, at - 1)));
	if (rule != NULL)
		rule_append(parse, &section->rules, rule);
}

/* Clients' own destinations as the servers; proxy/resolve.c adds the server. */
static void old_read_transparent(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 0, 0, "transparent"))
		return;
	if (!no)
		report_old_form(parse, line->words[at - 1].span, "transparent",
				"server any 0.0.0.0");
	section->notes->transparent = !no;
	section->notes->transparent_span = line->words[at - 1].span;
}

static void old_read_chksize(struct conf_parse *parse, void *section, const struct conf_line *line,
			     unsigned at, bool no)
{
	if (conf_need_words(parse, line, at, 1, 1, "tune.chksize <bytes>"))
		report_obsolete(parse, line->words[at - 1].span, "tune.chksize",
				"remove the line; 'tune.bufsize' took its place");
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define MODERN(word, places, now, line)                                                            \
	{ DOC(word, "Old form of " now ".", line), .where = places, .type = CONF_PARSE,            \
	  .may_no = true, .modern = now }
#define OLD(word, places, function, what, line)                                                    \
	{ DOC(word, what, line), .where = places, .type = CONF_PARSE, .may_no = true, .parse = function }

const struct conf_keyword proxy_keywords_old[] = {
	MODERN("clitimeout", CONF_DFL, "timeout client", "clitimeout 60000"),
	MODERN("contimeout", CONF_DLB, "timeout connect", "contimeout 5000"),
	MODERN("srvtimeout", CONF_DLB, "timeout server", "srvtimeout 60000"),
	MODERN("timeout clitimeout", CONF_DFL, "timeout client", "timeout clitimeout 60s"),
	MODERN("timeout contimeout", CONF_DLB, "timeout connect", "timeout contimeout 5s"),
	MODERN("timeout srvtimeout", CONF_DLB, "timeout server", "timeout srvtimeout 60s"),
	MODERN("redispatch", CONF_DLB, "option redispatch", "redispatch"),
	MODERN("option tcpsplice", CONF_DFLB, "option splice-auto", "option tcpsplice"),

	OLD("bind-process", CONF_DFLB, old_read_bind_process,
	    "Old form without effect: there is one process.", "bind-process all"),
	{ DOC("dispatch", "Old form of a single server.", "dispatch 10.1.1.30:80"),
	  .where = CONF_LISTEN | CONF_BACKEND, .ignored_in = CONF_FRONTEND, .type = CONF_PARSE,
	  .parse = old_read_dispatch },
	OLD("grace", CONF_DFLB, old_read_grace, "Old form of 'grace' in 'global'; the longest one holds.",
	    "grace 10s"),
	OLD("option transparent", CONF_DLB, old_read_transparent,
	    "Old form of a server without an address: clients' own destinations.",
	    "option transparent"),
	OLD("transparent", CONF_DLB, old_read_transparent,
	    "Old form of a server without an address: clients' own destinations.", "transparent"),
	{ .doc = { .name = "tcp-request accept", .since = "0.5",
		   .summary = "Old form of tcp-request connection accept.",
		   .example = "tcp-request accept if { src 10.0.0.0/8 }" },
	  .where = CONF_FRONTEND | CONF_LISTEN, .type = CONF_PARSE, .parse = old_read_connection },
	{ .doc = { .name = "tcp-request reject", .since = "0.5",
		   .summary = "Old form of tcp-request connection reject.",
		   .example = "tcp-request reject if { src 192.0.2.0/24 }" },
	  .where = CONF_FRONTEND | CONF_LISTEN, .type = CONF_PARSE, .parse = old_read_connection },
	OLD("tune.chksize", CONF_GLOBAL, old_read_chksize, "Removed, without effect.",
	    "tune.chksize 16384"),
	CONF_KEYWORDS_END,
};
