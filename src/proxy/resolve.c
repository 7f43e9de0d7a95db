/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/resolve.c - after the last line: names become pointers, numbers are
 * given, and what is documented to follow from other settings is filled in.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/fetches.h"
#include "proxy/log_profile.h"
#include "proxy/reading.h"
#include "proxy/server_agent.h"
#include "proxy/server_state.h"
#include "proxy/server_track.h"

#define for_each_section(section, conf)                                                            \
	for (struct section *section = (conf)->sections; section != NULL; section = section->next)

static struct section *resolve_find_backend(const struct proxy_conf *conf, const char *name)
{
	for_each_section(section, conf) if (section_connects(section) &&
					    strcmp(section->name, name) == 0) return section;
	return NULL;
}

static struct section *resolve_backend(struct conf_parse *parse, const char *name,
				       struct diag_span span, const char *what)
{
	const struct proxy_conf *conf = reading_conf(parse);
	struct section *found = resolve_find_backend(conf, name);
	const char **names = NULL;
	const char *closest;
	size_t count = 0;

	if (found != NULL)
		return found;
	for_each_section(section, conf) if (section_connects(section)) *
		ARENA_APPEND(parse->arena, names, count) = section->name;
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	closest = diag_closest(name, names);
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, span,
		 closest != NULL ? arena_printf(parse->arena, "did you mean '%s'?", closest) : NULL,
		 "%s: there is no backend or listen section '%s'", what, name);
	return NULL;
}

static void resolve_check_loop(struct conf_parse *parse, const struct section *section,
			       const struct section *backend, struct diag_span span)
{
	if (backend == section)
		diag_add(parse->report, DIAG_ERROR, &diag_conflict, span,
			 "remove the line: a listen section is its own backend",
			 "'%s' would send its clients to itself", section->name);
}

/* Bytes may become requests where a backend reads them so, but requests are never mere bytes. */
static void resolve_check_modes(struct conf_parse *parse, const struct section *section,
				const struct section *backend, struct diag_span span)
{
	if (backend == NULL || backend->mode == PROXY_MODE_HTTP || section->mode == PROXY_MODE_TCP)
		return;
	diag_add(parse->report, DIAG_ERROR, &diag_conflict, span, "give both the same 'mode'",
		 "'%s' is in mode http, the backend '%s' in mode tcp", section->name,
		 backend->name);
}

static void resolve_backends(struct conf_parse *parse, struct section *section)
{
	struct frontend_conf *front = &section->front;

	if (front->default_backend_name != NULL) {
		front->default_backend =
			resolve_backend(parse, front->default_backend_name,
					front->default_backend_span, "default_backend");
		resolve_check_loop(parse, section, front->default_backend,
				   front->default_backend_span);
		resolve_check_modes(parse, section, front->default_backend,
				    front->default_backend_span);
	} else if (section->kind == SECTION_LISTEN) {
		front->default_backend = section;
	}
	for (struct use_backend *use = front->use_backends; use != NULL; use = use->next) {
		if (use->format != NULL)
			continue;
		use->backend = resolve_backend(parse, use->name, use->span, "use_backend");
		resolve_check_loop(parse, section, use->backend, use->span);
		resolve_check_modes(parse, section, use->backend, use->span);
	}
}

/* The global targets come after the section's own. */
static void resolve_log(struct conf_parse *parse, struct section *section)
{
	const struct log_conf *global = &reading_conf(parse)->global.log;

	if (section->log.tag == NULL)
		section->log.tag = global->tag;
	section->log.hostname = global->hostname;
	log_conf_copy(parse->arena, &section->log);
	rings_expand(parse->arena, &section->log);
	if (!section->log_global)
		return;
	for (unsigned i = 0; i < global->count; i++)
		*ARENA_APPEND(parse->arena, section->log.targets, section->log.count) =
			global->targets[i];
}

static bool resolve_id_taken(const struct proxy_conf *conf, const struct section *except,
			     int64_t id)
{
	for_each_section(section, conf) if (section != except && section->id == id) return true;
	return false;
}

