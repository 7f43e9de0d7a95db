/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page.h - the statistics as a page for people (docs/console.md): one
 * answer, no outside resource, light and dark, wide and narrow. All of it is
 * there without its script, which keeps it up to date and sorts it. States are
 * words with colours, never colours alone.
 *
 * Pure: everything it shows is in struct stats_view.
 */
#pragma once

#include "admin/history.h"
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
	const struct history *history;	/* or NULL */
	const char *node, *description;	/* or NULL */
	bool may_change;		/* forms are offered */
	bool may_hand_over;
	const char *token;		/* for them (guard.h), or "" */
};

/* What of all rows stands at the top. */
struct stats_sums {
	uint64_t servers, servers_up, servers_quiet, queued;
	uint64_t bytes_in, bytes_out, errors;
};

void stats_sums_add(struct stats_sums *sums, const struct stats_row *row);
enum { STATS_SUMS_TEXT = 64 };
/* "12 up", "1 of 12 down". */
enum stats_tone stats_sums_servers(const struct stats_sums *sums, char text[STATS_SUMS_TEXT]);
void stats_page_tiles(const struct stats_process *process, const struct stats_sums *sums,
		      struct strbuf *html);
/* An array of "main\nsmaller". */
void stats_json_tiles(const struct stats_process *process, const struct stats_sums *sums,
		      struct strbuf *json);

/* How a section is: "3 of 4 up". The rows are all of it. */
enum stats_tone stats_section_state(const struct stats_row *rows, size_t count,
				    char text[STATS_SUMS_TEXT]);

/* Whether it is a `listen` with servers: a frontend and a backend, each with curves. */
bool stats_section_has_both(const struct stats_row *rows, size_t count);

void stats_page(const struct stats_view *view, struct strbuf *ret_html);

/* A change that is to be asked for once more; `form` was found good. */
struct form;
void stats_page_confirm(const struct stats_view *view, const struct form *form,
			struct strbuf *ret_html);

/* Its parts, in their own files. The head: up to the beginning of the body. */
void stats_page_head(const struct stats_view *view, struct strbuf *html);
/* Around a section's table. */
void stats_page_form_open(const struct stats_view *view, const struct stats_row *row,
			  struct strbuf *html);
void stats_page_form_close(struct strbuf *html);
void stats_page_form_handover(const struct stats_view *view, struct strbuf *html);
void stats_page_pair(const struct stats_view *view, struct strbuf *html);
void stats_page_pair_badges(const struct stats_view *view, struct strbuf *html);
void stats_page_pair_picture(const struct stats_view *view, const struct page_instance *instance,
			     struct strbuf *html);
void stats_page_pair_tracks(const struct stats_view *view, const struct page_instance *instance,
			    struct strbuf *html);
/* `index` is the instance's on the page. */
void stats_page_pair_turns(const struct stats_view *view, unsigned index,
			   const struct page_instance *instance, struct strbuf *html);
void stats_page_proxies(const struct stats_view *view, struct strbuf *html);
/* The table of one section: the `count` rows from `rows` on. */
void stats_page_table(const struct stats_view *view, const struct stats_row *rows, size_t count,
		      struct strbuf *html);

/* What it says of a row's last check ("L4OK 1 ms") and of the times it was down; or nothing. */
void stats_page_check(const struct stats_row *row, struct strbuf *html);
void stats_page_downs(const struct stats_row *row, struct strbuf *html);
/* Plain text, the agent's own words in it: "agent L7OK 1 ms: drain", or nothing. */
void stats_page_agent(const struct stats_row *row, struct strbuf *text);

/* Whether somebody should look at it. */
bool stats_row_is_trouble(const struct stats_row *row);

/* A state of the pair, as people are told it. */
struct stats_pair_look {
	const char *word, *meaning;
	enum stats_tone tone;
};
struct stats_pair_look stats_pair_look(uint32_t state);

/* "<span class=...>" for a state; `tone` chooses colour and sign. */
void stats_page_badge(struct strbuf *html, enum stats_tone tone, const char *text);

/* A sign for each tone, for those who do not see the colour. */
const char *stats_page_sign(enum stats_tone tone);

/* "web/w2" as the address of a row within the page. */
void stats_page_anchor(struct strbuf *html, const char *proxy, const char *service);

/* page.css and page.js, and their hashes as Content-Security-Policy has them. */
extern const char stats_page_style[], stats_page_style_hash[];
extern const char stats_page_script[], stats_page_script_hash[];
