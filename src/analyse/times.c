/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/times.c - percentiles, the points of a graph, and
 * bursts or gaps of arrivals (-pct, -gt, -ad).
 */
#include "analyse/outputs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/macros.h"

enum { EXACT = 17, POINTS = 4 }; /* precision of histograms: to two minutes every ms */

/* Series of both outputs; the graph's first is the whole time of what failed. */
enum { TIME_FAILED, TIME_REQUEST, TIME_CONNECT, TIME_RESPONSE, TIME_DATA };

static void set_precision(struct analyse_run *run, unsigned precision)
{
	for (int i = 0; i < ANALYSE_TIMES; i++)
		run->times[i].precision = precision;
}

static int32_t from_zero(int32_t value)
{
	return value < 0 ? 0 : value;
}

/* A time below what is known of it (option logasap) leaves no data phase. */
static int32_t data_time(const struct analyse_line *line)
{
	int64_t before = (int64_t)from_zero(line->request) + from_zero(line->queue) +
			 from_zero(line->connect) + line->response;

	return line->total > before ? (int32_t)(line->total - before) : 0;
}

static void times_take(struct analyse_run *run, const struct analyse_line *line, struct slice text)
{
	if (!analyse_line_is_http(line))
		return;
	if (line->response < 0) {
		histogram_add(&run->times[TIME_FAILED], line->total);
		return;
	}
	histogram_add(&run->times[TIME_REQUEST], line->request);
	histogram_add(&run->times[TIME_CONNECT], line->connect);
	histogram_add(&run->times[TIME_RESPONSE], line->response);
	histogram_add(&run->times[TIME_DATA], data_time(line));
}

/* ---- percentiles ---- */

static void percentiles_start(struct analyse_run *run)
{
	set_precision(run, EXACT);
}

/* In tenths of a percent: fine at both ends, where the news are. */
static unsigned next_step(unsigned tenths)
{
	if (tenths < 20 || tenths >= 980)
		return tenths + 1;
	if (tenths < 100 || tenths >= 900)
		return tenths + 10;
	return tenths + 50;
}

static void percentiles_finish(struct analyse_run *run)
{
	uint64_t total = run->times[TIME_REQUEST].total;

	for (unsigned tenths = 1; total != 0 && tenths <= 1000; tenths = next_step(tenths)) {
		uint64_t rank = total * tenths / 1000;

		fprintf(run->out, "%u.%u %" PRIu64, tenths / 10, tenths % 10, rank);
		for (int i = TIME_REQUEST; i <= TIME_DATA; i++)
			fprintf(run->out, " %u",
				histogram_ranked(&run->times[i], rank != 0 ? rank : 1));
		fprintf(run->out, " \n");
	}
	run->printed = total;
}

const struct analyse_output output_percentiles = { .start = percentiles_start, .take = times_take,
						   .finish = percentiles_finish };

/* ---- graph ---- */

static void graph_start(struct analyse_run *run)
{
	set_precision(run, POINTS);
}

/* "series time height": how many a millisecond, and one more, for a logarithmic axis. */
static void graph_finish(struct analyse_run *run)
{
	for (int i = 0; i < ANALYSE_TIMES; i++) {
		struct histogram_slot slot = { 0 };

		while (histogram_next(&run->times[i], &slot))
			fprintf(run->out, "%d %u %f\n", i, slot.value,
				1 + (double)slot.count / slot.width);
	}
	run->printed = run->times[TIME_REQUEST].total;
}

const struct analyse_output output_graph = { .start = graph_start, .take = times_take,
					     .finish = graph_finish };

/* ---- arrivals ---- */

static void accepts_take(struct analyse_run *run, const struct analyse_line *line,
			 struct slice text)
{
	uint32_t day_ms = analyse_line_day_ms(line);

	if (run->accept_count != 0 && run->accepts[run->accept_count - 1].day_ms == day_ms) {
		run->accepts[run->accept_count - 1].count++;
		return;
	}
	if (run->accept_count == run->accept_room) {
		run->accept_room = run->accept_room != 0 ? 2 * run->accept_room : 4096;
		run->accepts = realloc(run->accepts, run->accept_room * sizeof(*run->accepts));
		ASSERT(run->accepts != NULL);
	}
	run->accepts[run->accept_count++] = (struct analyse_accept){ day_ms, 1 };
}

static int compare_accepts(const void *a, const void *b)
{
	const struct analyse_accept *first = a, *second = b;

	return (first->day_ms > second->day_ms) - (first->day_ms < second->day_ms);
}

static void accepts_print(struct analyse_run *run, const struct analyse_accept *accept,
			  uint32_t gap)
{
	uint32_t ms = accept->day_ms;

	if (gap >= run->flags->gap_ms && accept->count >= run->flags->gap_count && analyse_row(run))
		fprintf(run->out, "%02u:%02u:%02u.%03u %u %u %u\n", ms / 3600000, ms / 60000 % 60,
			ms / 1000 % 60, ms % 1000, ms, gap, accept->count);
}

/* Lines are in order of their ends, so arrivals are put in order first. */
static void accepts_finish(struct analyse_run *run)
{
	size_t count = run->accept_count;
	uint32_t before;

	if (count == 0)
		return;
	qsort(run->accepts, count, sizeof(*run->accepts), compare_accepts);
	before = run->accepts[0].day_ms;
	for (size_t i = 0; i < count;) {
		struct analyse_accept now = run->accepts[i++];

		while (i < count && run->accepts[i].day_ms == now.day_ms)
			now.count += run->accepts[i++].count;
		accepts_print(run, &now, now.day_ms - before);
		before = now.day_ms;
	}
}

const struct analyse_output output_accepts = { .take = accepts_take, .finish = accepts_finish };
