/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/events.c - see events.h.
 *
 * A second's work is done in pieces of some hundred rows with a pause between
 * them, so that a large configuration holds no stream of the thread up. What a
 * reader has seen is known by a hash of each row: 4 bytes of it.
 */
#include "admin/events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cell.h"
#include "admin/page.h"
#include "base/hash.h"
#include "proxy/conf.h"

enum { ROWS_AT_ONCE = 256, PAUSE_US = 10000, SECOND_US = 1000000 };

struct events {
	struct proxy_service_feed feed;
	struct events_source source;
	struct stats_filter filter;
	struct moment began;		/* this second's */
	uint64_t after;			/* the reader has samples up to this number */
	uint64_t newest;		/* and at the end of this second to that one */
	unsigned part;			/* the next to look at */
	struct stats_sums sums;		/* of those before */
	uint32_t *seen;			/* hashes, by the order of rows */
	size_t row, room;
};

/* ---- a row ---- */

static void row_time(const struct stats_row *row, struct strbuf *json)
{
	if (row->n.since_change_s == STATS_NONE)
		strbuf_puts(json, ",null");
	else
		strbuf_printf(json, ",%" PRIu64, wall_now_us() / 1000000 - row->n.since_change_s);
}

static void row_percent(const struct stats_row *row, struct strbuf *json)
{
	uint64_t percent = stats_row_percent(row);

	if (percent == STATS_NONE)
		strbuf_puts(json, ",null");
	else
		strbuf_printf(json, ",%" PRIu64, percent);
}

/* A text that the page writes, which needs no escaping but what html_text gave it. */
static void row_check(const struct stats_row *row, struct strbuf *json)
{
	struct strbuf check = STRBUF_EMPTY;

	stats_page_check(row, &check);
	strbuf_puts(json, ",");
	strbuf_json(json, check.text == NULL ? "" : check.text);
	strbuf_puts(json, ",");
	strbuf_json(json, row->check_error);
	strbuf_free(&check);
}

static void row_agent(const struct stats_row *row, struct strbuf *json)
{
	struct strbuf agent = STRBUF_EMPTY;

	stats_page_agent(row, &agent);
	strbuf_puts(json, ",");
	strbuf_json(json, agent.text == NULL ? "" : agent.text);
	strbuf_free(&agent);
}

static void row_write(const struct stats_row *row, struct strbuf *json)
{
	struct cell_out out = { .buf = json, .split = "\\n", .end = "" };

	strbuf_puts(json, "[");
	strbuf_json(json, row->proxy);
	strbuf_puts(json, ",");
	strbuf_json(json, row->service);
	strbuf_printf(json, ",%u,%u,", (unsigned)row->tone, (unsigned)stats_row_is_trouble(row));
	strbuf_json(json, row->status);
	row_time(row, json);
	strbuf_puts(json, ",\"");
	stats_page_downs(row, json);
	strbuf_puts(json, "\"");
	row_check(row, json);
	row_agent(row, json);
	row_percent(row, json);
	for (size_t i = 0; i < stats_cell_count; i++) {
		strbuf_puts(json, ",\"");
		stats_cell_write(&stats_cells[i], row, &out);
		strbuf_puts(json, "\"");
	}
	strbuf_puts(json, "]");
}

/* Whether the reader does not know it yet; without memory for that every row is new. */
static bool is_new(struct events *events, const char *text, size_t len)
{
	uint32_t hash = hash_xxh32(text, len, 0);
	size_t at = events->row++;

	if (at >= events->room) {
		size_t room = at + ROWS_AT_ONCE;
		uint32_t *seen = reallocarray(events->seen, room, sizeof(*seen));

		if (seen == NULL)
			return true;
		memset(seen + events->room, 0, (room - events->room) * sizeof(*seen));
		events->seen = seen;
		events->room = room;
	}
	bool new = events->seen[at] != hash;
	events->seen[at] = hash;
	return new;
}

/* ---- a section ---- */

static void sample_write(const struct history_sample *sample, const char *before,
			 struct strbuf *json)
{
	for (unsigned i = 0; i < HISTORY_VALUES; i++)
		strbuf_printf(json, "%s%" PRIu32, i == 0 ? before : ",", sample->value[i]);
}

