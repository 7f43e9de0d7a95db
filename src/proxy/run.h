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
	const int *listen_fds;		/* [bind index][thread]: conf->bind_count * threads */
	unsigned threads;		/* 1..PAGE_THREADS */
	int64_t maxconn;		/* over all frontends, > 0 */
	int checker_fd;			/* to the process that runs programs of checks; -1: none */
	int parent_fd;			/* stream socket; end of file: the parent is gone, stop */
	const struct proxy_service *http_service; /* what a mode http listener with stats speaks */
	const struct proxy_service *metrics_service; /* of `use-service`; or NULL */
	const int *cli_fds;		/* of the stats sockets: conf->global.cli_count */
	/* what is spoken there; NULL: nobody listens */
	const struct proxy_cli_service *cli_service;
	int (*ready_to_confine)(void *context);
	void *confine_context;
};

/*
 * Runs until stopped: SIGTERM and SIGINT stop at once, SIGUSR1 closes the
 * listeners (nobody who shares them listens any more) and ends when the last
 * stream has. Stamps page->proxy.thread[] at
 * least every 50 ms and sets page->proxy.state. Returns the exit status.
 */
int proxy_run(const struct proxy_args *args);
