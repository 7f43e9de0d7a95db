/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/takeover.h - the listening sockets of an older process, relevo or
 * HAProxy, by its stats socket (-x; configuration manual "expose-fd listeners").
 * What it sends: admin/cli_sockets.c.
 */
#pragma once

#include <stdint.h>

#include "base/macros.h"
#include "daemon/binds.h"
#include "net/listener.h"

struct takeover_socket {
	int fd;				/* -1: somebody has it */
	struct net_listener_conf like;	/* as if a bind line had made it; of the
					 * options v6only and v4v6 */
	char netns[256], interface[256];
};

struct takeover {
	struct takeover_socket *sockets;
	unsigned count;
};

/*
 * Asks at the path of a stats socket, and waits some seconds at most. 0 or negative
 * errno: -EPROTO when what comes is no such answer, -EACCES when there are none.
 */
int takeover_ask(const char *path, struct takeover *ret) MUST_CHECK;

/*
 * Pure: the names of `count` sockets, from the bytes that came with them. False: they are
 * not what they should be.
 */
bool takeover_parse(const unsigned char *bytes, size_t len, struct takeover_socket *sockets,
		    unsigned count);

/*
 * What of them `conf` wants, as if an earlier configuration had opened it: `before` of binds_open.
 * At least `threads` places a bind. Moves descriptors; `takeover` may be NULL.
 */
void takeover_binds(struct takeover *takeover, const struct proxy_conf *conf, unsigned threads,
		    struct binds *ret);
void takeover_close(struct takeover *takeover); /* what nobody wants, too; an empty one is fine */
