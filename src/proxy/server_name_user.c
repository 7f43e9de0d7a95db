/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_name_user.c - servers and the addresses of their names; see
 * server_name.h. The log says it in HAProxy's words.
 */
#include <stdlib.h>
#include <string.h>

#include "diag/log.h"
#include "proxy/server_name.h"
#include "proxy/worker.h"

const char *server_name_failure(enum dns_status status)
{
	switch (status) {
	case DNS_NX:
		return "DNS NX status";
	case DNS_REFUSED:
		return "DNS refused status";
	case DNS_TIMEOUT:
		return "DNS timeout status";
	default:
		return "unspecified DNS error";
	}
}

static struct net_endpoint name_where(const struct server_name *one)
{
	struct net_endpoint where = { 0 };
	const struct net_address *address = server_address_of(one->server);

	if (address->len != 0)
		net_endpoint_from_sockaddr(&where, (const struct sockaddr *)&address->storage);
	return where;
}

static void name_log(const struct server_name *one, const char *what, const char *from,
		     const char *to, const char *by)
{
	const struct section *section = one->server->backend->section;

	log_printf(server_name_worker(one)->log, &section->log, LOG_LEVEL_NOTICE,
		   "%s/%s changed its %s from %s to %s by %s", section->name,
		   one->server->conf->name, what, from, to, by);
}

bool server_name_move(struct server_name *one, const struct net_endpoint *where, const char *by)
{
	struct net_endpoint before = name_where(one);
	struct net_address address = { .fd = -1 };
	char from[NET_TEXT], to[NET_TEXT], text[DNS_NAME_BYTES];
	bool same = before.family == where->family && net_endpoint_same_ip(&before, where);

	if (same && before.port == one->port)
		return false;
	address.len = net_endpoint_to_sockaddr(where, &address.storage);
	net_address_set_port(&address, one->port);
	if (server_set_address(one->server, &address) < 0 || same)
		return false;
	snprintf(text, sizeof(text), "%s.", by);
	name_log(one, "IP", before.family == AF_UNSPEC ? "(none)" : net_endpoint_text(&before, from),
		 net_endpoint_text(where, to), text);
	return true;
}

void server_name_found(struct server_name *one, bool told)
{
	const struct server *server = one->server;
	const struct section *section = server->backend->section;
	char who[DNS_NAME_BYTES + 8];

	if ((server->admin & SERVER_ADMIN_RESOLUTION_MAINT) == 0)
		return;
	snprintf(who, sizeof(who), " ('%s')", one->fqdn);
	server_admin_change(server_name_worker(one), one->server, 0, SERVER_ADMIN_RESOLUTION_MAINT,
			    who);
	if (told)
		log_printf(server_name_worker(one)->log, &section->log, LOG_LEVEL_NOTICE,
			   "Server %s/%s administratively READY thanks to valid DNS answer.",
			   section->name, server->conf->name);
}

void server_name_lose(struct server_name *one, const char *why)
{
	const struct net_address none = { .fd = -1 };
	char who[64];

	if (server_address_of(one->server)->len == 0 &&
	    (one->server->admin & SERVER_ADMIN_RESOLUTION_MAINT) != 0)
		return;
	snprintf(who, sizeof(who), " (%s)", why);
	server_admin_change(server_name_worker(one), one->server, SERVER_ADMIN_RESOLUTION_MAINT, 0,
			    who);
	/* Without memory it keeps an address that nobody is sent to. */
	(void)!server_set_address(one->server, &none);
}

static void name_become(struct server_name *one, const char *fqdn)
{
	snprintf(one->fqdn, sizeof(one->fqdn), "%s", fqdn);
	/* As HAProxy: a server that had an address has its configured name again in the next process. */
	if ((one->server->admin & SERVER_ADMIN_RESOLUTION_MAINT) != 0)
		server_admin_change(server_name_worker(one), one->server, SERVER_ADMIN_NAME_CHANGED,
				    0, "");
}

void server_name_rename(struct server_name *one, const char *fqdn)
{
	name_log(one, "FQDN", one->fqdn[0] == '\0' ? "(null)" : one->fqdn, fqdn, "'SRV record'");
	name_become(one, fqdn);
}

