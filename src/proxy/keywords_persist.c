/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_persist.c - persistence: `cookie`, `use-server`, `persist
 * rdp-cookie` and their exceptions (configuration manual, chapter 4.2).
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const char cookie_usage[] = "cookie <name> [insert|rewrite|prefix] [options]";

/* The words of `cookie` that take no other word. */
struct cookie_flag {
	const char *word;
	size_t offset;		/* of a bool in struct http_cookie_conf */
};

#define COOKIE_FLAG(name) { #name, offsetof(struct http_cookie_conf, name) }

static const struct cookie_flag cookie_flags[] = {
	COOKIE_FLAG(indirect), COOKIE_FLAG(nocache),  COOKIE_FLAG(postonly), COOKIE_FLAG(preserve),
	COOKIE_FLAG(httponly), COOKIE_FLAG(secure),   COOKIE_FLAG(dynamic),
};

static const struct conf_choice cookie_modes[] = {
	{ "insert", HTTP_COOKIE_INSERT, "The cookie is ours alone." },
	{ "rewrite", HTTP_COOKIE_REWRITE, "The server sets it, and its value is changed." },
	{ "prefix", HTTP_COOKIE_PREFIX, "The server sets it, and its value gets a prefix." },
	{ NULL, 0, NULL },
};

static const char *const cookie_words[] = {
	"attr",	   "domain",  "dynamic", "httponly", "indirect", "insert",  "maxidle", "maxlife",
	"nocache", "postonly", "prefix",  "preserve", "rewrite",  "secure", NULL,
};

static bool cookie_read_mode(struct conf_parse *parse, const struct conf_word *word,
			     struct http_cookie_conf *cookie)
{
	for (const struct conf_choice *mode = cookie_modes; mode->word != NULL; mode++) {
		if (strcmp(mode->word, word->text) != 0)
			continue;
		if (cookie->mode != HTTP_COOKIE_PASSIVE && (int)cookie->mode != mode->value)
			diag_add(parse->report, DIAG_ERROR, &diag_conflict, word->span, NULL,
				 "'insert', 'rewrite' and 'prefix' exclude each other");
		cookie->mode = (enum http_cookie_mode)mode->value;
		return true;
	}
	return false;
}

static bool cookie_read_flag(const struct conf_word *word, struct http_cookie_conf *cookie)
{
	for (unsigned i = 0; i < ARRAY_LEN(cookie_flags); i++) {
		if (strcmp(cookie_flags[i].word, word->text) != 0)
			continue;
		*(bool *)((char *)cookie + cookie_flags[i].offset) = true;
		return true;
	}
	return false;
}

/* A bare number is in seconds here. */
static bool cookie_read_age(struct conf_parse *parse, const struct conf_word *word,
			    uint32_t *ret_seconds)
{
	struct conf_word age = *word;
	uint32_t ms;

	if (*age.text != '\0' && age.text[strspn(age.text, "0123456789")] == '\0')
		age.text = arena_printf(parse->arena, "%ss", age.text);
	if (!conf_read_duration(parse, &age, &ms))
		return false;
	*ret_seconds = ms / 1000;
	return true;
}

/* Text that stands in the attributes of a Set-Cookie header. */
static bool cookie_attribute_valid(struct conf_parse *parse, const struct conf_word *word)
{
	for (const char *at = word->text; *at != '\0'; at++) {
		if (!iscntrl((unsigned char)*at) && *at != ';')
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
			 conf_word_part(word, (size_t)(at - word->text), 1), NULL,
			 "an attribute may hold neither ';' nor control characters");
		return false;
	}
	return true;
}

static bool cookie_add_domain(struct conf_parse *parse, const struct conf_word *word,
			      struct http_cookie_conf *cookie)
{
	const char *dot = *word->text != '\0' ? strchr(word->text + 1, '.') : NULL;

	if (!cookie_attribute_valid(parse, word))
		return false;
	if (*word->text != '.' && (dot == NULL || dot[1] == '\0'))
		diag_add(parse->report, DIAG_WARNING, &diag_bad_value, word->span, NULL,
			 "browsers ignore a domain without a dot inside (RFC 6265, 5.2.3)");
	cookie->domains = arena_printf(parse->arena, "%s; domain=%s",
				       cookie->domains != NULL ? cookie->domains : "", word->text);
	return true;
}

static bool cookie_add_attribute(struct conf_parse *parse, const struct conf_word *word,
				 struct http_cookie_conf *cookie)
{
	if (!cookie_attribute_valid(parse, word))
		return false;
	cookie->attributes = arena_printf(parse->arena, "%s; %s",
					  cookie->attributes != NULL ? cookie->attributes : "",
					  word->text);
	return true;
}

/* The words that take another, words[at + 1]. False after a report. */
static bool cookie_read_value(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			      struct http_cookie_conf *cookie)
{
	const struct conf_word *word = &line->words[at];
	bool domain = strcmp(word->text, "domain") == 0;
	bool attribute = strcmp(word->text, "attr") == 0;
	bool maxidle = strcmp(word->text, "maxidle") == 0;

	if (!domain && !attribute && !maxidle && strcmp(word->text, "maxlife") != 0) {
		conf_error_unknown(parse, word, "cookie option", cookie_words);
		return false;
	}
	if (!conf_need_words(parse, line, at, 2, UINT32_MAX, cookie_usage))
		return false;
	if (domain)
		return cookie_add_domain(parse, word + 1, cookie);
	if (attribute)
		return cookie_add_attribute(parse, word + 1, cookie);
	return cookie_read_age(parse, word + 1, maxidle ? &cookie->maxidle_s : &cookie->maxlife_s);
}

