/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/resolver.c - see resolver.h. Answers find their name by its number, so one
 * that comes when nobody wants the name any more meets nobody.
 */
#include "dns/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "dns/lookup.h"

static void resolver_count(struct dns_nameserver *nameserver, const struct dns_answer *answer)
{
	struct dns_counters *counters = &nameserver->counters;

	counters->alias += answer->alias;
	counters->alias_error += answer->alias_error;
	if (answer->invalid)
		counters->invalid++;
	else if (answer->truncated)
		counters->truncated++;
	else if (answer->empty)
		counters->empty++;
	else if (answer->status == DNS_VALID)
		counters->valid++;
	else if (answer->status == DNS_NX)
		counters->nx++;
	else if (answer->status == DNS_REFUSED)
		counters->refused++;
	else
		counters->other++;
}

static struct dns_name *resolver_find(struct dns_resolver *resolver, unsigned number)
{
	list_for_each(node, &resolver->names)
	{
		struct dns_name *name = container_of(node, struct dns_name, node);

		if (name->number == number)
			return name;
	}
	return NULL;
}

static void name_step(struct dns_name *name, enum dns_step step, struct dns_nameserver *from);

/* No answer: the question's own time will tell. */
static void name_answered(const struct dns_query *query, const uint8_t *bytes, size_t len)
{
	struct dns_resolver *resolver = query->context;
	struct dns_name *name = resolver_find(resolver, query->owner);
	struct dns_answer *answer = &resolver->answer;
	struct moment now = loop_now(resolver->loop);
	enum dns_step step;

	if (bytes == NULL)
		return;
	if (name == NULL || dns_question_is_late(&name->question, query->round)) {
		query->nameserver->counters.outdated++;
		return;
	}
	dns_answer_read(bytes, len, &query->asked, answer);
	resolver_count(query->nameserver, answer);
	if (answer->status == DNS_VALID &&
	    dns_memory_take(&name->memory, answer,
			    (uint64_t)resolver->conf->hold_obsolete_ms * 1000, now) < 0)
		return;
	step = dns_question_answer(&name->question, query->round, answer->status, now);
	name_step(name, step, query->nameserver);
}

static void name_ask(struct dns_name *name)
{
	struct dns_resolver *resolver = name->resolver;
	struct dns_query query = { .asked = name->question.asked,
				   .round = name->question.round,
				   .owner = name->number,
				   .context = resolver,
				   .on_answer = name_answered };

	for (unsigned i = 0; i < resolver->conf->nameserver_count; i++)
		if (dns_nameserver_ask(&resolver->nameservers[i], &query) < 0)
			resolver->nameservers[i].counters.send_error++;
}

/* loop_timer_arm fails only for want of memory; then the next answer or name moves it on. */
static void name_arm(struct dns_name *name)
{
	(void)!loop_timer_arm(name->resolver->loop, &name->timer, name->question.due);
}

/* How long an answer that was asked for once is kept; a failure is not. */
static void name_keep(struct dns_name *name)
{
	struct dns_question *question = &name->question;
	uint64_t ms = question->status == DNS_VALID ? name->resolver->conf->hold_valid_ms : 0;

	question->due = moment_after(loop_now(name->resolver->loop), ms * 1000);
}

static void name_step(struct dns_name *name, enum dns_step step, struct dns_nameserver *from)
{
	if (step == DNS_STEP_DONE && name->once)
		name_keep(name);
	name_arm(name);
	if (step == DNS_STEP_ASK)
		name_ask(name);
	else if (step == DNS_STEP_DONE)
		name->on_done(name, name->question.status == DNS_VALID ? from : NULL);
}

static void name_expire(struct loop *loop, struct loop_timer *timer)
{
	struct dns_name *name = container_of(timer, struct dns_name, timer);
	struct dns_question *question = &name->question;
	struct dns_resolver *resolver = name->resolver;

	if (name->once && !question->running && list_empty(&name->users)) {
		dns_name_forget(name);
		return;
	}
	/* Who has not answered is not told by the count; all are, when nobody has. */
	if (question->running && question->pending == resolver->conf->nameserver_count)
		for (unsigned i = 0; i < resolver->conf->nameserver_count; i++)
			resolver->nameservers[i].counters.timeout++;
	name_step(name, dns_question_expire(question, loop_now(loop)), NULL);
}

static bool name_is(const struct dns_name *name, const char text[DNS_NAME_BYTES], bool service,
		    int prefer)
{
	const struct dns_question *question = &name->question;

	return (question->first == DNS_SRV) == service && question->asked.prefer == prefer &&
	       strcmp(question->asked.name, text) == 0;
}

