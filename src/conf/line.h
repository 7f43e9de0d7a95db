/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/line.h - haproxy.cfg as lines of words (configuration manual 2.2 to
 * 2.4): quotes, escapes, environment variables, comments, continuation over
 * several files, and `.if` blocks already resolved.
 *
 * Words keep the span they were written at. Everything lives in the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag/report.h"

struct arena;
struct conf_environment;

struct conf_word {
	const char *text;	/* unquoted and expanded, NUL-ended, no NUL inside */
	struct diag_span span;	/* of what the user wrote, quotes included */
	bool quoted;		/* the text stands as it is between one pair of quotes */
};

/*
 * The bytes `from`..`from + len` of a word, when it was written without quotes and escapes or
 * all of it between quotes; else all of it.
 */
struct diag_span conf_word_part(const struct conf_word *word, size_t from, size_t len);

struct conf_line {
	struct conf_word *words; /* count >= 1; words[count].text is "" at the line's end */
	unsigned count;
};

struct conf_lines {
	struct conf_line *lines;
	unsigned count;
};

struct conf_reader {
	struct arena *arena;
	struct diag_report *report;
	/* Answers defined(), feature(), ... of `.if`; see conf/condition.h. */
	const char *const *features;	/* names that feature() knows as true; ends in NULL */
	const char *version;		/* what version_atleast() compares with, "2.6.12" */
	const char *tls_version;	/* of the TLS library, "3.0.11"; NULL: none is linked */
	const char *const *enabled;	/* names that enabled() knows as true; ends in NULL */
	bool diagnostic;		/* -dD: `.diag` speaks */
	/*
	 * The variables that lines see; NULL: the first read makes them. The
	 * reader itself acts on setenv, presetenv, unsetenv and resetenv in
	 * `global`, since lines below them must see the change; those lines
	 * are still returned.
	 */
	struct conf_environment *environment;
};

/*
 * What a backslash and `c` stand for in a word: a control character, or one that
 * would have a meaning of its own (configuration manual 2.2); 0: the backslash stays.
 */
char conf_escaped(char c);

/*
 * Expands $NAME and ${NAME} in a word that was not quoted: addresses allow
 * that (configuration manual 4.2 "bind"). Returns `text` itself when there is
 * nothing to expand, NULL when it is malformed; nothing is reported.
 */
const char *conf_expand(struct arena *arena, const struct conf_environment *environment,
			const char *text);

/*
 * Reads files and directories (of a directory the *.cfg files in name order,
 * those that begin with a dot not) in the given order and appends their lines.
 * Whatever is wrong is in the report; what could be read is still returned.
 * Name "-" reads standard input.
 */
void conf_read_files(struct conf_reader *reader, const char *const *names, unsigned count,
		     struct conf_lines *ret_lines);

/* The same for bytes in memory, for tests and the fuzzer. Borrows `text` until the arena goes. */
void conf_read_text(struct conf_reader *reader, const char *name, const char *text, size_t len,
		    struct conf_lines *ret_lines);
