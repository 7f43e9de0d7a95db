/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: read, parsed by a small grammar, and reported. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/conf/small_grammar.h"
#include "base/strbuf.h"
#include "conf/environment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words are NUL-ended and lie on the line they name. */
static void check_lines(const struct conf_lines *lines, size_t size)
{
	for (unsigned i = 0; i < lines->count; i++) {
		const struct conf_line *line = &lines->lines[i];

		ASSERT(line->count >= 1 && line->words[line->count].text[0] == '\0');
		for (unsigned j = 0; j < line->count; j++) {
			const struct diag_span *span = &line->words[j].span;

			ASSERT(strlen(line->words[j].text) <= 1 << 20);
			ASSERT(span->line >= 1 && span->column >= 1 && span->len >= 1);
			ASSERT((size_t)span->column - 1 + span->len <= size);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const features[] = { "EPOLL", NULL };
	struct arena *arena = arena_new();
	struct diag_report *report = diag_report_new();
	struct conf_reader reader = { .arena = arena, .report = report, .features = features,
				      .version = "2.9.0",
				      .environment = conf_environment_new(arena) };
	struct conf_lines lines = { 0 };
	struct small_conf conf = { 0 };
	struct conf_parse parse = { .arena = arena, .report = report, .grammar = &small_grammar,
				    .context = &conf, .verbose = true };
	struct strbuf text = STRBUF_EMPTY;

	conf_environment_set(reader.environment, "LIST", "a b c");
	conf_environment_set(reader.environment, "PLAIN", "val");
	conf_read_text(&reader, "fuzz.cfg", (const char *)data, size, &lines);
	check_lines(&lines, size);
	conf_parse_lines(&parse, &lines);
	diag_report_render(report, &text);
	ASSERT(text.text == NULL || strlen(text.text) == text.len);
	strbuf_free(&text);
	diag_report_free(report);
	arena_free(arena);
	return 0;
}
