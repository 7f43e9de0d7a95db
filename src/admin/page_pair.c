/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_pair.c - which of the pair's addresses this node holds, and why.
 *
 * The shared page is written by other processes at any time: everything is
 * copied first, and what makes no sense is shown as it is.
 */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "admin/html.h"
#include "admin/page.h"

enum {
	EVENTS_SHOWN = 12,
};

struct stats_pair_look stats_pair_look(uint32_t state)
{
	static const struct stats_pair_look looks[] = {
		[PAGE_VRRP_INIT] = { "INIT", "not decided yet", STATS_QUIET },
		[PAGE_VRRP_BACKUP] = { "BACKUP", "standing by", STATS_PLAIN },
		[PAGE_VRRP_MASTER] = { "MASTER", "holds the address", STATS_GOOD },
		[PAGE_VRRP_FAULT] = { "FAULT", "cannot serve, has given the address up",
				      STATS_BAD },
		[PAGE_VRRP_STOPPED] = { "STOPPED", "has given the address up", STATS_QUIET },
	};

	return state < ARRAY_LEN(looks) ? looks[state] :
					  (struct stats_pair_look){ "UNKNOWN", "",
								    STATS_UNCERTAIN };
}

void stats_page_pair_badges(const struct stats_view *view, struct strbuf *html)
{
	struct page_instance instance;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		if (!page_instance_get(view->page, i, &instance))
			continue;
		struct stats_pair_look look = stats_pair_look(atomic_load(&instance.state));

		strbuf_puts(html, "<a class=pill href=\"#pair\"><span class=muted>");
		html_text(html, instance.name);
		strbuf_puts(html, "</span> ");
		stats_page_badge(html, look.tone, look.word);
		strbuf_puts(html, "</a>");
	}
}

static void pair_fact(struct strbuf *html, const char *label, uint64_t number)
{
	strbuf_printf(html, "<div><dt>%s</dt><dd>", label);
	html_number(html, number);
	strbuf_puts(html, "</dd></div>");
}

static void pair_since(const struct stats_view *view, struct strbuf *html, uint64_t since_us)
{
	uint64_t now_us = view->process->wall_us;

	if (since_us == 0)
		return;
	strbuf_printf(html, "<p class=since>for <b><time data-s=%" PRIu64 ">", since_us / 1000000);
	html_duration(html, now_us > since_us ? (now_us - since_us) / 1000000 : 0);
	strbuf_puts(html, "</time></b>, since <time>");
	html_time(html, since_us);
	strbuf_puts(html, "</time></p>");
}

/* Other nodes of relevo, and whether their files say the same. */
static void pair_nodes(const struct stats_view *view, const struct page_instance *instance,
		       struct strbuf *html)
{
	uint64_t now_us = view->process->wall_us;

	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct page_peer *peer = &instance->peer[i];
		uint64_t heard_us = atomic_load(&peer->heard_wall_us);

		if (heard_us == 0)
			continue;
		strbuf_puts(html, "<p class=note>Node ");
		html_text(html, peer->name);
		strbuf_puts(html, " (");
		html_text(html, peer->address);
		strbuf_printf(html, ") is %s with priority %" PRIu32 "%s",
			      stats_pair_look(atomic_load(&peer->state)).word,
			      atomic_load(&peer->priority),
			      atomic_load(&peer->maintenance) != 0 ? ", in maintenance" : "");
		if (now_us > heard_us && now_us - heard_us >= PAGE_PEER_QUIET_US) {
			strbuf_printf(html, ", <b>not heard for <time data-s=%" PRIu64 ">",
				      heard_us / 1000000);
			html_duration(html, (now_us - heard_us) / 1000000);
			strbuf_puts(html, "</time></b>");
		}
		strbuf_puts(html, ".");
		if (atomic_load(&peer->agrees) == 0)
			strbuf_puts(html, " <b>Its keepalived.conf differs from ours in what both "
					  "must agree on.</b>");
		strbuf_puts(html, "</p>");
	}
}

/* Whose it is, why, and what the last takeover cost. */
static void pair_why(const struct page_instance *instance, struct strbuf *html)
{
	uint64_t outage_us = atomic_load(&instance->outage_us);

	if (instance->cause[0] != '\0') {
		strbuf_puts(html, "<p class=cause>");
		html_text(html, instance->cause);
		strbuf_puts(html, "</p>");
	}
	if (instance->priority_cause[0] != '\0') {
		strbuf_puts(html, "<p class=note>Priority: ");
		html_text(html, instance->priority_cause);
		strbuf_puts(html, "</p>");
	}
	if (outage_us != 0) {
		strbuf_printf(html,
			      "<p class=note>Before the last takeover no master was heard for "
			      "<b>%.2f\xe2\x80\xafs</b>.</p>",
			      (double)outage_us / 1e6);
	}
}

static void pair_facts(const struct page_instance *instance, struct strbuf *html)
{
	strbuf_puts(html, "<dl>");
	pair_fact(html, "Priority", atomic_load(&instance->priority));
	pair_fact(html, "Configured", atomic_load(&instance->configured_priority));
	pair_fact(html, "VRID", atomic_load(&instance->vrid));
	pair_fact(html, "Transitions", atomic_load(&instance->transitions));
	pair_fact(html, "Adverts out", atomic_load(&instance->adverts_sent));
	pair_fact(html, "Adverts in", atomic_load(&instance->adverts_received));
	pair_fact(html, "Lost", atomic_load(&instance->adverts_lost));
	strbuf_puts(html, "</dl>");
}

