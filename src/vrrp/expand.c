/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/expand.c - `@id` lines, `$X=` definitions and their uses (man
 * keepalived.conf, "Conditional configuration and configuration id",
 * "Parameter substitution").
 *
 * A use is replaced when its line is read, by text that is looked at again.
 * A value of several lines is read line by line, so that a definition inside
 * it holds from the next line on. Expansion is bounded in depth and in bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/lexer_state.h"

static bool expand_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

size_t lex_name_len(const struct lex_text *text, size_t at)
{
	size_t end = at;

	if (at < text->len && text->bytes[at] >= '0' && text->bytes[at] <= '9')
		return 0;
	while (end < text->len && expand_is_name(text->bytes[end]))
		end++;
	return end - at;
}

static struct lex_definition *expand_find(struct lexer *lexer, const char *name, size_t len)
{
	for (struct lex_definition *d = lexer->definitions; d != NULL; d = d->next)
		if (strlen(d->name) == len && memcmp(d->name, name, len) == 0)
			return d;
	return NULL;
}

static void expand_error(struct lexer *lexer, const struct lex_text *text, const char *message)
{
	if (!lexer->expanded_too_much)
		diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_quoting,
			 lex_span(lexer, text, 0, text->len), NULL, "%s", message);
	lexer->expanded_too_much = true;
}

bool lex_spend(struct lexer *lexer, const struct lex_text *text, size_t bytes)
{
	lexer->expanded += bytes;
	if (lexer->expanded > LEX_MAX_EXPANSION)
		expand_error(lexer, text, "definitions expand to too much text");
	return !lexer->expanded_too_much;
}

/* --- predefined names --- */

static uint64_t expand_random(struct lexer *lexer)
{
	lexer->random ^= lexer->random << 13;
	lexer->random ^= lexer->random >> 7;
	lexer->random ^= lexer->random << 17;
	return lexer->random;
}

/* ${_RANDOM [MIN [MAX]]}, the text between the braces. */
static const char *expand_random_value(struct lexer *lexer, const char *inside)
{
	char *end;
	unsigned long min = 0, max = 32767, swap;

	inside += strlen("_RANDOM");
	if (*inside != '\0') {
		min = strtoul(inside, &end, 10);
		if (end == inside || (*end != '\0' && *end != ' '))
			return NULL;
		if (*end != '\0')
			max = strtoul(end, NULL, 10);
	}
	if (max < min) {
		swap = min;
		min = max;
		max = swap;
	}
	if (max - min == (unsigned long)-1)
		return NULL;
	return arena_printf(lexer->arena, "%lu", min + expand_random(lexer) % (max - min + 1));
}

/* ${_ENV NAME}, the text between the braces. */
static const char *expand_environment(struct lexer *lexer, const char *inside,
				      struct diag_span span)
{
	const char *name = inside + strlen("_ENV "), *value = getenv(name);

	if (value == NULL) {
		diag_add(lexer->options->report, DIAG_WARNING, &diag_no_effect, span, NULL,
			 "the environment has no '%s': nothing stands in its place", name);
		return "";
	}
	return arena_strdup(lexer->arena, value);
}

/* The value of what stands in the braces, if it is predefined, else NULL. */
static const char *expand_predefined(struct lexer *lexer, const char *bytes, size_t len,
				     struct diag_span span)
{
	char inside[128] = "";

	if (len >= sizeof(inside))
		return NULL;
	memcpy(inside, bytes, len);
	if (strcmp(inside, "_HASH") == 0)
		return "#";
	if (strcmp(inside, "_BANG") == 0)
		return "!";
	if (strcmp(inside, "_PWD") == 0)
		return lexer->file->dir;
	if (strcmp(inside, "_INSTANCE") == 0)
		return lexer->options->config_id;
	if (strncmp(inside, "_RANDOM", 7) == 0 && (inside[7] == '\0' || inside[7] == ' '))
		return expand_random_value(lexer, inside);
	if (strncmp(inside, "_ENV ", 5) == 0 && inside[5] != '\0')
		return expand_environment(lexer, inside, span);
	return NULL;
}

/* --- uses --- */

/* After `$X` stands a blank, a parenthesis or a comma of `~SEQ`, or nothing: else write `${X}`. */
static bool expand_ends_name(const struct lex_text *text, size_t at)
{
	return at >= text->len || lex_is_blank(text->bytes[at]) || text->bytes[at] == ')' ||
	       text->bytes[at] == ',';
}

