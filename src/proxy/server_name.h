/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_name.h - servers whose addresses are found while the proxy runs
 * (configuration manual 5.3). Main thread only: names are asked for in its loop
 * (dns/resolver.h), each once for all servers that want it, and the servers are
 * told through server_admin.h. Streams that are there go on where they are.
 * Rules with do-resolve ask in their own threads, with resolvers of their own.
 *
 *   server_name.c          which names there are, from start to end
 *   server_name_user.c     one server: what follows from an answer
 *   server_name_service.c  SRV names: servers that come and go
 *   server_name_start.c    before there are threads
 */
#pragma once

#include "dns/resolver.h"
#include "proxy/server_admin.h"

/* A server that has a name, or may get one from a SRV name. */
struct server_name {
	struct server *server;
	struct dns_resolver *resolver;
	struct dns_name *address;	/* whose addresses it takes; NULL: none */
	struct list address_node;	/* of address->users */
	struct dns_name *service;	/* whose services it takes; NULL: it has its own name */
	struct list service_node;	/* of service->users */
	char fqdn[DNS_NAME_BYTES];	/* "": none */
	uint16_t port;			/* configured, or that of the service */
	struct loop_message hasten;
	_Atomic bool hasten_posted;
};

/* All of a proxy. */
struct names {
	struct worker *worker;
	struct names_section {
		const struct dns_conf *conf;
		struct dns_resolver *resolver; /* NULL: nobody uses it */
	} *sections;			/* in the order of the files */
	unsigned section_count;
	/* For do-resolve: [thread * section_count + section]; NULL: it does not use the section. */
	struct dns_resolver **lookups;
	struct server_name *servers;	/* in the order of the files */
	unsigned server_count;
};

/* A server that is about to be deleted: nothing is asked for it any more. */
void server_name_end(struct server *server);

/* For this thread's lookups in a section that rules look names up in. */
struct dns_resolver *names_for_lookups(const struct worker *worker, const struct dns_conf *conf);

/* Before privileges go. 0 or negative errno. */
int names_start(struct worker *worker) MUST_CHECK;
void names_stop(struct proxy *proxy);

/* Puts the server among the users of what it needs; without memory it stays as it is. */
void server_name_ask(struct server_name *one);
void server_name_ask_address(struct server_name *one);
/* Its name gives it no address any more. */
void server_name_leave_address(struct server_name *one);

/* A resolution has ended; dns_name.on_done. */
void server_name_address_done(struct dns_name *name, struct dns_nameserver *from);
void server_name_service_done(struct dns_name *name, struct dns_nameserver *from);

/*
 * It is at this IP now. `by`: who says so, "dns/ns1". True: it was not there before;
 * that is logged. Maintenance for want of an address is ended by server_name_found.
 */
bool server_name_move(struct server_name *one, const struct net_endpoint *where, const char *by);
/* `told`: the log shall say too that a valid answer brought it back. */
void server_name_found(struct server_name *one, bool told);
/* It is nowhere: maintenance. `why`: "DNS NX status" */
void server_name_lose(struct server_name *one, const char *why);
/* Its SRV record gave it this name: logged. */
void server_name_rename(struct server_name *one, const char *fqdn);

/* Its name from now on, by hand; it stays where it is until that resolves. `fqdn` is valid. */
void server_name_set(struct server_name *one, const char *fqdn);

/*
 * Its check finds nobody where it was: its name is asked for now. Any thread; nothing
 * when it has no name.
 */
void server_name_hasten(struct server *server);

/* For the log, of a resolution that failed. */
const char *server_name_failure(enum dns_status status);

static inline struct worker *server_name_worker(const struct server_name *one)
{
	return one->server->backend->proxy->names->worker;
}
