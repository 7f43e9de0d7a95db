/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_http.c - options and single values of mode http
 * (configuration manual, chapter 4.2). They stand in defaults for every mode;
 * where HAProxy says that mode tcp ignores one, proxy/checks.c does too.
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* The row of `option NAME`; each of these writes one field. */
static const struct conf_keyword *http_option_row(const char *name)
{
	const struct conf_keyword *row = proxy_keywords_http;

	while (strncmp(row->doc.name, "option ", 7) != 0 || strcmp(row->doc.name + 7, name) != 0)
		row++;
	return row;
}

static void http_read_flag(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	const struct conf_keyword *row = http_option_row(line->words[at - 1].text);

	if (conf_need_words(parse, line, at, 0, 0, NULL))
		*(bool *)((char *)object + row->offset) = !no;
}

static void http_read_warned_flag(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	http_read_flag(parse, object, line, at, no);
	http_word_note(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP);
}

/* Words whose feature is not there yet: refused in mode http, ignored elsewhere. */
static void http_read_missed(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, HTTP_WORD_MISSED_IN_HTTP);
}

/* Says in mode tcp that it does nothing, and does nothing in mode http either. */
static void http_read_idle(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	if (conf_need_words(parse, line, at, 0, 0, NULL))
		http_word_note(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP);
}

/* httpclose, http-server-close, http-keep-alive: the last one counts; `no` takes back its own. */
static void http_read_connection(struct conf_parse *parse, const struct conf_line *line,
				 unsigned at, bool no, struct section *section,
				 enum http_connection connection)
{
	if (!conf_need_words(parse, line, at, 0, 0, NULL))
		return;
	if (!no)
		section->http.connection = connection;
	else if (section->http.connection == connection)
		section->http.connection = HTTP_MODE_KEEP_ALIVE;
}

static void http_read_close(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	http_read_connection(parse, line, at, no, object, HTTP_MODE_CLOSE);
}

static void http_read_server_close(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	http_read_connection(parse, line, at, no, object, HTTP_MODE_SERVER_CLOSE);
}

static void http_read_keep_alive(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	http_read_connection(parse, line, at, no, object, HTTP_MODE_KEEP_ALIVE);
}

static const struct conf_choice http_name_policies[] = {
	{ "preserve", HTTP_NAMES_KEEP, "All names pass." },
	{ "delete", HTTP_NAMES_DELETE, "Such headers are removed." },
	{ "reject", HTTP_NAMES_REJECT, "Such requests are answered with 403." },
	{ NULL, 0, NULL },
};

static void http_read_names(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;
	int policy;

	if (!conf_need_words(parse, line, at, 1, 1,
			     "option http-restrict-req-hdr-names { preserve | delete | reject }") ||
	    !conf_read_choice(parse, &line->words[at], http_name_policies, "policy", &policy))
		return;
	section->http.names = (enum http_names)policy;
}

static const struct conf_choice http_reuses[] = {
	{ "never", HTTP_REUSE_NEVER, "A connection serves one client only." },
	{ "safe", HTTP_REUSE_SAFE, "A client's first request has a connection of its own." },
	{ "aggressive", HTTP_REUSE_AGGRESSIVE,
	  "First requests may take connections that have been used again before." },
	{ "always", HTTP_REUSE_ALWAYS, "Any request may take any idle connection." },
	{ NULL, 0, NULL },
};

