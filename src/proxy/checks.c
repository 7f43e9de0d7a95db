/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/checks.c - what no single line can tell: a section's settings against
 * its mode and against each other. Warnings are those HAProxy gives.
 */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "proxy/reading.h"

static void checks_warn_word(struct conf_parse *parse, const struct http_word *word,
			     const char *text)
{
	if (*word->said)
		return;
	*word->said = true;
	diag_add(parse->report, DIAG_WARNING, &diag_no_effect, word->span, NULL, text, word->name);
}

static void checks_word_in_tcp(struct conf_parse *parse, struct section *section,
			       const struct http_word *word)
{
	if (word->fate & HTTP_WORD_WARNS_IN_TCP)
		checks_warn_word(parse, word, "'%s' has no effect in mode tcp");
	if (word->fate & HTTP_WORD_BALANCE && section_connects(section)) {
		section->back.lb.algo = lb_algo_find("roundrobin");
		checks_warn_word(parse, word, "'%s' needs mode http; 'roundrobin' takes its place");
	}
}

static void checks_word_in_http(struct conf_parse *parse, const struct section *section,
				const struct http_word *word)
{
	bool own = word->owner == section;

	if (word->fate & HTTP_WORD_MISSED_IN_HTTP)
		diag_add(parse->report, DIAG_ERROR, &diag_not_supported,
			 own ? word->span : section->span,
			 own ? NULL
			     : arena_printf(parse->arena,
					    "it comes from the defaults section, line %u",
					    word->span.line),
			 "'%s' is not supported yet in mode http", word->name);
}

void proxy_check_mode(struct conf_parse *parse, struct section *section)
{
	bool http = section_speaks_http(section);

	for (const struct http_word *word = section->notes->http_words; word != NULL;
	     word = word->next) {
		if (http)
			checks_word_in_http(parse, section, word);
		else
			checks_word_in_tcp(parse, section, word);
	}
	if (!http)
		section->stats.enabled = false;
}

static bool checks_timeouts_missing(const struct section *section)
{
	const struct backend_conf *back = &section->back;

	if (section->front.health)
		return false;
	if (section_accepts(section) && section->front.timeout_client == 0)
		return true;
	if (!section_connects(section) || back->servers == NULL)
		return false;
	return back->timeout_connect == 0 ||
	       (back->timeout_server == 0 && back->timeout_tunnel == 0);
}

static void checks_timeouts(struct conf_parse *parse, const struct section *section)
{
	if (checks_timeouts_missing(section))
		diag_add(parse->report, DIAG_WARNING, &diag_missing, section->span,
			 section->kind == SECTION_FRONTEND ? "set 'timeout client'"
			 : section->kind == SECTION_BACKEND
				 ? "set 'timeout connect' and 'timeout server'"
				 : "set 'timeout client', 'timeout connect' "
				   "and 'timeout server'",
			 "'%s' lacks timeouts, so dead connections stay forever", section->name);
}

static void checks_listening(struct conf_parse *parse, const struct section *section)
{
	if (section->kind == SECTION_FRONTEND && section->front.binds == NULL)
		diag_add(parse->report, DIAG_WARNING, &diag_missing, section->span,
			 "give it a 'bind' line, or make it a backend",
			 "frontend '%s' listens on no address", section->name);
	for (const struct bind_conf *bind = section->front.binds; bind != NULL; bind = bind->next) {
		for (const struct bind_conf *other = section->front.binds; other != bind;
		     other = other->next) {
			if (bind->id == 0 || other->id != bind->id)
				continue;
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, bind->span, NULL,
				 "two addresses of '%s' have the id %d", section->name,
				 (int)bind->id);
			break;
		}
	}
}

/* Servers of a section by name, or by id: some files have ten thousands of them. */
struct checks_index {
	const struct server_conf **slots; /* a power of two, at most half full */
	size_t mask;
	bool (*same)(const struct server_conf *a, const struct server_conf *b);
};

static bool checks_same_name(const struct server_conf *a, const struct server_conf *b)
{
	return strcmp(a->name, b->name) == 0;
}

