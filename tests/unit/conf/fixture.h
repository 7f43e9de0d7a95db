/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/conf/fixture.h - a reader with its report, and short ways to ask it things. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "conf/environment.h"
#include "conf/keyword.h"
#include "conf/line.h"

struct fixture {
	struct arena *arena;
	struct diag_report *report;
	struct conf_reader reader;
	struct conf_lines lines;
	struct strbuf text;
};

static inline void fixture_open(struct fixture *fixture)
{
	*fixture = (struct fixture){ .arena = arena_new(), .report = diag_report_new() };
	fixture->reader.arena = fixture->arena;
	fixture->reader.report = fixture->report;
	fixture->reader.environment = conf_environment_new(fixture->arena);
}

static inline void fixture_close(struct fixture *fixture)
{
	strbuf_free(&fixture->text);
	diag_report_free(fixture->report);
	arena_free(fixture->arena);
}

static inline void fixture_read(struct fixture *fixture, const char *text)
{
	conf_read_text(&fixture->reader, "t.cfg", arena_strdup(fixture->arena, text), strlen(text),
		       &fixture->lines);
}

/* All that was reported, as text. */
static inline const char *fixture_report(struct fixture *fixture)
{
	fixture->text.len = 0;
	diag_report_render(fixture->report, &fixture->text);
	return fixture->text.len == 0 ? "" : fixture->text.text;
}

/* The lines read, words between '|'. */
static inline const char *fixture_words(struct fixture *fixture)
{
	fixture->text.len = 0;
	for (unsigned i = 0; i < fixture->lines.count; i++) {
		const struct conf_line *line = &fixture->lines.lines[i];

		assert_string_equal(line->words[line->count].text, "");
		for (unsigned j = 0; j < line->count; j++)
			strbuf_printf(&fixture->text, "%s%s", j == 0 ? "" : "|",
				      line->words[j].text);
		strbuf_puts(&fixture->text, "\n");
	}
	return fixture->text.len == 0 ? "" : fixture->text.text;
}
