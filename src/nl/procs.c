/* SPDX-License-Identifier: Apache-2.0 */
/* nl/procs.c - see procs.h. */
#include "nl/procs.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PROCS_BUFFER = 4096,
	PROCS_RECEIVE = 1 << 20,	/* a burst of forks must not overrun it */
};

/* The event in a message; false if it holds none. */
static bool procs_event(const struct nlmsghdr *message, struct proc_event *ret_event)
{
	const struct cn_msg *connector = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*connector) + sizeof(*ret_event) ||
	    connector->id.idx != CN_IDX_PROC || connector->id.val != CN_VAL_PROC ||
	    connector->len < sizeof(*ret_event))
		return false;
	memcpy(ret_event, connector->data, sizeof(*ret_event));
	return true;
}

/* False for what is about a thread, or of no interest. */
static bool procs_change(const struct proc_event *event, struct nl_proc_event *ret)
{
	switch (event->what) {
	case PROC_EVENT_FORK:
		*ret = (struct nl_proc_event){ NL_PROC_FORKED, event->event_data.fork.child_tgid,
					       event->event_data.fork.parent_tgid };
		return event->event_data.fork.child_pid == event->event_data.fork.child_tgid;
	case PROC_EVENT_EXEC:
		*ret = (struct nl_proc_event){ NL_PROC_EXECUTED,
					       event->event_data.exec.process_tgid, 0 };
		return true;
	case PROC_EVENT_COMM:
		*ret = (struct nl_proc_event){ NL_PROC_RENAMED,
					       event->event_data.comm.process_tgid, 0 };
		return event->event_data.comm.process_pid == event->event_data.comm.process_tgid;
	case PROC_EVENT_EXIT:
		*ret = (struct nl_proc_event){ NL_PROC_GONE, event->event_data.exit.process_tgid,
					       0 };
		return event->event_data.exit.process_pid == event->event_data.exit.process_tgid;
	default: return false;
	}
}

/* libmnl takes a length beyond 2 GB for a negative one, which is less than what is left. */
static bool procs_is_whole(const struct nlmsghdr *message, int left)
{
	return mnl_nlmsg_ok(message, left) && message->nlmsg_len <= (unsigned)left;
}

void nl_procs_parse(const void *bytes, size_t len,
		    void (*each)(const struct nl_proc_event *event, void *context), void *context)
{
	const struct nlmsghdr *message = bytes;
	struct nl_proc_event change;
	struct proc_event event;
	int left = (int)len;

	for (; procs_is_whole(message, left); message = mnl_nlmsg_next(message, &left))
		if (procs_event(message, &event) && procs_change(&event, &change))
			each(&change, context);
}

static int procs_subscribe(int fd)
{
	char buffer[128] = { 0 };
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct cn_msg *connector = mnl_nlmsg_put_extra_header(
		message, sizeof(*connector) + sizeof(enum proc_cn_mcast_op));
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;

	message->nlmsg_type = NLMSG_DONE;
	connector->id = (struct cb_id){ CN_IDX_PROC, CN_VAL_PROC };
	connector->len = sizeof(op);
	memcpy(connector->data, &op, sizeof(op));
	return send(fd, message, message->nlmsg_len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * The kernel answers before send returns, unless it is silent about refusing
 * us (a user or process namespace). What is read past with the answer is of no
 * use: /proc has not been read yet.
 */
static int procs_answer(int fd)
{
	_Alignas(struct nlmsghdr) char buffer[PROCS_BUFFER];
	struct proc_event event;
	ssize_t len;

	while ((len = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *message = (const void *)buffer;

		if (procs_is_whole(message, (int)len) && procs_event(message, &event) &&
		    event.what == PROC_EVENT_NONE)
			return -(int)event.event_data.ack.err;
	}
	return -EPERM;
}

int nl_procs_open(void)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int size = PROCS_RECEIVE, error = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)); /* best effort */
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		error = -errno;
	if (error == 0)
		error = procs_subscribe(fd);
	if (error == 0)
		error = procs_answer(fd);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int nl_procs_read(int fd, void (*each)(const struct nl_proc_event *event, void *context),
		  void *context)
{
	_Alignas(struct nlmsghdr) char buffer[PROCS_BUFFER];
	bool lost = false;

	for (;;) {
		struct sockaddr_nl from;
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, buffer, sizeof(buffer), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &from_len);

		if (len < 0 && errno == ENOBUFS) {
			lost = true;
			continue;
		}
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno != EAGAIN ? -errno : lost ? -ENOBUFS : 0;
		if (from.nl_pid == 0) /* the kernel's, and no other process's */
			nl_procs_parse(buffer, (size_t)len, each, context);
	}
}