static bool cookie_name_valid(struct conf_parse *parse, const struct conf_word *word)
{
	for (const char *at = word->text; *at != '\0'; at++) {
		if (isgraph((unsigned char)*at) && strchr("=;,", *at) == NULL)
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
			 conf_word_part(word, (size_t)(at - word->text), 1), NULL,
			 "a cookie's name may hold neither blanks nor '=', ';' and ','");
		return false;
	}
	if (*word->text == '\0')
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
			 "the cookie has no name");
	return *word->text != '\0';
}

static void persist_read_cookie(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct http_cookie_conf cookie = {.mode = HTTP_COOKIE_PASSIVE};

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, cookie_usage) ||
	    !cookie_name_valid(parse, &line->words[at]))
		return;
	http_word_note(parse, section, line, at, false, HTTP_WORD_WARNS_IN_TCP);
	cookie.name = line->words[at].text;
	for (unsigned i = at + 1; i < line->count; i++) {
		if (cookie_read_mode(parse, &line->words[i], &cookie) ||
		    cookie_read_flag(&line->words[i], &cookie))
			continue;
		if (!cookie_read_value(parse, line, i++, &cookie))
			return;
	}
	if (cookie.mode == HTTP_COOKIE_REWRITE && cookie.indirect)
		diag_add(parse->report, DIAG_ERROR, &diag_conflict, line->words[at - 1].span, NULL,
			 "'rewrite' and 'indirect' exclude each other");
	if (cookie.preserve && cookie.mode != HTTP_COOKIE_INSERT && !cookie.indirect)
		diag_add(parse->report, DIAG_ERROR, &diag_conflict, line->words[at - 1].span, NULL,
			 "'preserve' needs 'insert' or 'indirect'");
	section->http.cookie = cookie;
}

static void persist_read_force(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	read_http_condition(parse, section, line, at, &section->http.force_persist);
}

static void persist_read_ignore(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	read_http_condition(parse, section, line, at, &section->http.ignore_persist);
}

static void persist_read_use_server(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct use_server **last = &section->http.use_servers;
	struct use_server *use;

	if (!conf_need_words(parse, line, at, 3, UINT32_MAX,
			     "use-server <server> { if | unless } <condition>"))
		return;
	use = arena_zalloc(parse->arena, sizeof(*use));
	use->name = line->words[at].text;
	use->span = line->words[at].span;
	use->condition = acl_condition_parse(parse, section->acls, &reading_request_place, line,
					     at + 1);
	if (strchr(use->name, '%') != NULL) {
		use->format = format_parse(parse, &reading_request_place, &line->words[at], FORMAT_VALUE);
		if (use->format == NULL)
			return;
	}
	if (use->condition == NULL)
		return;
	while (*last != NULL)
		last = &(*last)->next;
	*last = use;
}

static void persist_read_rdp(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	const struct conf_word *word = &line->words[at];
	const char *name;

	if (!conf_need_words(parse, line, at, 1, 1, "persist rdp-cookie[(<name>)]"))
		return;
	if (strcmp(word->text, "rdp-cookie") == 0) {
		section->http.rdp_cookie = "msts";
		return;
	}
	if (strncmp(word->text, "rdp-cookie(", 11) != 0) {
		conf_error_unknown(parse, word, "way of persistence",
				   (const char *const[]){ "rdp-cookie", NULL });
		return;
	}
	name = read_parentheses(parse, word, 10);
	if (name != NULL)
		section->http.rdp_cookie = name;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }
#define BACK  .where = CONF_DLB, .ignored_in = CONF_FRONTEND
#define RULES .where = CONF_LISTEN | CONF_BACKEND, .ignored_in = CONF_FRONTEND

const struct conf_keyword proxy_keywords_persist[] = {
	{ DOC("cookie", "The cookie by which a client comes back to its server.",
	      "cookie SERVERID insert indirect nocache"),
	  BACK, .type = CONF_PARSE, .parse = persist_read_cookie },
	{ DOC("dynamic-cookie-key", "The secret that 'cookie ... dynamic' makes values from.",
	      "dynamic-cookie-key secret"),
	  BACK, .type = CONF_STRING, .offset = offsetof(struct section, http.dynamic_cookie_key) },
	{ DOC("force-persist", "Where this is true cookies lead to their server even when it is down.",
	      "force-persist if TRUE"),
	  RULES, .type = CONF_PARSE, .parse = persist_read_force },
	{ DOC("ignore-persist", "Where this is true cookies decide nothing.", "ignore-persist if TRUE"),
	  RULES, .type = CONF_PARSE, .parse = persist_read_ignore },
	{ DOC("persist", "Follow the cookie in which a terminal server (RDP) names itself.",
	      "persist rdp-cookie"),
	  BACK, .type = CONF_PARSE, .parse = persist_read_rdp },
	{ DOC("use-server", "Where the condition is true, use this server.",
	      "use-server %[var(txn.server)] if TRUE"),
	  RULES, .type = CONF_PARSE, .parse = persist_read_use_server },
	CONF_KEYWORDS_END,
};
