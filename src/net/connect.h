/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/connect.h - outgoing connections: to servers, for checks, for peers.
 */
#pragma once

#include "net/address.h"
#include "net/option.h"

struct net_connect_conf {
	const struct net_address *source; /* NULL or len 0: the system chooses */
	struct net_option_conf option;
};

/*
 * Begins a non-blocking stream connection; TCP_NODELAY, close-on-exec. A source
 * address without port leaves the choice of the port to connect(), so that
 * one source address serves more than 64k connections to different places.
 * `conf` may be NULL. Returns the descriptor (connected already or in progress:
 * LOOP_OUT then net_connect_result tell), or negative errno: -EADDRNOTAVAIL
 * and -EADDRINUSE out of ports, -EAGAIN a unix listener's backlog is full,
 * -EMFILE, -ENFILE, ..., what the system knew at once (-ECONNREFUSED, -ENETUNREACH).
 */
int net_connect(const struct net_connect_conf *conf, const struct net_address *to) MUST_CHECK;

/* How a connection that was in progress ended (SO_ERROR): 0 or negative errno. */
int net_connect_result(int fd);
