/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/announce.c - see announce.h. */
#include "vrrp/announce.h"

#include <stdlib.h>
#include <string.h>

#include "vrrp/garp.h"
#include "vrrp/instance.h"
#include "vrrp/lease.h"
#include "vrrp/process.h"
#include "vrrp/vmac.h"

/* When the next packet may be sent on an interface, or on those of a garp_group. */
struct announce_pace {
	const struct vrrp_garp_group_conf *group; /* or NULL, and: */
	unsigned ifindex;
	struct moment free[2];		/* ARP, neighbour advertisements */
};

/* --- pace --- */

static const struct vrrp_garp_group_conf *announce_group(const struct vrrp_conf *conf,
							 const char *name)
{
	for (const struct vrrp_garp_group_conf *g = conf->garp_groups; g != NULL; g = g->next)
		for (unsigned i = 0; i < g->interface_count; i++)
			if (strcmp(g->interfaces[i], name) == 0)
				return g;
	return NULL;
}

/* NULL: there is no memory for one. */
static struct announce_pace *announce_pace(struct announce_paces *paces,
					   const struct vrrp_garp_group_conf *group,
					   unsigned ifindex)
{
	struct announce_pace *grown;

	for (unsigned i = 0; i < paces->count; i++)
		if (paces->pace[i].group == group &&
		    (group != NULL || paces->pace[i].ifindex == ifindex))
			return &paces->pace[i];
	grown = realloc(paces->pace, (paces->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	paces->pace = grown;
	grown[paces->count] = (struct announce_pace){ .group = group, .ifindex = ifindex };
	return &grown[paces->count++];
}

static uint64_t announce_interval(const struct vrrp_garp_conf *garp,
				  const struct vrrp_garp_group_conf *group, bool six)
{
	uint64_t of_group = group == NULL ? 0 : six ? group->na_interval_us : group->interval_us;

	return of_group != 0 ? of_group : six ? garp->na_interval_us : garp->interval_us;
}

/* us 0: a packet may go now, and is counted as sent; else when to try again. */
static struct moment announce_wait(struct vrrp_instance *instance, const struct nl_link *link,
				   bool six)
{
	struct vrrp_process *process = instance->process;
	struct moment now = loop_now(process->loop);
	const struct vrrp_garp_group_conf *group;
	const struct nl_link *below = link;
	struct announce_pace *pace;
	uint64_t interval;

	/* A link over an interface sends by it. */
	for (const struct vrrp_vmac_conf *v = instance->conf->vmacs; v != NULL; v = v->next)
		if (strcmp(v->name, link->name) == 0)
			below = links_by_name(&process->links, v->base);
	if (below == NULL)
		return (struct moment){ 0 };
	group = announce_group(process->args->conf, below->name);
	interval = announce_interval(&instance->conf->garp, group, six);
	if (interval == 0)
		return (struct moment){ 0 };
	pace = announce_pace(&process->paces, group, below->ifindex);
	if (pace != NULL && moment_before(now, pace->free[six]))
		return pace->free[six];
	if (pace != NULL)
		pace->free[six] = moment_after(now, interval);
	return (struct moment){ 0 };
}

/* --- bursts --- */

/* The addresses in a circle: those that are told to the others, then the excluded ones. */
static const struct vrrp_address_conf *announce_after(const struct vrrp_instance_conf *conf,
						      const struct vrrp_address_conf *address)
{
	const struct vrrp_address_conf *last = conf->addresses;

	if (address->next != NULL)
		return address->next;
	while (last != NULL && last->next != NULL)
		last = last->next;
	return address == last && conf->excluded != NULL ? conf->excluded :
	       conf->addresses != NULL			 ? conf->addresses : conf->excluded;
}

/*
 * Whether garp_extra_if is about this link: not the one of
 * adverts, which switches learn by them.
 */
static bool announce_is_extra(const struct vrrp_instance *instance, const struct nl_link *link)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	const struct nl_link *own = vmac_transmits_by(conf, &instance->process->links);

	if (own != NULL && own->ifindex == link->ifindex)
		return false;
	for (const struct vrrp_vmac_conf *v = conf->vmacs; v != NULL; v = v->next)
		if (!v->ipvlan && strcmp(v->name, link->name) == 0)
			return true;
	return conf->garp.extra_if_all;
}

/* The next packet of a burst; us 0, or when to try again. A link that is down loses it. */
static struct moment announce_one(struct vrrp_instance *instance)
{
	struct vrrp_process *process = instance->process;
	struct announce *announce = &instance->announce;
	const struct vrrp_address_conf *address = announce->next;
	const struct nl_link *link = lease_link(instance->conf, address, &process->links);
	struct garp garp = { .ip = address->ip };

	if (link != NULL && link->has_mac &&
	    (!announce->extra || announce_is_extra(instance, link))) {
		struct moment wait = announce_wait(instance, link, address->ip.family == AF_INET6);

		if (wait.us != 0)
			return wait;
		memcpy(garp.mac, link->mac, sizeof(garp.mac));
		garp.router = link->forwards6;
		if (garp_send(process->garp_fd, link->ifindex, &garp) < 0)
			announce->failed++;
	}
	announce->next = announce_after(instance->conf, address);
	announce->left--;
	return (struct moment){ 0 };
}

static void announce_go_on(struct vrrp_instance *instance)
{
	struct announce *announce = &instance->announce;

	while (announce->left != 0) {
		struct moment wait = announce_one(instance);

		if (wait.us != 0) {
			process_arm(instance->process, &announce->timer, wait);
			return;
		}
	}
}

static void announce_due(struct loop *loop, struct loop_timer *timer)
{
	announce_go_on(container_of(timer, struct vrrp_instance, announce.timer));
}

static void announce_begin(struct vrrp_instance *instance, unsigned repeat, bool extra)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	struct announce *announce = &instance->announce;

	announce->extra = extra;
	announce->next = conf->addresses != NULL ? conf->addresses : conf->excluded;
	announce->left = repeat * conf->address_count;
	for (const struct vrrp_address_conf *a = conf->excluded; a != NULL; a = a->next)
		announce->left += repeat;
	announce_go_on(instance);
}

static void announce_extra_due(struct loop *loop, struct loop_timer *timer)
{
	struct vrrp_instance *instance = container_of(timer, struct vrrp_instance,
						      announce.extra_timer);

	if (instance->announce.left == 0) /* else a burst says it all */
		announce_begin(instance, 1, true);
	process_arm(instance->process, timer,
		    moment_after(loop_now(loop), instance->conf->garp.extra_if_us));
}

void announce_burst(struct vrrp_instance *instance, unsigned repeat)
{
	struct announce *announce = &instance->announce;

	announce_begin(instance, repeat, false);
	if (instance->conf->garp.extra_if_us == 0 || announce->extra_runs)
		return;
	announce->extra_runs = true;
	process_arm(instance->process, &announce->extra_timer,
		    moment_after(loop_now(instance->process->loop),
				 instance->conf->garp.extra_if_us));
}

/* --- life --- */

void announce_init(struct vrrp_instance *instance)
{
	instance->announce.timer.on_expire = announce_due;
	instance->announce.extra_timer.on_expire = announce_extra_due;
}

void announce_stop(struct vrrp_instance *instance)
{
	struct loop *loop = instance->process->loop;

	loop_timer_disarm(loop, &instance->announce.timer);
	loop_timer_disarm(loop, &instance->announce.extra_timer);
	instance->announce.left = 0;
	instance->announce.extra_runs = false;
}

void announce_close(struct vrrp_process *process)
{
	free(process->paces.pace);
}
