/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_confirm.c - a change is asked for once more, for browsers without
 * JavaScript; page.js asks in a dialog. And the forms that ask in the first place.
 */
#include <inttypes.h>

#include "admin/form.h"
#include "admin/html.h"
#include "admin/page.h"
#include "proxy/conf.h"

/* Around the table: its boxes choose the servers. */
void stats_page_form_open(const struct stats_view *view, const struct stats_row *row,
			  struct strbuf *html)
{
	strbuf_puts(html, "<form method=post action=\"");
	html_text(html, stats_uri(view->conf));
	strbuf_printf(html,
		      "\"><input type=hidden name=b value=\"#%" PRIu64 "\">"
		      "<input type=hidden name=ask value=1>",
		      row->n.proxy_id);
	if (view->token[0] != '\0')
		strbuf_printf(html, "<input type=hidden name=t value=%s>", view->token);
}

void stats_page_form_close(struct strbuf *html)
{
	strbuf_puts(html, "<p class=acts><label>With those chosen: <select name=action>"
			  "<option value=\"\">\xe2\x80\x94</option>");
	for (const struct form_action *action = form_actions; action->word != NULL; action++)
		if (action->text != NULL && !action->node)
			strbuf_printf(html, "<option value=%s>%s</option>", action->word,
				      action->text);
	strbuf_puts(html,
		    "</select></label> <label class=wt>Weight <input name=w size=4 maxlength=4 "
			  "inputmode=numeric placeholder=0\xe2\x80\x93" "256></label> "
			  "<button>Apply\xe2\x80\xa6</button></p></form>");
}

void stats_page_form_handover(const struct stats_view *view, struct strbuf *html)
{
	if (!view->may_hand_over || view->token[0] == '\0')
		return;
	strbuf_puts(html, "<form method=post class=over action=\"");
	html_text(html, stats_uri(view->conf));
	strbuf_printf(html,
		      "\"><input type=hidden name=action value=handover>"
		      "<input type=hidden name=ask value=1><input type=hidden name=t value=%s>"
		      "<button>Hand over\xe2\x80\xa6</button></form>",
		      view->token);
}

static void hidden(struct strbuf *html, const char *name, const char *value)
{
	strbuf_printf(html, "<input type=hidden name=%s value=\"", name);
	html_text(html, value);
	strbuf_puts(html, "\">");
}

/* What it is about; from rows and escaped. */
static void confirm_what(const struct form *form, struct strbuf *html)
{
	if (form->action->node) {
		strbuf_puts(html,
			    "Every instance of which this node is master goes to another node.");
		return;
	}
	if (form->action->own) {
		strbuf_puts(html, "To ");
		html_text(html, form->weight);
		strbuf_puts(html, ", of ");
	}
	strbuf_puts(html, "servers of ");
	html_text(html, form_backend_name(form));
	strbuf_puts(html, ":");
}

static void confirm_servers(const struct form *form, struct strbuf *html)
{
	struct slice rest = form->body;
	char name[FORM_VALUE];

	hidden(html, "b", form_backend_name(form));
	hidden(html, "w", form->weight);
	strbuf_puts(html, "<ul>");
	while (form_next_server(&rest, name)) {
		strbuf_puts(html, "<li>");
		html_text(html, name);
		hidden(html, "s", name);
		strbuf_puts(html, "</li>");
	}
	strbuf_puts(html, "</ul>");
}

void stats_page_confirm(const struct stats_view *view, const struct form *form,
			struct strbuf *ret_html)
{
	stats_page_head(view, ret_html);
	strbuf_printf(ret_html, "<main><section class=\"card ask\"><h2>%s?</h2><p>",
		      form->action->text != NULL ? form->action->text : form->action->word);
	confirm_what(form, ret_html);
	strbuf_puts(ret_html, "</p><form method=post action=\"");
	html_text(ret_html, stats_uri(view->conf));
	strbuf_puts(ret_html, "\">");
	hidden(ret_html, "action", form->action->word);
	if (form->token[0] != '\0')
		hidden(ret_html, "t", form->token);
	if (!form->action->node)
		confirm_servers(form, ret_html);
	strbuf_puts(ret_html, "<p><button>Do it</button> <a href=\"");
	html_text(ret_html, stats_uri(view->conf));
	strbuf_puts(ret_html, "\">Cancel</a></p></form></section></main></body></html>\n");
}
