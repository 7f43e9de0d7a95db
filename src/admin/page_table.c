/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_table.c - the table of a section: frontend, servers, backend. On a
 * narrow screen each line becomes a card of its own, without what is zero.
 * page.js finds a line by its id and its cells by their order: name, state,
 * check, then those of cell.c.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/cell.h"
#include "admin/html.h"
#include "admin/page.h"
#include "proxy/conf.h"

static void name_cell(const struct stats_view *view, const struct stats_row *row,
		      struct strbuf *html)
{
	static const char *const names[] = { [STATS_FRONTEND] = "Frontend",
					     [STATS_BACKEND] = "Backend" };

	strbuf_puts(html, "<th scope=row class=name><span>");
	if (view->may_change && row->kind == STATS_SERVER) {
		strbuf_puts(html, "<input type=checkbox name=s aria-label=\"choose ");
		html_text(html, row->service);
		strbuf_puts(html, "\" value=\"");
		html_text(html, row->service);
		strbuf_puts(html, "\"> ");
	}
	html_text(html, row->kind == STATS_SERVER ? row->service : names[row->kind]);
	if (row->backup_server)
		strbuf_puts(html, "<em class=tag>backup</em>");
	if (row->refusing)
		strbuf_puts(html, "<em class=\"tag warn\">refusing</em>");
	strbuf_puts(html, "</span>");
	if (view->conf->show_legends && row->kind == STATS_SERVER && row->address[0] != '\0') {
		strbuf_puts(html, "<small>");
		html_text(html, row->address);
		strbuf_puts(html, "</small>");
	}
	strbuf_puts(html, "</th>");
}

/* page.js goes on counting from data-s. */
static void since(const struct stats_view *view, const struct stats_row *row, struct strbuf *html)
{
	if (row->n.since_change_s == STATS_NONE)
		return;
	strbuf_printf(html, "for <time data-s=%" PRIu64 ">",
		      view->process->wall_us / 1000000 - row->n.since_change_s);
	html_duration(html, row->n.since_change_s);
	strbuf_puts(html, "</time>");
}

void stats_page_downs(const struct stats_row *row, struct strbuf *html)
{
	if (row->n.downs == STATS_NONE || row->n.downs == 0)
		return;
	strbuf_puts(html, "down ");
	html_number(html, row->n.downs);
	strbuf_puts(html, "\xc3\x97, ");
	html_duration(html, row->n.down_s == STATS_NONE ? 0 : row->n.down_s);
}

static void state_cell(const struct stats_view *view, const struct stats_row *row,
		       struct strbuf *html)
{
	strbuf_puts(html, "<td class=st>");
	stats_page_badge(html, row->tone, row->status);
	strbuf_puts(html, "<small>");
	since(view, row, html);
	strbuf_puts(html, "</small><small>");
	stats_page_downs(row, html);
	strbuf_puts(html, "</small></td>");
}

void stats_page_check(const struct stats_row *row, struct strbuf *html)
{
	if (row->check_status == NULL)
		return;
	html_text(html, row->check_status);
	if (row->n.check_code != STATS_NONE && row->n.check_code <= 999)
		strbuf_printf(html, "/%" PRIu64, row->n.check_code);
	if (row->n.check_duration_ms != STATS_NONE) {
		strbuf_puts(html, " ");
		html_number(html, row->n.check_duration_ms);
		strbuf_puts(html, "\xe2\x80\xafms");
	}
}

/* "via agent : up" is HAProxy's wording; who reads this knows already whose words they are. */
static const char *agent_words(const struct stats_row *row)
{
	static const char via[] = "via agent : ";
	const char *text = row->agent_error;

	return strncmp(text, via, sizeof(via) - 1) == 0 ? text + sizeof(via) - 1 : text;
}

void stats_page_agent(const struct stats_row *row, struct strbuf *text)
{
	if (row->agent_off)
		strbuf_puts(text, "agent not asked");
	if (row->agent_status == NULL)
		return;
	strbuf_printf(text, "agent %s", row->agent_status);
	if (row->n.agent_duration_ms != STATS_NONE) {
		strbuf_puts(text, " ");
		html_number(text, row->n.agent_duration_ms);
		strbuf_puts(text, "\xe2\x80\xafms");
	}
	if (row->agent_error[0] != '\0')
		strbuf_printf(text, ": %s", agent_words(row));
}

