/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_pair_turns.c - who was master when, as a line of time for this
 * node and one for the others, with what each takeover cost; and the same in
 * words. It is what this node knows: while it is in fault or stopped, of the
 * others what their hellos say.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/html.h"
#include "admin/page.h"

enum { WIDTH = 1000, LEAST = 4 };

/* The newest turns, oldest first, and the time from the first one to now. */
struct turns {
	struct page_turn turn[PAGE_TURNS];
	unsigned count;
	uint64_t from_us, to_us;
	const char *owner;	/* the other node that is master now, or "" */
};

/* Adverts are heard by a backup alone; by hellos any state knows of another master. */
static const char *owner_now(const struct stats_view *view, const struct page_instance *instance,
			     uint32_t state)
{
	uint64_t now_us = view->process->wall_us;

	if (state == PAGE_VRRP_BACKUP)
		return instance->owner;
	for (unsigned i = 0; state != PAGE_VRRP_MASTER && i < PAGE_PEERS; i++) {
		uint64_t heard_us = atomic_load(&instance->peer[i].heard_wall_us);

		if (heard_us != 0 && heard_us + PAGE_PEER_QUIET_US > now_us &&
		    atomic_load(&instance->peer[i].state) == PAGE_VRRP_MASTER)
			return instance->peer[i].address;
	}
	return "";
}

static bool turns_take(const struct stats_view *view, unsigned index,
		       const struct page_instance *instance, struct turns *ret)
{
	uint64_t count = atomic_load(&view->page->turns[index].count);
	uint64_t first = count > PAGE_TURNS ? count - PAGE_TURNS + 1 : 1;

	ret->count = 0;
	for (uint64_t number = first; number <= count; number++)
		ret->count += page_turn_get(view->page, index, number, &ret->turn[ret->count]);
	if (ret->count == 0)
		return false;
	ret->from_us = ret->turn[0].wall_us;
	ret->to_us = view->process->wall_us;
	ret->owner = owner_now(view, instance, ret->turn[ret->count - 1].state);
	/* The clock may have been set back. */
	return ret->to_us > ret->from_us;
}

static uint64_t turns_end(const struct turns *turns, unsigned at)
{
	return at + 1 < turns->count ? turns->turn[at + 1].wall_us : turns->to_us;
}

/* The other node that was master in this turn; "": none, or nobody knows. */
static const char *turns_other(const struct turns *turns, unsigned at)
{
	if (turns->turn[at].state == PAGE_VRRP_MASTER)
		return "";
	return at + 1 < turns->count ? turns->turn[at + 1].owner : turns->owner;
}

/* By its hellos its address has a name. */
static const char *other_name(const struct page_instance *instance, const char *address)
{
	for (unsigned i = 0; i < PAGE_PEERS; i++)
		if (atomic_load(&instance->peer[i].heard_wall_us) != 0 &&
		    strcmp(instance->peer[i].address, address) == 0)
			return instance->peer[i].name;
	return address;
}

/* ---- the picture ---- */

static unsigned turns_x(const struct turns *turns, uint64_t wall_us)
{
	if (wall_us <= turns->from_us)
		return 0;
	if (wall_us >= turns->to_us)
		return WIDTH;
	return (unsigned)((double)(wall_us - turns->from_us) * WIDTH /
			  (double)(turns->to_us - turns->from_us));
}

static void lane_piece(const struct turns *turns, uint64_t from_us, uint64_t to_us, unsigned least,
		       const char *class, struct strbuf *html)
{
	bool low = strcmp(class, "fault") == 0; /* for those who do not see the colour */
	unsigned x = turns_x(turns, from_us), end = turns_x(turns, to_us);

	if (end < x + least) {
		end = x + least < WIDTH ? x + least : WIDTH;
		x = end - least;
	}
	strbuf_printf(html, "<rect class=%s x=%u y=%u width=%u height=%u />", class, x, low ? 4 : 0,
		      end - x, low ? 6 : 10);
}

/* It listened all the time, and heard nobody. */
static bool turn_hears_none(const struct turns *turns, unsigned at)
{
	return turns->turn[at].state == PAGE_VRRP_BACKUP && turns_other(turns, at)[0] == '\0';
}

/* The times without a master; however short, they are seen. */
static void lane_outages(const struct turns *turns, struct strbuf *html)
{
	for (unsigned i = 0; i < turns->count; i++) {
		const struct page_turn *turn = &turns->turn[i];

		if (turn_hears_none(turns, i))
			lane_piece(turns, turn->wall_us, turns_end(turns, i), LEAST, "gap", html);
		if (turn->outage_us != 0 && turn->outage_us <= turn->wall_us)
			lane_piece(turns, turn->wall_us - turn->outage_us, turn->wall_us, LEAST,
				   "gap", html);
	}
}

static void lane_open(const char *name, struct strbuf *html)
{
	strbuf_puts(html, "<span>");
	html_text(html, name);
	strbuf_printf(html,
		      "</span><svg viewBox=\"0 0 %d 10\" preserveAspectRatio=none "
		      "aria-hidden=true>",
		      WIDTH);
}

