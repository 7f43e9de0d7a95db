/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_aliases_time.c - when, and how long: dates and timers in log lines
 * (configuration manual 8.2.6 and 8.4).
 *
 * The text of a second is made once and kept with the thread, for local time
 * and for GMT: lines of the same second copy it.
 */
#include "proxy/log_aliases.h"

#include <time.h>

#include "proxy/stream.h"
#include "proxy/txn.h"

static struct stream *stream_of(const struct expr_context *context)
{
	return context->stream;
}

/* ---- dates ---- */

struct moment stream_accept_moment(const struct stream *stream)
{
	return stream->http && !stream->first ? stream->idle_from : stream->accepted;
}

struct moment stream_request_moment(const struct stream *stream)
{
	if (stream->txn != NULL && stream->txn->began.us != 0)
		return stream->txn->began;
	return stream->http ? stream->idle_from : stream->accepted;
}

static void date_update(struct wall_text *text, int64_t second, struct tm *(*split)(const time_t *,
										    struct tm *))
{
	time_t when = (time_t)second;
	struct tm tm;

	split(&when, &tm);
	strftime(text->text, sizeof(text->text), "%d/%b/%Y:%H:%M:%S %z", &tm);
	text->second = second;
}

enum { DATE_LEN = 20, DATE_ZONE_LEN = 26 }; /* "06/Feb/2009:12:12:51", and with " +0100" */

static void write_local(struct worker *worker, uint64_t wall_us, size_t len, struct out *out)
{
	struct wall_text *text = &worker->wall.local;

	if (text->second != (int64_t)(wall_us / 1000000))
		date_update(text, (int64_t)(wall_us / 1000000), localtime_r);
	out_bytes(out, text->text, len);
}

static void write_gmt(struct worker *worker, uint64_t wall_us, struct out *out)
{
	struct wall_text *text = &worker->wall.gmt;

	if (text->second != (int64_t)(wall_us / 1000000))
		date_update(text, (int64_t)(wall_us / 1000000), gmtime_r);
	out_bytes(out, text->text, DATE_ZONE_LEN);
}

/* "06/Feb/2009:12:12:51.443" */
static void write_date_ms(struct worker *worker, uint64_t wall_us, struct out *out)
{
	write_local(worker, wall_us, DATE_LEN, out);
	out_char(out, '.');
	out_padded(out, (uint32_t)(wall_us / 1000 % 1000), 3);
}

static uint64_t accept_wall(const struct stream *stream)
{
	return worker_wall_us(stream->worker, stream_accept_moment(stream));
}

static uint64_t request_wall(const struct stream *stream)
{
	return worker_wall_us(stream->worker, stream_request_moment(stream));
}

static void write_accept_date(struct expr_context *context, unsigned flags, struct out *out)
{
	write_date_ms(stream_of(context)->worker, accept_wall(stream_of(context)), out);
}

static void write_accept_gmt(struct expr_context *context, unsigned flags, struct out *out)
{
	write_gmt(stream_of(context)->worker, accept_wall(stream_of(context)), out);
}

static void write_accept_local(struct expr_context *context, unsigned flags, struct out *out)
{
	write_local(stream_of(context)->worker, accept_wall(stream_of(context)), DATE_ZONE_LEN, out);
}

static void write_accept_second(struct expr_context *context, unsigned flags, struct out *out)
{
	log_alias_number(flags, 4, accept_wall(stream_of(context)) / 1000000, out);
}

static void write_accept_ms(struct expr_context *context, unsigned flags, struct out *out)
{
	uint32_t ms = (uint32_t)(accept_wall(stream_of(context)) / 1000 % 1000);

	if (flags & FORMAT_HEX)
		log_alias_number(flags, 2, ms, out);
	else
		out_padded(out, ms, 3);
}

static void write_request_date(struct expr_context *context, unsigned flags, struct out *out)
{
	write_date_ms(stream_of(context)->worker, request_wall(stream_of(context)), out);
}

static void write_request_gmt(struct expr_context *context, unsigned flags, struct out *out)
{
	write_gmt(stream_of(context)->worker, request_wall(stream_of(context)), out);
}

static void write_request_local(struct expr_context *context, unsigned flags, struct out *out)
{
	write_local(stream_of(context)->worker, request_wall(stream_of(context)), DATE_ZONE_LEN, out);
}

/* ---- timers ---- */