/* The sample of that number; one of zeros when it is not taken yet. */
static struct history_sample sample_of(const struct history_series *series, uint64_t number)
{
	uint64_t back = series->newest - number;

	return number > series->newest || back >= series->count ?
		       (struct history_sample){ .value = { 0 } } :
		       series->samples[series->count - 1 - back];
}

/*
 * ",N,[values],...", N the newest's number: the frontend's, with
 * the backend's behind them, as in the card.
 */
static void section_samples(const struct events *events, const struct stats_rows *rows,
			    struct strbuf *json)
{
	const struct stats_row *first = &rows->rows[0];
	const struct history *history = events->source.history;
	bool both = stats_section_has_both(rows->rows, rows->count);
	struct history_series series = { .newest = 0 }, back;

	history_series_after(history, first->section->index, first->kind != STATS_FRONTEND,
			     events->after, &series);
	both = both && history_series_after(history, first->section->index, true, events->after,
					    &back);
	strbuf_printf(json, ",%" PRIu64, series.newest);
	for (unsigned s = 0; s < series.count; s++) {
		sample_write(&series.samples[s], ",[", json);
		if (both) {
			struct history_sample sample =
				sample_of(&back, series.newest - series.count + 1 + s);

			sample_write(&sample, ",", json);
		}
		strbuf_puts(json, "]");
	}
}

/* What is new of its curves, and how its servers are. */
static void section_write(const struct events *events, const struct stats_rows *rows,
			  struct strbuf *json)
{
	char text[STATS_SUMS_TEXT];
	enum stats_tone tone = stats_section_state(rows->rows, rows->count, text);

	strbuf_printf(json, "[%u,%u,", rows->rows[0].section->index, (unsigned)tone);
	strbuf_json(json, text);
	section_samples(events, rows, json);
	strbuf_puts(json, "]");
}

static void section_rows(struct events *events, const struct stats_rows *rows, struct strbuf *json)
{
	for (size_t i = 0; i < rows->count; i++) {
		size_t before = json->len;

		stats_sums_add(&events->sums, &rows->rows[i]);
		if (json->len != 0 && json->text[json->len - 1] == ']')
			strbuf_puts(json, ",");
		size_t start = json->len;
		row_write(&rows->rows[i], json);
		if (json->failed)
			return;
		if (!is_new(events, json->text + start, json->len - start)) {
			json->len = before;
			json->text[before] = '\0';
		}
	}
}

/* ---- a second ---- */

/* Other nodes: what is shown of them. */
static uint32_t peers_hash(const struct page_instance *instance, uint32_t hash)
{
	uint64_t now_us = wall_now_us();

	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct page_peer *peer = &instance->peer[i];
		uint64_t heard_us = atomic_load(&peer->heard_wall_us);
		uint32_t look[] = { atomic_load(&peer->state), atomic_load(&peer->priority),
				    atomic_load(&peer->agrees), atomic_load(&peer->maintenance),
				    heard_us != 0, heard_us + PAGE_PEER_QUIET_US > now_us };

		hash = hash_xxh32(look, sizeof(look), hash);
	}
	return hash;
}

/* What is tracked: its state, and what that does. */
static uint32_t tracks_hash(const struct page *page, uint32_t hash)
{
	uint32_t count = atomic_load(&page->track_count);

	for (uint32_t i = 0; i < count && i < PAGE_TRACKS; i++) {
		const struct page_track *track = &page->track[i];
		uint32_t look[] = { atomic_load(&track->state), atomic_load(&track->fault),
				    (uint32_t)atomic_load(&track->adds),
				    (uint32_t)atomic_load(&track->value) };

		hash = hash_xxh32(look, sizeof(look), hash);
	}
	return hash;
}