static const struct conf_choice http_retries[] = {
	{ "conn-failure", HTTP_RETRY_CONN_FAILURE, "The connection failed; the default." },
	{ "empty-response", HTTP_RETRY_EMPTY_RESPONSE, "The server closed without a byte." },
	{ "junk-response", HTTP_RETRY_JUNK_RESPONSE, "What came was no complete response." },
	{ "response-timeout", HTTP_RETRY_RESPONSE_TIMEOUT, "'timeout server' came first." },
	{ "0rtt-rejected", HTTP_RETRY_0RTT_REJECTED, "The server refused early data." },
	{ "401", HTTP_RETRY_401, "This status." },
	{ "403", HTTP_RETRY_403, "This status." },
	{ "404", HTTP_RETRY_404, "This status." },
	{ "408", HTTP_RETRY_408, "This status." },
	{ "425", HTTP_RETRY_425, "This status." },
	{ "429", HTTP_RETRY_429, "This status." },
	{ "500", HTTP_RETRY_500, "This status." },
	{ "501", HTTP_RETRY_501, "This status." },
	{ "502", HTTP_RETRY_502, "This status." },
	{ "503", HTTP_RETRY_503, "This status." },
	{ "504", HTTP_RETRY_504, "This status." },
	{ "all-retryable-errors",
	  HTTP_RETRY_CONN_FAILURE | HTTP_RETRY_EMPTY_RESPONSE | HTTP_RETRY_JUNK_RESPONSE |
		  HTTP_RETRY_RESPONSE_TIMEOUT | HTTP_RETRY_0RTT_REJECTED | HTTP_RETRY_500 |
		  HTTP_RETRY_502 | HTTP_RETRY_503 | HTTP_RETRY_504,
	  "All of these that a retry may help." },
	{ "none", 0, "Never." },
	{ NULL, 0, NULL },
};

static void http_read_retry_on(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	unsigned retry_on = 0;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "retry-on <cause>..."))
		return;
	for (unsigned i = at; i < line->count; i++) {
		int bits;

		if (!conf_read_choice(parse, &line->words[i], http_retries, "cause", &bits))
			return;
		if (bits == 0 && line->count != at + 1) {
			diag_add(parse->report, DIAG_ERROR, &diag_conflict, line->words[i].span,
				 NULL, "'none' can only stand alone");
			return;
		}
		retry_on |= (unsigned)bits;
	}
	section->http.retry_on = retry_on;
}

static void http_read_name_header(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 1, 1, "http-send-name-header <header>") &&
	    read_header_name(parse, &line->words[at]))
		section->http.send_name_header = line->words[at].text;
}

static void http_read_monitor_uri(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 1, 1, "monitor-uri <uri>"))
		return;
	section->http.monitor_uri = line->words[at].text;
	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
}

static void http_read_monitor_fail(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	read_http_condition(parse, section, line, at, &section->http.monitor_fail);
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }
/* A section that lacks the half a word is for ignores it with a warning. */
#define PLACES(places)                                                                             \
	.where = (places), .ignored_in = ~(places) & (CONF_FRONTEND | CONF_BACKEND)
#define FRONT CONF_DFL
#define BACK  CONF_DLB
#define BOTH  CONF_DFLB
#define FIELD(member) .offset = offsetof(struct section, http.member)
#define FLAG(word, places, member, function, what)                                                 \
	{ DOC("option " word, what, "option " word), PLACES(places), FIELD(member),                \
	  .type = CONF_PARSE, .may_no = true, .parse = function }
#define WARNED(word, places, member, what)                                                         \
	FLAG(word, places, member, http_read_warned_flag, what)
#define QUIET(word, places, member, what) FLAG(word, places, member, http_read_flag, what)
#define OPTION(word, places, function, what)                                                       \
	{ DOC("option " word, what, "option " word), PLACES(places), .type = CONF_PARSE,           \
	  .may_no = true, .parse = function }
#define MODERN(word, places, now)                                                                  \
	{ DOC("option " word, "Old form of option " now ".", "option " word), PLACES(places),      \
	  .type = CONF_PARSE, .may_no = true, .modern = "option " now }
#define PARSE(word, places, function, what, line)                                                  \
	{ DOC(word, what, line), PLACES(places), .type = CONF_PARSE, .parse = function }

