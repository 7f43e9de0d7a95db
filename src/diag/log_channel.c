/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_channel.c - see log_channel.h.
 *
 * Datagram sockets (UDP, /dev/log) take many lines in one sendmmsg. Pipes,
 * terminals, files and stream sockets take groups of lines in one writev, at
 * most PIPE_BUF bytes, which a pipe takes whole or not at all: so a line is
 * never torn, even when several processes write to one pipe.
 *
 * UDP sockets are not connected: an ICMP error for one line would make the
 * kernel refuse the next one. SIGPIPE must be ignored by the process.
 */
#include "diag/log_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "diag/log.h"

enum {
	QUEUE_BYTES = 128 * 1024, /* more than the longest line; untouched pages cost nothing */
	QUEUE_LINES = 512,
	BATCH = 64,		  /* messages in one sendmmsg */
	REOPEN_US = 1000 * 1000,
};

enum channel_state {
	CHANNEL_CLOSED,
	CHANNEL_DATAGRAMS,	/* sendmmsg, a line a message */
	CHANNEL_STREAM,		/* a stream socket: sendmsg */
	CHANNEL_FILE,		/* writev to a file, or a descriptor that cannot block */
	CHANNEL_FILE_POLLED,	/* writev, after asking poll each time */
};

struct log_channel {
	enum log_target_kind kind;
	enum channel_state state;
	int fd;			/* in use while not CLOSED */
	bool own_fd;		/* opened here, closed here */
	int given_fd;		/* LOG_TO_FD */
	struct moment reopen_at;
	struct sockaddr_storage address;
	socklen_t address_len;
	uint64_t dropped;
	bool torn;		/* the first line's beginning is on its way already */
	unsigned first, count;	/* lines that wait: lines[first .. first + count) */
	size_t reserved;	/* bytes handed out, until commit */
	size_t end;		/* of the bytes in use */
	struct iovec lines[QUEUE_LINES];
	char bytes[QUEUE_BYTES];
};

struct log_channel *log_channel_new(const struct log_target *target)
{
	struct log_channel *channel = malloc(sizeof(*channel));

	if (channel == NULL)
		return NULL;
	memset(channel, 0, offsetof(struct log_channel, lines));
	channel->kind = target->kind;
	channel->fd = -1;
	channel->given_fd = target->fd;
	channel->address = target->address;
	channel->address_len = target->address_len;
	return channel;
}

static void channel_close(struct log_channel *channel)
{
	if (channel->own_fd)
		close(channel->fd);
	channel->own_fd = false;
	channel->fd = -1;
	channel->state = CHANNEL_CLOSED;
}

void log_channel_free(struct log_channel *channel)
{
	channel_close(channel);
	free(channel);
}

bool log_channel_leads_to(const struct log_channel *channel, const struct log_target *target)
{
	if (channel->kind != target->kind)
		return false;
	if (target->kind == LOG_TO_FD)
		return channel->given_fd == target->fd;
	return channel->address_len == target->address_len &&
	       memcmp(&channel->address, &target->address, target->address_len) == 0;
}

int log_channel_fd(const struct log_channel *channel)
{
	return channel->fd;
}

uint64_t log_channel_dropped(const struct log_channel *channel)
{
	return channel->dropped;
}

size_t log_channel_line_max(const struct log_target *target)
{
	size_t length = target->length == 0 ? 1024 : target->length;

	/* As HAProxy counts: a message has its newline beyond the length, a line within it. */
	return target->kind == LOG_TO_FD ? length : length + 1;
}

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
	}
}

/* Moves what waits to the beginning of the queue. */
static void channel_compact(struct log_channel *channel)
{
	char *start;
	size_t shift;

	if (channel->count == 0) {
		channel->first = 0;
		channel->end = 0;
		return;
	}
	start = channel->lines[channel->first].iov_base;
	shift = (size_t)(start - channel->bytes);
	memmove(channel->bytes, start, channel->end - shift);
	memmove(channel->lines, &channel->lines[channel->first],
		channel->count * sizeof(channel->lines[0]));
	for (unsigned i = 0; i < channel->count; i++)
		channel->lines[i].iov_base = (char *)channel->lines[i].iov_base - shift;
	channel->first = 0;
	channel->end -= shift;
}

static bool channel_has_room(const struct log_channel *channel, size_t size)
{
	return channel->first + channel->count < QUEUE_LINES && QUEUE_BYTES - channel->end >= size;
}

char *log_channel_reserve(struct log_channel *channel, size_t size)
{
	ASSERT(size <= QUEUE_BYTES && channel->reserved == 0);
	if (channel->state == CHANNEL_CLOSED)
		log_channel_open(channel);
	if (channel->state != CHANNEL_CLOSED && !channel_has_room(channel, size)) {
		log_channel_flush(channel);
		channel_compact(channel);
	}
	if (channel->state == CHANNEL_CLOSED || !channel_has_room(channel, size)) {
		channel->dropped++;
		return NULL;
	}
	channel->reserved = size;
	return channel->bytes + channel->end;
}

