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
		if (action->text != NULL)
			strbuf_printf(html, "<option value=%s>%s</option>", action->word,
				      action->text);
	strbuf_puts(html, "</select></label> <label class=wt>Weight <input name=w size=4 maxlength=4 "
			  "inputmode=numeric placeholder=0\xe2\x80\x93" "256></label> "
			  "<button>Apply\xe2\x80\xa6</button></p></form>");
}

static void hidden(struct strbuf *html, const char *name, const char *value)
{
	strbuf_printf(html, "<input type=hidden name=%s value=\"", name);
	html_text(html, value);
	strbuf_puts(html, "\">");
}

void stats_page_confirm(const struct stats_view *view, const struct form *form,
			struct strbuf *ret_html)
{
	struct slice rest = form->body;
	char name[FORM_VALUE];

	stats_page_head(view, ret_html);
	strbuf_printf(ret_html, "<main><section class=\"card ask\"><h2>%s?</h2><p>",
		      form->action->text != NULL ? form->action->text : form->action->word);
	if (form->action->own) {
		strbuf_puts(ret_html, "To ");
		html_text(ret_html, form->weight);
		strbuf_puts(ret_html, ", of ");
	}
	strbuf_puts(ret_html, "servers of ");
	html_text(ret_html, form_backend_name(form));
	strbuf_puts(ret_html, ":</p><form method=post action=\"");
	html_text(ret_html, stats_uri(view->conf));
	strbuf_puts(ret_html, "\">");
	hidden(ret_html, "b", form_backend_name(form));
	hidden(ret_html, "action", form->action->word);
	hidden(ret_html, "w", form->weight);
	if (form->token[0] != '\0')
		hidden(ret_html, "t", form->token);
	strbuf_puts(ret_html, "<ul>");
	while (form_next_server(&rest, name)) {
		strbuf_puts(ret_html, "<li>");
		html_text(ret_html, name);
		hidden(ret_html, "s", name);
		strbuf_puts(ret_html, "</li>");
	}
	strbuf_puts(ret_html, "</ul><p><button>Do it</button> <a href=\"");
	html_text(ret_html, stats_uri(view->conf));
	strbuf_puts(ret_html, "\">Cancel</a></p></form></section></main></body></html>\n");
}