const struct conf_keyword proxy_keywords_http[] = {
	MODERN("accept-invalid-http-request", FRONT, "accept-unsafe-violations-in-http-request"),
	MODERN("accept-invalid-http-response", BACK, "accept-unsafe-violations-in-http-response"),
	WARNED("accept-unsafe-violations-in-http-request", FRONT, unsafe_request,
	       "Read requests more kindly than the standards allow; dangerous."),
	WARNED("accept-unsafe-violations-in-http-response", BACK, unsafe_response,
	       "Read responses more kindly than the standards allow; dangerous."),
	WARNED("checkcache", BACK, checkcache,
	       "Answer 502 for responses that would let a cache hand out a cookie."),
	OPTION("disable-h2-upgrade", FRONT, http_read_idle,
	       "No effect: connections never change to HTTP/2 by themselves."),
	MODERN("forceclose", BOTH, "httpclose"),
	OPTION("http-keep-alive", BOTH, http_read_keep_alive,
	       "Keep connections open on both sides between requests; the default."),
	OPTION("http-server-close", BOTH, http_read_server_close,
	       "Close the server's connection after each response, keep the client's."),
	OPTION("httpclose", BOTH, http_read_close,
	       "Close the connections on both sides after each response."),
	QUIET("http-drop-request-trailers", BACK, drop_request_trailers,
	      "Keep the trailers behind chunked bodies from servers."),
	QUIET("http-drop-response-trailers", FRONT, drop_response_trailers,
	      "Keep the trailers behind chunked bodies from clients."),
	WARNED("http-buffer-request", BOTH, buffer_request,
	       "Wait for the body, or a full buffer, before a request is looked at."),
	WARNED("http-ignore-probes", FRONT, ignore_probes,
	       "Neither answer nor log connections that sent nothing in time."),
	WARNED("http-no-delay", BOTH, no_delay, "Send every piece at once, however small."),
	WARNED("http-pretend-keepalive", BACK, pretend_keepalive,
	       "Do not tell servers that their connection will be closed."),
	WARNED("http-use-proxy-header", FRONT, use_proxy_header,
	       "Use Proxy-Connection in place of Connection with clients of a proxy."),
	WARNED("idle-close-on-response", FRONT, idle_close_on_response,
	       "When stopping, let idle clients make one more request."),
	QUIET("persist", BACK, persist, "Cookies lead to their server even when it is down."),
	WARNED("prefer-last-server", BACK, prefer_last_server,
	       "A connection's next request goes to the same server if it can."),
	{ DOC("option http-restrict-req-hdr-names",
	      "What to do about header names with other characters than letters, digits and '-'.",
	      "option http-restrict-req-hdr-names delete"),
	  PLACES(BOTH), .type = CONF_PARSE, .parse = http_read_names },

	{ DOC("http-reuse", "Which server connections requests may share.", "http-reuse safe"),
	  PLACES(BACK), FIELD(reuse), .type = CONF_CHOICE, .choices = http_reuses, .preset = "safe" },
	PARSE("http-send-name-header", BACK, http_read_name_header,
	      "Tell servers their name in this header.", "http-send-name-header X-Server"),
	{ DOC("max-keep-alive-queue",
	      "Do not wait for a connection's last server when so many streams do; -1: always "
	      "wait.",
	      "max-keep-alive-queue 10"),
	  PLACES(BACK), FIELD(max_keep_alive_queue), .type = CONF_INT, .preset = "-1", .min = -1,
	  .max = INT32_MAX },
	{ DOC("max-session-srv-conns",
	      "No effect: idle server connections belong to threads, not to clients.",
	      "max-session-srv-conns 10"),
	  PLACES(FRONT), .type = CONF_IGNORED, .min = 1, .max = 1 },
	PARSE("monitor fail", CONF_FRONTEND | CONF_LISTEN, http_read_monitor_fail,
	      "Answer monitor-uri with 503 when this is true.", "monitor fail if FALSE"),
	PARSE("monitor-uri", FRONT, http_read_monitor_uri,
	      "Answer requests for this URI with 200, without server and log.", "monitor-uri /alive"),
	PARSE("retry-on", BACK, http_read_retry_on, "Failures after which a request is sent again.",
	      "retry-on conn-failure empty-response 503"),

	{ DOC("compression", "Not supported yet in mode http.", "compression algo gzip"),
	  PLACES(BOTH), .type = CONF_PARSE, .may_no = true, .parse = http_read_missed },
	QUIET("h1-case-adjust-bogus-client", FRONT, adjust_response_case,
	      "Spell the headers of responses as 'h1-case-adjust' lines say."),
	QUIET("h1-case-adjust-bogus-server", BACK, adjust_request_case,
	      "Spell the headers of requests as 'h1-case-adjust' lines say."),
	CONF_KEYWORDS_END,
};
