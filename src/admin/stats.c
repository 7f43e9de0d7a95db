/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/stats.c - see stats.h: one request in, one reply out. Runs in the
 * thread of the connection and touches nothing but its arguments.
 */
#include "admin/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/columns.h"
#include "admin/events.h"
#include "admin/form.h"
#include "admin/history.h"
#include "admin/page.h"
#include "admin/query.h"
#include "admin/row.h"
#include "admin/row_json.h"
#include "http/message.h"

/* What it has while the process runs. */
struct service {
	struct history *history;	/* or NULL */
	_Atomic unsigned readers;	/* of events */
	struct guard guard;
};

/* What a view points to. */
struct view_parts {
	struct stats_process process;
	struct form_asker asker;
	char host[65], token[GUARD_TOKEN];
};

struct answer {
	unsigned status;
	const char *type;
	struct strbuf extra;	/* header lines */
	struct strbuf body;
	bool forms;		/* there are some in it */
	struct proxy_service_feed *feed; /* it goes on from there; NULL: it does not */
};

/* A page of one sentence, which must need no escaping. */
static void answer_error(struct answer *answer, unsigned status, const char *why)
{
	answer->status = status;
	answer->type = "text/html; charset=utf-8";
	strbuf_printf(&answer->body,
		      "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
		      "<meta name=color-scheme content=\"light dark\"><title>%u %s</title>"
		      "<body><h1>%u %s</h1><p>%s</p></body></html>\n",
		      status, http_reason(status), status, http_reason(status), why);
}

/* The bytes of the whole answer; frees its parts. */
static void answer_write(struct answer *answer, struct strbuf *reply)
{
	strbuf_printf(reply, "HTTP/1.1 %u %s\r\n", answer->status, http_reason(answer->status));
	if (answer->feed == NULL)
		strbuf_printf(reply, "content-length: %zu\r\n", answer->body.len);
	strbuf_printf(reply,
		      "cache-control: no-cache\r\n"
		      "content-type: %s\r\nx-content-type-options: nosniff\r\n"
		      "referrer-policy: %s\r\n"
		      "content-security-policy: default-src 'none'; style-src '%s'; script-src "
		      "'%s'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors "
		      "'none'; form-action %s\r\n",
		      answer->type,
		      /* Without a referrer browsers do not say which site a form is of. */
		      answer->forms ? "same-origin" : "no-referrer", stats_page_style_hash,
		      stats_page_script_hash, answer->forms ? "'self'" : "'none'");
	strbuf_add(reply, answer->extra.text, answer->extra.len);
	strbuf_puts(reply, "\r\n");
	strbuf_add(reply, answer->body.text, answer->body.len);
	reply->failed |= answer->body.failed || answer->extra.failed;
	strbuf_free(&answer->body);
	strbuf_free(&answer->extra);
}

/* A quoted-string (RFC 9110, 5.6.4). */
static void put_quoted(struct strbuf *buf, const char *text)
{
	strbuf_puts(buf, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_puts(buf, "\\");
		strbuf_add(buf, (unsigned char)*text < ' ' || *text == 127 ? "?" : text, 1);
	}
	strbuf_puts(buf, "\"");
}

static void answer_unauthorized(struct answer *answer, const struct stats_conf *conf)
{
	answer_error(answer, 401, "A user name and its password are needed to see the statistics.");
	strbuf_puts(&answer->extra, "www-authenticate: Basic realm=");
	put_quoted(&answer->extra, conf->realm == NULL ? "HAProxy Statistics" : conf->realm);
	strbuf_puts(&answer->extra, ", charset=\"UTF-8\"\r\n");
}

/* What `stats show-node` and `stats show-desc` ask to be shown, or NULL. */
static const char *shown_node(const struct stats_conf *conf, const struct proxy_global *global,
			      char host[65])
{
	if (!conf->show_node)
		return NULL;
	if (conf->node != NULL || global->node != NULL)
		return conf->node != NULL ? conf->node : global->node;
	if (gethostname(host, 65) < 0)
		return NULL;
	host[64] = '\0';
	return host;
}

static const char *shown_description(const struct stats_conf *conf,
				     const struct proxy_global *global)
{
	if (!conf->show_desc)
		return NULL;
	return conf->description != NULL ? conf->description : global->description;
}

/* The forms of the page are this user's. */
static void view_make(const struct proxy_service_request *request, const struct stats_query *query,
		      const struct stats_rows *rows, struct view_parts *parts,
		      struct stats_view *ret)
{
	const struct stats_conf *conf = &request->section->stats;
	const struct proxy_global *global = stats_global(request->proxy);
	const struct service *service = request->self;

	*ret = (struct stats_view){
		.conf = conf,
		.query = query,
		.rows = rows,
		.process = &parts->process,
		.page = request->page,
		.history = service == NULL ? NULL : service->history,
		.node = shown_node(conf, global, parts->host),
		.description = shown_description(conf, global),
		.may_change = request->may_change,
		.may_hand_over = request->may_change && conf->handover,
		.token = parts->token,
	};
	stats_collect_process(request->proxy, &parts->process);
	guard_user(conf, request->message, parts->asker.user);
	parts->asker.guard = service == NULL ? NULL : &service->guard;
	if (request->may_change && service != NULL)
		guard_token(&service->guard, request->section->name, parts->asker.user,
			    parts->token);
}

static void answer_page(struct answer *answer, const struct proxy_service_request *request,
			const struct stats_query *query, const struct stats_rows *rows)
{
	struct view_parts parts = { .token = "" };
	struct stats_view view;

	view_make(request, query, rows, &parts, &view);
	answer->forms = request->may_change;
	answer->type = "text/html; charset=utf-8";
	stats_page(&view, &answer->body);
}

