/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/tables.c - the lines themselves, and tables of
 * codes and servers (-st, -tc, -cc, -srv).
 */
#include "analyse/outputs.h"

#include <inttypes.h>

/* ---- lines ---- */

static void lines_take(struct analyse_run *run, const struct analyse_line *line, struct slice text)
{
	if (!analyse_row(run))
		return;
	if (text.len != 0)
		fwrite(text.at, 1, text.len, run->out);
	putc_unlocked('\n', run->out);
}

const struct analyse_output output_lines = { .take = lines_take, .stops = true };

static void count_finish(struct analyse_run *run)
{
	fprintf(run->out, "%" PRIu64 "\n", run->printed);
}

/* Every line counts, of what program ever, unless a filter must look into it. */
const struct analyse_output output_count = { .finish = count_finish, .stops = true };

static void captures_take(struct analyse_run *run, const struct analyse_line *line,
			  struct slice text)
{
	struct slice value = analyse_line_capture(line, (unsigned)run->flags->block,
						  (unsigned)run->flags->field);

	if (analyse_line_is_http(line))
		lines_take(run, line, value);
}

const struct analyse_output output_captures = { .take = captures_take, .stops = true };

/* ---- codes ---- */

static void statuses_take(struct analyse_run *run, const struct analyse_line *line,
			  struct slice text)
{
	if (analyse_line_is_http(line))
		run->statuses[line->status + 1]++;
}

static void statuses_finish(struct analyse_run *run)
{
	for (int i = 0; i < ANALYSE_STATUSES; i++)
		if (run->statuses[i] != 0 && analyse_row(run))
			fprintf(run->out, "%d %" PRIu64 "\n", i - 1, run->statuses[i]);
}

const struct analyse_output output_statuses = { .take = statuses_take, .finish = statuses_finish };

static void terminations_take(struct analyse_run *run, const struct analyse_line *line,
			      struct slice text)
{
	if (analyse_line_is_traffic(line))
		tally_row(&run->names, (struct slice){ line->termination, 2 })->count++;
}

static void cookies_take(struct analyse_run *run, const struct analyse_line *line,
			 struct slice text)
{
	if (analyse_line_is_http(line))
		tally_row(&run->names, (struct slice){ line->termination + 2, 2 })->count++;
}

static void codes_finish(struct analyse_run *run)
{
	tally_sort_names(&run->names);
	for (size_t i = 0; i < run->names.count && analyse_row(run); i++)
		fprintf(run->out, "%s %" PRIu64 "\n", run->names.rows[i]->name.at,
			run->names.rows[i]->count);
}

const struct analyse_output output_terminations = { .take = terminations_take,
						    .finish = codes_finish };
const struct analyse_output output_cookies = { .take = cookies_take, .finish = codes_finish };

/* ---- servers ---- */

static uint64_t from_zero(int32_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

/* A session of mode tcp is good once connected; a request when it was answered. */
static bool is_good(const struct analyse_line *line)
{
	return line->kind == LINE_TCP ? line->connect >= 0 : line->response >= 0;
}

void servers_count(struct tally_row *row, const struct analyse_line *line)
{
	int class = line->status / 100;

	row->count++;
	row->bytes += line->bytes;
	row->classes[class >= 1 && class < TALLY_CLASSES ? class : 0]++;
	if (!is_good(line))
		return;
	row->good++;
	row->connect_time += from_zero(line->connect);
	row->good_time += from_zero(line->response);
}

static void servers_take(struct analyse_run *run, const struct analyse_line *line,
			 struct slice text)
{
	if (analyse_line_is_traffic(line))
		servers_count(tally_row(&run->names, line->server), line);
}

static void servers_finish(struct analyse_run *run)
{
	fprintf(run->out,
		"#srv_name 1xx 2xx 3xx 4xx 5xx other tot_req req_ok pct_ok avg_ct avg_rt\n");
	tally_sort_names(&run->names);
	for (size_t i = 0; i < run->names.count && analyse_row(run); i++) {
		const struct tally_row *row = run->names.rows[i];
		uint64_t good = row->good != 0 ? row->good : 1;

		fprintf(run->out, "%s", row->name.at);
		for (int class = 1; class < TALLY_CLASSES; class++)
			fprintf(run->out, " %" PRIu64, row->classes[class]);
		fprintf(run->out,
			" %" PRIu64 " %" PRIu64 " %" PRIu64 " %.1f %" PRIu64 " %" PRIu64 "\n",
			row->classes[0], row->count, row->good,
			100.0 * (double)row->good / (double)row->count, row->connect_time / good,
			row->good_time / good);
	}
}

const struct analyse_output output_servers = { .take = servers_take, .finish = servers_finish };
