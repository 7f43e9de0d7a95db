/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/conflict.c - see conflict.h. */
#include "vrrp/conflict.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vrrp/process.h"
#include "vrrp/rival.h"
#include "vrrp/tell.h"

enum {
	CONFLICT_BATCH = 64,	/* frames a turn */
	CONFLICT_PATIENCE = 3,	/* intervals after which a rival is no peer that just lost */
	CONFLICT_FAULT_US = 10 * 1000 * 1000, /* then the other is asked for again, as MASTER */
	CONFLICT_ASKED_US = 30 * 1000 * 1000, /* that somebody asks is not said more often */
};

static void conflict_ready(struct loop *loop, struct loop_file *file, unsigned ready);

static const struct nl_link *conflict_link(const struct vrrp_instance *instance)
{
	return links_by_name(&instance->process->links, instance->conf->address_interface);
}

/* The addresses that live on the instance's own interface, or a VMAC over it. */
static unsigned conflict_addresses(const struct vrrp_instance *instance,
				   struct ip ret[RIVAL_ADDRESSES])
{
	const struct vrrp_instance_conf *conf = instance->conf;
	unsigned count = 0;

	for (const struct vrrp_address_conf *address = conf->addresses;
	     address != NULL && count < RIVAL_ADDRESSES; address = address->next)
		if (address->ip.family == conf->family &&
		    (address->dev == NULL || strcmp(address->dev, conf->address_interface) == 0))
			ret[count++] = address->ip;
	return count;
}

void conflict_open(struct vrrp_instance *instance)
{
	const struct nl_link *link = conflict_link(instance);
	struct ip addresses[RIVAL_ADDRESSES];
	unsigned count = link != NULL ? conflict_addresses(instance, addresses) : 0;

	conflict_close(instance);
	if (count == 0 || !link->has_mac)
		return;
	int fd = rival_open(link->ifindex, addresses, count, true);
	if (fd < 0)
		return;
	if (loop_file_add(instance->process->loop, &instance->rival_file, fd, conflict_ready) < 0) {
		close(fd);
		instance->rival_file.fd = -1;
	}
}

void conflict_close(struct vrrp_instance *instance)
{
	if (instance->rival_file.fd >= 0)
		loop_file_close(instance->process->loop, &instance->rival_file);
	instance->rival_file.fd = -1;
	memset(instance->rivals, 0, sizeof(instance->rivals));
	instance->asker.when = (struct moment){ 0 };
}

/* Whether the rival let a probe pass: there is one an interval. */
static bool conflict_is_over(const struct vrrp_instance *instance,
			     const struct instance_rival *rival)
{
	struct moment now = loop_now(instance->process->loop);

	return moment_since(rival->seen, now) > instance->conf->advert_interval_us * 3 / 2;
}

/* The rival's place: its own, or that of the one not seen for the longest time. */
static struct instance_rival *conflict_rival(struct vrrp_instance *instance, const uint8_t mac[6])
{
	struct instance_rival *place = &instance->rivals[0];

	for (unsigned i = 0; i < INSTANCE_RIVALS; i++) {
		struct instance_rival *rival = &instance->rivals[i];

		if (rival->seen.us != 0 && memcmp(rival->mac, mac, sizeof(rival->mac)) == 0)
			return rival;
		if (moment_before(rival->seen, place->seen))
			place = rival;
	}
	memcpy(place->mac, mac, sizeof(place->mac));
	place->seen = (struct moment){ 0 };
	return place;
}

static bool conflict_announces(const struct vrrp_instance *instance)
{
	return instance->process->args->conf->peering.duplicate != VRRP_DUPLICATE_REPORT;
}

