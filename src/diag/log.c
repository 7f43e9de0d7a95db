/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log.c - from a text to finished lines for each target.
 *
 * Which targets want the line (level, sample), the header in the target's
 * format (log_header.c), the cut at its length. The bytes then belong to a
 * channel (log_channel.h), one for each distinct destination.
 */
#include "diag/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/out.h"
#include "base/text.h"
#include "diag/log_private.h"

enum {
	SLOTS_MIN = 16,
	TEXT_MAX = 4096,
	CLOSE_WAIT_MS = 100,
	COUNT_MAX = 8,	      /* "65535 " */
};

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
	channels =
		reallocarray(log->channels, log->channel_count + 1, sizeof(struct log_channel *));
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

/* One more pass over the text costs less than a forged line. */
static void mask_control_bytes(char *from, const char *end)
{
	while ((from = (char *)(uintptr_t)text_end(from, end)) < end)
		*from++ = '?';
}

/*
 * "LENGTH SP LINE" in place of "LINE LF" (RFC 6587, 3.4.1);
 * COUNT_MAX bytes of room are left for it.
 */
static void count_octets(struct line *line)
{
	char digits[8];
	size_t len = (size_t)(line->at - line->start) - 1;
	size_t head = (size_t)snprintf(digits, sizeof(digits), "%zu ", len);

	memmove(line->start + head, line->start, len);
	memcpy(line->start, digits, head);
	line->at = line->start + head + len;
}

struct log_channel *log_line_begin(struct log *log, const struct log_target *target,
				   struct line *ret_line)
{
	size_t size = log_channel_line_max(target);
	struct log_slot *slot;

	if (target->kind == LOG_TO_RING && target->ring->address_len == 0)
		return NULL;
	slot = log_slot_of(log, target);
	if (slot == NULL) {
		log->dropped++;
		return NULL;
	}
	if (!log_sampled(slot, target))
		return NULL;
	ret_line->start = log_channel_reserve(slot->channel, size + COUNT_MAX);
	if (ret_line->start == NULL)
		return NULL;
	ret_line->at = ret_line->start;
	ret_line->end = ret_line->start + size - 1;
	return slot->channel;
}

void log_line_end(struct log_channel *channel, const struct log_target *target, struct line *line)
{
	*line->at++ = '\n';
	if (target->kind == LOG_TO_RING && target->ring->counted)
		count_octets(line);
	log_channel_commit(channel, (size_t)(line->at - line->start));
}

static void log_send_to(struct log *log, const struct log_line *what,
			const struct log_target *target, unsigned level)
{
	struct line line;
	struct log_channel *channel = log_line_begin(log, target, &line);

	if (channel == NULL)
		return;
	log_put_header(&line, log, what, target, level);
	line_put(&line, what->text.at, what->text.len);
	mask_control_bytes(line.start, line.at);
	log_line_end(channel, target, &line);
}

bool log_level_for(const struct log_target *target, unsigned *level)
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
	log_dates_update(&log->dates, log->now_us);
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
	log_dates_update(&log->dates, log->now_us);
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

void log_at(struct log *log, uint64_t wall_us)
{
	log->now_us = wall_us;
}

void log_flush(struct log *log)
{
	log->now_us = 0;
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
