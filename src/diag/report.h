/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/report.h - what is wrong with the user's files, and where.
 *
 * Parsers add diagnostics and go on, so that one run shows all of them:
 *
 *   haproxy.cfg:14:11: error: unknown balance algorithm 'leastcon' [unknown-word]
 *      14 |   balance leastcon
 *         |           ^~~~~~~~ did you mean 'leastconn'?
 *
 * Each diagnostic has a kind, a row of diag/kinds.def with a stable code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/doc.h"
#include "base/macros.h"

struct arena;
struct strbuf;

/* One file's bytes, kept for as long as spans point into it. */
struct diag_source {
	const char *name;	/* as the user gave it */
	const char *text;	/* may hold NUL bytes */
	size_t len;
};

/* A piece of one line. `source` NULL: no place (command line, environment). */
struct diag_span {
	const struct diag_source *source;
	uint32_t line;		/* from 1 */
	uint32_t column;	/* bytes, from 1; 0: the whole line */
	uint32_t len;		/* bytes; 0 counts as 1 */
};

enum diag_level {
	DIAG_NOTE,
	DIAG_WARNING,
	DIAG_ERROR,
};

/* One row of the table of diagnostics; .doc.name is the code in brackets. */
struct diag_kind {
	struct doc doc;
};

#define DIAG_KIND(id, code, summary) extern const struct diag_kind diag_##id;
#include "diag/kinds.def"
#undef DIAG_KIND

extern const struct diag_kind *const diag_kinds[]; /* every row, ends in NULL */

struct diag_report; /* opaque: an ordered list of diagnostics */

struct diag_report *diag_report_new(void);
void diag_report_free(struct diag_report *report);

/* Under -dW warnings count as errors (they are shown as such). */
void diag_report_warnings_fatal(struct diag_report *report, bool fatal);

/* -dD: whether lines that are right and yet suspicious are worth a note. */
void diag_report_diagnose(struct diag_report *report, bool on);
bool diag_report_diagnoses(const struct diag_report *report);

/*
 * Adds one diagnostic. `hint` is the text after the caret ("did you mean
 * 'x'?", "write 'timeout client 60s'") or NULL; it is copied. Beyond 200 of
 * one level the rest is counted and not kept.
 */
void diag_add(struct diag_report *report, enum diag_level level, const struct diag_kind *kind,
	      struct diag_span span, const char *hint, const char *format, ...) PRINTF_LIKE(6, 7);

unsigned diag_count(const struct diag_report *report, enum diag_level level);

/* Appends all, in the order of file and line within each source, as text. */
void diag_report_render(const struct diag_report *report, struct strbuf *ret_text);

/*
 * The candidate nearest to `word` (case-insensitive Damerau-Levenshtein, at
 * most a third of its length away), or NULL. Ends at the first NULL entry.
 */
const char *diag_closest(const char *word, const char *const *candidates);
