/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_format.c - what log lines and unique ids look like, and what
 * is captured for them (configuration manual 4.2 "log-format", "option
 * httplog", "unique-id-format", "capture", ... and 8.2).
 *
 * Formats are compiled where they stand, so that their carets are right, and
 * sections that take them from defaults share them. Whether mode tcp can have
 * what they ask for is known at the end of all sections.
 */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "proxy/log_profile.h"
#include "proxy/reading.h"

/* What the log knows when a stream or a request is over. */
const struct expr_place reading_log_place = {
	.what = "log formats",
	.have = EXPR_HAVE_CLIENT | EXPR_HAVE_BACKEND | EXPR_HAVE_SERVER | EXPR_HAVE_STREAM |
		EXPR_HAVE_END,
	.http = true,
};

static const struct expr_place error_place = {
	.what = "'error-log-format'",
	.have = EXPR_HAVE_CLIENT,
	.http = true,
};

static const struct expr_place id_place = {
	.what = "'unique-id-format'",
	.have = EXPR_HAVE_CLIENT | EXPR_HAVE_REQUEST_BYTES | EXPR_HAVE_REQUEST | EXPR_HAVE_STREAM,
	.http = true,
};

/* The lines that options stand for: 8.2.1 to 8.2.3, 8.2.5 and, for tcplog clf, manual 3.1. */
static const char *const line_formats[LOG_LINES] = {
	[LOG_LINE_TCP] = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq",
	[LOG_LINE_HTTP] = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc "
			  "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
	[LOG_LINE_TCP_CLF] = "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s "
			     "%Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc %sq %bq \"\" \"\" ",
	[LOG_LINE_HTTP_CLF] = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s "
			      "%TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS "
			      "%hrl %hsl",
	/* Without TLS, as all connections are: what HAProxy writes for those. */
	[LOG_LINE_HTTPS] = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc "
			   "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[fc_err]/-/-/-/0 -/-/-",
	[LOG_LINE_ACCEPTED_TCP] = "Connect from %ci:%cp to %fi:%fp (%f/TCP)",
	[LOG_LINE_ACCEPTED_HTTP] = "Connect from %ci:%cp to %fi:%fp (%f/HTTP)",
	[LOG_LINE_REFUSED] = "%ci:%cp [%t] %f",
};

/* ---- formats ---- */

static struct format *format_of_word(struct conf_parse *parse, const struct conf_line *line,
				     unsigned at, const struct expr_place *place,
				     enum format_kind kind)
{
	const char *usage = arena_printf(parse->arena, "%s <format>, quoted if it has spaces",
					 line->words[0].text);

	if (!conf_need_words(parse, line, at, 1, 1, usage))
		return NULL;
	return format_parse(parse, place, &line->words[at], kind);
}

/* The last of the words that choose a line counts; only in defaults does HAProxy mind. */
static struct log_choice *format_choose(struct conf_parse *parse, struct section *section,
					const struct conf_line *line, enum log_line_kind kind,
					unsigned words)
{
	struct log_choice *choice = arena_zalloc(parse->arena, sizeof(*choice));
	const struct log_choice *last = section->http.log_choice;

	choice->kind = kind;
	choice->owner = section;
	choice->name = line->words[0].text;
	choice->span = line->words[0].span;
	for (unsigned i = 1; i < words; i++)
		choice->name = arena_printf(parse->arena, "%s %s", choice->name, line->words[i].text);
	if (section->kind == SECTION_DEFAULTS && last != NULL && last->owner == section &&
	    last->kind != kind)
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, choice->span, NULL,
			 "'%s' takes the place of '%s' in line %u", choice->name, last->name,
			 last->span.line);
	section->http.log_choice = choice;
	return choice;
}

static void format_read_log(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;
	struct format *format = format_of_word(parse, line, at, &reading_log_place, FORMAT_LOG);

	if (format != NULL)
		format_choose(parse, section, line, LOG_LINE_CUSTOM, 1)->format = format;
}

