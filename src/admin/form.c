/* SPDX-License-Identifier: Apache-2.0 */
/* admin/form.c - see form.h. In the thread of the connection. */
#include "admin/form.h"

#include <stdlib.h>
#include <string.h>

#include "admin/row.h"
#include "base/hex.h"
#include "proxy/server_set.h"
#include "proxy/worker.h"

const struct form_word form_outcomes[FORM_OUTCOMES] = {
	[FORM_DONE] = { "DONE", "The change was made." },
	[FORM_PARTLY] = { "PART", "The change was made to some of the servers only." },
	[FORM_NOTHING] = { "NONE", "Nothing was changed." },
	[FORM_ERROR] = { "ERRP", "The form asked for nothing that can be done." },
	[FORM_TOO_LONG] = { "EXCD", "The form was too long: choose fewer servers." },
	[FORM_ASKED] = { "ASKD", "It is asked for: the pair's events tell what comes of it." },
	[FORM_DENIED] = { "DENY", "You may not change anything here." },
};

/* ---- the form ---- */

/* The value of a field, decoded. */
static void field_decode(struct slice field, char value[FORM_VALUE])
{
	size_t len = 0;

	for (size_t at = 0; at < field.len && len + 1 < FORM_VALUE; at++) {
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
}

/* "s=a%20b&...": takes the next field; its value decoded. False at the end. */
static bool form_next(struct slice *rest, struct slice *ret_name, char value[FORM_VALUE])
{
	if (rest->len == 0)
		return false;
	const char *amp = memchr(rest->at, '&', rest->len);
	struct slice field = { rest->at, amp != NULL ? (size_t)(amp - rest->at) : rest->len };
	const char *equal = memchr(field.at, '=', field.len);

	*rest = slice_skip(*rest, field.len + 1);
	*ret_name = (struct slice){ field.at, equal == NULL ? 0 : (size_t)(equal - field.at) };
	value[0] = '\0';
	if (equal != NULL)
		field_decode(slice_skip(field, ret_name->len + 1), value);
	return true;
}

bool form_next_server(struct slice *rest, char name[FORM_VALUE])
{
	struct slice field;

	while (form_next(rest, &field, name))
		if (slice_is(field, "s"))
			return true;
	return false;
}

/* "#3" or a name; NULL: there is none that this page shows. */
static struct backend *form_backend(const struct proxy_service_request *request, const char *name)
{
	const struct stats_filter shown = { .conf = &request->section->stats,
					    .self = request->section };
	const struct proxy *proxy = request->proxy;

	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);)
		if (part.backend != NULL && stats_in_scope(&shown, part.section) &&
		    (*name == '#' ? strtol(name + 1, NULL, 10) == part.section->id
				  : strcmp(part.section->name, name) == 0))
			return part.backend;
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

const char *form_backend_name(const struct form *form)
{
	return form->backend == NULL ? "" : form->backend->section->name;
}

/* What is longer than its place is wrong anyhow, and must not become right by being cut. */
static void take_text(char *to, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len < size)
		memcpy(to, value, len + 1);
	else
		memcpy(to, "?", 2);
}

void form_read(const struct proxy_service_request *request, struct form *ret)
{
	struct slice rest = request->body, field;
	char value[FORM_VALUE];

	*ret = (struct form){ .section = request->section, .body = request->body };
	while (form_next(&rest, &field, value)) {
		if (slice_is(field, "b")) {
			ret->backend = form_backend(request, value);
			ret->wrong |= ret->backend == NULL;
		} else if (slice_is(field, "action")) {
			ret->action = form_action_find(value);
			ret->wrong |= ret->action == NULL;
		} else if (slice_is(field, "w")) {
			take_text(ret->weight, sizeof(ret->weight), value);
		} else if (slice_is(field, "t")) {
			take_text(ret->token, sizeof(ret->token), value);
		}
		ret->names_servers |= slice_is(field, "s");
		ret->asks |= slice_is(field, "ask");
	}
}

/* ---- who asks ---- */

