/* SPDX-License-Identifier: Apache-2.0 */
/* diag/log_channel_private.h - a channel as log_channel.c and log_channel_open.c share it. */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "diag/log.h"
#include "diag/log_channel.h"

enum {
	QUEUE_BYTES = 128 * 1024, /* more than the longest line; untouched pages cost nothing */
	QUEUE_LINES = 512,
	REOPEN_US = 1000 * 1000,
};

enum channel_state {
	CHANNEL_CLOSED,
	CHANNEL_DATAGRAMS,	/* sendmmsg, a line a message */
	CHANNEL_CONNECTING,	/* a stream socket that is not connected yet */
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
	const struct log_ring *ring; /* LOG_TO_RING, of a section: nobody else's; otherwise NULL */
	struct moment reopen_at;
	struct sockaddr_storage address;
	socklen_t address_len;
	uint64_t dropped;
	bool torn;		/* the first line's beginning is on its way already */
	unsigned first, count;	/* lines that wait: lines[first .. first + count) */
	size_t reserved;	/* bytes handed out, until commit */
	size_t end;		/* of the bytes in use */
	struct moment progress;	/* of a ring: opened, or last took bytes */
	uint64_t connect_us, server_us; /* of a ring: how long it may take; 0: any time */
	size_t bytes_max;
	unsigned lines_max;
	struct iovec *lines;
	char *bytes;
};

void channel_close(struct log_channel *channel);

/* log_channel_open.c: a ring's connection. False: not there yet. */
bool channel_connected(struct log_channel *channel);
/* Whether its server has closed the connection. */
bool channel_is_over(const struct log_channel *channel);
