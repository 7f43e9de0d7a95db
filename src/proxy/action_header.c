/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_header.c - actions that add, set and remove headers, one or a list, and set the status. */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "expr/header_list.h"
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
static bool header_put(struct http_message *message, struct slice name, struct slice value)
{
	if (is_vital(name))
		return http_header_set(message, name, value);
	http_header_remove_all(message, name);
	return http_header_add(message, name, value);
}

static enum rule_verdict header_set(const struct rule *rule, struct rule_run *run)
{
	const struct header_args *args = rule->args;
	struct slice value = format_text(args->value, run->context);

	return action_done(run,
			   value.at != NULL && header_put(run->message, args->name, value));
}

/* ---- del-header ---- */

enum name_match { NAME_STR, NAME_BEG, NAME_END, NAME_SUB, NAME_REG };

struct delete_args {
	struct slice name;
	int match;
	struct regex *regex;
};

static const struct conf_choice name_matches[] = {
	{ "reg", NAME_REG, "The regular expression matches it." },
	/* del-headers-bin has those from here on */
	{ "str", NAME_STR, "The name is exactly that." },
	{ "beg", NAME_BEG, "It begins so." },
	{ "end", NAME_END, "It ends so." },
	{ "sub", NAME_SUB, "That is part of it." },
	{ NULL, 0, NULL },
};

/* "-m beg", if it is there; false after a report. */
static bool delete_read_method(struct conf_parse *parse, const struct conf_line *line,
			       const struct conf_choice *choices, const char *usage,
			       unsigned *next, int *ret_match)
{
	if (*next >= line->count || strcmp(line->words[*next].text, "-m") != 0)
		return true;
	if (!conf_need_words(parse, line, *next + 1, 1, UINT32_MAX, usage) ||
	    !conf_read_choice(parse, &line->words[*next + 1], choices, "matching method",
			      ret_match))
		return false;
	*next += 2;
	return true;
}

static unsigned delete_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	struct delete_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const struct conf_word *word = &line->words[at + 1];
	unsigned next = at + 2;

	if (!action_need(parse, rule, line, at, 1, "<name> [-m <method>]"))
		return 0;
	args->name = slice_of(word->text);
	if (!delete_read_method(parse, line, name_matches,
				"del-header <name> -m str|beg|end|sub|reg", &next, &args->match))
		return 0;
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

static void delete_headers(const struct delete_args *args, struct rule_run *run)
{
	struct http_message *message = run->message;

	if (args->match == NAME_STR) {
		http_header_remove_all(message, args->name);
		return;
	}
	for (unsigned i = message->header_count; i-- > 0;)
		if (name_matches_args(args, message->headers[i].name, run))
			http_header_remove(message, &message->headers[i]);
}

static enum rule_verdict delete_run(const struct rule *rule, struct rule_run *run)
{
	delete_headers(rule->args, run);
	return RULE_NEXT;
}

/* ---- add-headers-bin, set-headers-bin, del-headers-bin (expr/header_list.h) ---- */

struct list_args {
	struct expr *expr;
	struct slice prefix;	/* of the names that are taken; empty: all */
	int match;		/* del-headers-bin: enum name_match */
};

static struct list_args *list_read_expr(struct conf_parse *parse, struct section *section,
					struct rule *rule, const struct conf_line *line,
					unsigned at, const char *words)
{
	struct list_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 1, words))
		return NULL;
	args->prefix = SLICE("");
	args->expr = action_expr(parse, section, rule, &line->words[at + 1]);
	return args->expr != NULL ? args : NULL;
}

static unsigned list_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	static const char words[] = "<expression> [prefix <text>]";
	struct list_args *args = list_read_expr(parse, section, rule, line, at, words);

	if (args == NULL)
		return 0;
	if (at + 2 >= line->count || strcmp(line->words[at + 2].text, "prefix") != 0)
		return at + 2;
	if (!conf_need_words(parse, line, at + 3, 1, UINT32_MAX, words))
		return 0;
	args->prefix = slice_of(line->words[at + 3].text);
	return at + 4;
}

