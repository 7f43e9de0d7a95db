/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/resolver.h - a `resolvers` section at work: its nameservers, and the names
 * that are asked for through it, each once however many want it: again and again
 * for servers, or when somebody waits for an answer (lookup.h). One thread: that of
 * its loop.
 */
#pragma once

#include "base/list.h"
#include "dns/memory.h"
#include "dns/nameserver.h"
#include "dns/question.h"

struct dns_resolver {
	const struct dns_conf *conf;
	struct loop *loop;
	struct dns_nameserver *nameservers; /* [conf->nameserver_count] */
	struct list names;		/* of struct dns_name */
	unsigned last_number;
	unsigned once_count;		/* names that are asked for once */
	struct dns_answer answer;	/* the one that is read now */
};

/* A name that is asked for again and again; or `once`, for those who look it up. */
struct dns_name {
	struct list node;
	struct dns_resolver *resolver;
	struct dns_question question;
	struct dns_memory memory;	/* what is known of it */
	struct loop_timer timer;
	unsigned number;		/* its queries carry it */
	bool once;			/* its answer serves for `hold
					 * valid`, then it is forgotten */
	struct list users;		/* the caller's; he forgets the name when it is empty */
	/*
	 * A resolution has ended as question.status says. `from`: who gave the valid answer,
	 * else NULL.
	 */
	void (*on_done)(struct dns_name *name, struct dns_nameserver *from);
};

/* Before privileges go. `conf` is kept. NULL without memory. */
struct dns_resolver *dns_resolver_open(struct loop *loop, const struct dns_conf *conf);
void dns_resolver_close(struct dns_resolver *resolver); /* with all its names */

/*
 * The name as it is asked for already, or anew: then `users` is empty, and on_done is to
 * be set by the caller. `text` is valid. NULL without memory.
 */
struct dns_name *dns_resolver_name(struct dns_resolver *resolver, const char *text, bool service,
				   int prefer);
/* The same for one that is asked for once: nobody need forget it. */
struct dns_name *dns_resolver_name_once(struct dns_resolver *resolver, const char *text,
					int prefer);
/* No more is asked for it; not from within its on_done. */
void dns_name_forget(struct dns_name *name);

/* Asked again now, if it is not being asked. */
void dns_name_hasten(struct dns_name *name);
