/* SPDX-License-Identifier: Apache-2.0 */
/* nl/socket.c - see socket.h. */
#include "nl/socket.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
	SOCKET_BUFFER = 32768,		/* the kernel's largest dump message */
	SOCKET_RECEIVE = 1 << 20,	/* a burst of notifications must not overrun it */
};

/* libmnl looks for attributes up to the aligned end of a message. */
static_assert(SOCKET_BUFFER % NLMSG_ALIGNTO == 0, "the padding of the last message is ours");

struct nl_socket {
	struct mnl_socket *mnl;
	unsigned port;
	uint32_t sequence;
	char buffer[SOCKET_BUFFER];
};

struct socket_reader { /* what a callback of libmnl gets */
	void (*each)(const struct nlmsghdr *message, void *context);
	void *context;
};

static int socket_bind(struct nl_socket *nl, unsigned groups)
{
	unsigned mask = 0;
	int size = SOCKET_RECEIVE;

	if (groups & NL_LINKS)
		mask |= RTMGRP_LINK;
	if (groups & NL_ADDRESSES)
		mask |= RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
	if (groups & NL_ROUTES)
		mask |= RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
			1u << (RTNLGRP_IPV6_RULE - 1);
	/* Best effort: beyond rmem_max only with CAP_NET_ADMIN. */
	setsockopt(mnl_socket_get_fd(nl->mnl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return mnl_socket_bind(nl->mnl, mask, MNL_SOCKET_AUTOPID);
}

struct nl_socket *nl_open(unsigned groups)
{
	struct nl_socket *nl = calloc(1, sizeof(*nl));

	if (nl == NULL)
		return NULL;
	nl->mnl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0));
	if (nl->mnl == NULL || socket_bind(nl, groups) < 0) {
		int error = errno;

		nl_close(nl);
		errno = error;
		return NULL;
	}
	nl->port = mnl_socket_get_portid(nl->mnl);
	nl->sequence = (uint32_t)time(NULL);
	return nl;
}

void nl_close(struct nl_socket *nl)
{
	if (nl == NULL)
		return;
	if (nl->mnl != NULL)
		mnl_socket_close(nl->mnl);
	free(nl);
}

int nl_fd(const struct nl_socket *nl)
{
	return mnl_socket_get_fd(nl->mnl);
}

static int socket_each(const struct nlmsghdr *message, void *data)
{
	const struct socket_reader *reader = data;

	if (reader->each != NULL)
		reader->each(message, reader->context);
	return MNL_CB_OK;
}

/* Sends, then reads until the acknowledgement, the end of the dump or an error. */
static int socket_exchange(struct nl_socket *nl, struct nlmsghdr *request,
			   struct socket_reader *reader)
{
	request->nlmsg_seq = ++nl->sequence;
	if (mnl_socket_sendto(nl->mnl, request, request->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t len = mnl_socket_recvfrom(nl->mnl, nl->buffer, sizeof(nl->buffer));

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		int more = mnl_cb_run(nl->buffer, (size_t)len, nl->sequence, nl->port, socket_each,
				      reader);
		if (more < 0)
			return -errno;
		if (more == MNL_CB_STOP)
			return 0;
	}
}

int nl_request(struct nl_socket *nl, struct nlmsghdr *request)
{
	struct socket_reader reader = { NULL, NULL };

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	return socket_exchange(nl, request, &reader);
}

int nl_dump(struct nl_socket *nl, struct nlmsghdr *request,
	    void (*each)(const struct nlmsghdr *message, void *context), void *context)
{
	struct socket_reader reader = { each, context };

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	return socket_exchange(nl, request, &reader);
}

int nl_read(struct nl_socket *nl,
	    void (*each)(const struct nlmsghdr *message, void *context), void *context)
{
	struct socket_reader reader = { each, context };
	bool lost = false;

	for (;;) {
		ssize_t len = mnl_socket_recvfrom(nl->mnl, nl->buffer, sizeof(nl->buffer));

		if (len < 0 && errno == ENOBUFS) {
			lost = true;
			continue;
		}
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno != EAGAIN ? -errno : lost ? -ENOBUFS : 0;
		if (mnl_cb_run(nl->buffer, (size_t)len, 0, 0, socket_each, &reader) < 0)
			lost = true;
	}
}
