/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/reply_read.c - the words of `return`, `deny` and `tarpit` (reply.h). */
#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "proxy/action.h"
#include "proxy/http_conf.h"
#include "proxy/http_errorfile.h"
#include "proxy/reading.h"
#include "proxy/reply.h"

/* One reading of the words. */
struct reply_reading {
	struct conf_parse *parse;
	const struct expr_place *place;
	struct reply_args *args;
	const struct conf_word *kind;	/* the word that has set args->kind; NULL: none yet */
	const struct conf_word *type, *header, *status;
	unsigned words;			/* that were understood, but for "deny_status" */
};

static void report_file(struct conf_parse *parse, const struct conf_word *word, const char *why)
{
	diag_add(parse->report, DIAG_ERROR,
		 strncmp(why, "cannot", 6) == 0 ? &diag_cannot_read : &diag_bad_value, word->span,
		 NULL, "'%s': %s", word->text, why);
}

static struct slice file_bytes(struct reply_reading *reading, const struct conf_word *word)
{
	const char *why = NULL;
	struct slice bytes = http_errorfile_bytes(reading->parse->arena,
						  conf_path(reading->parse, word->span, word->text),
						  reading_conf(reading->parse)->global.bufsize,
						  &why);

	if (bytes.at == NULL)
		report_file(reading->parse, word, why);
	return bytes;
}

static bool read_errorfile(struct reply_reading *reading, const struct conf_word *word)
{
	const char *why = NULL;

	if (http_errorfile_load(reading->parse->arena,
				conf_path(reading->parse, word->span, word->text),
				reading_conf(reading->parse)->global.bufsize,
				&reading->args->bytes, &why))
		return true;
	report_file(reading->parse, word, why);
	return false;
}

static bool read_group_name(struct reply_reading *reading, const struct conf_word *word)
{
	reading->args->group = word->text;
	reading->args->span = word->span;
	return true;
}

static bool read_string(struct reply_reading *reading, const struct conf_word *word)
{
	reading->args->bytes = slice_of(word->text);
	return true;
}

static bool read_file(struct reply_reading *reading, const struct conf_word *word)
{
	reading->args->bytes = file_bytes(reading, word);
	return reading->args->bytes.at != NULL;
}

static bool read_format(struct reply_reading *reading, const struct conf_word *word)
{
	reading->args->format = format_parse(reading->parse, reading->place, word, FORMAT_VALUE);
	return reading->args->format != NULL;
}

static bool read_format_file(struct reply_reading *reading, const struct conf_word *word)
{
	struct slice bytes = file_bytes(reading, word);
	struct conf_word text = { .span = word->span };

	if (bytes.at == NULL)
		return false;
	text.text = arena_strndup(reading->parse->arena, bytes.at, bytes.len);
	return read_format(reading, &text);
}

/* The words that say what is sent; `read` NULL: there is no argument. */
struct reply_word {
	const char *word;
	enum reply_kind kind;
	bool (*read)(struct reply_reading *reading, const struct conf_word *word);
};

static const struct reply_word reply_words[] = {
	{ "default-errorfiles", REPLY_DEFAULT, NULL },
	{ "errorfile", REPLY_WHOLE, read_errorfile },
	{ "errorfiles", REPLY_GROUP, read_group_name },
	{ "file", REPLY_BYTES, read_file },
	{ "lf-file", REPLY_FORMAT, read_format_file },
	{ "lf-string", REPLY_FORMAT, read_format },
	{ "string", REPLY_BYTES, read_string },
};

static const struct reply_word *find_word(const char *text)
{
	for (unsigned i = 0; i < ARRAY_LEN(reply_words); i++)
		if (strcmp(reply_words[i].word, text) == 0)
			return &reply_words[i];
	return NULL;
}

static bool has_argument(struct reply_reading *reading, const struct conf_line *line, unsigned at,
			 unsigned count, const char *usage)
{
	return conf_need_words(reading->parse, line, at + 1, count, UINT32_MAX, usage);
}

/* What is sent: returns the index behind, 0 after a report. */
static unsigned read_kind(struct reply_reading *reading, const struct reply_word *row,
			  const struct conf_line *line, unsigned at)
{
	if (reading->kind != NULL) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_conflict, line->words[at].span,
			 NULL, "'%s' and '%s' exclude each other", reading->kind->text, row->word);
		return 0;
	}
	reading->kind = &line->words[at];
	reading->args->kind = row->kind;
	if (row->read == NULL)
		return at + 1;
	if (!has_argument(reading, line, at, 1, NULL) || !row->read(reading, &line->words[at + 1]))
		return 0;
	return at + 2;
}

