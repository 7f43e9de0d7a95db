/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page.h - the statistics as a page for people: one file, no script, no
 * outside resource, light and dark, wide and narrow. States are words with
 * colours, never colours alone.
 *
 * Pure: everything it shows is in struct stats_view.
 */
#pragma once

#include "admin/query.h"
#include "admin/row.h"
#include "base/page.h"
#include "base/strbuf.h"

struct stats_view {
	const struct stats_conf *conf;
	const struct stats_query *query;
	const struct stats_rows *rows;
	const struct stats_process *process;
	const struct page *page;	/* the pair's state; never NULL */
	const char *node, *description;	/* or NULL */
	bool may_change;		/* forms are offered */
};

void stats_page(const struct stats_view *view, struct strbuf *ret_html);

/* Its parts, in their own files. */
void stats_page_pair(const struct stats_view *view, struct strbuf *html);
void stats_page_pair_badges(const struct stats_view *view, struct strbuf *html);
void stats_page_proxies(const struct stats_view *view, struct strbuf *html);

/* "<span class=...>" for a state; `tone` chooses colour and sign. */
void stats_page_badge(struct strbuf *html, enum stats_tone tone, const char *text);

/* "web/w2" as the address of a row within the page. */
void stats_page_anchor(struct strbuf *html, const char *proxy, const char *service);

extern const char stats_page_style[];
