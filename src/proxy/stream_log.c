/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_log.c - when a line is written, at which level, and where to;
 * what it says is the frontend's compiled format (configuration manual,
 * chapter 8). In mode tcp a line for each session, in mode http for each
 * request; without a format one for each connection, when it is accepted.
 */
#include "expr/format.h"
#include "proxy/captures.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum {
	LINE_USUAL = 4096,
	LINE_LONG = 65536 + 1024, /* more than `len` allows */
};

/* One line: its format and its structured data (RFC 5424, 6.3). */
struct stream_line {
	const struct log_conf *log;
	const struct format *format, *structured; /* the latter may be NULL */
	enum log_level level;
};

static void line_send(struct stream *stream, const struct stream_line *line, char *bytes,
		      size_t size)
{
	struct worker *worker = stream->worker;
	struct bump_mark mark = bump_mark(&worker->scratch);
	struct out out = { .bytes = bytes, .size = size };
	struct slice structured = { NULL, 0 }, text;
	struct expr_context context;

	if (stream->txn != NULL)
		txn_context(stream->txn, &context);
	else
		stream_context(stream, &context);
	context.memory = &worker->scratch;
	if (line->structured != NULL) {
		format_write(line->structured, &context, &out);
		structured = out_slice(&out);
		out = (struct out){ .bytes = bytes + structured.len, .size = size - structured.len };
	}
	format_write(line->format, &context, &out);
	text = out_slice(&out);
	log_send_structured(worker->log, line->log, line->level, structured, text);
	bump_reset(&worker->scratch, mark);
}

/* Apart, so that usual lines touch no more of the stack than they need. */
static __attribute__((noinline)) void line_send_long(struct stream *stream,
						     const struct stream_line *line)
{
	char bytes[LINE_LONG];

	line_send(stream, line, bytes, sizeof(bytes));
}

static __attribute__((noinline)) void line_send_usual(struct stream *stream,
						      const struct stream_line *line)
{
	char bytes[LINE_USUAL];

	line_send(stream, line, bytes, sizeof(bytes));
}

/* No byte is put together that no target could take. */
static void line_write(struct stream *stream, const struct stream_line *line)
{
	for (unsigned i = 0; i < line->log->count; i++)
		if (line->structured != NULL || line->log->targets[i].length > LINE_USUAL) {
			line_send_long(stream, line);
			return;
		}
	line_send_usual(stream, line);
}

/* What a client had sent to a stream that never got to forward it counts as data. */
static bool is_null(const struct stream *stream)
{
	if (stream->http)
		return stream->client.bytes == 0;
	return stream->client.bytes == 0 && stream_bytes_out(stream) == 0 && !stream->had_data;
}

/* Errors, timeouts, retries and redispatches; an answer of ours is none, unless it is a 5xx. */
static bool is_error(const struct stream *stream)
{
	return stream->redispatched || stream->retries != 0 ||
	       (stream->cause != 0 && stream->cause != '-' && stream->cause != 'L') ||
	       (stream->txn != NULL && stream->txn->status >= 500);
}

static enum log_level level_of(const struct stream *stream, bool error)
{
	if (stream->txn != NULL && stream->txn->log_level >= 0)
		return (enum log_level)stream->txn->log_level;
	return error && stream_front(stream)->log_separate_errors ? LOG_LEVEL_ERR : LOG_LEVEL_INFO;
}

/* A request that could not be read has the format for errors, if there is one. */
static const struct format *format_of(const struct stream *stream)
{
	const struct http_conf *http = &stream->listener->frontend->section->http;
	bool read = !stream->http || (stream->txn != NULL && stream->txn->head_at.us != 0);

	return read || http->error_log_format == NULL ? http->log_format : http->error_log_format;
}

bool stream_logs_at_end(const struct stream *stream)
{
	return !stream->listener->frontend->section->http.log_at_accept;
}

void stream_log(struct stream *stream, bool early)
{
	const struct section *section = stream->listener->frontend->section;
	bool error = is_error(stream);

	if (stream->logged || section->log.count == 0 || section->http.log_at_accept)
		return;
	if (stream->txn != NULL && stream->txn->no_log)
		return;
	if (!early && section->front.dontlognull && is_null(stream))
		return;
	if (!error && section->front.dontlog_normal)
		return;
	stream->logged = true;
	if (section->http.log_counts)
		atomic_fetch_add_explicit(&stream->listener->frontend->lines, 1,
					  memory_order_relaxed);
	if (stream->txn != NULL)
		txn_unique_id(stream->txn);
	line_write(stream, &(struct stream_line){
		.log = &section->log,
		.format = format_of(stream),
		.structured = section->http.log_format_sd,
		.level = level_of(stream, error),
	});
}

void stream_log_accepted(struct stream *stream)
{
	const struct section *section = stream->listener->frontend->section;

	if (section->log.count == 0)
		return;
	line_write(stream, &(struct stream_line){
		.log = &section->log,
		.format = section->http.log_format,
		.structured = section->http.log_format_sd,
		.level = LOG_LEVEL_INFO,
	});
}

/* "10.0.1.2:33313 [06/Feb/2009:12:12:51.443] www/1: why" */
static void refused_write(struct stream *stream, const char *why, struct out *out)
{
	const struct section *section = stream->listener->frontend->section;
	const struct bind_conf *bind = stream->listener->conf;
	struct expr_context context;

	stream_context(stream, &context);
	format_write(section->http.refused_format, &context, out);
	out_char(out, '/');
	if (bind->name != NULL)
		out_text(out, bind->name);
	else
		out_number(out, bind->id != 0 ? (uint64_t)bind->id : bind->index + 1);
	out_text(out, ": ");
	out_text(out, why);
}

void stream_log_refused(struct stream *stream, bool had_bytes, const char *why)
{
	const struct section *section = stream->listener->frontend->section;
	struct stream_line line = {
		.log = &section->log,
		.format = section->http.error_log_format,
		.level = section->front.log_separate_errors ? LOG_LEVEL_ERR : LOG_LEVEL_INFO,
	};
	char bytes[512];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };

	stream->logged = true;
	if (section->log.count == 0 || (section->front.dontlognull && !had_bytes) ||
	    (section->http.log_at_accept && line.format == NULL))
		return;
	if (line.format != NULL) {
		line_write(stream, &line);
		return;
	}
	refused_write(stream, why, &out);
	log_send(stream->worker->log, &section->log, line.level, out.bytes, out.len);
}
