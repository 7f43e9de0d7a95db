/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/value.c - numbers, sizes, durations and choices (configuration manual
 * 2.5 and the conventions of its chapter 4). Strict where HAProxy is: a value
 * must be read to its last byte.
 */
#include "conf/value.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/known.h"

enum { MAX_CANDIDATES = 2048 };

struct unit {
	const char *name;
	uint64_t factor, divisor;
};

static const struct unit durations[] = { /* to milliseconds */
	{ "", 1, 1 },	       { "us", 1, 1000 },	{ "ms", 1, 1 },	 { "s", 1000, 1 },
	{ "m", 60 * 1000, 1 }, { "h", 3600 * 1000, 1 }, { "d", 24 * 3600 * 1000, 1 },
};

static const struct unit sizes[] = { /* to bytes */
	{ "", 1, 1 },
	{ "k", 1u << 10, 1 },
	{ "m", 1u << 20, 1 },
	{ "g", 1u << 30, 1 },
};

static const uint64_t longest_duration_ms = INT32_MAX; /* 24 days, as HAProxy's timers */

static bool value_error(struct conf_parse *parse, const struct conf_word *word,
			const struct diag_kind *kind, const char *hint, const char *why)
{
	diag_add(parse->report, DIAG_ERROR, kind, word->span, hint, "'%s' %s", word->text, why);
	return false;
}

