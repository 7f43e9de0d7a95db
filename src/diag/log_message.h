/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_message.h - syslog messages of others: where one ends in a TCP
 * stream (RFC 6587, 3.4), and what is in it (RFC 3164, RFC 5424). Pure; bytes
 * from outside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "diag/log.h"

enum log_date {
	LOG_DATE_NONE,		/* also RFC 5424's "-" */
	LOG_DATE_LEGACY,	/* "Oct 11 22:14:15" */
	LOG_DATE_ISO,		/* "2003-10-11T22:14:15.003Z" */
};

/* Slices of the bytes that were read; len 0: not there. */
struct log_message {
	bool has_priority;
	unsigned facility;
	enum log_level level;	/* without a priority LOG_LEVEL_EMERG, as HAProxy has it */
	enum log_format format;	/* RFC3164, RFC5424, PRIORITY (no header), RAW (no priority) */
	enum log_date date_kind;
	struct slice date, host, tag, pid, id, structured, text;
};

/* Any bytes are a message: what cannot be read is its text. Newlines at the end do not count. */
void log_message_read(struct slice bytes, struct log_message *ret);
/* The same without looking at them: all is text. */
void log_message_take(struct slice bytes, struct log_message *ret);

enum log_frame {
	LOG_FRAME_MESSAGE,
	LOG_FRAME_MORE,		/* its end is not there yet */
	LOG_FRAME_BAD,		/* neither framing: where the next one begins nobody knows */
};

/*
 * The first message of a stream: "LENGTH SP MESSAGE", or up to a newline, and
 * always so if `by_newline`. *ret_message without its end and *ret_taken only
 * with LOG_FRAME_MESSAGE. Messages longer than `max` are bad.
 */
enum log_frame log_frame_next(struct slice bytes, bool by_newline, size_t max,
			      struct slice *ret_message, size_t *ret_taken);

/* Queues it for every target of `conf` that wants its level, in the target's format. */
void log_relay(struct log *log, const struct log_conf *conf, const struct log_message *message);