void stream_timers(struct stream *stream, struct timers *ret)
{
	const struct txn *txn = stream->txn;

	*ret = (struct timers){
		.http = stream->http,
		.accepted = stream_accept_moment(stream),
		.ready = stream->idle_from,
		.now = worker_now(stream->worker),
		.queue_ms = stream->queue_ms,
		.connect_ms = stream->connect_ms,
	};
	if (!stream->http || txn == NULL)
		return;
	ret->began = txn->began;
	ret->head_at = txn->analysed_at;
	if (txn->service_reply.len != 0) {
		/* The service is as a server that answers at once. */
		ret->queue_ms = ret->connect_ms = 0;
		ret->response_at = txn->head_at;
	} else if (txn->reply.at == NULL) {
		ret->response_at = txn->response_at;
	}
}

static void write_timer(struct expr_context *context, int64_t (*timer)(const struct timers *),
			struct out *out)
{
	struct timers timers;

	stream_timers(stream_of(context), &timers);
	out_signed(out, timer(&timers));
}

/* Those that go on growing when the line is written early. */
static void write_open_timer(struct expr_context *context, int64_t (*timer)(const struct timers *),
			     struct out *out)
{
	if (stream_front(stream_of(context))->logasap)
		out_char(out, '+');
	write_timer(context, timer, out);
}

#define TIMER(name, timer, how)                                                                    \
	static void write_##name(struct expr_context *context, unsigned flags, struct out *out)    \
	{                                                                                          \
		how(context, timer, out);                                                          \
	}

TIMER(handshake, timers_handshake, write_timer)
TIMER(idle, timers_idle, write_timer)
TIMER(receive, timers_receive, write_timer)
TIMER(request, timers_request, write_timer)
TIMER(queue, timers_queue, write_timer)
TIMER(connect, timers_connect, write_timer)
TIMER(response, timers_response, write_timer)
TIMER(data, timers_data, write_timer)
TIMER(active, timers_active, write_open_timer)
TIMER(total, timers_total, write_open_timer)
TIMER(user, timers_user, write_open_timer)

#define NUMBER(word, what, function)                                                               \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_NUMBER, .write = function }
#define REQUEST(word, what, function)                                                              \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_NUMBER, .need = EXPR_HAVE_REQUEST,            \
	  .write = function }
#define DATE(word, what, function)                                                                 \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_PLAIN, .write = function }
#define REQUEST_DATE(word, what, function)                                                         \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_PLAIN, .need = EXPR_HAVE_REQUEST,             \
	  .write = function }

const struct format_alias proxy_log_aliases_time[] = {
	DATE("T", "Date of the accept in GMT, with the zone.", write_accept_gmt),
	REQUEST("Ta", "Milliseconds from the request's first byte to the end.", write_active),
	NUMBER("Tc", "Milliseconds to connect to the server, retries included; -1: no connection.",
	       write_connect),
	NUMBER("Td", "Milliseconds to pass the data on.", write_data),
	NUMBER("Th", "Milliseconds for handshakes (PROXY protocol).", write_handshake),
	REQUEST("Ti", "Milliseconds without a byte before the request.", write_idle),
	DATE("Tl", "Local date of the accept, with the zone.", write_accept_local),
	REQUEST("Tq", "Milliseconds from the accept to the end of the request's head.", write_request),
	REQUEST("TR", "Milliseconds to receive the request's head; -1: it was never complete.",
		write_receive),
	REQUEST("Tr", "Milliseconds until the server's response head was there; -1: it never was.",
		write_response),
	NUMBER("Ts", "Seconds since 1970 of the accept.", write_accept_second),
	NUMBER("Tt", "Milliseconds from the accept to the end.", write_total),
	NUMBER("Tu", "Milliseconds as the user feels them: without the idle time.", write_user),
	NUMBER("Tw", "Milliseconds in queues; -1: it came to none.", write_queue),
	NUMBER("ms", "Milliseconds of the accept's second, three digits.", write_accept_ms),
	DATE("t", "Local date of the accept, with milliseconds.", write_accept_date),
	REQUEST_DATE("tr", "Local date of the request's first byte, with milliseconds.",
		     write_request_date),
	REQUEST_DATE("trg", "Date of the request's first byte in GMT, with the zone.",
		     write_request_gmt),
	REQUEST_DATE("trl", "Local date of the request's first byte, with the zone.",
		     write_request_local),
	{ .doc = { .name = NULL } },
};
