/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_proxies.c - a card for each section with its table: frontend,
 * servers, backend. The columns are rows, as in the CSV; on a narrow screen
 * each line of the table becomes a list of its own, without what is zero.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/form.h"
#include "admin/html.h"
#include "admin/page.h"
#include "proxy/conf.h"

enum cell_form {
	CELL_COUNT,
	CELL_BYTES,
	CELL_SESSIONS, /* with a bar against the limit */
};

static const struct cell {
	const char *group, *title;	/* group NULL: still the one before */
	unsigned span;			/* columns of the group */
	const char *label, *hint;	/* label: on narrow screens */
	enum cell_form form;
	size_t offset;
	const char *width;		/* alike in all tables, so that their columns line up */
	bool kept;			/* shown on narrow screens even when zero */
} cells[] = {
#define AT(field) offsetof(struct stats_row, n.field)
	{ "Sessions", "now", 4, "Sessions", "Open now", CELL_SESSIONS, AT(sessions), "4.2em", true },
	{ NULL, "max", 0, "Most", "Most open at once", CELL_COUNT, AT(sessions_max), "4em", false },
	{ NULL, "limit", 0, "Limit", "Limit on open ones", CELL_COUNT, AT(sessions_limit), "4.3em",
	  false },
	{ NULL, "total", 0, "Total", "Since the start", CELL_COUNT, AT(sessions_total), "6em",
	  true },
	{ "Per second", "now", 2, "Per second", "New sessions in the last second", CELL_COUNT,
	  AT(rate), "3.6em", true },
	{ NULL, "max", 0, "Most per second", "Most new sessions in one second", CELL_COUNT,
	  AT(rate_max), "3.6em", false },
	{ "Queue", "now", 2, "Waiting", "Streams that wait for a server", CELL_COUNT, AT(queue),
	  "3.2em", false },
	{ NULL, "max", 0, "Most waiting", "Most that have waited at once", CELL_COUNT,
	  AT(queue_max), "3.2em", false },
	{ "Bytes", "in", 2, "In", "From clients", CELL_BYTES, AT(bytes_in), "5.1em", true },
	{ NULL, "out", 0, "Out", "To clients", CELL_BYTES, AT(bytes_out), "5.1em", true },
	{ "Errors", "request", 3, "Request errors", "Requests that were never complete or valid",
	  CELL_COUNT, AT(request_errors), "4.2em", false },
	{ NULL, "connect", 0, "Connect errors", "Streams that found no server that would connect",
	  CELL_COUNT, AT(connect_errors), "4.2em", false },
	{ NULL, "response", 0, "Response errors", "Responses that broke off", CELL_COUNT,
	  AT(response_errors), "4.6em", false },
	{ "Denied", "conn.", 2, "Denied connections", "Connections refused by a rule", CELL_COUNT,
	  AT(denied_connections), "3.4em", false },
	{ NULL, "request", 0, "Denied requests", "Requests refused by a rule", CELL_COUNT,
	  AT(denied_requests), "4.3em", false },
	{ "Rescued", "retried", 2, "Retried", "Connections to a server tried again", CELL_COUNT,
	  AT(retries), "4.2em", false },
	{ NULL, "moved", 0, "Moved", "Streams sent to another server", CELL_COUNT, AT(redispatches),
	  "4em", false },
	{ "Aborts", "client", 2, "Client aborts", "Transfers the client broke off", CELL_COUNT,
	  AT(client_aborts), "4em", false },
	{ NULL, "server", 0, "Server aborts", "Transfers the server broke off", CELL_COUNT,
	  AT(server_aborts), "4em", false },
	{ "", "weight", 1, "Weight", "Weight in effect", CELL_COUNT, AT(weight), "4.2em", false },
#undef AT
};

static bool group_starts(size_t column)
{
	return cells[column].group != NULL;
}

static uint64_t cell_number(const struct stats_row *row, size_t column)
{
	return *(const uint64_t *)((const char *)row + cells[column].offset);
}

