/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/line.c - see line.h. Each line is cut into words (conf/lexer.c); those
 * that begin with a dot are directives and are acted upon here; what is left
 * outside of switched-off `.if` blocks is handed on.
 *
 * A level of `.if` is in one of three states:
 *
 *   ON    this branch is read         --.elif, .else-->  DONE
 *   SEEK  no branch was taken yet     --.elif true, .else-->  ON
 *   DONE  one was, or the level around it is off
 */
#include "conf/line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/condition.h"
#include "conf/environment.h"
#include "conf/files.h"
#include "conf/known.h"
#include "conf/lexer.h"

enum { DEEPEST_IF = 64 };

enum branch { BRANCH_ON, BRANCH_SEEK, BRANCH_DONE };

struct level {
	enum branch branch;
	bool else_seen;
	struct diag_span span; /* of its `.if` */
};

struct reading {
	struct conf_reader *reader;
	struct conf_lines *lines;
	struct conf_place place;
	struct level levels[DEEPEST_IF];
	unsigned depth;
	unsigned too_deep;	/* `.if` beyond DEEPEST_IF that are still open */
	bool in_global;
};

struct directive {
	struct doc doc;
	bool in_off_branch;	/* acts there too, since it nests */
	unsigned max_words;	/* after it */
	void (*act)(struct reading *reading, const struct conf_line *line);
};

static bool is_on(const struct reading *reading)
{
	return reading->depth == 0 || reading->levels[reading->depth - 1].branch == BRANCH_ON;
}

static void line_error(struct reading *reading, struct diag_span span, const char *format,
		       const char *argument)
{
	diag_add(reading->reader->report, DIAG_ERROR, &diag_bad_condition, span, NULL, format,
		 argument);
}

static bool branch_holds(struct reading *reading, const struct conf_line *line)
{
	bool holds = false;

	return conf_condition(reading->reader, line, 1, &holds) && holds;
}

static void directive_if(struct reading *reading, const struct conf_line *line)
{
	bool outer = is_on(reading);

	if (reading->depth == DEEPEST_IF) {
		if (reading->too_deep++ == 0)
			line_error(reading, line->words[0].span, "'%s' is nested too deeply",
				   line->words[0].text);
		return;
	}
	struct level *level = &reading->levels[reading->depth];
	level->span = line->words[0].span;
	level->else_seen = false;
	level->branch = !outer ? BRANCH_DONE
			: branch_holds(reading, line) ? BRANCH_ON : BRANCH_SEEK;
	reading->depth++;
}

/* The level that this directive belongs to, or NULL after a report. */
static struct level *innermost(struct reading *reading, const struct conf_line *line)
{
	if (reading->depth == 0)
		line_error(reading, line->words[0].span, "'%s' without an '.if' before it",
			   line->words[0].text);
	return reading->depth == 0 ? NULL : &reading->levels[reading->depth - 1];
}

static void directive_elif(struct reading *reading, const struct conf_line *line)
{
	struct level *level = reading->too_deep != 0 ? NULL : innermost(reading, line);

	if (level == NULL)
		return;
	if (level->else_seen) {
		line_error(reading, line->words[0].span, "'%s' after '.else'", line->words[0].text);
		level->branch = BRANCH_DONE;
	} else if (level->branch == BRANCH_ON) {
		level->branch = BRANCH_DONE;
	} else if (level->branch == BRANCH_SEEK && branch_holds(reading, line)) {
		level->branch = BRANCH_ON;
	}
}

static void directive_else(struct reading *reading, const struct conf_line *line)
{
	struct level *level = reading->too_deep != 0 ? NULL : innermost(reading, line);

	if (level == NULL)
		return;
	if (level->else_seen)
		line_error(reading, line->words[0].span, "'%s' after '.else'", line->words[0].text);
	level->branch = level->branch == BRANCH_SEEK && !level->else_seen ? BRANCH_ON : BRANCH_DONE;
	level->else_seen = true;
}

static void directive_endif(struct reading *reading, const struct conf_line *line)
{
	if (reading->too_deep != 0)
		reading->too_deep--;
	else if (innermost(reading, line) != NULL)
		reading->depth--;
}

static void say(struct reading *reading, const struct conf_line *line, enum diag_level level)
{
	diag_add(reading->reader->report, level, &diag_user_message, line->words[0].span, NULL,
		 "%s", line->words[1].text);
}

static void directive_notice(struct reading *reading, const struct conf_line *line)
{
	say(reading, line, DIAG_NOTE);
}