static unsigned list_read_delete(struct conf_parse *parse, struct section *section,
				 struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct list_args *args = list_read_expr(parse, section, rule, line, at,
						"<expression> [-m <method>]");
	unsigned next = at + 2;

	return args != NULL && delete_read_method(parse, line, name_matches + 1,
						  "del-headers-bin <expression> -m str|beg|end|sub",
						  &next, &args->match)
		       ? next
		       : 0;
}

/* The list, in the message's memory; empty: the expression gives none. False: no memory. */
static bool list_get(const struct list_args *args, struct rule_run *run, struct slice *ret)
{
	struct expr_sample sample = { .type = EXPR_BINARY };

	*ret = (struct slice){ NULL, 0 };
	if (!expr_get_as(args->expr, run->context, EXPR_BINARY, &sample) ||
	    sample.value.text.len == 0)
		return true;
	*ret = bump_copy(run->context->memory, sample.value.text);
	return ret->at != NULL;
}

/* The next header; at the end, which an empty name may mark, its name is empty. False: malformed. */
static bool list_next(struct slice *list, struct slice *ret_name, struct slice *ret_value)
{
	*ret_name = (struct slice){ NULL, 0 };
	if (list->len == 0)
		return true;
	return header_list_take(list, ret_name) &&
	       (ret_name->len == 0 || header_list_take(list, ret_value));
}

static bool list_well_formed(struct slice list)
{
	struct slice name, value;
	bool good;

	do
		good = list_next(&list, &name, &value);
	while (good && name.len != 0);
	return good;
}

/* A list that is malformed changes nothing. */
static enum rule_verdict list_put(const struct rule *rule, struct rule_run *run,
				  bool (*put)(struct http_message *message, struct slice name,
					      struct slice value))
{
	const struct list_args *args = rule->args;
	struct slice list, name, value;
	bool done = list_get(args, run, &list) && list_well_formed(list);

	while (done && list_next(&list, &name, &value) && name.len != 0)
		if (args->prefix.len <= name.len &&
		    strncasecmp(name.at, args->prefix.at, args->prefix.len) == 0)
			done = put(run->message, name, value);
	return action_done(run, done);
}

static enum rule_verdict list_add(const struct rule *rule, struct rule_run *run)
{
	return list_put(rule, run, http_header_add);
}

static enum rule_verdict list_set(const struct rule *rule, struct rule_run *run)
{
	return list_put(rule, run, header_put);
}

static enum rule_verdict list_delete(const struct rule *rule, struct rule_run *run)
{
	const struct list_args *args = rule->args;
	struct delete_args one = { .match = args->match };
	struct slice list, rest;

	if (!list_get(args, run, &list))
		return action_done(run, false);
	for (rest = list; rest.len != 0;) {
		if (!header_list_take(&rest, &one.name))
			return action_done(run, false);
		if (one.name.len == 0)
			break;
	}
	while (list.len != 0 && header_list_take(&list, &one.name) && one.name.len != 0)
		delete_headers(&one, run);
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

#define LIST_DOC(word, what, line)                                                                 \
	.doc = { .name = word, .since = "0.5", .summary = what, .example = line }

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
	{ LIST_DOC("add-headers-bin",
		   "Add the headers of a list such as req.hdrs_bin gives, or those with a prefix.",
		   "http-request add-headers-bin var(txn.headers) prefix x-"),
	  .lists = IN_HTTP, .parse = list_read, .run = list_add },
	{ LIST_DOC("set-headers-bin",
		   "Set each header of such a list in place of all of its name: of two with one "
		   "name the last stays.",
		   "http-request set-headers-bin var(txn.headers)"),
	  .lists = IN_HTTP, .parse = list_read, .run = list_set },
	{ LIST_DOC("del-headers-bin",
		   "Remove the headers whose names, or names that match, are in a list of names "
		   "with their lengths.",
		   "http-response del-headers-bin var(txn.names) -m beg"),
	  .lists = IN_HTTP, .parse = list_read_delete, .run = list_delete },
	{ ACTION_DOC("set-status", "Set the status of the response.",
		     "http-response set-status 503 reason \"Slow down\""),
	  .lists = IN_RESPONSE | IN_AFTER, .parse = status_read, .run = status_run },
	{ .doc = { .name = NULL } },
};