/* Changes when the pair does: the reader then asks for that part of the page. */
static uint32_t pair_hash(const struct page *page)
{
	uint32_t hash = (uint32_t)atomic_load(&page->event_count) ^
			atomic_load(&page->witness) << 16 ^ atomic_load(&page->maintenance) << 24;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		const struct page_instance *instance = &page->instance[i];
		uint64_t look[] = { atomic_load(&instance->state), atomic_load(&instance->priority),
				    atomic_load(&instance->since_wall_us) };

		if (atomic_load(&instance->used) != 0)
			hash = peers_hash(instance, hash_xxh32(look, sizeof(look), hash));
	}
	return tracks_hash(page, hash);
}

/* At the end of a second's work: the process, and the pair. */
static void second_end(struct events *events, struct strbuf *json)
{
	char text[STATS_SUMS_TEXT];
	struct stats_process process;
	enum stats_tone tone = stats_sums_servers(&events->sums, text);

	stats_collect_process(events->source.proxy, &process);
	strbuf_printf(json, ",\"t\":%" PRIu64 ",\"pair\":%" PRIu32 ",\"servers\":[%u,",
		      process.wall_us / 1000000, pair_hash(events->source.page), (unsigned)tone);
	strbuf_json(json, text);
	strbuf_puts(json, "],\"tiles\":");
	stats_json_tiles(&process, &events->sums, json);
	events->after = events->newest;
	events->part = 0;
	events->row = 0;
	events->sums = (struct stats_sums){ 0 };
}

/* The sections from events->part on, as many as make up a piece; their rows go to `rows`. */
static bool take_sections(struct events *events, struct strbuf *sections, struct strbuf *json_rows)
{
	unsigned count = stats_part_count(events->source.proxy);
	size_t looked = 0;

	for (; events->part < count && looked < ROWS_AT_ONCE; events->part++) {
		struct stats_rows rows;

		if (stats_collect_part(events->source.proxy, events->part, &events->filter,
				       &rows) < 0)
			return false;
		looked += rows.count;
		if (rows.count != 0) {
			strbuf_puts(sections, sections->len == 0 ? "" : ",");
			section_write(events, &rows, sections);
			section_rows(events, &rows, json_rows);
		}
		stats_rows_free(&rows);
	}
	return true;
}

static uint64_t events_more(struct proxy_service_feed *feed, struct strbuf *ret_bytes)
{
	struct events *events = container_of(feed, struct events, feed);
	struct strbuf sections = STRBUF_EMPTY, rows = STRBUF_EMPTY;
	struct moment now = moment_now();
	uint64_t wait_us = PAUSE_US;

	if (stats_stopping(events->source.proxy))
		return 0;
	if (events->part == 0) {
		events->began = now;
		events->newest = history_newest(events->source.history);
	}
	if (!take_sections(events, &sections, &rows)) {
		ret_bytes->failed = true;
	} else {
		strbuf_printf(ret_bytes, "data: {\"sections\":[%s],\"rows\":[%s]",
			      sections.text == NULL ? "" : sections.text,
			      rows.text == NULL ? "" : rows.text);
		if (events->part == stats_part_count(events->source.proxy)) {
			uint64_t spent = moment_since(events->began, moment_now());

			second_end(events, ret_bytes);
			wait_us = spent + PAUSE_US < SECOND_US ? SECOND_US - spent : PAUSE_US;
		}
		strbuf_puts(ret_bytes, "}\n\n");
	}
	ret_bytes->failed |= sections.failed || rows.failed;
	strbuf_free(&sections);
	strbuf_free(&rows);
	return wait_us;
}

static void events_close(struct proxy_service_feed *feed)
{
	struct events *events = container_of(feed, struct events, feed);

	atomic_fetch_sub(events->source.readers, 1);
	free(events->seen);
	free(events);
}

struct proxy_service_feed *events_open(const struct events_source *source,
				       const struct stats_filter *filter)
{
	struct events *events;

	if (atomic_fetch_add(source->readers, 1) >= EVENTS_READERS ||
	    (events = calloc(1, sizeof(*events))) == NULL) {
		atomic_fetch_sub(source->readers, 1);
		return NULL;
	}
	events->source = *source;
	events->filter = *filter;
	events->after = source->after;
	events->feed = (struct proxy_service_feed){ .more = events_more, .close = events_close };
	return &events->feed;
}