static const char *asker_text(const struct proxy_service_request *request,
			      const struct form_asker *asker, char text[NET_TEXT + GUARD_USER + 8])
{
	char ip[NET_TEXT];

	snprintf(text, NET_TEXT + GUARD_USER + 8, "%s%s%s", net_endpoint_text(request->client, ip),
		 asker->user[0] == '\0' ? "" : " as ", asker->user);
	return text;
}

static void log_refusal(const struct proxy_service_request *request, const struct form_asker *asker,
			const char *why)
{
	char who[NET_TEXT + GUARD_USER + 8];

	if (request->worker != NULL)
		log_printf(request->worker->log, &request->section->log, LOG_LEVEL_WARNING,
			   "A change asked for on the statistics page of %s by %s is refused: %s.",
			   request->section->name, asker_text(request, asker, who), why);
}

static void log_change(const struct proxy_service_request *request, const struct form *form,
		       const struct form_asker *asker, const struct server *server, bool done)
{
	char who[NET_TEXT + GUARD_USER + 8];
	bool weight = form->action->own;

	log_printf(request->worker->log, &server->backend->section->log, LOG_LEVEL_NOTICE,
		   "Server %s/%s: '%s%s%s' asked for on the statistics page of %s by %s: %s.",
		   server->backend->section->name, server->conf->name, form->action->word,
		   weight ? " " : "", weight ? form->weight : "", request->section->name,
		   asker_text(request, asker, who), done ? "done" : "nothing to change");
}

/* NULL: it may. */
static const char *why_refused(const struct proxy_service_request *request,
			       const struct form *form, const struct form_asker *asker)
{
	bool own = form->action != NULL && form->action->own;

	if (!request->may_change || request->worker == NULL)
		return "no `stats admin` condition holds";
	if (form->action != NULL && form->action->node && !request->section->stats.handover)
		return "there is no `stats handover`";
	if (guard_is_foreign(request->message))
		return "it comes from a page of another site";
	if ((own || form->token[0] != '\0') &&
	    (asker->guard == NULL ||
	     !guard_token_is(asker->guard, request->section->name, asker->user, form->token)))
		return "it is not from a page of this process: load that anew";
	return NULL;
}

enum form_outcome form_check(const struct proxy_service_request *request, const struct form *form,
			     const struct form_asker *asker)
{
	const char *why = why_refused(request, form, asker);

	if (why != NULL) {
		log_refusal(request, asker, why);
		return FORM_DENIED;
	}
	if (!request->body_complete)
		return FORM_TOO_LONG;
	if (form->wrong)
		return FORM_ERROR;
	if (form->action != NULL && form->action->node)
		return FORM_DONE;
	if (form->backend == NULL || form->action == NULL || !form->names_servers)
		return FORM_NOTHING;
	return FORM_DONE;
}

/* The parent sees it soon, and tells the pair's events what came of it. */
static void wish_handover(const struct proxy_service_request *request,
			  const struct form_asker *asker)
{
	char who[NET_TEXT + GUARD_USER + 8];

	atomic_fetch_add(&request->worker->proxy->page->handover_wishes, 1);
	log_printf(request->worker->log, &request->section->log, LOG_LEVEL_NOTICE,
		   "A hand-over of the addresses is asked for on the statistics page of %s by %s.",
		   request->section->name, asker_text(request, asker, who));
}

enum form_outcome form_apply(const struct proxy_service_request *request, const struct form *form,
			     const struct form_asker *asker)
{
	struct slice rest = form->body;
	unsigned changed = 0, unknown = 0;
	char name[FORM_VALUE];

	if (form->action->node) {
		wish_handover(request, asker);
		return FORM_ASKED;
	}
	while (form_next_server(&rest, name)) {
		struct server *server = form_server(form->backend, name);

		if (server == NULL) {
			unknown++;
			continue;
		}
		bool done = form->action->run(request->worker, server, form->weight);

		log_change(request, form, asker, server, done);
		changed += done;
	}
	if (unknown != 0)
		return changed != 0 ? FORM_PARTLY : FORM_ERROR;
	return changed != 0 ? FORM_DONE : FORM_NOTHING;
}
