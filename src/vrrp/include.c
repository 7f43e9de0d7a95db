/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/include.c - `include`, its variants, and include_check.
 *
 * Files are read in place. Without a check a file that is not there is passed
 * over, with a warning: that is what optional files in a directory need.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/lexer_state.h"

struct include_kind {
	const char *word;
	unsigned checks;	/* added to those of include_check */
};

static const struct include_kind include_kinds[] = {
	{ "include", 0 },
	{ "includer", LEX_READABLE },
	{ "includem", LEX_READABLE | LEX_MATCH },
	{ "includew", LEX_READABLE | LEX_MATCH | LEX_WILDCARD },
	{ "includeb", LEX_READABLE | LEX_BRACES },
	{ "includea", LEX_CHECK_ALL },
};

static const struct include_kind include_options[] = {
	{ "readable", LEX_READABLE },
	{ "match", LEX_MATCH | LEX_READABLE },
	{ "wildcard_match", LEX_WILDCARD | LEX_READABLE },
	{ "brace_match", LEX_BRACES | LEX_READABLE },
};

static const char include_wildcards[] = "*?[", include_special[] = "*?[{";

/* A relative pattern is made relative to the including file, whose own name is no pattern. */
static const char *include_pattern(struct lexer *lexer, const char *name)
{
	const char *dir = lexer->file->dir;
	char *pattern, *out;

	if (name[0] == '/' || strcmp(dir, ".") == 0)
		return name;
	pattern = out = arena_zalloc(lexer->arena, 2 * strlen(dir) + strlen(name) + 2);
	for (; *dir != '\0'; dir++) {
		if (strchr("*?[]{}\\~,", *dir) != NULL)
			*out++ = '\\';
		*out++ = *dir;
	}
	*out++ = '/';
	strcpy(out, name);
	return pattern;
}

/* --- braces --- */

/* The position after the alternative that begins at `at`: of a ',' or '}' of its own level. */
static size_t include_alternative(const char *text, size_t at)
{
	unsigned depth = 0;

	for (; text[at] != '\0'; at++) {
		if (depth == 0 && (text[at] == ',' || text[at] == '}'))
			return at;
		if (text[at] == '{')
			depth++;
		else if (text[at] == '}')
			depth--;
	}
	return at;
}

static bool include_exists(struct lexer *lexer, const char *name)
{
	glob_t found = { 0 };
	int failed = glob(include_pattern(lexer, name), 0, NULL, &found);

	globfree(&found);
	return failed == 0;
}

/* The first of the names that {a,b} stands for that has no wildcard and no file; or NULL. */
static const char *include_missing_brace(struct lexer *lexer, const char *name, unsigned depth)
{
	const char *open = strchr(name, '{');
	size_t at, end, close;

	if (open == NULL || depth == LEX_MAX_DEPTH)
		return strpbrk(name, include_wildcards) != NULL || include_exists(lexer, name) ?
			       NULL : name;
	at = (size_t)(open - name) + 1;
	for (close = at; name[close = include_alternative(name, close)] == ','; close++)
		;
	if (name[close] != '}')
		return NULL; /* not closed: no alternatives */
	for (; at <= close; at = end + 1) {
		const char *one, *missing;

		end = include_alternative(name, at);
		one = arena_printf(lexer->arena, "%.*s%.*s%s", (int)(open - name), name,
				   (int)(end - at), name + at, name + close + 1);
		lexer->expanded += strlen(one) + 1;
		if (lexer->expanded > LEX_MAX_EXPANSION)
			return NULL;
		missing = include_missing_brace(lexer, one, depth + 1);
		if (missing != NULL)
			return missing;
	}
	return NULL;
}

/* --- include --- */

static void include_no_match(struct lexer *lexer, unsigned checks, const char *name,
			     struct diag_span span)
{
	bool is_pattern = strpbrk(name, include_special) != NULL;
	bool wrong = (checks & (is_pattern ? LEX_WILDCARD : LEX_MATCH)) != 0;

