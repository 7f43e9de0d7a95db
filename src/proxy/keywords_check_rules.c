/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_check_rules.c - `http-check` and `tcp-check` rules but for what
 * is expected (keywords_check_expect.c): each becomes a step of the check.
 */
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "expr/vars.h"
#include "proxy/action.h"
#include "proxy/reading.h"

const struct expr_place check_place = {
	.what = "health checks",
	.have = EXPR_HAVE_RESPONSE_BYTES,
	.http = true,
};

const struct expr_place check_answer_place = {
	.what = "'http-check expect'",
	.have = EXPR_HAVE_RESPONSE_BYTES | EXPR_HAVE_RESPONSE,
	.http = true,
};

/* ---- the list ---- */

struct check_rules *check_rules_of(struct conf_parse *parse, const struct section *section,
				   struct check_rules **list)
{
	if (*list == NULL || (*list)->owner != section) {
		*list = arena_zalloc(parse->arena, sizeof(**list));
		(*list)->owner = section;
	}
	return *list;
}

static bool rules_connect_late(const struct check_rules *rules)
{
	for (unsigned i = 0; i < rules->count; i++)
		if (rules->steps[i].kind != HEALTH_SET)
			return !rules->connects;
	return false;
}

static bool rules_follow_an_answer(const struct check_rules *rules)
{
	for (unsigned i = rules->count; i > 0; i--) {
		if (rules->steps[i - 1].kind == HEALTH_CONNECT)
			return false;
		if (rules->steps[i - 1].kind == HEALTH_EXPECT)
			return true;
	}
	return false;
}

static void rules_append(struct conf_parse *parse, struct section *section, bool http,
			 const struct conf_word *word, const struct health_step *step)
{
	struct check_conf *check = &section->back.check;
	struct check_rules *rules = check_rules_of(parse, section, http ? &check->http : &check->tcp);
	struct health_step *added;

	if (step->kind == HEALTH_CONNECT && rules_connect_late(rules))
		diag_add(parse->report, DIAG_ERROR, &diag_conflict, word->span,
			 "begin the rules with a connect too",
			 "a 'connect' must come before all that is sent and expected");
	if (step->kind == HEALTH_REQUEST && rules_follow_an_answer(rules))
		diag_add(parse->report, DIAG_ERROR, &diag_missing, word->span,
			 "put 'http-check connect' before it",
			 "a connection serves one request of a check");
	rules->numbered++;
	added = ARENA_APPEND(parse->arena, rules->steps, rules->count);
	*added = *step;
	added->number = rules->numbered;
	if (step->kind == HEALTH_SET || (step->kind != HEALTH_EXPECT && rules->comment_used))
		rules->comment = NULL; /* one serves a row of expectations, or the next rule */
	if (added->comment == NULL)
		added->comment = rules->comment;
	rules->comment_used = true;
	if (step->kind != HEALTH_EXPECT)
		rules->comment = NULL;
	rules->connects |= step->kind == HEALTH_CONNECT;
}

static bool rules_is_http(const struct conf_line *line)
{
	return strcmp(line->words[0].text, "http-check") == 0;
}

/* The word after words[at], which is one; NULL after a report. */
static const struct conf_word *rules_value(struct conf_parse *parse, const struct conf_line *line,
					   unsigned at)
{
	return conf_need_words(parse, line, at + 1, 1, UINT32_MAX, NULL) ? &line->words[at + 1]
									  : NULL;
}

/* ---- texts ---- */

static bool rules_unhex(struct conf_parse *parse, const struct conf_word *word, struct slice *ret)
{
	size_t len = strlen(word->text);
	char *bytes = arena_zalloc(parse->arena, len / 2 + 1);

	for (size_t i = 0; i < len; i++) {
		int digit = hex_value(word->text[i]);

		if (digit < 0 || len % 2 != 0) {
			diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
				 "'%s' must be hexadecimal digits, two a byte", word->text);
			return false;
		}
		bytes[i / 2] = (char)(bytes[i / 2] * 16 + digit);
	}
	*ret = (struct slice){ bytes, len / 2 };
	return true;
}

