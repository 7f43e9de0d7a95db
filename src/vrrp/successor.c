/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/successor.c - see successor.h. */
#include "vrrp/successor.h"

#include <string.h>

#include "vrrp/advert.h"
#include "vrrp/instance.h"
#include "vrrp/lease.h"
#include "vrrp/process.h"
#include "vrrp/tell.h"

static const struct vrrp_instance_conf *successor_find(const struct vrrp_conf *conf,
						       const char *name)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

static struct page_instance *successor_place(const struct vrrp_process *process, const char *name)
{
	struct page *page = process->args->page;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (atomic_load(&page->instance[i].used) != 0 &&
		    strcmp(page->instance[i].name, name) == 0)
			return &page->instance[i];
	return NULL;
}

/* As its own process would have stopped it: priority 0, and the addresses off. */
static void successor_end(struct vrrp_process *process, const struct vrrp_instance_conf *old,
			  struct page_instance *place)
{
	const struct vrrp_address_conf *failed;
	struct vrrp_instance gone;

	instance_init(&gone, process, old, place);
	instance_open(&gone);
	if (atomic_load(&place->state) == PAGE_VRRP_MASTER) {
		advert_send(&gone, 0, gone.machine.sequence + 1);
		(void)!lease_drop(old, process->nl, &process->links, &failed);
	}
	tell(&gone, LOG_LEVEL_NOTICE, "removed from the configuration");
	instance_close(&gone);
	atomic_store(&place->used, 0);
	atomic_store(&place->state, PAGE_VRRP_INIT);
	atomic_store(&place->ah_sequence, 0);
}

static bool successor_has(const struct vrrp_instance_conf *conf,
			  const struct vrrp_address_conf *address, const char *dev)
{
	const struct vrrp_address_conf *lists[] = { conf->addresses, conf->excluded };

	for (unsigned i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct vrrp_address_conf *a = lists[i]; a != NULL; a = a->next)
			if (ip_equal(&a->ip, &address->ip) && a->prefix == address->prefix &&
			    strcmp(a->dev != NULL ? a->dev : conf->interface, dev) == 0)
				return true;
	return false;
}

/* Those of a MASTER that the new file does not have. */
static void successor_drop(struct vrrp_process *process, const struct vrrp_instance_conf *old,
			   const struct vrrp_instance_conf *new)
{
	const struct vrrp_address_conf *lists[] = { old->addresses, old->excluded };
	const struct vrrp_address_conf *failed;

	for (unsigned i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct vrrp_address_conf *a = lists[i]; a != NULL; a = a->next) {
			struct vrrp_address_conf one = *a;
			struct vrrp_instance_conf only = *old;

			if (successor_has(new, a, a->dev != NULL ? a->dev : old->interface))
				continue;
			one.next = NULL;
			only.addresses = &one;
			only.excluded = NULL;
			/* What cannot be removed ends with its lease. */
			(void)!lease_drop(&only, process->nl, &process->links, &failed);
		}
}

void successor_clean(struct vrrp_process *process)
{
	const struct vrrp_conf *before = process->args->before, *now = process->args->conf;

	for (const struct vrrp_instance_conf *old = before != NULL ? before->instances : NULL;
	     old != NULL; old = old->next) {
		const struct vrrp_instance_conf *new = successor_find(now, old->name);
		struct page_instance *place = successor_place(process, old->name);

		if (place == NULL)
			continue;
		if (new == NULL)
			successor_end(process, old, place);
		else if (atomic_load(&place->state) == PAGE_VRRP_MASTER)
			successor_drop(process, old, new);
	}
}
