/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_proxies.c - a card for each section: a line that says how it is,
 * its curves, its table. All are open on a small page; on a large one those
 * with trouble are, and the lines are an overview.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/curve.h"
#include "admin/html.h"
#include "admin/page.h"
#include "proxy/conf.h"

/* A small page. */
enum { OPEN_SECTIONS = 8, OPEN_ROWS = 200 };

/* One section's rows, which follow each other. */
struct card {
	const struct stats_row *rows;
	size_t count;
	size_t servers;
	const char *algorithm;
	bool trouble;
	struct history_series series;	/* the frontend's, if there is one */
	bool has_series, has_both;
};

bool stats_row_is_trouble(const struct stats_row *row)
{
	return row->tone == STATS_BAD || (row->tone == STATS_UNCERTAIN && !row->up);
}

bool stats_section_has_both(const struct stats_row *rows, size_t count)
{
	return count != 0 && rows[0].kind == STATS_FRONTEND &&
	       rows[0].section->kind == SECTION_LISTEN && rows[0].section->back.server_count != 0;
}

static void card_make(const struct stats_view *view, size_t first, struct card *ret)
{
	const struct stats_row *rows = &view->rows->rows[first];

	ret->rows = rows;
	ret->servers = 0;
	ret->trouble = false;
	for (ret->count = 0; first + ret->count < view->rows->count; ret->count++) {
		const struct stats_row *row = &rows[ret->count];

		if (row->section != rows[0].section)
			break;
		ret->trouble |= stats_row_is_trouble(row);
		ret->algorithm = row->algorithm;
		ret->servers += row->kind == STATS_SERVER;
	}
	ret->has_both = stats_section_has_both(rows, ret->count);
	ret->has_series = history_series(view->history, rows[0].section->index,
					 rows[0].kind == STATS_BACKEND ||
					 rows[0].kind == STATS_SERVER, &ret->series);
}

static void card_title(const struct stats_view *view, const struct card *card, struct strbuf *html)
{
	static const char *const kinds[] = { [SECTION_DEFAULTS] = "",
					     [SECTION_FRONTEND] = "frontend",
					     [SECTION_LISTEN] = "listen",
					     [SECTION_BACKEND] = "backend" };
	const struct section *section = card->rows[0].section;

	strbuf_puts(html, "<h3>");
	html_text(html, card->rows[0].proxy);
	strbuf_printf(html, "</h3><span class=kind>%s \xc2\xb7 %s", kinds[section->kind],
		      card->rows[0].mode);
	if (card->algorithm != NULL && section->back.server_count != 0) {
		strbuf_puts(html, " \xc2\xb7 ");
		html_text(html, card->algorithm);
	}
	if (view->conf->show_legends)
		strbuf_printf(html, " \xc2\xb7 id\xc2\xa0%" PRIu64, card->rows[0].n.proxy_id);
	if (view->conf->show_desc && section->description != NULL) {
		strbuf_puts(html, " \xc2\xb7 ");
		html_text(html, section->description);
	}
	strbuf_puts(html, "</span>");
}

enum stats_tone stats_section_state(const struct stats_row *rows, size_t count,
				    char text[STATS_SUMS_TEXT])
{
	enum stats_tone tone = rows[count - 1].tone;
	struct stats_sums sums = { 0 };

	for (size_t i = 0; i < count; i++)
		stats_sums_add(&sums, &rows[i]);
	if (sums.servers == 0) {
		snprintf(text, STATS_SUMS_TEXT, "%s", rows[0].status);
		return rows[0].tone;
	}
	if (sums.servers_up == sums.servers)
		snprintf(text, STATS_SUMS_TEXT, "%" PRIu64 " up", sums.servers_up);
	else
		snprintf(text, STATS_SUMS_TEXT, "%" PRIu64 " of %" PRIu64 " up", sums.servers_up,
			 sums.servers);
	if (tone == STATS_BAD)
		return tone;
	return sums.servers_up + sums.servers_quiet < sums.servers ? STATS_UNCERTAIN : STATS_GOOD;
}

static void card_state(const struct card *card, struct strbuf *html)
{
	char text[STATS_SUMS_TEXT];
	enum stats_tone tone = stats_section_state(card->rows, card->count, text);

	stats_page_badge(html, tone, text);
}

/* The line's numbers; page.js knows them by their order. */
static void card_numbers(const struct card *card, struct strbuf *html)
{
	const struct history_series *series = &card->series;
	const uint32_t *now;

	if (!card->has_series || series->count == 0)
		return;
	now = series->samples[series->count - 1].value;
	stats_curve_small(series, card->rows[0].section->index, html);
	strbuf_puts(html, "<span class=nums><span><b>");
	html_number(html, now[HISTORY_REQUESTS]);
	strbuf_printf(html, "</b>/s</span><span%s><b>",
		      now[HISTORY_ERRORS] != 0 ? " class=bad" : "");
	html_number(html, now[HISTORY_ERRORS]);
	strbuf_puts(html, "</b> err</span><span><b>");
	if (now[HISTORY_P95_US] != 0)
		stats_latency(html, now[HISTORY_P95_US]);
	else
		strbuf_puts(html, "\xe2\x80\x93");
	strbuf_puts(html, "</b> p95</span><span><b>");
	html_number(html, now[HISTORY_SESSIONS]);
	strbuf_puts(html, "</b> open</span></span>");
}

/* A `listen` has two rows of them: what its clients see, and what its servers do. */
static void card_curves(const struct stats_view *view, const struct card *card,
			struct strbuf *html)
{
	unsigned index = card->rows[0].section->index;
	struct history_series back;

	if (!card->has_series)
		return;
	stats_curves(&card->series, (int)index, card->has_both ? "Frontend" : NULL, html);
	if (card->has_both && history_series(view->history, index, true, &back))
		stats_curves(&back, STATS_CURVES_NO_ID, "Backend", html);
}

static void card_write(const struct stats_view *view, const struct card *card, bool open,
		       struct strbuf *html)
{
	bool form = view->may_change && card->servers != 0;

	strbuf_printf(html, "<details class=\"card proxy\"%s id=\"", open ? " open" : "");
	stats_page_anchor(html, card->rows[0].proxy, NULL);
	strbuf_printf(html, "\" data-i=%u data-n=%" PRIu64 "><summary>",
		      card->rows[0].section->index, card->has_series ? card->series.newest : 0);
	card_title(view, card, html);
	card_state(card, html);
	card_numbers(card, html);
	strbuf_puts(html, "</summary>");
	card_curves(view, card, html);
	if (form)
		stats_page_form_open(view, &card->rows[0], html);
	stats_page_table(view, card->rows, card->count, html);
	if (form)
		stats_page_form_close(html);
	strbuf_puts(html, "</details>\n");
}

static bool is_small(const struct stats_rows *rows)
{
	unsigned sections = 0;

	for (size_t i = 0; i < rows->count; i++)
		sections += i == 0 || rows->rows[i].section != rows->rows[i - 1].section;
	return sections <= OPEN_SECTIONS && rows->count <= OPEN_ROWS;
}

void stats_page_proxies(const struct stats_view *view, struct strbuf *html)
{
	bool small = is_small(view->rows);
	struct card card;

	if (view->rows->count == 0)
		return;
	strbuf_puts(html, "<section id=proxies><h2>Traffic <small>curves of the last five "
			  "minutes</small></h2>\n");
	for (size_t i = 0; i < view->rows->count; i += card.count) {
		card_make(view, i, &card);
		card_write(view, &card, small || (card.trouble && card.count <= OPEN_ROWS), html);
	}
	strbuf_puts(html, "</section>");
}
