/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_name_start.c - the addresses that servers written as names begin
 * with (configuration manual 5.2 "init-addr"): found while the file is read, as
 * long as files may be read and the C library may be asked.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"
#include "proxy/server_admin.h"
#include "proxy/server_state.h"

enum { WHY_BYTES = 160 };

static const unsigned char start_default[SERVER_INITS] = { SERVER_INIT_LAST, SERVER_INIT_LIBC };
/* With resolvers there is hope. */
static const unsigned char start_resolvers[SERVER_INITS] = { SERVER_INIT_LAST, SERVER_INIT_LIBC,
							     SERVER_INIT_NONE };
/* The C library knows nothing of services. */
static const unsigned char start_service[SERVER_INITS] = { SERVER_INIT_LAST, SERVER_INIT_NONE };

static const unsigned char *start_ways_said(const struct server_naming *naming)
{
	if (naming->init[0] != 0)
		return naming->init;
	if (naming->resolvers == NULL)
		return start_default;
	return naming->service ? start_service : start_resolvers;
}

/* -dr: one more than a line can have. */
static void start_ways(struct conf_parse *parse, const struct server_naming *naming,
		       unsigned char ret[SERVER_INITS + 1])
{
	unsigned count = 0;

	memset(ret, 0, SERVER_INITS + 1);
	memcpy(ret, start_ways_said(naming), SERVER_INITS);
	while (count < SERVER_INITS && ret[count] != 0)
		count++;
	if (reading_conf(parse)->reading->how.names_may_fail)
		ret[count] = SERVER_INIT_NONE;
}

/* Servers of a template have the same name: it is asked for once. */
static bool start_libc(struct conf_parse *parse, struct server_conf *server, char *ret_why)
{
	struct proxy_reading *reading = reading_conf(parse)->reading;
	const struct server_naming *naming = &server->naming;

	if (naming->service) {
		strcpy(ret_why, "only resolvers find the servers of a SRV name");
		return false;
	}
	if (reading->last_name == NULL || strcmp(reading->last_name, naming->name) != 0 ||
	    naming->family != AF_UNSPEC) {
		reading->last_name = NULL;
		if (!net_resolve(naming->name, naming->family, &reading->last_resolved, ret_why,
				 WHY_BYTES))
			return false;
		if (naming->family == AF_UNSPEC)
			reading->last_name = naming->name;
	}
	server->address = reading->last_resolved;
	return true;
}

static bool start_last(struct server_conf *server)
{
	return server->saved != NULL &&
	       server_saved_address(server->saved->address, &server->address);
}

/* Tries the ways in turn. 0, or what did not work: then `ret_why` says so. */
static enum server_init start_find(struct conf_parse *parse, struct server_conf *server,
				   const unsigned char *ways, char *ret_why)
{
	enum server_init failed = 0;

	for (unsigned i = 0; i <= SERVER_INITS && ways[i] != 0; i++) {
		switch ((enum server_init)ways[i]) {
		case SERVER_INIT_LAST:
			if (start_last(server))
				return 0;
			break;
		case SERVER_INIT_LIBC:
			if (start_libc(parse, server, ret_why))
				return 0;
			failed = SERVER_INIT_LIBC;
			break;
		case SERVER_INIT_NONE:
			return failed == 0 ? 0 : SERVER_INIT_NONE;
		case SERVER_INIT_ADDRESS:
			server->address = server->naming.init_address;
			return 0;
		}
	}
	return failed != 0 ? failed : SERVER_INIT_LAST;
}

static const char *start_word(struct conf_parse *parse, struct slice word)
{
	return arena_strndup(parse->arena, word.at, word.len);
}

/*
 * The name it had in an earlier process: given by hand, or by its SRV records. Then the
 * C library is not asked for the one in the file.
 */
static bool start_as_before(struct conf_parse *parse, struct server_conf *server)
{
	const struct server_saved *saved = server->saved;
	struct server_naming *naming = &server->naming;
	const char *fqdn;

	if (saved == NULL || naming->dns == NULL || saved->fqdn.len == 0 ||
	    naming->service != slice_is(saved->service, naming->name) ||
	    (!naming->service && (saved->admin & SERVER_ADMIN_NAME_CHANGED) == 0))
		return false;
	fqdn = start_word(parse, saved->fqdn);
	if (!dns_name_valid(fqdn) || !start_last(server))
		return false;
	naming->begins = fqdn;
	if (naming->service)
		server->port = saved->port;
	return true;
}

static bool start_tries_last(const unsigned char *ways)
{
	for (unsigned i = 0; i <= SERVER_INITS && ways[i] != 0; i++)
		if (ways[i] == SERVER_INIT_LAST)
			return true;
	return false;
}

static void start_server(struct conf_parse *parse, struct server_conf *server)
{
	const struct server_naming *naming = &server->naming;
	char why[WHY_BYTES] = "no way to find its address is left";
	unsigned char ways[SERVER_INITS + 1];
	enum server_init failed = 0;

	start_ways(parse, naming, ways);
	if (!start_tries_last(ways) || !start_as_before(parse, server))
		failed = start_find(parse, server, ways, why);
	net_address_set_port(&server->address, server->port);
	if (failed == SERVER_INIT_NONE)
		diag_add(parse->report, DIAG_WARNING, &diag_unresolved, naming->span, NULL,
			 "'%s': %s; server '%s' waits until it resolves", server->host, why,
			 server->name);
	else if (failed != 0)
		diag_add(parse->report, DIAG_ERROR, &diag_unresolved, naming->span,
			 naming->resolvers == NULL
				 ? "add 'init-addr none' to start without it"
				 : "end init-addr with 'none' to start without it",
			 "'%s': %s", server->host, why);
}

static void start_find_resolvers(struct conf_parse *parse, struct server_conf *server)
{
	struct server_naming *naming = &server->naming;

	if (naming->resolvers == NULL)
		return;
	naming->dns = proxy_resolvers_find(reading_conf(parse), naming->resolvers);
	if (naming->dns == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, naming->resolvers_span, NULL,
			 "no resolvers section is called '%s'", naming->resolvers);
	else if (naming->name == NULL)
		naming->dns = NULL; /* an address needs no name server */
	else if (!dns_name_valid(naming->name))
		diag_add(parse->report, DIAG_ERROR, &diag_bad_address, naming->span, NULL,
			 "'%s' cannot be asked for: labels have 1 to 63 letters, digits, '-' and '_'",
			 naming->name);
	else
		naming->dns->used = true;
}

void server_names_resolve(struct conf_parse *parse, struct section *section)
{
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		start_find_resolvers(parse, server);
		if (server->naming.name != NULL)
			start_server(parse, server);
	}
}
