/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_name.c - see server_name.h. */
#include "proxy/server_name.h"

#include <errno.h>
#include <string.h>

#include "proxy/will.h"
#include "proxy/worker.h"

void server_name_ask_address(struct server_name *one)
{
	const struct server_naming *naming = &one->server->conf->naming;

	if (one->address != NULL || one->fqdn[0] == '\0')
		return;
	one->address = dns_resolver_name(one->resolver, one->fqdn, false, naming->prefer);
	if (one->address == NULL)
		return;
	one->address->on_done = server_name_address_done;
	list_append(&one->address->users, &one->address_node);
}

void server_name_leave_address(struct server_name *one)
{
	struct dns_name *name = one->address;

	if (name == NULL)
		return;
	one->address = NULL;
	list_remove(&one->address_node);
	if (list_empty(&name->users))
		dns_name_forget(name);
}

static void name_ask_service(struct server_name *one)
{
	const struct server_naming *naming = &one->server->conf->naming;

	one->service = dns_resolver_name(one->resolver, naming->name, true, naming->prefer);
	if (one->service == NULL)
		return;
	one->service->on_done = server_name_service_done;
	list_append(&one->service->users, &one->service_node);
}

void server_name_ask(struct server_name *one)
{
	if (one->server->conf->naming.service)
		name_ask_service(one);
	else
		server_name_ask_address(one);
}

void server_name_end(struct server *server)
{
	struct server_name *one = server->naming;
	struct dns_name *service;

	if (one == NULL)
		return;
	server_name_leave_address(one);
	service = one->service;
	one->service = NULL;
	list_remove(&one->service_node);
	if (service != NULL && list_empty(&service->users))
		dns_name_forget(service);
	server->naming = NULL;
}

static void name_hasten(struct loop *loop, struct loop_message *message)
{
	struct server_name *one = container_of(message, struct server_name, hasten);
	struct dns_name *name = one->address != NULL ? one->address : one->service;

	atomic_store(&one->hasten_posted, false);
	if (name != NULL)
		dns_name_hasten(name);
}

void server_name_hasten(struct server *server)
{
	struct server_name *one = server->naming;

	if (one != NULL && !atomic_exchange(&one->hasten_posted, true))
		loop_post(server_name_worker(one)->loop, &one->hasten);
}

/* ---- start ---- */

static struct dns_resolver *names_resolver(const struct names *names, const struct dns_conf *conf)
{
	for (unsigned i = 0; i < names->section_count; i++)
		if (names->sections[i].conf == conf)
			return names->sections[i].resolver;
	return NULL;
}

static int names_open_resolvers(struct names *names, const struct proxy_conf *conf)
{
	unsigned count = 0;

	for (const struct dns_conf *one = conf->resolvers; one != NULL; one = one->next)
		count++;
	names->sections = calloc(count + 1, sizeof(*names->sections));
	if (names->sections == NULL)
		return -ENOMEM;
	names->section_count = count;
	count = 0;
	for (const struct dns_conf *one = conf->resolvers; one != NULL; one = one->next, count++) {
		names->sections[count].conf = one;
		if (!one->used)
			continue;
		names->sections[count].resolver = dns_resolver_open(names->worker->loop, one);
		if (names->sections[count].resolver == NULL)
			return -ENOMEM;
	}
	return 0;
}

struct dns_resolver *names_for_lookups(const struct worker *worker, const struct dns_conf *conf)
{
	const struct names *names = worker->proxy->names;

	for (unsigned i = 0; i < names->section_count; i++)
		if (names->sections[i].conf == conf)
			return names->lookups[worker->index * names->section_count + i];
	return NULL;
}

static int names_open_lookups(struct names *names, const struct proxy *proxy)
{
	struct dns_resolver **made;

	names->lookups = calloc((size_t)proxy->threads * names->section_count + 1,
				sizeof(struct dns_resolver *));
	if (names->lookups == NULL)
		return -ENOMEM;
	made = names->lookups;
	for (unsigned thread = 0; thread < proxy->threads; thread++) {
		for (unsigned i = 0; i < names->section_count; i++, made++) {
			const struct dns_conf *conf = names->sections[i].conf;

			if (!conf->looks_up)
				continue;
			*made = dns_resolver_open(proxy->workers[thread].loop, conf);
			if (*made == NULL)
				return -ENOMEM;
		}
	}
	return 0;
}

static void names_add(struct names *names, struct server *server)
{
	const struct server_naming *naming = &server->conf->naming;
	struct server_name *one = &names->servers[names->server_count++];
	const char *fqdn = naming->begins != NULL ? naming->begins
			   : naming->service	  ? ""
						  : naming->name;

	*one = (struct server_name){ .server = server,
				     .resolver = names_resolver(names, naming->dns),
				     .port = server->conf->port,
				     .hasten.deliver = name_hasten };
	list_init(&one->address_node);
	list_init(&one->service_node);
	if (!will_take_name(one) && *fqdn != '\0' && dns_name_copy(fqdn, one->fqdn) && naming->begins != NULL)
		server->admin |= SERVER_ADMIN_NAME_CHANGED;
	server->naming = one;
	server_name_ask(one);
}

/* Calls for every server that is resolved while the proxy runs. */
static unsigned names_for_servers(struct names *names, const struct proxy *proxy,
				  void (*call)(struct names *, struct server *))
{
	unsigned count = 0;

	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		const struct backend *backend = proxy->parts[i].backend;

		if (backend == NULL || backend->section->disabled)
			continue;
		for (unsigned j = 0; j < backend_servers(backend)->count; j++) {
			struct server *server = backend_servers(backend)->at[j];

			if (server->conf->naming.dns == NULL)
				continue;
			count++;
			if (call != NULL)
				call(names, server);
		}
	}
	return count;
}

int names_start(struct worker *worker)
{
	struct proxy *proxy = worker->proxy;
	struct names *names = calloc(1, sizeof(*names));
	int error;

	if (names == NULL)
		return -ENOMEM;
	proxy->names = names;
	names->worker = worker;
	error = names_open_resolvers(names, proxy->conf);
	if (error == 0)
		error = names_open_lookups(names, proxy);
	if (error < 0)
		return error;
	names->servers = calloc(names_for_servers(names, proxy, NULL) + 1, sizeof(*names->servers));
	if (names->servers == NULL)
		return -ENOMEM;
	names_for_servers(names, proxy, names_add);
	return 0;
}

void names_stop(struct proxy *proxy)
{
	struct names *names = proxy->names;

	if (names == NULL)
		return;
	for (unsigned i = 0; i < names->section_count; i++)
		dns_resolver_close(names->sections[i].resolver);
	for (unsigned i = 0; names->lookups != NULL && i < proxy->threads * names->section_count; i++)
		dns_resolver_close(names->lookups[i]);
	free(names->lookups);
	free(names->sections);
	free(names->servers);
	free(names);
	proxy->names = NULL;
}
