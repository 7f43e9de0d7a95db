/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log.c - from a text to finished lines for each target.
 *
 * Which targets want the line (level, sample), the header in the target's
 * format, the cut at its length. The bytes then belong to a channel
 * (log_channel.h), one for each distinct destination. The formatted date is
 * made once a second; a header is copied together from finished pieces.
 */
#include "diag/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/out.h"
#include "diag/log_channel.h"

enum {
	SLOTS_MIN = 16,
	TEXT_MAX = 4096,
	CLOSE_WAIT_MS = 100,
	MICROSECONDS_AT = 20, /* in the ISO date */
	COUNT_MAX = 8,	      /* "65535 " */
};

/* What is known of a target, by its address; a stale one is found out by its channel. */
struct log_slot {
	const struct log_target *target; /* NULL: free */
	struct log_channel *channel;
	uint32_t seen; /* lines of the running sample, 0 .. size */
};

struct log_dates {
	uint64_t second;	/* of both texts */
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
	struct log_slot *slots; /* open addressing, a power of two, at most half full */
	size_t slot_count, slot_size;
	struct log_channel **channels;
	size_t channel_count;
	uint64_t dropped; /* for want of memory */
};

/* One line to be sent, before its target is looked at. */
struct log_line {
	const struct log_conf *conf;
	const struct log_profile *profile; /* whose tag counts, or NULL */
	struct slice structured, text;
};

/* A line being put together; what does not fit is cut. */
struct line {
	char *start, *at, *end;
};

static void put(struct line *line, const char *bytes, size_t len)
{
	size_t room = (size_t)(line->end - line->at);

	if (len > room)
		len = room;
	memcpy(line->at, bytes, len);
	line->at += len;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

struct log *log_open(const char *program, int pid)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->program = strdup(program);
	log->slots = calloc(SLOTS_MIN, sizeof(*log->slots));
	if (log->program == NULL || log->slots == NULL) {
		free(log->program);
		free(log->slots);
		free(log);
		return NULL;
	}
	log->program_len = strlen(program);
	log->slot_size = SLOTS_MIN;
	log->pid_len = (size_t)snprintf(log->pid, sizeof(log->pid), "%d", pid);
	log->dates.second = UINT64_MAX;
	tzset(); /* reads the zone before a chroot hides it */
	return log;
}

/* Waits a moment for channels whose readers are slow: the last words matter most. */
static void log_drain(struct log *log)
{
	struct moment limit = moment_after(moment_now(), (uint64_t)CLOSE_WAIT_MS * 1000);

	for (size_t i = 0; i < log->channel_count; i++) {
		while (!log_channel_flush(log->channels[i])) {
			struct pollfd ready = { .fd = log_channel_fd(log->channels[i]),
						.events = POLLOUT };
			uint64_t left_us = moment_since(moment_now(), limit);

			if (left_us < 1000 || poll(&ready, 1, (int)(left_us / 1000)) != 1)
				break;
		}
	}
}

void log_close(struct log *log)
{
	if (log == NULL)
		return;
	log_drain(log);
	for (size_t i = 0; i < log->channel_count; i++)
		log_channel_free(log->channels[i]);
	free(log->channels);
	free(log->slots);
	free(log->program);
	free(log);
}

/* The channel to `target`'s destination, a new one if need be. NULL: no memory. */
static struct log_channel *log_channel_of(struct log *log, const struct log_target *target)
{
	struct log_channel **channels;

	for (size_t i = 0; i < log->channel_count; i++)
		if (log_channel_leads_to(log->channels[i], target))
			return log->channels[i];
	channels = reallocarray(log->channels, log->channel_count + 1, sizeof(struct log_channel *));
	if (channels == NULL)
		return NULL;
	log->channels = channels;
	channels[log->channel_count] = log_channel_new(target);
	if (channels[log->channel_count] == NULL)
		return NULL;
	return channels[log->channel_count++];
}

static struct log_slot *slots_find(struct log_slot *slots, size_t size,
				   const struct log_target *target)
{
	size_t at = ((uintptr_t)target * 0x9e3779b97f4a7c15u >> 32) & (size - 1);

	while (slots[at].target != NULL && slots[at].target != target)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static bool slots_grow(struct log *log)
{
	size_t size = log->slot_size * 2;
	struct log_slot *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < log->slot_size; i++)
		if (log->slots[i].target != NULL)
			*slots_find(slots, size, log->slots[i].target) = log->slots[i];
	free(log->slots);
	log->slots = slots;
	log->slot_size = size;
	return true;
}

static struct log_slot *log_slot_of(struct log *log, const struct log_target *target)
{
	struct log_slot *slot = slots_find(log->slots, log->slot_size, target);

