/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/nameserver.h - one name server, asked through c-ares in the caller's loop.
 *
 * c-ares writes queries, keeps their numbers and reads datagrams and streams;
 * how often and whom to ask is decided above (question.h), so each nameserver has
 * channels of its own and is asked once. An answer that was cut to a datagram is
 * asked for anew over TCP. No file is read and no thread is made.
 */
#pragma once

#include "dns/answer.h"
#include "loop/loop.h"

/* As `show resolvers` names them (management guide 9.3). Other threads may read them. */
struct dns_counters {
	_Atomic uint64_t sent, send_error, valid, update, alias, alias_error, empty, nx, timeout,
		refused, other, invalid, too_big, truncated, outdated;
};

struct dns_nameserver {
	const struct dns_nameserver_conf *conf;
	struct dns_counters counters;
	struct loop *loop;
	struct dns_channel *datagram, *stream; /* datagram NULL: TCP alone */
};

/*
 * Before privileges go. timeout_ms: how long an answer is waited for. 0 or negative
 * errno; on failure it is closed.
 */
int dns_nameserver_open(struct dns_nameserver *nameserver, struct loop *loop,
			const struct dns_nameserver_conf *conf, uint32_t timeout_ms,
			uint32_t payload) MUST_CHECK;
/* Queries that are out are dropped without a call. */
void dns_nameserver_close(struct dns_nameserver *nameserver);

/* One query. */
struct dns_query {
	struct dns_nameserver *nameserver;
	struct dns_asked asked;
	bool by_stream;			/* again, since the datagram was not whole */
	unsigned round, owner;		/* the caller's */
	void *context;
	/*
	 * bytes NULL: no answer came in time, or nothing could be sent; the latter may be told
	 * before dns_nameserver_ask returns. `query` ends with this call.
	 */
	void (*on_answer)(const struct dns_query *query, const uint8_t *bytes, size_t len);
};

/* A copy of `query` is kept until it is answered. 0, or -ENOMEM: no call comes. */
int dns_nameserver_ask(struct dns_nameserver *nameserver, const struct dns_query *query) MUST_CHECK;
