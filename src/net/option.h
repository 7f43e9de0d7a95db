/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/option.h - socket options that listening and connecting sockets share.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* TCP keep-alives; 0: the system's. */
struct net_keepalive {
	bool on;
	int64_t probes;			/* that stay unanswered until the connection ends */
	uint32_t idle_s, interval_s;	/* of silence before the first; between them */
};

struct net_option_conf {
	const char *interface;		/* SO_BINDTODEVICE, or NULL */
	uint32_t mss;			/* TCP_MAXSEG; 0: the system's */
	uint32_t tcp_user_timeout_ms;	/* TCP_USER_TIMEOUT; 0: none */
	struct net_keepalive keepalive;
	/*
	 * No TCP_NODELAY, and the last step of the handshake waits for data or the
	 * end: who resets at once has not disturbed the server's application.
	 */
	bool probe;
};

/* SO_BINDTODEVICE. */
int net_option_interface(int fd, const char *interface, const char **ret_why) MUST_CHECK;
/* 0, or negative errno with *ret_why a phrase. TCP options are left out for family AF_UNIX. */
int net_option_set(int fd, int family, const struct net_option_conf *conf,
		   const char **ret_why) MUST_CHECK;

/* Nothing if it is not on. 0 or negative errno. */
int net_option_keepalive(int fd, const struct net_keepalive *conf) MUST_CHECK;

/* Closing `fd` will tell its peer nothing, as far as the system lets us. */
void net_silence(int fd);

/* For packets from now on; what the system refuses is passed over. A mark needs CAP_NET_ADMIN. */
void net_set_tos(int fd, int tos);
void net_set_mark(int fd, uint32_t mark);

/* One int option that must succeed; 0 or negative errno. */
int net_option_int(int fd, int level, int name, int value) MUST_CHECK;