	/* The address may have been another target's, of a generation that is gone. */
	if (slot->target == target && log_channel_leads_to(slot->channel, target))
		return slot;

	struct log_channel *channel = log_channel_of(log, target);
	if (channel == NULL)
		return NULL;
	if (slot->target == NULL) {
		if ((log->slot_count + 1) * 2 > log->slot_size) {
			if (!slots_grow(log))
				return NULL;
			slot = slots_find(log->slots, log->slot_size, target);
		}
		log->slot_count++;
	}
	*slot = (struct log_slot){ .target = target, .channel = channel };
	return slot;
}

/* Counts one line and says whether `sample` lets it through. */
static bool log_sampled(struct log_slot *slot, const struct log_target *target)
{
	if (target->sample_size == 0)
		return true;
	slot->seen = slot->seen >= target->sample_size ? 1 : slot->seen + 1;
	if (slot->seen >= target->sample_low && slot->seen <= target->sample_high)
		return true;
	for (const struct log_range *range = target->sample_more; range != NULL && range->low != 0;
	     range++)
		if (slot->seen >= range->low && slot->seen <= range->high)
			return true;
	return false;
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
		dates->iso, sizeof(dates->iso), "%04d-%02d-%02dT%02d:%02d:%02d.000000%c%02ld:%02ld ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		tm.tm_gmtoff < 0 ? '-' : '+', offset / 60, offset % 60);
	dates->second = second;
}

static void dates_update(struct log_dates *dates, uint64_t now_us)
{
	uint32_t us = (uint32_t)(now_us % 1000000);

	if (dates->second != now_us / 1000000)
		dates_format(dates, now_us / 1000000);
	for (unsigned digit = 6; digit-- > 0; us /= 10)
		dates->iso[MICROSECONDS_AT + digit] = (char)('0' + us % 10);
}

static void put_priority(struct line *line, unsigned priority)
{
	char text[8];
	struct out out = { .bytes = text, .size = sizeof(text) };

	out_char(&out, '<');
	out_number(&out, priority);
	out_char(&out, '>');
	put(line, text, out.len);
}

static void put_legacy(struct line *line, const struct log *log, const char *host, const char *tag)
{
	put(line, log->dates.legacy, log->dates.legacy_len);
	if (host != NULL) {
		put_text(line, host);
		put(line, " ", 1);
	}
	put_text(line, tag);
	put(line, "[", 1);
	put(line, log->pid, log->pid_len);
	put(line, "]: ", 3);
}

static void put_rfc5424(struct line *line, const struct log *log, const char *host,
			const char *tag, struct slice structured)
{
	put(line, "1 ", 2);
	put(line, log->dates.iso, log->dates.iso_len);
	put_text(line, host == NULL ? "-" : host);
	put(line, " ", 1);
	put_text(line, tag);
	put(line, " ", 1);
	put(line, log->pid, log->pid_len);
	put(line, " - ", 3);
	if (structured.len != 0)
		put(line, structured.at, structured.len);
	else
		put(line, "-", 1);
	put(line, " ", 1);
}

static enum log_format format_of(const struct log_target *target)
{
	return target->kind == LOG_TO_RING ? target->ring->format : target->format;
}

static const char *tag_of(const struct log *log, const struct log_line *what)
{
	if (what->profile != NULL && what->profile->tag != NULL)
		return what->profile->tag;
	return what->conf->tag == NULL ? log->program : what->conf->tag;
}

/* The header of `target`'s format (manual, "log", <format>). */
static void put_header(struct line *line, const struct log *log, const struct log_line *what,
		       const struct log_target *target, unsigned level)
{
	const char *tag = tag_of(log, what);
	const char *host = what->conf->hostname;
	unsigned priority = target->facility * 8u + level;

	switch (format_of(target)) {
	case LOG_FORMAT_LOCAL:
		put_priority(line, priority);
		put_legacy(line, log, NULL, tag);
		break;
	case LOG_FORMAT_DEFAULT:
		put_priority(line, priority);
		put_legacy(line, log, host, tag);
		break;
	case LOG_FORMAT_RFC3164:
		put_priority(line, priority);
		put_legacy(line, log, host == NULL ? "localhost" : host, tag);
		break;
	case LOG_FORMAT_RFC5424:
		put_priority(line, priority);
		put_rfc5424(line, log, host, tag, what->structured);
		break;
	case LOG_FORMAT_PRIORITY:
		put_priority(line, priority);
		break;
	case LOG_FORMAT_SHORT:
		put_priority(line, level);
		break;
	case LOG_FORMAT_TIMED:
		put_priority(line, level);
		put(line, log->dates.iso, log->dates.iso_len);
		break;
	case LOG_FORMAT_ISO:
		put(line, log->dates.iso, log->dates.iso_len);
		break;
	case LOG_FORMAT_RAW:
		break;
	}
}

