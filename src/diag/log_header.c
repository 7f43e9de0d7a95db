/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_header.c - what stands before the text of a line: priority, date,
 * names, in each format. The formatted date is made once a second; a header
 * is copied together from finished pieces.
 */
#include <string.h>

#include "base/clock.h"
#include "base/out.h"
#include "diag/log_private.h"

enum { MICROSECONDS_AT = 20 }; /* in the ISO date */

void line_put(struct line *line, const char *bytes, size_t len)
{
	size_t room = (size_t)(line->end - line->at);

	if (len > room)
		len = room;
	memcpy(line->at, bytes, len);
	line->at += len;
}

void line_put_text(struct line *line, const char *text)
{
	line_put(line, text, strlen(text));
}

/* Local time, as HAProxy writes it in both forms. */
static void dates_format(struct log_dates *dates, uint64_t second)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)second;
	struct tm tm;

	localtime_r(&now, &tm);
	long offset = labs(tm.tm_gmtoff) / 60;
	dates->legacy_len = (size_t)snprintf(dates->legacy, sizeof(dates->legacy),
					     "%s %2d %02d:%02d:%02d ", months[tm.tm_mon % 12],
					     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	dates->iso_len = (size_t)snprintf(
		dates->iso, sizeof(dates->iso),
		"%04d-%02d-%02dT%02d:%02d:%02d.000000%c%02ld:%02ld ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		tm.tm_gmtoff < 0 ? '-' : '+', offset / 60, offset % 60);
	dates->second = second;
}

void log_dates_update(struct log_dates *dates, uint64_t now_us)
{
	if (now_us == 0)
		now_us = wall_now_us();
	dates->us = (uint32_t)(now_us % 1000000);
	if (dates->second != now_us / 1000000)
		dates_format(dates, now_us / 1000000);
}

void line_put_iso(struct line *line, const struct log_dates *dates)
{
	char *date = line->at;
	uint32_t us = dates->us;

	line_put(line, dates->iso, dates->iso_len);
	if ((size_t)(line->at - date) != dates->iso_len)
		return;
	for (unsigned digit = 6; digit-- > 0; us /= 10)
		date[MICROSECONDS_AT + digit] = (char)('0' + us % 10);
}

void line_put_priority(struct line *line, unsigned priority)
{
	char text[8];
	struct out out = { .bytes = text, .size = sizeof(text) };

	out_char(&out, '<');
	out_number(&out, priority);
	out_char(&out, '>');
	line_put(line, text, out.len);
}

static void put_legacy(struct line *line, const struct log *log, const char *host, const char *tag)
{
	line_put(line, log->dates.legacy, log->dates.legacy_len);
	if (host != NULL) {
		line_put_text(line, host);
		line_put(line, " ", 1);
	}
	line_put_text(line, tag);
	line_put(line, "[", 1);
	line_put(line, log->pid, log->pid_len);
	line_put(line, "]: ", 3);
}

static void put_rfc5424(struct line *line, const struct log *log, const char *host,
			const char *tag, struct slice structured)
{
	line_put(line, "1 ", 2);
	line_put_iso(line, &log->dates);
	line_put_text(line, host == NULL ? "-" : host);
	line_put(line, " ", 1);
	line_put_text(line, tag);
	line_put(line, " ", 1);
	line_put(line, log->pid, log->pid_len);
	line_put(line, " - ", 3);
	if (structured.len != 0)
		line_put(line, structured.at, structured.len);
	else
		line_put(line, "-", 1);
	line_put(line, " ", 1);
}

enum log_format log_format_of(const struct log_target *target)
{
	return target->kind == LOG_TO_RING ? target->ring->format : target->format;
}

static const char *tag_of(const struct log *log, const struct log_line *what)
{
	if (what->profile != NULL && what->profile->tag != NULL)
		return what->profile->tag;
	return what->conf->tag == NULL ? log->program : what->conf->tag;
}

void log_put_header(struct line *line, const struct log *log, const struct log_line *what,
		    const struct log_target *target, unsigned level)
{
	const char *tag = tag_of(log, what);
	const char *host = what->conf->hostname;
	unsigned priority = target->facility * 8u + level;

	switch (log_format_of(target)) {
	case LOG_FORMAT_LOCAL:
		line_put_priority(line, priority);
		put_legacy(line, log, NULL, tag);
		break;
	case LOG_FORMAT_DEFAULT:
		line_put_priority(line, priority);
		put_legacy(line, log, host, tag);
		break;
	case LOG_FORMAT_RFC3164:
		line_put_priority(line, priority);
		put_legacy(line, log, host == NULL ? "localhost" : host, tag);
		break;
	case LOG_FORMAT_RFC5424:
		line_put_priority(line, priority);
		put_rfc5424(line, log, host, tag, what->structured);
		break;
	case LOG_FORMAT_PRIORITY:
		line_put_priority(line, priority);
		break;
	case LOG_FORMAT_SHORT:
		line_put_priority(line, level);
		break;
	case LOG_FORMAT_TIMED:
		line_put_priority(line, level);
		line_put_iso(line, &log->dates);
		break;
	case LOG_FORMAT_ISO:
		line_put_iso(line, &log->dates);
		break;
	case LOG_FORMAT_RAW:
		break;
	}
}
