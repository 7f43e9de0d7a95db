/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_old_http.c - words of mode http that HAProxy once had and
 * took away. They mean what they meant, with a warning that says what to
 * write today: reqadd and rspadd become rules of today, `block` a deny that
 * comes before all others, and reqrep and its kin keep an action of their own
 * (action_line.c), since what they do to whole lines has no exact modern form.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/appsession.h"
#include "proxy/reading.h"

static bool is_response(const char *word)
{
	return strncmp(word, "rsp", 3) == 0 || strcmp(word, "srvexp") == 0;
}

static enum rule_list list_of(const char *word)
{
	return is_response(word) ? RULES_HTTP_RESPONSE : RULES_HTTP_REQUEST;
}

static void append(struct conf_parse *parse, struct section *section, struct rule *rule,
		   enum rule_phase phase)
{
	if (rule == NULL)
		return;
	rule->phase = phase;
	rule_append(parse, &section->rules, rule);
}

/* reqrep, reqdel, reqdeny, rsprep, ... */
static void old_read_line(struct conf_parse *parse, void *object, const struct conf_line *line,
			  unsigned at, bool no)
{
	const struct conf_word *word = &line->words[at - 1];
	const char *modern = action_line_modern(parse, line, at - 1);
	struct rule *rule = rule_parse_action(parse, object, list_of(word->text),
					      &rule_action_line, line, at - 1);

	if (rule == NULL)
		return;
	if (modern != NULL)
		report_old_form(parse, word->span, word->text, modern);
	else
		report_obsolete(parse, word->span, word->text, action_line_hint(word->text));
	append(parse, object, rule, RULE_LINE);
}

/* The words of a rule of today: `first` ones in place of words[..at], each with the span of one. */
static struct conf_line translated(struct conf_parse *parse, const struct conf_line *line,
				   unsigned at, const char *const *first,
				   const struct conf_word *const *spans, unsigned count)
{
	struct conf_line result = { 0 };

	for (unsigned i = 0; i < count; i++)
		*ARENA_APPEND(parse->arena, result.words, result.count) =
			(struct conf_word){ .text = first[i], .span = spans[i]->span };
	for (unsigned i = at; i <= line->count; i++) /* the one beyond the end too */
		*ARENA_APPEND(parse->arena, result.words, result.count) = line->words[i];
	result.count--;
	return result;
}

/* A format in which nothing is special. */
static const char *format_escaped(struct arena *arena, const char *text)
{
	char *escaped = arena_zalloc(arena, 2 * strlen(text) + 1);
	char *to = escaped;

	for (; *text != '\0'; text++) {
		if (*text == '%')
			*to++ = '%';
		*to++ = *text;
	}
	return escaped;
}

/* reqadd, rspadd: "Name: value" */
static void old_read_add(struct conf_parse *parse, void *object, const struct conf_line *line,
			 unsigned at, bool no)
{
	const struct conf_word *keyword = &line->words[at - 1], *word = &line->words[at];
	const char *name, *value, *colon, *condition;
	struct conf_line modern;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "<name>:<value>"))
		return;
	colon = strchr(word->text, ':');
	if (colon == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span,
			 "write it as 'Name:\\ value'", "'%s' is no header", word->text);
		return;
	}
	name = arena_strndup(parse->arena, word->text, (size_t)(colon - word->text));
	value = format_escaped(parse->arena, colon + 1 + strspn(colon + 1, " \t"));
	condition = conf_line_text(parse, line, at + 1);
	report_old_form(parse, keyword->span, keyword->text,
			arena_printf(parse->arena, "%s add-header %s %s%s%s",
				     rule_list_name(list_of(keyword->text)), name,
				     action_quoted(parse->arena, value),
				     *condition == '\0' ? "" : " ", condition));
	modern = translated(parse, line, at + 1,
			    (const char *const[]){ "add-header", name, value },
			    (const struct conf_word *const[]){ keyword, word, word }, 3);
	append(parse, object, rule_parse(parse, object, list_of(keyword->text), &modern, 0),
	       RULE_ADD);
}

static void old_read_block(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	const struct conf_word *keyword = &line->words[at - 1];
	struct conf_line modern;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "block if|unless <condition>"))
		return;
	report_old_form(parse, keyword->span, keyword->text,
			arena_printf(parse->arena, "http-request deny %s",
				     conf_line_text(parse, line, at)));
	modern = translated(parse, line, at, (const char *const[]){ "deny" },
			    (const struct conf_word *const[]){ keyword }, 1);
	append(parse, object, rule_parse(parse, object, RULES_HTTP_REQUEST, &modern, 0),
	       RULE_BLOCK);
}

