/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/stats.c - see stats.h: one request in, one reply out. Runs in the
 * thread of the connection and touches nothing but its arguments.
 */
#include "admin/stats.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admin/columns.h"
#include "admin/page.h"
#include "admin/query.h"
#include "admin/row.h"
#include "http/message.h"

enum {
	MAX_REQUEST = 8192,
};

struct answer {
	unsigned status;
	const char *type;
	struct strbuf extra;	/* header lines */
	struct strbuf body;
	bool head_only;		/* the body is counted and not sent */
	bool keep_alive;
	bool old_version;	/* HTTP/1.0: keeping alive must be said */
};

/* A page of one sentence, which must need no escaping. */
static void answer_error(struct answer *answer, unsigned status, const char *why)
{
	answer->status = status;
	answer->type = "text/html; charset=utf-8";
	strbuf_printf(&answer->body,
		      "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
		      "<meta name=color-scheme content=\"light dark\"><title>%u %s</title>"
		      "<body style=\"font:16px system-ui,sans-serif;margin:3rem auto;max-width:40rem;"
		      "padding:0 1rem\"><h1>%u %s</h1><p>%s</p></body></html>\n",
		      status, http_reason(status), status, http_reason(status), why);
}

/* The bytes of the whole answer; frees its parts. */
static void answer_write(struct answer *answer, struct strbuf *reply)
{
	strbuf_printf(reply,
		      "HTTP/1.1 %u %s\r\ncontent-length: %zu\r\ncache-control: no-cache\r\n"
		      "content-type: %s\r\nx-content-type-options: nosniff\r\n"
		      "referrer-policy: no-referrer\r\n"
		      "content-security-policy: default-src 'none'; style-src 'unsafe-inline'; "
		      "img-src data:; base-uri 'none'; form-action 'none'\r\n",
		      answer->status, http_reason(answer->status), answer->body.len, answer->type);
	strbuf_add(reply, answer->extra.text, answer->extra.len);
	if (!answer->keep_alive)
		strbuf_puts(reply, "connection: close\r\n");
	else if (answer->old_version)
		strbuf_puts(reply, "connection: keep-alive\r\n");
	strbuf_puts(reply, "\r\n");
	if (!answer->head_only)
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

static void answer_page(struct answer *answer, const struct proxy_service_request *request,
			const struct stats_query *query, const struct stats_rows *rows)
{
	const struct stats_conf *conf = &request->section->stats;
	const struct proxy_global *global = stats_global(request->proxy);
	struct stats_process process;
	char host[65];
	struct stats_view view = {
		.conf = conf,
		.query = query,
		.rows = rows,
		.process = &process,
		.page = request->page,
		.node = shown_node(conf, global, host),
		.description = shown_description(conf, global),
	};

	stats_collect_process(request->proxy, &process);
	answer->type = "text/html; charset=utf-8";
	if (conf->refresh_ms != 0 && !query->no_refresh)
		strbuf_printf(&answer->extra, "refresh: %" PRIu32 "\r\n",
			      (conf->refresh_ms + 999) / 1000);
	stats_page(&view, &answer->body);
}

static void answer_statistics(struct answer *answer, const struct proxy_service_request *request,
			      const struct stats_query *query)
{
	const struct stats_filter filter = {
		.conf = &request->section->stats,
		.self = request->section,
		.up_only = query->up_only,
		.no_maintenance = query->no_maintenance,
	};
	struct stats_rows rows;

	if (stats_collect(request->proxy, &filter, &rows) < 0) {
		answer_error(answer, 500, "There is not enough memory for the statistics now.");
		return;
	}
	answer->status = 200;
	if (query->csv) {
		answer->type = "text/plain; charset=utf-8";
		stats_csv(&rows, &answer->body);
	} else {
		answer_page(answer, request, query, &rows);
	}
	stats_rows_free(&rows);
}

/* A complete and valid head. */
static void answer_request(struct answer *answer, const struct proxy_service_request *request,
			   const struct http_message *head)
{
	const struct stats_conf *conf = &request->section->stats;
	struct stats_query query;

	if (!conf->enabled || !stats_query_parse(head->path, conf, &query)) {
		answer_error(answer, 404, "There is nothing here but the statistics, at another "
					  "address.");
		return;
	}
	if (!stats_admits(conf, http_find(head, HTTP_AUTHORIZATION, NULL))) {
		answer_unauthorized(answer, conf);
		return;
	}
	if (head->method_id != HTTP_GET && head->method_id != HTTP_HEAD) {
		answer_error(answer, 405, "The statistics can only be read.");
		strbuf_puts(&answer->extra, "allow: GET, HEAD\r\n");
		return;
	}
	answer_statistics(answer, request, &query);
}

static enum proxy_service_result reply_refused(const struct proxy_service_request *request,
					       enum http_parse result, const char *why,
					       struct strbuf *reply, size_t *ret_consumed)
{
	struct answer answer = { .keep_alive = false };

	answer_error(&answer, http_parse_status(result), why);
	answer_write(&answer, reply);
	*ret_consumed = request->len;
	return PROXY_SERVICE_CLOSE;
}

static enum proxy_service_result stats_handle(const struct proxy_service_request *request,
					      struct strbuf *ret_reply, size_t *ret_consumed)
{
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message head = { .headers = headers, .header_max = ARRAY_LEN(headers) };
	const char *why = "the request is not complete";
	size_t at;
	enum http_parse result =
		http_request_parse(request->bytes, request->len, MAX_REQUEST,
				   (struct http_leniency){ .unsafe = false }, &head, &why, &at);

	*ret_consumed = 0;
	if (result == HTTP_PARSE_MORE && !request->at_end)
		return PROXY_SERVICE_MORE;
	if (result == HTTP_PARSE_MORE && request->len == 0)
		return PROXY_SERVICE_CLOSE; /* gone between two requests */
	if (result != HTTP_PARSE_DONE)
		return reply_refused(request, result, why, ret_reply, ret_consumed);

	struct answer answer = {
		.head_only = head.method_id == HTTP_HEAD,
		/* A body is never read: what follows it could not be found. */
		.keep_alive = head.keep_alive && !request->at_end && !stats_stopping(request->proxy) &&
			      !http_message_has_body(&head),
		.old_version = head.minor == 0,
	};

	answer_request(&answer, request, &head);
	enum proxy_service_result after =
		answer.keep_alive ? PROXY_SERVICE_REPLY : PROXY_SERVICE_CLOSE;
	answer_write(&answer, ret_reply);
	*ret_consumed = after == PROXY_SERVICE_REPLY ? head.len : request->len;
	/* Half an answer is worse than none. */
	if (ret_reply->failed) {
		strbuf_free(ret_reply);
		return PROXY_SERVICE_CLOSE;
	}
	return after;
}

const struct proxy_service admin_stats_service = {
	.name = "statistics",
	.max_request = MAX_REQUEST,
	.handle = stats_handle,
};
