/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/sequence.c - `~SEQ(NAME, START, STEP, END) line` and `~LST(NAME, A, B) line`:
 * the rest of the line is read once for each value (man keepalived.conf,
 * "Sequence blocks", "List blocks"). The name is a definition like any other
 * and keeps its last value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/lexer_state.h"

enum { SEQUENCE_MAX_NAMES = 16, SEQUENCE_COST = 256 };

struct sequence_piece {
	const char *bytes;
	size_t len;
};

static bool sequence_error(struct lexer *lexer, const struct lex_text *text, size_t end,
			   const char *message)
{
	diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_value,
		 lex_span(lexer, text, 0, end), NULL, "%.4s: %s", text->bytes, message);
	return true;
}

/* The piece of text[at..end) up to a ',' or '}', without the blanks around it; *at behind it. */
static struct sequence_piece sequence_cut(const struct lex_text *text, size_t *at, size_t end)
{
	size_t from, to;

	while (*at < end && lex_is_blank(text->bytes[*at]))
		(*at)++;
	from = *at;
	while (*at < end && text->bytes[*at] != ',' && text->bytes[*at] != '}')
		(*at)++;
	for (to = *at; to > from && lex_is_blank(text->bytes[to - 1]); to--)
		;
	return (struct sequence_piece){ text->bytes + from, to - from };
}

static bool sequence_is_name(const struct sequence_piece *piece)
{
	struct lex_text text = { piece->bytes, NULL, piece->len };

	return piece->len > 0 && lex_name_len(&text, 0) == piece->len;
}

/* --- ~SEQ --- */

struct sequence_range {
	struct sequence_piece name;
	long start, step, end;
	bool hexadecimal;
};

/* Nothing counts as 0. */
static bool sequence_number(const struct sequence_piece *piece, long *ret)
{
	char text[32] = "", *end;

	if (piece->len >= sizeof(text))
		return false;
	memcpy(text, piece->bytes, piece->len);
	*ret = strtol(text, &end, 0);
	return *end == '\0' && *ret > -INT32_MAX && *ret <= UINT32_MAX;
}

/* What stands between the parentheses; NULL, or what is wrong with it. */
static const char *sequence_range_read(const struct lex_text *text, size_t at, size_t end,
				       struct sequence_range *ret)
{
	struct sequence_piece piece;
	long numbers[3];
	unsigned count = 0;

	ret->name = sequence_cut(text, &at, end);
	if (!sequence_is_name(&ret->name))
		return "the first word must be a name";
	while (at < end) {
		at++; /* the comma */
		piece = sequence_cut(text, &at, end);
		if (count == 3 || !sequence_number(&piece, &numbers[count++]))
			return "numbers are [START, [STEP,]] END";
	}
	if (count == 0)
		return "an END is missing";
	ret->end = numbers[count - 1];
	ret->start = count > 1 ? numbers[0] : ret->end < 0 ? -1 : 1;
	ret->step = count > 2 ? numbers[1] : ret->start <= ret->end ? 1 : -1;
	if (ret->step == 0 || (ret->step > 0 ? ret->start > ret->end : ret->start < ret->end))
		return "START never comes to END by steps of STEP";
	if (ret->hexadecimal && (ret->start < 0 || ret->end < 0))
		return "~SEQx has no negative numbers";
	return NULL;
}

static void sequence_run(struct lexer *lexer, const struct lex_text *rest,
			 const struct sequence_range *range, unsigned nesting)
{
	long long value = range->start;

	for (; range->step > 0 ? value <= range->end : value >= range->end; value += range->step) {
		char text[32];
		int len = snprintf(text, sizeof(text), range->hexadecimal ? "%llx" : "%lld", value);

		if (!lex_spend(lexer, rest, SEQUENCE_COST))
			return;
		lex_define(lexer, range->name.bytes, range->name.len, text, (size_t)len);
		lex_line(lexer, *rest, nesting + 1);
	}
}

static size_t sequence_close(const struct lex_text *text, size_t at)
{
	while (at < text->len && text->bytes[at] != ')')
		at++;
	return at;
}

/* `open` is the place of the parenthesis. Definitions may be used inside. */
static bool sequence_seq(struct lexer *lexer, struct lex_text text, size_t open, bool hexadecimal,
			 unsigned nesting)
{
	struct sequence_range range = { .hexadecimal = hexadecimal };
	size_t close, at = open + 1;
	struct lex_text rest;
	struct lex_use use;
	const char *wrong;

	while (close = sequence_close(&text, open),
	       lex_next_use(lexer, &text, &at, close, &use)) {
		if (!lex_spend(lexer, &text, 0))
			return true;
		text = lex_replace(lexer, &text, &use);
	}
	if (close == text.len)
		return sequence_error(lexer, &text, text.len, "a ')' is missing");
	wrong = sequence_range_read(&text, open + 1, close, &range);
	if (wrong != NULL)
		return sequence_error(lexer, &text, close + 1, wrong);
	rest = lex_slice(&text, close + 1, text.len);
	sequence_run(lexer, &rest, &range, nesting);
	return true;
}

