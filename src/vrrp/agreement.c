/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/agreement.c - see agreement.h. */
#include "vrrp/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "vrrp/conf.h"
#include "vrrp/route_conf.h"

enum { AGREEMENT_SEED = 1 };	/* another when a part is added: older nodes then differ openly */

/* --- lists, in an order of their own --- */

struct agreement_list {
	char **lines;
	size_t count;
};

static void agreement_add(struct agreement_list *list, struct strbuf *line)
{
	char **more = realloc(list->lines, (list->count + 1) * sizeof(*more));

	ASSERT(more != NULL && !line->failed && line->text != NULL);
	list->lines = more;
	list->lines[list->count++] = line->text; /* the list's from now on */
	*line = STRBUF_EMPTY;
}

static int agreement_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void agreement_finish(struct agreement_list *list, struct strbuf *text)
{
	if (list->count > 0)
		qsort(list->lines, list->count, sizeof(*list->lines), agreement_order);
	for (size_t i = 0; i < list->count; i++) {
		strbuf_printf(text, "%s%s", i == 0 ? "" : " ", list->lines[i]);
		free(list->lines[i]);
	}
	free(list->lines);
}

/* --- parts --- */

static void agreement_vrid(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	strbuf_printf(text, "%u", conf->vrid);
}

static void agreement_family(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	strbuf_puts(text, conf->family == AF_INET6 ? "IPv6" : "IPv4");
}

static void agreement_version(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	strbuf_printf(text, "%u", conf->version);
}

static void agreement_interval(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	strbuf_printf(text, "%.2f", (double)conf->advert_interval_us / 1e6);
}

static void agreement_down_timer(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	strbuf_printf(text, "%u", conf->down_timer_adverts);
}

static void agreement_authentication(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	const struct vrrp_hmac_conf *hmac = &conf->hmac;

	if (hmac->mode != VRRP_HMAC_OFF)
		strbuf_printf(text, "hmac");
	else if (conf->auth == VRRP_AUTH_NONE)
		strbuf_puts(text, "none");
	else
		strbuf_printf(text, "%s %016llx", conf->auth == VRRP_AUTH_AH ? "AH" : "PASS",
			      (unsigned long long)hash_xxh64(conf->auth_key,
							     sizeof(conf->auth_key),
							     AGREEMENT_SEED));
	for (unsigned i = 0; hmac->mode != VRRP_HMAC_OFF && i < hmac->key_count; i++)
		strbuf_printf(text, " %u:%016llx", hmac->key[i].id,
			      (unsigned long long)hash_xxh64(hmac->key[i].bytes, hmac->key[i].len,
							     AGREEMENT_SEED));
}

static void agreement_add_addresses(struct agreement_list *list,
				    const struct vrrp_address_conf *address, const char *mark)
{
	char ip[IP_TEXT];

	for (; address != NULL; address = address->next) {
		struct strbuf line = STRBUF_EMPTY;

		strbuf_printf(&line, "%s/%u%s", ip_text(&address->ip, ip), address->prefix, mark);
		agreement_add(list, &line);
	}
}

static void agreement_addresses(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	struct agreement_list list = { 0 };

	agreement_add_addresses(&list, conf->addresses, "");
	agreement_add_addresses(&list, conf->excluded, "(excluded)");
	agreement_finish(&list, text);
}

static void agreement_routes(const struct vrrp_instance_conf *conf, struct strbuf *text)
{
	struct agreement_list list = { 0 };
	char ip[IP_TEXT];

	for (const struct vrrp_route_conf *route = conf->routes; route != NULL;
	     route = route->next) {
		struct strbuf line = STRBUF_EMPTY;

		strbuf_printf(&line, "%s(table %u via %s", route->text,
			      (unsigned)route->route.table, ip_text(&route->route.hop.via, ip));
		for (unsigned i = 0; i < route->route.hop_count; i++)
			strbuf_printf(&line, " %s", ip_text(&route->route.hops[i].via, ip));
		strbuf_puts(&line, ")");
		agreement_add(&list, &line);
	}
	agreement_finish(&list, text);
}

static const struct {
	const char *name;
	void (*write)(const struct vrrp_instance_conf *conf, struct strbuf *text);
} agreement_parts[VRRP_AGREEMENTS] = {
	[VRRP_AGREE_VRID] = { "virtual_router_id", agreement_vrid },
	[VRRP_AGREE_FAMILY] = { "address family", agreement_family },
	[VRRP_AGREE_VERSION] = { "version", agreement_version },
	[VRRP_AGREE_INTERVAL] = { "advert_int", agreement_interval },
	[VRRP_AGREE_DOWN_TIMER] = { "down_timer_adverts", agreement_down_timer },
	[VRRP_AGREE_AUTHENTICATION] = { "authentication", agreement_authentication },
	[VRRP_AGREE_ADDRESSES] = { "virtual_ipaddress", agreement_addresses },
	[VRRP_AGREE_ROUTES] = { "virtual_routes", agreement_routes },
};

const char *vrrp_agreement_name(enum vrrp_agreement part)
{
	ASSERT((unsigned)part < VRRP_AGREEMENTS);
	return agreement_parts[part].name;
}

void vrrp_agreement_text(const struct vrrp_instance_conf *conf, enum vrrp_agreement part,
			 struct strbuf *text)
{
	ASSERT((unsigned)part < VRRP_AGREEMENTS);
	agreement_parts[part].write(conf, text);
}

uint64_t vrrp_conf_agreement(const struct vrrp_instance_conf *conf)
{
	struct strbuf text = STRBUF_EMPTY;
	uint64_t hash;

	for (unsigned part = 0; part < VRRP_AGREEMENTS; part++) {
		agreement_parts[part].write(conf, &text);
		strbuf_puts(&text, "\n");
	}
	ASSERT(!text.failed);
	hash = hash_xxh64(text.text, text.len, AGREEMENT_SEED);
	strbuf_free(&text);
	return hash;
}
