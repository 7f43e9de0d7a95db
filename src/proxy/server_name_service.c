/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_name_service.c - servers that a SRV name fills (RFC 2782): each
 * takes one service, with its port, its weight, and the addresses of its target;
 * see server_name.h.
 */
#include <stdlib.h>
#include <string.h>

#include "proxy/server.h"
#include "proxy/server_name.h"
#include "proxy/worker.h"

static void service_release(struct server_name *one)
{
	if (one->fqdn[0] == '\0')
		return;
	server_name_leave_address(one);
	server_name_lose(one, "entry removed from SRV record");
	one->fqdn[0] = '\0';
	one->port = 0;
}

static void service_weigh(struct server_name *one, uint16_t weight)
{
	uint32_t wanted = dns_weight(weight);

	if (!one->server->conf->naming.ignores_weight && one->server->lb.uweight != wanted)
		(void)!server_set_weight(one->server, wanted); /* an algorithm may not allow it */
}

/* Where it is, if the answer brought that along; else its target is asked for. */
static void service_locate(struct server_name *one, const struct dns_record *record)
{
	if (record->where.family == AF_UNSPEC) {
		server_name_ask_address(one);
		return;
	}
	server_name_leave_address(one);
	server_name_move(one, &record->where, "DNS additional record");
}

static void service_take(struct server_name *one, const struct dns_record *record)
{
	bool is_new = one->fqdn[0] == '\0';

	one->port = record->where.port;
	if (is_new && record->where.family != AF_UNSPEC)
		service_locate(one, record);
	if (is_new)
		server_name_rename(one, record->target);
	service_locate(one, record);
	service_weigh(one, record->weight);
	if (record->where.family != AF_UNSPEC)
		server_name_found(one, false);
}

static void service_settle(struct server_name *one, const struct dns_place *place)
{
	const struct dns_record *record = place->record;

	if (record == NULL || place->port != record->where.port ||
	    strcmp(place->target, record->target) != 0)
		service_release(one);
	if (record != NULL)
		service_take(one, record);
}

static struct dns_place service_place(const struct server_name *one)
{
	struct dns_place place = { .port = one->port };

	memcpy(place.target, one->fqdn, sizeof(place.target));
	return place;
}

/* The next user of the same backend from `node` on, which may be it; NULL: none. */
static struct server_name *service_next(const struct dns_name *name, struct list *node,
					const struct backend *backend)
{
	for (; node != &name->users; node = node->next) {
		struct server_name *one = container_of(node, struct server_name, service_node);

		if (one->server->backend == backend)
			return one;
	}
	return NULL;
}

static void service_assign(struct dns_name *name, const struct backend *backend,
			   struct dns_place *places)
{
	struct list *first = name->users.next;
	unsigned count = 0;

	for (struct server_name *one = service_next(name, first, backend); one != NULL;
	     one = service_next(name, one->service_node.next, backend))
		places[count++] = service_place(one);
	dns_assign_services(places, count, name->memory.records, name->memory.count);
	count = 0;
	for (struct server_name *one = service_next(name, first, backend); one != NULL;
	     one = service_next(name, one->service_node.next, backend))
		service_settle(one, &places[count++]);
}

/* Every backend has all the services. */
static void service_answered(struct dns_name *name)
{
	unsigned count = 0;
	struct dns_place *places;

	list_for_each(node, &name->users)
		count++;
	places = calloc(count + 1, sizeof(*places));
	if (places == NULL)
		return; /* the next answer will do */
	list_for_each(node, &name->users)
	{
		const struct server_name *one = container_of(node, struct server_name, service_node);
		const struct backend *backend = one->server->backend;

		if (service_next(name, name->users.next, backend) == one)
			service_assign(name, backend, places);
	}
	free(places);
}

void server_name_service_done(struct dns_name *name, struct dns_nameserver *from)
{
	const struct dns_question *question = &name->question;

	if (question->status == DNS_VALID) {
		service_answered(name);
		return;
	}
	if (dns_question_held(question, loop_now(name->resolver->loop)))
		return;
	dns_memory_clear(&name->memory);
	list_for_each(node, &name->users)
		service_release(container_of(node, struct server_name, service_node));
}