/* --- ~LST --- */

/* `VALUE` or `{VALUE, VALUE}` at *at; NULL, or what is wrong. */
static const char *sequence_group(const struct lex_text *text, size_t *at, size_t end,
				  struct sequence_piece pieces[SEQUENCE_MAX_NAMES],
				  unsigned *ret_count)
{
	bool braces;

	while (*at < end && lex_is_blank(text->bytes[*at]))
		(*at)++;
	braces = *at < end && text->bytes[*at] == '{';
	*at += braces;
	*ret_count = 0;
	do {
		*at += *ret_count > 0; /* the comma */
		if (*ret_count == SEQUENCE_MAX_NAMES)
			return "too many values in braces";
		pieces[*ret_count] = sequence_cut(text, at, end);
		for (size_t i = 0; i < pieces[*ret_count].len; i++)
			if (lex_is_blank(pieces[*ret_count].bytes[i]) ||
			    pieces[*ret_count].bytes[i] == '{')
				return "a ',' is missing between values";
		(*ret_count)++;
	} while (braces && *at < end && text->bytes[*at] == ',');
	if (braces) {
		if (*at >= end || text->bytes[*at] != '}')
			return "a '}' is missing";
		(*at)++;
	}
	while (*at < end && lex_is_blank(text->bytes[*at]))
		(*at)++;
	return *at < end && text->bytes[*at] != ',' ? "a ',' is missing between values" : NULL;
}

static const char *sequence_names(const struct lex_text *text, size_t *at, size_t end,
				  struct sequence_piece names[SEQUENCE_MAX_NAMES],
				  unsigned *ret_count)
{
	const char *wrong = sequence_group(text, at, end, names, ret_count);

	for (unsigned i = 0; wrong == NULL && i < *ret_count; i++)
		if (!sequence_is_name(&names[i]))
			wrong = "the first word must be a name, or names in braces";
	return wrong != NULL ? wrong : *at >= end ? "values are missing" : NULL;
}

static bool sequence_lst(struct lexer *lexer, struct lex_text text, size_t open, unsigned nesting)
{
	size_t close = sequence_close(&text, open), at = open + 1;
	struct sequence_piece names[SEQUENCE_MAX_NAMES], values[SEQUENCE_MAX_NAMES];
	struct lex_text rest;
	unsigned name_count, count;
	const char *wrong;

	if (close == text.len)
		return sequence_error(lexer, &text, text.len, "a ')' is missing");
	rest = lex_slice(&text, close + 1, text.len);
	wrong = sequence_names(&text, &at, close, names, &name_count);
	while (wrong == NULL && at < close && lex_spend(lexer, &text, SEQUENCE_COST)) {
		at++; /* the comma */
		wrong = sequence_group(&text, &at, close, values, &count);
		if (wrong == NULL && count > name_count)
			wrong = "more values than names";
		if (wrong != NULL)
			break;
		for (unsigned i = 0; i < name_count; i++)
			lex_define(lexer, names[i].bytes, names[i].len,
				   i < count ? values[i].bytes : "", i < count ? values[i].len : 0);
		lex_line(lexer, rest, nesting + 1);
	}
	return wrong != NULL ? sequence_error(lexer, &text, close + 1, wrong) : true;
}

bool lex_sequence(struct lexer *lexer, struct lex_text text, unsigned nesting)
{
	bool is_list, hexadecimal;
	size_t open;

	if (text.len < 4 || (memcmp(text.bytes, "~SEQ", 4) != 0 &&
			     memcmp(text.bytes, "~LST", 4) != 0))
		return false;
	if (nesting >= LEX_MAX_NESTING)
		return sequence_error(lexer, &text, 4, "too many on one line");
	is_list = text.bytes[1] == 'L';
	hexadecimal = !is_list && text.len > 4 && text.bytes[4] == 'x';
	open = lex_skip_blanks(&text, 4 + hexadecimal);
	if (open == text.len || text.bytes[open] != '(')
		return sequence_error(lexer, &text, open, "a '(' is missing");
	return is_list ? sequence_lst(lexer, text, open, nesting) :
			 sequence_seq(lexer, text, open, hexadecimal, nesting);
}