static void format_read_structured(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	section->http.log_format_sd = format_of_word(parse, line, at, &reading_log_place, FORMAT_LOG);
}

static void format_read_error(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct section *section = object;

	section->http.error_log_format = format_of_word(parse, line, at, &error_place, FORMAT_LOG);
}

static void format_read_id(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct section *section = object;

	section->http.unique_id = format_of_word(parse, line, at, &id_place, FORMAT_ID);
}

/* `option tcplog [clf]` and its kin: `line->words` has "no" in front when `no` is true. */
static void format_read_option(struct conf_parse *parse, struct section *section,
			       const struct conf_line *line, unsigned at, bool no,
			       const enum log_line_kind kinds[2])
{
	bool clf = at < line->count && strcmp(line->words[at].text, "clf") == 0;

	if (at < line->count && !clf) {
		conf_error_unknown(parse, &line->words[at], "log style",
				   (const char *const[]){ "clf", NULL });
		return;
	}
	if (!conf_need_words(parse, line, at, 0, 1, "option tcplog|httplog [clf]"))
		return;
	if (!no)
		format_choose(parse, section, line, kinds[clf], at);
	else if (section->http.log_choice != NULL &&
		 (section->http.log_choice->kind == kinds[0] ||
		  section->http.log_choice->kind == kinds[1]))
		section->http.log_choice = NULL;
}

static void format_read_tcplog(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	static const enum log_line_kind kinds[2] = { LOG_LINE_TCP, LOG_LINE_TCP_CLF };

	format_read_option(parse, object, line, at, no, kinds);
}

static void format_read_httplog(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	static const enum log_line_kind kinds[2] = { LOG_LINE_HTTP, LOG_LINE_HTTP_CLF };

	format_read_option(parse, object, line, at, no, kinds);
}

static void format_read_httpslog(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	static const enum log_line_kind kinds[2] = { LOG_LINE_HTTPS, LOG_LINE_HTTPS };

	if (conf_need_words(parse, line, at, 0, 0, "option httpslog"))
		format_read_option(parse, object, line, at, no, kinds);
}

/* ---- at the end of all sections ---- */

static struct format *format_line(struct conf_parse *parse, enum log_line_kind kind)
{
	struct format **cached = &reading_conf(parse)->reading->lines[kind];

	if (*cached == NULL)
		*cached = format_builtin(parse, line_formats[kind]);
	return *cached;
}

void format_check_mode(struct conf_parse *parse, const struct section *section,
		       const struct format *format)
{
	bool has = format != NULL && section->mode == PROXY_MODE_TCP;
	struct diag_span span;
	const char *name = has ? format_http_only(format, &span) : NULL;

	if (name != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, span, NULL,
			 "'%%%s' needs mode http, and '%s' has mode tcp", name, section->name);
}

static enum log_line_kind format_fall_back(struct conf_parse *parse, struct log_choice *choice)
{
	if (!choice->said)
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, choice->span, NULL,
			 "'%s' needs mode http; 'option tcplog' takes its place", choice->name);
	choice->said = true;
	return LOG_LINE_TCP;
}

static void format_resolve_choice(struct conf_parse *parse, struct section *section,
				  struct log_choice *choice)
{
	bool http = section->mode == PROXY_MODE_HTTP;
	enum log_line_kind kind = choice->kind;

	if (kind == LOG_LINE_CUSTOM) {
		section->http.log_format = choice->format;
		return;
	}
	if (!http && (kind == LOG_LINE_HTTP || kind == LOG_LINE_HTTP_CLF || kind == LOG_LINE_HTTPS))
		kind = format_fall_back(parse, choice);
	section->http.log_format = format_line(parse, kind);
}

/* %H; asked for once, since threads make no system calls for it. */
static void format_name_host(struct conf_parse *parse)
{
	struct proxy_global *global = &reading_conf(parse)->global;
	char name[256] = "";

	if (global->hostname == NULL && gethostname(name, sizeof(name) - 1) == 0)
		global->hostname = arena_strdup(parse->arena, name);
}

