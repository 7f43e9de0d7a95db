/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/lexer.c - see lexer.h. One pass over the line; the word under
 * construction is in `word`, and its span begins at `word_at`.
 *
 *   plain  --'-->  strong (all bytes as they are)   --'-->  plain
 *   plain  --"-->  weak (escapes and variables)     --"-->  plain
 */
#include "conf/lexer.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/strbuf.h"
#include "conf/environment.h"

struct lexer {
	struct conf_reader *reader;
	const struct conf_place *place;
	const char *text;
	size_t len, at;
	bool quiet;
	char quote;		/* the one we are in, or 0 */
	size_t quote_at;
	struct strbuf word;
	bool in_word;		/* quotes alone make an empty word */
	bool in_text;		/* word_at is set */
	size_t word_at;
	unsigned word_first;	/* first of the words that the text from word_at has made */
	size_t expanded;	/* bytes of all finished words */
	struct conf_line *line;
};

struct diag_span conf_place_span(const struct conf_place *place, size_t at, size_t len)
{
	return (struct diag_span){
		.source = place->source,
		.line = place->line,
		.column = (uint32_t)at + 1,
		.len = (uint32_t)len,
	};
}

static bool lexer_error(struct lexer *lexer, size_t at, size_t len, const char *hint,
			const char *message)
{
	if (!lexer->quiet)
		diag_add(lexer->reader->report, DIAG_ERROR, &diag_bad_quoting,
			 conf_place_span(lexer->place, at, len), hint, "%s", message);
	return false;
}

static char lexer_peek(const struct lexer *lexer, size_t ahead)
{
	return ahead < lexer->len - lexer->at ? lexer->text[lexer->at + ahead] : '\0';
}

static void begin_text(struct lexer *lexer)
{
	if (!lexer->in_text)
		lexer->word_at = lexer->at;
	lexer->in_text = true;
}

static void begin_word(struct lexer *lexer)
{
	begin_text(lexer);
	lexer->in_word = true;
}

static bool add_byte(struct lexer *lexer, char byte)
{
	begin_word(lexer);
	if (lexer->expanded + lexer->word.len >= CONF_LONGEST_LINE)
		return lexer_error(lexer, lexer->word_at, lexer->at - lexer->word_at, NULL,
				   "the line is longer than 1 MiB once its variables are expanded");
	strbuf_add(&lexer->word, &byte, 1);
	return true;
}

/* Finishes the word; its span stays open, since `[*]` may make more of the same text. */
static void end_word(struct lexer *lexer)
{
	struct conf_line *line = lexer->line;
	struct arena *arena = lexer->reader->arena;

	if (!lexer->in_word)
		return;
	struct conf_word *word = ARENA_APPEND(arena, line->words, line->count);
	word->text = arena_strndup(arena, lexer->word.len == 0 ? "" : lexer->word.text,
				   lexer->word.len);
	lexer->expanded += lexer->word.len + 1;
	lexer->word.len = 0;
	lexer->in_word = false;
}

/* Whether `raw` is nothing but a quote, the word's text and a quote. */
static bool is_quoted(const struct conf_word *word, const char *raw, size_t len)
{
	return len >= 2 && (raw[0] == '"' || raw[0] == '\'') && len - 2 == strlen(word->text) &&
	       memcmp(raw + 1, word->text, len - 2) == 0;
}

/* At a separator: all words made since word_at were written as this one piece of text. */
static void end_text(struct lexer *lexer)
{
	size_t len = lexer->at - lexer->word_at;

	end_word(lexer);
	lexer->in_text = false;
	for (; lexer->word_first < lexer->line->count; lexer->word_first++) {
		struct conf_word *word = &lexer->line->words[lexer->word_first];

		word->span = conf_place_span(lexer->place, lexer->word_at, len);
		word->quoted = is_quoted(word, lexer->text + lexer->word_at, len);
	}
}

