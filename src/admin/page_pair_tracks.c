/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_pair_tracks.c - what an instance tracks (interfaces, scripts,
 * processes, files, BFD), below its node in the picture: how it is, since when,
 * and what that does to the priority.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/html.h"
#include "admin/page.h"

static enum stats_tone track_tone(const struct page_track *track)
{
	if (atomic_load(&track->fault) != 0)
		return STATS_BAD;
	switch (atomic_load(&track->state)) {
	case PAGE_TRACK_UP:
		return STATS_GOOD;
	case PAGE_TRACK_DOWN:
		return track->weight == 0 ? STATS_BAD : STATS_UNCERTAIN;
	default:
		return STATS_PLAIN;
	}
}

static void track_kind(const struct page_track *track, struct strbuf *html)
{
	strbuf_printf(html, "<span>%s%s", page_track_kind_name(track->kind),
		      track->of_group != 0 ? " of the group" : "");
	if (track->kind == PAGE_TRACK_FILE)
		strbuf_printf(html, " says %" PRId32, atomic_load(&track->value));
	if (track->kind == PAGE_TRACK_PROCESS)
		strbuf_printf(html, ", %" PRId32 " running", atomic_load(&track->value));
	strbuf_puts(html, "</span>");
}

/* "fault if it fails", "weight -20, now -20". */
static void track_weight(const struct page_track *track, struct strbuf *html)
{
	int32_t adds = atomic_load(&track->adds);

	strbuf_puts(html, "<span>");
	if (atomic_load(&track->fault) != 0)
		strbuf_puts(html, "<b>in fault by it</b>");
	else if (track->weight == 0)
		strbuf_puts(html, "fault if it fails");
	else
		strbuf_printf(html, "weight %+" PRId32 "%s", track->weight,
			      track->reverse != 0 ? " reverse" : "");
	if (adds != 0)
		strbuf_printf(html, ", <b>%+" PRId32 " now</b>", adds);
	strbuf_puts(html, "</span>");
}

static void track_item(const struct stats_view *view, const struct page_track *track,
		       struct strbuf *html)
{
	uint64_t since_us = atomic_load(&track->since_wall_us), now_us = view->process->wall_us;

	strbuf_puts(html, "<li><div><b>");
	html_text(html, track->name);
	strbuf_puts(html, "</b> ");
	stats_page_badge(html, track_tone(track),
			 page_track_state_name(atomic_load(&track->state)));
	strbuf_puts(html, "</div><div class=muted>");
	track_kind(track, html);
	strbuf_printf(html, "<span>for <time data-s=%" PRIu64 ">", since_us / 1000000);
	html_duration(html, now_us > since_us ? (now_us - since_us) / 1000000 : 0);
	strbuf_puts(html, "</time></span>");
	track_weight(track, html);
	strbuf_puts(html, "</div></li>");
}

void stats_page_pair_tracks(const struct stats_view *view, const struct page_instance *instance,
			    struct strbuf *html)
{
	struct page_track track;
	bool any = false;

	for (unsigned i = 0; page_track_get(view->page, i, &track); i++) {
		if (strcmp(track.instance, instance->name) != 0)
			continue;
		if (!any)
			strbuf_puts(html, "<div class=tracked><h4>This node watches</h4><ul>");
		any = true;
		track_item(view, &track, html);
	}
	strbuf_puts(html, any ? "</ul></div>" : "");
}