static void format_resolve_profiles(struct conf_parse *parse, struct section *section)
{
	for (unsigned i = 0; i < section->log.count; i++) {
		const struct log_profile *profile = section->log.targets[i].profile;

		if (profile == NULL)
			continue;
		section->log.profiled = true;
		section->http.log_counts |= log_profile_counts(profile);
		log_profile_check_use(parse, section, profile);
	}
}

void format_resolve(struct conf_parse *parse, struct section *section)
{
	struct http_conf *http = &section->http;

	if (!section_accepts(section))
		return;
	format_name_host(parse);
	http->refused_format = format_line(parse, LOG_LINE_REFUSED);
	http->log_at_accept = http->log_choice == NULL;
	if (http->log_choice != NULL)
		format_resolve_choice(parse, section, http->log_choice);
	else
		http->log_format = format_line(parse, section->mode == PROXY_MODE_HTTP
							      ? LOG_LINE_ACCEPTED_HTTP
							      : LOG_LINE_ACCEPTED_TCP);
	http->log_counts = http->log_format != NULL && format_uses(http->log_format, "lc");
	format_check_mode(parse, section, http->log_format);
	format_check_mode(parse, section, http->log_format_sd);
	format_check_mode(parse, section, http->unique_id);
	format_resolve_profiles(parse, section);
	if (http->log_choice != NULL && section->log.count == 0)
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, section->span,
			 "add 'log global' or 'log <address> <facility>'",
			 "'%s' has a log format but no log server", section->name);
}

/* ---- captures ---- */

struct http_capture *capture_add(struct conf_parse *parse, struct section *section, bool response,
				 const char *header, unsigned length)
{
	struct http_capture *capture = arena_zalloc(parse->arena, sizeof(*capture));
	unsigned *count = response ? &section->http.response_captures
				   : &section->http.request_captures;

	capture->response = response;
	capture->header = header;
	capture->length = length;
	capture->index = (*count)++;
	capture->next = section->http.captures;
	section->http.captures = capture;
	return capture;
}

/* "len 32" at words[at], to the end of the line. */
static bool capture_read_len(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			     unsigned *ret_length)
{
	int64_t length;

	if (strcmp(line->words[at].text, "len") != 0) {
		conf_error_unknown(parse, &line->words[at], "argument",
				   (const char *const[]){ "len", NULL });
		return false;
	}
	if (!conf_read_int(parse, &line->words[at + 1], 1, INT32_MAX, &length))
		return false;
	*ret_length = (unsigned)length;
	return true;
}

static void capture_read_header(struct conf_parse *parse, struct section *section,
				const struct conf_line *line, unsigned at, bool response)
{
	unsigned length;

	if (conf_need_words(parse, line, at, 3, 3,
			    response ? "capture response header <name> len <length>"
				     : "capture request header <name> len <length>") &&
	    capture_read_len(parse, line, at + 1, &length))
		capture_add(parse, section, response, line->words[at].text, length);
}

static void capture_read_request(struct conf_parse *parse, void *section,
				 const struct conf_line *line, unsigned at, bool no)
{
	capture_read_header(parse, section, line, at, false);
}

static void capture_read_response(struct conf_parse *parse, void *section,
				  const struct conf_line *line, unsigned at, bool no)
{
	capture_read_header(parse, section, line, at, true);
}

static void capture_declare(struct conf_parse *parse, void *section, const struct conf_line *line,
			    unsigned at, bool no)
{
	bool response = strcmp(line->words[at].text, "response") == 0;
	unsigned length;

	if (!conf_need_words(parse, line, at, 3, 3, "declare capture request|response len <length>"))
		return;
	if (!response && strcmp(line->words[at].text, "request") != 0) {
		conf_error_unknown(parse, &line->words[at], "direction",
				   (const char *const[]){ "request", "response", NULL });
		return;
	}
	if (capture_read_len(parse, line, at + 1, &length))
		capture_add(parse, section, response, NULL, length);
}

