/* SPDX-License-Identifier: Apache-2.0 */
/* admin/page.c - see page.h: the frame of the page, its head line and the sums. */
#include "admin/page.h"

#include <inttypes.h>
#include <string.h>

#include "admin/form.h"
#include "admin/html.h"
#include "proxy/conf.h"

const char *stats_page_sign(enum stats_tone tone)
{
	static const char *const signs[] = {
		[STATS_GOOD] = "\xe2\x97\x8f",	    /* filled circle */
		[STATS_UNCERTAIN] = "\xe2\x97\x90", /* half circle */
		[STATS_BAD] = "\xe2\x9c\x95",	    /* cross */
		[STATS_QUIET] = "\xe2\x96\xa0",	    /* square */
		[STATS_PLAIN] = "\xe2\x97\x8b",	    /* empty circle */
	};

	return signs[tone];
}

void stats_page_badge(struct strbuf *html, enum stats_tone tone, const char *text)
{
	strbuf_printf(html, "<span class=\"badge b%u\"><i aria-hidden=true>%s</i>", (unsigned)tone,
		      stats_page_sign(tone));
	html_text(html, text);
	strbuf_puts(html, "</span>");
}

void stats_page_anchor(struct strbuf *html, const char *proxy, const char *service)
{
	strbuf_puts(html, "p-");
	html_text(html, proxy);
	if (service != NULL) {
		strbuf_puts(html, "/");
		html_text(html, service);
	}
}

/* The page's own address with other options. */
static void page_link(const struct stats_view *view, struct strbuf *html, bool csv, bool up,
		      bool no_refresh)
{
	html_text(html, stats_uri(view->conf));
	strbuf_puts(html, csv ? ";csv" : "");
	strbuf_puts(html, up ? ";up" : "");
	strbuf_puts(html, no_refresh ? ";norefresh" : "");
}

static void page_nav(const struct stats_view *view, struct strbuf *html)
{
	const struct stats_query *query = view->query;

	strbuf_puts(html, "<nav><a href=\"");
	page_link(view, html, false, !query->up_only, query->no_refresh);
	strbuf_printf(html, "\">%s</a>", query->up_only ? "All servers" : "Only up");
	if (view->conf->refresh_ms != 0) {
		strbuf_puts(html, "<a href=\"");
		page_link(view, html, false, query->up_only, !query->no_refresh);
		strbuf_printf(html, "\">%s</a>",
			      query->no_refresh ? "Resume refresh" : "Pause refresh");
	}
	strbuf_puts(html, "<a href=\"");
	page_link(view, html, false, query->up_only, query->no_refresh);
	strbuf_puts(html, "\">Refresh</a><a href=\"");
	page_link(view, html, true, false, false);
	strbuf_puts(html, "\">CSV</a></nav>");
}

static void page_header(const struct stats_view *view, const struct stats_sums *sums,
			struct strbuf *html)
{
	char text[STATS_SUMS_TEXT];

	strbuf_puts(html, "<header><div class=line><span class=brand>relevo</span>");
	if (view->node != NULL) {
		strbuf_puts(html, "<b class=node>");
		html_text(html, view->node);
		strbuf_puts(html, "</b>");
	}
	if (view->description != NULL) {
		strbuf_puts(html, "<span class=\"muted about\">");
		html_text(html, view->description);
		strbuf_puts(html, "</span>");
	}
	stats_page_pair_badges(view, html);
	if (sums->servers != 0) {
		enum stats_tone tone = stats_sums_servers(sums, text);

		strbuf_puts(html,
			    "<a class=pill id=servers href=\"#proxies\"><span class=muted>servers"
				  "</span> ");
		stats_page_badge(html, tone, text);
		strbuf_puts(html, "</a>");
	}
	page_nav(view, html);
	strbuf_puts(html, "</div></header>\n");
}

/* What became of the form that was sent; page.js says more in the same place. */
static void page_outcome(const struct stats_view *view, struct strbuf *html)
{
	int outcome = view->query->outcome;

	strbuf_puts(html, "<div id=said role=status>");
	if (outcome >= 0) {
		bool good = outcome == FORM_DONE || outcome == FORM_ASKED;

		strbuf_puts(html, "<p class=\"card outcome\">");
		stats_page_badge(html, good ? STATS_GOOD : STATS_UNCERTAIN,
				 form_outcomes[outcome].text);
		strbuf_puts(html, "</p>");
	}
	strbuf_puts(html, "</div>");
}