static void directive_warning(struct reading *reading, const struct conf_line *line)
{
	say(reading, line, DIAG_WARNING);
}

static void directive_alert(struct reading *reading, const struct conf_line *line)
{
	say(reading, line, DIAG_ERROR);
}

static void directive_diag(struct reading *reading, const struct conf_line *line)
{
	if (reading->reader->diagnostic)
		say(reading, line, DIAG_WARNING);
}

static const struct directive directives[] = {
	{ { ".if", "Reads the lines up to the matching .elif, .else or .endif if it holds.",
	    ".if defined(HOME)", "0.1" }, true, UINT32_MAX, directive_if },
	{ { ".elif", "Reads the lines that follow if no branch before it was and it holds.",
	    ".elif feature(OPENSSL)", "0.1" }, true, UINT32_MAX, directive_elif },
	{ { ".else", "Reads the lines that follow if no branch before it was.",
	    ".else", "0.1" }, true, 0, directive_else },
	{ { ".endif", "Ends the innermost .if.",
	    ".endif", "0.1" }, true, 0, directive_endif },
	{ { ".notice", "Says something when the file is read.",
	    ".notice \"the north site\"", "0.1" }, false, 1, directive_notice },
	{ { ".warning", "Warns when the file is read.",
	    ".warning \"no SITE is set\"", "0.1" }, false, 1, directive_warning },
	{ { ".alert", "Refuses the file with this message.",
	    ".alert \"SITE must be set\"", "0.1" }, false, 1, directive_alert },
	{ { ".diag", "Warns when the file is read with -dD.",
	    ".diag \"2026: remove the old pool\"", "0.1" }, false, 1, directive_diag },
};

const struct doc *conf_directive_doc(unsigned index)
{
	return index < ARRAY_LEN(directives) ? &directives[index].doc : NULL;
}

static void unknown_directive(struct reading *reading, const struct conf_word *word)
{
	const char *names[ARRAY_LEN(directives) + 1] = { 0 };
	char hint[80];

	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		names[i] = directives[i].doc.name;
	const char *closest = diag_closest(word->text, names);
	if (closest != NULL)
		snprintf(hint, sizeof(hint), "did you mean '%s'?", closest);
	diag_add(reading->reader->report, DIAG_ERROR, &diag_unknown_word, word->span,
		 closest == NULL ? NULL : hint, "unknown directive '%s'", word->text);
}

/* Of a broken line only the nesting is heeded: what it says is not known. */
static void read_directive(struct reading *reading, const struct conf_line *line, bool whole)
{
	const struct directive *directive = NULL;

	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (strcmp(directives[i].doc.name, line->words[0].text) == 0)
			directive = &directives[i];
	}
	if ((!is_on(reading) || !whole) && (directive == NULL || !directive->in_off_branch))
		return;
	if (directive == NULL) {
		unknown_directive(reading, &line->words[0]);
		return;
	}
	if (whole && line->count - 1 > directive->max_words)
		diag_add(reading->reader->report, DIAG_ERROR, &diag_wrong_words,
			 line->words[directive->max_words + 1].span,
			 directive->max_words == 1 ? "put the message in double quotes" : NULL,
			 "unexpected '%s' after '%s'", line->words[directive->max_words + 1].text,
			 directive->doc.name);
	directive->act(reading, line);
}

/* setenv and its relatives: lines below must already see the change. */
static void change_environment(struct reading *reading, const struct conf_line *line)
{
	struct conf_environment *environment = reading->reader->environment;
	const char *command = line->words[0].text;

	if (strcmp(command, "setenv") == 0 && line->count >= 3) {
		conf_environment_set(environment, line->words[1].text, line->words[2].text);
	} else if (strcmp(command, "presetenv") == 0 && line->count >= 3) {
		if (conf_environment_get(environment, line->words[1].text) == NULL)
			conf_environment_set(environment, line->words[1].text, line->words[2].text);
	} else if (strcmp(command, "unsetenv") == 0) {
		for (unsigned i = 1; i < line->count; i++)
			conf_environment_unset(environment, line->words[i].text);
	} else if (strcmp(command, "resetenv") == 0) {
		struct arena *arena = reading->reader->arena;
		const char **kept = arena_zalloc(arena, line->count * sizeof(const char *));

		for (unsigned i = 1; i < line->count; i++)
			kept[i - 1] = line->words[i].text;
		conf_environment_keep(environment, kept, line->count - 1);
	}
}

static void enter_section(struct reading *reading, const struct conf_line *line)
{
	reading->in_global = strcmp(line->words[0].text, "global") == 0;
	reading->place.section = line->count > 1 ? line->words[1].text : line->words[0].text;
}