/* Lines of JSON that go on until one of both ends it. */
static void answer_events(struct answer *answer, const struct proxy_service_request *request,
			  const struct stats_filter *filter, uint64_t after)
{
	struct service *service = request->self;

	answer->status = 200;
	answer->type = "text/event-stream; charset=utf-8";
	strbuf_puts(&answer->body, "retry: 2000\n\n");
	if (request->message->method_id == HTTP_HEAD)
		return;
	if (service != NULL && request->ret_feed != NULL)
		answer->feed = events_open(&(struct events_source){
						   .proxy = request->proxy,
						   .page = request->page,
						   .history = service->history,
						   .readers = &service->readers,
						   .after = after },
					   filter);
	if (answer->feed != NULL)
		return;
	strbuf_free(&answer->body);
	answer_error(answer, 503, "There are too many who read this now.");
}

static void answer_statistics(struct answer *answer, const struct proxy_service_request *request,
			      const struct stats_query *query)
{
	struct stats_filter filter = {
		.conf = &request->section->stats,
		.self = request->section,
		.up_only = query->up_only,
		.no_maintenance = query->no_maintenance,
	};
	struct stats_rows rows;

	memcpy(filter.name, query->scope, sizeof(filter.name));
	if (query->events) {
		answer_events(answer, request, &filter, query->after);
		return;
	}
	if (stats_collect(request->proxy, &filter, &rows) < 0) {
		answer_error(answer, 500, "There is not enough memory for the statistics now.");
		return;
	}
	answer->status = 200;
	if (query->csv) {
		answer->type = "text/plain; charset=utf-8";
		stats_csv(&rows, &answer->body);
	} else if (query->json) {
		answer->type = "application/json";
		stats_json(&rows, &answer->body);
	} else {
		answer_page(answer, request, query, &rows);
	}
	stats_rows_free(&rows);
}

/*
 * Back to the page, which says what came of it; its address is safe to load
 * again. A form that is to be asked for once more is shown instead.
 */
static void answer_change(struct answer *answer, const struct proxy_service_request *request,
			  const struct stats_query *query)
{
	struct view_parts parts = { .token = "" };
	struct stats_view view;
	enum form_outcome outcome;
	struct form form;

	view_make(request, query, NULL, &parts, &view);
	form_read(request, &form);
	outcome = form_check(request, &form, &parts.asker);
	if (outcome == FORM_DONE && form.asks) {
		answer->status = 200;
		answer->forms = true;
		answer->type = "text/html; charset=utf-8";
		stats_page_confirm(&view, &form, &answer->body);
		return;
	}
	if (outcome == FORM_DONE)
		outcome = form_apply(request, &form, &parts.asker);
	answer->status = 303;
	answer->type = "text/plain";
	strbuf_printf(&answer->extra, "location: %s;st=%s\r\n", stats_uri(&request->section->stats),
		      form_outcomes[outcome].word);
}

static void answer_request(struct answer *answer, const struct proxy_service_request *request)
{
	const struct http_message *head = request->message;
	const struct stats_conf *conf = &request->section->stats;
	struct stats_query query;

	if (!stats_query_parse(head->path, conf, &query)) {
		answer_error(answer, 404, "The statistics are at another address.");
		return;
	}
	if (!stats_admits(conf, http_find(head, HTTP_AUTHORIZATION, NULL))) {
		answer_unauthorized(answer, conf);
		return;
	}
	if (head->method_id == HTTP_POST && conf->admins != NULL) {
		answer_change(answer, request, &query);
		return;
	}
	if (head->method_id != HTTP_GET && head->method_id != HTTP_HEAD) {
		answer_error(answer, 405, "The statistics can only be read.");
		strbuf_puts(&answer->extra, "allow: GET, HEAD\r\n");
		return;
	}
	answer_statistics(answer, request, &query);
}

static bool stats_wants(const struct section *section, const struct http_message *message)
{
	struct stats_query query;

	return section->stats.enabled &&
	       stats_query_parse(message->path, &section->stats, &query);
}

static void stats_handle(const struct proxy_service_request *request, struct strbuf *ret_reply)
{
	struct answer answer = { .status = 0 };

	answer_request(&answer, request);
	answer_write(&answer, ret_reply);
	/* Half an answer is worse than none. */
	if (ret_reply->failed) {
		strbuf_free(ret_reply);
		if (answer.feed != NULL)
			answer.feed->close(answer.feed);
	} else if (answer.feed != NULL) {
		*request->ret_feed = answer.feed;
	}
}

/* Whether a page may ever have forms. */
static bool anybody_changes(const struct proxy *proxy)
{
	for (unsigned i = 0; i < stats_part_count(proxy); i++)
		if (stats_part_conf(proxy, i) != NULL && stats_part_conf(proxy, i)->admins != NULL)
			return true;
	return false;
}

static int stats_start(struct proxy *proxy, void **ret_self)
{
	struct service *service = calloc(1, sizeof(*service));
	int error = service == NULL ? -ENOMEM : 0;

	if (error == 0 && anybody_changes(proxy))
		error = guard_init(&service->guard);
	if (error == 0)
		error = history_start(proxy, &service->history);
	if (error < 0)
		free(service);
	else
		*ret_self = service;
	return error;
}

static void stats_stop(void *self)
{
	struct service *service = self;

	history_stop(service->history);
	free(service);
}

const struct proxy_service admin_stats_service = {
	.name = "statistics",
	.start = stats_start,
	.stop = stats_stop,
	.wants = stats_wants,
	.handle = stats_handle,
};
