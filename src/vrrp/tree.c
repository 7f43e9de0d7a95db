/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/tree.c - words and blocks of keepalived.conf.
 *
 * A brace that is not in double quotes is a word of its own wherever it stands,
 * and a `{` belongs to the statement before it, on the same line or an earlier
 * one. A `#` or `!` that a definition brought in begins a comment like any other.
 */
#include <string.h>

#include "base/hex.h"
#include "base/macros.h"
#include "vrrp/lexer_state.h"

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

/* Reads the escape whose backslash is at `at`, not the last byte; returns the place after it. */
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

static void tree_push(struct lexer *lexer, const struct lex_text *text, struct conf_line *line,
		      char *word, size_t from, size_t to)
{
	*ARENA_APPEND(lexer->arena, line->words, line->count) =
		(struct conf_word){ .text = word, .span = lex_span(lexer, text, from, to) };
}

/* The word behind the last, for messages about what is missing there. */
static void tree_end_line(struct lexer *lexer, const struct lex_text *text, struct conf_line *line)
{
	if (line->count == 0)
		return;
	line->words = arena_grow(lexer->arena, line->words, line->count, sizeof(*line->words));
	line->words[line->count] = (struct conf_word){
		.text = "", .span = lex_span(lexer, text, text->len, text->len) };
}

/* Words between blanks; double quotes begin and end one. */
static struct conf_line tree_words(struct lexer *lexer, const struct lex_text *text)
{
	struct conf_line line = { 0 };
	size_t at = lex_skip_blanks(text, 0), from;

	while (at < text->len) {
		from = at;
		if (text->bytes[at] == '"') {
			for (at++; at < text->len && text->bytes[at] != '"'; at++)
				;
			tree_push(lexer, text, &line,
				  arena_strndup(lexer->arena, text->bytes + from + 1,
						at - from - 1),
				  from, at < text->len ? at + 1 : at);
			at++;
		} else {
			while (at < text->len && !lex_is_blank(text->bytes[at]) &&
			       text->bytes[at] != '"')
				at++;
			tree_push(lexer, text, &line,
				  arena_strndup(lexer->arena, text->bytes + from, at - from),
				  from, at);
		}
		at = at < text->len ? lex_skip_blanks(text, at) : text->len;
	}
	tree_end_line(lexer, text, &line);
	return line;
}

/* Words between blanks, with quotes of both kinds inside them, and escapes everywhere. */
static struct conf_line tree_escaped(struct lexer *lexer, const struct lex_text *text,
				     struct diag_span *ret_unclosed)
{
	struct conf_line line = { 0 };
	size_t at = lex_skip_blanks(text, 0), from, quoted = 0;
	char *out = arena_zalloc(lexer->arena, 2 * text->len + 1), *word;

	while (at < text->len) {
		char quote = '\0';

		for (word = out, from = at;
		     at < text->len && (quote != '\0' || !lex_is_blank(text->bytes[at]));) {
			char c = text->bytes[at];

			if (quote == '\0' ? c == '"' || c == '\'' : c == quote) {
				quote = quote == '\0' ? c : '\0';
				quoted = at++;
				continue;
			}
			at = c == '\\' && at + 1 < text->len ? tree_escape(text, at, &c) : at + 1;
			if (c != '\0') /* \0 ends nothing here */
				*out++ = c;
		}
		if (quote != '\0')
			*ret_unclosed = lex_span(lexer, text, quoted, text->len);
		out++; /* zeroed before: the NUL is there */
		tree_push(lexer, text, &line, word, from, at);
		at = lex_skip_blanks(text, at);
	}
	tree_end_line(lexer, text, &line);
	return line;
}

static bool tree_needs_escapes(const struct lex_text *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (strchr("\"'\\", text->bytes[i]) != NULL)
			return true;
	return false;
}

/* A statement, the next one of its block. */
static void tree_add(struct lexer *lexer, const struct lex_text *text)
{
	struct conf_line line = tree_words(lexer, text);
	struct vrrp_node *node;

	if (line.count == 0)
		return;
	node = arena_zalloc(lexer->arena, sizeof(*node));
	node->line = line;
	node->escaped = tree_needs_escapes(text) ? tree_escaped(lexer, text, &node->unclosed) :
						   line;
	*lexer->blocks[lexer->depth].tail = node;
	lexer->blocks[lexer->depth].tail = &node->next;
	lexer->blocks[lexer->depth].last = node;
	if (lexer->depth == 1 && lexer->blocks[0].last != NULL &&
	    strcmp(lexer->blocks[0].last->line.words[0].text, "global_defs") == 0)
		lex_setting(lexer, node);
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

/* The position after the quoted string at `at`. */
static size_t tree_skip_quoted(struct lexer *lexer, const struct lex_text *text, size_t at)
{
	size_t start = at++;

	while (at < text->len && text->bytes[at] != '"')
		at++;
	if (at < text->len)
		return at + 1;
	diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_quoting,
		 lex_span(lexer, text, start, text->len), NULL, "the quote \" is not closed");
	return at;
}

/* A `{` at `at`: of `${NAME}`, it belongs to a name that nothing defines. */
static void tree_check_use(struct lexer *lexer, const struct lex_text *text, size_t at)
{
	size_t len = lex_name_len(text, at + 1);

	if (at > 0 && text->bytes[at - 1] == '$' && len > 0 && at + 1 + len < text->len &&
	    text->bytes[at + 1 + len] == '}')
		diag_add(lexer->options->report, DIAG_ERROR, &diag_unknown_name,
			 lex_span(lexer, text, at - 1, at + len + 2), NULL,
			 "'%.*s' is not defined", (int)len, text->bytes + at + 1);
}

void lex_statements(struct lexer *lexer, const struct lex_text *text)
{
	size_t at = 0, from = 0;
	struct lex_text piece;

	while (at < text->len && text->bytes[at] != '#' && text->bytes[at] != '!') {
		char c = text->bytes[at];

		if (c == '"') {
			at = tree_skip_quoted(lexer, text, at);
			continue;
		}
		if (c == '{' || c == '}') {
			struct diag_span span = lex_span(lexer, text, at, at + 1);

			tree_check_use(lexer, text, at);
			piece = lex_slice(text, from, at);
			tree_add(lexer, &piece);
			(c == '{' ? tree_open : tree_close)(lexer, span);
			from = at + 1;
		}
		at++;
	}
	piece = lex_slice(text, from, at);
	tree_add(lexer, &piece);
}

void lex_finish(struct lexer *lexer)
{
	for (unsigned depth = lexer->depth; depth > 0; depth--)
		diag_add(lexer->options->report, DIAG_ERROR, &diag_missing,
			 lexer->blocks[depth].opened, NULL, "this block is not closed");
	if (lexer->pending != NULL)
		diag_add(lexer->options->report, DIAG_ERROR, &diag_missing,
			 (struct diag_span){ 0 }, NULL, 
			 "the definition of $%s ends with the file: no line without a '\\' at its "
			 "end follows", lexer->pending->name);
}
