/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_rules.c - ACLs and what conditions decide: the lists of
 * rules, `redirect` and `use_backend` (configuration manual, chapters 4.2
 * and 7).
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/reading.h"

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

static void rules_read(struct conf_parse *parse, struct section *section, enum rule_list list,
		       const struct conf_line *line, unsigned at)
{
	struct rule *rule;

	if (!rules_allowed(parse, section, line))
		return;
	rule = rule_parse(parse, section, list, line, at);
	if (rule != NULL)
		rule_append(parse, &section->rules, rule);
}

static void rules_read_connection(struct conf_parse *parse, void *section,
				  const struct conf_line *line, unsigned at, bool no)
{
	rules_read(parse, section, RULES_CONNECTION, line, at);
}

static void rules_read_session(struct conf_parse *parse, void *section,
			       const struct conf_line *line, unsigned at, bool no)
{
	rules_read(parse, section, RULES_SESSION, line, at);
}

static void rules_read_content(struct conf_parse *parse, void *section,
			       const struct conf_line *line, unsigned at, bool no)
{
	rules_read(parse, section, RULES_REQUEST_CONTENT, line, at);
}

static void rules_read_response_content(struct conf_parse *parse, void *section,
					const struct conf_line *line, unsigned at, bool no)
{
	rules_read(parse, section, RULES_RESPONSE_CONTENT, line, at);
}

/* In mode tcp they are passed over, with a warning once the mode is known. */
static void rules_read_http(struct conf_parse *parse, struct section *section,
			    enum rule_list list, const struct conf_line *line, unsigned at)
{
	http_word_note(parse, section, line, at, false, HTTP_WORD_WARNS_IN_TCP);
	rules_read(parse, section, list, line, at);
}

static void rules_read_request(struct conf_parse *parse, void *section,
			       const struct conf_line *line, unsigned at, bool no)
{
	rules_read_http(parse, section, RULES_HTTP_REQUEST, line, at);
}

static void rules_read_response(struct conf_parse *parse, void *section,
				const struct conf_line *line, unsigned at, bool no)
{
	rules_read_http(parse, section, RULES_HTTP_RESPONSE, line, at);
}

static void rules_read_after(struct conf_parse *parse, void *section,
			     const struct conf_line *line, unsigned at, bool no)
{
	rules_read_http(parse, section, RULES_HTTP_AFTER_RESPONSE, line, at);
}

static void rules_read_redirect(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct rule *rule;

	http_word_note(parse, section, line, at, false, HTTP_WORD_WARNS_IN_TCP);
	rule = rule_parse_action(parse, section, RULES_HTTP_REQUEST, &rule_action_redirect_line,
				 line, at - 1);
	if (rule != NULL)
		rule_append(parse, &section->rules, rule);
}

static bool rules_read_time(struct conf_parse *parse, const struct section *section,
			    const struct conf_line *line, unsigned at, uint32_t *ret_ms)
{
	return rules_allowed(parse, section, line) &&
	       conf_need_words(parse, line, at, 1, 1, "tcp-request inspect-delay <time>") &&
	       conf_read_duration(parse, &line->words[at], ret_ms);
}

static void rules_read_delay(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	uint32_t delay;

	if (!rules_read_time(parse, section, line, at, &delay))
		return;
	section->front.inspect_delay = delay;
	section->back.inspect_delay = delay;
}

static void rules_read_response_delay(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	uint32_t delay;

	if (rules_read_time(parse, section, line, at, &delay))
		section->back.response_inspect_delay = delay;
}

/* ---- use_backend ---- */

static const struct expr_place use_backend_place = {
	.what = "'use_backend'",
	.have = EXPR_HAVE_CLIENT | EXPR_HAVE_REQUEST_BYTES | EXPR_HAVE_REQUEST |
		EXPR_HAVE_REQUEST_BODY | EXPR_HAVE_STREAM,
	.http = true,
};

/* A name with a '%' is found when it runs. False after a report. */
static bool use_backend_read_name(struct conf_parse *parse, struct use_backend *use,
				  const struct conf_word *word)
{
	use->name = word->text;
	use->span = word->span;
	if (strchr(word->text, '%') == NULL)
		return true;
	use->format = format_parse(parse, &use_backend_place, word, FORMAT_VALUE);
	return use->format != NULL;
}

static void rules_read_use_backend(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct use_backend **last = &section->front.use_backends;
	struct use_backend *use;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     "use_backend <backend> [if|unless <condition>]"))
		return;
	use = arena_zalloc(parse->arena, sizeof(*use));
	if (!use_backend_read_name(parse, use, &line->words[at]))
		return;
	if (at + 1 < line->count) {
		use->condition = acl_condition_parse(parse, section->acls, &use_backend_place, line,
						     at + 1);
		if (use->condition == NULL)
			return;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = use;
}

#define DOC(word, version, what, line)                                                             \
	.doc = { .name = word, .since = version, .summary = what, .example = line }

const struct conf_keyword proxy_keywords_rules[] = {
	{ DOC("acl", "0.1", "A named test of what is known about a client or a request.",
	      "acl inside src 10.0.0.0/8 192.168.0.0/16"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_acl },
	{ DOC("tcp-request connection", "0.1", "A rule for when a client has just connected.",
	      "tcp-request connection reject if { src 192.0.2.0/24 }"),
	  .where = CONF_DFL, .type = CONF_PARSE, .parse = rules_read_connection },
	{ DOC("tcp-request session", "0.2", "A rule for when a client's address is known.",
	      "tcp-request session reject if { src 192.0.2.0/24 }"),
	  .where = CONF_DFL, .type = CONF_PARSE, .parse = rules_read_session },
	{ DOC("tcp-request content", "0.1", "A rule for when a client has sent something.",
	      "tcp-request content reject unless { dst_port 443 }"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_content },
	{ DOC("tcp-request inspect-delay", "0.1", "How long content rules may wait for data.",
	      "tcp-request inspect-delay 5s"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_delay },
	{ DOC("tcp-response content", "0.2", "A rule for when a server has answered.",
	      "tcp-response content accept"),
	  .where = CONF_DLB, .type = CONF_PARSE, .parse = rules_read_response_content },
	{ DOC("tcp-response inspect-delay", "0.2", "How long response rules may wait for data.",
	      "tcp-response inspect-delay 5s"),
	  .where = CONF_DLB, .type = CONF_PARSE, .parse = rules_read_response_delay },
	{ DOC("http-request", "0.2", "A rule for each request.",
	      "http-request set-header X-Client %[src]"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_request },
	{ DOC("http-response", "0.2", "A rule for each response of a server.",
	      "http-response del-header Server"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_response },
	{ DOC("http-after-response", "0.2", "A rule for each response, our own too.",
	      "http-after-response set-header X-Frame-Options DENY"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = rules_read_after },
	{ DOC("redirect", "0.2", "Send clients to another address, after all http-request rules.",
	      "redirect prefix http://www.example.com if { path / }"),
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE,
	  .parse = rules_read_redirect },
	{ DOC("use_backend", "0.1", "Send clients to this backend when the condition is true.",
	      "use_backend web if { dst_port 80 }"),
	  .where = CONF_FRONTEND | CONF_LISTEN, .ignored_in = CONF_BACKEND, .type = CONF_PARSE,
	  .parse = rules_read_use_backend },
	CONF_KEYWORDS_END,
};