bool check_read_text(struct conf_parse *parse, const struct conf_word *word,
		     const struct expr_place *place, bool lf, bool hex, struct health_text *ret)
{
	struct format *format;

	*ret = (struct health_text){ .hex = hex };
	if (!lf && hex)
		return rules_unhex(parse, word, &ret->constant);
	if (!lf) {
		ret->constant = slice_of(word->text);
		return true;
	}
	format = format_parse(parse, place, word, FORMAT_RAW);
	ret->format = format;
	return format != NULL;
}

/* ---- comment ---- */

static void rules_read_comment(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct check_conf *check = &section->back.check;
	struct check_rules *rules;

	if (!conf_need_words(parse, line, at, 1, 1, "comment <text>"))
		return;
	rules = check_rules_of(parse, section, rules_is_http(line) ? &check->http : &check->tcp);
	rules->comment = line->words[at].text;
	rules->comment_used = false;
	rules->numbered++;
}

/* ---- connect ---- */

static bool connect_read_port(struct conf_parse *parse, const struct conf_word *word,
			      struct health_connect *connect)
{
	size_t end;
	int64_t port;

	if (word->text[strspn(word->text, "0123456789")] != '\0') {
		connect->port_expr = expr_parse(parse, &check_place, word, 0, NULL, &end);
		return connect->port_expr != NULL;
	}
	if (!conf_read_int(parse, word, 1, UINT16_MAX, &port))
		return false;
	connect->port = (uint16_t)port;
	return true;
}

static bool connect_read_address(struct conf_parse *parse, const struct conf_word *word,
				 struct health_connect *connect)
{
	struct net_parsed parsed;
	const char *why;

	if (!net_address_parse(word->text, NET_NAMES | NET_UNIX, &parsed, &why)) {
		report_address(parse, word->span, word->text, why);
		return false;
	}
	connect->address = parsed.address;
	if (parsed.port_low != 0)
		connect->port_of_address = parsed.port_low;
	return true;
}

static const struct conf_choice connect_flags[] = {
	{ "default", offsetof(struct health_connect, preset), "As the server line says." },
	{ "send-proxy", offsetof(struct health_connect, send_proxy), "With a PROXY header." },
	{ "linger", offsetof(struct health_connect, linger), "Closed with FIN." },
	{ NULL, 0, NULL },
};

