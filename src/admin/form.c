/* SPDX-License-Identifier: Apache-2.0 */
/* admin/form.c - see form.h. In the thread of the connection. */
#include "admin/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "proxy/server_admin.h"
#include "proxy/worker.h"

const struct form_word form_outcomes[FORM_OUTCOMES] = {
	[FORM_DONE] = { "DONE", "The change was made." },
	[FORM_PARTLY] = { "PART", "The change was made to some of the servers only." },
	[FORM_NOTHING] = { "NONE", "Nothing was changed." },
	[FORM_ERROR] = { "ERRP", "The form asked for nothing that can be done." },
	[FORM_TOO_LONG] = { "EXCD", "The form was too long: choose fewer servers." },
	[FORM_DENIED] = { "DENY", "You may not change anything here." },
};

/* ---- actions ---- */

/* False: there was nothing to change. */
static bool form_set(struct worker *worker, struct server *server, unsigned set, unsigned clear)
{
	unsigned now = server->admin;

	if (((now & ~clear) | set) == now)
		return false;
	server_admin_change(worker, server, set, clear, "");
	return true;
}

static bool form_ready(struct worker *worker, struct server *server)
{
	return form_set(worker, server, 0, SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_FORCED_DRAIN);
}

static bool form_drain(struct worker *worker, struct server *server)
{
	return form_set(worker, server, SERVER_ADMIN_FORCED_DRAIN, SERVER_ADMIN_FORCED_MAINT);
}

static bool form_maint(struct worker *worker, struct server *server)
{
	return form_set(worker, server, SERVER_ADMIN_FORCED_MAINT, SERVER_ADMIN_FORCED_DRAIN);
}

static bool form_check(struct worker *worker, struct server *server)
{
	if (!server->checked || !server->check_stopped)
		return false;
	server_set_checking(server, true);
	return true;
}

static bool form_check_not(struct worker *worker, struct server *server)
{
	if (!server->checked || server->check_stopped)
		return false;
	server_set_checking(server, false);
	return true;
}

static bool form_force_up(struct worker *worker, struct server *server)
{
	server_force(server, SERVER_FORCE_UP);
	return true;
}

static bool form_force_stopping(struct worker *worker, struct server *server)
{
	server_force(server, SERVER_FORCE_STOPPING);
	return true;
}

static bool form_force_down(struct worker *worker, struct server *server)
{
	server_force(server, SERVER_FORCE_DOWN);
	return true;
}

static bool form_shutdown(struct worker *worker, struct server *server)
{
	server_end_streams(server, 'K');
	return true;
}

static const struct form_action {
	const char *word;
	bool (*run)(struct worker *worker, struct server *server);
} actions[] = {
	{ "ready", form_ready },    { "drain", form_drain },	  { "maint", form_maint },
	{ "ehlth", form_check },    { "dhlth", form_check_not },  { "shutdown", form_shutdown },
	{ "hrunn", form_force_up }, { "hnolb", form_force_stopping }, { "hdown", form_force_down },
	/* HAProxy's older words. */
	{ "enable", form_ready },   { "disable", form_maint },	  { "start", form_ready },
	{ "stop", form_drain },
};

const struct form_word form_actions[] = {
	{ "ready", "Ready: serve again" },
	{ "drain", "Drain: no new load" },
	{ "maint", "Maintenance" },
	{ "dhlth", "Stop health checks" },
	{ "ehlth", "Start health checks" },
	{ "hrunn", "Say it is up" },
	{ "hnolb", "Say it takes no new load" },
	{ "hdown", "Say it is down" },
	{ "shutdown", "End all streams" },
	{ NULL, NULL },
};

static const struct form_action *action_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(actions[i].word, word) == 0)
			return &actions[i];
	return NULL;
}

/* ---- the form ---- */

enum { FORM_VALUE = 256 };

/* "s=a%20b&...": takes the next field; its value decoded. False at the end. */
static bool form_next(struct slice *rest, char *ret_name, char value[FORM_VALUE])
{
	size_t len = 0, at;

	if (rest->len == 0)
		return false;
	const char *amp = memchr(rest->at, '&', rest->len);
	struct slice field = { rest->at, amp != NULL ? (size_t)(amp - rest->at) : rest->len };
	*rest = slice_skip(*rest, field.len + 1);
	*ret_name = field.len > 1 && field.at[1] == '=' ? *field.at : '\0';
	const char *equal = memchr(field.at, '=', field.len);
	if (equal == NULL)
		return true;
	if (slice_is((struct slice){ field.at, (size_t)(equal - field.at) }, "action"))
		*ret_name = 'A';
	field = slice_skip(field, (size_t)(equal - field.at) + 1);
	for (at = 0; at < field.len && len + 1 < FORM_VALUE; at++) {
		int high = at + 2 < field.len ? hex_value(field.at[at + 1]) : -1;
		int low = at + 2 < field.len ? hex_value(field.at[at + 2]) : -1;

		if (field.at[at] == '%' && high >= 0 && low >= 0) {
			value[len++] = (char)(high << 4 | low);
			at += 2;
		} else {
			value[len++] = field.at[at] == '+' ? ' ' : field.at[at];
		}
	}
	value[len] = '\0';
	return true;
}

