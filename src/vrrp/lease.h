/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lease.h - what an instance's master has in the kernel: addresses,
 * excluded ones, routes and rules, taken in this order and dropped in the
 * opposite one (rules, routes, addresses), as Keepalived does.
 *
 * Addresses are a lease: they have a valid lifetime of LEASE_VALID_S that the
 * vrrp process renews. When every process of relevo is gone, the kernel takes
 * them off by itself, 3 to 4 s after the last renewal. Routes by such an
 * address's network, or from it, go with it; the kernel keeps other routes,
 * and rules, until the next start with the same file takes them off. Each
 * renewal puts routes and rules on again, too: the kernel drops some without
 * telling when an interface goes down.
 */
#pragma once

#include "base/clock.h"
#include "base/macros.h"
#include "nl/monitor.h"
#include "nl/socket.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"

enum {
	LEASE_VALID_S = 3,
	LEASE_RENEW_US = 1000 * 1000,
	LEASE_SAFE_US = 2500 * 1000, /* renewed so recently, it is certainly still on */
	LEASE_WHAT = 96,
};

struct lease {
	const struct vrrp_instance_conf *conf;
	bool *given_up;			/* no_track ones that others removed,
					 * by place in the lists */
	size_t count;			/* of all lists */
	struct moment taken;		/* us 0: nothing is on */
	bool lost;			/* something was removed by others: take it again */
	bool lost_address;		/* and it was an address: tell the neighbours */
	char what[LEASE_WHAT];		/* that was lost last, for people */
};

/* 0 or -ENOMEM. `conf` is kept. */
int lease_init(struct lease *lease, const struct vrrp_instance_conf *conf) MUST_CHECK;
void lease_free(struct lease *lease);

/*
 * Puts everything on, or renews it; what is `no_track` and was removed by
 * others only if nothing was on before. Goes on after a failure, and returns
 * the first one's negative errno, with what it was in ret_failed; else 0.
 */
int lease_take(struct lease *lease, struct nl_socket *nl, const struct links *links,
	       struct moment now, char ret_failed[LEASE_WHAT]) MUST_CHECK;

/* Puts the addresses on for good: nobody will renew them. Returns as lease_take. */
int lease_leave(struct lease *lease, struct nl_socket *nl, const struct links *links,
		struct moment now, char ret_failed[LEASE_WHAT]) MUST_CHECK;

/* Takes everything off. Returns as lease_take. */
int lease_drop(struct lease *lease, struct nl_socket *nl, const struct links *links,
	       char ret_failed[LEASE_WHAT]) MUST_CHECK;

/* Whether an address of the configuration is on the machine now. */
bool lease_is_on(const struct lease *lease, const struct links *links);

/* Whether `ip` is among its addresses or excluded ones. */
bool lease_has(const struct lease *lease, const struct ip *ip);

/*
 * Something was removed from the kernel. True if it is ours, is on, and is to
 * be put back: then lease->lost and lease->what say so.
 */
bool lease_lose(struct lease *lease, const struct nl_event *event, const struct links *links);

/* The interface that an address belongs on; NULL if there is none of that name. */
const struct nl_link *lease_link(const struct vrrp_instance_conf *conf,
				 const struct vrrp_address_conf *address,
				 const struct links *links);
