/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/run.c - see run.h: files to lines, lines through the filter to the output. */
#include "analyse/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyse/outputs.h"
#include "analyse/reader.h"

bool analyse_row(struct analyse_run *run)
{
	if (run->flags->limit != 0 && run->printed >= (uint64_t)run->flags->limit)
		return false;
	run->printed++;
	return true;
}

static void count_kind(struct analyse_run *run, const struct analyse_line *line)
{
	switch (line->kind) {
	case LINE_HTTP:
		run->http++;
		return;
	case LINE_TCP:
		run->tcp++;
		return;
	case LINE_REFUSED:
		run->refused++;
		return;
	case LINE_BROKEN:
		run->broken++;
		return;
	case LINE_OTHER:
		run->other++;
		return;
	}
}

static void say_broken(const struct analyse_run *run, struct slice text)
{
	if (!run->flags->quiet)
		fprintf(stderr, "Truncated line %" PRIu64 ": %.*s\n", run->lines,
			(int)(text.len < 1024 ? text.len : 1024), text.at);
}

static void take_line(struct analyse_run *run, struct slice text, bool parsed)
{
	const struct analyse_flags *flags = run->flags;
	struct analyse_line line;

	run->lines++;
	if (!parsed) {
		analyse_row(run);
		return;
	}
	analyse_line_parse(text, (unsigned)(flags->skip - SKIP_NONE), &line);
	if (line.kind == LINE_BROKEN)
		say_broken(run, text);
	if (line.kind >= LINE_REFUSED && !filter_passes(&flags->filter, &line))
		return;
	count_kind(run, &line);
	if (line.kind < LINE_REFUSED)
		return;
	if (flags->output->take != NULL)
		flags->output->take(run, &line, text);
	else
		analyse_row(run);
}

static bool is_full(const struct analyse_run *run)
{
	return run->flags->output->stops && run->flags->limit != 0 &&
	       run->printed >= (uint64_t)run->flags->limit;
}

static int read_lines(struct analyse_run *run, int fd)
{
	bool parsed = run->flags->output->take != NULL || filter_is_set(&run->flags->filter);
	struct reader reader;
	struct slice text;
	int r = reader_init(&reader, fd);

	while (r == 0 && !is_full(run)) {
		r = reader_next(&reader, &text);
		if (r <= 0)
			break;
		take_line(run, text, parsed);
		r = 0;
	}
	reader_free(&reader);
	return r;
}

static int read_file(struct analyse_run *run, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_lines(run, fd);

	if (fd >= 0)
		close(fd);
	if (r < 0)
		fprintf(stderr, "relevo log: cannot read %s: %s\n", path, strerror(-r));
	return r;
}

/* All that can be read is; the first that cannot makes the status. */
static int read_files(struct analyse_run *run)
{
	const struct analyse_flags *flags = run->flags;
	int status = 0;

	for (int i = 0; i < flags->file_count; i++) {
		const char *file = flags->files[i];
		const char *path = strcmp(file, "-") == 0 ? "/dev/stdin" : file;

		if (read_file(run, path) < 0)
			status = 1;
	}
	if (flags->file_count == 0) {
		int r = read_lines(run, STDIN_FILENO);

		if (r < 0) {
			fprintf(stderr, "relevo log: cannot read standard input: %s\n",
				strerror(-r));
			status = 1;
		}
	}
	return status;
}

/* halog's last words, for the outputs that are its own. */
static void say_totals(const struct analyse_run *run)
{
	const struct analyse_output *output = run->flags->output;

	if (!run->flags->quiet && output != &output_count && output != &output_summary)
		fprintf(stderr, "%" PRIu64 " lines in, %" PRIu64 " lines out, %" PRIu64
				" parsing errors\n",
			run->lines, run->printed, run->broken + run->other);
}

static void run_free(struct analyse_run *run)
{
	for (int i = 0; i < ANALYSE_TIMES; i++)
		histogram_free(&run->times[i]);
	tally_free(&run->names);
	tally_free(&run->servers);
	tally_free(&run->terminations);
	free(run->accepts);
}

static int run_output(const struct analyse_flags *flags, FILE *out)
{
	struct analyse_run run = { .flags = flags, .out = out };
	const struct analyse_output *output = flags->output;

	tally_init(&run.names);
	tally_init(&run.servers);
	tally_init(&run.terminations);
	if (output->start != NULL)
		output->start(&run);
	int status = read_files(&run);
	if (output->finish != NULL)
		output->finish(&run);
	if (fflush(out) != 0) {
		fprintf(stderr, "relevo log: cannot write: %s\n", strerror(errno));
		status = 1;
	}
	say_totals(&run);
	run_free(&run);
	return status;
}

int analyse_main(int argc, char **argv)
{
	struct analyse_flags flags;

	if (analyse_flags_parse(argc, argv, &flags) < 0)
		return 1;
	if (flags.help) {
		analyse_flags_help(stdout);
		return 0;
	}
	return run_output(&flags, stdout);
}