static bool connect_read_flag(const struct conf_word *word, struct health_connect *connect)
{
	for (const struct conf_choice *flag = connect_flags; flag->word != NULL; flag++) {
		if (strcmp(flag->word, word->text) == 0) {
			*(bool *)((char *)connect + flag->value) = true;
			return true;
		}
	}
	return false;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* One word of a connect rule, and its value. Returns how many words; 0 after a report. */
static unsigned connect_read_word(struct conf_parse *parse, const struct conf_line *line,
				  unsigned at, struct health_step *step)
{
	static const char *const known[] = { "default", "port",	   "addr", "send-proxy",
					     "linger",	"comment", NULL };
	static const char *const later[] = { "ssl", "sni", "alpn", "proto", "via-socks4", NULL };
	const struct conf_word *word = &line->words[at], *value;

	if (connect_read_flag(word, &step->connect))
		return 1;
	if (is_one_of(word->text, later)) {
		report_not_supported(parse, word->span,
				     arena_printf(parse->arena, "connect %s", word->text), NULL);
		return 0;
	}
	if (!is_one_of(word->text, known)) {
		conf_error_unknown(parse, word, "parameter of connect", known);
		return 0;
	}
	value = rules_value(parse, line, at);
	if (value == NULL)
		return 0;
	if (strcmp(word->text, "comment") == 0)
		step->comment = value->text;
	else if (!(word->text[0] == 'p' ? connect_read_port(parse, value, &step->connect)
					: connect_read_address(parse, value, &step->connect)))
		return 0;
	return 2;
}

static void rules_read_connect(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct health_step step = { .kind = HEALTH_CONNECT };
	unsigned used;

	for (unsigned i = at; i < line->count; i += used) {
		used = connect_read_word(parse, line, i, &step);
		if (used == 0)
			return;
	}
	rules_append(parse, object, rules_is_http(line), &line->words[at - 1], &step);
}

/* ---- http-check send ---- */

static bool send_read_header(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			     struct health_request *request)
{
	struct health_header *headers = (struct health_header *)request->headers, *header;
	struct health_text value;

	if (!conf_need_words(parse, line, at + 1, 2, UINT32_MAX, "hdr <name> <format>") ||
	    !read_header_name(parse, &line->words[at + 1]) ||
	    !check_read_text(parse, &line->words[at + 2], &check_place, true, false, &value))
		return false;
	header = ARENA_APPEND(parse->arena, headers, request->header_count);
	header->name = line->words[at + 1].text;
	header->value = value;
	request->headers = headers;
	return true;
}

static unsigned send_read_word(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			       struct health_step *step)
{
	static const char *const known[] = { "meth", "uri",  "uri-lf",	"ver",	  "hdr",
					     "body", "body-lf", "comment", NULL };
	const struct conf_word *word = &line->words[at], *value;
	struct health_request *request = &step->request;
	bool lf = strchr(word->text, '-') != NULL;

	if (!is_one_of(word->text, known)) {
		conf_error_unknown(parse, word, "parameter of http-check send", known);
		return 0;
	}
	if (strcmp(word->text, "hdr") == 0)
		return send_read_header(parse, line, at, request) ? 3 : 0;
	value = rules_value(parse, line, at);
	if (value == NULL)
		return 0;
	if (strcmp(word->text, "meth") == 0)
		request->method = value->text;
	else if (strcmp(word->text, "ver") == 0)
		request->version = value->text;
	else if (strcmp(word->text, "comment") == 0)
		step->comment = value->text;
	else if (word->text[0] == 'u')
		return check_read_text(parse, value, &check_place, lf, false, &request->uri) ? 2
											      : 0;
	else if (!check_read_text(parse, value, &check_place, lf, false, &request->body))
		return 0;
	request->has_body |= word->text[0] == 'b';
	return 2;
}

static void rules_read_request(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct health_step step = { .kind = HEALTH_REQUEST };
	unsigned used;

	for (unsigned i = at; i < line->count; i += used) {
		used = send_read_word(parse, line, i, &step);
		if (used == 0)
			return;
	}
	rules_append(parse, object, true, &line->words[at - 1], &step);
}

/* ---- tcp-check send, send-lf, send-binary, send-binary-lf ---- */

static void rules_read_send(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	const char *name = line->words[at - 1].text;
	struct health_step step = { .kind = HEALTH_SEND };

	if (!conf_need_words(parse, line, at, 1, 3, "send <data> [comment <text>]") ||
	    !check_read_text(parse, &line->words[at], &check_place, strstr(name, "-lf") != NULL,
			     strstr(name, "binary") != NULL, &step.send))
		return;
	if (line->count > at + 1) {
		if (strcmp(line->words[at + 1].text, "comment") != 0 || line->count != at + 3) {
			conf_error_unknown(parse, &line->words[at + 1], "parameter of send",
					   (const char *const[]){ "comment", NULL });
			return;
		}
		step.comment = line->words[at + 2].text;
	}
	rules_append(parse, object, false, &line->words[at - 1], &step);
}

/* ---- expect ---- */

static void rules_read_expect(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct health_step step = { .kind = HEALTH_EXPECT };

	if (check_read_expect(parse, line, at, rules_is_http(line), &step))
		rules_append(parse, object, rules_is_http(line), &line->words[at - 1], &step);
}

/* ---- set-var(check.name) and its kin, whose word is not a name alone ---- */

/* With conditions the converter of that name does it: "expression,set-var(name,conditions)". */
static const struct expr *set_read_conditional(struct conf_parse *parse,
					       const struct conf_word *word,
					       const struct conf_word *value)
{
	struct conf_word joined = {
		.text = arena_printf(parse->arena, "%s,%s", value->text, word->text),
		.span = value->span,
	};
	size_t end;

	return expr_parse(parse, &check_place, &joined, 0, NULL, &end);
}

static bool set_read_value(struct conf_parse *parse, const struct conf_word *word,
			   const struct conf_word *value, struct health_set *set)
{
	size_t end;

	if (strncmp(word->text, "set-var-fmt(", 12) == 0) {
		set->format = format_parse(parse, &check_place, value, FORMAT_RAW);
		return set->format != NULL;
	}
	if (set->var != NULL)
		set->expr = expr_parse(parse, &check_place, value, 0, NULL, &end);
	else
		set->expr = set_read_conditional(parse, word, value);
	return set->expr != NULL;
}

static void rules_read_set(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	static const char *const known[] = { "set-var(", "set-var-fmt(", "unset-var(", NULL };
	struct health_step step = { .kind = HEALTH_SET };
	const struct conf_word *word;
	const char *const *name = known;
	struct slice inside;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "set-var(<name>) <expression>"))
		return;
	word = &line->words[at];
	while (*name != NULL && strncmp(word->text, *name, strlen(*name)) != 0)
		name++;
	if (*name == NULL || word->text[strlen(word->text) - 1] != ')') {
		conf_error_unknown(parse, word, "check rule",
				   (const char *const[]){ "comment", "connect", "send", "expect",
							  "set-var(", "unset-var(", NULL });
		return;
	}
	if (!conf_need_words(parse, line, at + 1, **name == 's', **name == 's', "<name> <value>"))
		return;
	inside = action_inside(word);
	if (memchr(inside.at, ',', inside.len) == NULL || **name == 'u' || (*name)[7] == '-') {
		step.set.var = expr_var_read(parse, inside,
					     conf_word_part(word, (size_t)(inside.at - word->text),
							    inside.len));
		if (step.set.var == NULL)
			return;
	}
	if (**name == 's' && !set_read_value(parse, word, &line->words[at + 1], &step.set))
		return;
	rules_append(parse, object, rules_is_http(line), word, &step);
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }
#define RULE(word, function, what, line)                                                           \
	{ DOC(word, what, line), .where = CONF_DLB | CONF_HEALTHCHECK, .ignored_in = CONF_FRONTEND,                   \
	  .type = CONF_PARSE, .parse = function }

