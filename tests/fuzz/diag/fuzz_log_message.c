/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of syslog messages: framed, read, and written in every format, which
 * touches each byte of each part. What is written in a format of syslog is
 * read again as that.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag/log_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTH = 2000, MAX = 1024 };

static void must_be_inside(struct slice part, struct slice whole)
{
	if (part.len != 0 && (part.at < whole.at || part.at + part.len > whole.at + whole.len))
		abort();
}

static void check(struct slice bytes, const struct log_message *message)
{
	must_be_inside(message->date, bytes);
	must_be_inside(message->host, bytes);
	must_be_inside(message->tag, bytes);
	must_be_inside(message->pid, bytes);
	must_be_inside(message->id, bytes);
	must_be_inside(message->structured, bytes);
	must_be_inside(message->text, bytes);
	if (message->level > LOG_LEVEL_DEBUG)
		abort();
}

/* A log whose lines come back by a pipe. */
struct bench {
	struct log *log;
	struct log_target target;
	int in;
};

/* The line as `format` has it; returns its length. */
static size_t written(struct bench *bench, const struct log_message *message,
		      enum log_format format, char *bytes)
{
	const struct log_conf conf = { .targets = &bench->target, .count = 1 };
	ssize_t got;

	bench->target.format = format;
	log_relay(bench->log, &conf, message);
	log_flush(bench->log);
	got = read(bench->in, bytes, LENGTH);
	if (got < 1 || bytes[got - 1] != '\n' || memchr(bytes, '\n', (size_t)got - 1) != NULL)
		abort();
	return (size_t)got;
}

static void take(struct bench *bench, struct slice bytes)
{
	struct log_message message, again;
	char line[LENGTH];

	log_message_read(bytes, &message);
	check(bytes, &message);
	for (enum log_format format = 0; format <= LOG_FORMAT_DEFAULT; format++) {
		struct slice out = { line, written(bench, &message, format, line) };

		log_message_read(out, &again);
		check(out, &again);
		if (format == LOG_FORMAT_RFC5424 && message.facility < 125 &&
		    again.format != LOG_FORMAT_RFC5424)
			abort();
	}
}

static void take_stream(struct bench *bench, bool by_newline, struct slice left)
{
	struct slice message;
	size_t taken;

	while (log_frame_next(left, by_newline, MAX, &message, &taken) == LOG_FRAME_MESSAGE) {
		must_be_inside(message, left);
		if (taken == 0 || taken > left.len)
			abort();
		take(bench, message);
		left = slice_skip(left, taken);
	}
	left.len = left.len < MAX ? left.len : MAX;
	take(bench, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bench bench = { .log = log_open("fuzz", 1) };
	int ends[2];

	if (size < 2)
		goto done;
	if (bench.log == NULL || pipe2(ends, O_NONBLOCK) < 0)
		abort();
	bench.in = ends[0];
	bench.target = (struct log_target){ .kind = LOG_TO_FD, .fd = ends[1], .facility = 1,
					    .max_level = LOG_LEVEL_DEBUG, .length = LENGTH };
	take_stream(&bench, data[0] & 1, (struct slice){ (const char *)data + 1, size - 1 });
	close(ends[0]);
	close(ends[1]);
done:
	log_close(bench.log);
	return 0;
}
