/* SPDX-License-Identifier: Apache-2.0 */
/* admin/curve.c - see curve.h. */
#include "admin/curve.h"

#include <inttypes.h>

#include "admin/html.h"

enum { LAST = HISTORY_SECONDS - 1 };

static const struct figure {
	const char *title, *hint;
	char name;
	unsigned first, count;		/* of enum history_value */
	bool is_time;
	uint32_t least;			/* of the axis */
} figures[] = {
	{ "Requests", "a second", 'r', HISTORY_REQUESTS, 1, false, 5 },
	{ "Errors", "a second", 'e', HISTORY_ERRORS, 1, false, 5 },
	{ "Latency", "p95", 'l', HISTORY_P50_US, 3, true, 1000 },
	{ "Sessions", "open", 's', HISTORY_SESSIONS, 1, false, 5 },
};

/* Of the latency, which has three. */
static const char *const percentiles[] = { "p50", "p95", "p99" };

void stats_latency(struct strbuf *html, uint32_t us)
{
	if (us < 1000)
		strbuf_printf(html, "%" PRIu32 "\xe2\x80\xaf\xc2\xb5s", us);
	else if (us < 10000)
		strbuf_printf(html, "%.1f\xe2\x80\xafms", us / 1000.0);
	else if (us < 1000000)
		strbuf_printf(html, "%" PRIu32 "\xe2\x80\xafms", us / 1000);
	else
		strbuf_printf(html, "%.1f\xe2\x80\xafs", us / 1000000.0);
}

uint32_t stats_curve_scale(uint32_t most)
{
	uint64_t power = 1;

	for (;; power *= 10)
		for (uint64_t step = 1; step <= 5; step += step == 1 ? 1 : 3)
			if (step * power >= most)
				return step * power > UINT32_MAX ? UINT32_MAX :
								   (uint32_t)(step * power);
}

static uint32_t figure_most(const struct figure *figure, const struct history_series *series)
{
	uint32_t most = figure->least;

	for (unsigned i = 0; i < series->count; i++)
		for (unsigned v = figure->first; v < figure->first + figure->count; v++)
			if (series->samples[i].value[v] > most)
				most = series->samples[i].value[v];
	return stats_curve_scale(most);
}

/* A line of numbers whose runs of equal steps are one: "M4 -7l1 -2 20 0". */
static void line_from(const struct history_series *series, unsigned value, unsigned from,
		      unsigned to, bool area, struct strbuf *html)
{
	unsigned x0 = HISTORY_SECONDS - series->count;
	uint32_t y = series->samples[from].value[value];
	unsigned i = from;

	/* An area ends on the axis, outside of what is seen. */
	if (area)
		strbuf_printf(html, "M%d 0V-%" PRIu32 "l1 0", (int)(x0 + from) - 1, y);
	else
		strbuf_printf(html, "M%u -%" PRIu32 "l0 0", x0 + from, y);
	while (i < to) {
		unsigned run = 1;
		int64_t step = (int64_t)y - series->samples[i + 1].value[value];

		while (step == 0 && i + run < to && series->samples[i + run + 1].value[value] == y)
			run++;
		strbuf_printf(html, " %u %" PRId64, run, step);
		i += run;
		y = series->samples[i].value[value];
	}
	if (area)
		strbuf_puts(html, "h2V0");
}

/* Latencies have gaps where there was no request. */
static void line_with_gaps(const struct history_series *series, unsigned value,
			   struct strbuf *html)
{
	for (unsigned i = 0; i < series->count; i++) {
		unsigned to = i;

		if (series->samples[i].value[value] == 0)
			continue;
		while (to + 1 < series->count && series->samples[to + 1].value[value] != 0)
			to++;
		line_from(series, value, i, to, false, html);
		i = to;
	}
}

static void figure_number(const struct figure *figure, struct strbuf *html, uint32_t value)
{
	if (!figure->is_time)
		html_number(html, value);
	else if (value == 0)
		strbuf_puts(html, "\xe2\x80\x93");
	else
		stats_latency(html, value);
}

static uint32_t newest(const struct history_series *series, unsigned value)
{
	return series->count == 0 ? 0 : series->samples[series->count - 1].value[value];
}

static void figure_caption(const struct figure *figure, const struct history_series *series,
			   struct strbuf *html)
{
	strbuf_printf(html, "<figcaption><span>%s</span><b>", figure->title);
	figure_number(figure, html,
		      newest(series, figure->is_time ? HISTORY_P95_US : figure->first));
	strbuf_printf(html, "</b><small>%s</small></figcaption>", figure->hint);
}

static void figure_legend(const struct figure *figure, const struct history_series *series,
			  struct strbuf *html)
{
	strbuf_puts(html, "<p class=legend>");
	for (unsigned i = 0; i < figure->count; i++) {
		strbuf_printf(html, "<span><i class=q%u></i>%s <b>", i, percentiles[i]);
		figure_number(figure, html, newest(series, figure->first + i));
		strbuf_puts(html, "</b></span>");
	}
	strbuf_puts(html, "</p>");
}

static void figure_paths(const struct figure *figure, const struct history_series *series,
			 int id, struct strbuf *html)
{
	/* The slowest first, so that the others lie on it. */
	for (unsigned i = figure->count; i-- > 0;) {
		strbuf_printf(html, "<path class=q%u", i);
		if (figure->name == 'r' && id >= 0)
			strbuf_printf(html, " id=r%d", id);
		strbuf_puts(html, " d=\"");
		if (figure->is_time)
			line_with_gaps(series, figure->first + i, html);
		else if (series->count != 0)
			line_from(series, figure->first, 0, series->count - 1, true, html);
		strbuf_puts(html, "\"/>");
	}
}

static void view_box(struct strbuf *html, uint32_t scale)
{
	uint64_t height = (uint64_t)scale * 106;

	strbuf_printf(html, "viewBox=\"0 -%" PRIu64 ".%02" PRIu64 " %d %" PRIu64 ".%02" PRIu64 "\"",
		      height / 100, height % 100, LAST, height / 100, height % 100);
}

static void figure_write(const struct figure *figure, const struct history_series *series, int id,
			 struct strbuf *html)
{
	uint32_t scale = figure_most(figure, series);

	strbuf_printf(html, "<figure class=\"curve c%c\">", figure->name);
	figure_caption(figure, series, html);
	strbuf_puts(html, "<div class=plot><small>");
	figure_number(figure, html, scale);
	strbuf_printf(html, "</small><svg role=img aria-label=\"%s of the last five minutes\" ",
		      figure->title);
	view_box(html, scale);
	strbuf_puts(html, " preserveAspectRatio=none>");
	figure_paths(figure, series, id, html);
	strbuf_puts(html, "</svg></div>");
	if (figure->count > 1)
		figure_legend(figure, series, html);
	strbuf_puts(html, "</figure>");
}

void stats_curves(const struct history_series *series, int id, const char *side,
		  struct strbuf *html)
{
	if (side != NULL)
		strbuf_printf(html, "<h4>%s</h4><div class=curves role=group aria-label=\"%s\">",
			      side, side);
	else
		strbuf_puts(html, "<div class=curves>");
	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		figure_write(&figures[i], series, id, html);
	strbuf_puts(html, "</div>");
}

void stats_curve_small(const struct history_series *series, int id, struct strbuf *html)
{
	strbuf_puts(html, "<svg class=spark aria-hidden=true ");
	view_box(html, figure_most(&figures[0], series));
	strbuf_printf(html, " preserveAspectRatio=none><use href=\"#r%d\"/></svg>", id);
}
