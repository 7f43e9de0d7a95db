/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_log.c - when a line is written, at which level, and where to;
 * what it says is the frontend's compiled format (configuration manual,
 * chapter 8). In mode tcp a line for each session, in mode http for each
 * request; without a format one for each connection, when it is accepted.
 */
#include "expr/format.h"
#include "proxy/captures.h"
#include "proxy/log_profile.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum {
	LINE_USUAL = 4096,
	LINE_LONG = 65536 + 1024, /* more than `len` allows */
};

/* One line: its format and its structured data (RFC 5424, 6.3). */
struct stream_line {
	const struct log_conf *log;
	const struct format *format, *structured; /* NULL: `text`; none */
	struct slice text;		/* at NULL, and no format: only profiles have a line */
	const struct log_profile *profile; /* in place of the targets' own; NULL: those */
	enum log_level level;
	enum log_step step;
	bool error;
};

static void line_context(struct stream *stream, struct expr_context *ret)
{
	if (stream->txn != NULL)
		txn_context(stream->txn, ret);
	else
		stream_context(stream, ret);
	ret->memory = &stream->worker->scratch;
}

/* Puts both parts together; the text goes behind the structured data. */
static void line_format(struct stream *stream, const struct stream_line *line, char *bytes,
			size_t size, struct slice *ret_structured, struct slice *ret_text)
{
	struct out out = { .bytes = bytes, .size = size };
	struct expr_context context;

	*ret_structured = (struct slice){ NULL, 0 };
	*ret_text = line->text;
	line_context(stream, &context);
	if (line->structured != NULL) {
		format_write(line->structured, &context, &out);
		*ret_structured = out_slice(&out);
		out = (struct out){ .bytes = bytes + out.len, .size = size - out.len };
	}
	if (line->format == NULL)
		return;
	format_write(line->format, &context, &out);
	*ret_text = out_slice(&out);
}

static void line_send(struct stream *stream, const struct stream_line *line, char *bytes,
		      size_t size)
{
	struct worker *worker = stream->worker;
	struct bump_mark mark = bump_mark(&worker->scratch);
	struct slice structured, text;

	line_format(stream, line, bytes, size, &structured, &text);
	log_send_structured(worker->log, line->log, line->level, structured, text);
	bump_reset(&worker->scratch, mark);
}

/* What this profile makes of the line; false: there is none. */
static bool line_override(struct stream_line *line, const struct log_profile *profile)
{
	const struct log_override *on = log_profile_on(profile, line->step, line->error);

	if (on != NULL && on->drop)
		return false;
	if (on != NULL && on->format != NULL)
		line->format = on->format;
	if (on != NULL && on->structured != NULL)
		line->structured = on->structured;
	return line->format != NULL || line->text.at != NULL;
}

/* Target by target, each as its profile says. */
static void line_send_profiled(struct stream *stream, const struct stream_line *line, char *bytes,
			       size_t size)
{
	struct worker *worker = stream->worker;

	for (unsigned i = 0; i < line->log->count; i++) {
		const struct log_target *target = &line->log->targets[i];
		const struct log_profile *profile = line->profile != NULL ? line->profile
									  : target->profile;
		struct bump_mark mark = bump_mark(&worker->scratch);
		struct stream_line own = *line;
		struct slice structured, text;

		if (!line_override(&own, profile))
			continue;
		line_format(stream, &own, bytes, size, &structured, &text);
		log_send_target(worker->log, line->log, target, profile, line->level, structured,
				text);
		bump_reset(&worker->scratch, mark);
	}
}

/* Apart, so that usual lines touch no more of the stack than they need. */
static __attribute__((noinline)) void line_send_long(struct stream *stream,
						     const struct stream_line *line)
{
	char bytes[LINE_LONG];

	if (line->log->profiled || line->profile != NULL)
		line_send_profiled(stream, line, bytes, sizeof(bytes));
	else
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
	bool profiled = line->log->profiled || line->profile != NULL;
	bool is_long = profiled || line->structured != NULL;

	if (!profiled && line->format == NULL && line->text.at == NULL)
		return;
	for (unsigned i = 0; i < line->log->count && !is_long; i++)
		is_long = line->log->targets[i].length > LINE_USUAL;
	stream->worker->log_origin = log_step_origin(line->step);
	log_at(stream->worker->log, worker_wall_us(stream->worker, worker_now(stream->worker)));
	if (is_long)
		line_send_long(stream, line);
	else
		line_send_usual(stream, line);
}

/* What a client had sent to a stream that never got to forward it counts as data. */
static bool is_null(const struct stream *stream)
{
	if (stream->http)
		return stream->client.bytes == 0;
	return stream->client.bytes == 0 && stream_bytes_out(stream) == 0 && !stream->had_data;
}

bool stream_is_error(const struct stream *stream)
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

	if (http->log_at_accept) /* that line is written already */
		return NULL;
	return read || http->error_log_format == NULL ? http->log_format : http->error_log_format;
}

static bool is_silent(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->no_log;
}

/* Whether the section's steps have the last one; `option logasap` is for those without. */
static bool wants_end(const struct section *section, bool early, bool error)
{
	unsigned steps = section->http.log_steps;

	if (steps == 0)
		return true;
	return !early && ((steps >> LOG_STEP_CLOSE & 1) != 0 ||
			  (error && (steps >> LOG_STEP_ERROR & 1) != 0));
}

void stream_log(struct stream *stream, bool early)
{
	const struct section *section = stream->listener->frontend->section;
	bool error = stream_is_error(stream);

	if (stream->logged || section->log.count == 0 ||
	    (section->http.log_at_accept && !section->log.profiled))
		return;
	if (is_silent(stream) || !wants_end(section, early, error))
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
		.step = LOG_STEP_CLOSE,
		.error = error,
	});
}

/* A line before the end, which there may be besides. */
static void log_meanwhile(struct stream *stream, enum log_step step,
			  const struct log_profile *profile)
{
	const struct section *section = stream->listener->frontend->section;
	bool at_accept = section->http.log_at_accept && step != LOG_STEP_ACCEPT;

	if (section->log.count == 0 || is_silent(stream))
		return;
	if (stream->txn != NULL && stream->txn->head_at.us != 0)
		txn_unique_id(stream->txn);
	line_write(stream, &(struct stream_line){
		.log = &section->log,
		.format = at_accept ? NULL : section->http.log_format,
		.structured = section->http.log_format_sd,
		.profile = profile,
		.level = level_of(stream, false),
		.step = step,
	});
}

void stream_log_accepted(struct stream *stream)
{
	const struct http_conf *http = &stream->listener->frontend->section->http;

	if (http->log_at_accept || (http->log_steps >> LOG_STEP_ACCEPT & 1) != 0)
		log_meanwhile(stream, LOG_STEP_ACCEPT, NULL);
}

void stream_log_step(struct stream *stream, enum log_step step)
{
	log_meanwhile(stream, step, NULL);
}

void stream_log_rule(struct stream *stream, enum rule_list list, const struct log_profile *profile)
{
	log_meanwhile(stream, LOG_STEP_RULE + list, profile);
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
		.step = LOG_STEP_ERROR,
		.error = true,
	};
	char bytes[512];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };

	stream->logged = true;
	if (section->log.count == 0 || (section->front.dontlognull && !had_bytes))
		return;
	if (line.format == NULL && !section->http.log_at_accept) {
		refused_write(stream, why, &out);
		line.text = out_slice(&out);
	}
	line_write(stream, &line);
}
