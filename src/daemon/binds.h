/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/binds.h - every listening socket of a configuration, opened by
 * the parent and kept by it over the lives of the proxy.
 *
 * A bind has a socket for each thread, so that the kernel spreads connections.
 * Over a reload sockets are only ever added: one that was closed would lose
 * what waits in it, so a bind may have more of them than there are threads.
 */
#pragma once

#include "base/macros.h"
#include "diag/report.h"
#include "proxy/conf.h"

struct binds {
	const struct proxy_conf *conf;
	unsigned width;		/* places of one bind in `fds` */
	int *fds;		/* [bind index][width]; -1: none */
	int *cli_fds;		/* of the stats sockets: [bind index] */
};

/*
 * Opens `threads` sockets for each bind and one for each stats socket. What
 * `before` (NULL: nothing) has open at the same address is taken from it, as
 * duplicates. Each address that cannot be bound is an error in `report`, and
 * the rest is tried too; *ret is empty then. 0 or negative errno.
 */
int binds_open(const struct proxy_conf *conf, unsigned threads, const struct binds *before,
	       struct diag_report *report, struct binds *ret);
/* The places, with nothing open. */
void binds_prepare(const struct proxy_conf *conf, unsigned width, struct binds *ret);
void binds_close(struct binds *binds); /* an empty one is fine */

/* What does not need another socket: backlog, buffers, owner and mode of paths and the like. */
void binds_settle(const struct binds *binds);

/* Whether a socket that the system tells so of is one that `conf` would make. */
bool binds_same_socket(const struct net_listener_conf *conf, const struct net_listener_conf *told);

/* Whether `after` too has the sockets of this bind or stats socket of `conf`. */
bool binds_kept(const struct proxy_conf *conf, const struct bind_conf *bind,
		const struct binds *after);
