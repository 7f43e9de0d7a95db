/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_rules.c - ACLs and what conditions decide: tcp-request and
 * use_backend (configuration manual, chapters 4.2 and 7).
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* What follows `tcp-request connection` or `tcp-request content`. */
struct tcp_action_row {
	struct doc doc;
	enum tcp_rule_action action;
};

static const struct tcp_action_row rules_actions[] = {
	{ .doc = { .name = "accept", .since = "0.1", .summary = "Let the client in; no more rules.",
		   .example = "tcp-request connection accept if { src 10.0.0.0/8 }" },
	  .action = TCP_RULE_ACCEPT },
	{ .doc = { .name = "reject", .since = "0.1", .summary = "Close the connection.",
		   .example = "tcp-request connection reject unless { src 10.0.0.0/8 }" },
	  .action = TCP_RULE_REJECT },
};

/* Rules in defaults need a name there: the sections that take them must be known. */
static bool rules_allowed(struct conf_parse *parse, const struct section *section,
			  const struct conf_line *line)
{
	if (section->kind != SECTION_DEFAULTS || section->name != NULL)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, line->words[0].span,
		 "give the defaults section a name",
		 "'%s' is not allowed in a defaults section without a name", line->words[0].text);
	return false;
}

static void rules_read_acl(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct section *section = object;

	if (rules_allowed(parse, section, line))
		acl_parse(parse, section->acls, line, at);
}

static const struct tcp_action_row *
rules_find_action(struct conf_parse *parse, const struct conf_word *word, const char *what)
{
	const char *names[ARRAY_LEN(rules_actions) + 1] = {NULL};
	struct conf_word name = *word;

	for (unsigned i = 0; i < ARRAY_LEN(rules_actions); i++) {
		names[i] = rules_actions[i].doc.name;
		if (strcmp(names[i], word->text) == 0)
			return &rules_actions[i];
	}
	name.text = arena_strndup(parse->arena, word->text, strcspn(word->text, "("));
	conf_error_unknown(parse, &name, what, names);
	return NULL;
}

static void rules_read_rule(struct conf_parse *parse, struct section *section,
			    const struct conf_line *line, unsigned at, struct tcp_rule **rules,
			    const char *what)
{
	const struct tcp_action_row *row;
	struct tcp_rule *rule;
	struct acl_condition *condition = NULL;

	if (!rules_allowed(parse, section, line) ||
	    !conf_need_words(parse, line, at, 1, UINT32_MAX, "<action> [if|unless <condition>]"))
		return;
	row = rules_find_action(parse, &line->words[at], what);
	if (row == NULL)
		return;
	if (at + 1 < line->count) {
		condition = acl_condition_parse(parse, section->acls, line, at + 1);
		if (condition == NULL)
			return;
	}
	rule = arena_zalloc(parse->arena, sizeof(*rule));
	rule->action = row->action;
	rule->condition = condition;
	while (*rules != NULL)
		rules = &(*rules)->next;
	*rules = rule;
}

static void rules_read_connection(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	rules_read_rule(parse, section, line, at, &section->front.connection_rules,
			"tcp-request connection action");
}

static void rules_read_content(struct conf_parse *parse, void *object, const struct conf_line *line,
			       unsigned at, bool no)
{
	struct section *section = object;
	const char *what = "tcp-request content action";

	if (section->kind == SECTION_BACKEND)
		rules_read_rule(parse, section, line, at, &section->back.content_rules, what);
	else
		rules_read_rule(parse, section, line, at, &section->front.content_rules, what);
}

static void rules_read_delay(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	uint32_t delay;

	if (!rules_allowed(parse, section, line) ||
	    !conf_need_words(parse, line, at, 1, 1, "tcp-request inspect-delay <time>") ||
	    !conf_read_duration(parse, &line->words[at], &delay))
		return;
	section->front.inspect_delay = delay;
	section->back.inspect_delay = delay;
}

static void rules_read_use_backend(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct use_backend **last = &section->front.use_backends;
	struct acl_condition *condition = NULL;
	struct use_backend *use;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     "use_backend <backend> [if|unless <condition>]"))
		return;
	if (strchr(line->words[at].text, '%') != NULL) {
		report_not_supported(parse, line->words[at].span, line->words[at].text, NULL);
		return;
	}
	if (at + 1 < line->count) {
		condition = acl_condition_parse(parse, section->acls, line, at + 1);
		if (condition == NULL)
			return;
	}
	use = arena_zalloc(parse->arena, sizeof(*use));
	use->name = line->words[at].text;
	use->span = line->words[at].span;
	use->condition = condition;
	while (*last != NULL)
		last = &(*last)->next;
	*last = use;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_rules[] = {
	{ DOC("acl", "A named test of what is known about a client.",
	      "acl inside src 10.0.0.0/8 192.168.0.0/16"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_acl },
	{ DOC("tcp-request connection", "Accept or reject as soon as a client has connected.",
	      "tcp-request connection reject if { src 192.0.2.0/24 }"),
	  .where = CONF_DFL, .type = CONF_PARSE, .parse = rules_read_connection },
	{ DOC("tcp-request content", "Accept or reject once the client has sent something.",
	      "tcp-request content reject unless { dst_port 443 }"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_content },
	{ DOC("tcp-request inspect-delay", "How long content rules may wait for data.",
	      "tcp-request inspect-delay 5s"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_delay },
	{ DOC("use_backend", "Send clients to this backend when the condition is true.",
	      "use_backend web if { dst_port 80 }"),
	  .where = CONF_FRONTEND | CONF_LISTEN, .ignored_in = CONF_BACKEND, .type = CONF_PARSE,
	  .parse = rules_read_use_backend },
	CONF_KEYWORDS_END,
};