static void agent_line(const struct stats_row *row, struct strbuf *html)
{
	struct strbuf text = STRBUF_EMPTY;

	stats_page_agent(row, &text);
	strbuf_puts(html, "<small class=ag");
	if (row->agent_text != NULL) {
		strbuf_puts(html, " title=\"");
		html_text(html, row->agent_text);
		strbuf_puts(html, "\"");
	}
	strbuf_puts(html, ">");
	html_text(html, text.text == NULL ? "" : text.text);
	strbuf_puts(html, "</small>");
	html->failed |= text.failed;
	strbuf_free(&text);
}

/* What the last check found, and what the agent said. */
static void check_cell(const struct stats_row *row, struct strbuf *html)
{
	bool agent = row->agent_off || row->agent_status != NULL;

	strbuf_printf(html, "<td class=\"ck%s\"", row->check_status == NULL && !agent ? " e" : "");
	if (row->check_status != NULL && row->check_text != NULL) {
		strbuf_puts(html, " title=\"");
		html_text(html, row->check_text);
		strbuf_puts(html, "\"");
	}
	strbuf_puts(html, ">");
	stats_page_check(row, html);
	strbuf_puts(html, "<small>");
	html_text(html, row->check_status == NULL ? "" : row->check_error);
	strbuf_puts(html, "</small>");
	if (agent)
		agent_line(row, html);
	strbuf_puts(html, "</td>");
}

static void sessions_bar(struct strbuf *html, const struct stats_row *row)
{
	uint64_t percent = stats_row_percent(row);

	if (percent != STATS_NONE)
		strbuf_printf(html,
			      "<svg class=\"bar%s\" aria-hidden=true viewBox=\"0 0 100 1\" "
			      "preserveAspectRatio=none><rect width=%" PRIu64 " height=1 /></svg>",
			      percent >= 90 ? " full" : "", percent);
}

static void cell_write(struct strbuf *html, const struct stats_row *row,
		       const struct stats_cell *cell)
{
	struct strbuf text = STRBUF_EMPTY;
	struct cell_out out = { .buf = &text, .split = "<small>", .end = "</small>" };
	uint64_t number = stats_cell_write(cell, row, &out);

	strbuf_printf(html, "<td class=\"%s%s\" data-l=\"%s\">%s",
		      number == STATS_NONE ? "e" : number == 0 ? "z" : "", cell->kept ? " k" : "",
		      cell->title, text.text == NULL ? "" : text.text);
	if (cell->bar)
		sessions_bar(html, row);
	strbuf_puts(html, "</td>");
	html->failed |= text.failed;
	strbuf_free(&text);
}

static void table_head(struct strbuf *html)
{
	strbuf_puts(html, "<thead><tr><th scope=col class=name>Name</th>"
			  "<th scope=col class=st>State</th>"
			  "<th scope=col class=ck>Last check</th>");
	for (size_t i = 0; i < stats_cell_count; i++)
		strbuf_printf(html, "<th scope=col title=\"%s\">%s</th>", stats_cells[i].hint,
			      stats_cells[i].title);
	strbuf_puts(html, "</tr></thead>");
}

static void table_row(const struct stats_view *view, const struct stats_row *row,
		      struct strbuf *html)
{
	static const char *const classes[] = { [STATS_FRONTEND] = "f", [STATS_SERVER] = "s",
					       [STATS_BACKEND] = "b" };

	strbuf_printf(html, "<tr class=\"%s t%u%s\" id=\"", classes[row->kind], (unsigned)row->tone,
		      stats_row_is_trouble(row) ? " x" : "");
	stats_page_anchor(html, row->proxy, row->service);
	strbuf_puts(html, "\">");
	name_cell(view, row, html);
	state_cell(view, row, html);
	check_cell(row, html);
	for (size_t i = 0; i < stats_cell_count; i++)
		cell_write(html, row, &stats_cells[i]);
	strbuf_puts(html, "</tr>\n");
}

/* The backend of a `listen` that has no server: the statistics' own, as a rule. */
static bool row_says_nothing(const struct stats_row *row)
{
	return row->kind == STATS_BACKEND && row->section->kind == SECTION_LISTEN &&
	       row->section->back.server_count == 0;
}

void stats_page_table(const struct stats_view *view, const struct stats_row *rows, size_t count,
		      struct strbuf *html)
{
	strbuf_puts(html, "<div class=scroll><table class=stats aria-label=\"");
	html_text(html, rows[0].proxy);
	strbuf_puts(html, "\">");
	table_head(html);
	strbuf_puts(html, "<tbody>\n");
	for (size_t i = 0; i < count; i++)
		if (!row_says_nothing(&rows[i]))
			table_row(view, &rows[i], html);
	strbuf_puts(html, "</tbody></table></div>");
}