/* "option http-tunnel" */
static const char *whole_name(struct conf_parse *parse, const struct conf_line *line, unsigned at)
{
	const char *word = line->words[at - 1].text;
	bool option = at > 1 && strcmp(line->words[at - 2].text, "option") == 0;

	return option ? arena_printf(parse->arena, "option %s", word) : word;
}

/* What had no effect any more, or what cannot be done in another way. */
static void old_read_idle(struct conf_parse *parse, void *object, const struct conf_line *line,
			  unsigned at, bool no)
{
	if (!no)
		report_obsolete(parse, line->words[at - 1].span, whole_name(parse, line, at),
				"remove the line");
}

static const char appsession_usage[] =
	"appsession <cookie> len <length> timeout <time> [request-learn] [prefix] "
	"[mode path-parameters|query-string]";

static bool appsession_read_options(struct conf_parse *parse, const struct conf_line *line,
				    unsigned at, struct appsession_conf *conf)
{
	static const struct conf_choice modes[] = {
		{ "path-parameters", false, "Of /a;NAME=value." },
		{ "query-string", true, "Of /a?NAME=value." },
		{ NULL, 0, NULL },
	};
	int mode = false;

	for (; at < line->count; at++) {
		const char *word = line->words[at].text;

		if (strcmp(word, "request-learn") == 0) {
			conf->learns = true;
		} else if (strcmp(word, "prefix") == 0) {
			conf->prefix = true;
		} else if (strcmp(word, "mode") == 0) {
			if (!conf_read_choice(parse, &line->words[++at], modes, "mode", &mode))
				return false;
		} else {
			conf_error_unknown(parse, &line->words[at], "argument",
					   (const char *const[]){ "request-learn", "prefix",
								  "mode", NULL });
			return false;
		}
	}
	conf->in_query = mode;
	return true;
}

static void old_read_appsession(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct appsession_conf *conf = arena_zalloc(parse->arena, sizeof(*conf));
	int64_t len;

	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
	section->http.appsession = NULL;
	if (no)
		return;
	if (!conf_need_words(parse, line, at, 5, UINT32_MAX, appsession_usage))
		return;
	if (strcmp(line->words[at + 1].text, "len") != 0 ||
	    strcmp(line->words[at + 3].text, "timeout") != 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at].span, NULL,
			 "write it as '%s'", appsession_usage);
		return;
	}
	conf->name = line->words[at].text;
	if (!conf_read_int(parse, &line->words[at + 2], 1, UINT16_MAX, &len) ||
	    !conf_read_duration(parse, &line->words[at + 4], &conf->timeout_ms) ||
	    !appsession_read_options(parse, line, at + 5, conf))
		return;
	conf->len = (uint32_t)len;
	report_obsolete(parse, line->words[at - 1].span, "appsession",
			"'cookie', or a 'stick-table' that learns, takes its place");
	section->http.appsession = conf;
}

static void old_read_http_proxy(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
	if (!conf_need_words(parse, line, at, 0, 0, "option http_proxy"))
		return;
	if (!no)
		report_obsolete(parse, line->words[at - 1].span, "option http_proxy",
				"'http-request set-dst url_ip' and 'server any 0.0.0.0' take its place");
	section->notes->http_proxy = !no;
	section->notes->http_proxy_span = line->words[at - 1].span;
}

/* A rule behind all others, `redirect` too. */
static void http_proxy_rule(struct conf_parse *parse, struct section *section,
			    const char *const *words)
{
	struct conf_line line = { 0 };

	for (; *words != NULL; words++)
		*ARENA_APPEND(parse->arena, line.words, line.count) = (struct conf_word){
			.text = *words, .span = section->notes->http_proxy_span
		};
	*ARENA_APPEND(parse->arena, line.words, line.count) =
		(struct conf_word){ .text = "", .span = section->notes->http_proxy_span };
	line.count--;
	append(parse, section, rule_parse(parse, section, RULES_HTTP_REQUEST, &line, 0),
	       RULE_REDIRECT);
}

