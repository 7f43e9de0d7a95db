/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/status.c - see status.h. */
#include "daemon/status.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/macros.h"

void status_time(struct strbuf *text, uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	char date[32];

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	strbuf_printf(text, "%s.%03u  ", date, (unsigned)(wall_us / 1000 % 1000));
}

/* Calls `each` for every instance that is there; returns how many. */
static unsigned status_each(const struct page *page, struct strbuf *text,
			    void (*each)(const struct page *page,
					 const struct page_instance *instance, unsigned number,
					 struct strbuf *text))
{
	struct page_instance instance;
	unsigned count = 0;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (page_instance_get(page, i, &instance))
			each(page, &instance, count++, text);
	return count;
}

static double status_seconds_since(uint64_t wall_us)
{
	uint64_t now = wall_now_us();

	return now > wall_us ? (double)(now - wall_us) / 1000000 : 0;
}

/* ---- for people ---- */

static void text_priority(const struct page_instance *instance, struct strbuf *text)
{
	unsigned now = atomic_load(&instance->priority);
	unsigned configured = atomic_load(&instance->configured_priority);

	strbuf_printf(text, "priority %u", now);
	if (now != configured)
		strbuf_printf(text, " (%u in the file%s%s)", configured,
			      instance->priority_cause[0] != '\0' ? "; " : "",
			      instance->priority_cause);
}

static void text_peer(const struct page_peer *peer, struct strbuf *text)
{
	uint64_t heard = atomic_load(&peer->heard_wall_us);

	if (heard == 0)
		return;
	strbuf_printf(text, "  node %s (%s): %s, priority %u, heard %.1f s ago%s%s\n", peer->name,
		      peer->address, page_vrrp_state_name(atomic_load(&peer->state)),
		      (unsigned)atomic_load(&peer->priority), status_seconds_since(heard),
		      atomic_load(&peer->maintenance) != 0 ? ", in maintenance" : "",
		      atomic_load(&peer->agrees) != 0
			      ? "" : "; ITS FILE DIFFERS in what both must agree on");
}

static void text_owner(const struct page_instance *instance, struct strbuf *text)
{
	if (atomic_load(&instance->state) == PAGE_VRRP_MASTER)
		strbuf_puts(text, ", held here\n");
	else if (instance->owner[0] != '\0')
		strbuf_printf(text, ", held by %s, which has priority %u\n", instance->owner,
			      (unsigned)atomic_load(&instance->master_priority));
	else
		strbuf_puts(text, "\n");
}

static void text_track(const struct page_track *track, struct strbuf *text)
{
	int adds = atomic_load(&track->adds), value = atomic_load(&track->value);
	uint64_t since = atomic_load(&track->since_wall_us);

	strbuf_printf(text, "  tracks %s %s%s: %s, since ", page_track_kind_name(track->kind),
		      track->name, track->of_group != 0 ? " of its group" : "",
		      page_track_state_name(atomic_load(&track->state)));
	status_time(text, since);
	strbuf_printf(text, "(%.0f s)", status_seconds_since(since));
	if (track->kind == PAGE_TRACK_FILE)
		strbuf_printf(text, ", value %d", value);
	if (track->kind == PAGE_TRACK_PROCESS)
		strbuf_printf(text, ", %d running", value);
	if (track->weight != 0)
		strbuf_printf(text, ", weight %d%s", track->weight,
			      track->reverse != 0 ? " reverse" : "");
	if (adds != 0)
		strbuf_printf(text, ": %+d", adds);
	strbuf_puts(text, atomic_load(&track->fault) != 0 ? ": FAULT\n" : "\n");
}

static void text_tracks(const struct page *page, const char *instance, struct strbuf *text)
{
	struct page_track track;

	for (unsigned i = 0; page_track_get(page, i, &track); i++)
		if (strcmp(track.instance, instance) == 0)
			text_track(&track, text);
}

