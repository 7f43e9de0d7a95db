/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/status_keepalived.c - the page in the forms of Keepalived's dumps,
 * so that what reads them (exporters, scripts) finds what it looks for.
 */
#include <string.h>

#include "base/macros.h"
#include "daemon/status.h"

/* The order and the names are those of keepalived.stats and of the JSON. */
static const struct stats_row {
	const char *heading;	/* a line before it; or NULL */
	const char *label, *name;
	enum page_counter counter;
} stats_rows[] = {
	{ "  Packet Errors:", "Length", "packet_len_err", PAGE_BAD_LENGTH },
	{ NULL, "TTL", "ip_ttl_err", PAGE_BAD_TTL },
	{ NULL, "Invalid Type", "invalid_type_rcvd", PAGE_BAD_TYPE },
	{ NULL, "Advertisement Interval", "advert_interval_err", PAGE_BAD_INTERVAL },
	{ NULL, "Address List", "addr_list_err", PAGE_BAD_ADDRESSES },
	{ "  Authentication Errors:", "Invalid Type", "invalid_authtype", PAGE_AUTH_UNKNOWN },
	{ NULL, "Type Mismatch", "authtype_mismatch", PAGE_AUTH_OTHER },
	{ NULL, "Failure", "auth_failure", PAGE_AUTH_FAILED },
	{ "  Priority Zero:", "Received", "pri_zero_rcvd", PAGE_ZERO_RECEIVED },
	{ NULL, "Sent", "pri_zero_sent", PAGE_ZERO_SENT },
};

/* INIT, BACKUP, MASTER, FAULT as Keepalived counts them; a stopped one is as INIT. */
static unsigned keepalived_state(const struct page_instance *instance)
{
	switch (atomic_load(&instance->state)) {
	case PAGE_VRRP_BACKUP: return 1;
	case PAGE_VRRP_MASTER: return 2;
	case PAGE_VRRP_FAULT: return 3;
	default: return 0;
	}
}

static unsigned long counter(const struct page_instance *instance, enum page_counter which)
{
	return (unsigned long)atomic_load(&instance->counter[which]);
}

static void stats_instance(const struct page_instance *instance, struct strbuf *text)
{
	strbuf_printf(text, "VRRP Instance: %s\n  Advertisements:\n    Received: %lu\n"
		      "    Sent: %lu\n  Became master: %lu\n  Released master: %lu\n",
		      instance->name, (unsigned long)atomic_load(&instance->adverts_received),
		      (unsigned long)atomic_load(&instance->adverts_sent),
		      counter(instance, PAGE_BECAME_MASTER),
		      counter(instance, PAGE_RELEASED_MASTER));
	for (size_t i = 0; i < ARRAY_LEN(stats_rows); i++) {
		if (stats_rows[i].heading != NULL)
			strbuf_printf(text, "%s\n", stats_rows[i].heading);
		strbuf_printf(text, "    %s: %lu\n", stats_rows[i].label,
			      counter(instance, stats_rows[i].counter));
	}
}

void status_keepalived_stats(const struct page *page, struct strbuf *ret_text)
{
	struct page_instance instance;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (page_instance_get(page, i, &instance))
			stats_instance(&instance, ret_text);
}

/* Calls for each word of a list with spaces between. */
static void each_address(const char *list, struct strbuf *text,
			 void (*each)(const char *address, size_t len, bool first,
				      struct strbuf *text))
{
	for (bool first = true; *list != '\0'; first = false) {
		size_t len = strcspn(list, " ");

		each(list, len, first, text);
		list += len + (list[len] == ' ');
	}
}

static void data_address(const char *address, size_t len, bool first, struct strbuf *text)
{
	strbuf_printf(text, "     %.*s\n", (int)len, address);
}

static void data_instance(const struct page_instance *instance, struct strbuf *text)
{
	unsigned priority = (unsigned)atomic_load(&instance->priority);
	unsigned addresses = 0;

	for (const char *at = instance->addresses; *at != '\0';
	     at += strcspn(at, " "), at += *at == ' ')
		addresses++;
	strbuf_printf(text, " VRRP Instance = %s\n   VRRP Version = %u\n   State = %s\n",
		      instance->name, (unsigned)atomic_load(&instance->version),
		      page_vrrp_state_name(atomic_load(&instance->state)));
	strbuf_printf(text, "   Master router = %s\n   Master priority = %u\n",
		      instance->owner[0] != '\0' ? instance->owner : "0.0.0.0",
		      (unsigned)atomic_load(&instance->master_priority));
	strbuf_puts(text, "   Last transition = ");
	strbuf_printf(text, "%.6f (", (double)atomic_load(&instance->since_wall_us) / 1000000);
	status_time(text, atomic_load(&instance->since_wall_us));
	strbuf_printf(text, ")\n   Interface = %s\n   Virtual Router ID = %u\n   Priority = %u\n"
		      "   Effective priority = %u\n   Total priority = %u\n   Virtual IP (%u):\n",
		      instance->interface, (unsigned)atomic_load(&instance->vrid),
		      (unsigned)atomic_load(&instance->configured_priority), priority, priority,
		      addresses);
	each_address(instance->addresses, text, data_address);
}