static void sessions_bar(struct strbuf *html, const struct stats_row *row)
{
	uint64_t percent;

	/* A backend's fullconn is a scale, not a limit. */
	if (row->kind == STATS_BACKEND || row->n.sessions_limit == STATS_NONE)
		return;
	percent = row->n.sessions >= row->n.sessions_limit ?
			  100 :
			  row->n.sessions * 100 / row->n.sessions_limit;
	strbuf_printf(html, "<i class=\"bar%s\" style=\"--p:%" PRIu64 "%%\"></i>",
		      percent >= 90 ? " full" : "", percent);
}

static void cell_write(struct strbuf *html, const struct stats_row *row, size_t column)
{
	const struct cell *cell = &cells[column];
	uint64_t number = cell_number(row, column);

	strbuf_printf(html, "<td class=\"%s%s%s\" data-l=\"%s\"", group_starts(column) ? "g " : "",
		      number == STATS_NONE ? "e" : number == 0 ? "z" : "", cell->kept ? " k" : "",
		      cell->label);
	if (number == STATS_NONE) {
		strbuf_puts(html, "></td>");
		return;
	}
	if (cell->form == CELL_BYTES) {
		strbuf_puts(html, " title=\"");
		html_number(html, number);
		strbuf_puts(html, " bytes\"");
	}
	strbuf_puts(html, ">");
	switch (cell->form) {
	case CELL_SESSIONS:
		html_number(html, number);
		sessions_bar(html, row);
		break;
	case CELL_COUNT:
		html_number(html, number);
		break;
	case CELL_BYTES:
		html_bytes(html, number);
		break;
	}
	strbuf_puts(html, "</td>");
}

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

/* What the last check found, beside the state it led to. */
static void state_check(const struct stats_row *row, struct strbuf *html)
{
	if (row->check_status == NULL)
		return;
	strbuf_puts(html, " <span class=muted title=\"");
	html_text(html, row->check_text == NULL ? "" : row->check_text);
	strbuf_puts(html, "\">");
	html_text(html, row->check_status);
	if (row->n.check_duration_ms != STATS_NONE) {
		strbuf_puts(html, " ");
		html_number(html, row->n.check_duration_ms);
		strbuf_puts(html, "\xe2\x80\xafms");
	}
	strbuf_puts(html, "</span>");
	if (row->check_error[0] != '\0') {
		strbuf_puts(html, "<small>");
		html_text(html, row->check_error);
		strbuf_puts(html, "</small>");
	}
}

static void state_cell(const struct stats_row *row, struct strbuf *html)
{
	strbuf_puts(html, "<td class=st>");
	stats_page_badge(html, row->tone, row->status);
	state_check(row, html);
	if (row->n.since_change_s != STATS_NONE) {
		strbuf_puts(html, "<small title=\"Since the last change\">for ");
		html_duration(html, row->n.since_change_s);
		strbuf_puts(html, "</small>");
	}
	if (row->n.downs != STATS_NONE && row->n.downs != 0) {
		strbuf_puts(html, "<small title=\"Times it went down, and time spent down\">down ");
		html_number(html, row->n.downs);
		strbuf_puts(html, "\xc3\x97, ");
		html_duration(html, row->n.down_s == STATS_NONE ? 0 : row->n.down_s);
		strbuf_puts(html, "</small>");
	}
	strbuf_puts(html, "</td>");
}

static void table_head(struct strbuf *html)
{
	strbuf_puts(html, "<colgroup><col><col class=cs>");
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		strbuf_printf(html, "<col style=\"width:%s\">", cells[i].width);
	strbuf_puts(html, "</colgroup><thead><tr><th class=name></th><th></th>");
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		if (group_starts(i))
			strbuf_printf(html, "<th class=g colspan=%u scope=colgroup>%s</th>",
				      cells[i].span, cells[i].group);
	strbuf_puts(html, "</tr><tr><th scope=col class=name>Name</th>"
			  "<th scope=col class=st>State, last check</th>");
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		strbuf_printf(html, "<th scope=col title=\"%s\"%s>%s</th>", cells[i].hint,
			      group_starts(i) ? " class=g" : "", cells[i].title);
	strbuf_puts(html, "</tr></thead>");
}

static void table_row(const struct stats_view *view, const struct stats_row *row,
		      struct strbuf *html)
{
	static const char *const classes[] = { [STATS_FRONTEND] = "f", [STATS_SERVER] = "s",
					       [STATS_BACKEND] = "b" };