static void text_instance(const struct page *page, const struct page_instance *instance,
			  unsigned number, struct strbuf *text)
{
	uint64_t outage = atomic_load(&instance->outage_us);
	uint32_t state = atomic_load(&instance->state);

	strbuf_printf(text, "%s is %s, ", instance->name, page_vrrp_state_name(state));
	text_priority(instance, text);
	strbuf_puts(text, ", since ");
	status_time(text, atomic_load(&instance->since_wall_us));
	strbuf_printf(text, "(%.0f s)\n",
		      status_seconds_since(atomic_load(&instance->since_wall_us)));
	strbuf_printf(text, "  virtual router %u %s%s, version %u: %s",
		      (unsigned)atomic_load(&instance->vrid),
		      instance->interface[0] != '\0' ? "on " : "as routed", instance->interface,
		      (unsigned)atomic_load(&instance->version),
		      instance->addresses[0] != '\0' ? instance->addresses : "no address");
	text_owner(instance, text);
	if (instance->cause[0] != '\0')
		strbuf_printf(text, "  because: %s\n", instance->cause);
	if (state == PAGE_VRRP_MASTER && outage != 0)
		strbuf_printf(text, "  before it took over no master was heard for %.0f ms\n",
			      (double)outage / 1000);
	strbuf_printf(text, "  adverts: %lu sent, %lu received, %lu lost\n",
		      (unsigned long)atomic_load(&instance->adverts_sent),
		      (unsigned long)atomic_load(&instance->adverts_received),
		      (unsigned long)atomic_load(&instance->adverts_lost));
	for (unsigned i = 0; i < PAGE_PEERS; i++)
		text_peer(&instance->peer[i], text);
	text_tracks(page, instance->name, text);
}

void status_text(const struct page *page, struct strbuf *ret_text)
{
	if (status_each(page, ret_text, text_instance) == 0) {
		strbuf_puts(ret_text, "There is no vrrp_instance.\n");
		return;
	}
	if (atomic_load(&page->maintenance) != 0)
		strbuf_puts(ret_text, "This node is in maintenance: it does not claim.\n");
	if (atomic_load(&page->witness) == PAGE_WITNESS_NONE)
		strbuf_puts(ret_text, "There is no witness: two nodes that cannot hear each other "
				      "would both be master.\n");
	else if (atomic_load(&page->witness) == PAGE_WITNESS_LOST)
		strbuf_puts(ret_text, "THE WITNESS IS NOT REACHED.\n");
	if (atomic_load(&page->tracks_left_out) != 0)
		strbuf_printf(ret_text, "%u more lines of track_* are not shown.\n",
			      (unsigned)atomic_load(&page->tracks_left_out));
}

/* ---- JSON ---- */

static void json_text(struct strbuf *text, const char *name, const char *value)
{
	strbuf_printf(text, "\"%s\":", name);
	strbuf_json(text, value);
	strbuf_puts(text, ",");
}

static void json_peers(const struct page_instance *instance, struct strbuf *text)
{
	bool first = true;

	strbuf_puts(text, "\"nodes\":[");
	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct page_peer *peer = &instance->peer[i];

		if (atomic_load(&peer->heard_wall_us) == 0)
			continue;
		strbuf_puts(text, first ? "{" : ",{");
		json_text(text, "name", peer->name);
		json_text(text, "address", peer->address);
		json_text(text, "state", page_vrrp_state_name(atomic_load(&peer->state)));
		strbuf_printf(text,
			      "\"priority\":%u,\"heard\":%.6f,\"maintenance\":%s,\"agrees\":%s}",
			      (unsigned)atomic_load(&peer->priority),
			      (double)atomic_load(&peer->heard_wall_us) / 1000000,
			      atomic_load(&peer->maintenance) != 0 ? "true" : "false",
			      atomic_load(&peer->agrees) != 0 ? "true" : "false");
		first = false;
	}
	strbuf_puts(text, "]");
}

