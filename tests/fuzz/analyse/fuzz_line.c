/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of log files: every slice lies within the line or its
 * struct, and captures within the captures.
 */
#include <stdint.h>
#include <stdlib.h>

#include "analyse/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct slice slice, struct slice whole)
{
	if (slice.len != 0 && (slice.at < whole.at || slice.at + slice.len > whole.at + whole.len))
		abort();
}

static void check(const struct analyse_line *line, struct slice text)
{
	struct slice joined = { line->joined, sizeof(line->joined) };

	inside(line->source, text);
	inside(line->date, text);
	inside(line->frontend, text);
	inside(line->server, line->clf ? joined : text);
	inside(line->captures, text);
	inside(line->url, text);
	inside(line->reason, text);
	if (analyse_line_is_http(line) && (line->status < -1 || line->status > 999))
		abort();
	if (line->kind != LINE_OTHER && line->date.len == 0)
		abort();
	for (unsigned i = 1; i <= 3; i++)
		inside(analyse_line_capture(line, i, i), line->captures);
	analyse_line_seconds(line);
	if (analyse_line_day_ms(line) > 100 * 3600 * 1000u)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct analyse_line line;

	analyse_line_parse(text, size != 0 ? data[0] % 4 : 0, &line);
	check(&line, text);
	analyse_line_parse(text, 0, &line);
	check(&line, text);
	return 0;
}
