/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/ledger.h - what a proxy process shares with the parent and leaves to the
 * process of the next generation.
 *
 * The parent makes it before it forks and keeps it over crashes of the process.
 * Nothing in the shared part is trusted as an index or a length: the proxy may
 * be hostile. Writers are named at each field.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proxy_conf;

enum ledger_state { LEDGER_STARTING, LEDGER_SERVING };

/* The shared part. */
struct ledger_page {
	_Atomic uint32_t state;		/* enum ledger_state: the proxy; STARTING also the parent */
	_Atomic uint32_t accepting;	/* the parent sets it, the proxy clears it: nobody listens */
	_Atomic uint32_t connections;	/* of clients now: the proxy, once it has handed over */
	char failure[200];		/* the proxy: why it cannot start; "" until then */
	uint8_t kept[];			/* the parent, by bind index: the next process has it */
};

struct ledger {
	struct ledger_page *page;
	size_t size;			/* of the mapping */
	unsigned bind_count;
};

/* NULL with errno set. The configuration is not kept. */
struct ledger *ledger_new(const struct proxy_conf *conf);
void ledger_free(struct ledger *ledger); /* NULL is fine; other processes keep their mapping */

/* Any process: for people; the text is cut. */
void ledger_fail(struct ledger *ledger, const char *what, const char *why);

static inline bool ledger_is_kept(const struct ledger *ledger, unsigned bind)
{
	return bind < ledger->bind_count && ledger->page->kept[bind] != 0;
}
