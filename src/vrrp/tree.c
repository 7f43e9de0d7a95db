/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/tree.c - words and blocks of keepalived.conf.
 *
 * A brace that is not quoted is a word of its own wherever it stands, and a
 * `{` belongs to the statement before it, on the same line or an earlier one.
 */
#include <string.h>

#include "base/hex.h"
#include "base/macros.h"
#include "vrrp/lexer_state.h"

static bool tree_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The length of a `${NAME}` that nothing defines and that stays as it is; 0 if there is none. */
static size_t tree_undefined_use(const struct lex_text *text, size_t at)
{
	size_t end = at + 2;

	if (at + 2 >= text->len || text->bytes[at] != '$' || text->bytes[at + 1] != '{')
		return 0;
	while (end < text->len && tree_is_name(text->bytes[end]))
		end++;
	return end < text->len && end > at + 2 && text->bytes[end] == '}' ? end + 1 - at : 0;
}

/* Reads \xHH..., or \NNN in octal, whose first digit is at `at`; returns the position after it. */
static size_t tree_number_escape(const struct lex_text *text, size_t at, int base, char *ret)
{
	size_t most = base == 8 ? at + 3 : text->len;
	unsigned value = 0;
	int digit;

	while (at < text->len && at < most && (digit = hex_value(text->bytes[at])) >= 0 &&
	       digit < base) {
		value = (value * (unsigned)base + (unsigned)digit) & 0xff;
		at++;
	}
	*ret = (char)value;
	return at;
}

/* Reads the escape whose backslash is at `at`, inside quotes; returns the position after it. */
static size_t tree_escape(const struct lex_text *text, size_t at, char *ret)
{
	static const char names[] = "abEfnrtv", values[] = "\a\b\033\f\n\r\t\v";
	char c = text->bytes[at + 1];
	const char *found = strchr(names, c);

	if (found != NULL && c != '\0') {
		*ret = values[found - names];
		return at + 2;
	}
	if (c >= '0' && c <= '7')
		return tree_number_escape(text, at + 1, 8, ret);
	if (c == 'x' && at + 2 < text->len && hex_value(text->bytes[at + 2]) >= 0)
		return tree_number_escape(text, at + 2, 16, ret);
	if (c == 'c' && at + 2 < text->len) {
		*ret = text->bytes[at + 2] & 0x1f;
		return at + 3;
	}
	*ret = c;
	return at + 2;
}

/* Appends the quoted string at `at` to out[*len]; returns the position after it. */
static size_t tree_quoted(struct lexer *lexer, const struct lex_text *text, size_t at, char *out,
			  size_t *len)
{
	size_t start = at;
	char quote = text->bytes[at++];

	while (at < text->len && text->bytes[at] != quote) {
		char c = text->bytes[at];

		if (c == '\\' && at + 1 < text->len)
			at = tree_escape(text, at, &c);
		else
			at++;
		if (c != '\0') /* \0 ends nothing here */
			out[(*len)++] = c;
	}
	if (at < text->len)
		return at + 1;
	diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_quoting,
		 lex_span(lexer, text, start, text->len), NULL, "the quote %c is not closed",
		 quote);
	return at;
}

/*
 * Reads the word at `at` into *room, which is moved behind it; returns the
 * position after it. A word is never longer than what was written.
 */
static size_t tree_word(struct lexer *lexer, const struct lex_text *text, size_t at, char **room,
			struct conf_word *ret_word)
{
	char *out = *room;
	size_t start = at, len = 0, use;

	while (at < text->len && !lex_is_blank(text->bytes[at])) {
		char c = text->bytes[at];

		if ((use = tree_undefined_use(text, at)) != 0) {
			memcpy(out + len, text->bytes + at, use);
			len += use;
			at += use;
		} else if (c == '{' || c == '}') {
			break;
		} else if (c == '"' || c == '\'') {
			at = tree_quoted(lexer, text, at, out, &len);
		} else if (c == '\\' && at + 1 < text->len &&
			   strchr("#!\"'", text->bytes[at + 1]) != NULL) {
			out[len++] = text->bytes[at + 1];
			at += 2;
		} else {
			out[len++] = c;
			at++;
		}
	}
	*room = out + len + 1; /* zeroed before: the NUL is there */
	*ret_word = (struct conf_word){ .text = out, .span = lex_span(lexer, text, start, at) };
	return at;
}