/* Names what is down, with links, where the eye falls first. */
static void page_trouble(const struct stats_view *view, struct strbuf *html)
{
	bool any = false;

	strbuf_puts(html, "<div id=trouble role=status aria-atomic=false aria-relevant=additions>");
	for (size_t i = 0; i < view->rows->count; i++) {
		const struct stats_row *row = &view->rows->rows[i];

		if (!stats_row_is_trouble(row))
			continue;
		strbuf_puts(html, any ? "" : "<p class=trouble><b>Down</b>");
		strbuf_puts(html, "<a href=\"#");
		stats_page_anchor(html, row->proxy, row->service);
		strbuf_puts(html, "\">");
		html_text(html, row->proxy);
		if (row->kind == STATS_SERVER) {
			strbuf_puts(html, "/");
			html_text(html, row->service);
		}
		strbuf_puts(html, row->kind == STATS_BACKEND ? " (no server left)</a>" : "</a>");
		any = true;
	}
	strbuf_puts(html, any ? "</p></div>" : "</div>");
}

static void page_footer(const struct stats_view *view, struct strbuf *html)
{
	const struct stats_process *process = view->process;

	strbuf_puts(html, "<footer><div class=signs>");
	stats_page_badge(html, STATS_GOOD, "up");
	stats_page_badge(html, STATS_UNCERTAIN, "changing: last checks disagree");
	stats_page_badge(html, STATS_BAD, "down");
	stats_page_badge(html, STATS_QUIET, "taken out of service");
	stats_page_badge(html, STATS_PLAIN, "not checked");
	strbuf_puts(html, "</div><p>relevo");
	if (!view->conf->hide_version)
		strbuf_puts(html, " " RELEVO_VERSION);
	strbuf_printf(html, " \xc2\xb7 process %" PRIu64, process->pid);
	if (process->stopping)
		strbuf_puts(html, " \xc2\xb7 <b>stopping</b>");
	strbuf_puts(html, " \xc2\xb7 as of <time>");
	html_time(html, process->wall_us);
	strbuf_puts(html, "</time>");
	if (view->conf->refresh_ms != 0 && !view->query->no_refresh)
		strbuf_printf(html, " \xc2\xb7 refreshes every %" PRIu32 "\xe2\x80\xafs",
			      (view->conf->refresh_ms + 999) / 1000);
	strbuf_puts(html, "</p></footer>");
}

/* With the script the page needs no loading again, and a header could not be taken back by it. */
static void page_refresh(const struct stats_view *view, struct strbuf *html)
{
	if (view->conf->refresh_ms != 0 && !view->query->no_refresh)
		strbuf_printf(html,
			      "<noscript><meta http-equiv=refresh content=%" PRIu32 "></noscript>",
			      (view->conf->refresh_ms + 999) / 1000);
}

void stats_page_head(const struct stats_view *view, struct strbuf *html)
{
	strbuf_puts(html,
		    "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
		    "<meta name=viewport content=\"width=device-width, initial-scale=1\">"
		    "<meta name=color-scheme content=\"light dark\">"
		    "<link rel=icon href=\"data:,\">");
	page_refresh(view, html);
	strbuf_puts(html, "<title>");
	if (view->node != NULL) {
		html_text(html, view->node);
		strbuf_puts(html, " \xc2\xb7 ");
	}
	strbuf_puts(html, "relevo statistics</title><style>");
	strbuf_puts(html, stats_page_style);
	strbuf_puts(html, "</style><script>");
	strbuf_puts(html, stats_page_script);
	strbuf_puts(html, "</script></head>\n<body data-uri=\"");
	html_text(html, stats_uri(view->conf));
	strbuf_puts(html, "\">");
}

void stats_page(const struct stats_view *view, struct strbuf *ret_html)
{
	struct stats_sums sums = { 0 };

	for (size_t i = 0; i < view->rows->count; i++)
		stats_sums_add(&sums, &view->rows->rows[i]);
	stats_page_head(view, ret_html);
	page_header(view, &sums, ret_html);
	strbuf_puts(ret_html, "<main>");
	page_outcome(view, ret_html);
	page_trouble(view, ret_html);
	stats_page_tiles(view->process, &sums, ret_html);
	stats_page_pair(view, ret_html);
	stats_page_proxies(view, ret_html);
	strbuf_puts(ret_html, "</main>");
	page_footer(view, ret_html);
	strbuf_puts(ret_html, "</body></html>\n");
}