static void json_track(const struct page_track *track, struct strbuf *text)
{
	strbuf_puts(text, "{");
	json_text(text, "kind", page_track_kind_name(track->kind));
	json_text(text, "name", track->name);
	json_text(text, "state", page_track_state_name(atomic_load(&track->state)));
	strbuf_printf(text,
		      "\"since\":%.6f,\"weight\":%d,\"reverse\":%s,\"adds\":%d,\"value\":%d,"
		      "\"fault\":%s,\"of_group\":%s}",
		      (double)atomic_load(&track->since_wall_us) / 1000000, track->weight,
		      track->reverse != 0 ? "true" : "false", (int)atomic_load(&track->adds),
		      (int)atomic_load(&track->value),
		      atomic_load(&track->fault) != 0 ? "true" : "false",
		      track->of_group != 0 ? "true" : "false");
}

static void json_tracks(const struct page *page, const char *instance, struct strbuf *text)
{
	struct page_track track;
	bool first = true;

	strbuf_puts(text, ",\"tracks\":[");
	for (unsigned i = 0; page_track_get(page, i, &track); i++) {
		if (strcmp(track.instance, instance) != 0)
			continue;
		strbuf_puts(text, first ? "" : ",");
		json_track(&track, text);
		first = false;
	}
	strbuf_puts(text, "]");
}

static void json_instance(const struct page *page, const struct page_instance *instance,
			  unsigned number, struct strbuf *text)
{
	strbuf_puts(text, number == 0 ? "{" : ",{");
	json_text(text, "name", instance->name);
	json_text(text, "state", page_vrrp_state_name(atomic_load(&instance->state)));
	json_text(text, "cause", instance->cause);
	json_text(text, "interface", instance->interface);
	json_text(text, "addresses", instance->addresses);
	json_text(text, "master", instance->owner);
	json_text(text, "priority_cause", instance->priority_cause);
	strbuf_printf(text,
		      "\"since\":%.6f,\"vrid\":%u,\"version\":%u,\"priority\":%u,"
		      "\"configured_priority\":%u,\"transitions\":%lu,\"outage_ms\":%.3f,"
		      "\"adverts_sent\":%lu,\"adverts_received\":%lu,\"adverts_lost\":%lu,",
		      (double)atomic_load(&instance->since_wall_us) / 1000000,
		      (unsigned)atomic_load(&instance->vrid),
		      (unsigned)atomic_load(&instance->version),
		      (unsigned)atomic_load(&instance->priority),
		      (unsigned)atomic_load(&instance->configured_priority),
		      (unsigned long)atomic_load(&instance->transitions),
		      (double)atomic_load(&instance->outage_us) / 1000,
		      (unsigned long)atomic_load(&instance->adverts_sent),
		      (unsigned long)atomic_load(&instance->adverts_received),
		      (unsigned long)atomic_load(&instance->adverts_lost));
	json_peers(instance, text);
	json_tracks(page, instance->name, text);
	strbuf_puts(text, "}");
}

static void json_event(const struct page_event *event, bool first, struct strbuf *text)
{
	strbuf_printf(text, "%s{\"time\":%.6f,\"text\":", first ? "" : ",",
		      (double)event->wall_us / 1000000);
	strbuf_json(text, event->text);
	strbuf_puts(text, "}");
}

void status_json(const struct page *page, struct strbuf *ret_text)
{
	uint64_t last = atomic_load(&page->event_count);
	bool first = true;

	strbuf_printf(ret_text, "{\"maintenance\":%s,\"instances\":[",
		      atomic_load(&page->maintenance) != 0 ? "true" : "false");
	status_each(page, ret_text, json_instance);
	strbuf_puts(ret_text, "],\"events\":[");
	for (uint64_t n = last > PAGE_EVENTS ? last - PAGE_EVENTS + 1 : 1; n <= last; n++) {
		struct page_event event;

		if (!page_event_get(page, n, &event))
			continue;
		json_event(&event, first, ret_text);
		first = false;
	}
	strbuf_puts(ret_text, "]}\n");
}
