/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nl/socket.h - a route netlink socket: requests with their answers, or the
 * kernel's notifications. The rest of the room hides libmnl behind it.
 *
 * Belongs to one thread. A request waits for the kernel's answer, which the
 * kernel gives before send returns: no waiting worth the name.
 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct nl_socket;
struct nlmsghdr;

/* Room: an enum value of ours is the kernel's. */
#define NL_SAME(ours, kernels) static_assert((int)(ours) == (int)(kernels), "as the kernel counts")

enum nl_groups { /* what a monitor hears */
	NL_NOTHING = 0,
	NL_LINKS = 1 << 0,
	NL_ADDRESSES = 1 << 1,
	NL_ROUTES = 1 << 2, /* routes and rules */
};

/* NULL with errno set. A socket with groups is non-blocking and makes no requests. */
struct nl_socket *nl_open(unsigned groups);
void nl_close(struct nl_socket *nl); /* NULL is fine */
int nl_fd(const struct nl_socket *nl);

/* Room: sends a request and waits for its acknowledgement. 0 or negative errno. */
int nl_request(struct nl_socket *nl, struct nlmsghdr *request) MUST_CHECK;

/* Room: sends a dump request and calls `each` for every message. 0 or negative errno. */
int nl_dump(struct nl_socket *nl, struct nlmsghdr *request,
	    void (*each)(const struct nlmsghdr *message, void *context), void *context) MUST_CHECK;

/*
 * Room: reads every waiting notification. 0, or negative errno: -ENOBUFS when
 * the kernel had to drop some, after which the state must be dumped anew.
 */
int nl_read(struct nl_socket *nl,
	    void (*each)(const struct nlmsghdr *message, void *context), void *context) MUST_CHECK;
