/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_stats.c - `stats ...`: the statistics page on a mode http
 * listener (configuration manual, chapter 4.2). Any of them switches it on.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* The statement's words are counted, the page is on, and mode tcp will be warned. */
static bool stats_begin(struct conf_parse *parse, struct section *section,
			const struct conf_line *line, unsigned at, unsigned min, unsigned max,
			const char *usage)
{
	if (!conf_need_words(parse, line, at, min, max, usage))
		return false;
	section->stats.enabled = true;
	http_word_note(parse, section, line, at, false, HTTP_WORD_WARNS_IN_TCP);
	return true;
}

static void stats_read_enable(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	stats_begin(parse, object, line, at, 0, 0, "stats enable");
}

static void stats_read_handover(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 0, 0, "stats handover"))
		section->stats.handover = true;
}

static void stats_read_hide_version(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 0, 0, "stats hide-version"))
		section->stats.hide_version = true;
}

static void stats_read_show_legends(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 0, 0, "stats show-legends"))
		section->stats.show_legends = true;
}

static void stats_read_show_node(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!stats_begin(parse, section, line, at, 0, 1, "stats show-node [<name>]"))
		return;
	section->stats.show_node = true;
	if (at < line->count)
		section->stats.node = line->words[at].text;
}

static void stats_read_show_desc(struct conf_parse *parse, void *object,
				 const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!stats_begin(parse, section, line, at, 0, UINT32_MAX, "stats show-desc [<text>]"))
		return;
	section->stats.show_desc = true;
	for (unsigned i = at; i < line->count; i++)
		section->stats.description =
			i == at ? line->words[i].text
				: arena_printf(parse->arena, "%s %s", section->stats.description,
					       line->words[i].text);
}

static void stats_read_uri(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 1, 1, "stats uri <prefix>"))
		section->stats.uri = line->words[at].text;
}

static void stats_read_realm(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 1, 1, "stats realm <text, blanks escaped>"))
		section->stats.realm = line->words[at].text;
}

static void stats_read_auth(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;
	struct stats_user **last = &section->stats.users;
	const char *text, *colon;

	if (!stats_begin(parse, section, line, at, 1, 1, "stats auth <user>:<password>"))
		return;
	text = line->words[at].text;
	colon = strchr(text, ':');
	while (*last != NULL)
		last = &(*last)->next;
	*last = arena_zalloc(parse->arena, sizeof(**last));
	(*last)->name = arena_strndup(parse->arena, text,
				      colon != NULL ? (size_t)(colon - text) : strlen(text));
	(*last)->password = colon != NULL ? colon + 1 : "";
}

static void stats_read_scope(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	struct stats_scope **last = &section->stats.scopes;

	if (!stats_begin(parse, section, line, at, 1, 1, "stats scope { <proxy> | . }"))
		return;
	while (*last != NULL)
		last = &(*last)->next;
	*last = arena_zalloc(parse->arena, sizeof(**last));
	(*last)->proxy = line->words[at].text;
}

static void stats_read_admin(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;

	if (stats_begin(parse, section, line, at, 2, UINT32_MAX,
			"stats admin { if | unless } <condition>"))
		read_http_condition(parse, section, line, at, &section->stats.admins);
}

static void stats_read_refresh(struct conf_parse *parse, void *object, const struct conf_line *line,
			       unsigned at, bool no)
{
	struct section *section = object;
	uint32_t refresh;

	if (stats_begin(parse, section, line, at, 1, 1, "stats refresh <delay>") &&
	    read_seconds(parse, &line->words[at], &refresh))
		section->stats.refresh_ms = refresh;
}

static void stats_read_rule(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;
	struct rule *rule;

	if (!stats_begin(parse, section, line, at, 1, UINT32_MAX,
			 "stats http-request { allow | deny | auth [realm <realm>] } [if ...]"))
		return;
	rule = rule_parse(parse, section, RULES_STATS, line, at);
	if (rule != NULL)
		rule_append(parse, &section->rules, rule);
}

static void stats_read_modules(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	stats_begin(parse, object, line, at, 0, 0, "stats show-modules");
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define STATS(word, function, what, line)                                                          \
	{ DOC("stats " word, what, "stats " line), .where = CONF_DFLB, .type = CONF_PARSE,          \
	  .parse = function }

const struct conf_keyword proxy_keywords_stats[] = {
	{ .doc = { .name = "stats admin", .since = "0.3",
		   .summary = "Whose requests may change servers on the page.",
		   .example = "stats admin if { src 127.0.0.1 }" },
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE,
	  .parse = stats_read_admin },
	STATS("auth", stats_read_auth, "A user and password that may see the page.",
	      "auth admin:PASSWORD"),
	STATS("enable", stats_read_enable, "Serve the statistics page.", "enable"),
	{ .doc = { .name = "stats handover", .since = "0.4",
		   .summary = "Lets those whom stats admin allows changes hand the pair's addresses over.",
		   .example = "stats handover" },
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE,
	  .parse = stats_read_handover },
	STATS("hide-version", stats_read_hide_version, "Do not show the version.", "hide-version"),
	{ .doc = { .name = "stats http-request", .since = "0.4",
		   .summary = "Who may see the statistics page: allow, deny, or auth for a password.",
		   .example = "stats http-request deny unless { src 10.0.0.0/8 }" },
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE,
	  .parse = stats_read_rule },
	STATS("realm", stats_read_realm, "What browsers show when they ask for the password.",
	      "realm HAProxy\\ Statistics"),
	STATS("refresh", stats_read_refresh, "Browsers load the page again after this many seconds.",
	      "refresh 10s"),
	STATS("scope", stats_read_scope, "Show this section; without it all are shown.", "scope ."),
	STATS("show-desc", stats_read_show_desc, "Show the description, or this text.",
	      "show-desc the left one"),
	STATS("show-legends", stats_read_show_legends, "Show more about each line in tooltips.",
	      "show-legends"),
	{ .doc = { .name = "stats show-modules", .since = "0.4",
		   .summary = "Show what modules count; no module here counts for itself.",
		   .example = "stats show-modules" },
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = stats_read_modules },
	STATS("show-node", stats_read_show_node, "Show the node's name, or this one.",
	      "show-node left"),
	STATS("uri", stats_read_uri, "Where the page is; by default /haproxy?stats.", "uri /stats"),
	CONF_KEYWORDS_END,
};