void server_name_set(struct server_name *one, const char *fqdn)
{
	char name[DNS_NAME_BYTES];

	if (!dns_name_copy(fqdn, name))
		return;
	server_name_leave_address(one);
	name_become(one, name);
	server_name_ask_address(one);
}

/* ---- an answer ---- */

/* Servers among which no address is given twice: of one backend, and of one port of services. */
static int user_compare_groups(const struct server_name *a, const struct server_name *b)
{
	if (a->server->backend != b->server->backend)
		return a->server->backend < b->server->backend ? -1 : 1;
	if (a->service == NULL || b->service == NULL)
		return (a->service != NULL) - (b->service != NULL);
	return (int)a->port - (int)b->port;
}

static int user_compare(const void *left, const void *right)
{
	const struct server_name *a = *(struct server_name *const *)left;
	const struct server_name *b = *(struct server_name *const *)right;
	int order = user_compare_groups(a, b);

	return order != 0 ? order : (a > b) - (a < b); /* that of the files */
}

static struct dns_taker user_taker(const struct server_name *one)
{
	const struct server_naming *naming = &one->server->conf->naming;

	return (struct dns_taker){
		.where = name_where(one),
		.prefer = naming->prefer,
		.nets = naming->nets,
		.net_count = naming->net_count,
		.shares = naming->shares_address,
	};
}

static void user_take(struct server_name *one, const struct net_endpoint *where, const char *by)
{
	if (where->family == AF_UNSPEC) {
		server_name_lose(one, "No IP for server ");
		return;
	}
	server_name_move(one, where, by);
	server_name_found(one, true);
}

static unsigned user_group(struct server_name **users, unsigned count)
{
	unsigned len = 1;

	while (len < count && user_compare_groups(users[0], users[len]) == 0)
		len++;
	return len;
}

static void user_assign(const struct dns_name *name, struct server_name **users,
			struct dns_taker *takers, unsigned count, struct dns_nameserver *from)
{
	char by[DNS_NAME_BYTES];

	for (unsigned i = 0; i < count; i++)
		takers[i] = user_taker(users[i]);
	dns_assign(takers, count, name->memory.records, name->memory.count);
	for (unsigned i = 0; i < count; i++) {
		struct net_endpoint before = name_where(users[i]);
		bool first = &users[i]->address_node == name->users.next && from != NULL;

		snprintf(by, sizeof(by), "%.100s/%.100s", name->resolver->conf->name,
			 from != NULL ? from->conf->name : "");
		if (first && takers[i].where.family != AF_UNSPEC &&
		    !(before.family == takers[i].where.family &&
		      net_endpoint_same_ip(&before, &takers[i].where)))
			from->counters.update++;
		user_take(users[i], &takers[i].where, first ? by : "DNS cache");
	}
}

static void user_all_assign(const struct dns_name *name, struct server_name **users,
			    struct dns_taker *takers, unsigned count, struct dns_nameserver *from)
{
	for (unsigned i = 0, len; i < count; i += len) {
		len = user_group(users + i, count - i);
		user_assign(name, users + i, takers + i, len, from);
	}
}

static unsigned user_count(const struct dns_name *name)
{
	unsigned count = 0;

	list_for_each(node, &name->users)
		count++;
	return count;
}

static void user_answered(const struct dns_name *name, struct dns_nameserver *from)
{
	unsigned count = user_count(name), i = 0;
	struct server_name **users = calloc(count + 1, sizeof(*users));
	struct dns_taker *takers = calloc(count + 1, sizeof(*takers));

	if (users != NULL && takers != NULL) { /* else the next answer will do */
		list_for_each(node, &name->users)
			users[i++] = container_of(node, struct server_name, address_node);
		qsort(users, count, sizeof(struct server_name *), user_compare);
		user_all_assign(name, users, takers, count, from);
	}
	free(users);
	free(takers);
}

void server_name_address_done(struct dns_name *name, struct dns_nameserver *from)
{
	const struct dns_question *question = &name->question;

	if (question->status == DNS_VALID) {
		user_answered(name, from);
		return;
	}
	if (dns_question_held(question, loop_now(name->resolver->loop)))
		return;
	dns_memory_clear(&name->memory);
	list_for_each(node, &name->users)
		server_name_lose(container_of(node, struct server_name, address_node),
				 server_name_failure(question->status));
}
