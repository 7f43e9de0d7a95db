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

/*
 * Asks a connection in progress whether it is there: 0, -EINPROGRESS, or why it
 * is not. For those to this machine, where that is known at once.
 */
int net_connect_poll(int fd, const struct net_address *to) MUST_CHECK;

/*
 * Ends a TCP connection with a reset and keeps its socket, for net_connect_again
 * to the same family and with the same options. 0 or negative errno.
 */
int net_disconnect(int fd) MUST_CHECK;
/* As net_connect; the socket stays the caller's. 0 or negative errno. */
int net_connect_again(int fd, const struct net_connect_conf *conf, const struct net_address *to)
	MUST_CHECK;

/* How a connection that was in progress ended (SO_ERROR): 0 or negative errno. */
int net_connect_result(int fd);
