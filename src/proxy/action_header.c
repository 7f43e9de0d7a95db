/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_header.c - actions that add, set and remove headers, and set the status. */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "proxy/action.h"

struct header_args {
	struct slice name;
	struct format *value;
};

static unsigned header_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	struct header_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 2, "<name> <format>") ||
	    !action_header_name(parse, &line->words[at + 1], &args->name))
		return 0;
	args->value = action_format(parse, section, rule, &line->words[at + 2]);
	return args->value != NULL ? at + 3 : 0;
}

static enum rule_verdict header_add(const struct rule *rule, struct rule_run *run)
{
	const struct header_args *args = rule->args;
	struct slice value = format_text(args->value, run->context);

	return action_done(run, value.at != NULL &&
					http_header_add(run->message, args->name, value));
}

/* Those on which the message's end or its host depends are never away. */
static bool is_vital(struct slice name)
{
	enum http_header_id id = http_header_id_of(name);

	return id == HTTP_CONTENT_LENGTH || id == HTTP_TRANSFER_ENCODING || id == HTTP_HOST;
}

/* As HAProxy does it, the new one stands behind all others. */
static enum rule_verdict header_set(const struct rule *rule, struct rule_run *run)
{
	const struct header_args *args = rule->args;
	struct slice value = format_text(args->value, run->context);

	if (value.at == NULL)
		return action_done(run, false);
	if (is_vital(args->name))
		return action_done(run, http_header_set(run->message, args->name, value));
	http_header_remove_all(run->message, args->name);
	return action_done(run, http_header_add(run->message, args->name, value));
}

/* ---- del-header ---- */

enum name_match { NAME_STR, NAME_BEG, NAME_END, NAME_SUB, NAME_REG };

struct delete_args {
	struct slice name;
	int match;
	struct regex *regex;
};

static const struct conf_choice name_matches[] = {
	{ "str", NAME_STR, "The name is exactly that." },
	{ "beg", NAME_BEG, "It begins so." },
	{ "end", NAME_END, "It ends so." },
	{ "sub", NAME_SUB, "That is part of it." },
	{ "reg", NAME_REG, "The regular expression matches it." },
	{ NULL, 0, NULL },
};

static unsigned delete_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	struct delete_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const struct conf_word *word = &line->words[at + 1];
	unsigned next = at + 2;

	if (!action_need(parse, rule, line, at, 1, "<name> [-m <method>]"))
		return 0;
	args->name = slice_of(word->text);
	if (next < line->count && strcmp(line->words[next].text, "-m") == 0) {
		if (!conf_need_words(parse, line, next + 1, 1, UINT32_MAX,
				     "del-header <name> -m str|beg|end|sub|reg") ||
		    !conf_read_choice(parse, &line->words[next + 1], name_matches,
				      "matching method", &args->match))
			return 0;
		next += 2;
	}
	if (args->match == NAME_REG) {
		args->regex = action_regex(parse, word, true);
		return args->regex != NULL ? next : 0;
	}
	if (args->match == NAME_STR && !action_header_name(parse, word, &args->name))
		return 0;
	return next;
}

static bool name_has(struct slice name, struct slice part)
{
	for (size_t i = 0; i + part.len <= name.len; i++)
		if (strncasecmp(name.at + i, part.at, part.len) == 0)
			return true;
	return false;
}

static bool name_matches_args(const struct delete_args *args, struct slice name,
			      struct rule_run *run)
{
	struct slice part = args->name;

	if (args->match == NAME_REG)
		return regex_match(args->regex, run->context->regex, name, NULL);
	if (part.len > name.len)
		return false;
	if (args->match == NAME_BEG)
		return strncasecmp(name.at, part.at, part.len) == 0;
	if (args->match == NAME_END)
		return strncasecmp(name.at + name.len - part.len, part.at, part.len) == 0;
	return name_has(name, part);
}

static enum rule_verdict delete_run(const struct rule *rule, struct rule_run *run)
{
	const struct delete_args *args = rule->args;
	struct http_message *message = run->message;

	if (args->match == NAME_STR) {
		http_header_remove_all(message, args->name);
		return RULE_NEXT;
	}
	for (unsigned i = message->header_count; i-- > 0;)
		if (name_matches_args(args, message->headers[i].name, run))
			http_header_remove(message, &message->headers[i]);
	return RULE_NEXT;
}

/* ---- set-status ---- */

struct status_args {
	int64_t status;
	struct slice reason; /* at NULL: the usual */
};

static unsigned status_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	struct status_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 1, "<status> [reason <text>]") ||
	    !conf_read_int(parse, &line->words[at + 1], 100, 999, &args->status))
		return 0;
	if (at + 3 >= line->count || strcmp(line->words[at + 2].text, "reason") != 0)
		return at + 2;
	args->reason = slice_of(line->words[at + 3].text);
	return at + 4;
}

static enum rule_verdict status_run(const struct rule *rule, struct rule_run *run)
{
	const struct status_args *args = rule->args;

	return action_done(run, http_set_status(run->message, (uint16_t)args->status,
						args->reason));
}

const struct rule_action rule_actions_header[] = {
	{ ACTION_DOC("add-header", "Add a header, beside others of that name.",
		     "http-request add-header X-Via relevo"),
	  .lists = IN_HTTP, .parse = header_read, .run = header_add },
	{ ACTION_DOC("set-header", "Set a header in place of all of that name.",
		     "http-request set-header X-Client %[src]"),
	  .lists = IN_HTTP, .parse = header_read, .run = header_set },
	{ ACTION_DOC("del-header", "Remove the headers of that name, or of names that match.",
		     "http-response del-header X-Powered -m beg"),
	  .lists = IN_HTTP, .parse = delete_read, .run = delete_run },
	{ ACTION_DOC("set-status", "Set the status of the response.",
		     "http-response set-status 503 reason \"Slow down\""),
	  .lists = IN_RESPONSE | IN_AFTER, .parse = status_read, .run = status_run },
	{ .doc = { .name = NULL } },
};
