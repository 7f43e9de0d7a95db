/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_line.c - reqrep, reqdel, reqdeny, rsprep and the like, which
 * HAProxy took away in 2.1: a regular expression is tried on the request line
 * ("GET /x HTTP/1.1") or status line, and if that does not match on each
 * header ("Name: value"), and what matches is replaced or removed as a whole,
 * or decides about the message.
 *
 * They are done as they were, so that old files mean what they meant; the
 * warning names the modern line where there is a simple one.
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "proxy/action.h"

enum line_verb { LINE_REPLACE, LINE_DELETE, LINE_DENY, LINE_ALLOW, LINE_PASS, LINE_TARPIT };

struct line_word {
	const char *word;
	enum line_verb verb;
	bool response, ignore_case;
};

static const struct line_word line_words[] = {
	{ "cliexp", LINE_REPLACE, false, false },   { "reqallow", LINE_ALLOW, false, false },
	{ "reqdel", LINE_DELETE, false, false },    { "reqdeny", LINE_DENY, false, false },
	{ "reqiallow", LINE_ALLOW, false, true },   { "reqidel", LINE_DELETE, false, true },
	{ "reqideny", LINE_DENY, false, true },	    { "reqipass", LINE_PASS, false, true },
	{ "reqirep", LINE_REPLACE, false, true },   { "reqitarpit", LINE_TARPIT, false, true },
	{ "reqpass", LINE_PASS, false, false },	    { "reqrep", LINE_REPLACE, false, false },
	{ "reqtarpit", LINE_TARPIT, false, false }, { "rspdel", LINE_DELETE, true, false },
	{ "rspdeny", LINE_DENY, true, false },	    { "rspidel", LINE_DELETE, true, true },
	{ "rspideny", LINE_DENY, true, true },	    { "rspirep", LINE_REPLACE, true, true },
	{ "rsprep", LINE_REPLACE, true, false },    { "srvexp", LINE_REPLACE, true, false },
};

struct line_args {
	enum line_verb verb;
	struct regex *regex;
	struct slice replacement;
};

static const struct line_word *find_word(const char *text)
{
	for (unsigned i = 0; i < ARRAY_LEN(line_words); i++)
		if (strcmp(line_words[i].word, text) == 0)
			return &line_words[i];
	ASSERT(!"a row of this table");
	return NULL;
}

static unsigned line_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	const struct line_word *word = find_word(line->words[at].text);
	struct line_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	unsigned count = word->verb == LINE_REPLACE ? 2 : 1;

	rule->phase = RULE_LINE;
	args->verb = word->verb;
	if (!conf_need_words(parse, line, at + 1, count, UINT32_MAX,
			     count == 2 ? "<regex> <replacement>" : "<regex>"))
		return 0;
	args->regex = action_regex(parse, &line->words[at + 1], word->ignore_case);
	if (count == 2)
		args->replacement = slice_of(line->words[at + 2].text);
	return args->regex != NULL ? at + 1 + count : 0;
}

/* ---- what they do ---- */

static struct slice first_line(const struct http_message *message, struct bump *memory)
{
	struct out out = { 0 };

	out.bytes = bump_room(memory, message->method.len + message->target.len +
					      message->reason.len + sizeof("HTTP/1.1 999  "),
			      &out.size);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	if (!message->response) {
		out_put(&out, message->method);
		out_char(&out, ' ');
		out_put(&out, message->target);
		out_char(&out, ' ');
	}
	out_text(&out, "HTTP/1.");
	out_number(&out, message->minor);
	if (message->response) {
		out_char(&out, ' ');
		out_number(&out, message->status);
		out_char(&out, ' ');
		out_put(&out, message->reason);
	}
	bump_commit(memory, out.len);
	return out_slice(&out);
}

/* Up to the next blank; moves *text behind it. */
static struct slice next_part(struct slice *text)
{
	const char *blank = text->len != 0 ? memchr(text->at, ' ', text->len) : NULL;
	struct slice part = *text;

	if (blank != NULL)
		part.len = (size_t)(blank - text->at);
	*text = slice_skip(*text, part.len + 1);
	return part;
}

static bool set_request_line(struct http_message *message, struct bump *memory, struct slice line)
{
	struct slice method = next_part(&line);
	struct slice target = next_part(&line);

	return http_set_method(message, method) && http_set_target(message, memory, target);
}

static bool set_status_line(struct http_message *message, struct slice line)
{
	struct slice version = next_part(&line);
	struct slice status = next_part(&line);
	unsigned number = 0;

	for (size_t i = 0; i < status.len; i++) {
		if (!isdigit((unsigned char)status.at[i]))
			return false;
		number = number * 10 + (unsigned)(status.at[i] - '0');
	}
	return version.len != 0 && status.len == 3 &&
	       http_set_status(message, (uint16_t)number, line);
}

