/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_case.c - `h1-case-adjust` and its file: how headers are
 * spelled for peers that care about capitals (configuration manual 3.1).
 */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "http/case.h"
#include "http/message.h"
#include "proxy/http_errorfile.h"
#include "proxy/reading.h"

enum { CASE_FILE_MAX = 1 << 16 };

/* NULL: it may be added. */
static const char *case_fault(const struct http_case *rows, struct slice from, struct slice to)
{
	if (!http_name_valid(to))
		return "is not the name of a header";
	if (from.len != to.len || strncasecmp(from.at, to.at, to.len) != 0)
		return "is not the same name in another case";
	if (http_case_find(rows, to) != NULL)
		return "is spelled by another line already";
	return NULL;
}

static void case_add(struct conf_parse *parse, struct http_case **rows, struct slice from,
		     struct slice to, struct diag_span span)
{
	const char *fault = case_fault(*rows, from, to);
	struct http_case *row;

	if (fault != NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, span, NULL, "'%.*s' %s",
			 (int)to.len, to.at, fault);
		return;
	}
	row = arena_zalloc(parse->arena, sizeof(*row));
	row->name = to;
	row->next = *rows;
	*rows = row;
}

static void case_read(struct conf_parse *parse, void *object, const struct conf_line *line,
		      unsigned at, bool no)
{
	struct proxy_global *global = object;

	if (conf_need_words(parse, line, at, 2, 2, "h1-case-adjust <from> <to>"))
		case_add(parse, &global->cases, slice_of(line->words[at].text),
			 slice_of(line->words[at + 1].text), line->words[at + 1].span);
}

/* The next word of a line; empty: there is none. */
static struct slice case_word(const char **at, const char *end)
{
	const char *from;

	while (*at < end && strchr(" \t\r", **at) != NULL)
		++*at;
	from = *at;
	while (*at < end && strchr(" \t\r", **at) == NULL)
		++*at;
	return (struct slice){ from, (size_t)(*at - from) };
}

static void case_read_row(struct conf_parse *parse, struct http_case **rows,
			  struct diag_source *source, const char *from, const char *end,
			  uint32_t number)
{
	struct diag_span span = { .source = source, .line = number };
	struct slice name = case_word(&from, end), spelling = case_word(&from, end);

	if (name.len == 0 || *name.at == '#')
		return;
	if (spelling.len == 0 || case_word(&from, end).len != 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, span, NULL,
			 "a line has the name of a header and how it is spelled");
		return;
	}
	case_add(parse, rows, name, spelling, span);
}

static void case_read_file(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct proxy_global *global = object;
	const struct conf_word *word = &line->words[at];
	struct diag_source *source;
	const char *why, *from, *end;
	struct slice text;
	uint32_t number = 1;

	if (!conf_need_words(parse, line, at, 1, 1, "h1-case-adjust-file <file>"))
		return;
	text = http_errorfile_bytes(parse->arena, conf_path(parse, word->span, word->text),
				    CASE_FILE_MAX, &why);
	if (text.at == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_cannot_read, word->span, NULL,
			 "cannot read '%s': %s", word->text, why);
		return;
	}
	source = arena_zalloc(parse->arena, sizeof(*source));
	*source = (struct diag_source){ .name = word->text, .text = text.at, .len = text.len };
	for (from = text.at; from < text.at + text.len; from = end + 1, number++) {
		end = memchr(from, '\n', (size_t)(text.at + text.len - from));
		if (end == NULL)
			end = text.at + text.len;
		case_read_row(parse, &global->cases, source, from, end, number);
	}
}

#define CASE(word, what, line, function)                                                           \
	{ .doc = { .name = word, .since = "0.3", .summary = what, .example = line },               \
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = function }

const struct conf_keyword proxy_keywords_case[] = {
	CASE("h1-case-adjust",
	     "How a header is spelled where 'option h1-case-adjust-bogus-client' or -server asks "
	     "for it.",
	     "h1-case-adjust content-type Content-Type", case_read),
	CASE("h1-case-adjust-file",
	     "A file of such pairs, one a line; '#' begins comments.",
	     "h1-case-adjust-file /dev/null", case_read_file),
	CONF_KEYWORDS_END,
};
