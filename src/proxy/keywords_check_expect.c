/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_check_expect.c - `http-check expect` and `tcp-check expect`:
 * parameters, then [!] a kind of match and its pattern.
 */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "expr/expr.h"
#include "proxy/reading.h"

struct expect_kind {
	const char *word;
	enum health_match match;
	bool lf, binary;
};

static const struct expect_kind expect_tcp_kinds[] = {
	{ "string", HEALTH_MATCH_TEXT, false, false },
	{ "rstring", HEALTH_MATCH_REGEX, false, false },
	{ "string-lf", HEALTH_MATCH_TEXT, true, false },
	{ "binary", HEALTH_MATCH_TEXT, false, true },
	{ "rbinary", HEALTH_MATCH_HEX_REGEX, false, true },
	{ "binary-lf", HEALTH_MATCH_TEXT, true, true },
	{ NULL, 0, false, false },
};

static const struct expect_kind expect_http_kinds[] = {
	{ "status", HEALTH_MATCH_STATUS, false, false },
	{ "rstatus", HEALTH_MATCH_STATUS_REGEX, false, false },
	{ "hdr", HEALTH_MATCH_HEADER, false, false },
	{ "fhdr", HEALTH_MATCH_HEADER, false, false },
	{ "string", HEALTH_MATCH_BODY, false, false },
	{ "rstring", HEALTH_MATCH_BODY_REGEX, false, false },
	{ "string-lf", HEALTH_MATCH_BODY, true, false },
	{ NULL, 0, false, false },
};

struct expect_reading {
	struct conf_parse *parse;
	const struct conf_line *line;
	unsigned at;		/* the next word */
	bool http;
	struct health_step *step;
};

/* The next word; NULL after a report. */
static const struct conf_word *expect_next(struct expect_reading *reading, const char *usage)
{
	if (!conf_need_words(reading->parse, reading->line, reading->at, 1, UINT32_MAX, usage))
		return NULL;
	return &reading->line->words[reading->at++];
}

static const struct expr_place *expect_place(const struct expect_reading *reading)
{
	return reading->http ? &check_answer_place : &check_place;
}

/* ---- parameters ---- */

static const struct conf_choice expect_ok_codes[] = {
	{ "L7OK", HEALTH_L7OK, "Passed." },
	{ "L7OKC", HEALTH_L7OKC, "Passed, but no new load." },
	{ "L6OK", HEALTH_L6OK, "Passed on layer 6." },
	{ "L4OK", HEALTH_L4OK, "Passed on layer 4." },
	{ NULL, 0, NULL },
};

static const struct conf_choice expect_error_codes[] = {
	{ "L7OKC", HEALTH_L7OKC, "Passed, but no new load." },
	{ "L7RSP", HEALTH_L7RSP, "An invalid answer." },
	{ "L7STS", HEALTH_L7STS, "An error of the server's." },
	{ "L6RSP", HEALTH_L6RSP, "An invalid answer on layer 6." },
	{ "L4CON", HEALTH_L4CON, "A problem of the connection." },
	{ NULL, 0, NULL },
};

static const struct conf_choice expect_timeout_codes[] = {
	{ "L7TOUT", HEALTH_L7TOUT, "Too late on layer 7." },
	{ "L6TOUT", HEALTH_L6TOUT, "Too late on layer 6." },
	{ "L4TOUT", HEALTH_L4TOUT, "Too late on layer 4." },
	{ NULL, 0, NULL },
};

static bool expect_read_code(struct expect_reading *reading, const struct conf_word *word,
			     const struct conf_choice *choices, enum health_code *ret)
{
	int code;

	if (!conf_read_choice(reading->parse, word, choices, "status of a check", &code))
		return false;
	*ret = (enum health_code)code;
	return true;
}

static bool expect_read_min(struct expect_reading *reading, const struct conf_word *word)
{
	int64_t min;

	if (!conf_read_int(reading->parse, word, -1, INT32_MAX, &min))
		return false;
	reading->step->expect.min_recv = (int32_t)min;
	return true;
}

static const char *const expect_parameters[] = { "min-recv",	"comment",    "ok-status",
						 "error-status", "tout-status", "on-success",
						 "on-error",	"status-code", NULL };