static struct slice trimmed(struct slice text)
{
	while (text.len != 0 && (*text.at == ' ' || *text.at == '\t'))
		text = slice_skip(text, 1);
	while (text.len != 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool set_header_line(struct http_message *message, struct http_header *header,
			    struct slice line)
{
	const char *colon = line.len != 0 ? memchr(line.at, ':', line.len) : NULL;
	struct slice name = line, value;

	if (colon == NULL)
		return false;
	name.len = (size_t)(colon - line.at);
	value = trimmed(slice_skip(line, name.len + 1));
	if (slice_equal_nocase(name, header->name))
		return http_header_change(message, header, value);
	http_header_remove(message, header);
	return http_header_add(message, name, value);
}

static enum rule_verdict decide(const struct rule *rule, struct rule_run *run, unsigned status,
				char phase, enum rule_verdict verdict)
{
	struct slice message = http_error_reply(run->txn, status);

	if (message.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, message, 'P', phase);
	return verdict;
}

/* A line has matched, and nothing is replaced or removed. */
static enum rule_verdict line_decide(const struct rule *rule, struct rule_run *run)
{
	const struct line_args *args = rule->args;
	bool response = rule->list == RULES_HTTP_RESPONSE;

	if (args->verb == LINE_DENY)
		return decide(rule, run, response ? 502 : 403, response ? 'H' : 'R', RULE_REPLY);
	if (args->verb == LINE_TARPIT)
		return decide(rule, run, 500, 'T', RULE_TARPIT);
	return args->verb == LINE_ALLOW ? RULE_DONE : RULE_NEXT;
}

/* The first line has matched; it cannot be removed. */
static enum rule_verdict apply_first(const struct rule *rule, struct rule_run *run,
				     const struct regex_match *match)
{
	const struct line_args *args = rule->args;
	struct slice line;

	if (args->verb == LINE_DELETE)
		return RULE_NEXT;
	if (args->verb != LINE_REPLACE)
		return line_decide(rule, run);
	line = action_expand(run->context->memory, args->replacement, match);
	if (line.at == NULL)
		return RULE_ERROR;
	return action_done(run, run->message->response
					? set_status_line(run->message, line)
					: set_request_line(run->message, run->context->memory, line));
}

/* A header has matched. */
static bool apply_header(const struct line_args *args, struct rule_run *run,
			 struct http_header *header, const struct regex_match *match)
{
	struct slice line;

	if (args->verb == LINE_DELETE) {
		http_header_remove(run->message, header);
		return true;
	}
	line = action_expand(run->context->memory, args->replacement, match);
	return line.at != NULL && set_header_line(run->message, header, line);
}

static bool edits(const struct line_args *args)
{
	return args->verb == LINE_REPLACE || args->verb == LINE_DELETE;
}

/* From the last to the first: those that are removed move only what was looked at. */
static enum rule_verdict apply_headers(const struct rule *rule, struct rule_run *run)
{
	const struct line_args *args = rule->args;
	struct regex_match match;
	bool ok = true;

	for (unsigned i = run->message->header_count; i-- > 0;) {
		struct http_header *header = &run->message->headers[i];
		struct slice line = action_join(run->context->memory, header->name, SLICE(": "),
						header->value);

		if (line.at == NULL)
			return RULE_ERROR;
		if (!regex_match(args->regex, run->context->regex, line, &match))
			continue;
		if (!edits(args))
			return line_decide(rule, run);
		ok &= apply_header(args, run, header, &match);
	}
	return action_done(run, ok);
}

static enum rule_verdict line_run(const struct rule *rule, struct rule_run *run)
{
	const struct line_args *args = rule->args;
	struct slice line = first_line(run->message, run->context->memory);
	struct regex_match match;

	if (line.at == NULL)
		return RULE_ERROR;
	if (regex_match(args->regex, run->context->regex, line, &match))
		return apply_first(rule, run, &match);
	return apply_headers(rule, run);
}

const struct rule_action rule_action_line = {
	ACTION_DOC("reqrep", "Replace, remove or judge a whole line; removed from HAProxy.",
		   "reqrep ^Host:(.*) Host:\\1"),
	.lists = IN_REQUEST | IN_RESPONSE, .parse = line_read, .run = line_run,
};

/* ---- what to write today ---- */

const char *action_quoted(struct arena *arena, const char *text)
{
	bool plain = *text != '\0' && text[strcspn(text, " \t\"'#$\\")] == '\0';

	if (plain)
		return text;
	if (strchr(text, '\'') == NULL)
		return arena_printf(arena, "'%s'", text);
	return arena_printf(arena, "\"%s\"", text);
}

/* "X-Name" of "^X-Name:" at the beginning of an expression; *ret_rest is what follows, or all. */
static const char *header_of(struct arena *arena, const char *regex, const char **ret_rest)
{
	size_t len;

	*ret_rest = regex;
	regex += *regex == '^';
	len = strspn(regex, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	if (len == 0 || regex[len] != ':')
		return NULL;
	*ret_rest = regex + len + 1;
	*ret_rest += strspn(*ret_rest, " ");
	return arena_strndup(arena, regex, len);
}

/* What is left behind "^X-Name: ", for the value alone. */
static const char *value_regex(struct arena *arena, const char *rest)
{
	return action_quoted(arena, *rest == '\0' ? ".*" : arena_printf(arena, "^%s", rest));
}

/* "^([^ :]*) /old/(.*)" and "\1 /new/\2": a group for the method, then the target. */
static const char *target_of(const char *regex)
{
	size_t len;

	if (regex[0] != '^' || regex[1] != '(')
		return NULL;
	len = strcspn(regex + 2, "()");
	if (regex[2 + len] != ')' || regex[3 + len] != ' ')
		return NULL;
	return regex + 4 + len;
}

/* \2 becomes \1 and so on. */
static const char *renumbered(struct arena *arena, const char *replacement)
{
	char *copy = arena_strdup(arena, replacement);

	for (char *at = copy; *at != '\0'; at++) {
		if (*at != '\\' || at[1] == '\0')
			continue;
		at++;
		if (*at >= '2' && *at <= '9')
			(*at)--;
	}
	return copy;
}

static const char *modern_replace(struct arena *arena, const char *list, bool response,
				  const char *regex, const char *replacement)
{
	const char *rest, *replaced_rest;
	const char *name = header_of(arena, regex, &rest);
	const char *replaced = header_of(arena, replacement, &replaced_rest);

	if (name != NULL && replaced != NULL && strcasecmp(name, replaced) == 0)
		return arena_printf(arena, "%s replace-header %s %s %s", list, name,
				    value_regex(arena, rest), action_quoted(arena, replaced_rest));
	rest = response ? NULL : target_of(regex);
	if (rest == NULL || strncmp(replacement, "\\1 ", 3) != 0)
		return NULL;
	return arena_printf(arena, "http-request replace-uri %s %s",
			    action_quoted(arena, arena_printf(arena, "^%s", rest)),
			    action_quoted(arena, renumbered(arena, replacement + 3)));
}

static const char *modern_delete(struct arena *arena, const char *list, const char *regex)
{
	const char *rest;
	const char *name = header_of(arena, regex, &rest);

	if (name == NULL || (*rest != '\0' && strcmp(rest, ".*") != 0))
		return NULL;
	return arena_printf(arena, "%s del-header %s", list, name);
}

/* A decision about one header: "^User-Agent: bad" */
static const char *modern_decision(struct arena *arena, const struct line_word *word,
				   const char *regex)
{
	const char *action = word->verb == LINE_DENY	? "deny"
			     : word->verb == LINE_ALLOW ? "allow"
							: "tarpit";
	const char *rest;
	const char *name = header_of(arena, regex, &rest);

	if (name == NULL || word->verb == LINE_PASS)
		return NULL;
	return arena_printf(arena, "http-%s %s if { %s.hdr(%s) -m reg%s %s }",
			    word->response ? "response" : "request", action,
			    word->response ? "res" : "req", name, word->ignore_case ? " -i" : "",
			    value_regex(arena, rest));
}

const char *action_line_hint(const char *word)
{
	static const char *const hints[][2] = {
		[LINE_REPLACE] = { "'http-request replace-header' or 'replace-uri' took its place",
				   "'http-response replace-header' or 'set-status' took its "
				   "place" },
		[LINE_DELETE] = { "'http-request del-header' took its place",
				  "'http-response del-header' took its place" },
		[LINE_DENY] = { "'http-request deny' took its place",
				"'http-response deny' took its place" },
		[LINE_ALLOW] = { "'http-request allow' took its place", NULL },
		[LINE_PASS] = { "remove the line", NULL },
		[LINE_TARPIT] = { "'http-request tarpit' took its place", NULL },
	};
	const struct line_word *row = find_word(word);

	return hints[row->verb][row->response];
}

const char *action_line_modern(struct conf_parse *parse, const struct conf_line *line, unsigned at)
{
	const struct line_word *word = find_word(line->words[at].text);
	const char *list = word->response ? "http-response" : "http-request";
	unsigned condition = at + (word->verb == LINE_REPLACE ? 3 : 2);
	const char *modern;

	if (line->count < condition)
		return NULL;
	if (word->verb == LINE_REPLACE)
		modern = modern_replace(parse->arena, list, word->response,
					line->words[at + 1].text, line->words[at + 2].text);
	else if (word->verb == LINE_DELETE)
		modern = modern_delete(parse->arena, list, line->words[at + 1].text);
	else if (line->count == condition)
		return modern_decision(parse->arena, word, line->words[at + 1].text);
	else
		return NULL;
	if (modern == NULL || line->count == condition)
		return modern;
	return arena_printf(parse->arena, "%s %s", modern,
			    conf_line_text(parse, line, condition));
}
