/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/master_worker.c - commands for a proxy process, the one that serves or
 * one that drains: it is given an end of a pair of sockets, with three bytes
 * that say the rights of who asks (admin/cli_service.c), and takes it for a
 * connection to a stats socket.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/master.h"
#include "daemon/parent_private.h"

/* Our end of the way to it; -1: there is no such process. */
static int worker_end(const struct parent *parent, pid_t pid)
{
	if (pid != 0 && parent->child[PROCESS_PROXY].pid == pid)
		return parent->given.master_ends[0];
	list_for_each(node, &parent->veterans) {
		const struct veteran *veteran = container_of(node, struct veteran, node);

		if (veteran->is_proxy && veteran->pid == pid)
			return veteran->master_end;
	}
	return -1;
}

bool master_worker_exists(const struct parent *parent, pid_t pid)
{
	return worker_end(parent, pid) >= 0;
}

pid_t master_worker_nth(const struct parent *parent, unsigned number)
{
	pid_t pid = parent->child[PROCESS_PROXY].pid;

	return number == 1 && master_worker_exists(parent, pid) ? pid : 0;
}

/* Hands `fd` over with the session's rights. */
static bool worker_hand(int end, int fd, const struct master_session *session)
{
	char rights[3] = { (char)session->level, session->expert, session->experimental };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = "" };
	struct iovec bytes = { rights, sizeof(rights) };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(end, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(rights);
}

static void worker_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct master_conn *conn = container_of(file, struct master_conn, worker);

	conn->worker_can_read |= (ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR)) != 0;
	master_conn_work(conn);
}

/* A line of ours is shorter than the buffer of a socket, so it goes at once. */
static bool worker_say(int fd, const char *text, const char *payload, size_t payload_len)
{
	struct strbuf line = STRBUF_EMPTY;
	bool good;

	strbuf_printf(&line, "%s%s\n", text, payload_len != 0 ? " <<" : "");
	if (payload_len != 0) {
		strbuf_add(&line, payload, payload_len);
		strbuf_puts(&line, "\n");
	}
	good = !line.failed &&
	       send(fd, line.text, line.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)line.len &&
	       shutdown(fd, SHUT_WR) == 0;
	strbuf_free(&line);
	return good;
}

bool master_worker_send(struct master_conn *conn, pid_t pid, const char *text, const char *payload,
			size_t payload_len)
{
	struct loop *loop = conn->master->parent->loop;
	int end = worker_end(conn->master->parent, pid), ends[2];
	bool good;

	if (end < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	good = worker_say(ends[0], text, payload, payload_len) &&
	       worker_hand(end, ends[1], &conn->session) &&
	       loop_file_add(loop, &conn->worker, ends[0], worker_ready) == 0;
	close(ends[1]);
	conn->worker_can_read = false;
	if (!good) {
		close(ends[0]);
		conn->worker.fd = -1;
	}
	return good;
}