/* "#3" or a name; NULL: there is none that this page shows. */
static struct backend *form_backend(const struct proxy_service_request *request, const char *name)
{
	const struct proxy *proxy = request->proxy;

	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		const struct proxy_part *part = &proxy->parts[i];

		if (part->backend != NULL &&
		    (*name == '#' ? strtol(name + 1, NULL, 10) == part->section->id
				  : strcmp(part->section->name, name) == 0))
			return part->backend;
	}
	return NULL;
}

static struct server *form_server(struct backend *backend, const char *name)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (strcmp(set->at[i]->conf->name, name) == 0)
			return set->at[i];
	return NULL;
}

static void form_log(const struct proxy_service_request *request, const struct server *server,
		     const char *action)
{
	char ip[NET_TEXT];

	log_printf(request->worker->log, &server->backend->section->log, LOG_LEVEL_NOTICE,
		   "Server %s/%s: '%s' asked for on the statistics page of %s by %s.",
		   server->backend->section->name, server->conf->name, action,
		   request->section->name, net_endpoint_text(request->client, ip));
}

/* The backend and the action stand anywhere in the form: they are looked for first. */
static bool form_find(const struct proxy_service_request *request, struct backend **ret_backend,
		      const struct form_action **ret_action, bool *ret_any)
{
	struct slice rest = request->body;
	char value[FORM_VALUE] = "", name;
	bool good = true;

	*ret_any = false;
	*ret_backend = NULL;
	*ret_action = NULL;
	while (form_next(&rest, &name, value)) {
		if (name == 'b') {
			*ret_backend = form_backend(request, value);
			good &= *ret_backend != NULL;
		} else if (name == 'A') {
			*ret_action = action_find(value);
			good &= *ret_action != NULL;
		}
		*ret_any |= name == 's';
	}
	return good;
}

static bool form_has_origin_of(struct slice origin, struct slice host)
{
	struct slice rest = origin;

	for (size_t i = 0; i + 3 <= origin.len; i++)
		if (memcmp(origin.at + i, "://", 3) == 0) {
			rest = slice_skip(origin, i + 3);
			break;
		}
	return slice_equal_nocase(rest, host);
}

bool form_is_foreign(const struct http_message *message)
{
	const struct http_header *site = http_find_name(message, SLICE("Sec-Fetch-Site"), NULL);
	const struct http_header *origin = http_find_name(message, SLICE("Origin"), NULL);
	const struct http_header *host = http_find(message, HTTP_HOST, NULL);

	if (site != NULL)
		return !slice_is_nocase(site->value, "same-origin") &&
		       !slice_is_nocase(site->value, "none");
	return origin != NULL &&
	       (host == NULL || !form_has_origin_of(origin->value, host->value));
}

enum form_outcome form_apply(const struct proxy_service_request *request)
{
	const struct form_action *action;
	struct backend *backend;
	struct slice rest = request->body;
	char value[FORM_VALUE], name;
	unsigned changed = 0, unknown = 0;
	bool any;

	if (!request->may_change || request->worker == NULL || form_is_foreign(request->message))
		return FORM_DENIED;
	if (!request->body_complete)
		return FORM_TOO_LONG;
	if (!form_find(request, &backend, &action, &any))
		return FORM_ERROR;
	if (backend == NULL || action == NULL || !any)
		return FORM_NOTHING;
	while (form_next(&rest, &name, value)) {
		struct server *server = name == 's' ? form_server(backend, value) : NULL;

		if (name == 's' && server == NULL)
			unknown++;
		else if (server != NULL && action->run(request->worker, server)) {
			form_log(request, server, action->word);
			changed++;
		}
	}
	if (unknown != 0)
		return changed != 0 ? FORM_PARTLY : FORM_ERROR;
	return changed != 0 ? FORM_DONE : FORM_NOTHING;
}
