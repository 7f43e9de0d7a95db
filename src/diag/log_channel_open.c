/* SPDX-License-Identifier: Apache-2.0 */
/* diag/log_channel_open.c - the sockets and descriptors of log channels; see log_channel.c. */
#include "diag/log_channel_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void channel_opened(struct log_channel *channel, enum channel_state state, int fd, bool own)
{
	channel->state = state;
	channel->fd = fd;
	channel->own_fd = own;
}

static void channel_open_udp(struct log_channel *channel)
{
	int smallest = 0; /* the kernel rounds up; nobody reads what is sent to us */
	int fd = socket(channel->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest));
	channel_opened(channel, CHANNEL_DATAGRAMS, fd, true);
}

static int channel_connect_unix(const struct log_channel *channel, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&channel->address, channel->address_len) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static void channel_open_unix(struct log_channel *channel)
{
	int fd = channel_connect_unix(channel, SOCK_DGRAM);

	if (fd >= 0) {
		channel_opened(channel, CHANNEL_DATAGRAMS, fd, true);
		return;
	}
	if (fd != -EPROTOTYPE)
		return;
	fd = channel_connect_unix(channel, SOCK_STREAM);
	if (fd >= 0)
		channel_opened(channel, CHANNEL_STREAM, fd, true);
}

static void channel_open_socket_fd(struct log_channel *channel)
{
	int type = 0;
	socklen_t len = sizeof(type);

	getsockopt(channel->given_fd, SOL_SOCKET, SO_TYPE, &type, &len);
	channel_opened(channel, type == SOCK_STREAM ? CHANNEL_STREAM : CHANNEL_DATAGRAMS,
		       channel->given_fd, false);
}

static void channel_open_fd(struct log_channel *channel)
{
	char path[40];
	struct stat st;

	if (fstat(channel->given_fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode)) {
		channel_open_socket_fd(channel);
		return;
	}
	if (S_ISREG(st.st_mode)) {
		channel_opened(channel, CHANNEL_FILE, channel->given_fd, false);
		return;
	}
	/* O_NONBLOCK on the given one would reach the shell that shares it. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", channel->given_fd);
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		channel_opened(channel, CHANNEL_FILE, fd, true);
	else
		channel_opened(channel, CHANNEL_FILE_POLLED, channel->given_fd, false);
}

/* ---- a ring's server ---- */

static void channel_open_tcp(struct log_channel *channel)
{
	int fd = socket(channel->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&channel->address, channel->address_len) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return;
	}
	channel->progress = moment_now();
	channel_opened(channel, CHANNEL_CONNECTING, fd, true);
}

bool channel_connected(struct log_channel *channel)
{
	struct pollfd ready = { .fd = channel->fd, .events = POLLOUT };
	struct moment now = moment_now();
	int error = 0;
	socklen_t len = sizeof(error);

	if (poll(&ready, 1, 0) != 1) {
		if (channel->connect_us != 0 &&
		    moment_since(channel->progress, now) > channel->connect_us)
			channel_close(channel);
		return false;
	}
	if (getsockopt(channel->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0) {
		channel_close(channel);
		return false;
	}
	channel->progress = now;
	channel->state = CHANNEL_STREAM;
	return true;
}

bool channel_is_over(const struct log_channel *channel)
{
	char byte;

	return recv(channel->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

void log_channel_open(struct log_channel *channel)
{
	struct moment now;

	if (channel->state != CHANNEL_CLOSED)
		return;
	now = moment_now();
	if (moment_before(now, channel->reopen_at))
		return;
	channel->reopen_at = moment_after(now, REOPEN_US);
	switch (channel->kind) {
	case LOG_TO_UDP:
		channel_open_udp(channel);
		break;
	case LOG_TO_UNIX:
		channel_open_unix(channel);
		break;
	case LOG_TO_FD:
		channel_open_fd(channel);
		break;
	case LOG_TO_RING:
		channel_open_tcp(channel);
		break;
	}
}