static bool is_control_byte(char byte)
{
	return ((unsigned char)byte < ' ' && byte != '\t') || byte == 127;
}

/* Whether one of eight bytes may be one: a tab, too. */
static bool has_control_byte(const char *bytes)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t word, below_space, delete;

	memcpy(&word, bytes, sizeof(word));
	below_space = (word - ones * ' ') & ~word;
	delete = ((word ^ ones * 127) - ones) & ~(word ^ ones * 127);
	return ((below_space | delete) & ones * 128) != 0;
}

/* One more pass over the text costs less than a forged line. */
static void mask_control_bytes(char *from, const char *end)
{
	for (; from < end; from++) {
		while (end - from >= 8 && !has_control_byte(from))
			from += 8;
		if (from < end && is_control_byte(*from))
			*from = '?';
	}
}

/* "LENGTH SP LINE" in place of "LINE LF" (RFC 6587, 3.4.1); COUNT_MAX bytes of room are left for it. */
static void count_octets(struct line *line)
{
	char digits[8];
	size_t len = (size_t)(line->at - line->start) - 1;
	size_t head = (size_t)snprintf(digits, sizeof(digits), "%zu ", len);

	memmove(line->start + head, line->start, len);
	memcpy(line->start, digits, head);
	line->at = line->start + head + len;
}

static void log_send_to(struct log *log, const struct log_line *what,
			const struct log_target *target, unsigned level)
{
	size_t size = log_channel_line_max(target);
	struct log_slot *slot;
	struct line line;

	if (target->kind == LOG_TO_RING && target->ring->address_len == 0)
		return;
	slot = log_slot_of(log, target);
	if (slot == NULL) {
		log->dropped++;
		return;
	}
	if (!log_sampled(slot, target))
		return;
	line.start = log_channel_reserve(slot->channel, size + COUNT_MAX);
	if (line.start == NULL)
		return;
	line.at = line.start;
	line.end = line.start + size - 1;
	put_header(&line, log, what, target, level);
	put(&line, what->text.at, what->text.len);
	mask_control_bytes(line.start, line.at);
	*line.at++ = '\n';
	if (target->kind == LOG_TO_RING && target->ring->counted)
		count_octets(&line);
	log_channel_commit(slot->channel, (size_t)(line.at - line.start));
}

/* What the target makes of the level; false: it does not want the line. */
static bool log_level_for(const struct log_target *target, unsigned *level)
{
	if (*level > target->max_level)
		return false;
	if (*level < target->min_level)
		*level = target->min_level;
	return true;
}

void log_send(struct log *log, const struct log_conf *conf, enum log_level level, const char *text,
	      size_t len)
{
	log_send_structured(log, conf, level, (struct slice){ NULL, 0 },
			    (struct slice){ text, len });
}

void log_send_structured(struct log *log, const struct log_conf *conf, enum log_level level,
			 struct slice structured, struct slice text)
{
	struct log_line line = { .conf = conf, .structured = structured, .text = text };

	if (conf->count == 0)
		return;
	dates_update(&log->dates, wall_now_us());
	for (unsigned i = 0; i < conf->count; i++) {
		const struct log_target *target = &conf->targets[i];
		unsigned as = level;

		line.profile = target->profile;
		if (log_level_for(target, &as))
			log_send_to(log, &line, target, as);
	}
}

void log_send_target(struct log *log, const struct log_conf *conf, const struct log_target *target,
		     const struct log_profile *profile, enum log_level level,
		     struct slice structured, struct slice text)
{
	const struct log_line line = {
		.conf = conf, .profile = profile, .structured = structured, .text = text
	};
	unsigned as = level;

	if (!log_level_for(target, &as))
		return;
	dates_update(&log->dates, wall_now_us());
	log_send_to(log, &line, target, as);
}

void log_printf(struct log *log, const struct log_conf *conf, enum log_level level,
		const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ASSERT(len >= 0);
	log_send(log, conf, level, text,
		 (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

void log_flush(struct log *log)
{
	for (size_t i = 0; i < log->channel_count; i++)
		log_channel_flush(log->channels[i]);
}

uint64_t log_dropped(const struct log *log)
{
	uint64_t dropped = log->dropped;

	for (size_t i = 0; i < log->channel_count; i++)
		dropped += log_channel_dropped(log->channels[i]);
	return dropped;
}

void log_prepare(struct log *log, const struct log_conf *conf)
{
	for (unsigned i = 0; i < conf->count; i++) {
		struct log_slot *slot;

		if (conf->targets[i].kind == LOG_TO_RING)
			continue; /* needs no privileges */
		slot = log_slot_of(log, &conf->targets[i]);
		if (slot != NULL)
			log_channel_open(slot->channel);
	}
}