/* Ends the statement that was being read: it becomes the last of its block. */
static void tree_add(struct lexer *lexer, const struct lex_text *text, size_t end,
		     struct conf_line *line)
{
	struct vrrp_node *node;

	if (line->count == 0)
		return;
	line->words = arena_grow(lexer->arena, line->words, line->count, sizeof(*line->words));
	line->words[line->count] =
		(struct conf_word){ .text = "", .span = lex_span(lexer, text, end, end) };
	node = arena_zalloc(lexer->arena, sizeof(*node));
	node->line = *line;
	*line = (struct conf_line){ 0 };
	*lexer->blocks[lexer->depth].tail = node;
	lexer->blocks[lexer->depth].tail = &node->next;
	lexer->blocks[lexer->depth].last = node;
}

static void tree_open(struct lexer *lexer, struct diag_span span)
{
	struct vrrp_node *owner = lexer->blocks[lexer->depth].last;
	struct diag_report *report = lexer->options->report;

	if (lexer->dropped_depth > 0 || lexer->depth + 1 == LEX_MAX_DEPTH) {
		if (lexer->dropped_depth++ == 0)
			diag_add(report, DIAG_ERROR, &diag_wrong_place, span, NULL,
				 "blocks are nested more than %d deep", LEX_MAX_DEPTH - 1);
		return;
	}
	if (owner == NULL || owner->has_block) {
		diag_add(report, DIAG_ERROR, &diag_wrong_place, span, NULL,
			 "no statement for this block");
		/* Its statements are read, for their own mistakes, and dropped. */
		owner = arena_zalloc(lexer->arena, sizeof(*owner));
	}
	owner->has_block = true;
	lexer->depth++;
	lexer->blocks[lexer->depth].tail = &owner->children;
	lexer->blocks[lexer->depth].last = NULL;
	lexer->blocks[lexer->depth].opened = span;
}

static void tree_close(struct lexer *lexer, struct diag_span span)
{
	if (lexer->dropped_depth > 0) {
		lexer->dropped_depth--;
	} else if (lexer->depth > 0) {
		lexer->depth--;
		lexer->blocks[lexer->depth].last = NULL;
	} else {
		diag_add(lexer->options->report, DIAG_ERROR, &diag_wrong_place, span, NULL,
			 "this brace closes no block");
	}
}

void lex_statements(struct lexer *lexer, const struct lex_text *text)
{
	struct conf_line line = { 0 };
	size_t at = lex_skip_blanks(text, 0);
	char *room = arena_zalloc(lexer->arena, 2 * text->len + 1); /* each word and its NUL */

	while (at < text->len) {
		char c = text->bytes[at];

		if (c == '{' || c == '}') {
			struct diag_span span = lex_span(lexer, text, at, at + 1);

			tree_add(lexer, text, at, &line);
			(c == '{' ? tree_open : tree_close)(lexer, span);
			at++;
		} else {
			struct conf_word *word = ARENA_APPEND(lexer->arena, line.words, line.count);

			at = tree_word(lexer, text, at, &room, word);
		}
		at = lex_skip_blanks(text, at);
	}
	tree_add(lexer, text, text->len, &line);
}

void lex_finish(struct lexer *lexer)
{
	for (unsigned depth = lexer->depth; depth > 0; depth--)
		diag_add(lexer->options->report, DIAG_ERROR, &diag_missing,
			 lexer->blocks[depth].opened, NULL, "this block is not closed");
	if (lexer->pending != NULL)
		diag_add(lexer->options->report, DIAG_ERROR, &diag_missing,
			 (struct diag_span){ 0 }, NULL, "the definition of $%s ends with the file: no line without a '\\' at "
			       "its end follows", lexer->pending->name);
}
