/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_redirect.c - `http-request redirect` and the `redirect` line
 * (configuration manual 4.2 "redirect").
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/reply.h"

enum redirect_kind { REDIRECT_NONE, REDIRECT_LOCATION, REDIRECT_PREFIX, REDIRECT_SCHEME };

struct redirect_args {
	enum redirect_kind kind;
	unsigned status;
	bool drop_query, append_slash, ignore_empty;
	struct slice text;	/* of a `redirect` line, taken literally */
	struct format *format;
	struct slice cookie;	/* at NULL: none */
};

struct redirect_reading {
	struct conf_parse *parse;
	const struct section *section;
	const struct rule *rule;
	const struct conf_line *line;
	struct redirect_args *args;
	bool literal;
};

static bool read_target(struct redirect_reading *reading, enum redirect_kind kind,
			const struct conf_word *word)
{
	struct redirect_args *args = reading->args;

	if (kind != REDIRECT_LOCATION && reading->rule->list == RULES_HTTP_RESPONSE) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_wrong_place, word[-1].span,
			 "write 'location' and the whole address",
			 "'%s' needs a request, which a response rule no longer has",
			 word[-1].text);
		return false;
	}
	args->kind = kind;
	args->text = slice_of(word->text);
	args->format = NULL;
	if (!reading->literal)
		args->format = action_format(reading->parse, reading->section, reading->rule, word);
	return reading->literal || args->format != NULL;
}

static bool read_location(struct redirect_reading *reading, const struct conf_word *word)
{
	return read_target(reading, REDIRECT_LOCATION, word);
}

static bool read_prefix(struct redirect_reading *reading, const struct conf_word *word)
{
	return read_target(reading, REDIRECT_PREFIX, word);
}

static bool read_scheme(struct redirect_reading *reading, const struct conf_word *word)
{
	return read_target(reading, REDIRECT_SCHEME, word);
}

static bool read_code(struct redirect_reading *reading, const struct conf_word *word)
{
	static const struct conf_choice codes[] = {
		{ "301", 301, "Moved permanently." },
		{ "302", 302, "Found." },
		{ "303", 303, "See other." },
		{ "307", 307, "Temporary redirect: the same method again." },
		{ "308", 308, "Permanent redirect: the same method again." },
		{ NULL, 0, NULL },
	};
	int code;

	if (!conf_read_choice(reading->parse, word, codes, "redirect code", &code))
		return false;
	reading->args->status = (unsigned)code;
	return true;
}

static bool read_cookie(struct redirect_reading *reading, const struct conf_word *word,
			const char *attributes)
{
	if (word->text[strcspn(word->text, "\r\n")] != '\0') {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
			 "a cookie may hold no end of line");
		return false;
	}
	reading->args->cookie = slice_of(
		arena_printf(reading->parse->arena, "%s; path=/;%s", word->text, attributes));
	return true;
}

static bool read_set_cookie(struct redirect_reading *reading, const struct conf_word *word)
{
	return read_cookie(reading, word, "");
}

static bool read_clear_cookie(struct redirect_reading *reading, const struct conf_word *word)
{
	return read_cookie(reading, word, " Max-Age=0;");
}

struct redirect_word {
	const char *word;
	bool (*read)(struct redirect_reading *reading, const struct conf_word *word);
	size_t flag; /* without `read`: of a bool in struct redirect_args */
};

#define FLAG(word, name) { word, NULL, offsetof(struct redirect_args, name) }

static const struct redirect_word redirect_words[] = {
	{ "location", read_location, 0 },
	{ "prefix", read_prefix, 0 },
	{ "scheme", read_scheme, 0 },
	{ "code", read_code, 0 },
	{ "set-cookie", read_set_cookie, 0 },
	{ "clear-cookie", read_clear_cookie, 0 },
	FLAG("drop-query", drop_query),
	FLAG("append-slash", append_slash),
	FLAG("ignore-empty", ignore_empty),
};

static void report_word(struct conf_parse *parse, const struct conf_word *word)
{
	const char *names[ARRAY_LEN(redirect_words) + 1] = {NULL};

	for (unsigned i = 0; i < ARRAY_LEN(redirect_words); i++)
		names[i] = redirect_words[i].word;
	conf_error_unknown(parse, word, "word of a redirect", names);
}

/* The word at words[at]: the index behind it, or 0 after a report. */
static unsigned read_word(struct redirect_reading *reading, unsigned at)
{
	const struct conf_word *word = &reading->line->words[at];
	const struct redirect_word *row = redirect_words;

	while (row < redirect_words + ARRAY_LEN(redirect_words) &&
	       strcmp(row->word, word->text) != 0)
		row++;
	if (row == redirect_words + ARRAY_LEN(redirect_words)) {
		report_word(reading->parse, word);
		return 0;
	}
	if (row->read == NULL) {
		*(bool *)((char *)reading->args + row->flag) = true;
		return at + 1;
	}
	if (!conf_need_words(reading->parse, reading->line, at + 1, 1, UINT32_MAX,
			     arena_printf(reading->parse->arena, "%s <value>", word->text)) ||
	    !row->read(reading, word + 1))
		return 0;
	return at + 2;
}

