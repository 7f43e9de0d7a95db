/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/report.c - collects diagnostics; diag/render.c prints them.
 *
 * Used by the one thread that reads configuration. Texts are copied with
 * control bytes made visible, since they quote what the user wrote and end on
 * a terminal.
 */
#include "diag/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "diag/render.h"

enum {
	KEPT_PER_LEVEL = 200,
	LONGEST_TEXT = 200,	/* cells of a message or hint */
};

#define DIAG_KIND(id, code, text)                                                                  \
	const struct diag_kind diag_##id = { .doc = { .name = code, .summary = text,               \
						      .since = "0.1" } };
#include "diag/kinds.def"
#undef DIAG_KIND

const struct diag_kind *const diag_kinds[] = {
#define DIAG_KIND(id, code, text) &diag_##id,
#include "diag/kinds.def"
#undef DIAG_KIND
	NULL,
};

struct diag_report {
	struct arena *arena;
	struct diag_entry *entries;
	size_t count;
	unsigned counts[DIAG_ERROR + 1];
	bool warnings_fatal, diagnoses;
};

struct diag_report *diag_report_new(void)
{
	struct diag_report *report = calloc(1, sizeof(*report));

	ASSERT(report != NULL);
	report->arena = arena_new();
	return report;
}

void diag_report_free(struct diag_report *report)
{
	if (report == NULL)
		return;
	arena_free(report->arena);
	free(report);
}

void diag_report_diagnose(struct diag_report *report, bool on)
{
	report->diagnoses = on;
}

bool diag_report_diagnoses(const struct diag_report *report)
{
	return report->diagnoses;
}

void diag_report_warnings_fatal(struct diag_report *report, bool fatal)
{
	report->warnings_fatal = fatal;
}

static const char *printable_copy(struct diag_report *report, const char *text)
{
	struct strbuf clean = STRBUF_EMPTY;
	const char *copy;

	diag_render_text(&clean, text, strlen(text), LONGEST_TEXT);
	copy = arena_strdup(report->arena, clean.text == NULL ? "" : clean.text);
	strbuf_free(&clean);
	return copy;
}

void diag_add(struct diag_report *report, enum diag_level level, const struct diag_kind *kind,
	      struct diag_span span, const char *hint, const char *format, ...)
{
	struct strbuf text = STRBUF_EMPTY;
	va_list args;

	if (report->counts[level]++ >= KEPT_PER_LEVEL)
		return;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);

	struct diag_entry *entry = ARENA_APPEND(report->arena, report->entries, report->count);
	*entry = (struct diag_entry){
		.level = level,
		.kind = kind,
		.span = span,
		.text = printable_copy(report, text.text == NULL ? "" : text.text),
		.hint = hint == NULL ? NULL : printable_copy(report, hint),
	};
	strbuf_free(&text);
}

unsigned diag_count(const struct diag_report *report, enum diag_level level)
{
	if (!report->warnings_fatal || level == DIAG_NOTE)
		return report->counts[level];
	if (level == DIAG_WARNING)
		return 0;
	return report->counts[DIAG_ERROR] + report->counts[DIAG_WARNING];
}

/* Place of the source among those of the report, by first appearance. */
static size_t source_rank(const struct diag_report *report, const struct diag_source *source)
{
	size_t rank = 0;

	while (report->entries[rank].span.source != source)
		rank++;
	return rank;
}

static int compare_places(const void *x, const void *y)
{
	const struct diag_entry *a = *(const struct diag_entry *const *)x;
	const struct diag_entry *b = *(const struct diag_entry *const *)y;

	if (a->source_rank != b->source_rank)
		return a->source_rank < b->source_rank ? -1 : 1;
	if (a->span.line != b->span.line)
		return a->span.line < b->span.line ? -1 : 1;
	if (a->span.column != b->span.column)
		return a->span.column < b->span.column ? -1 : 1;
	return a < b ? -1 : a > b; /* one array: the order they were added in */
}

static void render_the_rest(const struct diag_report *report, struct strbuf *ret_text)
{
	static const char *const names[] = { "notes", "warnings", "errors" };

	for (int level = DIAG_ERROR; level >= DIAG_NOTE; level--) {
		if (report->counts[level] > KEPT_PER_LEVEL)
			strbuf_printf(ret_text, "and %u more %s\n",
				      report->counts[level] - KEPT_PER_LEVEL, names[level]);
	}
}

void diag_report_render(const struct diag_report *report, struct strbuf *ret_text)
{
	struct diag_entry **order;

	if (report->count == 0)
		return;
	order = calloc(report->count, sizeof(struct diag_entry *));
	ASSERT(order != NULL);
	for (size_t i = 0; i < report->count; i++) {
		order[i] = &report->entries[i];
		order[i]->source_rank = source_rank(report, order[i]->span.source);
	}
	qsort(order, report->count, sizeof(struct diag_entry *), compare_places);
	for (size_t i = 0; i < report->count; i++)
		diag_render_entry(ret_text, order[i],
				  report->warnings_fatal && order[i]->level == DIAG_WARNING
					  ? DIAG_ERROR
					  : order[i]->level);
	render_the_rest(report, ret_text);
	free(order);
}