void status_keepalived_data(const struct page *page, struct strbuf *ret_text)
{
	struct page_instance instance;

	strbuf_puts(ret_text, "------< VRRP Topology >------\n");
	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (page_instance_get(page, i, &instance))
			data_instance(&instance, ret_text);
}

static void json_address(const char *address, size_t len, bool first, struct strbuf *text)
{
	strbuf_printf(text, "%s\"%.*s\"", first ? "" : ",", (int)len, address);
}

static void json_instance(const struct page_instance *instance, struct strbuf *text)
{
	unsigned state = keepalived_state(instance);

	strbuf_puts(text, "{\"data\":{\"iname\":");
	strbuf_json(text, instance->name);
	strbuf_puts(text, ",\"ifp_ifname\":");
	strbuf_json(text, instance->interface);
	strbuf_printf(text,
		      ",\"master_priority\":%u,\"last_transition\":%.6f,\"vrid\":%u,"
		      "\"base_priority\":%u,\"effective_priority\":%u,\"vipset\":%s,\"state\":%u,"
		      "\"wantstate\":%u,\"version\":%u,\"vips\":[",
		      (unsigned)atomic_load(&instance->master_priority),
		      (double)atomic_load(&instance->since_wall_us) / 1000000,
		      (unsigned)atomic_load(&instance->vrid),
		      (unsigned)atomic_load(&instance->configured_priority),
		      (unsigned)atomic_load(&instance->priority), state == 2 ? "true" : "false",
		      state, state, (unsigned)atomic_load(&instance->version));
	each_address(instance->addresses, text, json_address);
	strbuf_printf(text,
		      "]},\"stats\":{\"advert_rcvd\":%lu,\"advert_sent\":%lu,"
		      "\"become_master\":%lu,\"release_master\":%lu",
		      (unsigned long)atomic_load(&instance->adverts_received),
		      (unsigned long)atomic_load(&instance->adverts_sent),
		      counter(instance, PAGE_BECAME_MASTER),
		      counter(instance, PAGE_RELEASED_MASTER));
	for (size_t i = 0; i < ARRAY_LEN(stats_rows); i++)
		strbuf_printf(text, ",\"%s\":%lu", stats_rows[i].name,
			      counter(instance, stats_rows[i].counter));
	strbuf_puts(text, "}}");
}

static void json_array(const struct page *page, struct strbuf *text)
{
	struct page_instance instance;
	bool first = true;

	strbuf_puts(text, "[");
	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		if (!page_instance_get(page, i, &instance))
			continue;
		strbuf_puts(text, first ? "" : ",");
		json_instance(&instance, text);
		first = false;
	}
	strbuf_puts(text, "]");
}

static bool json_is_told(const struct page *page, unsigned before, const char *name)
{
	struct page_track track;

	for (unsigned i = 0; i < before && page_track_get(page, i, &track); i++)
		if (track.kind == PAGE_TRACK_PROCESS && strcmp(track.name, name) == 0)
			return true;
	return false;
}

/* Each tracked process once, however many instances track it. */
static void json_processes(const struct page *page, struct strbuf *text)
{
	struct page_track track;
	bool first = true;

	for (unsigned i = 0; page_track_get(page, i, &track); i++) {
		if (track.kind != PAGE_TRACK_PROCESS || json_is_told(page, i, track.name))
			continue;
		strbuf_puts(text, first ? "{\"name\":" : ",{\"name\":");
		strbuf_json(text, track.name);
		strbuf_printf(text, ",\"running\":%d,\"up\":%s}", (int)atomic_load(&track.value),
			      atomic_load(&track.state) == PAGE_TRACK_UP ? "true" : "false");
		first = false;
	}
}

void status_keepalived_json(const struct page *page, unsigned version, struct strbuf *ret_text)
{
	if (version == 1) {
		json_array(page, ret_text);
		strbuf_puts(ret_text, "\n");
		return;
	}
	strbuf_puts(ret_text, "{\"vrrp\":");
	json_array(page, ret_text);
	strbuf_puts(ret_text, ",\"track_process\":[");
	json_processes(page, ret_text);
	strbuf_puts(ret_text, "]}\n");
}