static void pair_card(const struct stats_view *view, unsigned index,
		      const struct page_instance *instance, struct strbuf *html)
{
	struct stats_pair_look look = stats_pair_look(atomic_load(&instance->state));

	strbuf_printf(html, "<article class=\"card pair t%u\"><div class=ptext><h3>",
		      (unsigned)look.tone);
	html_text(html, instance->name);
	strbuf_puts(html, "</h3><p class=state>");
	stats_page_badge(html, look.tone, look.word);
	strbuf_printf(html, "<span>%s</span></p>", look.meaning);
	pair_since(view, html, atomic_load(&instance->since_wall_us));
	pair_why(instance, html);
	strbuf_puts(html, "</div>");
	stats_page_pair_picture(view, instance, html);
	stats_page_pair_tracks(view, instance, html);
	stats_page_pair_turns(view, index, instance, html);
	pair_facts(instance, html);
	pair_nodes(view, instance, html);
	strbuf_puts(html, "</article>");
}

/* What nobody would think of before it happens. */
static void pair_witness(const struct stats_view *view, struct strbuf *html)
{
	static const char *const notes[] = {
		[PAGE_WITNESS_NONE] = ("No witness is configured: two nodes that cannot hear each "
				       "other would both hold the addresses."),
		[PAGE_WITNESS_REACHED] = "The witness is reached.",
		[PAGE_WITNESS_LOST] = "<b>The witness is not reached.</b>",
	};
	uint32_t witness = atomic_load(&view->page->witness);

	if (atomic_load(&view->page->maintenance) != 0)
		strbuf_puts(html, "<p class=note><b>This node is in maintenance: it does not "
				  "claim.</b></p>");
	if (witness < ARRAY_LEN(notes))
		strbuf_printf(html, "<p class=note>%s</p>", notes[witness]);
}

static void pair_event(const struct stats_view *view, const struct page_event *event,
		       struct strbuf *html)
{
	uint64_t now_us = view->process->wall_us;

	strbuf_puts(html, "<tr><td class=when><time>");
	html_time(html, event->wall_us);
	strbuf_printf(html, "</time></td><td class=ago><time data-s=%" PRIu64 ">",
		      event->wall_us / 1000000);
	html_duration(html, now_us > event->wall_us ? (now_us - event->wall_us) / 1000000 : 0);
	strbuf_puts(html, "</time> ago</td><td>");
	html_text(html, event->text);
	strbuf_puts(html, "</td></tr>");
}

/* The newest events, newest first. */
static void pair_events(const struct stats_view *view, struct strbuf *html)
{
	uint64_t number = atomic_load(&view->page->event_count);
	struct page_event event;

	if (number == 0)
		return;
	strbuf_puts(html, "<article class=\"card why\"><h3>Why</h3><table class=events><thead><tr>"
			  "<th scope=col>When</th><th scope=col>Ago</th>"
			  "<th scope=col>What happened, and its cause</th></tr></thead>"
			  "<tbody>");
	for (unsigned shown = 0; number != 0 && shown < EVENTS_SHOWN; number--, shown++)
		if (page_event_get(view->page, number, &event))
			pair_event(view, &event, html);
	strbuf_puts(html, "</tbody></table></article>");
}

/* A proxy that was started again is told of: nobody else would notice. */
static void pair_restarts(const struct stats_view *view, struct strbuf *html)
{
	uint32_t generation = 1 + atomic_load(&view->page->proxy.restarts);
	int status = atomic_load(&view->page->proxy.exit_status);

	if (generation < 2)
		return;
	strbuf_puts(html, "<p class=note>The proxy process was started again ");
	if (generation == 2)
		strbuf_puts(html, "once");
	else
		strbuf_printf(html, "%" PRIu32 " times", generation - 1);
	strbuf_puts(html, "; its predecessor ");
	if (WIFSIGNALED(status))
		strbuf_printf(html, "was ended by SIG%s.</p>",
			      sigabbrev_np(WTERMSIG(status)) == NULL ?
				      "?" :
				      sigabbrev_np(WTERMSIG(status)));
	else
		strbuf_printf(html, "ended with status %d.</p>", WEXITSTATUS(status));
}

void stats_page_pair(const struct stats_view *view, struct strbuf *html)
{
	struct page_instance instance;
	unsigned any = 0;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		any += atomic_load(&view->page->instance[i].used) != 0;
	if (!any && atomic_load(&view->page->event_count) == 0)
		return;
	strbuf_puts(html, "<section id=pair><div class=over><h2>Pair</h2>");
	if (any)
		stats_page_form_handover(view, html);
	strbuf_puts(html, "</div>");
	pair_restarts(view, html);
	if (any)
		pair_witness(view, html);
	strbuf_puts(html, any > 1 ? "<div class=\"pairs many\">" : "<div class=pairs>");
	if (any)
		strbuf_puts(html, "<div class=cards>");
	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (page_instance_get(view->page, i, &instance))
			pair_card(view, i, &instance, html);
	if (any)
		strbuf_puts(html, "</div>");
	pair_events(view, html);
	strbuf_puts(html, "</div></section>");
}