static void lane_this(const struct stats_view *view, const struct turns *turns,
		      struct strbuf *html)
{
	lane_open(view->node != NULL ? view->node : "this node", html);
	for (unsigned i = 0; i < turns->count; i++) {
		uint32_t state = turns->turn[i].state;

		if (state == PAGE_VRRP_MASTER || state == PAGE_VRRP_FAULT)
			lane_piece(turns, turns->turn[i].wall_us, turns_end(turns, i), 1,
				   state == PAGE_VRRP_MASTER ? "on" : "fault", html);
	}
	lane_outages(turns, html);
	strbuf_puts(html, "</svg>");
}

static const char *lane_others_name(const struct page_instance *instance)
{
	const char *name = NULL;

	for (unsigned i = 0; i < PAGE_PEERS; i++)
		if (atomic_load(&instance->peer[i].heard_wall_us) != 0) {
			if (name != NULL)
				return "other nodes";
			name = instance->peer[i].name;
		}
	return name != NULL ? name : "other node";
}

static void lane_others(const struct page_instance *instance, const struct turns *turns,
			struct strbuf *html)
{
	lane_open(lane_others_name(instance), html);
	for (unsigned i = 0; i < turns->count; i++)
		if (turns_other(turns, i)[0] != '\0')
			lane_piece(turns, turns->turn[i].wall_us, turns_end(turns, i), 1, "on",
				   html);
	lane_outages(turns, html);
	strbuf_puts(html, "</svg>");
}

static void turns_scale(const struct turns *turns, struct strbuf *html)
{
	strbuf_puts(html, "<p class=ends><time>");
	html_time(html, turns->from_us);
	strbuf_puts(html,
		    "</time><span class=mark><i class=on></i>master <i class=fault></i>in fault "
			  "<i class=gap></i>no master</span><span>now</span></p>");
}

/* ---- the words ---- */

static void turn_seconds(uint64_t us, struct strbuf *html)
{
	if (us < 1000000)
		strbuf_printf(html, "%u\xe2\x80\xafms", (unsigned)(us / 1000));
	else if (us < 60000000)
		strbuf_printf(html, "%.2f\xe2\x80\xafs", (double)us / 1e6);
	else
		html_duration(html, us / 1000000);
}

static void turn_master(const struct stats_view *view, const struct page_instance *instance,
			const struct turns *turns, unsigned at, struct strbuf *html)
{
	const char *other = turns_other(turns, at);

	if (turns->turn[at].state == PAGE_VRRP_MASTER)
		html_text(html, view->node != NULL ? view->node : "this node");
	else if (other[0] != '\0')
		html_text(html, other_name(instance, other));
	else
		strbuf_puts(html, turn_hears_none(turns, at) ? "none heard" : "not known");
}

/*
 * Before it took over: as measured from the last advert; or
 * since it listened, when there was none.
 */
static uint64_t turn_outage(const struct turns *turns, unsigned at)
{
	const struct page_turn *turn = &turns->turn[at];

	if (turn->state != PAGE_VRRP_MASTER || turn->outage_us != 0 || at == 0 ||
	    !turn_hears_none(turns, at - 1) || turn->wall_us < turn[-1].wall_us)
		return turn->outage_us;
	return turn->wall_us - turn[-1].wall_us;
}

static void turn_row(const struct stats_view *view, const struct page_instance *instance,
		     const struct turns *turns, unsigned at, struct strbuf *html)
{
	const struct page_turn *turn = &turns->turn[at];
	struct stats_pair_look look = stats_pair_look(turn->state);
	uint64_t end_us = turns_end(turns, at), outage_us = turn_outage(turns, at);

	strbuf_puts(html, "<tr><th scope=row class=when><time>");
	html_time(html, turn->wall_us);
	strbuf_puts(html, "</time></th><td>");
	stats_page_badge(html, look.tone, look.word);
	strbuf_puts(html, "</td><td>");
	turn_master(view, instance, turns, at, html);
	strbuf_puts(html, "</td><td>");
	turn_seconds(end_us > turn->wall_us ? end_us - turn->wall_us : 0, html);
	strbuf_puts(html, "</td><td>");
	if (outage_us != 0)
		turn_seconds(outage_us, html);
	strbuf_puts(html, "</td><td>");
	html_text(html, turn->cause);
	strbuf_puts(html, "</td></tr>");
}

static void turns_words(const struct stats_view *view, const struct page_instance *instance,
			const struct turns *turns, struct strbuf *html)
{
	strbuf_puts(html, "<details class=words><summary>In words</summary><div class=wide>"
			  "<table class=\"events turns\"><thead><tr>"
			  "<th scope=col>Since</th><th scope=col>This node</th>"
			  "<th scope=col>Master</th><th scope=col>For</th>"
			  "<th scope=col>No master for</th><th scope=col>Cause</th></tr>"
			  "</thead><tbody>");
	for (unsigned i = turns->count; i-- != 0;)
		turn_row(view, instance, turns, i, html);
	strbuf_puts(html, "</tbody></table></div></details>");
}

void stats_page_pair_turns(const struct stats_view *view, unsigned index,
			   const struct page_instance *instance, struct strbuf *html)
{
	struct turns turns;

	if (!turns_take(view, index, instance, &turns))
		return;
	strbuf_puts(html, "<div class=time><h4>Who was master</h4><div class=lanes>");
	lane_this(view, &turns, html);
	lane_others(instance, &turns, html);
	strbuf_puts(html, "</div>");
	turns_scale(&turns, html);
	turns_words(view, instance, &turns, html);
	strbuf_puts(html, "</div>");
}
