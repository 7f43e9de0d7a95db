/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/status.c - see status.h. */
#include "daemon/status.h"

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
			    void (*each)(const struct page_instance *instance, unsigned number,
					 struct strbuf *text))
{
	struct page_instance instance;
	unsigned count = 0;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (page_instance_get(page, i, &instance))
			each(&instance, count++, text);
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

static void text_instance(const struct page_instance *instance, unsigned number,
			  struct strbuf *text)
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
		strbuf_printf(text, "\"priority\":%u,\"heard\":%.6f,\"maintenance\":%s,\"agrees\":%s}",
			      (unsigned)atomic_load(&peer->priority),
			      (double)atomic_load(&peer->heard_wall_us) / 1000000,
			      atomic_load(&peer->maintenance) != 0 ? "true" : "false",
			      atomic_load(&peer->agrees) != 0 ? "true" : "false");
		first = false;
	}
	strbuf_puts(text, "]");
}

static void json_instance(const struct page_instance *instance, unsigned number,
			  struct strbuf *text)
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