static bool lex_hex(struct lexer *lexer)
{
	int high = hex_value(lexer_peek(lexer, 2));
	int low = high < 0 ? -1 : hex_value(lexer_peek(lexer, 3));

	if (low < 0)
		return lexer_error(lexer, lexer->at, 2, "write two hexadecimal digits after it",
				   "incomplete \\x escape");
	if (high == 0 && low == 0)
		return lexer_error(lexer, lexer->at, 4, NULL, "a word cannot hold a NUL byte");
	if (!add_byte(lexer, (char)(high << 4 | low)))
		return false;
	lexer->at += 4;
	return true;
}

char conf_escaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case ' ':
	case '\\':
	case '"':
	case '\'':
		return c;
	default:
		return 0;
	}
}

/* On a line these, too; the dollar sign only between weak quotes. */
static char escaped(char c, bool weak)
{
	return c == '\t' || c == '#' || (c == '$' && weak) ? c : conf_escaped(c);
}

static bool lex_backslash(struct lexer *lexer)
{
	char next = lexer_peek(lexer, 1);
	char byte = escaped(next, lexer->quote == '"');

	if (next == 'x')
		return lex_hex(lexer);
	if (!add_byte(lexer, byte == 0 ? '\\' : byte))
		return false;
	lexer->at += byte == 0 ? 1 : 2;
	return true;
}

static bool lex_quote(struct lexer *lexer)
{
	if (lexer->quote == 0) {
		begin_word(lexer);
		lexer->quote = lexer->text[lexer->at];
		lexer->quote_at = lexer->at;
	} else {
		lexer->quote = 0;
	}
	lexer->at++;
	return true;
}

/* A variable as written: ${name[*]-preset}, $name. */
struct variable {
	const char *name;
	const char *preset;	/* NULL: none */
	bool splits;		/* [*] */
	size_t end;		/* of the line: first byte after it */
};

static size_t name_len(const struct lexer *lexer, size_t at)
{
	size_t len = 0;

	if (at < lexer->len && lexer->text[at] == '.')
		len++; /* pseudo-variables */
	if (at + len < lexer->len && isdigit((unsigned char)lexer->text[at + len]))
		return 0;
	while (at + len < lexer->len &&
	       (isalnum((unsigned char)lexer->text[at + len]) || lexer->text[at + len] == '_'))
		len++;
	return len;
}

/* Between the name and the closing brace. */
static bool lex_variable_tail(struct lexer *lexer, struct variable *variable)
{
	const char *rest = lexer->text + variable->end;
	const char *end = lexer->text + lexer->len;

	if (end - rest >= 3 && memcmp(rest, "[*]", 3) == 0) {
		variable->splits = true;
		rest += 3;
	}
	const char *brace = memchr(rest, '}', (size_t)(end - rest));
	if (brace == NULL || (rest != brace && *rest != '-'))
		return lexer_error(lexer, lexer->at, 2, "write '}' after the name",
				   "the brace of this variable is not closed");
	if (*rest == '-')
		variable->preset = arena_strndup(lexer->reader->arena, rest + 1,
						 (size_t)(brace - rest) - 1);
	variable->end = (size_t)(brace - lexer->text) + 1;
	return true;
}

static bool lex_variable(struct lexer *lexer, struct variable *variable)
{
	bool braced = lexer_peek(lexer, 1) == '{';
	size_t name_at = lexer->at + (braced ? 2 : 1);
	size_t len = name_len(lexer, name_at);

	if (len == 0)
		return lexer_error(lexer, lexer->at, braced ? 2 : 1,
				   "write '\\$' for a dollar inside double quotes",
				   "no name of a variable follows");
	variable->name = arena_strndup(lexer->reader->arena, lexer->text + name_at, len);
	variable->end = name_at + len;
	return !braced || lex_variable_tail(lexer, variable);
}

