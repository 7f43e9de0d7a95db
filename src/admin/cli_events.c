/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_events.c - what converters `debug` have said to "buf0" (management
 * manual 9.3 "show events"), as HAProxy prints it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/cli_commands.h"
#include "proxy/events.h"

static const char events_sinks[] =
	"Supported events sinks are listed below.\n"
	"    stdout     : type=fd, standard output (fd#1)\n"
	"    stderr     : type=fd, standard output (fd#2)\n"
	"    buf0       : type=buffer, in-memory ring buffer\n";

static void events_print(struct strbuf *out, uint64_t wall_us, struct slice text)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	char date[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_printf(out, "<0>%s.%06u+00:00 %.*s\n", date, (unsigned)(wall_us % 1000000),
		      (int)text.len, text.at);
}

static void events_show(struct cli_run *run)
{
	const char *sink = cli_word(run, 2), *option = cli_word(run, 3);
	struct slice copy, rest, text;
	uint64_t wall_us;

	if (*sink == '\0') {
		strbuf_printf(run->out, "%s", events_sinks);
		return;
	}
	if (strcmp(sink, "buf0") != 0) {
		cli_error(run, strcmp(sink, "stdout") == 0 || strcmp(sink, "stderr") == 0
				       ? "Nothing to report for this sink.\n"
				       : "No such event sink.\n");
		return;
	}
	if (*option != '\0') {
		cli_error(run, "Options of 'show events' are not supported: ask again for what is "
			       "new.\n");
		return;
	}
	copy = rest = events_copy(run->proxy->events);
	while (events_take(&rest, &wall_us, &text))
		events_print(run->out, wall_us, text);
	free((char *)copy.at);
}

const struct cli_command cli_commands_events[] = {
	{ .doc = { .name = "show events", .since = "0.5",
		   .summary = "What converters 'debug' have said to buf0, the newest MB of it.",
		   .example = "show events buf0" },
	  .arguments = "[<sink>]", .level = CLI_OPERATOR, .run = events_show },
	CLI_COMMANDS_END,
};
