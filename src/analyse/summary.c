/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/summary.c - the output for people: what there was, what
 * failed, what was slow, and how it ended.
 */
#include "analyse/outputs.h"

#include <inttypes.h>
#include <time.h>

#include "analyse/terms.h"

enum { PRECISION = 12, URLS_SHOWN = 10, SERVERS_SHOWN = 30, NAME_SHOWN = 100 };

enum { TIME_REQUEST, TIME_QUEUE, TIME_CONNECT, TIME_RESPONSE, TIME_TOTAL };

static const char *const time_names[ANALYSE_TIMES] = {
	[TIME_REQUEST] = "request", [TIME_QUEUE] = "queue", [TIME_CONNECT] = "connect",
	[TIME_RESPONSE] = "response", [TIME_TOTAL] = "total",
};

static void summary_start(struct analyse_run *run)
{
	for (int i = 0; i < ANALYSE_TIMES; i++)
		run->times[i].precision = PRECISION;
}

/* ---- counting ---- */

static void count_date(struct analyse_run *run, const struct analyse_line *line)
{
	int64_t seconds = analyse_line_seconds(line);

	if (run->first == 0 || seconds < run->first)
		run->first = seconds;
	if (seconds > run->last)
		run->last = seconds;
}

static void count_times(struct analyse_run *run, const struct analyse_line *line)
{
	const int32_t times[ANALYSE_TIMES] = {
		[TIME_REQUEST] = line->request, [TIME_QUEUE] = line->queue,
		[TIME_CONNECT] = line->connect, [TIME_RESPONSE] = line->response,
		[TIME_TOTAL] = line->total,
	};

	for (int i = 0; i < ANALYSE_TIMES; i++)
		if (times[i] >= 0)
			histogram_add(&run->times[i], times[i]);
}

/* Sessions of mode tcp have no status: theirs fail when an error or a timeout ended them. */
static bool is_error(const struct analyse_line *line)
{
	if (line->kind == LINE_HTTP)
		return filter_is_error(line);
	return line->termination[0] != '-' && line->termination[0] != 'L';
}

static void count_server(struct analyse_run *run, const struct analyse_line *line, bool error)
{
	struct tally_row *row = tally_row(&run->servers, line->server);
	int32_t time = line->kind == LINE_TCP ? line->total : line->response;

	servers_count(row, line);
	row->errors += error;
	if (time >= 0)
		histogram_add(&row->times, time);
}

static void summary_take(struct analyse_run *run, const struct analyse_line *line,
			 struct slice text)
{
	count_date(run, line);
	if (!analyse_line_is_traffic(line))
		return;

	bool error = is_error(line);
	run->errors += error;
	run->bytes += line->bytes;
	count_times(run, line);
	count_server(run, line, error);
	tally_row(&run->terminations, (struct slice){ line->termination, 2 })->count++;
	if (!analyse_line_is_http(line))
		return;
	run->statuses[line->status + 1]++;
	struct tally_row *row = tally_row(&run->names, urls_name(run, line));
	urls_count(row, line, line->response);
	row->classes[0] += error;
}

/* ---- printing ---- */

static double percent(uint64_t part, uint64_t whole)
{
	return whole != 0 ? 100.0 * (double)part / (double)whole : 0;
}

static size_t shown(const struct analyse_run *run, size_t usual)
{
	return run->flags->limit != 0 ? (size_t)run->flags->limit : usual;
}

static int name_width(const struct tally_row *row)
{
	return row->name.len < NAME_SHOWN ? (int)row->name.len : NAME_SHOWN;
}

static void print_date(FILE *out, const char *before, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm tm;
	char text[32];

	gmtime_r(&time, &tm); /* the way back of analyse_line_seconds() */
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s%s", before, text);
}

static void print_head(const struct analyse_run *run)
{
	uint64_t traffic = run->http + run->tcp;

	fprintf(run->out, "%" PRIu64 " requests, %" PRIu64 " sessions of mode tcp, %" PRIu64
			  " refused connections; %" PRIu64 " other and %" PRIu64 " broken lines\n",
		run->http, run->tcp, run->refused, run->other, run->broken);
	if (run->first != 0) {
		int64_t span = run->last - run->first + 1;

		print_date(run->out, "from ", run->first);
		print_date(run->out, " to ", run->last);
		fprintf(run->out, ": %.1f a second\n", (double)traffic / (double)span);
	}
	fprintf(run->out,
		"%" PRIu64 " errors (%.2f %%): statuses of 5xx or none, sessions cut short\n",
		run->errors, percent(run->errors, traffic));
	fprintf(run->out, "%.1f MB to clients\n", (double)run->bytes / 1e6);
}

