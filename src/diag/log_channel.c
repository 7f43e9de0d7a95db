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
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "diag/log_channel_private.h"

enum {
	BATCH = 64,	 /* messages in one sendmmsg */
	COUNT_ROOM = 64, /* so that a ring of any size takes the longest line with its count */
};

struct log_channel *log_channel_new(const struct log_target *target)
{
	const struct log_ring *ring = target->kind == LOG_TO_RING ? target->ring : NULL;
	struct log_channel *channel = calloc(1, sizeof(*channel));

	if (channel == NULL)
		return NULL;
	channel->kind = target->kind;
	channel->fd = -1;
	channel->given_fd = target->fd;
	channel->ring = ring != NULL && ring->name != NULL ? ring : NULL;
	channel->address = ring != NULL ? ring->address : target->address;
	channel->address_len = ring != NULL ? ring->address_len : target->address_len;
	channel->bytes_max = QUEUE_BYTES;
	if (ring != NULL) {
		channel->connect_us = (uint64_t)ring->connect_ms * 1000;
		channel->server_us = (uint64_t)ring->server_ms * 1000;
		channel->bytes_max = ring->size + log_channel_line_max(target) + COUNT_ROOM;
	}
	channel->lines_max = QUEUE_LINES + (unsigned)(channel->bytes_max / 256);
	channel->lines = calloc(channel->lines_max, sizeof(*channel->lines));
	channel->bytes = malloc(channel->bytes_max);
	if (channel->lines == NULL || channel->bytes == NULL) {
		log_channel_free(channel);
		return NULL;
	}
	return channel;
}

void channel_close(struct log_channel *channel)
{
	if (channel->own_fd)
		close(channel->fd);
	channel->own_fd = false;
	channel->fd = -1;
	channel->state = CHANNEL_CLOSED;
}

void log_channel_free(struct log_channel *channel)
{
	if (channel->state != CHANNEL_CLOSED)
		channel_close(channel);
	free(channel->lines);
	free(channel->bytes);
	free(channel);
}

bool log_channel_leads_to(const struct log_channel *channel, const struct log_target *target)
{
	if (channel->kind != target->kind)
		return false;
	if (target->kind == LOG_TO_FD)
		return channel->given_fd == target->fd;
	if (target->kind == LOG_TO_RING && (channel->ring != NULL || target->ring->name != NULL))
		return channel->ring == target->ring;
	if (target->kind == LOG_TO_RING)
		return channel->address_len == target->ring->address_len &&
		       memcmp(&channel->address, &target->ring->address, channel->address_len) == 0;
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
	uint16_t given = target->kind == LOG_TO_RING ? target->ring->length : target->length;
	size_t length = given == 0 ? 1024 : given;

	/* As HAProxy counts: a message has its newline beyond the length, a line within it. */
	return target->kind == LOG_TO_FD ? length : length + 1;
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
	return channel->first + channel->count < channel->lines_max &&
	       channel->bytes_max - channel->end >= size;
}

char *log_channel_reserve(struct log_channel *channel, size_t size)
{
	bool waits = channel->kind == LOG_TO_RING; /* also while its server is away */

	ASSERT(channel->reserved == 0);
	if (channel->state == CHANNEL_CLOSED)
		log_channel_open(channel);
	if ((waits || channel->state != CHANNEL_CLOSED) && !channel_has_room(channel, size)) {
		log_channel_flush(channel);
		channel_compact(channel);
	}
	if ((!waits && channel->state == CHANNEL_CLOSED) || !channel_has_room(channel, size)) {
		channel->dropped++;
		return NULL;
	}
	channel->reserved = size;
	return channel->bytes + channel->end;
}

void log_channel_commit(struct log_channel *channel, size_t len)
{
	struct iovec *line = &channel->lines[channel->first + channel->count];

	if (channel->kind == LOG_TO_RING && channel->count == 0)
		channel->progress = moment_now();
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
	if (channel->kind == LOG_TO_RING)
		channel->progress = moment_now();
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
	if (channel->kind == LOG_TO_RING) {
		if (channel->torn)
			channel_drop_first(channel);
		channel_close(channel);
		return false;
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

/* Whether the ring's connection can take bytes; a dead one is closed, to be opened again. */
static bool channel_ring_ready(struct log_channel *channel)
{
	struct moment now;

	if (channel->state == CHANNEL_CLOSED)
		log_channel_open(channel);
	if (channel->state == CHANNEL_CLOSED ||
	    (channel->state == CHANNEL_CONNECTING && !channel_connected(channel)))
		return false;
	now = moment_now();
	if (!channel_is_over(channel) &&
	    (channel->server_us == 0 || moment_since(channel->progress, now) <= channel->server_us))
		return true;
	if (channel->torn)
		channel_drop_first(channel);
	channel_close(channel);
	return false;
}

bool log_channel_flush(struct log_channel *channel)
{
	bool reopened = false;

	if (channel->kind == LOG_TO_RING && channel->count != 0 && !channel_ring_ready(channel))
		return false;
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
