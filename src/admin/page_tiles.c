/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_tiles.c - the process as a whole, at the top of
 * the page; the events send the same texts.
 */
#include <inttypes.h>

#include "admin/cell.h"
#include "admin/html.h"
#include "admin/page.h"

void stats_sums_add(struct stats_sums *sums, const struct stats_row *row)
{
	switch (row->kind) {
	case STATS_FRONTEND:
		sums->bytes_in += row->n.bytes_in;
		sums->bytes_out += row->n.bytes_out;
		break;
	case STATS_SERVER:
		sums->servers++;
		sums->servers_up += row->up && !row->maintenance;
		sums->servers_quiet += row->maintenance;
		break;
	case STATS_BACKEND:
		sums->queued += row->n.queue;
		sums->errors += row->n.connect_errors;
		break;
	}
}

enum stats_tone stats_sums_servers(const struct stats_sums *sums, char text[STATS_SUMS_TEXT])
{
	uint64_t down = sums->servers - sums->servers_up - sums->servers_quiet;

	if (down == 0)
		snprintf(text, STATS_SUMS_TEXT, "%" PRIu64 " up", sums->servers_up);
	else
		snprintf(text, STATS_SUMS_TEXT, "%" PRIu64 " of %" PRIu64 " down", down,
			 sums->servers);
	return down == 0 ? STATS_GOOD : STATS_BAD;
}

/* The number below the one that counts, and what it is. */
static void tile_below(struct cell_out *out, uint64_t number, const char *what)
{
	strbuf_puts(out->buf, out->split);
	if (number != STATS_NONE) {
		html_number(out->buf, number);
		strbuf_puts(out->buf, " ");
	}
	strbuf_puts(out->buf, what);
	strbuf_puts(out->buf, out->end);
}

static void tile_connections(const struct stats_process *process, const struct stats_sums *sums,
			     struct cell_out *out)
{
	html_number(out->buf, process->connections);
	tile_below(out, process->connections_limit,
		   process->connections_limit == STATS_NONE ? "no limit" : "allowed");
}

static void tile_most(const struct stats_process *process, const struct stats_sums *sums,
		      struct cell_out *out)
{
	html_number(out->buf, process->connections_max);
	tile_below(out, process->connections_total, "in all");
}

static void tile_rate(const struct stats_process *process, const struct stats_sums *sums,
		      struct cell_out *out)
{
	html_number(out->buf, process->rate);
	tile_below(out, process->rate_max, "at most so far");
}

static void tile_in(const struct stats_process *process, const struct stats_sums *sums,
		    struct cell_out *out)
{
	html_bytes(out->buf, sums->bytes_in);
	tile_below(out, STATS_NONE, "since the start");
}

static void tile_out(const struct stats_process *process, const struct stats_sums *sums,
		     struct cell_out *out)
{
	html_bytes(out->buf, sums->bytes_out);
	tile_below(out, STATS_NONE, "since the start");
}

static void tile_queued(const struct stats_process *process, const struct stats_sums *sums,
			struct cell_out *out)
{
	html_number(out->buf, sums->queued);
	tile_below(out, sums->errors, "connect errors");
}

static void tile_uptime(const struct stats_process *process, const struct stats_sums *sums,
			struct cell_out *out)
{
	html_duration(out->buf, process->uptime_s);
	tile_below(out, process->threads, process->threads == 1 ? "thread" : "threads");
}

static const struct tile {
	const char *label;
	void (*write)(const struct stats_process *process, const struct stats_sums *sums,
		      struct cell_out *out);
} tiles[] = {
	{ "Connections now", tile_connections },
	{ "Most at once", tile_most },
	{ "New per second", tile_rate },
	{ "From clients", tile_in },
	{ "To clients", tile_out },
	{ "Waiting for a server", tile_queued },
	{ "Up for", tile_uptime },
};

void stats_page_tiles(const struct stats_process *process, const struct stats_sums *sums,
		      struct strbuf *html)
{
	struct cell_out out = { .buf = html, .split = "</b><span class=sub>",
				.end = "</span></div>" };

	strbuf_puts(html, "<section class=tiles aria-label=\"The process\">");
	for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
		strbuf_printf(html, "<div class=tile><span class=label>%s</span><b>",
			      tiles[i].label);
		tiles[i].write(process, sums, &out);
	}
	strbuf_puts(html, "</section>\n");
}

void stats_json_tiles(const struct stats_process *process, const struct stats_sums *sums,
		      struct strbuf *json)
{
	struct cell_out out = { .buf = json, .split = "\\n", .end = "" };

	strbuf_puts(json, "[");
	for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
		strbuf_puts(json, i == 0 ? "\"" : ",\"");
		tiles[i].write(process, sums, &out);
		strbuf_puts(json, "\"");
	}
	strbuf_puts(json, "]");
}