	if (wrong || !is_pattern)
		lex_cannot_read(lexer, wrong ? DIAG_ERROR : DIAG_WARNING, name, span,
				wrong ? "no such file" : "no such file; it is passed over");
}

static void include_files(struct lexer *lexer, unsigned checks, const char *name,
			  struct diag_span span)
{
	enum diag_level level = (checks & LEX_READABLE) != 0 ? DIAG_ERROR : DIAG_WARNING;
	const char *missing = (checks & LEX_BRACES) != 0 && strchr(name, '{') != NULL ?
				      include_missing_brace(lexer, name, 0) : NULL;
	glob_t found = { 0 };
	int failed;

	if (missing != NULL)
		lex_cannot_read(lexer, DIAG_ERROR, missing, span, "no such file");
	failed = glob(include_pattern(lexer, name), GLOB_BRACE, NULL, &found);
	if (failed == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			lex_read_file(lexer, arena_strdup(lexer->arena, found.gl_pathv[i]), span,
				      level);
	else if (failed == GLOB_NOMATCH)
		include_no_match(lexer, checks, name, span);
	else
		lex_cannot_read(lexer, DIAG_ERROR, name, span, "the pattern failed");
	globfree(&found);
}

static const struct include_kind *include_find(const struct include_kind *kinds, size_t count,
					       const char *bytes, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(kinds[i].word) == len && memcmp(kinds[i].word, bytes, len) == 0)
			return &kinds[i];
	return NULL;
}

bool lex_include(struct lexer *lexer, const struct lex_text *text)
{
	const struct include_kind *kind;
	struct diag_span span;
	size_t end = 0, at, last = text->len;
	const char *name;

	while (end < text->len && !lex_is_blank(text->bytes[end]))
		end++;
	kind = include_find(include_kinds, ARRAY_LEN(include_kinds), text->bytes, end);
	if (kind == NULL)
		return false;
	at = lex_skip_blanks(text, end);
	if (at == text->len) {
		diag_add(lexer->options->report, DIAG_ERROR, &diag_wrong_words,
			 lex_span(lexer, text, 0, end), NULL, "'%s' needs a file name", kind->word);
		return true;
	}
	while (lex_is_blank(text->bytes[last - 1]))
		last--;
	name = arena_strndup(lexer->arena, text->bytes + at, last - at);
	span = lex_span(lexer, text, at, last);
	if (lexer->file->dir == NULL)
		lex_cannot_read(lexer, DIAG_ERROR, name, span,
				"a text in memory includes no files");
	else
		include_files(lexer, kind->checks | lexer->checks, name, span);
	return true;
}

/* --- settings --- */

static void include_set_check(struct lexer *lexer, const struct conf_line *line)
{
	unsigned checks = 0;

	if (line->count == 1)
		checks = LEX_CHECK_ALL;
	for (unsigned i = 1; i < line->count; i++) {
		const char *word = line->words[i].text;
		char sign = *word == '+' || *word == '-' ? *word++ : '\0';
		const struct include_kind *option = include_find(
			include_options, ARRAY_LEN(include_options), word, strlen(word));

		if (option == NULL) {
			diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_value,
				 line->words[i].span,
				 "one of readable, match, wildcard_match, brace_match, with a '+' "
				 "or '-' before it or not",
				 "unknown check of includes '%s'", line->words[i].text);
			continue;
		}
		if (i == 1 && sign != '\0')
			checks = lexer->checks;
		if (sign == '-')
			checks &= ~(option->checks == LEX_READABLE
					    ? LEX_READABLE
					    : option->checks & ~(unsigned)LEX_READABLE);
		else
			checks |= option->checks;
	}
	lexer->checks = checks;
}

void lex_setting(struct lexer *lexer, const struct vrrp_node *node)
{
	const struct conf_line *line = &node->line;

	if (strcmp(line->words[0].text, "include_check") == 0)
		include_set_check(lexer, line);
	else if (strcmp(line->words[0].text, "random_seed") == 0 && line->count > 1)
		lexer->random = strtoull(line->words[1].text, NULL, 0) * 2 + 1;
}