static bool expect_is_parameter(const char *text)
{
	for (const char *const *word = expect_parameters; *word != NULL; word++)
		if (strcmp(*word, text) == 0)
			return true;
	return false;
}

static bool expect_read_parameter(struct expect_reading *reading, const char *name)
{
	struct health_expect *expect = &reading->step->expect;
	const struct conf_word *value = expect_next(reading, NULL);
	size_t end;

	if (value == NULL)
		return false;
	if (strcmp(name, "min-recv") == 0)
		return expect_read_min(reading, value);
	if (strcmp(name, "ok-status") == 0)
		return expect_read_code(reading, value, expect_ok_codes, &expect->ok);
	if (strcmp(name, "error-status") == 0)
		return expect_read_code(reading, value, expect_error_codes, &expect->error);
	if (strcmp(name, "tout-status") == 0)
		return expect_read_code(reading, value, expect_timeout_codes, &expect->timeout);
	if (strcmp(name, "on-success") == 0)
		return check_read_text(reading->parse, value, expect_place(reading), true, false,
				       &expect->on_success);
	if (strcmp(name, "on-error") == 0)
		return check_read_text(reading->parse, value, expect_place(reading), true, false,
				       &expect->on_error);
	if (strcmp(name, "status-code") == 0) {
		expect->number = expr_parse(reading->parse, expect_place(reading), value, 0, NULL,
					    &end);
		return expect->number != NULL;
	}
	reading->step->comment = value->text;
	return true;
}

/* ---- patterns ---- */

static const struct regex *expect_read_regex(struct expect_reading *reading,
					     const struct conf_word *word)
{
	char why[REGEX_ERROR];
	size_t at;
	const struct regex *regex = regex_new(reading->parse->arena, word->text, false, why, &at);

	if (regex == NULL)
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value,
			 conf_word_part(word, at, 1), NULL, "regular expression '%s': %s",
			 word->text, why);
	return regex;
}

/* "200,201,300-310" */
static bool expect_read_ranges(struct expect_reading *reading, const struct conf_word *word)
{
	struct health_expect *expect = &reading->step->expect;
	struct health_range *ranges = NULL;
	const char *at = word->text;

	for (;;) {
		struct health_range range;
		unsigned low = 0, high = 0;
		int used = 0;
		bool ok = sscanf(at, "%3u%n", &low, &used) == 1;

		high = low;
		at += used;
		if (ok && *at == '-') {
			ok = sscanf(at + 1, "%3u%n", &high, &used) == 1;
			at += ok ? used + 1 : 0;
		}
		if (!ok || (*at != '\0' && *at != ',') || low > high) {
			diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value, word->span,
				 "write it as 200,300-399", "'%s' is no list of statuses",
				 word->text);
			return false;
		}
		range = (struct health_range){ (uint16_t)low, (uint16_t)high };
		*ARENA_APPEND(reading->parse->arena, ranges, expect->range_count) = range;
		expect->ranges = ranges;
		if (*at++ == '\0')
			return true;
	}
}

/* "[-m <method>] <pattern>" of a header's name or value. */
static bool expect_read_compared(struct expect_reading *reading, bool lf,
				 struct health_compared *ret)
{
	static const struct conf_choice methods[] = {
		{ "str", HEALTH_EXACT, "The same." },
		{ "beg", HEALTH_BEGINS, "It begins so." },
		{ "end", HEALTH_ENDS, "It ends so." },
		{ "sub", HEALTH_HOLDS, "It is part of it." },
		{ "reg", HEALTH_REGEX, "A regular expression." },
		{ NULL, 0, NULL },
	};
	const struct conf_word *word = expect_next(reading, NULL);
	int how = HEALTH_EXACT;

	if (word != NULL && strcmp(word->text, "-m") == 0) {
		word = expect_next(reading, NULL);
		if (word == NULL || !conf_read_choice(reading->parse, word, methods,
						      "matching method", &how))
			return false;
		word = expect_next(reading, NULL);
	}
	if (word == NULL)
		return false;
	ret->how = (enum health_compare)how;
	if (how != HEALTH_REGEX)
		return check_read_text(reading->parse, word, &check_answer_place, lf, false,
				       &ret->text);
	if (lf) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_conflict, word->span, NULL,
			 "a regular expression cannot be a log-format string");
		return false;
	}
	ret->regex = expect_read_regex(reading, word);
	return ret->regex != NULL;
}

