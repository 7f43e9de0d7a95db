/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_section.c - words of defaults, frontend, listen and backend
 * that set one value (configuration manual, chapter 4.2).
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const struct conf_choice keywords_modes[] = {
	{ "tcp", PROXY_MODE_TCP, "Bytes are passed on as they are." },
	{ "http", PROXY_MODE_HTTP, "Requests and responses are understood." },
	{ NULL, 0, NULL },
};

static void keywords_read_mode(struct conf_parse *parse, void *object, const struct conf_line *line,
			       unsigned at, bool no)
{
	struct section *section = object;
	const struct conf_word *word = &line->words[at];
	int mode;

	if (!conf_need_words(parse, line, at, 1, 1, "mode { tcp | http }"))
		return;
	if (strcmp(word->text, "health") == 0) {
		read_mode_health(parse, section, word);
		return;
	}
	if (strcmp(word->text, "log") == 0 || strcmp(word->text, "spop") == 0 ||
	    strcmp(word->text, "haterm") == 0) {
		report_not_supported(parse, word->span,
				     arena_printf(parse->arena, "mode %s", word->text), NULL);
		return;
	}
	if (!conf_read_choice(parse, word, keywords_modes, "mode", &mode))
		return;
	section->mode = (enum proxy_mode)mode;
	section->front.health = false;
	section->notes->mode_span = word->span;
	section->notes->mode_owner = section;
}

static void keywords_read_enabled(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 0, 0, "enabled"))
		section->disabled = false;
}

static void keywords_read_default_backend(struct conf_parse *parse, void *object,
					  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 1, 1, "default_backend <backend>"))
		return;
	section->front.default_backend_name = line->words[at].text;
	section->front.default_backend_span = line->words[at].span;
}

static void keywords_read_source(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct source_conf source;
	unsigned used = read_source(parse, line, at, false, &source);

	section->back.source = source.address;
	section->back.source_interface = source.interface;
	section->back.foreign = source.foreign;
	if (at + used < line->count)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at + used].span,
			 NULL, "unexpected word '%s'", line->words[at + used].text);
}

#define FRONT .where = CONF_DFL, .ignored_in = CONF_BACKEND
#define BACK  .where = CONF_DLB, .ignored_in = CONF_FRONTEND
#define BOTH  .where = CONF_DFLB
#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define FIELD(member) .offset = offsetof(struct section, member)

const struct conf_keyword proxy_keywords_section[] = {
	{ DOC("backlog", "Connections the kernel may queue before they are accepted.", "backlog 10000"),
	  FRONT, FIELD(front.backlog), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("default_backend", "Where clients go that no use_backend sends elsewhere.",
	      "default_backend web"),
	  FRONT, .type = CONF_PARSE, .parse = keywords_read_default_backend },
	{ DOC("description", "Text about this section for the statistics page.",
	      "description web servers of the shop"),
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, FIELD(description), .type = CONF_TEXT },
	{ DOC("disabled", "Switch the section off.", "disabled"),
	  BOTH, FIELD(disabled), .type = CONF_FLAG },
	{ DOC("enabled", "Switch the section on again, against its defaults.", "enabled"),
	  BOTH, .type = CONF_PARSE, .parse = keywords_read_enabled },
	{ DOC("fullconn", "Streams at which servers' limits reach maxconn from minconn.",
	      "fullconn 10000"),
	  BACK, FIELD(back.fullconn), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("id", "The section's number in statistics.", "id 7"),
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, FIELD(id), .type = CONF_INT,
	  .min = 1, .max = INT32_MAX },
	{ DOC("maxconn", "Connections from clients at one time; more wait in the kernel.",
	      "maxconn 10000"),
	  FRONT, FIELD(front.maxconn), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("mode", "What is spoken with clients and servers.", "mode tcp"),
	  BOTH, .type = CONF_PARSE, .preset = "tcp", .choices = keywords_modes,
	  .parse = keywords_read_mode },
	{ DOC("retries", "Attempts after the first that fails to reach a server.", "retries 3"),
	  BACK, FIELD(back.retries), .type = CONF_INT, .preset = "3", .min = 0,
	  .max = INT32_MAX },
	{ DOC("source", "The address that connections to servers come from.",
	      "source 10.1.1.80 interface lo"),
	  BACK, .type = CONF_PARSE, .parse = keywords_read_source },
	CONF_KEYWORDS_END,
};

#define TIMEOUT(word, places, member, what)                                                        \
	{ DOC("timeout " word, what, "timeout " word " 30s"), places,                     \
	  .type = CONF_DURATION, FIELD(member) }

const struct conf_keyword proxy_keywords_timeouts[] = {
	TIMEOUT("check", BACK, back.timeout_check,
		"How long a health check may take once connected."),
	TIMEOUT("client", FRONT, front.timeout_client,
		"How long a client may be silent, or not take what is sent."),
	TIMEOUT("client-fin", FRONT, front.timeout_client_fin,
		"The same once one side has closed."),
	TIMEOUT("connect", BACK, back.timeout_connect, "How long reaching a server may take."),
	TIMEOUT("http-keep-alive", BOTH, front.timeout_http_keep_alive,
		"How long a client may wait with its next request (mode http)."),
	TIMEOUT("http-request", BOTH, front.timeout_http_request,
		"How long a client may take for a request's head (mode http)."),
	TIMEOUT("queue", BACK, back.timeout_queue,
		"How long to wait for a server with room; without it the connect timeout."),
	TIMEOUT("server", BACK, back.timeout_server,
		"How long a server may be silent, or not take what is sent."),
	TIMEOUT("server-fin", BACK, back.timeout_server_fin,
		"The same once one side has closed."),
	TIMEOUT("tarpit", BOTH, http.timeout_tarpit,
		"How long 'tarpit' holds a client back; without it the connect timeout."),
	TIMEOUT("tunnel", BACK, back.timeout_tunnel,
		"Takes the place of client and server timeouts once data went both ways."),
	CONF_KEYWORDS_END,
};