void log_channel_commit(struct log_channel *channel, size_t len)
{
	struct iovec *line = &channel->lines[channel->first + channel->count];

	ASSERT(len != 0 && len <= channel->reserved);
	line->iov_base = channel->bytes + channel->end;
	line->iov_len = len;
	channel->end += len;
	channel->count++;
	channel->reserved = 0;
}

static void channel_drop_first(struct log_channel *channel)
{
	channel->dropped++;
	channel->first++;
	channel->count--;
	channel->torn = false;
}

static void channel_drop_all(struct log_channel *channel)
{
	channel->dropped += channel->count;
	channel->count = 0;
	channel->torn = false;
}

/* `bytes` of the waiting lines have been taken. */
static void channel_consumed(struct log_channel *channel, size_t bytes)
{
	while (bytes != 0) {
		struct iovec *line = &channel->lines[channel->first];

		if (bytes < line->iov_len) {
			line->iov_base = (char *)line->iov_base + bytes;
			line->iov_len -= bytes;
			channel->torn = true;
			return;
		}
		bytes -= line->iov_len;
		channel->first++;
		channel->count--;
		channel->torn = false;
	}
}

/* What to do about errno after a failed send: true to try again at once. */
static bool channel_failed(struct log_channel *channel, bool *reopened)
{
	switch (errno) {
	case EINTR:
		return true;
	case EAGAIN:
	case ENOBUFS:
		return false; /* what waits stays */
	case EMSGSIZE:
		channel_drop_first(channel);
		return true;
	}
	/* A Unix peer that was started again: its address is the same, its socket is not. */
	if (channel->kind == LOG_TO_UNIX && !*reopened) {
		*reopened = true;
		if (channel->torn)
			channel_drop_first(channel);
		channel_close(channel);
		channel->reopen_at = (struct moment){ 0 };
		log_channel_open(channel);
		if (channel->state != CHANNEL_CLOSED)
			return true;
	}
	channel_drop_all(channel);
	return false;
}

/* Sends up to BATCH lines as messages; returns their number, or -1 with errno. */
static int channel_send_messages(struct log_channel *channel)
{
	struct mmsghdr messages[BATCH];
	unsigned count = channel->count < BATCH ? channel->count : BATCH;

	memset(messages, 0, count * sizeof(messages[0]));
	for (unsigned i = 0; i < count; i++) {
		struct msghdr *head = &messages[i].msg_hdr;

		head->msg_iov = &channel->lines[channel->first + i];
		head->msg_iovlen = 1;
		if (channel->kind == LOG_TO_UDP) {
			head->msg_name = &channel->address;
			head->msg_namelen = channel->address_len;
		}
	}
	return sendmmsg(channel->fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* As many lines as one write takes whole: at least one, together at most PIPE_BUF bytes. */
static unsigned channel_group(const struct log_channel *channel)
{
	unsigned lines = 1;
	size_t bytes = channel->lines[channel->first].iov_len;

	for (; lines < channel->count && lines < IOV_MAX; lines++) {
		bytes += channel->lines[channel->first + lines].iov_len;
		if (bytes > PIPE_BUF)
			break;
	}
	return lines;
}

static ssize_t channel_write_group(struct log_channel *channel)
{
	struct iovec *lines = &channel->lines[channel->first];
	unsigned count = channel_group(channel);

	if (channel->state == CHANNEL_STREAM) {
		struct msghdr head = { .msg_iov = lines, .msg_iovlen = count };

		return sendmsg(channel->fd, &head, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (channel->state == CHANNEL_FILE_POLLED) {
		struct pollfd ready = { .fd = channel->fd, .events = POLLOUT };
		size_t len = lines[0].iov_len < PIPE_BUF ? lines[0].iov_len : PIPE_BUF;

		if (poll(&ready, 1, 0) != 1) {
			errno = EAGAIN;
			return -1;
		}
		return write(channel->fd, lines[0].iov_base, len);
	}
	return writev(channel->fd, lines, (int)count); /* never of 0 bytes */
}

bool log_channel_flush(struct log_channel *channel)
{
	bool reopened = false;

	while (channel->count != 0) {
		if (channel->state == CHANNEL_DATAGRAMS) {
			int sent = channel_send_messages(channel);

			if (sent > 0) {
				channel->first += (unsigned)sent;
				channel->count -= (unsigned)sent;
				continue;
			}
		} else {
			ssize_t written = channel_write_group(channel);

			if (written > 0) {
				channel_consumed(channel, (size_t)written);
				continue;
			}
		}
		if (!channel_failed(channel, &reopened))
			break;
	}
	if (channel->count != 0)
		return false;
	channel_compact(channel);
	return true;
}
