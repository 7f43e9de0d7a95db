/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_http.c - words of mode http that stand in files for mode tcp,
 * mostly in defaults. They are noted with the section; once its mode is known
 * proxy/checks.c says what becomes of them: in mode tcp HAProxy ignores them
 * too, some with a warning.
 */
#include <string.h>

#include "proxy/reading.h"

static void http_read_silent(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, 0);
}

static void http_read_warned(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP);
}

static void http_read_missed(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, HTTP_WORD_MISSED_IN_HTTP);
}

static void http_read_page_warned(struct conf_parse *parse, void *object, const struct conf_line *line,
				  unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, HTTP_WORD_WARNS_IN_HTTP);
}

static void http_read_warned_missed(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	http_word_note(parse, object, line, at, no, HTTP_WORD_WARNS_IN_TCP | HTTP_WORD_MISSED_IN_HTTP);
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
#define HTTP(word, places, function, line)                                                         \
	{ DOC(word, "No effect in mode tcp; forwarding in mode http is not supported yet.", line), \
	  .where = places, .type = CONF_PARSE, .may_no = true, .parse = function }
#define SILENT(word, places, line)	  HTTP(word, places, http_read_silent, line)
#define WARNED(word, places, line)	  HTTP(word, places, http_read_warned, line)
#define PAGE(word, places, line)	  HTTP(word, places, http_read_page_warned, line)
#define MISSED(word, places, line)	  HTTP(word, places, http_read_missed, line)
#define WARNED_MISSED(word, places, line) HTTP(word, places, http_read_warned_missed, line)
#define OPTION(kind, word, places)	  kind("option " word, places, "option " word)

const struct conf_keyword proxy_keywords_http[] = {
	{ DOC("option httplog", "In mode tcp, option tcplog with a warning.", "option httplog"),
	  .where = CONF_DFL, .ignored_in = CONF_BACKEND, .type = CONF_PARSE, .may_no = true,
	  .parse = http_read_log },
	{ DOC("option httpslog", "In mode tcp, option tcplog with a warning.", "option httpslog"),
	  .where = CONF_DFL, .ignored_in = CONF_BACKEND, .type = CONF_PARSE, .may_no = true,
	  .parse = http_read_log },

	OPTION(WARNED, "accept-invalid-http-request", CONF_DFLB),
	OPTION(WARNED, "accept-invalid-http-response", CONF_DFLB),
	OPTION(WARNED, "accept-unsafe-violations-in-http-request", CONF_DFLB),
	OPTION(WARNED, "accept-unsafe-violations-in-http-response", CONF_DFLB),
	OPTION(WARNED, "checkcache", CONF_DFLB),
	OPTION(WARNED, "disable-h2-upgrade", CONF_DFLB),
	OPTION(WARNED, "forwarded", CONF_DFLB),
	OPTION(WARNED, "forwardfor", CONF_DFLB),
	OPTION(SILENT, "h1-case-adjust-bogus-client", CONF_DFLB),
	OPTION(SILENT, "h1-case-adjust-bogus-server", CONF_DFLB),
	OPTION(WARNED, "http-buffer-request", CONF_DFLB),
	OPTION(SILENT, "http-drop-request-trailers", CONF_DFLB),
	OPTION(SILENT, "http-drop-response-trailers", CONF_DFLB),
	OPTION(WARNED, "http-ignore-probes", CONF_DFLB),
	OPTION(SILENT, "http-keep-alive", CONF_DFLB),
	OPTION(WARNED, "http-no-delay", CONF_DFLB),
	OPTION(WARNED, "http-pretend-keepalive", CONF_DFLB),
	OPTION(SILENT, "http-restrict-req-hdr-names", CONF_DFLB),
	OPTION(SILENT, "http-server-close", CONF_DFLB),
	OPTION(WARNED, "http-use-proxy-header", CONF_DFLB),
	OPTION(SILENT, "httpclose", CONF_DFLB),
	OPTION(WARNED, "idle-close-on-response", CONF_DFLB),
	OPTION(WARNED, "originalto", CONF_DFLB),
	OPTION(SILENT, "persist", CONF_DFLB),
	OPTION(WARNED, "prefer-last-server", CONF_DFLB),

	MISSED("capture", CONF_FRONTEND | CONF_LISTEN, "capture request header Host len 32"),
	MISSED("compression", CONF_DFLB, "compression algo gzip"),
	WARNED("cookie", CONF_DLB, "cookie SERVERID insert indirect nocache"),
	MISSED("declare capture", CONF_FRONTEND | CONF_LISTEN, "declare capture request len 32"),
	SILENT("dynamic-cookie-key", CONF_DLB, "dynamic-cookie-key secret"),
	PAGE("errorfile", CONF_DFLB, "errorfile 503 /etc/haproxy/errors/503.http"),
	PAGE("errorloc", CONF_DFLB, "errorloc 503 http://192.0.2.1/sorry"),
	PAGE("errorloc302", CONF_DFLB, "errorloc302 503 http://192.0.2.1/sorry"),
	PAGE("errorloc303", CONF_DFLB, "errorloc303 503 http://192.0.2.1/sorry"),
	SILENT("force-persist", CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, "force-persist if TRUE"),
	WARNED_MISSED("http-after-response", CONF_DFLB, "http-after-response set-header A b"),
	SILENT("http-check", CONF_DLB, "http-check expect status 200"),
	PAGE("errorfiles", CONF_DFLB, "errorfiles site"),
	PAGE("http-error", CONF_DFLB, "http-error status 503"),
	WARNED_MISSED("http-request", CONF_DFLB, "http-request deny if TRUE"),
	WARNED_MISSED("http-response", CONF_DFLB, "http-response set-header A b"),
	SILENT("http-reuse", CONF_DLB, "http-reuse safe"),
	SILENT("http-send-name-header", CONF_DLB, "http-send-name-header X-Server"),
	SILENT("ignore-persist", CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, "ignore-persist if TRUE"),
	SILENT("max-keep-alive-queue", CONF_DLB, "max-keep-alive-queue 10"),
	SILENT("max-session-srv-conns", CONF_DFL, "max-session-srv-conns 10"),
	MISSED("monitor fail", CONF_FRONTEND | CONF_LISTEN, "monitor fail if FALSE"),
	WARNED_MISSED("monitor-uri", CONF_DFL, "monitor-uri /alive"),
	WARNED_MISSED("redirect", CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND,
		      "redirect location / if TRUE"),
	SILENT("unique-id-format", CONF_DFLB, "unique-id-format %ci"),
	SILENT("unique-id-header", CONF_DFLB, "unique-id-header X-Id"),
	CONF_KEYWORDS_END,
};
