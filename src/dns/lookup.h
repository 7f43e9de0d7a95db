/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/lookup.h - the address of a name, asked for by somebody who waits for it
 * (configuration manual 4.2 "do-resolve"). Who asks for a name that is being asked
 * for already waits along; an answer serves for `hold valid`. The resolver's thread.
 */
#pragma once

#include "base/list.h"
#include "net/address.h"

struct dns_name;
struct dns_resolver;

/* Names that a resolver keeps or asks for at one time; beyond that there is no answer. */
enum { DNS_LOOKUPS_MAX = 1024 };

/* Embedded in who waits. */
struct dns_lookup {
	struct list node;		/* of name->users */
	struct dns_name *name;		/* NULL: does not wait (any more) */
	struct net_endpoint where;	/* what came of it; family AF_UNSPEC: nothing. No port */
	/* Once, unless it is cancelled; it may not begin or cancel lookups. */
	void (*on_answer)(struct dns_lookup *lookup);
};

/*
 * prefer: AF_INET or AF_INET6, which is asked for first. True: on_answer will be
 * called; false: `where` is what there is to say at once.
 */
bool dns_lookup_begin(struct dns_lookup *lookup, struct dns_resolver *resolver, const char *text,
		      int prefer);
void dns_lookup_cancel(struct dns_lookup *lookup); /* no-op if it does not wait */

/* For the resolver: those that wait for the name never hear of it. */
void dns_lookups_leave(struct dns_name *name);
