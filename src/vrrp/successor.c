/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/successor.c - see successor.h. */
#include "vrrp/successor.h"

#include <string.h>

#include "base/arena.h"
#include "vrrp/advert.h"
#include "vrrp/instance.h"
#include "vrrp/lease.h"
#include "vrrp/process.h"
#include "vrrp/route_conf.h"
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

/* ---- what an instance that goes on has no more ---- */

static bool same_dev(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool has_address(const struct vrrp_address_conf *list, const struct vrrp_address_conf *one)
{
	for (; list != NULL; list = list->next)
		if (ip_equal(&list->ip, &one->ip) && list->prefix == one->prefix &&
		    same_dev(list->dev, one->dev) && list->use_vmac == one->use_vmac)
			return true;
	return false;
}

static bool has_route(const struct vrrp_route_conf *list, const struct vrrp_route_conf *one)
{
	for (; list != NULL; list = list->next)
		if (nl_route_is(&list->route, &one->route) && same_dev(list->dev, one->dev))
			return true;
	return false;
}

static bool has_rule(const struct vrrp_rule_conf *list, const struct vrrp_rule_conf *one)
{
	for (; list != NULL; list = list->next)
		if (nl_rule_is(&list->rule, &one->rule))
			return true;
	return false;
}

/* Prepends a copy of *item: the order does not matter for what goes. */
#define KEEP(arena, list, item)                                                                    \
	do {                                                                                       \
		__typeof__(list) copy_ = arena_zalloc(arena, sizeof(*copy_));                      \
		*copy_ = *(item);                                                                  \
		copy_->next = (list);                                                              \
		(list) = copy_;                                                                    \
	} while (0)

/* `old` with only what `new` does not have; all of it if the instance moved to another link. */
static struct vrrp_instance_conf successor_rest(struct arena *arena,
						const struct vrrp_instance_conf *old,
						const struct vrrp_instance_conf *new)
{
	struct vrrp_instance_conf rest = *old;
	bool moved = strcmp(old->interface, new->interface) != 0 || old->link != new->link ||
		     strcmp(old->link_name, new->link_name) != 0;

	rest.addresses = rest.excluded = NULL;
	rest.routes = NULL;
	rest.rules = NULL;
	for (const struct vrrp_address_conf *i = old->addresses; i != NULL; i = i->next)
		if (moved || !(has_address(new->addresses, i) || has_address(new->excluded, i)))
			KEEP(arena, rest.addresses, i);
	for (const struct vrrp_address_conf *i = old->excluded; i != NULL; i = i->next)
		if (moved || !(has_address(new->addresses, i) || has_address(new->excluded, i)))
			KEEP(arena, rest.excluded, i);
	for (const struct vrrp_route_conf *i = old->routes; i != NULL; i = i->next)
		if (moved || !has_route(new->routes, i))
			KEEP(arena, rest.routes, i);
	for (const struct vrrp_rule_conf *i = old->rules; i != NULL; i = i->next)
		if (!has_rule(new->rules, i))
			KEEP(arena, rest.rules, i);
	return rest;
}

static void successor_drop(struct vrrp_process *process, const struct vrrp_instance_conf *old)
{
	char failed[LEASE_WHAT];
	struct lease lease;

	if (lease_init(&lease, old) < 0)
		return; /* the addresses end with their lease */
	(void)!lease_drop(&lease, process->nl, &process->links, failed);
	lease_free(&lease);
}

static void successor_shrink(struct vrrp_process *process, const struct vrrp_instance_conf *old,
			     const struct vrrp_instance_conf *new)
{
	struct arena *arena = arena_new();
	struct vrrp_instance_conf rest = successor_rest(arena, old, new);

	successor_drop(process, &rest);
	arena_free(arena);
}

/* ---- an instance that is gone ---- */

/* As its own process would have stopped it: priority 0, and the addresses off. */
static void successor_end(struct vrrp_process *process, const struct vrrp_instance_conf *old,
			  struct page_instance *place)
{
	struct vrrp_instance gone;

	instance_init(&gone, process, old, place);
	instance_open(&gone);
	if (atomic_load(&place->state) == PAGE_VRRP_MASTER) {
		advert_send(&gone, 0, gone.machine.sequence + 1);
		successor_drop(process, old);
	}
	tell(&gone, LOG_LEVEL_NOTICE, "removed from the configuration");
	instance_close(&gone);
	atomic_store(&place->used, 0);
	atomic_store(&place->state, PAGE_VRRP_INIT);
	atomic_store(&place->ah_sequence, 0);
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
			successor_shrink(process, old, new);
	}
}
