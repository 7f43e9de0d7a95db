/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/events.h - what changed since the last second, as server-sent events
 * (HTML standard, 9.2) for page.js: `stats uri` with ";events".
 *
 * Each event is one object of JSON. Rows are sent when something of them has
 * changed, their texts as the page has them; curves get their newest sample.
 */
#pragma once

#include <stdatomic.h>

#include "admin/history.h"
#include "admin/row.h"
#include "base/page.h"
#include "proxy/service.h"

enum { EVENTS_READERS = 64 };

struct events_source {
	const struct proxy *proxy;
	const struct page *page;
	const struct history *history;	/* or NULL */
	_Atomic unsigned *readers;	/* how many there are, all together */
	uint64_t after;			/* samples up to this number are known already */
};

/*
 * For one reader; NULL: there are too many, or no memory. The filter is
 * copied; its pointers are the configuration's.
 */
struct proxy_service_feed *events_open(const struct events_source *source,
				       const struct stats_filter *filter);
