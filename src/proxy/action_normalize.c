/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_normalize.c - `http-request normalize-uri`: one spelling for
 * targets that mean the same (RFC 3986, 6.2.2; configuration manual 4.2).
 *
 * A normalizer writes the path, or the path with its query, anew; it never
 * makes it longer, but for '#', which becomes "%23".
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/action.h"

struct normalizer {
	const char *name, *option; /* a word that may follow; NULL: none */
	bool only_path; /* it gets the path without its query */
	/* False: the target is malformed, which only `option` "strict" says. */
	bool (*write)(struct slice text, bool option, struct out *out);
};

struct normalize_args {
	const struct normalizer *normalizer;
	bool option;
};

static bool encode_fragment(struct slice text, bool option, struct out *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '#')
			out_text(out, "%23");
		else
			out_char(out, text.at[i]);
	}
	return true;
}

static bool strip_fragment(struct slice text, bool option, struct out *out)
{
	const char *hash = memchr(text.at, '#', text.len);

	out_bytes(out, text.at, hash != NULL ? (size_t)(hash - text.at) : text.len);
	return true;
}

static bool merge_slashes(struct slice text, bool option, struct out *out)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '/' || i == 0 || text.at[i - 1] != '/')
			out_char(out, text.at[i]);
	return true;
}

/* The next segment with its '/' in front; moves *text behind it. */
static struct slice next_segment(struct slice *text)
{
	const char *slash = text->len > 1 ? memchr(text->at + 1, '/', text->len - 1) : NULL;
	struct slice segment = *text;

	if (slash != NULL)
		segment.len = (size_t)(slash - text->at);
	*text = slice_skip(*text, segment.len);
	return segment;
}

static bool strip_dot(struct slice text, bool option, struct out *out)
{
	while (text.len != 0) {
		struct slice segment = next_segment(&text);

		if (!slice_is(segment, "/."))
			out_put(out, segment);
		else if (text.len == 0)
			out_char(out, '/'); /* "/a/." is the folder "/a/" */
	}
	return true;
}

/* Takes the last segment off what is written. False: there is none that may go. */
static bool drop_segment(struct out *out, size_t kept)
{
	size_t len = out->len;

	if (len == kept)
		return false;
	while (len > kept && out->bytes[--len] != '/')
		;
	out->len = len;
	return true;
}

static bool strip_dotdot(struct slice text, bool full, struct out *out)
{
	size_t kept = 0; /* "/.." at the beginning, which stay */

	while (text.len != 0) {
		struct slice segment = next_segment(&text);

		if (!slice_is(segment, "/..")) {
			out_put(out, segment);
			continue;
		}
		if (!drop_segment(out, kept) && !full) {
			out_put(out, segment);
			kept = out->len;
		}
		if (text.len == 0)
			out_char(out, '/');
	}
	return true;
}

/* The byte of "%41" at text.at[i], or -1. */
static int escape_at(struct slice text, size_t i)
{
	char digits[3] = { 0 };

	if (i + 2 >= text.len || !isxdigit((unsigned char)text.at[i + 1]) ||
	    !isxdigit((unsigned char)text.at[i + 2]))
		return -1;
	memcpy(digits, text.at + i + 1, 2);
	return (int)strtol(digits, NULL, 16);
}

static bool is_unreserved(int byte)
{
	return isalnum(byte) || (byte != 0 && strchr("-._~", byte) != NULL);
}

static bool decode_unreserved(struct slice text, bool strict, struct out *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int byte = text.at[i] == '%' ? escape_at(text, i) : -1;

		if (text.at[i] == '%' && byte < 0 && strict)
			return false;
		if (byte >= 0 && is_unreserved(byte)) {
			out_char(out, (char)byte);
			i += 2;
		} else {
			out_char(out, text.at[i]);
		}
	}
	return true;
}

static bool upper_escapes(struct slice text, bool strict, struct out *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int byte = text.at[i] == '%' ? escape_at(text, i) : -1;

		out_char(out, text.at[i]);
		if (text.at[i] == '%' && byte < 0 && strict)
			return false;
		if (byte < 0)
			continue;
		out_char(out, (char)toupper((unsigned char)text.at[++i]));
		out_char(out, (char)toupper((unsigned char)text.at[++i]));
	}
	return true;
}

/* ---- query-sort-by-name ---- */

static struct slice param_name(struct slice param)
{
	const char *equals = memchr(param.at, '=', param.len);

	if (equals != NULL)
		param.len = (size_t)(equals - param.at);
	return param;
}

