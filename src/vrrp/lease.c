/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/lease.c - see lease.h. */
#include "vrrp/lease.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nl/address.h"
#include "vrrp/kernel_items.h"

/* A change of everything of a lease. */
struct lease_run {
	struct lease *lease;
	struct nl_socket *nl;
	const struct links *links;
	bool take;			/* or drop */
	uint32_t valid_s;		/* of addresses; 0: ever */
	uint64_t age_s;
	int error;			/* the first */
	char *failed;			/* what that was: KERNEL_ITEM_TEXT */
};

static_assert((int)LEASE_WHAT == (int)KERNEL_ITEM_TEXT, "the same texts");

const struct nl_link *lease_link(const struct vrrp_instance_conf *conf,
				 const struct vrrp_address_conf *address, const struct links *links)
{
	return links_by_name(links, item_interface(address, conf->interface));
}

int lease_init(struct lease *lease, const struct vrrp_instance_conf *conf)
{
	size_t count = 1; /* calloc of nothing may be NULL */

	for (const struct vrrp_address_conf *a = conf->addresses; a != NULL; a = a->next)
		count++;
	for (const struct vrrp_address_conf *a = conf->excluded; a != NULL; a = a->next)
		count++;
	for (const struct vrrp_route_conf *r = conf->routes; r != NULL; r = r->next)
		count++;
	for (const struct vrrp_rule_conf *r = conf->rules; r != NULL; r = r->next)
		count++;
	*lease = (struct lease){ .conf = conf, .count = count };
	lease->given_up = calloc(count, sizeof(*lease->given_up));
	return lease->given_up == NULL ? -ENOMEM : 0;
}

void lease_free(struct lease *lease)
{
	free(lease->given_up);
	lease->given_up = NULL;
}

/* --- all of it, each list with the places of its items --- */

static unsigned lease_addresses(struct lease_run *run, const struct vrrp_address_conf *list,
				unsigned place)
{
	for (; list != NULL; list = list->next, place++) {
		struct nl_address address;
		int error;

		if (run->take && run->lease->given_up[place])
			continue;
		error = item_address(list, run->lease->conf->interface, run->links, run->valid_s,
				     run->age_s, &address);
		if (error == 0)
			error = run->take ? nl_address_set(run->nl, &address) :
					    nl_address_remove(run->nl, &address);
		if (error < 0 && run->error == 0) {
			run->error = error;
			item_address_text(list, run->failed);
		}
	}
	return place;
}

static unsigned lease_routes(struct lease_run *run, unsigned place)
{
	for (const struct vrrp_route_conf *route = run->lease->conf->routes; route != NULL;
	     route = route->next, place++) {
		int error;

		if (run->take && run->lease->given_up[place])
			continue;
		error = item_route(route, run->nl, run->links,
				   run->take ? nl_route_set : nl_route_remove);
		if (error < 0 && run->error == 0) {
			run->error = error;
			item_route_text(route, run->failed);
		}
		/* Put on again and again, it would never expire. */
		if (run->take && error == 0 && route->route.expires_s != 0)
			run->lease->given_up[place] = true;
	}
	return place;
}

static void lease_rules(struct lease_run *run, unsigned place)
{
	for (const struct vrrp_rule_conf *rule = run->lease->conf->rules; rule != NULL;
	     rule = rule->next, place++) {
		int error;

		if (run->take && run->lease->given_up[place])
			continue;
		error = run->take ? nl_rule_set(run->nl, &rule->rule) :
				    nl_rule_remove(run->nl, &rule->rule);
		if (error < 0 && run->error == 0) {
			run->error = error;
			item_rule_text(rule, run->failed);
		}
	}
}

static unsigned lease_count(const struct vrrp_address_conf *list)
{
	unsigned count = 0;

	for (; list != NULL; list = list->next)
		count++;
	return count;
}

static unsigned lease_first_route(const struct vrrp_instance_conf *conf)
{
	return lease_count(conf->addresses) + lease_count(conf->excluded);
}

static unsigned lease_first_rule(const struct vrrp_instance_conf *conf)
{
	unsigned place = lease_first_route(conf);

	for (const struct vrrp_route_conf *route = conf->routes; route != NULL; route = route->next)
		place++;
	return place;
}

static int lease_put(struct lease *lease, struct lease_run run, struct moment now)
{
	unsigned place = 0;

	if (lease->taken.us == 0) {
		lease->taken = now;
		memset(lease->given_up, 0, lease->count * sizeof(*lease->given_up));
	}
	run.age_s = moment_since(lease->taken, now) / 1000000;
	lease->lost = lease->lost_address = false;
	place = lease_addresses(&run, lease->conf->addresses, place);
	place = lease_addresses(&run, lease->conf->excluded, place);
	place = lease_routes(&run, place);
	lease_rules(&run, place);
	return run.error;
}

