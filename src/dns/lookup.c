/* SPDX-License-Identifier: Apache-2.0 */
/* dns/lookup.c - see lookup.h. */
#include "dns/lookup.h"

#include "dns/resolver.h"

/* It was answered, and not too long ago. */
static bool lookup_is_known(const struct dns_name *name)
{
	const struct dns_question *question = &name->question;
	uint64_t hold_us = (uint64_t)question->conf->hold_valid_ms * 1000;

	return question->round != 0 && !question->running && question->status == DNS_VALID &&
	       moment_since(question->last_valid, loop_now(name->resolver->loop)) < hold_us;
}

static struct net_endpoint lookup_where(const struct dns_name *name)
{
	if (name->question.status != DNS_VALID || name->memory.count == 0)
		return (struct net_endpoint){ 0 };
	return name->memory.records[0].where;
}

static void lookup_leave(struct dns_lookup *lookup)
{
	list_remove(&lookup->node);
	lookup->name = NULL;
}

void dns_lookups_leave(struct dns_name *name)
{
	list_for_each_safe(node, &name->users)
		lookup_leave(container_of(node, struct dns_lookup, node));
}

static void lookup_done(struct dns_name *name, struct dns_nameserver *from)
{
	struct net_endpoint where = lookup_where(name);

	list_for_each_safe(node, &name->users)
	{
		struct dns_lookup *lookup = container_of(node, struct dns_lookup, node);

		lookup_leave(lookup);
		lookup->where = where;
		lookup->on_answer(lookup);
	}
}

bool dns_lookup_begin(struct dns_lookup *lookup, struct dns_resolver *resolver, const char *text,
		      int prefer)
{
	struct dns_name *name = dns_resolver_name_once(resolver, text, prefer);

	lookup->name = NULL;
	lookup->where = (struct net_endpoint){ 0 };
	if (name == NULL)
		return false;
	if (lookup_is_known(name)) {
		lookup->where = lookup_where(name);
		return false;
	}
	name->on_done = lookup_done;
	lookup->name = name;
	list_append(&name->users, &lookup->node);
	dns_name_hasten(name);
	return true;
}

void dns_lookup_cancel(struct dns_lookup *lookup)
{
	if (lookup->name != NULL)
		lookup_leave(lookup);
}
