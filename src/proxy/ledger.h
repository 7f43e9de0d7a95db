/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/ledger.h - what a proxy process shares with the parent and leaves to the
 * process of the next generation: its counters, and its will (proxy/will.h).
 *
 * The parent makes it before it forks and keeps it over crashes of the process,
 * which goes on counting where it was. A total is what this process has counted,
 * what those processes count that still drain behind it, and what those have
 * left that had ended when it began (`base`). So nothing is moved while
 * anybody counts, and a sum is exact at any moment.
 *
 * Nothing in the shared part is trusted as an index or a length: the proxy may
 * be hostile. Writers are named at each field.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "health/plan.h"
#include "net/address.h"
#include "proxy/counters.h"

struct proxy_conf;

enum ledger_state { LEDGER_STARTING, LEDGER_SERVING };

enum ledger_kind { LEDGER_FRONTEND, LEDGER_BACKEND, LEDGER_SERVER };

enum { LEDGER_MAXIMA = 4 };

/* The last result of a check, or of an agent. */
struct ledger_check {
	uint32_t code, number, duration_ms, streak;
	uint64_t checked_wall_us, failures;
	bool up;
	char text[HEALTH_TEXT];
};

/* What one row leaves; written by its process when it is asked to (will.c). */
struct ledger_will {
	uint32_t maximum[LEDGER_MAXIMA];	/* will.c says of what */
	uint64_t changed_us, down_us;	/* of servers and backends */
	uint32_t downs;
	/* Of servers only. */
	struct net_address address;	/* in the file */
	bool disabled;			/* in the file */
	bool check_stopped, stopping;
	uint32_t file_weight, file_maxconn;
	uint32_t state, admin, uweight, weight;
	struct ledger_check check;
	/* Of those with an agent: what it has said, its limit among it. */
	bool agent_stopped;
	uint32_t maxconn;
	struct ledger_check agent;
	/* Of those whose name is asked for while the proxy runs (will_name.c). */
	uint64_t file_name;		/* tells names in the file apart; 0: none is asked for */
	struct net_endpoint where;	/* with its port; family 0: nowhere */
	uint16_t port;			/* of its service, also while it is nowhere */
	char fqdn[DNS_NAME_BYTES];	/* today's name; "": none */
};

/* The shared part. */
struct ledger_page {
	_Atomic uint32_t state;		/* enum ledger_state: the proxy; STARTING also the parent */
	_Atomic uint32_t accepting;	/* the parent sets it, the proxy clears it: nobody listens */
	_Atomic uint32_t connections;	/* of clients now: the proxy, once it has handed over */
	_Atomic uint32_t ended;		/* the parent: its process is gone */
	_Atomic uint32_t will_asked;	/* the parent counts, and sends SIGHUP */
	_Atomic uint32_t will_made;	/* the proxy: what was asked when it last made it */
	_Atomic uint32_t exported;	/* the proxy: another relevo or HAProxy has the sockets, or is about to */
	uint32_t maximum[LEDGER_MAXIMA];	/* of the whole process: part of the will */
	char failure[200];		/* the proxy: why it cannot start; "" until then */
	uint8_t kept[];			/* the parent, by bind index: the next process has it */
};

/* Private to each process, and inherited by its children. */
struct ledger {
	struct ledger_page *page;
	size_t size;			/* of the mapping */
	unsigned bind_count, threads;
	unsigned references;
	struct ledger_row *rows;	/* in the order of their keys */
	unsigned row_count;
	struct counters *shares;	/* shared: [row_count][threads], each thread its own */
	_Atomic uint64_t *base;		/* shared: [row_count + 2][COUNTERS] */
	struct ledger_will *wills;	/* shared: [row_count] */
	struct ledger_source *sources;	/* earlier ones that may still count; the last: the one before */
	unsigned source_count;
};

/*
 * `before`: that of the generation that serves, or NULL. NULL with errno set.
 * The configuration is not kept. For the parent, as all up to ledger_retire.
 */
struct ledger *ledger_new(const struct proxy_conf *conf, unsigned threads, struct ledger *before);
struct ledger *ledger_ref(struct ledger *ledger);
void ledger_unref(struct ledger *ledger); /* NULL is fine; other processes keep their mapping */

/* Another generation serves: what it needed of earlier ones, that one has. */
void ledger_retire(struct ledger *ledger);

/* Any process: for people; the text is cut. */
void ledger_fail(struct ledger *ledger, const char *what, const char *why);

/* Row of a frontend, backend (`server` NULL) or server; row_count: there is none. */
unsigned ledger_find(const struct ledger *ledger, enum ledger_kind kind, const char *proxy,
		     const char *server);

/* Its counters: [threads]. */
static inline struct counters *ledger_shares(const struct ledger *ledger, unsigned row)
{
	return &ledger->shares[(size_t)row * ledger->threads];
}

/* Whether these counters are a row of it; `ledger` may be NULL. */
bool ledger_has(const struct ledger *ledger, const struct counters *shares);

/* What earlier processes have counted, and count, for these counters of it. */
uint64_t ledger_earlier(const struct ledger *ledger, const struct counters *shares,
			enum counter which);

/* What all processes have counted for these counters of `threads` threads; `ledger` may be NULL. */
uint64_t ledger_total(const struct ledger *ledger, const struct counters *shares, unsigned threads,
		      enum counter which);

/* What frontends have counted that are in no file any more. */
uint64_t ledger_gone(const struct ledger *ledger, bool http, enum counter which);

/* Makes ledger_earlier of all rows 0, as of now. */
void ledger_forget(struct ledger *ledger);

/* What the generation before has left for a row; NULL: nothing. */
const struct ledger_will *ledger_will_of(const struct ledger *ledger, unsigned row);
/* Its maxima of the whole process, or NULL. */
const uint32_t *ledger_process_will(const struct ledger *ledger);

struct ledger_draining {
	unsigned processes, connections;
};
/* Those of earlier generations that go on. */
struct ledger_draining ledger_draining(const struct ledger *ledger);

static inline bool ledger_is_kept(const struct ledger *ledger, unsigned bind)
{
	return bind < ledger->bind_count && ledger->page->kept[bind] != 0;
}