static void read_words(struct reading *reading, const struct conf_line *line, bool whole)
{
	bool begins_section = conf_known_elsewhere(CONF_KNOWN_SECTION, line->words[0].text);

	if (!is_on(reading))
		return;
	if (begins_section)
		enter_section(reading, line);
	else if (reading->in_global && whole)
		change_environment(reading, line);
	/* A section with a broken first line still begins, or its lines would look misplaced. */
	if (whole || begins_section)
		*ARENA_APPEND(reading->reader->arena, reading->lines->lines,
			      reading->lines->count) = *line;
}

static void read_line(struct reading *reading, const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);
	struct conf_line line;

	if (len > CONF_LONGEST_LINE) {
		diag_add(reading->reader->report, DIAG_ERROR, &diag_bad_bytes,
			 conf_place_span(&reading->place, CONF_LONGEST_LINE, 1), NULL,
			 "the line is longer than 1 MiB");
		return;
	}
	if (nul != NULL) {
		diag_add(reading->reader->report, DIAG_ERROR, &diag_bad_bytes,
			 conf_place_span(&reading->place, (size_t)(nul - text), 1), NULL,
			 "the line holds a NUL byte");
		return;
	}
	bool whole = conf_lex(reading->reader, &reading->place, text, len, !is_on(reading), &line);
	if (line.count == 0)
		return;
	if (line.words[0].text[0] == '.') {
		line.count = whole ? line.count : 1;
		read_directive(reading, &line, whole);
	} else {
		read_words(reading, &line, whole);
	}
}

static void read_source(struct conf_reader *reader, const struct diag_source *source,
			struct conf_lines *ret_lines)
{
	struct reading reading = {
		.reader = reader,
		.lines = ret_lines,
		.place = { .source = source, .section = "" },
	};
	const char *text = source->text;
	const char *end = text + source->len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline == NULL ? end : newline + 1;
		size_t len = (size_t)((newline == NULL ? end : newline) - text);

		if (len != 0 && text[len - 1] == '\r')
			len--;
		reading.place.line++;
		read_line(&reading, text, len);
		text = next;
	}
	while (reading.depth > 0)
		line_error(&reading, reading.levels[--reading.depth].span,
			   "this '.if' has no '%s' in its file", ".endif");
}

static void prepare(struct conf_reader *reader)
{
	char host[256] = "";

	if (reader->environment != NULL)
		return;
	reader->environment = conf_environment_new(reader->arena);
	if (gethostname(host, sizeof(host) - 1) == 0 &&
	    conf_environment_get(reader->environment, "HAPROXY_LOCALPEER") == NULL)
		conf_environment_set(reader->environment, "HAPROXY_LOCALPEER", host);
	if (reader->version != NULL)
		conf_environment_set(reader->environment, "HAPROXY_STARTUP_VERSION",
				     reader->version);
}

static void name_files(struct conf_reader *reader, const struct diag_source *const *sources,
		       unsigned count)
{
	struct strbuf names = STRBUF_EMPTY;

	for (unsigned i = 0; i < count; i++)
		strbuf_printf(&names, "%s%s", i == 0 ? "" : ";", sources[i]->name);
	ASSERT(!names.failed);
	conf_environment_set(reader->environment, "HAPROXY_CFGFILES",
			     names.text == NULL ? "" : names.text);
	strbuf_free(&names);
}

void conf_read_files(struct conf_reader *reader, const char *const *names, unsigned count,
		     struct conf_lines *ret_lines)
{
	unsigned source_count;
	const struct diag_source *const *sources =
		conf_files_read(reader->arena, reader->report, names, count, &source_count);

	prepare(reader);
	name_files(reader, sources, source_count);
	for (unsigned i = 0; i < source_count; i++)
		read_source(reader, sources[i], ret_lines);
}

void conf_read_text(struct conf_reader *reader, const char *name, const char *text, size_t len,
		    struct conf_lines *ret_lines)
{
	struct diag_source *source = arena_zalloc(reader->arena, sizeof(*source));

	prepare(reader);
	source->name = name;
	source->text = text;
	source->len = len;
	read_source(reader, source, ret_lines);
}

struct diag_span conf_word_part(const struct conf_word *word, size_t from, size_t len)
{
	struct diag_span span = word->span;

	if (span.column != 0 && (word->quoted || span.len == strlen(word->text))) {
		span.column += (uint32_t)from + word->quoted;
		span.len = (uint32_t)len;
	}
	return span;
}