static bool checks_same_id(const struct server_conf *a, const struct server_conf *b)
{
	return a->id == b->id;
}

static struct checks_index checks_index_new(struct arena *arena, const struct section *section,
					    bool (*same)(const struct server_conf *,
							 const struct server_conf *))
{
	size_t size = 2, need = 0;

	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		need += 2;
	while (size < need)
		size *= 2;
	return (struct checks_index){
		arena_zalloc(arena, size * sizeof(struct server_conf *)), size - 1, same
	};
}

/* The first one that is the same, or NULL: then it is put there. */
static const struct server_conf *checks_first(struct checks_index *index, uint64_t hash,
					      const struct server_conf *server)
{
	size_t at = hash & index->mask;

	for (; index->slots[at] != NULL; at = (at + 1) & index->mask)
		if (index->same(index->slots[at], server))
			return index->slots[at];
	index->slots[at] = server;
	return NULL;
}

static void checks_servers_twice(struct conf_parse *parse, const struct section *section)
{
	struct checks_index names = checks_index_new(parse->arena, section, checks_same_name);
	struct checks_index ids = checks_index_new(parse->arena, section, checks_same_id);

	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		const struct server_conf *called =
			checks_first(&names, hash_xxh3(server->name, strlen(server->name), 0), server);
		const struct server_conf *numbered =
			checks_first(&ids, hash_mix((uint64_t)server->id), server);

		if (called != NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, server->span,
				 arena_printf(parse->arena, "the other is in line %u",
					      called->span.line),
				 "another server of '%s' is called '%s'", section->name,
				 server->name);
		else if (numbered != NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, server->span, NULL,
				 "servers '%s' and '%s' have the same id", numbered->name,
				 server->name);
	}
}

static void checks_server(struct conf_parse *parse, const struct section *section,
			  struct server_conf *server)
{
	bool is_unix = server->address.storage.ss_family == AF_UNIX;

	if (server->observe == SERVER_OBSERVE_LAYER7 && section->mode != PROXY_MODE_HTTP) {
		server->observe = SERVER_OBSERVE_NOTHING;
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, server->observe_span,
			 "write 'observe layer4'",
			 "'observe layer7' of server '%s' has no effect in mode tcp", server->name);
	}
	if (server->address.len == 0)
		return;
	if (server->check && !is_unix && server->check_port == 0 &&
	    (server->port_relative || net_address_port(&server->address) == 0))
		diag_add(parse->report, DIAG_ERROR, &diag_missing, server->span,
			 "add 'port <port>'", "server '%s' has neither a port nor a port to check",
			 server->name);
}

/* A cookie that no request can be told by, or a value that none will ever bring. */
static void checks_cookies(struct conf_parse *parse, const struct section *section)
{
	const struct http_cookie_conf *cookie = &section->http.cookie;

	if (cookie->mode != HTTP_COOKIE_NONE && cookie->dynamic &&
	    section->http.dynamic_cookie_key == NULL)
		diag_add(parse->report, DIAG_WARNING, &diag_missing, section->span,
			 "add 'dynamic-cookie-key <secret>'",
			 "'%s' has dynamic cookies but no key to make them from", section->name);
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		if (server->cookie == NULL || section->mode == PROXY_MODE_HTTP)
			continue;
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, server->span, NULL,
			 "the cookie of server '%s' has no effect in mode tcp", server->name);
	}
}

static void checks_servers(struct conf_parse *parse, const struct section *section)
{
	checks_cookies(parse, section);
	checks_servers_twice(parse, section);
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		checks_server(parse, section, server);
	if (section->notes->dispatch && section->back.server_count > 1)
		diag_add(parse->report, DIAG_ERROR, &diag_not_supported, section->span, NULL,
			 "'dispatch' beside servers (in '%s') is not supported yet", section->name);
}

void proxy_check_section(struct conf_parse *parse, struct section *section)
{
	checks_timeouts(parse, section);
	if (section_accepts(section))
		checks_listening(parse, section);
	if (section_connects(section))
		checks_servers(parse, section);
}