const struct conf_keyword proxy_keywords_check_rules[] = {
	RULE("http-check", rules_read_set,
	     "Set or unset a variable: set-var(name) expression, set-var-fmt(name) format, "
	     "unset-var(name).",
	     "http-check set-var(check.port) int(1234)"),
	RULE("http-check comment", rules_read_comment,
	     "What is said of the rules below it when they fail.", "http-check comment login\\ page"),
	RULE("http-check connect", rules_read_connect, "Open a connection for the steps below.",
	     "http-check connect port 8080"),
	RULE("http-check expect", rules_read_expect, "What the answer to the check must be.",
	     "http-check expect status 200-399"),
	RULE("http-check send", rules_read_request, "The request of the check.",
	     "http-check send meth GET uri /health ver HTTP/1.1 hdr Host www.example.com"),
	RULE("tcp-check", rules_read_set,
	     "Set or unset a variable: set-var(name) expression, set-var-fmt(name) format, "
	     "unset-var(name).",
	     "tcp-check set-var(check.port) int(1234)"),
	RULE("tcp-check comment", rules_read_comment,
	     "What is said of the rules below it when they fail.", "tcp-check comment login"),
	RULE("tcp-check connect", rules_read_connect, "Open a connection for the steps below.",
	     "tcp-check connect port 143"),
	RULE("tcp-check expect", rules_read_expect, "What the server must have sent.",
	     "tcp-check expect string +PONG"),
	RULE("tcp-check send", rules_read_send, "Send a text to the server.",
	     "tcp-check send PING\\r\\n"),
	RULE("tcp-check send-binary", rules_read_send, "Send bytes, as hexadecimal digits.",
	     "tcp-check send-binary 50494e470d0a"),
	RULE("tcp-check send-binary-lf", rules_read_send,
	     "Send bytes, as a log-format string of hexadecimal digits.",
	     "tcp-check send-binary-lf %[str(50494e47)]0d0a"),
	RULE("tcp-check send-lf", rules_read_send, "Send a log-format string.",
	     "tcp-check send-lf %[hostname]"),
	CONF_KEYWORDS_END,
};
