/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_private.h - a log as log.c (targets, channels), log_header.c (what
 * stands before the text) and log_relay.c (others' messages) share it.
 */
#pragma once

#include "diag/log.h"
#include "diag/log_channel.h"

/* What is known of a target, by its address; a stale one is found out by its channel. */
struct log_slot {
	const struct log_target *target; /* NULL: free */
	struct log_channel *channel;
	uint32_t seen; /* lines of the running sample, 0 .. size */
};

struct log_dates {
	uint64_t second;	/* of both texts */
	uint32_t us;		/* in it */
	char legacy[32];	/* "Nov  3 09:08:07 " (RFC 3164, 4.1.2) */
	char iso[48];		/* "2026-11-03T09:08:07.000000+00:00 " (RFC 5424, 6.2.3) */
	size_t legacy_len, iso_len;
};

struct log {
	char *program;
	size_t program_len;
	char pid[16];
	size_t pid_len;
	struct log_dates dates;
	uint64_t now_us;	/* since 1970, as log_at has said; 0: it has not */
	struct log_slot *slots; /* open addressing, a power of two, at most half full */
	size_t slot_count, slot_size;
	struct log_channel **channels;
	size_t channel_count;
	uint64_t dropped; /* for want of memory */
};

/* One line of ours to be sent, before its target is looked at. */
struct log_line {
	const struct log_conf *conf;
	const struct log_profile *profile; /* whose tag counts, or NULL */
	struct slice structured, text;
};

/* A line being put together; what does not fit is cut. */
struct line {
	char *start, *at, *end;
};

void line_put(struct line *line, const char *bytes, size_t len);
void line_put_text(struct line *line, const char *text);
void line_put_priority(struct line *line, unsigned priority); /* "<N>" */

/* The format that lines of this target have. */
enum log_format log_format_of(const struct log_target *target);

/* What stands before the text in `target`'s format (manual, "log", <format>). */
void log_put_header(struct line *line, const struct log *log, const struct log_line *what,
		    const struct log_target *target, unsigned level);

/* The dates of both forms: of `now_us` since 1970, at 0 of now. */
void log_dates_update(struct log_dates *dates, uint64_t now_us);
/* The ISO date with its microseconds. */
void line_put_iso(struct line *line, const struct log_dates *dates);

/* What the target makes of the level; false: it does not want the line. */
bool log_level_for(const struct log_target *target, unsigned *level);

/*
 * Room for a line to this target, if it wants one more and can take it. It
 * must then be ended, which puts its newline or its count there.
 */
struct log_channel *log_line_begin(struct log *log, const struct log_target *target,
				   struct line *ret_line);
void log_line_end(struct log_channel *channel, const struct log_target *target, struct line *line);
