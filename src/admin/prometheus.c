/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/prometheus.c - see prometheus.h. The rows say which column or which
 * fact of `show info` a metric is; what relevo does not know has no metric.
 */
#include "admin/prometheus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli_info.h"
#include "admin/columns.h"
#include "admin/row.h"

struct metric {
	const char *from;	/* a column, or a name of `show info` */
	const char *name;	/* behind "haproxy_server_" and the like */
	bool counter;
	bool milliseconds;	/* told in seconds */
	bool only_frontends;	/* whatever rows the column has */
};

static const struct metric process_metrics[] = {
	{ "Nbthread", "nbthread", false, false, false },
	{ "Nbproc", "nbproc", false, false, false },
	{ "Process_num", "relative_process_id", false, false, false },
	{ "Uptime_sec", "uptime_seconds", false, false, false },
	{ "Ulimit-n", "max_fds", false, false, false },
	{ "Maxsock", "max_sockets", false, false, false },
	{ "Maxconn", "max_connections", false, false, false },
	{ "Hard_maxconn", "hard_max_connections", false, false, false },
	{ "CurrConns", "current_connections", false, false, false },
	{ "CumConns", "connections_total", true, false, false },
	{ "CumReq", "requests_total", true, false, false },
	{ "Maxpipes", "max_pipes", false, false, false },
	{ "ConnRate", "current_connection_rate", false, false, false },
	{ "ConnRateLimit", "limit_connection_rate", false, false, false },
	{ "MaxConnRate", "max_connection_rate", false, false, false },
	{ "SessRate", "current_session_rate", false, false, false },
	{ "SessRateLimit", "limit_session_rate", false, false, false },
	{ "MaxSessRate", "max_session_rate", false, false, false },
	{ "Tasks", "current_tasks", false, false, false },
	{ "Idle_pct", "idle_time_percent", false, false, false },
	{ "Stopping", "stopping", false, false, false },
	{ "Jobs", "jobs", false, false, false },
	{ "Listeners", "listeners", false, false, false },
	{ "TotalBytesOut", "bytes_out_total", true, false, false },
	{ "PoolAlloc_bytes", "pool_allocated_bytes", false, false, false },
	{ "PoolUsed_bytes", "pool_used_bytes", false, false, false },
	{ "Start_time_sec", "start_time_seconds", false, false, false },
};

/* A metric is there for the kinds of rows that its column has. */
static const struct metric row_metrics[] = {
	{ "qcur", "current_queue", false, false, false },
	{ "qmax", "max_queue", false, false, false },
	{ "scur", "current_sessions", false, false, false },
	{ "smax", "max_sessions", false, false, false },
	{ "slim", "limit_sessions", false, false, false },
	{ "stot", "sessions_total", true, false, false },
	{ "bin", "bytes_in_total", true, false, false },
	{ "bout", "bytes_out_total", true, false, false },
	{ "dreq", "requests_denied_total", true, false, false },
	{ "dresp", "responses_denied_total", true, false, false },
	{ "ereq", "request_errors_total", true, false, false },
	{ "econ", "connection_errors_total", true, false, false },
	{ "eresp", "response_errors_total", true, false, false },
	{ "wretr", "retry_warnings_total", true, false, false },
	{ "wredis", "redispatch_warnings_total", true, false, false },
	{ "weight", "weight", false, false, false },
	{ "chkfail", "check_failures_total", true, false, false },
	{ "chkdown", "check_up_down_total", true, false, false },
	{ "lastchg", "check_last_change_seconds", false, false, false },
	{ "downtime", "downtime_seconds_total", true, false, false },
	{ "qlimit", "queue_limit", false, false, false },
	{ "throttle", "current_throttle", false, false, false },
	{ "lbtot", "loadbalanced_total", true, false, false },
	{ "rate_lim", "limit_session_rate", false, false, false },
	{ "rate_max", "max_session_rate", false, false, false },
	{ "check_duration", "check_duration_seconds", false, true, false },
	{ "req_rate_max", "http_requests_rate_max", false, false, false },
	{ "req_tot", "http_requests_total", true, false, false },
	{ "cli_abrt", "client_aborts_total", true, false, false },
	{ "srv_abrt", "server_aborts_total", true, false, false },
	{ "conn_rate_max", "connections_rate_max", false, false, false },
	{ "conn_tot", "connections_total", true, false, false },
	{ "intercepted", "intercepted_requests_total", true, false, true },
	{ "dcon", "denied_connections_total", true, false, false },
	{ "dses", "denied_sessions_total", true, false, false },
	{ "wrew", "failed_header_rewriting_total", true, false, false },
	{ "connect", "connection_attempts_total", true, false, false },
	{ "reuse", "connection_reuses_total", true, false, false },
	{ "srv_icur", "idle_connections_current", false, false, false },
	{ "eint", "internal_errors_total", true, false, false },
	{ "safe_conn_cur", "safe_idle_connections_current", false, false, false },
	{ "used_conn_cur", "used_connections_current", false, false, false },
	{ "uweight", "uweight", false, false, false },
};