	strbuf_printf(html, "<tr class=\"%s t%u\" id=\"", classes[row->kind], (unsigned)row->tone);
	stats_page_anchor(html, row->proxy, row->service);
	strbuf_puts(html, "\">");
	name_cell(view, row, html);
	state_cell(row, html);
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		cell_write(html, row, i);
	strbuf_puts(html, "</tr>\n");
}

static void section_title(const struct stats_view *view, const struct stats_row *row,
			  const char *algorithm, struct strbuf *html)
{
	static const char *const kinds[] = { [SECTION_DEFAULTS] = "",
					     [SECTION_FRONTEND] = "frontend",
					     [SECTION_LISTEN] = "listen",
					     [SECTION_BACKEND] = "backend" };
	const char *description = row->section->description;

	strbuf_puts(html, "<h3>");
	html_text(html, row->proxy);
	strbuf_printf(html, "<small>%s \xc2\xb7 mode\xc2\xa0%s", kinds[row->section->kind], row->mode);
	if (algorithm != NULL && row->section->back.server_count != 0) {
		strbuf_puts(html, " \xc2\xb7 balance\xc2\xa0");
		html_text(html, algorithm);
	}
	if (view->conf->show_legends) {
		strbuf_printf(html, " \xc2\xb7 id\xc2\xa0%" PRIu64, row->n.proxy_id);
	}
	strbuf_puts(html, "</small>");
	if (view->conf->show_desc && description != NULL) {
		strbuf_puts(html, "<small class=desc>");
		html_text(html, description);
		strbuf_puts(html, "</small>");
	}
	strbuf_puts(html, "</h3>");
}

/* The backend of a `listen` that has no server: the statistics' own, as a rule. */
static bool row_says_nothing(const struct stats_row *row)
{
	return row->kind == STATS_BACKEND && row->section->kind == SECTION_LISTEN &&
	       row->section->back.server_count == 0;
}

static bool has_servers(const struct stats_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind == STATS_SERVER)
			return true;
	return false;
}

/* Around the table: its boxes choose the servers. */
static void form_open(const struct stats_view *view, const struct stats_row *row,
		      struct strbuf *html)
{
	strbuf_puts(html, "<form method=post action=\"");
	html_text(html, stats_uri(view->conf));
	strbuf_printf(html, "\"><input type=hidden name=b value=\"#%" PRIu64 "\">",
		      row->n.proxy_id);
}

static void form_close(struct strbuf *html)
{
	strbuf_puts(html, "<p><label>With those chosen: <select name=action>"
			  "<option value=\"\">\xe2\x80\x94</option>");
	for (const struct form_word *action = form_actions; action->word != NULL; action++)
		strbuf_printf(html, "<option value=%s>%s</option>", action->word, action->text);
	strbuf_puts(html, "</select></label> <button>Apply</button></p></form>");
}

/* The lines of one section, which follow each other; returns their number. */
static size_t section_card(const struct stats_view *view, size_t first, struct strbuf *html)
{
	const struct stats_row *rows = &view->rows->rows[first];
	size_t count = 1;

	while (first + count < view->rows->count && rows[count].section == rows[0].section)
		count++;
	strbuf_puts(html, "<article class=\"card proxy\" id=\"");
	stats_page_anchor(html, rows[0].proxy, NULL);
	strbuf_puts(html, "\">");
	section_title(view, &rows[0], rows[count - 1].algorithm, html);
	bool form = view->may_change && has_servers(rows, count);
	if (form)
		form_open(view, &rows[0], html);
	strbuf_puts(html, "<div class=scroll><table class=stats>");
	table_head(html);
	strbuf_puts(html, "<tbody>\n");
	for (size_t i = 0; i < count; i++)
		if (!row_says_nothing(&rows[i]))
			table_row(view, &rows[i], html);
	strbuf_puts(html, "</tbody></table></div>");
	if (form)
		form_close(html);
	strbuf_puts(html, "</article>\n");
	return count;
}

void stats_page_proxies(const struct stats_view *view, struct strbuf *html)
{
	if (view->rows->count == 0)
		return;
	strbuf_puts(html, "<section id=proxies><h2>Traffic</h2>\n");
	for (size_t i = 0; i < view->rows->count;)
		i += section_card(view, i, html);
	strbuf_puts(html, "</section>");
}