static unsigned read_header(struct reply_reading *reading, const struct conf_line *line,
			    unsigned at)
{
	struct reply_args *args = reading->args;
	struct reply_header *header;

	if (!has_argument(reading, line, at, 2, "hdr <name> <format>"))
		return 0;
	reading->header = &line->words[at];
	header = ARENA_APPEND(reading->parse->arena, args->headers, args->header_count);
	if (!action_header_name(reading->parse, &line->words[at + 1], &header->name))
		return 0;
	header->value = format_parse(reading->parse, reading->place, &line->words[at + 2],
				     FORMAT_VALUE);
	return header->value != NULL ? at + 3 : 0;
}

static unsigned read_status(struct reply_reading *reading, const struct conf_line *line,
			    unsigned at)
{
	int64_t status;

	if (!has_argument(reading, line, at, 1, "status <200..599>") ||
	    !conf_read_int(reading->parse, &line->words[at + 1], 200, 599, &status))
		return 0;
	reading->status = &line->words[at + 1];
	reading->args->status = (unsigned)status;
	return at + 2;
}

/* One argument at words[at]: the index behind; `at` itself when it is none; 0 after a report. */
static unsigned read_one(struct reply_reading *reading, const struct conf_line *line, unsigned at)
{
	const char *text = line->words[at].text;
	const struct reply_word *row = find_word(text);

	if (strcmp(text, "deny_status") == 0)
		return read_status(reading, line, at);
	reading->words++;
	if (row != NULL)
		return read_kind(reading, row, line, at);
	if (strcmp(text, "status") == 0)
		return read_status(reading, line, at);
	if (strcmp(text, "hdr") == 0)
		return read_header(reading, line, at);
	if (strcmp(text, "content-type") == 0) {
		if (!has_argument(reading, line, at, 1, "content-type <type>"))
			return 0;
		reading->type = &line->words[at];
		reading->args->type = line->words[at + 1].text;
		return at + 2;
	}
	reading->words--;
	return at;
}

static void warn_ignored(struct reply_reading *reading, const struct conf_word *word,
			 const char *why)
{
	if (word != NULL)
		diag_add(reading->parse->report, DIAG_WARNING, &diag_no_effect, word->span, NULL,
			 "'%s' has no effect: %s", word->text, why);
}

static bool status_has_message(unsigned status)
{
	for (const unsigned *known = http_reply_statuses; *known != 0; known++)
		if (*known == status)
			return true;
	return false;
}

/* The arguments against each other. */
static bool check(struct reply_reading *reading, const struct conf_line *line)
{
	const struct reply_args *args = reading->args;
	bool body = args->kind == REPLY_BYTES || args->kind == REPLY_FORMAT;

	if (args->kind == REPLY_DEFAULT && !status_has_message(args->status)) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value,
			 reading->status != NULL ? reading->status->span : line->words[0].span,
			 "give it a text of its own with 'string' or 'file'",
			 "there is no default message for status %u", args->status);
		return false;
	}
	if (body && args->type == NULL && (args->bytes.len != 0 || args->format != NULL)) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_missing, reading->kind->span,
			 "add 'content-type text/plain' or what it is", "the body has no type");
		return false;
	}
	if (!body)
		warn_ignored(reading, reading->type, "there is no body");
	if (args->kind != REPLY_EMPTY && !body)
		warn_ignored(reading, reading->header, "the whole message is given");
	return true;
}

unsigned reply_args_read(struct conf_parse *parse, const struct expr_place *place,
			 const struct conf_line *line, unsigned at, enum reply_kind preset_kind,
			 struct reply_args *ret)
{
	struct reply_reading reading = { .parse = parse, .place = place, .args = ret };

	while (at < line->count) {
		unsigned next = read_one(&reading, line, at);

		if (next == 0)
			return 0;
		if (next == at)
			break;
		at = next;
	}
	if (reading.words == 0)
		ret->kind = preset_kind;
	return check(&reading, line) ? at : 0;
}

void reply_args_resolve(struct conf_parse *parse, struct reply_args *args)
{
	const struct http_errors *group;

	if (args->kind != REPLY_GROUP)
		return;
	group = proxy_http_errors_find(reading_conf(parse), args->group);
	if (group == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, args->span, NULL,
			 "there is no http-errors section '%s'", args->group);
	else
		args->errors = group->errors;
}
