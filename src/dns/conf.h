/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/conf.h - a `resolvers` section as typed (configuration manual 5.3.2).
 * The rows are in proxy/keywords_resolvers.c. Durations are milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "diag/report.h"
#include "net/address.h"

/* What came of asking for a name. */
enum dns_status {
	DNS_VALID,
	DNS_NX,
	DNS_REFUSED,
	DNS_TIMEOUT,
	DNS_OTHER,	/* any other answer without what was asked for */
	DNS_STATUSES,
};

struct dns_nameserver_conf {
	struct dns_nameserver_conf *next;
	const char *name;
	struct diag_span span;
	struct net_address address;	/* with a port */
	bool stream;			/* asked over TCP alone */
};

struct dns_conf {
	struct dns_conf *next;
	const char *name;
	struct diag_span span;
	struct dns_nameserver_conf *nameservers;
	unsigned nameserver_count;
	uint32_t timeout_resolve_ms;	/* from the end of one resolution to
					 * the next, default 1000 */
	uint32_t timeout_retry_ms;	/* default 1000 */
	int64_t retries;		/* how often a name is asked for
					 * before that counts as failed */
	uint32_t hold_nx_ms, hold_refused_ms, hold_timeout_ms, hold_other_ms; /* default 30000 */
	uint32_t hold_valid_ms;		/* of answers to do-resolve, default 10000 */
	uint32_t hold_obsolete_ms;	/* default 0 */
	int64_t payload;		/* bytes of a datagram that we
					 * announce to take, default 512 */
	bool used;			/* somebody resolves through it */
	bool looks_up;			/* do-resolve does, in each thread */
};

/* How long after the last valid answer `status` is not acted upon. */
uint32_t dns_conf_hold_ms(const struct dns_conf *conf, enum dns_status status);

/* Letters, digits, '-' and '_' in labels of 1 to 63 bytes, 253 in all; a dot may end it. */
bool dns_name_valid(const char *name);
