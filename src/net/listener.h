/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/listener.h - listening sockets: opened by the parent before privileges
 * go, kept by it for the proxy's next life, used by the proxy's threads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "net/option.h"

/* What `bind` options ask of the socket (configuration manual 5.1). */
struct net_listener_conf {
	struct net_address address;
	const char *interface;		/* SO_BINDTODEVICE, or NULL */
	const char *netns;		/* named network namespace, or NULL */
	int backlog;			/* > 0 */
	int receive_buffer, send_buffer; /* bytes, which accepted sockets
					  * inherit; 0: the system's */
	uint32_t mss;			/* 0: the system's */
	uint32_t tcp_user_timeout_ms;	/* tcp-ut; 0: none */
	bool v6only, v4v6, transparent, defer_accept, tfo;
	bool alone;			/* without SO_REUSEPORT: nobody else has the address */
	bool datagrams;			/* UDP, or a Unix datagram socket: nobody listens */
	struct net_keepalive keepalive;	/* option clitcpka */
	/* Unix sockets */
	int64_t unix_uid, unix_gid;	/* -1: unchanged */
	int64_t unix_mode;		/* -1: unchanged */
};

/*
 * Opens, binds and (but for datagrams) listens: SO_REUSEADDR, SO_REUSEPORT, IP_FREEBIND (the
 * standby binds the VIP without a sysctl), non-blocking, close-on-exec,
 * TCP_NODELAY (accepted sockets inherit it). Unix sockets are bound to a
 * temporary name and renamed. fd@N is taken as it is. Returns the descriptor,
 * or negative errno with *ret_why a phrase ("cannot bind", "cannot listen").
 */
int net_listener_open(const struct net_listener_conf *conf, const char **ret_why) MUST_CHECK;

/*
 * The same, but an IP socket does not listen yet: another may listen at its
 * address, and gets all connections until this one does, too.
 */
int net_listener_bind(const struct net_listener_conf *conf, const char **ret_why) MUST_CHECK;

/*
 * Makes a socket that is open already follow `conf` in what can be changed
 * while it listens: backlog, sizes, TCP options, owner and mode of a path. What the
 * system refuses stays as it was.
 */
void net_listener_settle(int fd, const struct net_listener_conf *conf);
