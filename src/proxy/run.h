/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/run.h - the proxy process: threads, each with a loop of its own.
 *
 * The caller (daemon) has opened the listeners, and gives the process its
 * name, its user and its sandbox through `ready_to_confine`, which is called
 * once, in the main thread, when everything that needs privileges is done and
 * before the first connection is accepted.
 */
#pragma once

#include "base/page.h"
#include "proxy/conf.h"
#include "proxy/service.h"

struct proxy_args {
	const struct proxy_conf *conf;
	struct page *page;
	const int *listen_fds;		/* [bind index][listen_width]; -1: none */
	unsigned listen_width;		/* 0: `threads` */
	unsigned threads;		/* 1..PAGE_THREADS */
	int64_t maxconn;		/* over all frontends, > 0 */
	uint32_t generation;		/* speaks on the page while this is page->proxy.generation */
	struct ledger *ledger;		/* what it leaves to the next one; NULL: nothing */
	int checker_fd;			/* to the process that runs programs of checks; -1: none */
	int parent_fd;			/* stream socket; end of file: the parent is gone, stop */
	const struct proxy_service *http_service; /* what a mode http listener with stats speaks */
	const struct proxy_service *metrics_service; /* of `use-service`; or NULL */
	const int *cli_fds;		/* of the stats sockets: conf->global.cli_count */
	/* what is spoken there; NULL: nobody listens */
	const struct proxy_cli_service *cli_service;
	int master_fd;			/* by which the parent hands connections to it (SOCK_SEQPACKET); 0 or less: none */
	int (*ready_to_confine)(void *context);
	void *confine_context;
	void (*handed_over)(void);	/* another one has taken over, this one drains; or NULL */
};

/*
 * Runs until stopped: SIGTERM and SIGINT stop at once, SIGUSR1 closes the
 * listeners (nobody who shares them listens any more) and ends when the last
 * stream has. SIGUSR2 says that page->proxy.generation has changed: who is not
 * the current one lets go of the listeners (those that the ledger says are kept
 * go on listening) and drains; who is looks whether somebody waits there.
 * SIGHUP asks for its will (proxy/will.h). While it is the current one it stamps page->proxy.thread[] at least every 50 ms
 * and sets page->proxy.state. Returns the exit status.
 */
int proxy_run(const struct proxy_args *args);
