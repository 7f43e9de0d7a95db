/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/urls.c - tables of URLs, by each of their columns (-u, -uc, -ue, ...). */
#include "analyse/outputs.h"

#include <inttypes.h>

static uint64_t average(uint64_t sum, uint64_t count)
{
	return count != 0 ? sum / count : 0;
}

static uint64_t by_count(const struct tally_row *row)
{
	return row->count;
}

static uint64_t by_errors(const struct tally_row *row)
{
	return row->errors;
}

static uint64_t by_average(const struct tally_row *row)
{
	return average(row->time, row->count);
}

static uint64_t by_total(const struct tally_row *row)
{
	return row->time;
}

static uint64_t by_good_average(const struct tally_row *row)
{
	return average(row->good_time, row->good);
}

static uint64_t by_good_total(const struct tally_row *row)
{
	return row->good_time;
}

static uint64_t by_bytes_average(const struct tally_row *row)
{
	return average(row->bytes, row->count);
}

static uint64_t by_bytes(const struct tally_row *row)
{
	return row->bytes;
}

struct slice urls_name(const struct analyse_run *run, const struct analyse_line *line)
{
	struct slice url = line->url;

	if (run->flags->query)
		return url;
	for (size_t i = 0; i < url.len; i++)
		if (url.at[i] == '?' || url.at[i] == ';') {
			url.len = i;
			break;
		}
	return url;
}

void urls_count(struct tally_row *row, const struct analyse_line *line, int32_t time)
{
	row->count++;
	row->bytes += line->bytes;
	if (time < 0) {
		row->errors++;
		row->time += line->total < 0 ? 0 : (uint64_t)line->total;
		return;
	}
	row->good++;
	row->time += (uint64_t)time;
	row->good_time += (uint64_t)time;
}

void urls_print(struct analyse_run *run, struct tally *tally)
{
	fprintf(run->out, "#req err ttot tavg oktot okavg bavg btot src\n");
	for (size_t i = 0; i < tally->count && analyse_row(run); i++) {
		const struct tally_row *row = tally->rows[i];

		fprintf(run->out,
			"%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 " %s\n",
			row->count, row->errors, row->time, by_average(row), row->good_time,
			by_good_average(row), by_bytes_average(row), row->bytes, row->name.at);
	}
}

static void urls_take(struct analyse_run *run, const struct analyse_line *line, struct slice text)
{
	if (analyse_line_is_http(line))
		urls_count(tally_row(&run->names, urls_name(run, line)), line, line->response);
}

static void urls_finish(struct analyse_run *run)
{
	tally_sort(&run->names, run->flags->output->measure);
	urls_print(run, &run->names);
}

#define TABLE(key) { .take = urls_take, .finish = urls_finish, .measure = (key) }

const struct analyse_output output_urls = TABLE(NULL);
const struct analyse_output output_urls_count = TABLE(by_count);
const struct analyse_output output_urls_errors = TABLE(by_errors);
const struct analyse_output output_urls_average = TABLE(by_average);
const struct analyse_output output_urls_total = TABLE(by_total);
const struct analyse_output output_urls_good_average = TABLE(by_good_average);
const struct analyse_output output_urls_good_total = TABLE(by_good_total);
const struct analyse_output output_urls_bytes_average = TABLE(by_bytes_average);
const struct analyse_output output_urls_bytes = TABLE(by_bytes);

/* ---- clients ---- */

static void clients_take(struct analyse_run *run, const struct analyse_line *line,
			 struct slice text)
{
	if (analyse_line_is_http(line))
		urls_count(tally_row(&run->names, line->source), line, line->request);
}

static void clients_finish(struct analyse_run *run)
{
	tally_sort(&run->names, by_count);
	urls_print(run, &run->names);
}

const struct analyse_output output_clients = { .take = clients_take, .finish = clients_finish };