/* The end of what names a definition at `start`; 0: none does. Blanks only in `${_RANDOM 1 6}`. */
static size_t expand_name_end(const struct lex_text *text, size_t start, bool braces)
{
	size_t len = lex_name_len(text, start);
	const char *close;

	if (len == 0)
		return 0;
	if (!braces)
		return expand_ends_name(text, start + len) ? start + len : 0;
	close = memchr(text->bytes + start, '}', text->len - start);
	if (close == NULL || (close != text->bytes + start + len && text->bytes[start] != '_'))
		return 0;
	return (size_t)(close - text->bytes);
}

/* The use at `at` (a dollar), if its name is defined. */
static bool expand_use_at(struct lexer *lexer, const struct lex_text *text, size_t at,
			  struct lex_use *ret)
{
	bool braces = at + 1 < text->len && text->bytes[at + 1] == '{';
	size_t start = at + 1 + braces, end = expand_name_end(text, start, braces);
	const struct lex_definition *found;
	const char *value;

	if (end == 0)
		return false;
	found = expand_find(lexer, text->bytes + start, end - start);
	if (found != NULL) {
		*ret = (struct lex_use){ at, end + braces, found->value, found->len };
		return true;
	}
	value = expand_predefined(lexer, text->bytes + start, end - start,
				  lex_span(lexer, text, at, end + braces));
	if (value == NULL)
		return false;
	*ret = (struct lex_use){ at, end + braces, value, strlen(value) };
	return true;
}

bool lex_next_use(struct lexer *lexer, const struct lex_text *text, size_t *at, size_t end,
		  struct lex_use *ret)
{
	for (; *at < end; (*at)++)
		if (text->bytes[*at] == '$' && expand_use_at(lexer, text, *at, ret))
			return true;
	return false;
}

struct lex_text lex_replace(struct lexer *lexer, const struct lex_text *text,
			    const struct lex_use *use)
{
	size_t len = text->len - (use->to - use->from) + use->len;
	char *bytes = arena_zalloc(lexer->arena, len + 1);
	struct lex_mark *marks = arena_zalloc(lexer->arena, (len + 1) * sizeof(*marks));
	struct diag_span span = lex_span(lexer, text, use->from, use->to);
	size_t tail = use->from + use->len;

	memcpy(bytes, text->bytes, use->from);
	memcpy(marks, text->marks, use->from * sizeof(*marks));
	memcpy(bytes + use->from, use->value, use->len);
	for (size_t i = use->from; i < tail; i++)
		marks[i] = (struct lex_mark){ span.column, span.len };
	memcpy(bytes + tail, text->bytes + use->to, text->len - use->to);
	memcpy(marks + tail, text->marks + use->to, (text->len - use->to) * sizeof(*marks));
	lexer->expanded += len * (1 + sizeof(*marks));
	return (struct lex_text){ bytes, marks, len };
}

/* --- definitions --- */

/* True if the last byte that is not blank is a backslash, whose position is returned. */
static bool expand_continues(const struct lex_text *text, size_t *ret_at)
{
	size_t end = text->len;

	while (end > 0 && lex_is_blank(text->bytes[end - 1]))
		end--;
	if (end == 0 || text->bytes[end - 1] != '\\')
		return false;
	*ret_at = end - 1;
	return true;
}

void lex_define(struct lexer *lexer, const char *name, size_t name_len, const char *value,
		size_t len)
{
	struct lex_definition *definition = expand_find(lexer, name, name_len);

	if (definition == NULL) {
		definition = arena_zalloc(lexer->arena, sizeof(*definition));
		definition->name = arena_strndup(lexer->arena, name, name_len);
		definition->next = lexer->definitions;
		lexer->definitions = definition;
	}
	definition->value = len == 0 ? "" : arena_strndup(lexer->arena, value, len);
	definition->len = len;
}

static size_t expand_trim_end(const struct lex_text *text, size_t end)
{
	while (end > 0 && lex_is_blank(text->bytes[end - 1]))
		end--;
	return end;
}

static void expand_definition_begin(struct lexer *lexer, const struct lex_text *text,
				    size_t name_len, bool dropped)
{
	struct lex_definition *definition = arena_zalloc(lexer->arena, sizeof(*definition));

	definition->name = arena_strndup(lexer->arena, text->bytes + 1, name_len);
	definition->value = "";
	lexer->pending = definition;
	lexer->pending_dropped = dropped;
}

