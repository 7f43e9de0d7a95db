/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cell.c - see cell.h. */
#include "admin/cell.h"

#include "admin/html.h"
#include "admin/row.h"

/* Before each of the smaller facts. */
static void cell_also(struct cell_out *out)
{
	strbuf_puts(out->buf, out->split_done ? " \xc2\xb7 " : out->split);
	out->split_done = true;
}

/* "most 9" and the like; not when there is none. */
static void cell_fact(struct cell_out *out, const char *before, uint64_t number, const char *after)
{
	if (number == STATS_NONE || number == 0)
		return;
	cell_also(out);
	strbuf_puts(out->buf, before);
	html_number(out->buf, number);
	strbuf_puts(out->buf, after);
}

static uint64_t cell_number(struct cell_out *out, uint64_t number)
{
	if (number != STATS_NONE)
		html_number(out->buf, number);
	return number;
}

static uint64_t known(uint64_t number)
{
	return number == STATS_NONE ? 0 : number;
}

static uint64_t cell_weight(const struct stats_row *row, struct cell_out *out)
{
	cell_number(out, row->n.weight);
	if (row->kind == STATS_SERVER && row->n.user_weight != row->n.weight)
		cell_fact(out, "of ", row->n.user_weight, "");
	return row->n.weight;
}

static uint64_t cell_queue(const struct stats_row *row, struct cell_out *out)
{
	cell_number(out, row->n.queue);
	cell_fact(out, "most ", row->n.queue_max, "");
	cell_fact(out, "of ", row->n.queue_limit, "");
	return row->n.queue;
}

static uint64_t cell_sessions(const struct stats_row *row, struct cell_out *out)
{
	cell_number(out, row->n.sessions);
	cell_fact(out, "most ", row->n.sessions_max, "");
	/* A backend's fullconn is a scale, not a limit. */
	if (row->kind != STATS_BACKEND)
		cell_fact(out, "of ", row->n.sessions_limit, "");
	return row->n.sessions;
}

static uint64_t cell_rate(const struct stats_row *row, struct cell_out *out)
{
	bool requests = row->kind == STATS_FRONTEND && row->n.requests != 0;

	cell_number(out, requests ? row->n.request_rate : row->n.rate);
	cell_fact(out, "most ", requests ? row->n.request_rate_max : row->n.rate_max, "");
	return requests ? row->n.request_rate : row->n.rate;
}

static uint64_t cell_total(const struct stats_row *row, struct cell_out *out)
{
	bool requests = row->kind == STATS_FRONTEND && known(row->n.requests) != 0;
	uint64_t total = requests ? row->n.requests : row->n.sessions_total;

	cell_number(out, total);
	if (requests)
		cell_fact(out, "", row->n.sessions_total, " conn.");
	return total;
}

static uint64_t cell_bytes(struct cell_out *out, uint64_t bytes)
{
	if (bytes != STATS_NONE)
		html_bytes(out->buf, bytes);
	return bytes;
}

static uint64_t cell_bytes_in(const struct stats_row *row, struct cell_out *out)
{
	return cell_bytes(out, row->n.bytes_in);
}

static uint64_t cell_bytes_out(const struct stats_row *row, struct cell_out *out)
{
	return cell_bytes(out, row->n.bytes_out);
}

static uint64_t cell_errors(const struct stats_row *row, struct cell_out *out)
{
	uint64_t sum = known(row->n.request_errors) + known(row->n.connect_errors) +
		       known(row->n.response_errors) + known(row->n.responses[5]);

	cell_number(out, sum);
	cell_fact(out, "", row->n.responses[5], " 5xx");
	cell_fact(out, "", row->n.request_errors, " req.");
	cell_fact(out, "", row->n.connect_errors, " conn.");
	cell_fact(out, "", row->n.response_errors, " resp.");
	return sum;
}

static uint64_t cell_denied(const struct stats_row *row, struct cell_out *out)
{
	uint64_t sum = known(row->n.denied_connections) + known(row->n.denied_sessions) +
		       known(row->n.denied_requests) + known(row->n.denied_responses);

	if (row->kind == STATS_SERVER && sum == 0)
		return STATS_NONE;
	cell_number(out, sum);
	cell_fact(out, "", row->n.denied_connections, " conn.");
	cell_fact(out, "", row->n.denied_sessions, " sess.");
	cell_fact(out, "", row->n.denied_requests, " req.");
	cell_fact(out, "", row->n.denied_responses, " resp.");
	return sum;
}

static uint64_t cell_rescued(const struct stats_row *row, struct cell_out *out)
{
	if (row->kind == STATS_FRONTEND)
		return STATS_NONE;
	cell_number(out, known(row->n.retries));
	cell_fact(out, "", row->n.redispatches, " moved");
	return known(row->n.retries);
}

static uint64_t cell_aborts(const struct stats_row *row, struct cell_out *out)
{
	uint64_t sum = known(row->n.client_aborts) + known(row->n.server_aborts);

	if (row->kind == STATS_FRONTEND)
		return STATS_NONE;
	cell_number(out, sum);
	cell_fact(out, "", row->n.client_aborts, " client");
	cell_fact(out, "", row->n.server_aborts, " server");
	return sum;
}

const struct stats_cell stats_cells[] = {
	{ "Weight", "Weight in effect", false, false, cell_weight },
	{ "Queue", "Streams that wait for a server: now, most at once, limit", true, false,
	  cell_queue },
	{ "Sessions", "Open now, most at once, limit", true, true, cell_sessions },
	{ "Rate", "Requests, or connections, in the last second", true, false, cell_rate },
	{ "Total", "Requests and connections since the start", true, false, cell_total },
	{ "In", "Bytes from clients", true, false, cell_bytes_in },
	{ "Out", "Bytes to clients", true, false, cell_bytes_out },
	{ "Errors", "Responses of 5xx; requests, connections and responses that failed", true,
	  false, cell_errors },
	{ "Denied", "Refused by a rule", false, false, cell_denied },
	{ "Retries", "Connections to a server tried again, and those moved to another", false,
	  false, cell_rescued },
	{ "Aborts", "Transfers broken off by client or server", false, false, cell_aborts },
};

const size_t stats_cell_count = ARRAY_LEN(stats_cells);

uint64_t stats_cell_write(const struct stats_cell *cell, const struct stats_row *row,
			  struct cell_out *out)
{
	uint64_t number = cell->write(row, out);

	if (out->split_done)
		strbuf_puts(out->buf, out->end);
	out->split_done = false;
	return number;
}

uint64_t stats_row_percent(const struct stats_row *row)
{
	if (row->kind == STATS_BACKEND || row->n.sessions_limit == STATS_NONE ||
	    row->n.sessions_limit == 0 || row->n.sessions == STATS_NONE)
		return STATS_NONE;
	return row->n.sessions >= row->n.sessions_limit ?
		       100 :
		       row->n.sessions * 100 / row->n.sessions_limit;
}