static void capture_read_cookie(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	unsigned most = (unsigned)reading_conf(parse)->global.cookielen;
	struct section *section = object;
	struct http_conf *http = &section->http;

	if (!conf_need_words(parse, line, at, 3, 3, "capture cookie <name> len <length>") ||
	    !capture_read_len(parse, line, at + 1, &http->capture_cookie_len))
		return;
	if (http->capture_cookie != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[at].span, NULL,
			 "'%s' captures the cookie '%s' already", section->name,
			 http->capture_cookie);
	http->capture_cookie = line->words[at].text;
	if (http->capture_cookie_len <= most)
		return;
	diag_add(parse->report, DIAG_WARNING, &diag_bad_number, line->words[at + 2].span,
		 "set 'tune.http.cookielen' in the global section",
		 "cookies are captured up to %u bytes", most);
	http->capture_cookie_len = most;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }
/* A section that lacks the half a word is for ignores it with a warning. */
#define FRONT .where = CONF_DFL, .ignored_in = CONF_BACKEND
#define FRONT_ONLY .where = CONF_FRONTEND | CONF_LISTEN, .ignored_in = CONF_BACKEND

const struct conf_keyword proxy_keywords_format[] = {
	{ DOC("log-format", "What a line of the log says of a request or a session.",
	      "log-format \"%ci [%t] %ft %b/%s %Tt %B\""),
	  FRONT, .type = CONF_PARSE, .parse = format_read_log },
	{ DOC("log-format-sd", "The structured data of log lines in the format rfc5424.",
	      "log-format-sd \"[exampleSDID@1234 bytes=\\\"%B\\\"]\""),
	  FRONT, .type = CONF_PARSE, .parse = format_read_structured },
	{ DOC("error-log-format", "What the log says of a connection that failed before its stream.",
	      "error-log-format \"%ci:%cp [%t] %ft %ac/%fc\""),
	  FRONT, .type = CONF_PARSE, .parse = format_read_error },
	{ DOC("unique-id-format", "An id made for each request, for %ID, unique-id and unique-id-header.",
	      "unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid"),
	  FRONT, .type = CONF_PARSE, .parse = format_read_id },
	{ DOC("unique-id-header", "The request header that tells servers the id of unique-id-format.",
	      "unique-id-header X-Unique-ID"),
	  FRONT, .type = CONF_STRING, .offset = offsetof(struct section, http.unique_id_header) },
	{ DOC("option tcplog", "Log each session with its timers, bytes, and how it ended; 'clf': for tools that read web servers' logs.",
	      "option tcplog"),
	  FRONT, .type = CONF_PARSE, .may_no = true, .parse = format_read_tcplog },
	{ DOC("option httplog", "Log each request with its timers, status, captures and request line; 'clf': for tools that read web servers' logs.",
	      "option httplog"),
	  FRONT, .type = CONF_PARSE, .may_no = true, .parse = format_read_httplog },
	{ DOC("option httpslog", "option httplog with fields of the client's TLS behind it, which are 0 and - for those without.",
	      "option httpslog"),
	  FRONT, .type = CONF_PARSE, .may_no = true, .parse = format_read_httpslog },
	{ DOC("capture request header", "Keep a request header for the log and for rules.",
	      "capture request header User-Agent len 64"),
	  FRONT_ONLY, .type = CONF_PARSE, .parse = capture_read_request },
	{ DOC("capture response header", "Keep a response header for the log and for rules.",
	      "capture response header Content-Type len 32"),
	  FRONT_ONLY, .type = CONF_PARSE, .parse = capture_read_response },
	{ DOC("capture cookie", "Keep a cookie of request and response for the log; a name may be its beginning, or end in '='.",
	      "capture cookie ASPSESSION len 32"),
	  FRONT_ONLY, .type = CONF_PARSE, .parse = capture_read_cookie },
	{ DOC("declare capture", "A slot that rules may fill with captured values.",
	      "declare capture request len 32"),
	  FRONT_ONLY, .type = CONF_PARSE, .parse = capture_declare },
	CONF_KEYWORDS_END,
};
