/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_channel.h - one way out for log lines: a socket or descriptor and
 * the lines that wait for it. Internal to log.c.
 *
 * Nothing here blocks. What the other side does not take now waits for the
 * next flush, in order; when the queue is full the newest line is dropped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_channel;
struct log_target;

/* Nothing is opened yet. Only kind, address and fd of `target` matter, and are copied. */
struct log_channel *log_channel_new(const struct log_target *target); /* NULL: no memory */
void log_channel_free(struct log_channel *channel); /* what still waits is lost */

bool log_channel_leads_to(const struct log_channel *channel, const struct log_target *target);

/* Opens if it is not open and was not tried within the last second. */
void log_channel_open(struct log_channel *channel);

/* Most bytes one line of `target` may have with its newline. */
size_t log_channel_line_max(const struct log_target *target);

/*
 * Room for one line of at most `size` bytes, to be filled and handed back by
 * log_channel_commit before any other call; NULL (and counted as dropped)
 * when the queue is full or there is no way out.
 */
char *log_channel_reserve(struct log_channel *channel, size_t size);
void log_channel_commit(struct log_channel *channel, size_t len);

/* Sends what can be sent. True when nothing waits any more. */
bool log_channel_flush(struct log_channel *channel);

int log_channel_fd(const struct log_channel *channel); /* to wait on; -1: none */
uint64_t log_channel_dropped(const struct log_channel *channel);
