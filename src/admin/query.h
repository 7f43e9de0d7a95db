/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/query.h - what a request for the statistics asks for: `stats uri`
 * followed by options, as in "/stats;csv;norefresh" (configuration manual 4.2
 * "stats uri", management manual 9).
 */
#pragma once

#include <stdbool.h>

#include "http/message.h"

struct stats_conf;

struct stats_query {
	bool csv;
	bool no_refresh;
	bool up_only;		/* ";up" */
	bool no_maintenance;	/* ";no-maint" */
	bool json;		/* ";json" */
	bool events;		/* ";events" */
	uint64_t after;		/* ";after=17": of events, the samples that are known already */
	char scope[64];		/* ";scope=web": sections with this in their name; "": all */
	int outcome;		/* ";st=DONE": enum form_outcome of a change; -1: none */
};

/* False when `path` is not the statistics' address. Unknown options are let pass. */
bool stats_query_parse(struct slice path, const struct stats_conf *conf,
		       struct stats_query *ret);

const char *stats_uri(const struct stats_conf *conf);

/* Whether `authorization` (or NULL) is that of a user; true when there are no users. */
bool stats_admits(const struct stats_conf *conf, const struct http_header *authorization);