static void print_times(const struct analyse_run *run)
{
	fprintf(run->out,
		"\nTimes in ms       half       90 %%       99 %%     99.9 %%    longest\n");
	for (int i = 0; i < ANALYSE_TIMES; i++) {
		const struct histogram *times = &run->times[i];

		if (times->total == 0)
			continue;
		fprintf(run->out, "  %-10s %9u %10u %10u %10u %10u\n", time_names[i],
			histogram_percentile(times, 50), histogram_percentile(times, 90),
			histogram_percentile(times, 99), histogram_percentile(times, 99.9),
			times->largest);
	}
}

static void print_statuses(const struct analyse_run *run)
{
	if (run->http == 0)
		return;
	fprintf(run->out, "\nStatus       requests\n");
	for (int i = 0; i < ANALYSE_STATUSES; i++) {
		if (run->statuses[i] == 0)
			continue;
		fprintf(run->out, "  %6d %12" PRIu64 " %6.2f %%%s\n", i - 1, run->statuses[i],
			percent(run->statuses[i], run->http), i == 0 ? "  none was sent" : "");
	}
}

static uint64_t by_count(const struct tally_row *row)
{
	return row->count;
}

/* Answers come in whole milliseconds: those of one average are told apart by their sum. */
static uint64_t by_average(const struct tally_row *row)
{
	return row->good != 0 ? row->good_time * 1000 / row->good : 0;
}

static void print_rest(const struct analyse_run *run, size_t count, size_t limit)
{
	if (count > limit)
		fprintf(run->out, "  and %zu more: -m %zu shows all\n", count - limit, count);
}

static void print_servers(struct analyse_run *run)
{
	struct tally *servers = &run->servers;
	size_t limit = shown(run, SERVERS_SHOWN);

	tally_sort(servers, by_count);
	fprintf(run->out, "\nRequests     errors           half    90 %%    99 %%  Server "
			  "(ms to its answer; mode tcp: in all)\n");
	for (size_t i = 0; i < servers->count && i < limit; i++) {
		const struct tally_row *row = servers->rows[i];

		fprintf(run->out, "%8" PRIu64 " %10" PRIu64 " %6.2f %% %6u %7u %7u  %.*s\n",
			row->count, row->errors, percent(row->errors, row->count),
			histogram_percentile(&row->times, 50),
			histogram_percentile(&row->times, 90),
			histogram_percentile(&row->times, 99), name_width(row), row->name.at);
	}
	print_rest(run, servers->count, limit);
}

static void print_urls(struct analyse_run *run, const char *title, tally_measure *measure)
{
	struct tally *urls = &run->names;
	size_t limit = shown(run, URLS_SHOWN);

	if (urls->count == 0)
		return;
	tally_sort(urls, measure);
	fprintf(run->out, "\nRequests     errors   average ms  %s\n", title);
	for (size_t i = 0; i < urls->count && i < limit; i++) {
		const struct tally_row *row = urls->rows[i];

		fprintf(run->out, "%8" PRIu64 " %10" PRIu64 " %12" PRIu64 "  %.*s\n", row->count,
			row->classes[0], by_average(row) / 1000, name_width(row), row->name.at);
	}
	print_rest(run, urls->count, limit);
}

static void print_terminations(struct analyse_run *run)
{
	struct tally *terminations = &run->terminations;

	tally_sort(terminations, by_count);
	fprintf(run->out, "\nTermination states\n");
	for (size_t i = 0; i < terminations->count; i++) {
		const struct tally_row *row = terminations->rows[i];

		fprintf(run->out, "  %s %10" PRIu64 " %6.2f %%  %s\n", row->name.at, row->count,
			percent(row->count, run->http + run->tcp), term_meaning(row->name));
	}
}

static void summary_finish(struct analyse_run *run)
{
	print_head(run);
	if (run->http + run->tcp == 0)
		return;
	print_times(run);
	print_statuses(run);
	print_servers(run);
	print_urls(run, "Most frequent URLs", by_count);
	print_urls(run, "Slowest URLs, by the average time to their answers", by_average);
	print_terminations(run);
}

const struct analyse_output output_summary = { .start = summary_start, .take = summary_take,
					       .finish = summary_finish };