/* The digits at *at; false when there is none or the number is beyond `most`. */
static bool read_digits(const char **at, uint64_t most, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); ++*at) {
		uint64_t digit = (uint64_t)(**at - '0');

		if (value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *name,
				    int (*compare)(const char *, const char *))
{
	for (size_t i = 0; i < count; i++) {
		if (compare(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

static bool check_range(struct conf_parse *parse, const struct conf_word *word, bool below,
			bool above, const char *min, const char *max)
{
	if (!below && !above)
		return true;
	if (below)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, word->span, NULL,
			 "'%s' is below the minimum of %s", word->text, min);
	else
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, word->span, NULL,
			 "'%s' is above the maximum of %s", word->text, max);
	return false;
}

bool conf_read_int(struct conf_parse *parse, const struct conf_word *word, int64_t min, int64_t max,
		   int64_t *ret_value)
{
	const char *at = word->text;
	bool negative = *at == '-';
	uint64_t magnitude;

	at += negative || *at == '+';
	if (!read_digits(&at, (uint64_t)INT64_MAX + negative, &magnitude) || *at != '\0')
		return value_error(parse, word, &diag_bad_number, NULL, "is not a whole number");

	int64_t value = (int64_t)(negative ? 0 - magnitude : magnitude);
	bool bounded = min != 0 || max != 0;
	if (!check_range(parse, word, bounded && value < min, bounded && value > max,
			 arena_printf(parse->arena, "%" PRId64, min),
			 arena_printf(parse->arena, "%" PRId64, max)))
		return false;
	*ret_value = value;
	return true;
}

bool conf_read_duration(struct conf_parse *parse, const struct conf_word *word, uint32_t *ret_ms)
{
	const char *at = word->text;
	uint64_t number;

	if (!read_digits(&at, INT64_MAX, &number))
		return value_error(parse, word, &diag_bad_number,
				   "for example '30s', '500ms', '1h'", "is not a duration");
	const struct unit *unit = find_unit(durations, ARRAY_LEN(durations), at, strcmp);
	if (unit == NULL)
		return value_error(parse, word, &diag_bad_number, "units are us, ms, s, m, h and d",
				   "has no known unit of time");
	/* Rounded up, so that no short duration becomes "none". */
	uint64_t ms = number / unit->divisor + (number % unit->divisor != 0);
	if (ms > longest_duration_ms / unit->factor)
		return value_error(parse, word, &diag_bad_number, NULL,
				   "is above the maximum of 24 days");
	*ret_ms = (uint32_t)(ms * unit->factor);
	return true;
}

bool conf_read_size(struct conf_parse *parse, const struct conf_word *word, uint64_t *ret_bytes)
{
	const char *at = word->text;
	uint64_t number;

	if (!read_digits(&at, INT64_MAX, &number))
		return value_error(parse, word, &diag_bad_number,
				   "for example '16384', '64k', '1m'", "is not a size");
	const struct unit *unit = find_unit(sizes, ARRAY_LEN(sizes), at, strcasecmp);
	if (unit == NULL)
		return value_error(parse, word, &diag_bad_number, "units are k, m and g",
				   "has no known unit of size");
	if (number > (uint64_t)INT64_MAX / unit->factor)
		return value_error(parse, word, &diag_bad_number, NULL, "is too large");
	*ret_bytes = number * unit->factor;
	return true;
}

static const char *choice_list(struct conf_parse *parse, const struct conf_choice *choices)
{
	struct strbuf list = STRBUF_EMPTY;
	const char *copy;

	for (const struct conf_choice *choice = choices; choice->word != NULL; choice++)
		strbuf_printf(&list, "%s'%s'",
			      choice == choices	       ? "expected "
			      : choice[1].word == NULL ? " or "
						       : ", ",
			      choice->word);
	ASSERT(!list.failed);
	copy = arena_strdup(parse->arena, list.text == NULL ? "" : list.text);
	strbuf_free(&list);
	return copy;
}

bool conf_read_choice(struct conf_parse *parse, const struct conf_word *word,
		      const struct conf_choice *choices, const char *what, int *ret_value)
{
	const char *candidates[MAX_CANDIDATES];
	unsigned count = 0;

	for (const struct conf_choice *choice = choices; choice->word != NULL; choice++) {
		if (strcmp(choice->word, word->text) == 0) {
			*ret_value = choice->value;
			return true;
		}
		ASSERT(count < MAX_CANDIDATES - 1);
		candidates[count++] = choice->word;
	}
	candidates[count] = NULL;

	const char *closest = diag_closest(word->text, candidates);
	const char *hint = closest == NULL
				   ? choice_list(parse, choices)
				   : arena_printf(parse->arena, "did you mean '%s'?", closest);
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, hint, "unknown %s '%s'",
		 what, word->text);
	return false;
}

void conf_error_unknown(struct conf_parse *parse, const struct conf_word *word, const char *what,
			const char *const *candidates)
{
	int class = conf_known_class_find(what);
	const char *closest = candidates == NULL ? NULL : diag_closest(word->text, candidates);

	if (class >= 0 && conf_known_elsewhere((enum conf_known_class)class, word->text)) {
		diag_add(parse->report, DIAG_ERROR, &diag_not_supported, word->span, NULL,
			 "%s '%s' is not supported yet", what, word->text);
		return;
	}
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_word, word->span,
		 closest == NULL ? NULL : arena_printf(parse->arena, "did you mean '%s'?", closest),
		 "unknown %s '%s'", what, word->text);
}

static const char *duration_text(struct arena *arena, int64_t ms)
{
	for (size_t i = ARRAY_LEN(durations) - 1; i > 2; i--) {
		if (ms != 0 && ms % (int64_t)durations[i].factor == 0)
			return arena_printf(arena, "%" PRId64 "%s",
					    ms / (int64_t)durations[i].factor, durations[i].name);
	}
	return arena_printf(arena, "%" PRId64 "ms", ms);
}

static const char *bound_text(struct arena *arena, const struct conf_keyword *row, int64_t bound)
{
	return row->type == CONF_DURATION ? duration_text(arena, bound)
					  : arena_printf(arena, "%" PRId64, bound);
}

const char *conf_range_text(struct arena *arena, const struct conf_keyword *row)
{
	if ((row->min == 0 && row->max == 0) ||
	    (row->type != CONF_INT && row->type != CONF_SIZE && row->type != CONF_DURATION))
		return NULL;
	if (row->max == INT64_MAX)
		return arena_printf(arena, "at least %s", bound_text(arena, row, row->min));
	return arena_printf(arena, "%s to %s", bound_text(arena, row, row->min),
			    bound_text(arena, row, row->max));
}

static bool row_range(struct conf_parse *parse, const struct conf_keyword *row,
		      const struct conf_word *word, uint64_t value)
{
	if (row->min == 0 && row->max == 0)
		return true;
	return check_range(parse, word, value < (uint64_t)row->min, value > (uint64_t)row->max,
			   bound_text(parse->arena, row, row->min),
			   bound_text(parse->arena, row, row->max));
}

static bool store_duration(struct conf_parse *parse, const struct conf_keyword *row,
			   const struct conf_word *word, uint32_t *field)
{
	uint32_t ms;

	if (!conf_read_duration(parse, word, &ms) || !row_range(parse, row, word, ms))
		return false;
	*field = ms;
	return true;
}

static bool store_size(struct conf_parse *parse, const struct conf_keyword *row,
		       const struct conf_word *word, uint64_t *field)
{
	uint64_t bytes;

	if (!conf_read_size(parse, word, &bytes) || !row_range(parse, row, word, bytes))
		return false;
	*field = bytes;
	return true;
}

static bool store_text(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		       const char **field)
{
	struct strbuf text = STRBUF_EMPTY;

	for (; at < line->count; at++)
		strbuf_printf(&text, "%s%s", line->words[at].text, at + 1 < line->count ? " " : "");
	ASSERT(!text.failed);
	*field = arena_strdup(parse->arena, text.text == NULL ? "" : text.text);
	strbuf_free(&text);
	return true;
}

bool conf_store(struct conf_parse *parse, const struct conf_keyword *row, void *object,
		const struct conf_line *line, unsigned at)
{
	const struct conf_word *word = &line->words[at];
	void *field = (char *)object + row->offset;

	switch (row->type) {
	case CONF_INT:
		return conf_read_int(parse, word, row->min, row->max, field);
	case CONF_SIZE:
		return store_size(parse, row, word, field);
	case CONF_DURATION:
		return store_duration(parse, row, word, field);
	case CONF_CHOICE:
		return conf_read_choice(parse, word, row->choices, row->doc.name, field);
	case CONF_STRING:
		*(const char **)field = word->text;
		return true;
	case CONF_TEXT:
		return store_text(parse, line, at, field);
	case CONF_FLAG:
	case CONF_PARSE:
	case CONF_IGNORED:
	case CONF_NOT_YET:
		break;
	}
	ASSERT(!"a row of this type has no field");
	return false;
}