static const char *const kind_names[] = { [STATS_FRONTEND] = "frontend",
					  [STATS_BACKEND] = "backend",
					  [STATS_SERVER] = "server" };

/* ---- text ---- */

static void put_head(struct strbuf *out, const char *kind, const char *name, const char *help,
		     bool counter)
{
	strbuf_printf(out, "# HELP haproxy_%s_%s %s\n# TYPE haproxy_%s_%s %s\n", kind, name, help,
		      kind, name, counter ? "counter" : "gauge");
}

/* A label's value: quotes, backslashes and line ends escaped. */
static void put_label(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_printf(out, "\\%c", *text);
		else if (*text == '\n')
			strbuf_puts(out, "\\n");
		else
			strbuf_add(out, text, 1);
	}
}

static void put_name(struct strbuf *out, const struct stats_row *row, const char *name,
		     const char *label, const char *value)
{
	strbuf_printf(out, "haproxy_%s_%s{proxy=\"", kind_names[row->kind], name);
	put_label(out, row->proxy);
	if (row->kind == STATS_SERVER) {
		strbuf_puts(out, "\",server=\"");
		put_label(out, row->service);
	}
	if (label != NULL)
		strbuf_printf(out, "\",%s=\"%s", label, value);
	strbuf_puts(out, "\"} ");
}

/* ---- rows ---- */

static const struct stats_column *column_find(const char *name)
{
	size_t at = 0;

	while (strcmp(stats_columns[at].doc.name, name) != 0)
		at++;
	return &stats_columns[at];
}

static void put_metric(struct strbuf *out, const struct stats_rows *rows, enum stats_kind kind,
		       const struct metric *metric)
{
	const struct stats_column *column = column_find(metric->from);
	bool headed = false;

	if ((column->kinds & 1u << kind) == 0 || (metric->only_frontends && kind != STATS_FRONTEND))
		return;
	for (size_t i = 0; i < rows->count; i++) {
		const struct stats_row *row = &rows->rows[i];
		char buf[STATS_VALUE_TEXT];
		const char *value;

		if (row->kind != kind)
			continue;
		value = stats_value(row, column, buf);
		if (*value == '\0')
			continue;
		if (!headed)
			put_head(out, kind_names[kind], metric->name, column->doc.summary,
				 metric->counter);
		headed = true;
		put_name(out, row, metric->name, NULL, NULL);
		if (metric->milliseconds)
			strbuf_printf(out, "%.3f\n", (double)strtoull(value, NULL, 10) / 1000);
		else
			strbuf_printf(out, "%s\n", value);
	}
}

/* One line for each state, of which one is 1. */
static void put_status(struct strbuf *out, const struct stats_rows *rows, enum stats_kind kind)
{
	static const char *const states[] = { "DOWN", "UP", "MAINT", "DRAIN", "NOLB" };
	unsigned count = kind == STATS_SERVER ? ARRAY_LEN(states) : 2;

	put_head(out, kind_names[kind], "status", "The state, one line each, of which one is 1.",
		 false);
	for (size_t i = 0; i < rows->count; i++) {
		const struct stats_row *row = &rows->rows[i];
		unsigned is = row->up;

		if (row->kind != kind)
			continue;
		for (unsigned s = 2; s < ARRAY_LEN(states); s++)
			if (strncmp(row->status, states[s], strlen(states[s])) == 0)
				is = s;
		for (unsigned s = 0; s < count; s++) {
			put_name(out, row, "status", "state", states[s]);
			strbuf_printf(out, "%d\n", s == is);
		}
	}
}