void http_proxy_resolve(struct conf_parse *parse, struct section *section)
{
	static const char *const rules[][12] = {
		{ "deny", "deny_status", "400", "unless", "{", "url_beg", "-i", "http://", "}" },
		{ "deny", "deny_status", "400", "unless", "{", "url_ip", "-m", "found", "}" },
		{ "set-dst", "url_ip" },
		{ "set-dst-port", "url_port" },
		{ "set-uri", "%[pathq]" },
	};

	if (!section->notes->http_proxy || !section_connects(section) ||
	    section->mode != PROXY_MODE_HTTP)
		return;
	if (section->back.servers != NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_conflict,
			 section->notes->http_proxy_span, "remove one of them",
			 "'%s' has servers, and 'option http_proxy'", section->name);
		return;
	}
	for (unsigned i = 0; i < ARRAY_LEN(rules); i++)
		http_proxy_rule(parse, section, rules[i]);
	section->notes->transparent = true;
	section->notes->transparent_span = section->notes->http_proxy_span;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define OLD(word, function, what, line)                                                            \
	{ DOC(word, what, line), .where = CONF_DFLB, .type = CONF_PARSE, .may_no = true,           \
	  .parse = function }
#define LINES(word, what, line)                                                                    \
	{ DOC(word, "Old form: " what, line), .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, \
	  .type = CONF_PARSE, .parse = old_read_line }
#define RULES (CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND)

const struct conf_keyword proxy_keywords_old_http[] = {
	OLD("appsession", old_read_appsession, "Old form: clients come back to the server that gave them this cookie.",
	    "appsession ID len 52 timeout 3h"),
	OLD("option http-tunnel", old_read_idle, "Removed, without effect.", "option http-tunnel"),
	OLD("option http-use-htx", old_read_idle, "Removed, without effect.",
	    "option http-use-htx"),
	OLD("option http_proxy", old_read_http_proxy, "Old form: requests go to the address in their URL.",
	    "option http_proxy"),
	{ DOC("block", "Old form of http-request deny.", "block if { src 192.0.2.1 }"),
	  .where = RULES, .type = CONF_PARSE, .parse = old_read_block },
	{ DOC("reqadd", "Old form of http-request add-header.", "reqadd X-A:\\ b"),
	  .where = RULES, .type = CONF_PARSE, .parse = old_read_add },
	{ DOC("rspadd", "Old form of http-response add-header.", "rspadd X-A:\\ b"),
	  .where = RULES, .type = CONF_PARSE, .parse = old_read_add },
	LINES("cliexp", "replaces lines of requests that match.", "cliexp ^Host:.* Host:\\ a"),
	LINES("reqallow", "lets requests in whose lines match.", "reqallow ^GET"),
	LINES("reqdel", "removes headers of requests that match.", "reqdel ^X-A:"),
	LINES("reqdeny", "refuses requests whose lines match.", "reqdeny ^PUT"),
	LINES("reqiallow", "lets requests in whose lines match in any case.", "reqiallow ^get"),
	LINES("reqidel", "removes headers of requests that match in any case.", "reqidel ^x-a:"),
	LINES("reqideny", "refuses requests whose lines match in any case.", "reqideny ^put"),
	LINES("reqipass", "has no effect.", "reqipass ^get"),
	LINES("reqirep", "replaces lines of requests that match in any case.",
	      "reqirep ^host:.* Host:\\ a"),
	LINES("reqitarpit", "lets clients wait whose lines match in any case.", "reqitarpit ^put"),
	LINES("reqpass", "has no effect.", "reqpass ^GET"),
	LINES("reqrep", "replaces lines of requests that match.", "reqrep ^Host:.* Host:\\ a"),
	LINES("reqtarpit", "lets clients wait whose lines match.", "reqtarpit ^PUT"),
	LINES("rspdel", "removes headers of responses that match.", "rspdel ^Server:"),
	LINES("rspdeny", "refuses responses whose lines match.", "rspdeny ^X-Secret:"),
	LINES("rspidel", "removes headers of responses that match in any case.",
	      "rspidel ^server:"),
	LINES("rspideny", "refuses responses whose lines match in any case.",
	      "rspideny ^x-secret:"),
	LINES("rspirep", "replaces lines of responses that match in any case.",
	      "rspirep ^server:.* Server:\\ a"),
	LINES("rsprep", "replaces lines of responses that match.",
	      "rsprep ^Server:.* Server:\\ a"),
	LINES("srvexp", "replaces lines of responses that match.",
	      "srvexp ^Server:.* Server:\\ a"),
	CONF_KEYWORDS_END,
};