static void resolve_section_ids(struct conf_parse *parse)
{
	struct proxy_conf *conf = reading_conf(parse);
	int64_t next = conf->global.cli != NULL ? 2 : 1; /* HAProxy's sockets take a number too */

	for_each_section(section, conf)
	{
		for (const struct section *other = conf->sections; other != section;
		     other = other->next) {
			if (section->id == 0 || other->id != section->id)
				continue;
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, section->span, NULL,
				 "'%s' and '%s' have the same id", section->name, other->name);
			break;
		}
	}
	for_each_section(section, conf)
	{
		section->id_given = section->id != 0;
		if (section->id_given)
			continue;
		while (resolve_id_taken(conf, section, next))
			next++;
		section->id = next++;
	}
}

static bool resolve_server_id_taken(const struct section *section, int64_t id)
{
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (server->id == id)
			return true;
	return false;
}

static bool resolve_some_id_given(const struct section *section)
{
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (server->id != 0)
			return true;
	return false;
}

static void resolve_servers(struct section *section)
{
	bool given = resolve_some_id_given(section); /* rarely; without, counting is enough */
	int64_t next = 1;

	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		section->http.redirects |= server->redir != NULL;
		server->id_given = server->id != 0;
		if (!server->id_given) {
			while (given && resolve_server_id_taken(section, next))
				next++;
			server->id = next++;
		}
		/* minconn alone, or not below maxconn, is a plain limit (manual 5.2). */
		if (server->minconn >= server->maxconn && server->minconn != 0) {
			server->maxconn = server->minconn;
			server->minconn = 0;
		}
	}
}

static void resolve_backlog(const struct proxy_global *global, const struct section *section,
			    struct bind_conf *bind)
{
	const int64_t backlogs[] = {bind->listener.backlog, section->front.backlog, bind->maxconn,
				    section->front.maxconn, global->maxconn,        1024};
	unsigned i = 0;

	while (backlogs[i] == 0)
		i++;
	bind->listener.backlog = (int)backlogs[i];
	bind->listener.keepalive = section->front.keepalive;
}

static void resolve_binds_of(struct proxy_conf *conf, struct section *section, unsigned *count)
{
	for (struct bind_conf *bind = section->front.binds; bind != NULL; bind = bind->next) {
		resolve_backlog(&conf->global, section, bind);
		bind->index = *count;
		*ARENA_APPEND(conf->arena, conf->binds, *count) = bind;
	}
}

static void resolve_binds(struct proxy_conf *conf)
{
	unsigned count = 0;

	for_each_section(section, conf) if (!section->disabled)
		resolve_binds_of(conf, section, &count);
	for (struct log_forward *one = conf->log_forwards; one != NULL; one = one->next)
		resolve_binds_of(conf, &one->section, &count);
	conf->bind_count = count;
}

static void resolve_log_forwards(struct conf_parse *parse)
{
	struct proxy_conf *conf = reading_conf(parse);

	for (struct log_forward *one = conf->log_forwards; one != NULL; one = one->next) {
		one->section.index = conf->section_count + conf->log_forward_count++;
		resolve_log(parse, &one->section);
		log_forward_check(parse, one);
	}
}

static bool resolve_may_reach(const struct section *from, const struct section *backend)
{
	if (from->front.default_backend == backend)
		return true;
	for (const struct use_backend *use = from->front.use_backends; use != NULL; use = use->next)
		if (use->backend == backend)
			return true;
	return false;
}

/* A tenth of what all frontends that lead here may have (manual 4.2 "fullconn"). */
static void resolve_fullconn(const struct proxy_conf *conf, struct section *backend)
{
	int64_t sum = 0;

	if (backend->back.fullconn != 0)
		return;
	for_each_section(section, conf)
	{
		int64_t maxconn =
			section->front.maxconn != 0 ? section->front.maxconn : conf->global.maxconn;

		if (!section_accepts(section) || !resolve_may_reach(section, backend))
			continue;
		if (maxconn == 0)
			return;
		sum += maxconn;
	}
	backend->back.fullconn = sum / 10 != 0 ? sum / 10 : sum != 0;
}

static void resolve_threads(struct proxy_conf *conf)
{
	struct proxy_global *global = &conf->global;
	int64_t processes = conf->reading->nbproc;

	if (processes <= 1)
		return;
	global->nbthread = global->nbthread != 0 ? global->nbthread * processes : processes;
	if (global->nbthread > 64)
		global->nbthread = 64;
}