/* `$NAME=VALUE` at the line's start. `dropped`: an `@id` before it did not match. */
static bool expand_definition(struct lexer *lexer, const struct lex_text *text, bool dropped)
{
	size_t name_len, value, last;

	if (text->len < 2 || text->bytes[0] != '$')
		return false;
	name_len = lex_name_len(text, 1);
	if (name_len == 0 || 1 + name_len >= text->len || text->bytes[1 + name_len] != '=')
		return false;
	value = lex_skip_blanks(text, name_len + 2);
	if (expand_continues(text, &last)) {
		if (value != last)
			diag_add(lexer->options->report, DIAG_ERROR, &diag_wrong_words,
				 lex_span(lexer, text, value, last), NULL,
				 "the value of several lines begins on the line after '$%.*s= \\'",
				 (int)name_len, text->bytes + 1);
		expand_definition_begin(lexer, text, name_len, dropped || value != last);
	} else if (!dropped) {
		last = expand_trim_end(text, text->len);
		lex_define(lexer, text->bytes + 1, name_len, text->bytes + value,
			   last > value ? last - value : 0);
	}
	return true;
}

void lex_definition_line(struct lexer *lexer, const struct lex_text *text)
{
	struct lex_definition *pending = lexer->pending;
	size_t from = lex_skip_blanks(text, 0), last;
	bool more = expand_continues(text, &last);
	size_t to = expand_trim_end(text, more ? last : text->len);

	if (to > from && lexer->expanded + pending->len < LEX_MAX_EXPANSION) {
		size_t len = pending->len + (pending->len > 0) + (to - from);
		char *value = arena_zalloc(lexer->arena, len + 1);

		memcpy(value, pending->value, pending->len);
		if (pending->len > 0)
			value[pending->len] = '\n';
		memcpy(value + len - (to - from), text->bytes + from, to - from);
		pending->value = value;
		pending->len = len;
		lexer->expanded += len;
	}
	if (more)
		return;
	lexer->pending = NULL;
	if (!lexer->pending_dropped)
		lex_define(lexer, pending->name, strlen(pending->name), pending->value,
			   pending->len);
}

/* --- lines --- */

/* Whether the `@id` that `text` begins with holds; *ret_rest is the text after it. */
static bool expand_condition(struct lexer *lexer, const struct lex_text *text,
			     struct lex_text *ret_rest)
{
	const char *id = lexer->options->config_id;
	bool negative = text->len > 1 && text->bytes[1] == '^';
	size_t from = 1 + negative, to = from;
	bool same;

	while (to < text->len && !lex_is_blank(text->bytes[to]))
		to++;
	same = strlen(id) == to - from && memcmp(id, text->bytes + from, to - from) == 0;
	*ret_rest = lex_slice(text, lex_skip_blanks(text, to), text->len);
	return same != negative;
}

/* Reads each line of an expanded text as a line of its own. */
static void expand_lines(struct lexer *lexer, struct lex_text text, unsigned nesting)
{
	size_t from = 0;

	if (nesting == LEX_MAX_NESTING) {
		expand_error(lexer, &text, "definitions use each other without end");
		return;
	}
	while (from <= text.len && !lexer->expanded_too_much) {
		const char *newline = memchr(text.bytes + from, '\n', text.len - from);
		size_t to = newline == NULL ? text.len : (size_t)(newline - text.bytes);
		struct lex_text line = lex_slice(&text, from, to);

		if (lexer->pending != NULL)
			lex_definition_line(lexer, &line);
		else
			lex_line(lexer, line, nesting + 1);
		from = to + 1;
	}
}

/* Replaces the uses of one line; it may become several. */
static void expand_uses(struct lexer *lexer, struct lex_text text, unsigned nesting)
{
	struct lex_use use;
	bool changed = false;
	size_t at = 0;

	while (lex_next_use(lexer, &text, &at, text.len, &use)) {
		if (!lex_spend(lexer, &text, 0))
			return;
		text = lex_replace(lexer, &text, &use);
		changed = true;
		if (memchr(use.value, '\n', use.len) != NULL) {
			expand_lines(lexer, text, nesting);
			return;
		}
	}
	/* It may now begin with `@id` or `~SEQ`. */
	if (changed && text.len > 0 && (text.bytes[0] == '@' || text.bytes[0] == '~'))
		lex_line(lexer, text, nesting + 1);
	else if (!lex_include(lexer, &text))
		lex_statements(lexer, &text);
}

void lex_line(struct lexer *lexer, struct lex_text text, unsigned nesting)
{
	bool holds = true;

	text = lex_slice(&text, lex_skip_blanks(&text, 0), text.len);
	if (text.len > 0 && text.bytes[0] == '@')
		holds = expand_condition(lexer, &text, &text);
	if (text.len == 0 || expand_definition(lexer, &text, !holds) || !holds ||
	    lex_sequence(lexer, text, nesting))
		return;
	expand_uses(lexer, text, nesting);
}
