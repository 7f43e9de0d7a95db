/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_relay.c - messages of others, written anew in the format of each
 * target (configuration manual 3.10 "Log forwarding"). Without a `format` the
 * message keeps its own. Bytes of the text stay as they are, but a newline
 * within it where a newline ends a line.
 */
#include <string.h>

#include "base/out.h"
#include "diag/log_message.h"
#include "diag/log_private.h"

enum {
	DAY_AT = 4, TIME_AT = 7, TIME_LEN = 8,	/* in a legacy date */
	ISO_MONTH_AT = 5, ISO_DAY_AT = 8, ISO_TIME_AT = 11,
};

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static void put_slice(struct line *line, struct slice slice)
{
	line_put(line, slice.at, slice.len);
}

/* "Oct 11 22:14:15 " */
static void put_legacy_date(struct line *line, const struct log *log,
			    const struct log_message *message)
{
	const char *date = message->date.at;
	unsigned month;

	if (message->date_kind == LOG_DATE_NONE) {
		line_put(line, log->dates.legacy, log->dates.legacy_len);
		return;
	}
	if (message->date_kind == LOG_DATE_LEGACY) {
		put_slice(line, message->date);
	} else {
		month = (unsigned)(date[ISO_MONTH_AT] - '0') * 10 +
			(unsigned)(date[ISO_MONTH_AT + 1] - '0');
		line_put(line, months + 3 * (size_t)((month + 11) % 12), 3);
		line_put(line, " ", 1);
		line_put(line, date[ISO_DAY_AT] == '0' ? " " : &date[ISO_DAY_AT], 1);
		line_put(line, &date[ISO_DAY_AT + 1], 1);
		line_put(line, " ", 1);
		line_put(line, &date[ISO_TIME_AT], TIME_LEN);
	}
	line_put(line, " ", 1);
}

/* "2003-10-11T22:14:15.003Z "; a legacy date says neither year nor zone. */
static void put_iso_date(struct line *line, const struct log *log,
			 const struct log_message *message)
{
	const char *date = message->date.at;
	char text[] = "-00-00T";
	unsigned month = 0;

	if (message->date_kind == LOG_DATE_NONE) {
		line_put_iso(line, &log->dates);
		return;
	}
	if (message->date_kind == LOG_DATE_ISO) {
		put_slice(line, message->date);
	} else {
		while (memcmp(months + (size_t)3 * month, date, 3) != 0)
			month++;
		month++;
		text[1] = (char)('0' + month / 10);
		text[2] = (char)('0' + month % 10);
		text[4] = date[DAY_AT] == ' ' ? '0' : date[DAY_AT];
		text[5] = date[DAY_AT + 1];
		line_put(line, log->dates.iso, 4); /* this year */
		line_put_text(line, text);
		line_put(line, &date[TIME_AT], TIME_LEN);
		line_put_text(line, "-00:00");
	}
	line_put(line, " ", 1);
}

static void put_tag(struct line *line, const struct log_message *message)
{
	if (message->tag.len == 0)
		return;
	put_slice(line, message->tag);
	if (message->pid.len != 0) {
		line_put(line, "[", 1);
		put_slice(line, message->pid);
		line_put(line, "]", 1);
	}
	line_put(line, ": ", 2);
}

static void put_field(struct line *line, struct slice field)
{
	if (field.len != 0)
		put_slice(line, field);
	else
		line_put(line, "-", 1);
	line_put(line, " ", 1);
}

static void put_rfc5424(struct line *line, const struct log *log,
			const struct log_message *message)
{
	line_put(line, "1 ", 2);
	if (message->format == LOG_FORMAT_RFC5424 && message->date_kind == LOG_DATE_NONE)
		line_put(line, "- ", 2);
	else
		put_iso_date(line, log, message);
	put_field(line, message->host);
	put_field(line, message->tag);
	put_field(line, message->pid);
	put_field(line, message->id);
	put_field(line, message->structured);
}

static void put_rfc3164(struct line *line, const struct log *log,
			const struct log_message *message)
{
	put_legacy_date(line, log, message);
	if (message->host.len != 0)
		put_slice(line, message->host);
	else
		line_put_text(line, "localhost");
	line_put(line, " ", 1);
	put_tag(line, message);
}

static void put_head(struct line *line, const struct log *log, const struct log_message *message,
		     enum log_format format, unsigned priority)
{
	switch (format) {
	case LOG_FORMAT_LOCAL:
		line_put_priority(line, priority);
		put_legacy_date(line, log, message);
		put_tag(line, message);
		break;
	case LOG_FORMAT_RFC3164:
		line_put_priority(line, priority);
		put_rfc3164(line, log, message);
		break;
	case LOG_FORMAT_RFC5424:
		line_put_priority(line, priority);
		put_rfc5424(line, log, message);
		break;
	case LOG_FORMAT_PRIORITY:
		line_put_priority(line, priority);
		break;
	case LOG_FORMAT_SHORT:
		line_put_priority(line, priority % 8);
		break;
	case LOG_FORMAT_TIMED:
		line_put_priority(line, priority % 8);
		put_iso_date(line, log, message);
		break;
	case LOG_FORMAT_ISO:
		put_iso_date(line, log, message);
		break;
	case LOG_FORMAT_RAW:
	case LOG_FORMAT_DEFAULT:
		break;
	}
}

static bool ends_by_newline(const struct log_target *target)
{
	return target->kind == LOG_TO_FD || (target->kind == LOG_TO_RING && !target->ring->counted);
}

static void mask_newlines(char *from, const char *end)
{
	while ((from = memchr(from, '\n', (size_t)(end - from))) != NULL)
		*from = '?';
}

static void relay_to(struct log *log, const struct log_target *target,
		     const struct log_message *message, unsigned level)
{
	unsigned facility = message->has_priority ? message->facility : target->facility;
	enum log_format format = log_format_of(target);
	struct line line;
	struct log_channel *channel = log_line_begin(log, target, &line);

	if (channel == NULL)
		return;
	if (format == LOG_FORMAT_DEFAULT)
		format = message->format;
	put_head(&line, log, message, format, facility * 8 + level);
	put_slice(&line, message->text);
	if (ends_by_newline(target))
		mask_newlines(line.start, line.at);
	log_line_end(channel, target, &line);
}

void log_relay(struct log *log, const struct log_conf *conf, const struct log_message *message)
{
	if (conf->count == 0)
		return;
	log_dates_update(&log->dates, log->now_us);
	for (unsigned i = 0; i < conf->count; i++) {
		unsigned level = message->level;

		if (log_level_for(&conf->targets[i], &level))
			relay_to(log, &conf->targets[i], message, level);
	}
}