/* A peer that lost the election is gone after an advertisement or two; an alien is not. */
static void conflict_stays(struct vrrp_instance *instance, const struct instance_rival *rival,
			   const struct ip *ip)
{
	uint64_t patience = CONFLICT_PATIENCE * instance->conf->advert_interval_us;
	struct moment now = loop_now(instance->process->loop);
	const uint8_t *mac = rival->mac;
	char text[IP_TEXT];

	if (instance->process->args->conf->peering.duplicate != VRRP_DUPLICATE_FAULT ||
	    moment_since(rival->since, now) < patience ||
	    moment_since(instance->heard, now) < patience)
		return;
	snprintf(instance->duplicate, sizeof(instance->duplicate),
		 "%s is also at %02x:%02x:%02x:%02x:%02x:%02x, which is no peer",
		 ip_text(ip, text), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	instance->duplicate_until = moment_after(now, CONFLICT_FAULT_US);
	instance_reassess(instance, "duplicate address");
}

static void conflict_seen(struct vrrp_instance *instance, const uint8_t mac[6],
			  const struct ip *ip)
{
	struct instance_rival *rival = conflict_rival(instance, mac);
	bool is_news = rival->seen.us == 0 || conflict_is_over(instance, rival);
	char text[IP_TEXT];

	rival->seen = loop_now(instance->process->loop);
	if (!is_news) {
		conflict_stays(instance, rival, ip);
		return;
	}
	rival->since = rival->seen;
	/* The one that hands over to us has it a moment longer. */
	if (moment_before(rival->seen, instance->machine.taken_until))
		return;
	tell(instance, LOG_LEVEL_WARNING, "%s is also at %02x:%02x:%02x:%02x:%02x:%02x%s",
	     ip_text(ip, text), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
	     conflict_announces(instance) ? ": announced again" : "");
	if (conflict_announces(instance))
		instance_event(instance, MACHINE_RIVAL);
}

static void conflict_asked(struct vrrp_instance *instance, const uint8_t mac[6],
			   const struct ip *ip)
{
	struct instance_asker *asker = &instance->asker;

	if (asker->when.us != 0)
		return;
	memcpy(asker->mac, mac, sizeof(asker->mac));
	asker->ip = *ip;
	asker->when = loop_now(instance->process->loop);
}

/* Still MASTER half an interval after it was asked for: it was no peer that becomes it. */
static void conflict_tell_asker(struct vrrp_instance *instance)
{
	struct instance_asker *asker = &instance->asker;
	struct moment now = loop_now(instance->process->loop);
	uint64_t interval = instance->conf->advert_interval_us;
	uint64_t age = moment_since(asker->when, now);
	const uint8_t *mac = asker->mac;
	char text[IP_TEXT];

	if (asker->when.us == 0 || age < interval / 2)
		return;
	asker->when = (struct moment){ 0 };
	if (age > 3 * interval || (asker->told.us != 0 &&
				   moment_since(asker->told, now) < CONFLICT_ASKED_US))
		return;
	asker->told = now;
	tell(instance, LOG_LEVEL_WARNING,
	     "%02x:%02x:%02x:%02x:%02x:%02x asks whether %s is free (a probe): it is not", mac[0],
	     mac[1], mac[2], mac[3], mac[4], mac[5], ip_text(&asker->ip, text));
}

static void conflict_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct vrrp_instance *instance = container_of(file, struct vrrp_instance, rival_file);
	const struct nl_link *link = conflict_link(instance);
	struct ip ip;
	uint8_t mac[6];
	unsigned left = CONFLICT_BATCH;

	for (; left != 0; left--) {
		enum rival_sight sight = rival_read(file->fd, mac, &ip);

		if (sight == RIVAL_NOTHING)
			return;
		if (instance->machine.state != PAGE_VRRP_MASTER || link == NULL ||
		    memcmp(mac, link->mac, sizeof(mac)) == 0)
			continue;
		if (sight == RIVAL_HAS)
			conflict_seen(instance, mac, &ip);
		else
			conflict_asked(instance, mac, &ip);
	}
	loop_file_again(loop, file);
}

void conflict_probe(struct vrrp_instance *instance)
{
	const struct nl_link *link = conflict_link(instance);
	struct ip addresses[RIVAL_ADDRESSES];

	if (instance->rival_file.fd < 0 || link == NULL || !link->has_mac)
		return;
	conflict_tell_asker(instance);
	/* One address speaks for all: they move together. */
	if (conflict_addresses(instance, addresses) != 0)
		rival_probe(instance->rival_file.fd, link->ifindex, link->mac,
			    &instance->machine.source, &addresses[0]);
	for (unsigned i = 0; i < INSTANCE_RIVALS; i++) {
		struct instance_rival *rival = &instance->rivals[i];

		if (rival->seen.us == 0 || !conflict_is_over(instance, rival))
			continue;
		rival->seen = (struct moment){ 0 };
		instance->rival_gone = conflict_announces(instance);
	}
}
