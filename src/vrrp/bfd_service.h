/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/bfd_service.h - the BFD sessions of this node at work: the sockets and
 * timers around the pure sessions (RFC 5881: UDP port 3784; `multihop` RFC 5883:
 * 4784).
 *
 * Belongs to the vrrp process: a session of 10 ms intervals needs its real
 * time. Packets that are not for a session are dropped, and the first of each
 * kind is reported.
 */
#pragma once

#include <stdbool.h>

#include "base/ip.h"
#include "base/macros.h"
#include "diag/log.h"
#include "loop/loop.h"
#include "vrrp/bfd.h"

enum {
	BFD_PORT = 3784,
	BFD_MULTIHOP_PORT = 4784,
	BFD_ANY_HOPS = 255,	/* max_hops: no check */
};

/* One session as the file says. */
struct bfd_peer {
	const char *name;
	struct ip neighbor;
	struct ip source;	/* family 0: as routed */
	uint8_t ttl;		/* of what is sent, hop limit too; expected of the neighbor */
	uint8_t max_hops;	/* what is heard has lost no more of it */
	bool multihop;		/* it is sent to, and heard on, the port for that */
	struct bfd_params params;
};

struct bfd_service;

struct bfd_service_args {
	struct loop *loop;
	const struct bfd_peer *peers;	/* borrowed for as long */
	unsigned count;
	/* The session peers[index] is Up now, or is no more; `why` is for people. */
	void (*on_change)(void *context, unsigned index, bool up, const char *why);
	void (*say)(void *context, enum log_level level, const char *text);
	void *context;
};

/*
 * Opens the sockets and starts each session: each is down until on_change says
 * else. A source address that is missing now is no error. NULL with errno set.
 */
struct bfd_service *bfd_service_open(const struct bfd_service_args *args);

/* Tells the neighbors that it is we who go (AdminDown), and frees all. NULL is fine. */
void bfd_service_close(struct bfd_service *service);

/* For states and dumps. */
const struct bfd *bfd_service_session(const struct bfd_service *service, unsigned index);