int lease_take(struct lease *lease, struct nl_socket *nl, const struct links *links,
	       struct moment now, char ret_failed[LEASE_WHAT])
{
	struct lease_run run = { lease, nl, links, .take = true, .valid_s = LEASE_VALID_S,
				 .failed = ret_failed };

	return lease_put(lease, run, now);
}

int lease_leave(struct lease *lease, struct nl_socket *nl, const struct links *links,
		struct moment now, char ret_failed[LEASE_WHAT])
{
	struct lease_run run = { lease, nl, links, .take = true, .failed = ret_failed };

	return lease_put(lease, run, now);
}

int lease_drop(struct lease *lease, struct nl_socket *nl, const struct links *links,
	       char ret_failed[LEASE_WHAT])
{
	struct lease_run run = { lease, nl, links, .take = false, .failed = ret_failed };
	const struct vrrp_instance_conf *conf = lease->conf;

	lease->taken = (struct moment){ 0 };
	lease->lost = lease->lost_address = false;
	lease_rules(&run, lease_first_rule(conf));
	lease_routes(&run, lease_first_route(conf));
	lease_addresses(&run, conf->excluded,
			lease_addresses(&run, conf->addresses, 0));
	return run.error == -ENODEV ? 0 : run.error; /* gone with its interface */
}

/* --- what is there --- */

static bool lease_any_on(const struct vrrp_instance_conf *conf,
			 const struct vrrp_address_conf *list, const struct links *links)
{
	for (; list != NULL; list = list->next) {
		const struct nl_link *link = lease_link(conf, list, links);

		for (unsigned i = 0; link != NULL && i < links->address_count; i++)
			if (links->addresses[i].ifindex == link->ifindex &&
			    ip_equal(&links->addresses[i].ip, &list->ip))
				return true;
	}
	return false;
}

bool lease_is_on(const struct lease *lease, const struct links *links)
{
	return lease_any_on(lease->conf, lease->conf->addresses, links) ||
	       lease_any_on(lease->conf, lease->conf->excluded, links);
}

static bool lease_list_has(const struct vrrp_address_conf *list, const struct ip *ip)
{
	for (; list != NULL; list = list->next)
		if (ip_equal(&list->ip, ip))
			return true;
	return false;
}

bool lease_has(const struct lease *lease, const struct ip *ip)
{
	return lease_list_has(lease->conf->addresses, ip) ||
	       lease_list_has(lease->conf->excluded, ip);
}

/* --- what others removed --- */

static bool lease_lost(struct lease *lease, unsigned place, bool no_track)
{
	if (no_track)
		lease->given_up[place] = true;
	lease->lost |= !no_track;
	return !no_track;
}

static bool lease_lose_address(struct lease *lease, const struct vrrp_address_conf *list,
			       unsigned place, const struct nl_event *event,
			       const struct links *links)
{
	for (; list != NULL; list = list->next, place++)
		if (item_address_gone(list, lease->conf->interface, event, links) &&
		    lease_lost(lease, place, list->no_track)) {
			item_address_text(list, lease->what);
			lease->lost_address = true;
			return true;
		}
	return false;
}

static bool lease_lose_route(struct lease *lease, const struct nl_event *event,
			     const struct links *links)
{
	unsigned place = lease_first_route(lease->conf);

	for (const struct vrrp_route_conf *route = lease->conf->routes; route != NULL;
	     route = route->next, place++)
		if (!lease->given_up[place] && item_route_gone(route, event, links) &&
		    lease_lost(lease, place, route->no_track)) {
			item_route_text(route, lease->what);
			return true;
		}
	return false;
}

static bool lease_lose_rule(struct lease *lease, const struct nl_event *event)
{
	unsigned place = lease_first_rule(lease->conf);

	for (const struct vrrp_rule_conf *rule = lease->conf->rules; rule != NULL;
	     rule = rule->next, place++)
		if (item_rule_gone(rule, event) && lease_lost(lease, place, rule->no_track)) {
			item_rule_text(rule, lease->what);
			return true;
		}
	return false;
}

bool lease_lose(struct lease *lease, const struct nl_event *event, const struct links *links)
{
	const struct vrrp_instance_conf *conf = lease->conf;

	if (lease->taken.us == 0)
		return false;
	switch (event->change) {
	case NL_ADDRESS_GONE:
		return lease_lose_address(lease, conf->addresses, 0, event, links) ||
		       lease_lose_address(lease, conf->excluded, lease_count(conf->addresses),
					  event, links);
	case NL_ROUTE_GONE: return lease_lose_route(lease, event, links);
	case NL_RULE_GONE: return lease_lose_rule(lease, event);
	default: return false;
	}
}
