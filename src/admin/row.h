/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/row.h - one line of the statistics: a frontend, a backend or a server
 * at one moment, flat, so that the columns (columns.h) and the page need to
 * know nothing of the proxy.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "health/plan.h"

struct proxy;
struct proxy_global;
struct section;
struct server_conf;
struct stats_conf;

enum stats_kind { /* the numbers of the CSV's column "type" */
	STATS_FRONTEND,
	STATS_BACKEND,
	STATS_SERVER,
};

enum stats_tone { /* how a state is to be felt; the page's colours */
	STATS_GOOD,
	STATS_UNCERTAIN,	/* up, and its last checks failed; down, and they succeed */
	STATS_BAD,
	STATS_QUIET,		/* taken out of service on purpose */
	STATS_PLAIN,		/* nobody looks */
};

#define STATS_NONE UINT64_MAX /* not known, or means nothing for this kind of row */

struct stats_row {
	enum stats_kind kind;
	enum stats_tone tone;
	bool up, maintenance, backup_server;
	bool refusing;				/* the last connection to the server failed */
	bool agent_off;				/* it has an agent that is not asked now */
	const struct section *section;
	const struct server_conf *server;	/* STATS_SERVER */

	/* Texts; NULL: none. They live as long as the configuration, or are static. */
	const char *proxy, *service, *check_status, *check_text, *agent_status, *agent_text, *mode,
		*algorithm;
	char status[24];
	char check_error[HEALTH_TEXT], agent_error[HEALTH_TEXT];
	char address[128];			/* "": none */

	struct stats_numbers {			/* each may be STATS_NONE; all uint64_t */
		uint64_t zero;			/* for what relevo does not have, and counts 0 of */
		uint64_t type, process, proxy_id, service_id;
		uint64_t queue, queue_max, queue_limit;
		uint64_t sessions, sessions_max, sessions_limit, sessions_total;
		uint64_t bytes_in, bytes_out;
		uint64_t denied_requests, denied_responses, denied_connections;
		uint64_t request_errors, connect_errors, response_errors, retries, redispatches;
		uint64_t weight, user_weight, active, backup, throttle, chosen;
		uint64_t failed_checks, downs, since_change_s, down_s;
		uint64_t rate, rate_limit, rate_max;
		uint64_t connection_rate, connection_rate_max, connections;
		uint64_t check_code, check_duration_ms, rise, fall, health;
		uint64_t agent_code, agent_duration_ms, agent_rise, agent_fall, agent_health;
		uint64_t client_aborts, server_aborts, connects, reuses;
		uint64_t denied_sessions, intercepted, idle;
		uint64_t requests, request_rate, request_rate_max;
		uint64_t responses[6];		/* 1xx..5xx; [0]: any other; mode http only */
	} n;
};

/* A row of no text and no number but those that its kind decides. */
void stats_row_init(struct stats_row *row, enum stats_kind kind);

/* Which rows; see admin/query.h. */
struct stats_filter {
	const struct stats_conf *conf;		/* its scopes */
	const struct section *self;		/* what "." means there */
	bool up_only, no_maintenance;
	char name[64];				/* only sections with this in their name; "": all */
};

struct stats_rows {
	struct stats_row *rows;			/* frontend, servers, backend of each section */
	size_t count, room;
	_Atomic uint32_t *readers;		/* counts whoever keeps texts of servers; or NULL */
};

/*
 * Takes a snapshot in the order of the configuration. -ENOMEM, or 0. The rows
 * are freed by stats_rows_free; their texts are the configuration's.
 */
int stats_collect(const struct proxy *proxy, const struct stats_filter *filter,
		  struct stats_rows *ret);
void stats_rows_free(struct stats_rows *rows);

/*
 * The same of section `index` alone, below stats_part_count; none
 * when the filter does not let it be seen.
 */
int stats_collect_part(const struct proxy *proxy, unsigned index, const struct stats_filter *filter,
		       struct stats_rows *ret);
unsigned stats_part_count(const struct proxy *proxy);
/* NULL: nobody is there. */
const struct stats_conf *stats_part_conf(const struct proxy *proxy, unsigned index);

/* Whether `scopes` of the filter let `section` be seen. */
bool stats_in_scope(const struct stats_filter *filter, const struct section *section);

/* The process as a whole. */
struct stats_process {
	uint64_t pid, threads, uptime_s;
	uint64_t connections, connections_max, connections_limit, connections_total;
	uint64_t rate, rate_max;
	bool stopping;
	uint64_t wall_us;		/* when it was looked at, microseconds since 1970 */
};

const struct proxy_global *stats_global(const struct proxy *proxy);
bool stats_stopping(const struct proxy *proxy);
void stats_collect_process(const struct proxy *proxy, struct stats_process *ret);
