/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/will_name.c - see will_name.h. What comes from the other process is looked at before it is used. */
#include "proxy/will_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "proxy/ledger.h"
#include "proxy/server.h"
#include "proxy/server_admin.h"
#include "proxy/server_name.h"

static uint64_t name_file(const struct server_conf *conf)
{
	const struct server_naming *naming = &conf->naming;

	if (naming->dns == NULL)
		return 0;
	return hash_xxh64(naming->name, strlen(naming->name), conf->port) | 1;
}

bool will_name_same(const struct server_conf *conf, const struct ledger_will *will)
{
	return will->file_name != 0 && will->file_name == name_file(conf);
}

void will_name_write(const struct server *server, struct ledger_will *will)
{
	const struct net_address *address = server_address_of(server);

	will->file_name = name_file(server->conf);
	if (will->file_name == 0 || server->naming == NULL)
		return;
	will->where = (struct net_endpoint){ 0 };
	if (address->len != 0)
		net_endpoint_from_sockaddr(&will->where, (const struct sockaddr *)&address->storage);
	will->port = server->naming->port;
	memcpy(will->fqdn, server->naming->fqdn, sizeof(will->fqdn));
}

void will_name_take_address(struct server *server, const struct ledger_will *will)
{
	struct net_address *copy;

	if (!will_name_same(server->conf, will) ||
	    (will->where.family != AF_INET && will->where.family != AF_INET6))
		return;
	copy = calloc(1, sizeof(*copy));
	if (copy == NULL)
		return; /* it is asked for, then */
	copy->fd = -1;
	copy->len = net_endpoint_to_sockaddr(&will->where, &copy->storage);
	server->address = copy;
	server->admin &= ~(unsigned)SERVER_ADMIN_RESOLUTION_MAINT;
	if (server->state == SERVER_MAINT && !server_in_maintenance(server))
		server->state = server_begins_down(server) ? SERVER_DOWN : SERVER_UP;
}

bool will_name_take(struct server_name *one, const struct ledger_will *will)
{
	struct server *server = one->server;
	char text[DNS_NAME_BYTES];

	memcpy(text, will->fqdn, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	if (text[0] == '\0' || !dns_name_copy(text, one->fqdn))
		return false;
	if (server->conf->naming.service)
		one->port = will->port;
	server->admin |= will->admin & SERVER_ADMIN_NAME_CHANGED;
	return true;
}