static bool is_condition(const struct conf_word *word)
{
	return strcmp(word->text, "if") == 0 || strcmp(word->text, "unless") == 0;
}

static unsigned redirect_read_words(struct redirect_reading *reading, unsigned at)
{
	struct redirect_args *args = reading->args;
	const struct conf_line *line = reading->line;
	unsigned first = at;

	args->status = 302;
	for (at++; at < line->count && !is_condition(&line->words[at]);) {
		at = read_word(reading, at);
		if (at == 0)
			return 0;
	}
	if (args->kind != REDIRECT_NONE)
		return at;
	diag_add(reading->parse->report, DIAG_ERROR, &diag_missing, line->words[first].span,
		 "add 'location <address>', 'prefix <address>' or 'scheme <name>'",
		 "the redirect has no target");
	return 0;
}

static unsigned redirect_read(struct conf_parse *parse, struct section *section,
			      struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct redirect_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	struct redirect_reading reading = { parse, section, rule, line, args, false };

	return redirect_read_words(&reading, at);
}

static unsigned redirect_read_line(struct conf_parse *parse, struct section *section,
				   struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct redirect_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	struct redirect_reading reading = { parse, section, rule, line, args, true };

	rule->phase = RULE_REDIRECT;
	return redirect_read_words(&reading, at);
}

static struct slice request_host(const struct http_message *request)
{
	const struct http_header *host = http_find(request, HTTP_HOST, NULL);

	return host != NULL ? host->value : SLICE("");
}

/* prefix, scheme: the path goes behind `base`; "/" alone as a prefix adds nothing. */
static struct slice with_path(const struct redirect_args *args, struct rule_run *run,
			      struct slice base)
{
	const struct http_message *request = &run->txn->request;
	struct slice path = args->drop_query ? http_path(request) : request->path;
	bool slash = args->append_slash && path.len != 0 && path.at[path.len - 1] != '/';

	if (args->kind == REDIRECT_PREFIX && slice_is(base, "/"))
		base = SLICE("");
	return action_join(run->context->memory, base, path, slash ? SLICE("/") : SLICE(""));
}

static struct slice redirect_location(const struct redirect_args *args, struct rule_run *run)
{
	struct slice text = args->format == NULL ? args->text
						 : format_text(args->format, run->context);

	if (args->kind == REDIRECT_LOCATION || text.at == NULL)
		return text;
	if (args->kind == REDIRECT_SCHEME)
		text = action_join(run->context->memory, text, SLICE("://"),
				   request_host(&run->txn->request));
	return text.at != NULL ? with_path(args, run, text) : text;
}

/* RFC 9110, 15.4: those a cache may keep by themselves. */
static bool is_permanent(unsigned status)
{
	return status == 301 || status == 308;
}

static enum rule_verdict redirect_run(const struct rule *rule, struct rule_run *run)
{
	const struct redirect_args *args = rule->args;
	struct reply_field fields[4] = { { SLICE("content-length"), SLICE("0") } };
	struct slice location = redirect_location(args, run);
	size_t count = 1;
	struct slice message;

	if (location.at == NULL)
		return RULE_ERROR;
	if (location.len == 0 && args->ignore_empty)
		return RULE_NEXT;
	fields[count++] = (struct reply_field){ SLICE("location"), location };
	if (!is_permanent(args->status))
		fields[count++] =
			(struct reply_field){ SLICE("cache-control"), SLICE("no-cache") };
	if (args->cookie.at != NULL)
		fields[count++] = (struct reply_field){ SLICE("set-cookie"), args->cookie };
	message = reply_message(run->context->memory, args->status, fields, count, SLICE(""));
	if (message.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, message, 'L', rule->list == RULES_HTTP_RESPONSE ? 'H' : 'R');
	return RULE_REPLY;
}

const struct rule_action rule_actions_redirect[] = {
	{ ACTION_DOC("redirect", "Send the client to another address.",
		     "http-request redirect scheme https code 301 unless { dst_port 443 }"),
	  .lists = IN_REQUEST | IN_RESPONSE, .final = true, .parse = redirect_read,
	  .run = redirect_run },
	{ .doc = { .name = NULL } },
};

const struct rule_action rule_action_redirect_line = {
	ACTION_DOC("redirect", "Send the client to another address.",
		   "redirect prefix http://www.example.com if { path / }"),
	.lists = IN_REQUEST, .final = true, .parse = redirect_read_line, .run = redirect_run,
};
