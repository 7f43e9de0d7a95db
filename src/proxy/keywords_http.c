/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_http.c - words of mode http that stand in files for mode tcp,
 * mostly in defaults. They are noted with the section; once its mode is known
 * proxy/checks.c says what becomes of them: in mode tcp HAProxy ignores them
 * too, some with a warning.
 */
#include <string.h>

#include "proxy/reading.h"

/* Options may stand alone; the other words say nothing without arguments. */
static void http_read(struct conf_parse *parse, void *section, const struct conf_line *line,
		      unsigned at, bool no, unsigned fate)
{
	bool option = strcmp(line->words[no ? 1 : 0].text, "option") == 0;

	if (option || no || conf_need_words(parse, line, at, 1, UINT32_MAX, NULL))
		http_word_note(parse, section, line, at, no, fate);
}

static void http_read_silent(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_read(parse, object, line, at, no, 0);
}

static void http_read_warned(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_read(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP);
}

static void http_read_missed(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_read(parse, object, line, at, no, HTTP_WORD_MISSED_IN_HTTP);
}

static void http_read_page_warned(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	http_read(parse, object, line, at, no, HTTP_WORD_WARNS_IN_HTTP);
}

static void http_read_warned_missed(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	http_read(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP | HTTP_WORD_MISSED_IN_HTTP);
}

static void http_read_log(struct conf_parse *parse, void *object, const struct conf_line *line,
			  unsigned at, bool no)
{
	struct section *section = object;

	http_word_note(parse, section, line, at, true, 0);
	if (!no)
		http_word_note(parse, section, line, at, false, HTTP_WORD_LOG);
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
/* A section that lacks the half a word is for ignores it with a warning. */
#define PLACES(places)                                                                             \
	.where = (places), .ignored_in = ~(places) & (CONF_FRONTEND | CONF_BACKEND)
#define HTTP(word, places, function, line)                                                         \
	{ DOC(word, "No effect in mode tcp; forwarding in mode http is not supported yet.", line), \
	  PLACES(places), .type = CONF_PARSE, .may_no = true, .parse = function }
#define FRONT	    CONF_DFL
#define BACK	    CONF_DLB
#define BOTH	    CONF_DFLB
#define RULES	    (CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND)
#define FRONT_RULES (CONF_FRONTEND | CONF_LISTEN)
#define SILENT(word, places, line)	  HTTP(word, places, http_read_silent, line)
#define WARNED(word, places, line)	  HTTP(word, places, http_read_warned, line)
#define PAGE(word, places, line)	  HTTP(word, places, http_read_page_warned, line)
#define MISSED(word, places, line)	  HTTP(word, places, http_read_missed, line)
#define WARNED_MISSED(word, places, line) HTTP(word, places, http_read_warned_missed, line)
#define OPTION(kind, word, places)	  kind("option " word, places, "option " word)

const struct conf_keyword proxy_keywords_http[] = {
	{ DOC("option httplog", "In mode tcp, option tcplog with a warning.", "option httplog"),
	  PLACES(FRONT), .type = CONF_PARSE, .may_no = true,
	  .parse = http_read_log },
	{ DOC("option httpslog", "In mode tcp, option tcplog with a warning.", "option httpslog"),
	  PLACES(FRONT), .type = CONF_PARSE, .may_no = true,
	  .parse = http_read_log },

	OPTION(WARNED, "accept-invalid-http-request", BOTH),
	OPTION(WARNED, "accept-invalid-http-response", BOTH),
	OPTION(WARNED, "accept-unsafe-violations-in-http-request", BOTH),
	OPTION(WARNED, "accept-unsafe-violations-in-http-response", BOTH),
	OPTION(WARNED, "checkcache", BOTH),
	OPTION(WARNED, "disable-h2-upgrade", BOTH),
	OPTION(WARNED, "forwarded", BOTH),
	OPTION(WARNED, "forwardfor", BOTH),
	OPTION(SILENT, "h1-case-adjust-bogus-client", BOTH),
	OPTION(SILENT, "h1-case-adjust-bogus-server", BOTH),
	OPTION(WARNED, "http-buffer-request", BOTH),
	OPTION(SILENT, "http-drop-request-trailers", BOTH),
	OPTION(SILENT, "http-drop-response-trailers", BOTH),
	OPTION(WARNED, "http-ignore-probes", BOTH),
	OPTION(SILENT, "http-keep-alive", BOTH),
	OPTION(WARNED, "http-no-delay", BOTH),
	OPTION(WARNED, "http-pretend-keepalive", BOTH),
	OPTION(SILENT, "http-restrict-req-hdr-names", BOTH),
	OPTION(SILENT, "http-server-close", BOTH),
	OPTION(WARNED, "http-use-proxy-header", BOTH),
	OPTION(SILENT, "httpclose", BOTH),
	OPTION(WARNED, "idle-close-on-response", BOTH),
	OPTION(WARNED, "originalto", BOTH),
	OPTION(SILENT, "persist", BOTH),
	OPTION(WARNED, "prefer-last-server", BOTH),

	MISSED("capture", FRONT_RULES, "capture request header Host len 32"),
	MISSED("compression", BOTH, "compression algo gzip"),
	WARNED("cookie", BACK, "cookie SERVERID insert indirect nocache"),
	MISSED("declare capture", FRONT_RULES, "declare capture request len 32"),
	SILENT("dynamic-cookie-key", BACK, "dynamic-cookie-key secret"),
	PAGE("errorfile", BOTH, "errorfile 503 /etc/haproxy/errors/503.http"),
	PAGE("errorloc", BOTH, "errorloc 503 http://192.0.2.1/sorry"),
	PAGE("errorloc302", BOTH, "errorloc302 503 http://192.0.2.1/sorry"),
	PAGE("errorloc303", BOTH, "errorloc303 503 http://192.0.2.1/sorry"),
	SILENT("force-persist", RULES, "force-persist if TRUE"),
	WARNED_MISSED("http-after-response", BOTH, "http-after-response set-header A b"),
	WARNED("http-check", BACK, "http-check expect status 200"),
	PAGE("errorfiles", BOTH, "errorfiles site"),
	PAGE("http-error", BOTH, "http-error status 503"),
	WARNED_MISSED("http-request", BOTH, "http-request deny if TRUE"),
	WARNED_MISSED("http-response", BOTH, "http-response set-header A b"),
	SILENT("http-reuse", BACK, "http-reuse safe"),
	SILENT("http-send-name-header", BACK, "http-send-name-header X-Server"),
	SILENT("ignore-persist", RULES, "ignore-persist if TRUE"),
	SILENT("max-keep-alive-queue", BACK, "max-keep-alive-queue 10"),
	SILENT("max-session-srv-conns", FRONT, "max-session-srv-conns 10"),
	MISSED("monitor fail", FRONT_RULES, "monitor fail if FALSE"),
	WARNED_MISSED("monitor-uri", FRONT, "monitor-uri /alive"),
	WARNED_MISSED("redirect", RULES,
		      "redirect location / if TRUE"),
	SILENT("unique-id-format", BOTH, "unique-id-format %ci"),
	SILENT("unique-id-header", BOTH, "unique-id-header X-Id"),
	CONF_KEYWORDS_END,
};
