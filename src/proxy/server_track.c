/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_track.c - see server_track.h. */
#include "proxy/server_track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"
#include "proxy/server_admin.h"
#include "proxy/worker.h"

/* ---- names ---- */

static struct server_conf *track_find(struct conf_parse *parse, const struct section *own,
				      const char *name)
{
	const char *slash = strchr(name, '/');

	if (slash == NULL)
		return section_server_find(own, name);
	for (const struct section *section = reading_conf(parse)->sections; section != NULL;
	     section = section->next)
		if (section_connects(section) && strlen(section->name) == (size_t)(slash - name) &&
		    strncmp(section->name, name, (size_t)(slash - name)) == 0)
			return section_server_find(section, slash + 1);
	return NULL;
}

/* Why it cannot be tracked, or NULL. */
static const char *track_fault(struct conf_parse *parse, const struct server_conf *server,
			       const struct server_conf *tracked)
{
	unsigned steps = 0;

	if (tracked == NULL)
		return "there is no such server";
	while (!tracked->check && !tracked->agent_check && tracked->track != NULL) {
		if (tracked == server || ++steps > 1000)
			return "it tracks this one itself";
		tracked = track_find(parse, tracked->backend, tracked->track);
		if (tracked == NULL)
			return "it tracks none that is there";
	}
	return tracked->check || tracked->agent_check ? NULL : "it has no checks";
}

void server_track_resolve(struct conf_parse *parse, struct section *section)
{
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		const char *why;

		if (server->track == NULL)
			continue;
		struct server_conf *tracked = track_find(parse, section, server->track);

		if (tracked != NULL)
			tracked->referenced = true;
		server->tracked = tracked;
		why = server->check ? "it has checks of its own"
				    : track_fault(parse, server, server->tracked);
		if (why == NULL)
			server->track = arena_printf(parse->arena, "%s/%s",
						     server->tracked->backend->name,
						     server->tracked->name);
		else
			diag_add(parse->report, DIAG_ERROR, &diag_conflict, server->track_span, NULL,
				 "server '%s' cannot track '%s': %s", server->name, server->track,
				 why);
	}
}

/* ---- servers ---- */

void server_track_join(struct proxy *proxy)
{
	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		struct backend *backend = proxy->parts[i].backend;

		const struct server_set *set = backend != NULL ? backend_servers(backend) : NULL;
		for (unsigned j = 0; set != NULL && j < set->count; j++) {
			struct server *server = set->at[j], *tracked;
			const struct server_conf *conf = server->conf->tracked;

			if (conf == NULL || conf->backend->disabled)
				continue;
			tracked = backend_server_of(proxy_backend(proxy, conf->backend), conf);
			server->next_tracker = tracked->trackers;
			tracked->trackers = server;
			if (server_in_maintenance(tracked)) {
				server->admin |= SERVER_ADMIN_INHERITED_MAINT;
				server->state = SERVER_MAINT;
			} else if (server->state != SERVER_MAINT) {
				server->state = tracked->state;
			}
		}
		if (backend != NULL)
			backend_regroup(backend);
	}
}

/* The server that it tracks, or NULL. */
static struct server *track_of(const struct server *server)
{
	const struct server_conf *conf = server->conf->tracked;

	return conf == NULL || conf->backend->disabled
		       ? NULL
		       : backend_server_of(proxy_backend(server->backend->proxy, conf->backend), conf);
}

struct track_news {
	struct loop_message message;
	struct server *server;
};

/* The reasons that come from the tracked one. */
static unsigned track_reasons(const struct server *tracked)
{
	return (server_in_maintenance(tracked) ? SERVER_ADMIN_INHERITED_MAINT : 0) |
	       (server_drains(tracked) ? SERVER_ADMIN_INHERITED_DRAIN : 0);
}

static void track_follow(struct loop *loop, struct loop_message *message)
{
	struct track_news *news = container_of(message, struct track_news, message);
	struct server *server = news->server;
	struct server *tracked = track_of(server);
	unsigned inherited = SERVER_ADMIN_INHERITED_MAINT | SERVER_ADMIN_INHERITED_DRAIN;
	unsigned reasons = track_reasons(tracked);
	char via[256];

	free(news);
	snprintf(via, sizeof(via), " via %s", server->conf->track);
	if ((server->admin & inherited) != reasons)
		server_admin_change(server->home, server, reasons, inherited & ~reasons,
				    reasons != 0 ? via : "");
	if (tracked->state != SERVER_MAINT)
		server_mark(server->home, server, tracked->state == SERVER_UP, tracked->stopping,
			    via);
}

static void track_send(struct server *tracker)
{
	struct track_news *news = calloc(1, sizeof(*news));

	if (news == NULL || tracker->home == NULL) {
		free(news); /* it follows at the next change */
		return;
	}
	news->message.deliver = track_follow;
	news->server = tracker;
	loop_post(tracker->home->loop, &news->message);
}

void server_track_tell(struct server *server)
{
	for (struct server *tracker = server->trackers; tracker != NULL;
	     tracker = tracker->next_tracker)
		track_send(tracker);
}

void server_track_again(struct server *server)
{
	if (track_of(server) != NULL)
		track_send(server);
}

void server_track_begin(struct server *server)
{
	struct server *tracked = track_of(server);

	if (tracked == NULL)
		return;
	server->next_tracker = atomic_load(&tracked->trackers);
	tracked->trackers = server;
	track_send(server);
}

/* Who is at `server` in the list goes on from there: it is freed turns later. */
void server_track_end(struct server *server)
{
	struct server *tracked = track_of(server);
	struct server *_Atomic *at = tracked != NULL ? &tracked->trackers : NULL;

	while (at != NULL && *at != NULL && *at != server)
		at = &atomic_load(at)->next_tracker;
	if (at != NULL && *at == server)
		*at = atomic_load(&server->next_tracker);
}