/* `option transparent`: a server at 0.0.0.0 is wherever the client wanted to go. */
static void resolve_transparent(struct conf_parse *parse, struct section *section)
{
	const struct conf_word name = {.text = "any", .span = section->notes->transparent_span};
	const struct conf_word address = {.text = "0.0.0.0", .span = name.span};

	if (section->notes->transparent && section->back.servers == NULL)
		server_read_address(parse, server_add(parse, section, &name), &address);
}

static void resolve_healthchecks(struct conf_parse *parse, struct section *section)
{
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (!healthcheck_find(reading_conf(parse), server))
			diag_add(parse->report, DIAG_ERROR, &diag_unknown_name,
				 server->healthcheck_span, NULL,
				 "there is no healthcheck section '%s'", server->healthcheck);
}

static void resolve_section(struct conf_parse *parse, struct section *section)
{
	struct backend_conf *back = &section->back;

	if (section_accepts(section))
		resolve_backends(parse, section);
	resolve_log(parse, section);
	http_proxy_resolve(parse, section);
	rules_resolve(parse, section);
	if (section_connects(section)) {
		resolve_transparent(parse, section);
		resolve_servers(section);
		source_resolve(parse, section);
		check_resolve(parse, section);
		resolve_healthchecks(parse, section);
		server_state_resolve(parse, section);
		server_names_resolve(parse, section);
		server_track_resolve(parse, section);
		server_agent_resolve(parse, section);
	}
	if (section_accepts(section))
		monitor_resolve(section);
	alert_resolve(parse, section);
	resolve_http(parse, section);
	if (back->timeout_queue == 0)
		back->timeout_queue = back->timeout_connect;
}

static void resolve_check_section(struct conf_parse *parse, struct section *section)
{
	if (section->disabled)
		return;
	proxy_check_mode(parse, section);
	format_resolve(parse, section);
	proxy_check_section(parse, section);
}

void section_resolve(struct conf_parse *parse, struct section *section)
{
	resolve_section(parse, section);
	resolve_check_section(parse, section);
}

static void resolve_check_defaults(struct conf_parse *parse)
{
	for (const struct section *defaults = reading_conf(parse)->reading->defaults;
	     defaults != NULL; defaults = defaults->next) {
		const struct section_notes *notes = defaults->notes;

		if (!notes->taken_implicitly || notes->taken_explicitly.source == NULL)
			continue;
		diag_add(parse->report, DIAG_WARNING, &diag_conflict, notes->taken_explicitly,
			 "write 'from' everywhere, or end with a defaults section for the rest",
			 "the defaults section '%s' is also taken by sections without 'from'",
			 defaults->name);
	}
}

static void resolve_check_listening(struct conf_parse *parse)
{
	const struct proxy_conf *conf = reading_conf(parse);

	/* After an error the address may be in the line that was refused. */
	if (conf->bind_count == 0 && diag_count(parse->report, DIAG_ERROR) == 0)
		diag_add(parse->report, DIAG_ERROR, &diag_missing, (struct diag_span){0}, NULL,
			 "no section listens on any address");
}

/* At least half of a buffer is for what is received. */
static void resolve_buffers(struct proxy_global *global)
{
	int64_t half = (int64_t)(global->bufsize / 2);

	if (global->maxrewrite > half)
		global->maxrewrite = half;
}

void proxy_resolve(struct conf_parse *parse)
{
	struct proxy_conf *conf = reading_conf(parse);

	resolve_threads(conf);
	resolve_buffers(&conf->global);
	resolve_section_ids(parse);
	resolvers_resolve(parse);
	healthchecks_resolve(parse);
	rings_expand(parse->arena, &conf->global.log);
	for (struct debug_log *one = conf->debug_logs; one != NULL; one = one->next)
		rings_expand(parse->arena, &one->log);
	for_each_section(section, conf) resolve_section(parse, section);
	for_each_section(section, conf)
	{
		resolve_fullconn(conf, section);
		resolve_check_section(parse, section);
	}
	resolve_log_forwards(parse);
	rings_check(parse);
	log_profiles_check(parse);
	proxy_fetches_resolve(parse);
	resolve_check_defaults(parse);
	resolve_binds(conf);
	resolve_check_listening(parse);
}
