/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/resolve_http.c - what a section's words of mode http refer to, after
 * the last line: servers, http-errors sections, cookies made of addresses.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "proxy/reading.h"

/* Of a server's address and port, so that balancers that share the key agree. */
static const char *resolve_dynamic_cookie(struct arena *arena, const char *key,
					  const struct net_address *address)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	struct net_endpoint endpoint;
	size_t key_len = strlen(key);
	size_t ip_len, len;
	uint32_t port; /* all in network order, as HAProxy hashes them */
	char *bytes;

	if (sockaddr->sa_family != AF_INET && sockaddr->sa_family != AF_INET6)
		return NULL;
	net_endpoint_from_sockaddr(&endpoint, sockaddr);
	ip_len = endpoint.family == AF_INET ? 4 : 16;
	port = htonl(endpoint.port);
	len = key_len + ip_len + sizeof(port);
	bytes = arena_zalloc(arena, len);
	memcpy(bytes, key, key_len);
	memcpy(bytes + key_len, endpoint.ip, ip_len);
	memcpy(bytes + key_len + ip_len, &port, sizeof(port));
	return arena_printf(arena, "%016llx",
			    (unsigned long long)hash_xxh64(bytes, len, 0));
}

static void resolve_cookies(struct arena *arena, const struct section *section)
{
	const char *key = section->http.dynamic_cookie_key;

	if (!section->http.cookie.dynamic || key == NULL)
		return;
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (server->cookie == NULL)
			server->cookie = resolve_dynamic_cookie(arena, key, &server->address);
}

static void resolve_use_servers(struct conf_parse *parse, const struct section *section)
{
	for (struct use_server *use = section->http.use_servers; use != NULL; use = use->next) {
		if (use->format != NULL)
			continue;
		struct server_conf *server = section_server_find(section, use->name);

		use->server = server;
		if (server != NULL)
			server->referenced = true;
		else
			diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, use->span, NULL,
				 "'%s' has no server '%s'", section->name, use->name);
	}
}

static bool resolve_error_wanted(const struct http_error_conf *reference, unsigned status)
{
	const unsigned *wanted = reference->statuses;

	while (wanted != NULL && *wanted != 0 && *wanted != status)
		wanted++;
	return wanted == NULL || *wanted != 0;
}

static void resolve_errors_missed(struct conf_parse *parse, const struct http_errors *group,
				  const struct http_error_conf *reference)
{
	for (const unsigned *wanted = reference->statuses; wanted != NULL && *wanted != 0;
	     wanted++) {
		const struct http_error_conf *error = group->errors;

		while (error != NULL && error->status != *wanted)
			error = error->next;
		if (error == NULL)
			diag_add(parse->report, DIAG_WARNING, &diag_missing, reference->span, NULL,
				 "the http-errors section '%s' has nothing for status %u",
				 group->name, *wanted);
	}
}

/* The section that a line names, after a look at what it lacks; NULL after a report. */
static const struct http_errors *resolve_group(struct conf_parse *parse,
					       const struct http_error_conf *reference)
{
	const struct http_errors *group =
		proxy_http_errors_find(reading_conf(parse), reference->group);

	if (group == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, reference->span, NULL,
			 "no http-errors section is called '%s'", reference->group);
	else
		resolve_errors_missed(parse, group, reference);
	return group;
}

static void resolve_copy_error(struct arena *arena, const struct http_error_conf *error,
			       struct http_error_conf ***last)
{
	**last = arena_zalloc(arena, sizeof(***last));
	***last = *error;
	*last = &(**last)->next;
}

/* References to http-errors sections become copies of what those hold. */
static void resolve_errors(struct conf_parse *parse, struct section *section)
{
	const struct http_error_conf *written = section->http.errors;
	struct http_error_conf **last = &section->http.errors;

	for (; written != NULL; written = written->next) {
		const struct http_errors *group;

		if (written->group == NULL) {
			resolve_copy_error(parse->arena, written, &last);
			continue;
		}
		group = resolve_group(parse, written);
		for (const struct http_error_conf *error = group != NULL ? group->errors : NULL;
		     error != NULL; error = error->next)
			if (resolve_error_wanted(written, error->status))
				resolve_copy_error(parse->arena, error, &last);
	}
	*last = NULL;
}

void resolve_http(struct conf_parse *parse, struct section *section)
{
	resolve_errors(parse, section);
	if (!section_connects(section))
		return;
	resolve_use_servers(parse, section);
	resolve_cookies(parse->arena, section);
}