static const char *variable_value(const struct lexer *lexer, const struct variable *variable)
{
	const struct conf_place *place = lexer->place;
	const char *value;

	if (strcmp(variable->name, ".FILE") == 0)
		return place->source->name;
	if (strcmp(variable->name, ".LINE") == 0)
		return arena_printf(lexer->reader->arena, "%u", place->line);
	if (strcmp(variable->name, ".SECTION") == 0)
		return place->section;
	value = conf_environment_get(lexer->reader->environment, variable->name);
	return value != NULL ? value : variable->preset != NULL ? variable->preset : "";
}

static bool lex_dollar(struct lexer *lexer)
{
	struct variable variable = { 0 };

	if (!lex_variable(lexer, &variable))
		return false;
	for (const char *value = variable_value(lexer, &variable); *value != '\0'; value++) {
		if (variable.splits && isspace((unsigned char)*value))
			end_word(lexer);
		else if (!add_byte(lexer, *value))
			return false;
	}
	lexer->at = variable.end;
	return true;
}

/*
 * "${LIST[*]}" and nothing else in the quotes: as many words as the list
 * has, which may be none. So the quotes themselves must not begin a word.
 */
static bool quotes_one_list(const struct lexer *lexer)
{
	const char *text = lexer->text + lexer->at;
	size_t left = lexer->len - lexer->at;
	const char *end = left > 3 && memcmp(text, "\"${", 3) == 0 ? memchr(text, '}', left) : NULL;

	return end != NULL && (size_t)(end - text) + 1 < left && end[1] == '"' &&
	       memmem(text, (size_t)(end - text), "[*]", 3) != NULL;
}

static bool lex_list(struct lexer *lexer)
{
	begin_text(lexer);
	lexer->at++;
	if (!lex_dollar(lexer))
		return false;
	lexer->at++;
	return true;
}

static bool lex_byte(struct lexer *lexer)
{
	char c = lexer->text[lexer->at];

	if (lexer->quote == 0 && isspace((unsigned char)c)) {
		end_text(lexer);
		lexer->at++;
		return true;
	}
	if (lexer->quote == 0 && c == '"' && quotes_one_list(lexer))
		return lex_list(lexer);
	if (lexer->quote == c || (lexer->quote == 0 && (c == '"' || c == '\'')))
		return lex_quote(lexer);
	if (lexer->quote != '\'' && c == '\\')
		return lex_backslash(lexer);
	if (lexer->quote == '"' && c == '$')
		return lex_dollar(lexer);
	if (!add_byte(lexer, c))
		return false;
	lexer->at++;
	return true;
}

/* words[count] is "", placed behind the last word: where a missing one would stand. */
static void add_sentinel(struct lexer *lexer)
{
	struct conf_line *line = lexer->line;
	unsigned count = line->count;
	const struct diag_span *last = &line->words[count - 1].span;

	struct conf_word *end = ARENA_APPEND(lexer->reader->arena, line->words, count);
	end->text = "";
	end->span = conf_place_span(lexer->place, last->column - 1 + last->len, 1);
}

bool conf_lex(struct conf_reader *reader, const struct conf_place *place, const char *text,
	      size_t len, bool quiet, struct conf_line *ret_line)
{
	struct lexer lexer = {
		.reader = reader,
		.place = place,
		.text = text,
		.len = len,
		.quiet = quiet,
		.line = ret_line,
	};
	bool fine = true;

	*ret_line = (struct conf_line){ 0 };
	while (fine && lexer.at < len && (lexer.quote != 0 || text[lexer.at] != '#'))
		fine = lex_byte(&lexer);
	if (fine && lexer.quote != 0)
		fine = lexer_error(&lexer, lexer.quote_at, 1,
				   lexer.quote == '"' ? "write '\\\"' for the character itself"
						      : "write \"\\'\" for the character itself",
				   "this quote is not closed on its line");
	if (!fine) {
		begin_word(&lexer);
		lexer.at = len;
	}
	end_text(&lexer);
	if (ret_line->count != 0)
		add_sentinel(&lexer);
	ASSERT(!lexer.word.failed);
	strbuf_free(&lexer.word);
	return fine;
}