static int compare_names(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len != 0 ? memcmp(a.at, b.at, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static struct slice next_param(struct slice *query)
{
	const char *end = memchr(query->at, '&', query->len);
	struct slice param = *query;

	if (end != NULL)
		param.len = (size_t)(end - query->at);
	*query = slice_skip(*query, param.len + 1);
	return param;
}

/* The least name greater than `after` (at NULL: the least of all); false: there is none. */
static bool next_name(struct slice query, struct slice after, struct slice *ret_name)
{
	bool found = false;

	while (query.len != 0) {
		struct slice name = param_name(next_param(&query));

		if ((after.at != NULL && compare_names(name, after) <= 0) ||
		    (found && compare_names(name, *ret_name) >= 0))
			continue;
		*ret_name = name;
		found = true;
	}
	return found;
}

/* Name after name, so that those of one name keep their order and nothing is allocated. */
static bool sort_query(struct slice text, bool option, struct out *out)
{
	const char *mark = memchr(text.at, '?', text.len);
	struct slice name = { NULL, 0 }, query, rest;
	bool first = true;

	if (mark == NULL) {
		out_put(out, text);
		return true;
	}
	out_bytes(out, text.at, (size_t)(mark + 1 - text.at));
	query = slice_skip(text, (size_t)(mark + 1 - text.at));
	while (next_name(query, name, &name)) {
		for (rest = query; rest.len != 0;) {
			struct slice param = next_param(&rest);

			if (!slice_equal(param_name(param), name))
				continue;
			if (!first)
				out_char(out, '&');
			out_put(out, param);
			first = false;
		}
	}
	return true;
}

static const struct normalizer normalizers[] = {
	{ "fragment-encode", NULL, false, encode_fragment },
	{ "fragment-strip", NULL, false, strip_fragment },
	{ "path-merge-slashes", NULL, true, merge_slashes },
	{ "path-strip-dot", NULL, true, strip_dot },
	{ "path-strip-dotdot", "full", true, strip_dotdot },
	{ "percent-decode-unreserved", "strict", false, decode_unreserved },
	{ "percent-to-uppercase", "strict", false, upper_escapes },
	{ "query-sort-by-name", NULL, false, sort_query },
};

static const struct normalizer *normalize_find(struct conf_parse *parse,
					       const struct conf_word *word)
{
	const char *names[ARRAY_LEN(normalizers) + 1] = { NULL };

	for (unsigned i = 0; i < ARRAY_LEN(normalizers); i++) {
		names[i] = normalizers[i].name;
		if (strcmp(names[i], word->text) == 0)
			return &normalizers[i];
	}
	conf_error_unknown(parse, word, "normalizer", names);
	return NULL;
}

static unsigned normalize_read(struct conf_parse *parse, struct section *section,
			       struct rule *rule, const struct conf_line *line, unsigned at)
{
	struct normalize_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 1, "<normalizer>"))
		return 0;
	args->normalizer = normalize_find(parse, &line->words[at + 1]);
	if (args->normalizer == NULL)
		return 0;
	if (args->normalizer->option == NULL || at + 2 >= line->count ||
	    strcmp(line->words[at + 2].text, args->normalizer->option) != 0)
		return at + 2;
	args->option = true;
	return at + 3;
}

static enum rule_verdict refuse(struct rule_run *run)
{
	struct slice message = http_error_reply(run->txn, 400);

	if (message.at == NULL)
		return RULE_ERROR;
	txn_reply(run->txn, message, 'P', 'R');
	return RULE_REPLY;
}

static enum rule_verdict normalize_run(const struct rule *rule, struct rule_run *run)
{
	const struct normalize_args *args = rule->args;
	struct http_message *message = run->message;
	bool only_path = args->normalizer->only_path;
	struct slice text = only_path ? http_path(message) : message->path;
	struct out out = { 0 };

	if (text.len == 0 || message->form == HTTP_TARGET_ASTERISK)
		return RULE_NEXT;
	out.bytes = bump_room(run->context->memory, 3 * text.len, &out.size);
	if (out.bytes == NULL)
		return action_done(run, false);
	if (!args->normalizer->write(text, args->option, &out))
		return refuse(run);
	bump_commit(run->context->memory, out.len);
	if (slice_equal(out_slice(&out), text))
		return RULE_NEXT;
	return action_done(run, only_path ? http_set_path(message, run->context->memory,
							  out_slice(&out))
					  : http_set_pathq(message, run->context->memory,
							   out_slice(&out)));
}

const struct rule_action rule_actions_normalize[] = {
	{ ACTION_DOC("normalize-uri", "Write the target in one of several equal spellings.",
		     "http-request normalize-uri path-merge-slashes"),
	  .lists = IN_REQUEST, .parse = normalize_read, .run = normalize_run },
	{ .doc = { .name = NULL } },
};