/* "name" or "name-lf", "value" or "value-lf": whether the next word is it. */
static bool expect_takes(struct expect_reading *reading, const char *name, bool *ret_lf)
{
	const struct conf_line *line = reading->line;
	const char *text = reading->at < line->count ? line->words[reading->at].text : "";
	size_t len = strlen(name);

	if (strncmp(text, name, len) != 0 || (text[len] != '\0' && strcmp(text + len, "-lf") != 0))
		return false;
	*ret_lf = text[len] != '\0';
	reading->at++;
	return true;
}

static bool expect_read_header(struct expect_reading *reading, const struct conf_word *word)
{
	struct health_expect *expect = &reading->step->expect;
	bool lf;

	expect->whole_header = word->text[0] == 'f';
	if (!expect_takes(reading, "name", &lf)) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_wrong_words, word->span,
			 "hdr name <name> [value <value>]", "'%s' needs the name of a header",
			 word->text);
		return false;
	}
	if (!expect_read_compared(reading, lf, &expect->name))
		return false;
	expect->has_value = expect_takes(reading, "value", &lf);
	return !expect->has_value || expect_read_compared(reading, lf, &expect->value);
}

static bool expect_read_pattern(struct expect_reading *reading, const struct conf_word *word,
				const struct expect_kind *kind)
{
	struct health_expect *expect = &reading->step->expect;
	const struct conf_word *pattern;

	expect->match = kind->match;
	expect->is_binary = kind->binary;
	if (kind->match == HEALTH_MATCH_HEADER)
		return expect_read_header(reading, word);
	pattern = expect_next(reading, NULL);
	if (pattern == NULL)
		return false;
	switch (kind->match) {
	case HEALTH_MATCH_STATUS:
		return expect_read_ranges(reading, pattern);
	case HEALTH_MATCH_TEXT:
	case HEALTH_MATCH_BODY:
		return check_read_text(reading->parse, pattern, expect_place(reading), kind->lf,
				       kind->binary, &expect->text);
	default:
		expect->regex = expect_read_regex(reading, pattern);
		return expect->regex != NULL;
	}
}

/* ---- the rule ---- */

/* `!` may stand alone, or before the kind. */
static bool expect_read_match(struct expect_reading *reading, const struct conf_word *word)
{
	const struct expect_kind *kinds = reading->http ? expect_http_kinds : expect_tcp_kinds;
	const struct expect_kind *kind = kinds;
	const char *names[ARRAY_LEN(expect_http_kinds)] = { NULL };
	struct conf_word name = *word;

	if (word->text[0] == '!') {
		reading->step->expect.inverse = true;
		name.text++;
		if (name.text[0] == '\0') {
			word = expect_next(reading, NULL);
			if (word == NULL)
				return false;
			name = *word;
		}
	}
	while (kind->word != NULL && strcmp(kind->word, name.text) != 0)
		kind++;
	if (kind->word != NULL)
		return expect_read_pattern(reading, word, kind);
	for (unsigned i = 0; kinds[i].word != NULL; i++)
		names[i] = kinds[i].word;
	conf_error_unknown(reading->parse, &name, "kind of match", names);
	return false;
}

bool check_read_expect(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		       bool http, struct health_step *step)
{
	struct expect_reading reading = { parse, line, at, http, step };
	bool matched = false;

	step->expect.min_recv = -1;
	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "expect [<parameters>] [!] <match> <pattern>"))
		return false;
	while (reading.at < line->count) {
		const struct conf_word *word = &line->words[reading.at++];

		if (expect_is_parameter(word->text)) {
			if (!expect_read_parameter(&reading, word->text))
				return false;
			continue;
		}
		if (matched) {
			conf_error_unknown(parse, word, "parameter of expect", expect_parameters);
			return false;
		}
		if (!expect_read_match(&reading, word))
			return false;
		matched = true;
	}
	if (!matched)
		conf_need_words(parse, line, line->count, 1, 2, "expect [!] <match> <pattern>");
	return matched;
}