static void put_responses(struct strbuf *out, const struct stats_rows *rows, enum stats_kind kind)
{
	static const char *const codes[] = { "other", "1xx", "2xx", "3xx", "4xx", "5xx" };
	static const unsigned order[] = { 1, 2, 3, 4, 5, 0 };
	bool headed = false;

	for (unsigned c = 0; c < ARRAY_LEN(order); c++)
		for (size_t i = 0; i < rows->count; i++) {
			const struct stats_row *row = &rows->rows[i];

			if (row->kind != kind || row->n.responses[order[c]] == STATS_NONE)
				continue;
			if (!headed)
				put_head(out, kind_names[kind], "http_responses_total",
					 "Responses by the class of their status.", true);
			headed = true;
			put_name(out, row, "http_responses_total", "code", codes[order[c]]);
			strbuf_printf(out, "%" PRIu64 "\n", row->n.responses[order[c]]);
		}
}

static void put_kind(struct strbuf *out, const struct stats_rows *rows, enum stats_kind kind)
{
	static const struct metric active[] = { { "act", "active_servers", false, false, false },
						{ "bck", "backup_servers", false, false, false } };

	for (size_t i = 0; i < ARRAY_LEN(row_metrics); i++)
		put_metric(out, rows, kind, &row_metrics[i]);
	for (size_t i = 0; kind == STATS_BACKEND && i < ARRAY_LEN(active); i++)
		put_metric(out, rows, kind, &active[i]);
	put_status(out, rows, kind);
	put_responses(out, rows, kind);
}

/* ---- the process ---- */

static size_t info_find(const char *name)
{
	size_t at = 0;

	while (strcmp(info_rows[at].doc.name, name) != 0)
		at++;
	return at;
}

/* Idle is the mean since the start: nobody keeps when each scraper has looked. */
static void put_process(struct strbuf *out, const struct proxy *proxy)
{
	uint64_t *numbers = calloc(info_row_count, sizeof(*numbers));
	struct info_memory memory = { 0 };

	if (numbers == NULL) {
		out->failed = true;
		return;
	}
	info_numbers(proxy, &memory, numbers);
	for (size_t i = 0; i < ARRAY_LEN(process_metrics); i++) {
		const struct metric *metric = &process_metrics[i];
		size_t at = info_find(metric->from);

		put_head(out, "process", metric->name, info_rows[at].doc.summary, metric->counter);
		strbuf_printf(out, "haproxy_process_%s %" PRIu64 "\n", metric->name, numbers[at]);
	}
	free(numbers);
	put_head(out, "process", "build_info", "The version.", false);
	strbuf_printf(out, "haproxy_process_build_info{version=\"%s\"} 1\n",
		      HAPROXY_LEVEL "-relevo" RELEVO_VERSION);
}

/* ---- the request ---- */

static bool query_has(struct slice query, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= query.len; i++)
		if (memcmp(query.at + i, word, len) == 0)
			return true;
	return false;
}

/* Without a scope everything is told. */
static bool in_scope(struct slice query, const char *what)
{
	char word[32];

	snprintf(word, sizeof(word), "scope=%s", what);
	return !query_has(query, "scope=") || query_has(query, "scope=*") || query_has(query, word);
}

static void prometheus_write(const struct proxy_service_request *request, struct slice query,
			     struct strbuf *out)
{
	static const struct stats_conf all = { .show_legends = true };
	static const enum stats_kind kinds[] = { STATS_FRONTEND, STATS_BACKEND, STATS_SERVER };
	const struct stats_filter filter = { .conf = &all,
					     .no_maintenance = query_has(query, "no-maint") };
	struct stats_rows rows;

	if (in_scope(query, "global"))
		put_process(out, request->proxy);
	if (stats_collect(request->proxy, &filter, &rows) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (in_scope(query, kind_names[kinds[i]]))
			put_kind(out, &rows, kinds[i]);
	stats_rows_free(&rows);
}

static void prometheus_handle(const struct proxy_service_request *request, struct strbuf *ret_reply)
{
	const struct http_message *message = request->message;
	const char *mark = memchr(message->target.at, '?', message->target.len);
	struct slice query = { NULL, 0 };
	struct strbuf body = STRBUF_EMPTY;

	if (mark != NULL)
		query = slice_skip(message->target, (size_t)(mark - message->target.at));
	prometheus_write(request, query, &body);
	strbuf_printf(ret_reply,
		      "HTTP/1.1 200 OK\r\ncache-control: no-cache\r\n"
		      "content-type: text/plain; version=0.0.4\r\ncontent-length: %zu\r\n\r\n",
		      body.len);
	strbuf_add(ret_reply, body.text != NULL ? body.text : "", body.len);
	ret_reply->failed |= body.failed;
	strbuf_free(&body);
	if (ret_reply->failed)
		strbuf_free(ret_reply);
}

const struct proxy_service admin_prometheus_service = {
	.name = "prometheus-exporter",
	.handle = prometheus_handle,
};