static struct dns_name *resolver_known(const struct dns_resolver *resolver,
				       const char text[DNS_NAME_BYTES], bool service, int prefer,
				       bool once)
{
	list_for_each(node, &resolver->names)
	{
		struct dns_name *name = container_of(node, struct dns_name, node);

		if (name->once == once && name_is(name, text, service, prefer))
			return name;
	}
	return NULL;
}

static struct dns_name *resolver_add(struct dns_resolver *resolver,
				     const char wanted[DNS_NAME_BYTES], bool service, int prefer)
{
	struct dns_name *name = calloc(1, sizeof(*name));

	if (name == NULL)
		return NULL;
	name->resolver = resolver;
	list_init(&name->users);
	name->number = ++resolver->last_number;
	name->timer.on_expire = name_expire;
	dns_question_init(&name->question, resolver->conf, wanted, service, prefer,
			  loop_now(resolver->loop));
	list_append(&resolver->names, &name->node);
	name_arm(name);
	return name;
}

struct dns_name *dns_resolver_name(struct dns_resolver *resolver, const char *text, bool service,
				   int prefer)
{
	char wanted[DNS_NAME_BYTES];
	struct dns_name *name;

	if (!dns_name_copy(text, wanted))
		return NULL;
	name = resolver_known(resolver, wanted, service, prefer, false);
	return name != NULL ? name : resolver_add(resolver, wanted, service, prefer);
}

/* Makes room for another: clients choose these names. False: all are being asked for. */
static bool resolver_may_ask_once(struct dns_resolver *resolver)
{
	if (resolver->once_count < DNS_LOOKUPS_MAX)
		return true;
	list_for_each(node, &resolver->names)
	{
		struct dns_name *name = container_of(node, struct dns_name, node);

		if (name->once && !name->question.running && list_empty(&name->users)) {
			dns_name_forget(name);
			return true;
		}
	}
	return false;
}

struct dns_name *dns_resolver_name_once(struct dns_resolver *resolver, const char *text, int prefer)
{
	char wanted[DNS_NAME_BYTES];
	struct dns_name *name;

	if (!dns_name_copy(text, wanted))
		return NULL;
	name = resolver_known(resolver, wanted, false, prefer, true);
	if (name != NULL || !resolver_may_ask_once(resolver))
		return name;
	name = resolver_add(resolver, wanted, false, prefer);
	if (name == NULL)
		return NULL;
	name->once = true;
	resolver->once_count++;
	return name;
}

void dns_name_forget(struct dns_name *name)
{
	loop_timer_disarm(name->resolver->loop, &name->timer);
	list_remove(&name->node);
	name->resolver->once_count -= name->once;
	dns_memory_clear(&name->memory);
	free(name);
}

void dns_name_hasten(struct dns_name *name)
{
	dns_question_hasten(&name->question, loop_now(name->resolver->loop));
	name_arm(name);
}

/* ---- the section ---- */

/* A late answer is still good while its name is being asked for. */
static uint32_t resolver_patience_ms(const struct dns_conf *conf)
{
	uint64_t tries = conf->retries > 1 ? (uint64_t)conf->retries : 1;
	uint64_t ms = (uint64_t)conf->timeout_retry_ms * tries;

	return ms > INT32_MAX ? INT32_MAX : (uint32_t)ms;
}

static int resolver_open_nameservers(struct dns_resolver *resolver)
{
	const struct dns_conf *conf = resolver->conf;
	const struct dns_nameserver_conf *one = conf->nameservers;

	for (unsigned i = 0; i < conf->nameserver_count; i++, one = one->next) {
		int error = dns_nameserver_open(&resolver->nameservers[i], resolver->loop, one,
						resolver_patience_ms(conf),
						(uint32_t)conf->payload);

		if (error < 0)
			return error;
	}
	return 0;
}

struct dns_resolver *dns_resolver_open(struct loop *loop, const struct dns_conf *conf)
{
	struct dns_resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver == NULL)
		return NULL;
	resolver->conf = conf;
	resolver->loop = loop;
	list_init(&resolver->names);
	resolver->nameservers = calloc(conf->nameserver_count + 1, sizeof(*resolver->nameservers));
	if (resolver->nameservers == NULL || resolver_open_nameservers(resolver) < 0) {
		dns_resolver_close(resolver);
		return NULL;
	}
	return resolver;
}

void dns_resolver_close(struct dns_resolver *resolver)
{
	if (resolver == NULL)
		return;
	list_for_each_safe(node, &resolver->names)
	{
		struct dns_name *name = container_of(node, struct dns_name, node);

		if (name->once)
			dns_lookups_leave(name);
		dns_name_forget(name);
	}
	for (unsigned i = 0; resolver->nameservers != NULL && i < resolver->conf->nameserver_count;
	     i++)
		dns_nameserver_close(&resolver->nameservers[i]);
	free(resolver->nameservers);
	free(resolver);
}
